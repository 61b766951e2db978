import { describe, expect, it } from 'vitest';
import { gap } from '../../src/domain/gap.ts';
import type { LockedPackageEvidence } from '../../src/domain/package-evidence.ts';
import type { Report, ScannerCoverage } from '../../src/domain/report.ts';
import type { AttributedSbom, ComponentCause } from '../../src/domain/sbom.ts';
import { renderSbom } from '../../src/reporters/cyclonedx.ts';
import { hostileReport, hostileTexts } from '../helpers/hostile-report.ts';
import { reportOf } from '../helpers/sample-report.ts';
import { attributed, trivyComponent, trivySbom } from '../helpers/sample-sbom.ts';
import { sbomProblems } from '../helpers/sbom-schema.ts';

const bash = trivyComponent('pkg:deb/debian/bash@5.2.15', { 'aquasecurity:trivy:PkgType': 'debian' });
const lodash = trivyComponent('pkg:npm/lodash@4.17.20');
const system = { 'bom-ref': 'os', type: 'operating-system', name: 'debian', version: '12' };
const written = trivySbom([system, bash, lodash], { 'aquasecurity:trivy:Labels:vendor': 'me' });

function pin(path: string, line: number): LockedPackageEvidence {
  const at = { kind: 'file', path, line, column: 1, endLine: line + 2, endColumn: 1 } as const;
  const named = { name: 'lodash', version: '4.17.20', purl: 'pkg:npm/lodash@4.17.20' };
  return { kind: 'locked-package', at, manager: 'npm', ...named, isDirect: false, through: ['express', 'body-parser'] };
}

const fromBase: ComponentCause = {
  layer: { index: 0, diffId: `sha256:${'a'.repeat(64)}` },
  instruction: { path: 'app/Dockerfile', line: 3, endLine: 3, instruction: 'FROM debian:12', confidence: 'high' },
  pins: [],
};
const fromLock: ComponentCause = { layer: null, instruction: null, pins: ['a', 'b', 'c', 'd'].map((at) => pin(at, 7)) };

const trivy: ScannerCoverage = {
  name: 'trivy',
  state: 'ran',
  version: '0.74.0',
  detail: '',
  program: { sha256: '1'.repeat(64), isLocked: true, origin: 'the tool cache' },
  database: { built: '2026-11-22', sha256: '2'.repeat(64), origin: 'a mirror' },
};

interface Property {
  readonly name: string;
  readonly value: string;
}

function render(parts: Partial<AttributedSbom> = {}, report: Partial<Report> = {}) {
  const text = renderSbom(attributed(written, parts), reportOf([], report));
  return { text, document: JSON.parse(text) };
}

const isOurs = ({ name }: Property) => name.startsWith('hullcheck:');
const ours = (properties: readonly Property[]) =>
  properties.filter(isOurs).map(({ name, value }) => `${name.slice('hullcheck:'.length)}=${value}`);

/** The document without what is ours, and without property lists that are empty then. */
function withoutOurs(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutOurs);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, inner]) => {
      if (name !== 'properties') return [[name, withoutOurs(inner)]];
      const rest = inner.filter((one: Property) => !isOurs(one));
      return rest.length === 0 ? [] : [[name, rest]];
    }),
  );
}

describe('the SBOM', () => {
  it('says on each package what brought it', () => {
    const { document } = render({ causes: [null, fromBase, fromLock] });
    expect(document.components[0]).toEqual(system);
    expect(ours(document.components[1].properties)).toEqual([
      'layer=0',
      `layer-diff-id=sha256:${'a'.repeat(64)}`,
      'dockerfile-line=app/Dockerfile:3',
      'introduced-by=FROM debian:12',
      'confidence=high',
    ]);
    expect(ours(document.components[2].properties)).toEqual([
      'lockfile=a:7',
      'lockfile=b:7',
      'lockfile=c:7',
      'through=express -> body-parser',
    ]);
  });

  it('says of itself what stood behind it, and what was not examined', () => {
    const gaps = [{ ...gap('scanner/grype', 'app.tar', 'grype was not found', 'install it'), triagedBy: null }];
    const coverage = { ...reportOf([]).coverage, scanners: [trivy] };
    const { document } = render({ unattributed: 3, redacted: 1 }, { gaps, coverage });
    expect(ours(document.metadata.properties)).toEqual([
      'version=0.1.0',
      'image=app.tar',
      `config-digest=sha256:${'a'.repeat(64)}`,
      'platform=linux/amd64',
      'scanner=trivy 0.74.0',
      `scanner-sha256=${'1'.repeat(64)}`,
      'database-built=2026-11-22',
      `database-sha256=${'2'.repeat(64)}`,
      'verdict=incomplete',
      'gaps=1',
      'gap=scanner/grype: app.tar: grype was not found',
      'unattributed=3',
      'redacted=1',
    ]);
  });

  it('is the very document of the scanner beside that', () => {
    const { document } = render({ causes: [null, fromBase, fromLock] });
    expect(withoutOurs(document)).toEqual(withoutOurs(written));
    expect(document.components[1].properties[0]).toEqual(bash.properties[0]);
  });

  it('is valid by the official schema', () => {
    expect(sbomProblems(written)).toEqual([]);
    expect(sbomProblems(render({ causes: [null, fromBase, fromLock] }).document)).toEqual([]);
    expect(sbomProblems({ ...written, components: [{ name: 'no type' }] })).not.toEqual([]);
  });

  it.each(hostileTexts)('holds hostile texts as neutral values: %j', (text) => {
    const instruction = { path: text, line: 1, endLine: 1, instruction: text, confidence: 'low' } as const;
    const causes = [null, { layer: null, instruction, pins: [{ ...pin(text, 1), through: [text] }] }, null];
    const hostile = attributed(trivySbom([system, trivyComponent(`pkg:npm/${text}@1`), lodash]), { causes });
    const rendered = renderSbom(hostile, hostileReport);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what must not be there
    expect(rendered).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b\u2028\u202e\u2066]|##\[/);
    const document = JSON.parse(rendered);
    const values = [...document.metadata.properties, ...document.components[1].properties].filter(isOurs);
    for (const { value } of values) {
      expect(value).not.toMatch(/^\s*::|[\r\n]/);
      expect(value.length).toBeLessThanOrEqual(300);
    }
    expect(document.metadata.properties.filter(({ name }: Property) => name === 'hullcheck:gap').length).toBeLessThan(
      101,
    );
    expect(sbomProblems(document)).toEqual([]);
  });
});
