import { expect, it } from 'vitest';
import type { ImageSettingEvidence } from '../../src/domain/evidence.ts';
import { secretInImageConfig } from '../../src/rules/secret-in-image-config.ts';
import { imageSetting } from '../helpers/layer-evidence.ts';
import { viewOf } from '../helpers/model-example.ts';

const judge = (...settings: readonly ImageSettingEvidence[]) => [...secretInImageConfig.check(viewOf(settings))];
const vendor = { proof: 'vendor' as const, vendor: 'Groq', revokeUrl: 'https://console.groq.com/keys' };

it.each<[string, Partial<ImageSettingEvidence>, string, string]>([
  [
    'env by name',
    {},
    'medium medium',
    "A_KEY in the image's environment is named like a credential and has a value; everyone who can pull the image can read it",
  ],
  [
    'env by format',
    vendor,
    'critical high',
    "A_KEY in the image's environment holds a value in Groq's key format; everyone who can pull the image can read it",
  ],
  [
    'a label',
    { part: 'label', name: 'token' },
    'medium medium',
    "token in the image's labels is named like a credential and has a value; everyone who can pull the image can read it",
  ],
  [
    'the history',
    { part: 'history' },
    'medium medium',
    "A_KEY in the image's build history is named like a credential and has a value; everyone who can pull the image can read it",
  ],
  [
    'the start command',
    { part: 'entrypoint', name: 'command', ...vendor },
    'critical high',
    "command in the image's start command holds a value in Groq's key format; everyone who can pull the image can read it",
  ],
])('%s', (_, change, weight, message) => {
  const drafts = judge(imageSetting(change));
  expect(drafts.map((draft) => [`${draft.severity} ${draft.confidence}`, draft.message])).toEqual([[weight, message]]);
});

it('the provenance is the business of another rule', () => {
  expect(judge(imageSetting({ part: 'provenance' }))).toEqual([]);
});

it.each([
  ['env before history', ['history', 'env'], 'env'],
  ['label before start command', ['entrypoint', 'label'], 'label'],
  ['history before provenance', ['provenance', 'history'], 'history'],
] as const)('the same value under one name is told once: %s', (_, parts, expected) => {
  for (const order of [parts, [...parts].reverse()]) {
    const drafts = judge(...order.map((part) => imageSetting({ part })));
    expect(drafts.map((draft) => (draft.at.kind === 'image' ? draft.at.part : ''))).toEqual([expected]);
  }
});

it('another value, another name or another image is told on its own', () => {
  const drafts = judge(
    imageSetting(),
    imageSetting({ identity: 'two' }),
    imageSetting({ name: 'B_KEY' }),
    imageSetting({ image: 'b.tar' }),
  );
  expect(drafts).toHaveLength(4);
});

it('the fix says first where to revoke the key', () => {
  expect(judge(imageSetting(vendor))[0]?.fix?.description).toMatch(
    /^revoke it first at https:\/\/console\.groq\.com\/keys, then /,
  );
  expect(judge(imageSetting())[0]?.fix?.description).toMatch(/^revoke it where it was issued, then /);
});

it('hostile names cannot forge output', () => {
  expect(judge(imageSetting({ name: 'A\n::error::\u202eKEY' }))[0]?.message).not.toMatch(/[\n\u202e]/);
});
