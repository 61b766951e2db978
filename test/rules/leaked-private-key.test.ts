import { expect, it } from 'vitest';
import type { SecretMatchEvidence } from '../../src/domain/layer-evidence.ts';
import { leakedPrivateKey } from '../../src/rules/leaked-private-key.ts';
import { keyMatch, layerPlace } from '../helpers/layer-evidence.ts';
import { viewOf } from '../helpers/model-example.ts';

const judge = (...matches: readonly SecretMatchEvidence[]) => [...leakedPrivateKey.check(viewOf(matches))];
const key = layerPlace('root/.ssh/id_rsa');
const owned = { origin: 'package' as const };

it.each<[string, SecretMatchEvidence, string, string]>([
  [
    'a key that parses',
    keyMatch(key),
    'critical',
    'root/.ssh/id_rsa is or holds an RSA private key and ships in layer 2',
  ],
  [
    'a key under a passphrase',
    keyMatch(key, { what: 'encrypted OpenSSH private key', isValidated: false }),
    'medium',
    'root/.ssh/id_rsa is or holds an encrypted OpenSSH private key and ships in layer 2',
  ],
  [
    'a PKCS#8 key',
    keyMatch(key, { what: 'PKCS#8 private key' }),
    'critical',
    'root/.ssh/id_rsa is or holds a PKCS#8 private key and ships in layer 2',
  ],
  [
    'deleted later',
    keyMatch(layerPlace('k.pem', 'deleted')),
    'critical',
    'k.pem is or holds an RSA private key and still ships in layer 2, although layer 4 deletes it',
  ],
  [
    'of an installed package',
    keyMatch(layerPlace('usr/share/doc/x.pem'), owned),
    'info',
    'usr/share/doc/x.pem is or holds an RSA private key and ships in layer 2; it belongs to an installed package, so it is a published sample or test key',
  ],
])('%s', (_, match, severity, message) => {
  expect(judge(match).map((draft) => [draft.severity, draft.message])).toEqual([[severity, message]]);
});

it.each([
  ['is published in all its places', [keyMatch(key, owned)], 'nothing to revoke, as everyone has it; '],
  ['is the team’s in one of them', [keyMatch(key, owned), keyMatch(layerPlace('app/key'))], 'revoke the key where '],
] as const)('says to revoke a key unless it %s', (_, matches, expected) => {
  expect(judge(...matches)[0]?.fix?.description).toContain(expected);
});

it('one key in several places is one finding, at the first, with the others related', () => {
  const [later, first, other] = [
    layerPlace('b.pem', 'present', 5),
    layerPlace('a.pem', 'deleted', 1),
    layerPlace('z.pem', 'present', 1),
  ];
  for (const order of [
    [later, first, other],
    [other, later, first],
    [first, other, later],
  ]) {
    const [draft, ...more] = judge(...order.map((at) => keyMatch(at)));
    expect([draft?.at, draft?.identity, more]).toEqual([first, ['a.pem', 'RSA private key'], []]);
    expect(draft?.related).toEqual([
      { at: other, message: 'the same key' },
      { at: later, message: 'the same key' },
    ]);
  }
});

it("a key that a package brings and the team copied is the team's", () => {
  const [draft] = judge(
    keyMatch(layerPlace('usr/share/x.pem', 'present', 0), owned),
    keyMatch(layerPlace('app/x.pem')),
  );
  expect([draft?.severity, draft?.at]).toEqual(['critical', layerPlace('app/x.pem')]);
});

it('different keys, and the same key in two images, are findings of their own', () => {
  const elsewhere = { ...key, image: 'other.tar' };
  expect(judge(keyMatch(key), keyMatch(layerPlace('b.pem'), { identity: 'two' }), keyMatch(elsewhere))).toHaveLength(3);
});

it('a thousand copies are one finding with a hundred places', () => {
  const copies = Array.from({ length: 1000 }, (_, index) => keyMatch(layerPlace(`k${index}.pem`)));
  expect(judge(...copies).map((draft) => draft.related?.length)).toEqual([100]);
});
