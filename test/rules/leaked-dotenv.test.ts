import { describe, expect, it } from 'vitest';
import type { ContextCopyEvidence } from '../../src/domain/build-evidence.ts';
import type { DotenvFacts, LayerEntryEvidence } from '../../src/domain/layer-evidence.ts';
import { fileLocation } from '../../src/domain/location.ts';
import { leakedDotenv } from '../../src/rules/leaked-dotenv.ts';
import { readIgnoreFile } from '../../src/sources/dockerfile/ignore.ts';
import { isGap } from '../../src/sources/workspace/file-tree.ts';
import { layerEntry, layerPlace } from '../helpers/layer-evidence.ts';
import { viewOf } from '../helpers/model-example.ts';

function facts(change: Partial<DotenvFacts>): DotenvFacts {
  return { realKeys: [], placeholderKeys: [], emptyKeys: [], isComplete: true, ...change };
}
const real = facts({ realKeys: ['A_KEY'] });

it.each<[string, DotenvFacts | null, string, string, string]>([
  ['one real value', real, 'critical', 'high', 'app/.env holds 1 real value (A_KEY) and ships in layer 2'],
  [
    'two',
    facts({ realKeys: ['A_KEY', 'B'] }),
    'critical',
    'high',
    'app/.env holds 2 real values (A_KEY, B) and ships in layer 2',
  ],
  [
    'many',
    facts({ realKeys: [...'ABCDEFG'] }),
    'critical',
    'high',
    'app/.env holds 7 real values (A, B, C, D, E and 2 more) and ships in layer 2',
  ],
  [
    'real values in what was read of it',
    facts({ realKeys: ['A'], isComplete: false }),
    'critical',
    'high',
    'app/.env holds 1 real value (A) and ships in layer 2',
  ],
  [
    'none in what was read of it',
    facts({ emptyKeys: ['A'], isComplete: false }),
    'high',
    'high',
    'app/.env is too large to judge whole and ships in layer 2',
  ],
  [
    'placeholders',
    facts({ placeholderKeys: ['A'] }),
    'info',
    'high',
    'app/.env holds placeholders only and ships in layer 2',
  ],
  ['empty values', facts({ emptyKeys: ['A'] }), 'info', 'high', 'app/.env holds no values and ships in layer 2'],
  ['nothing', facts({}), 'info', 'high', 'app/.env holds no values and ships in layer 2'],
  [
    'a hard link',
    null,
    'high',
    'medium',
    'app/.env is a hard link, so its values were not read here and ships in layer 2',
  ],
])('%s', (_, dotenv, severity, confidence, message) => {
  const [draft, ...more] = leakedDotenv.check(viewOf([layerEntry(layerPlace('app/.env'), dotenv)]));
  expect([draft?.severity, draft?.confidence, draft?.message]).toEqual([severity, confidence, message]);
  expect(draft?.identity).toEqual(['app/.env']);
  expect(more).toEqual([]);
});

it.each([
  ['deleted' as const, 'app/.env holds 1 real value (A_KEY) and still ships in layer 2, although layer 4 deletes it'],
  [
    'overwritten' as const,
    'app/.env holds 1 real value (A_KEY) and still ships in layer 2, although layer 4 overwrites it',
  ],
])('%s in a later layer changes nothing', (state, message) => {
  const [draft] = leakedDotenv.check(viewOf([layerEntry(layerPlace('app/.env', state), real)]));
  expect([draft?.severity, draft?.message]).toEqual(['critical', message]);
});

it.each(['.env', 'srv/.env.production', 'srv/prod.env', '.envrc', '.ENV'])('%s is one', (path) => {
  expect([...leakedDotenv.check(viewOf([layerEntry(layerPlace(path), real)]))]).toHaveLength(1);
  expect(leakedDotenv.interest?.fileNames.some((pattern) => pattern.test(path.slice(path.lastIndexOf('/') + 1)))).toBe(
    true,
  );
});

it.each(['.env.example', '.env.sample', '.env.template', 'env', 'environment', 'app/.environment', 'models/tiny.gguf'])(
  '%s is none',
  (path) => {
    expect([...leakedDotenv.check(viewOf([layerEntry(layerPlace(path), real)]))]).toEqual([]);
  },
);

it('names of keys and paths cannot forge output', () => {
  const [draft] = leakedDotenv.check(
    viewOf([layerEntry(layerPlace('a\n::error::x/.env'), facts({ realKeys: ['A\u202eB\n'] }))]),
  );
  expect(draft?.message).not.toMatch(/[\n\u202e]/);
});

describe('how it is kept out of the next build', () => {
  const copy: ContextCopyEvidence = {
    kind: 'context-copy',
    at: fileLocation('Dockerfile', { line: 4, column: 1, endLine: 4, endColumn: 9 }),
    instruction: 'COPY . .',
    dockerfile: 'Dockerfile',
    likelyFolder: '',
    source: '',
    target: '/app',
    excludes: [],
    isFinal: true,
  };
  const cause = { path: 'Dockerfile', line: 4, endLine: 4, instruction: 'COPY . .', confidence: 'high' as const };
  const ignoreFile = (text: string) =>
    readIgnoreFile({ path: '.dockerignore', text }).flatMap((item) => (isGap(item) ? [] : [item]));
  const adviceOf = (from: ContextCopyEvidence, text: string | null, line = 4) => {
    const files = text === null ? [] : ignoreFile(text);
    const view = viewOf([layerEntry(layerPlace('app/web/.env'), real), from, ...files]);
    const [draft] = leakedDotenv.check({ ...view, causeOf: () => ({ ...cause, line }) });
    return {
      fix: draft?.fix,
      related: draft?.related?.map(({ at, message }) => [at.kind === 'file' ? at.line : 0, message]),
    };
  };
  const steps = (what: string) =>
    `revoke these credentials at their vendors first, then ${what}; tags already pushed keep it`;

  it('the ignore file that should have held it', () => {
    expect(adviceOf(copy, '.git\n.env\n')).toEqual({
      fix: {
        description: steps('add `**/.env` to the end of .dockerignore and rebuild'),
        edits: [{ path: '.dockerignore', line: 2, endLine: 2, newText: '.env\n**/.env' }],
      },
      related: [[2, 'should hold it back and does not']],
    });
  });

  it('there is none', () => {
    expect(adviceOf(copy, null)).toEqual({
      fix: {
        description: steps('create .dockerignore with `**/.env` and rebuild'),
        edits: [{ path: '.dockerignore', line: 1, endLine: 0, newText: '**/.env' }],
      },
      related: [],
    });
  });

  it('it would by now', () => {
    expect(adviceOf(copy, '**/.env\n')).toEqual({
      fix: { description: steps('rebuild'), edits: [] },
      related: [[1, 'holds it back now, so the image is older than this file']],
    });
  });

  it.each<[string, ContextCopyEvidence, number]>([
    ['another instruction made the layer', copy, 7],
    ['the instruction names the file', { ...copy, source: 'web/.env', target: '/app/web/.env' }, 4],
    ['it lies outside the target', { ...copy, target: '/srv' }, 4],
  ])('no advice on ignore files when %s', (_, from, line) => {
    expect(adviceOf(from, '', line)).toEqual({
      fix: { description: steps('keep the file out of the build context (.dockerignore) and rebuild'), edits: [] },
      related: [],
    });
  });
});

it.each<[NonNullable<LayerEntryEvidence['origin']>, string]>([
  ['package', 'info'],
  ['library-test', 'info'],
  ['library', 'low'],
  ['team', 'critical'],
])('of a %s it is %s', (origin, severity) => {
  const entry = { ...layerEntry(layerPlace('app/node_modules/x/.env'), real), origin };
  const [draft] = leakedDotenv.check(viewOf([entry]));
  expect(draft?.severity).toBe(severity);
});

it("go's own settings are no dotenv file, unless they hold more", () => {
  const at = layerPlace('usr/local/go/go.env');
  const judge = (...realKeys: readonly string[]) => [
    ...leakedDotenv.check(viewOf([layerEntry(at, facts({ realKeys }))])),
  ];
  expect(judge('GOPROXY', 'GOSUMDB', 'GOTOOLCHAIN')).toEqual([]);
  expect(judge('GOPROXY', 'DB_PASSWORD')).toHaveLength(1);
});
