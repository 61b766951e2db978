import { gap } from '../../src/domain/gap.ts';
import { fileLocation } from '../../src/domain/location.ts';
import type { Report } from '../../src/domain/report.ts';
import { reportFinding, reportOf } from './sample-report.ts';

const character = (code: number) => String.fromCodePoint(code);
const lineSeparator = character(0x2028);
const rightToLeft = character(0x202e);
const zeroWidth = character(0x200b);
const escapeCode = character(27);
const loneSurrogate = '\ud83d';

/** Texts that try to leave their place in some output; each is foreign text of one kind or another. */
export const hostileTexts: readonly string[] = [
  '::error file=README.md::forged',
  `harmless\r\n::stop-commands::x\n##[error]forged${lineSeparator}::warning::forged`,
  '  ::set-output name=verdict::pass',
  '##[set-env name=PATH;]x and a ##[group] more',
  `${escapeCode}[2K${escapeCode}[1Aall is well${escapeCode}]8;;https://evil.example${character(7)}click`,
  `pass${rightToLeft}liaf${zeroWidth}${character(0xe0041)}${character(0x85)}${character(0x2066)}`,
  '</summary></details><script>alert(1)</script><img src=x onerror=alert(1)>',
  '[click](https://evil.example) ![x](https://evil.example/x.png) <https://evil.example> www.evil.example',
  '@octocat see #1 and GH-2 and octo/cat#3 :tada: $x^2$ mailto:a@b.example',
  '| a | b |\n| --- | --- |\n# heading\n- item `code` ``more`` *bold* _it_ ~~no~~ \\',
  '```\nfence\n```',
  '"quoted" \'single\' & &amp; {0} %0A %25 a,b:c=d',
  `${'x'.repeat(20_000)} ${'long words '.repeat(100)}`,
  `${'漢字'.repeat(200)}${loneSurrogate}`,
  'a::b ::::: std::vector ##[[##[',
  '',
];

const [forgedCommand = '', forgedLines = '', leadingBlanks = '', groups = '', terminal = '', bidi = ''] = hostileTexts;
const [markup = '', links = '', mentions = '', table = '', fence = '', quotes = ''] = hostileTexts.slice(6);
const [huge = '', wide = '', colons = ''] = hostileTexts.slice(12);

const longPath = `${'deep/'.repeat(1990)}${'x'.repeat(46)}.env`;
const image = `registry.example/app${bidi}:1`;
const diffId = `sha256:${'cd34'.repeat(16)}`;

const inFiles = [
  reportFinding({
    ruleId: 'unpinned-base-image',
    severity: 'high',
    message: forgedLines,
    at: fileLocation('Dockerfile', { line: 3, column: 1, endLine: 3, endColumn: 14 }),
    disposition: 'blocking',
    reason: forgedCommand,
    related: [
      { at: fileLocation('a\nb/Dockerfile', { line: 1, column: 1, endLine: 1, endColumn: 1 }), message: markup },
      { at: { kind: 'image', image, part: 'label', name: links }, message: mentions },
    ],
    fix: {
      description: `${links} ${table}`,
      edits: [
        { path: 'Dockerfile', line: 3, endLine: 4, newText: `FROM node:22\n::error::x\n${fence}\n${terminal}` },
        { path: `${forgedCommand}.md`, line: 1, endLine: 1, newText: '' },
      ],
    },
    frame: {
      firstLine: 2,
      lines: [forgedCommand, `\tFROM node # ${terminal}${rightToLeft}##[error]x`, huge, leadingBlanks],
    },
  }),
  reportFinding({
    ruleId: 'unfrozen-install',
    message: huge,
    at: fileLocation(longPath, { line: 100_000, column: 9_000, endLine: 100_000, endColumn: 9_012 }),
    frame: { firstLine: 100_000, lines: [`${' '.repeat(8_999)}npm install --force`] },
    confidence: 'low',
  }),
  reportFinding({
    ruleId: 'missing-lockfile',
    severity: 'low',
    message: wide,
    at: fileLocation(markup, { line: 1, column: 1, endLine: 2, endColumn: 3 }),
    frame: null,
  }),
  ...['a', 'b', 'c', 'd', 'e', 'f', 'g', `h${lineSeparator}::error::i`].map((folder) =>
    reportFinding({
      ruleId: 'floating-base-tag',
      severity: 'info',
      message: colons,
      at: fileLocation(`${folder}/Dockerfile`, { line: 1, column: 6, endLine: 1, endColumn: 9 }),
    }),
  ),
];

const inImages = [
  reportFinding({
    ruleId: 'leaked-dotenv',
    severity: 'critical',
    message: terminal,
    at: { kind: 'layer', image, layer: 2, diffId, path: `app/${forgedLines}/.env`, state: 'deleted' },
    disposition: 'blocking',
    reason: 'critical >= fail-on high',
  }),
  reportFinding({
    ruleId: 'leaked-private-key',
    severity: 'critical',
    message: bidi,
    at: { kind: 'layer', image, layer: 3, diffId, path: longPath, state: 'overwritten' },
    anchor: { path: forgedCommand, line: 7 },
    disposition: 'blocking',
    reason: markup,
  }),
  reportFinding({
    ruleId: 'secret-in-image-config',
    message: mentions,
    at: { kind: 'image', image, part: 'env', name: `A${groups}` },
    anchor: { path: 'Dockerfile', line: 9 },
  }),
  reportFinding({
    ruleId: 'vulnerable-package',
    severity: 'critical',
    message: table,
    at: { kind: 'package', image, purl: `pkg:deb/debian/${quotes}`, diffId: null },
    vulnerability: {
      ids: [forgedCommand, ...Array.from({ length: 40 }, (_, index) => `CVE-2026-${1000 + index}`)],
      package: markup,
      installed: quotes,
      fixed: [fence, bidi],
      scanners: ['grype', 'trivy'],
      severityBy: { grype: 'high', trivy: 'critical' },
      epss: 0.9712,
      kev: true,
      cvss: null,
    },
  }),
];

const setAside = [
  reportFinding({
    ruleId: 'root-final-user',
    message: markup,
    at: { kind: 'image', image, part: 'user', name: '' },
    disposition: 'triaged',
    reason: table,
  }),
  reportFinding({
    ruleId: 'model-digest-mismatch',
    severity: 'critical',
    message: quotes,
    at: fileLocation('model-manifest.yml', { line: 4, column: 5, endLine: 4, endColumn: 20 }),
    disposition: 'baseline',
    reason: fence,
    model: { path: longPath, expected: 'aa'.repeat(32), actual: 'bb'.repeat(32), size: 5_000_000_000 },
  }),
  reportFinding({
    ruleId: 'floating-base-tag',
    severity: 'low',
    message: links,
    at: fileLocation('old/Dockerfile', { line: 1, column: 6, endLine: 1, endColumn: 9 }),
    disposition: 'outside-changes',
    change: 'newly-disclosed',
    reason: 'the base tree has it too',
  }),
];

/** One report with everything that may go wrong in an output: every disposition, every kind of place, forged commands. */
export const hostileReport: Report = reportOf([...inImages, ...inFiles, ...setAside], {
  subject: forgedLines,
  gaps: [
    { ...gap('image/layer', longPath, forgedLines, links), triagedBy: null },
    { ...gap('scanner/trivy', markup, table, terminal), triagedBy: null },
    { ...gap('scanner/grype', mentions, fence, bidi), triagedBy: null },
    { ...gap('lockfile', forgedCommand, quotes, colons), triagedBy: null },
    { ...gap('compose', 'compose.yml', 'accepted', 'nothing'), triagedBy: forgedLines },
  ],
  coverage: {
    files: 1,
    images: 1,
    layers: 4,
    layerEntries: 1,
    bytes: 999,
    models: 1,
    scanners: [
      {
        name: 'trivy',
        state: 'ran',
        version: forgedCommand,
        detail: markup,
        program: { sha256: 'ab'.repeat(32), isLocked: false, origin: forgedCommand },
        database: { built: markup, sha256: null, origin: forgedLines },
      },
      { name: 'grype', state: 'imported', version: null, detail: forgedLines, program: null, database: null },
    ],
    pairings: [
      { label: image, dockerfile: forgedCommand, layers: 4, diffIds: [], pairing: forgedLines },
      { label: markup, dockerfile: null, layers: 1, diffIds: [], pairing: '' },
    ],
    chosenOff: [forgedLines, 'source only'],
  },
  delta: {
    new: 1,
    newlyDisclosed: 2,
    severityChanged: 0,
    fixed: [{ advisory: forgedCommand, package: markup, installed: bidi, severity: 'high', image: forgedLines }],
  },
  notes: [forgedLines, links, mentions, huge],
});
