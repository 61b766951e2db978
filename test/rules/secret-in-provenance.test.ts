import { expect, it } from 'vitest';
import type { ImageSettingEvidence } from '../../src/domain/evidence.ts';
import { secretInProvenance } from '../../src/rules/secret-in-provenance.ts';
import { imageSetting } from '../helpers/layer-evidence.ts';
import { viewOf } from '../helpers/model-example.ts';

const judge = (...settings: readonly ImageSettingEvidence[]) => [...secretInProvenance.check(viewOf(settings))];
const recorded = { part: 'provenance' as const, name: 'NPM_TOKEN' };

it('a build argument named like a credential', () => {
  expect(
    judge(imageSetting(recorded)).map(({ at, severity, message, identity }) => ({ at, severity, message, identity })),
  ).toEqual([
    {
      at: { kind: 'image', image: 'app.tar', part: 'provenance', name: 'NPM_TOKEN' },
      severity: 'medium',
      message:
        "NPM_TOKEN in the image's build provenance is named like a credential and has a value; everyone who can pull the image can read it",
      identity: ['provenance', 'NPM_TOKEN'],
    },
  ]);
});

it("a value in a vendor's format is critical", () => {
  expect(judge(imageSetting({ ...recorded, proof: 'vendor', vendor: 'npm' })).map((draft) => draft.severity)).toEqual([
    'critical',
  ]);
});

it.each(['env', 'label', 'history', 'entrypoint'] as const)(
  'what stands in %s is the business of another rule',
  (part) => {
    expect(judge(imageSetting({ part, name: 'NPM_TOKEN' }))).toEqual([]);
    expect(judge(imageSetting({ part, name: 'NPM_TOKEN' }), imageSetting(recorded))).toEqual([]);
  },
);

it('another value than in the history is told', () => {
  expect(
    judge(imageSetting({ part: 'history', name: 'NPM_TOKEN', identity: 'two' }), imageSetting(recorded)),
  ).toHaveLength(1);
});
