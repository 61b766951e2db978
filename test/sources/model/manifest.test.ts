import { readFileSync } from 'node:fs';
import { Ajv2020, type AnySchema } from 'ajv/dist/2020.js';
import addFormatsModule from 'ajv-formats';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { UsageError } from '../../../src/domain/usage-error.ts';
import { parseManifest } from '../../../src/sources/model/manifest.ts';

const digest = '0123456789abcdef'.repeat(4);
const commit = '0123456789abcdef0123456789abcdef01234567';

function manifestWith(fileLines: string, modelLines = '', rootLines = ''): string {
  return `version: 1\n${rootLines}models:\n  - name: tiny\n${modelLines}    files:\n      - path: models/tiny.gguf\n        sha256: ${digest}\n${fileLines}`;
}
const file = (line: string) => manifestWith(`        ${line}\n`);
const model = (line: string) => manifestWith('', `    ${line}\n`);
const root = (line: string) => manifestWith('', '', `${line}\n`);

function problemOf(text: string): { message: string; hint: string } | null {
  try {
    parseManifest('model-manifest.yml', text);
    return null;
  } catch (error) {
    if (error instanceof UsageError) return { message: error.message, hint: error.hint };
    throw error;
  }
}

const full = `$schema: https://example.org/model-manifest.schema.json
version: 1
policy:
  unlisted: warn
  missing: error
  formats: { deny: [pickle, hdf5] }
  min_size: 1000
  limits: { max_size: 8000000000, max_total_size: 20000000000 }
  licenses: { allow: [Apache-2.0, MIT] }
models:
  - name: qwen
    source: { huggingface: { repo: org/qwen-gguf, revision: ${commit}, type: model } }
    license: Apache-2.0
    signature: { oms: models/model.sig, key: keys/publisher.pem }
    files:
      - path: models/qwen.gguf
        sha256: ${digest}
        size: 4700000000
        format: gguf
        source_path: qwen-q4_k_m.gguf
        git_oid: ${commit}
        chat_template_sha256: ${digest}
        in_image: [/models/*.gguf, "root/.ollama/**"]
        expires: 2026-12-31
        reason: the publisher signs the next release
`;

const good: readonly (readonly [string, string])[] = [
  ['the smallest manifest', 'version: 1\nmodels: []\n'],
  ['one file', manifestWith('')],
  ['every key', full],
  ['JSON', JSON.stringify({ version: 1, models: [{ name: 'a', files: [{ path: 'a b/ä.gguf', sha256: digest }] }] })],
  ['JSON indented with tabs', '{\n\t"version": 1,\n\t"models": []\n}\n'],
  ['CRLF', manifestWith('').replaceAll('\n', '\r\n')],
  ['Ollama', model(`source: { ollama: { name: qwen3, tag: 8b, manifest_digest: "sha256:${digest}" } }`)],
  ['OCI', model(`source: { oci: { ref: "ghcr.io/org/model@sha256:${digest}" } }`)],
  ['an address', model('source: { url: https://example.org/tiny.gguf }')],
  ['an old Hub name', model(`source: { huggingface: { repo: gpt2, revision: ${commit} } }`)],
  ['a signer by identity', model('signature: { oms: a.sig, identity: ci@example.org, issuer: https://example.org }')],
];

/** Text, the line of the problem, and what its message says. The last column: false where a JSON Schema cannot say it. */
type BadManifest = readonly [name: string, text: string, line: number, message: string, isSchemas?: boolean];
const bad: readonly BadManifest[] = [
  ['an empty file', '', 1, 'the manifest must be a map, not nothing'],
  ['a list', '- version: 1\n', 1, 'the manifest must be a map, not a list'],
  ['no version', 'models: []\n', 1, '`version` is missing in the manifest'],
  ['another version', 'version: 2\nmodels: []\n', 1, '`version` must be 1'],
  ['version as text', 'version: "1"\nmodels: []\n', 1, '`version` must be a whole number, not text'],
  ['no models', 'version: 1\n', 1, '`models` is missing in the manifest'],
  ['models as a map', 'version: 1\nmodels: {}\n', 2, '`models` must be a list, not a map'],
  ['models without a value', 'version: 1\nmodels:\n', 2, '`models` must be a list, not nothing'],
  ['an unknown root key', root('polices: {}'), 2, 'unknown key `polices` in the manifest; did you mean `policy`?'],
  ['a mistyped file key', file('siez: 3'), 7, 'unknown key `siez` in models[0].files[0]; did you mean `size`?'],
  ['a key like no other', model('zzz: 1'), 4, 'unknown key `zzz` in models[0]'],
  ['a key that is a number', file('1: 2'), 7, 'a key in models[0].files[0] must be text', false],
  ['a key that is a list', file('? [a]'), 7, 'a key in models[0].files[0] must be text', false],
  ['__proto__', file('__proto__: 2'), 7, 'unknown key `__proto__` in models[0].files[0]', false],
  ['a duplicate key', file(`sha256: ${digest}`), 7, 'duplicate key `sha256` in models[0].files[0]', false],
  [
    'a duplicate path',
    manifestWith(`      - path: models/tiny.gguf\n        sha256: ${digest}\n`),
    7,
    'duplicate path `models/tiny.gguf`, already listed on line 5',
    false,
  ],
  ['no files', 'version: 1\nmodels:\n  - name: a\n', 3, '`files` is missing in models[0]'],
  [
    'an empty list of files',
    'version: 1\nmodels: [{ name: a, files: [] }]',
    2,
    '`models[0].files` must list at least one',
  ],
  ['no name', `version: 1\nmodels: [{ files: [{ path: a, sha256: ${digest} }] }]`, 2, '`name` is missing in models[0]'],
  [
    'a blank name',
    manifestWith('').replace('name: tiny', 'name: "  "'),
    3,
    '`models[0].name` must be one line of text',
  ],
  [
    'a number as name',
    manifestWith('').replace('tiny\n', '7\n'),
    3,
    '`models[0].name` must be text, not a number; put it',
  ],
  [
    'no sha256',
    'version: 1\nmodels: [{ name: a, files: [{ path: a }] }]',
    2,
    '`sha256` is missing in models[0].files[0]',
  ],
  [
    'an upper-case digest',
    manifestWith('').replace(digest, digest.toUpperCase()),
    6,
    'must be 64 lower-case hex digits',
  ],
  ['a short digest', manifestWith('').replace(digest, digest.slice(1)), 6, 'must be 64 lower-case hex digits'],
  [
    'a digest with its name',
    manifestWith('').replace(digest, `sha256:${digest}`),
    6,
    'must be 64 lower-case hex digits',
  ],
  ['a size as text', file('size: "12"'), 7, '`models[0].files[0].size` must be a whole number, not text'],
  ['a size with a unit', file('size: 4.7 GB'), 7, 'must be a whole number, not text'],
  ['half a byte', file('size: 1.5'), 7, 'must be a whole number from 0 to 9007199254740991'],
  ['a negative size', file('size: -1'), 7, 'must be a whole number from 0 to 9007199254740991'],
  ['a size beyond what is exact', file('size: 9007199254740993'), 7, 'must be a whole number from 0'],
  ['an unknown format', file('format: ggfu'), 7, 'must be one of gguf, safetensors'],
  ['in_image as text', file('in_image: models/*'), 7, '`models[0].files[0].in_image` must be a list, not text'],
  ['an empty in_image', file('in_image: []'), 7, '`models[0].files[0].in_image` must name at least one glob'],
  ['a glob with ..', file('in_image: [../models/*]'), 7, '`models[0].files[0].in_image[0]` must be a glob'],
  [
    'a day that does not exist',
    file('expires: 2026-02-30'),
    7,
    '`models[0].files[0].expires` must be a day that exists',
  ],
  ['a date in words', file('expires: next week'), 7, 'must be a day as YYYY-MM-DD'],
  ['two sources', model(`source: { url: https://a.org/b, oci: { ref: "a/b@sha256:${digest}" } }`), 4, 'exactly one of'],
  ['no source in source', model('source: {}'), 4, '`models[0].source` must have exactly one of huggingface'],
  [
    'a branch',
    model('source: { huggingface: { repo: a/b, revision: main } }'),
    4,
    'a commit of 40 lower-case hex digits',
  ],
  ['a short commit', model('source: { huggingface: { repo: a/b, revision: abc1234 } }'), 4, 'a commit of 40'],
  ['an OCI tag', model('source: { oci: { ref: "ghcr.io/org/model:1" } }'), 4, 'a reference with a digest'],
  [
    'a signature without a signer',
    model('signature: { oms: a.sig }'),
    4,
    'must have either key, or identity and issuer',
  ],
  ['two signers', model('signature: { oms: a.sig, key: k, identity: i, issuer: j }'), 4, 'must have either key, or'],
  ['an unknown policy word', root('policy: { unlisted: eror }'), 2, 'error, warn, off; did you mean `error`?'],
  ['an alias', 'version: 1\nmodels: &m []\npolicy: *m\n', 3, '`policy` must be a map, not an alias'],
  ['a custom tag', 'version: !mine 1\nmodels: []\n', 1, 'is not valid YAML'],
  ['a second document', 'version: 1\nmodels: []\n---\nversion: 1\n', 3, 'is not valid YAML', false],
  ['broken YAML', 'version: 1\nmodels: [\n', 3, 'is not valid YAML', false],
  ...[
    '/models/a.gguf',
    '../a.gguf',
    'models/../a.gguf',
    './a.gguf',
    'models//a.gguf',
    'models/',
    'C:/a.gguf',
    'a\\b',
    '*.gguf',
    '',
  ].map(
    (path) =>
      [
        `the path ${path}`,
        manifestWith('').replace('models/tiny.gguf', JSON.stringify(path)),
        5,
        '`models[0].files[0].path` must be a relative path',
      ] as const,
  ),
];

const badManifests = bad.map(([name, text, line, message, isSchemas = true]) => ({
  name,
  text,
  line,
  message,
  isSchemas,
}));

describe('parseManifest', () => {
  it('reads every key with its place', () => {
    const { policy, models } = parseManifest('m.yml', full);
    expect(policy.unlisted).toEqual({
      value: 'warn',
      span: { line: 4, column: 13, endLine: 4, endColumn: 17 },
    });
    expect(policy.deniedFormats.map((format) => format.value)).toEqual(['pickle', 'hdf5']);
    expect([policy.minSize?.value, policy.maxSize?.value, policy.maxTotalSize?.value]).toEqual([1000, 8e9, 2e10]);
    expect(policy.allowedLicenses.map((license) => license.value)).toEqual(['Apache-2.0', 'MIT']);
    const [qwen] = models;
    expect(qwen?.source).toMatchObject({
      kind: 'huggingface',
      repo: { value: 'org/qwen-gguf' },
      revision: { value: commit },
    });
    expect(qwen?.signature).toMatchObject({ oms: { value: 'models/model.sig' }, signer: { kind: 'key' } });
    expect(qwen?.files).toEqual([
      {
        path: {
          value: 'models/qwen.gguf',
          span: { line: 16, column: 15, endLine: 16, endColumn: 31 },
        },
        sha256: {
          value: digest,
          span: { line: 17, column: 17, endLine: 17, endColumn: 81 },
        },
        size: {
          value: 4_700_000_000,
          span: { line: 18, column: 15, endLine: 18, endColumn: 25 },
        },
        format: {
          value: 'gguf',
          span: { line: 19, column: 17, endLine: 19, endColumn: 21 },
        },
        sourcePath: {
          value: 'qwen-q4_k_m.gguf',
          span: { line: 20, column: 22, endLine: 20, endColumn: 38 },
        },
        gitOid: {
          value: commit,
          span: { line: 21, column: 18, endLine: 21, endColumn: 58 },
        },
        chatTemplateSha256: {
          value: digest,
          span: { line: 22, column: 31, endLine: 22, endColumn: 95 },
        },
        inImage: [
          {
            value: '/models/*.gguf',
            span: { line: 23, column: 20, endLine: 23, endColumn: 34 },
          },
          {
            value: 'root/.ollama/**',
            span: { line: 23, column: 36, endLine: 23, endColumn: 53 },
          },
        ],
        expires: {
          value: '2026-12-31',
          span: { line: 24, column: 18, endLine: 24, endColumn: 28 },
        },
        reason: {
          value: 'the publisher signs the next release',
          span: { line: 25, column: 17, endLine: 25, endColumn: 53 },
        },
      },
    ]);
  });

  it('reads the other origins', () => {
    const originOf = (origin: string) => parseManifest('m.yml', model(`source: { ${origin} }`)).models[0]?.source;
    const pin = `sha256:${digest}`;
    expect(originOf(`ollama: { name: qwen3, tag: 8b, manifest_digest: "${pin}" }`)).toMatchObject({
      kind: 'ollama',
      name: { value: 'qwen3' },
      tag: { value: '8b' },
      manifestDigest: { value: pin },
    });
    expect(originOf(`oci: { ref: "ghcr.io/org/model@${pin}" }`)).toMatchObject({
      kind: 'oci',
      ref: { value: `ghcr.io/org/model@${pin}` },
    });
    expect(originOf('url: https://example.org/a')).toMatchObject({
      kind: 'url',
      url: { value: 'https://example.org/a' },
    });
  });

  it('names file, line, key and the nearest key', () => {
    const text = manifestWith('').replace('sha256', 'sha265');
    expect(problemOf(text)).toEqual({
      message: 'model-manifest.yml:6: unknown key `sha265` in models[0].files[0]; did you mean `sha256`?',
      hint: 'valid keys: path, sha256, size, format, source_path, git_oid, chat_template_sha256, in_image, expires, reason',
    });
  });

  it.each(good)('accepts %s', (_, text) => {
    expect(problemOf(text)).toBeNull();
  });

  it.each(badManifests)('refuses $name', ({ text, line, message }) => {
    const problem = problemOf(text)?.message ?? '';
    expect(problem).toContain(message);
    expect(problem.startsWith(`model-manifest.yml:${line}: `), problem).toBe(true);
  });

  it('keeps foreign text on one printable line', () => {
    const problem = problemOf(file('"a\\n::error::\\u202e": 1'));
    expect(problem?.message).toBe('model-manifest.yml:7: unknown key `a\\n::error::\\u{202e}` in models[0].files[0]');
  });

  it.each([
    ['deep nesting', `version: 1\nmodels: ${'['.repeat(500_000)}`],
    ['a very large file', `# ${'x'.repeat(2_000_000)}`],
    ['expanding aliases', `a: &a [x]\nb: &b [${'*a,'.repeat(1000)}]\nc: [${'*b,'.repeat(1000)}]\n`],
    ['many keys', Array.from({ length: 50_000 }, (_, key) => `k${key}: 1`).join('\n')],
    ['a text made to backtrack', manifestWith('').replace('name: tiny', `name: "${'a'.repeat(500_000)}\\0"`)],
    ['a path made to backtrack', manifestWith('').replace('models/tiny.gguf', `${'a/'.repeat(100_000)}*`)],
  ])('stays within bounds on %s', (_, text) => {
    const start = performance.now();
    expect(problemOf(text)).not.toBeNull();
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  it('throws nothing but UsageErrors', () => {
    const fragment = fc.constantFrom(
      ...full.split(/(?<=[\s:{[,])/),
      '- ',
      '? ',
      '&a ',
      '*a',
      '!!int ',
      '|\n',
      '"',
      "'",
      '%YAML 1.1\n',
      '---\n',
      '\t',
    );
    const texts = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fragment, { maxLength: 40 }).map((parts) => parts.join('')),
      fc
        .tuple(fc.nat(full.length), fc.nat(8), fc.string())
        .map(([at, cut, put]) => full.slice(0, at) + put + full.slice(at + cut)),
      fc.json().map((json) => `{"version": 1, "models": ${json}}`),
    );
    fc.assert(
      fc.property(texts, (text) => void problemOf(text)),
      { numRuns: 1000 },
    );
  });
});

describe('docs/model-manifest.schema.json', () => {
  const schema: AnySchema = JSON.parse(
    readFileSync(new URL('../../../docs/model-manifest.schema.json', import.meta.url), 'utf8'),
  );
  const ajv = new Ajv2020({ allErrors: true });
  addFormatsModule.default(ajv);
  const validate = ajv.compile(schema);

  it.each(good)('accepts %s', (_, text) => {
    expect(validate(parse(text)), JSON.stringify(validate.errors)).toBe(true);
  });

  it.each(badManifests.filter(({ isSchemas }) => isSchemas))('refuses $name', ({ text }) => {
    expect(validate(parse(text, { logLevel: 'silent' }))).toBe(false);
  });

  it('agrees with the reader on any change of one value', () => {
    const values = fc.oneof(
      fc.constantFrom<unknown>(
        null,
        true,
        0,
        1,
        -1,
        1.5,
        '',
        ' ',
        'gguf',
        'warn',
        'main',
        digest,
        commit,
        '2026-01-31',
        [],
        {},
        ['a'],
      ),
      fc.string({ unit: 'grapheme' }),
    );
    const paths: readonly (readonly (string | number)[])[] = [
      ['version'],
      ['policy'],
      ['policy', 'unlisted'],
      ['policy', 'min_size'],
      ['policy', 'formats', 'deny'],
      ['models', 0, 'name'],
      ['models', 0, 'source'],
      ['models', 0, 'source', 'huggingface', 'revision'],
      ['models', 0, 'source', 'huggingface', 'type'],
      ['models', 0, 'signature', 'key'],
      ['models', 0, 'license'],
      ['models', 0, 'files', 0, 'path'],
      ['models', 0, 'files', 0, 'sha256'],
      ['models', 0, 'files', 0, 'size'],
      ['models', 0, 'files', 0, 'in_image', 0],
      ['models', 0, 'files', 0, 'expires'],
      ['models', 0, 'files', 0, 'reason'],
    ];
    fc.assert(
      fc.property(fc.constantFrom(...paths), values, (path, value) => {
        const changed: unknown = parse(full);
        put(changed, path, value);
        expect(problemOf(JSON.stringify(changed)) === null).toBe(validate(changed));
      }),
      { numRuns: 1000 },
    );
  });
});

function put(target: unknown, path: readonly (string | number)[], value: unknown): void {
  const [key, ...rest] = path;
  if (typeof target !== 'object' || target === null || key === undefined) return;
  if (rest.length === 0) Reflect.set(target, key, value);
  else put(Reflect.get(target, key), rest, value);
}
