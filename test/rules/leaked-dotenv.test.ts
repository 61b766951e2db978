import { expect, it } from 'vitest';
import type { DotenvFacts } from '../../src/domain/evidence.ts';
import { leakedDotenv } from '../../src/rules/leaked-dotenv.ts';
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
