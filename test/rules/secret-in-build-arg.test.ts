import { expect, it } from 'vitest';
import type { BuildVariableEvidence } from '../../src/domain/build-evidence.ts';
import { fileLocation } from '../../src/domain/location.ts';
import { secretInBuildArg } from '../../src/rules/secret-in-build-arg.ts';
import { imageSetting } from '../helpers/layer-evidence.ts';
import { viewOf } from '../helpers/model-example.ts';

const lineAt = (line: number) => fileLocation('Dockerfile', { line, column: 1, endLine: line, endColumn: 9 });
function variable(change: Partial<BuildVariableEvidence> = {}): BuildVariableEvidence {
  return Object.freeze({
    kind: 'build-variable',
    at: lineAt(2),
    keyword: 'ARG',
    name: 'NPM_TOKEN',
    proof: 'name',
    vendor: null,
    revokeUrl: null,
    usedAt: null,
    isFinal: true,
    ...change,
  });
}
const vendor = { proof: 'vendor' as const, vendor: 'npm', revokeUrl: 'https://www.npmjs.com/settings/~/tokens' };

it.each<[string, Partial<BuildVariableEvidence>, string, string]>([
  [
    'a value by name',
    {},
    'medium medium',
    'ARG NPM_TOKEN is named like a credential and has its value written in the Dockerfile',
  ],
  [
    'a value by format',
    { ...vendor, keyword: 'ENV' },
    'critical high',
    "ENV NPM_TOKEN holds a value in npm's key format",
  ],
  [
    'a value in a build stage',
    { ...vendor, isFinal: false },
    'critical high',
    "ARG NPM_TOKEN holds a value in npm's key format",
  ],
  [
    'none, used in the image',
    { usedAt: lineAt(4) },
    'medium medium',
    "ARG NPM_TOKEN takes a credential from the command line that line 4 uses; its value stays in the image's history",
  ],
  [
    'none, used in a build stage',
    { usedAt: lineAt(4), isFinal: false },
    'low medium',
    'ARG NPM_TOKEN takes a credential from the command line that line 4 uses; its value stays in the build cache and the provenance of the build',
  ],
])('%s', (_, change, weight, message) => {
  const drafts = [...secretInBuildArg.check(viewOf([variable(change)]))];
  expect(drafts.map((draft) => [`${draft.severity} ${draft.confidence}`, draft.message])).toEqual([[weight, message]]);
});

it('says first to revoke what stands in the file', () => {
  const fixOf = (change: Partial<BuildVariableEvidence>) =>
    [...secretInBuildArg.check(viewOf([variable(change)]))][0]?.fix?.description;
  expect(fixOf({})).toMatch(/^revoke it first where it was issued, then /);
  expect(fixOf(vendor)).toMatch(/^revoke it first at https:\/\/www\.npmjs\.com\//);
  expect(fixOf({ usedAt: lineAt(3) })).toMatch(/^pass it to the step/);
});

it('what an image shows of the same variable is told there', () => {
  const view = viewOf([
    variable(),
    imageSetting({ name: 'NPM_TOKEN', part: 'history' }),
    imageSetting({ name: 'OTHER' }),
  ]);
  const cause = { path: 'Dockerfile', line: 2, endLine: 2, instruction: 'ARG NPM_TOKEN', confidence: 'high' as const };
  expect([...secretInBuildArg.check({ ...view, causeOf: () => cause })]).toEqual([]);
  expect([...secretInBuildArg.check({ ...view, causeOf: () => ({ ...cause, path: 'b/Dockerfile' }) })]).toHaveLength(1);
  expect([...secretInBuildArg.check(view)]).toHaveLength(1);
});
