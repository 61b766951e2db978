import { describe, expect, it } from 'vitest';
import type { CredentialFacts, LayerEntryEvidence, SecretMatchEvidence } from '../../src/domain/layer-evidence.ts';
import { leakedCredentialFile } from '../../src/rules/leaked-credential-file.ts';
import { keyMatch, layerEntry, layerPlace } from '../helpers/layer-evidence.ts';
import { viewOf } from '../helpers/model-example.ts';

const judge = (...evidence: readonly (SecretMatchEvidence | LayerEntryEvidence)[]) => [
  ...leakedCredentialFile.check(viewOf(evidence)),
];
const npmrc: CredentialFacts = {
  file: 'npmrc',
  what: 'npm settings',
  holds: ['//npm.acme.io/:_authToken'],
  isRead: true,
  revokeUrl: 'https://www.npmjs.com/settings/~/tokens',
};
const entry = (credential: CredentialFacts | null, at = layerPlace('app/.npmrc')) => ({
  ...layerEntry(at, null),
  credential,
});
const told = (drafts: ReturnType<typeof judge>) => drafts.map(({ severity, message }) => `${severity} ${message}`);

describe('a credential inside', () => {
  it('is high, and names what it is for and where to revoke it', () => {
    expect(told(judge(entry(npmrc)))).toEqual([
      'high app/.npmrc (npm settings) holds 1 credential (//npm.acme.io/:_authToken) and ships in layer 2; revoke it first at https://www.npmjs.com/settings/~/tokens',
    ]);
  });

  it('counts, and shows the first five', () => {
    const holds = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    const deleted = layerPlace('root/.netrc', 'deleted');
    expect(
      told(judge(entry({ ...npmrc, file: 'netrc', what: 'netrc logins', holds, revokeUrl: null }, deleted))),
    ).toEqual([
      'high root/.netrc (netrc logins) holds 7 credentials (a, b, c, d, e and 2 more) and still ships in layer 2, although layer 4 deletes it; revoke it first where it was issued',
    ]);
  });

  it.each<[NonNullable<LayerEntryEvidence['origin']>, boolean, string]>([
    ['package', true, 'info'],
    ['library-test', true, 'info'],
    ['library', true, 'critical'],
    ['library', false, 'low'],
    ['team', false, 'high'],
  ])('of a %s, proven: %s', (origin, isValidated, severity) => {
    const match = keyMatch(layerPlace('app/.npmrc'), { origin, isValidated });
    expect(judge({ ...entry(npmrc), origin }, match).map((draft) => draft.severity)).toEqual([severity]);
  });

  it('is info when all of it is a published test key, and not when there is more', () => {
    const match = keyMatch(layerPlace('app/.npmrc'), { origin: 'published' });
    expect(judge(entry(npmrc), match)[0]?.severity).toBe('info');
    expect(judge(entry({ ...npmrc, holds: ['a', 'b'] }), match)[0]?.severity).toBe('critical');
  });

  it('is critical when the credential itself is proven, and its vendor is named', () => {
    const at = layerPlace('app/.npmrc');
    const match = (change: Partial<SecretMatchEvidence>) =>
      keyMatch(at, { detector: 'npm-token', what: 'npm token', revokeUrl: 'https://vendor.example/revoke', ...change });
    const severityWith = (...matches: SecretMatchEvidence[]) => judge(entry(npmrc), ...matches)[0]?.severity;
    expect(severityWith(match({}))).toBe('critical');
    expect(judge(entry(npmrc), match({}))[0]?.message).toContain('revoke it first at https://vendor.example/revoke');
    expect(severityWith(match({ isValidated: false }))).toBe('high');
    expect(severityWith(match({ isExpired: true }))).toBe('high');
    expect(severityWith(keyMatch(layerPlace('app/other')))).toBe('high');
  });
});

describe('by name alone', () => {
  const store = { ...npmrc, file: 'password-store', what: 'password store', holds: [], isRead: false, revokeUrl: null };

  it('is low', () => {
    expect(told(judge(entry(store, layerPlace('app/team.kdbx'))))).toEqual([
      'low app/team.kdbx is named like password store and ships in layer 2; its content was not judged',
    ]);
  });

  it('says nothing where the content was told', () => {
    expect(judge(entry(store, layerPlace('vpn/client.ovpn')), keyMatch(layerPlace('vpn/client.ovpn')))).toEqual([]);
  });
});

it.each<[string, LayerEntryEvidence]>([
  ['a file that was read and holds none', entry({ ...npmrc, holds: [] })],
  ['a file that is no credential file', layerEntry(layerPlace('app/main.py'), null)],
  ['Git settings, which another rule tells', entry({ ...npmrc, file: 'git-config' })],
])('passes %s', (_, evidence) => {
  expect(judge(evidence)).toEqual([]);
});
