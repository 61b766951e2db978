import type { SecretMatchEvidence } from '../domain/evidence.ts';
import { exampleKey } from '../domain/example-key.ts';
import type { Draft } from '../domain/finding.ts';
import { neutralise } from '../domain/neutral-text.ts';
import { defineRule } from '../domain/rule.ts';
import type { Severity } from '../domain/severity.ts';
import { stillShips } from '../domain/still-ships.ts';

/** One key in several places is one finding, and so is a package's file, however many keys it holds. */
function groups(matches: readonly SecretMatchEvidence[]): readonly (readonly SecretMatchEvidence[])[] {
  const byKey = new Map<string, SecretMatchEvidence[]>();
  const ofTheTeam = new Set(matches.filter((match) => !match.isPackageOwned).map((match) => match.identity));
  for (const match of matches) {
    const cause = ofTheTeam.has(match.identity) ? match.identity : `owned\0${match.at.path}`;
    const key = `${match.at.image}\0${cause}`;
    const group = byKey.get(key);
    if (group === undefined) byKey.set(key, [match]);
    else group.push(match);
  }
  return [...byKey.values()].map((group) =>
    group.sort((a, b) => a.at.layer - b.at.layer || (a.at.path < b.at.path ? -1 : 1)),
  );
}

function severityOf(group: readonly SecretMatchEvidence[]): Severity {
  if (group.every((match) => match.isPackageOwned)) return 'info';
  return group.some((match) => match.isValidated) ? 'critical' : 'medium';
}

const packageNote = '; it belongs to an installed package, so it is a published sample or test key';

function describeKeys(first: SecretMatchEvidence, group: readonly SecretMatchEvidence[]): string {
  const path = neutralise(first.at.path, 300);
  const keys = new Set(group.map((match) => match.identity)).size;
  if (keys > 1) return `${path} holds ${keys} private keys${stillShips(first)}${packageNote}`;
  const article = /^(?:[aeiou]|RSA )/i.test(first.what) ? 'an' : 'a';
  const note = first.isPackageOwned ? packageNote : '';
  return `${path} is or holds ${article} ${first.what}${stillShips(first)}${note}`;
}

function draft(group: readonly SecretMatchEvidence[]): Draft[] {
  const first = group.find((match) => !match.isPackageOwned) ?? group[0];
  if (first === undefined) return [];
  const elsewhere = group.filter((match) => match.at.path !== first.at.path || match.at.layer !== first.at.layer);
  return [
    {
      at: first.at,
      severity: severityOf(group),
      message: describeKeys(first, group),
      identity: [first.at.path, first.what],
      related: elsewhere.slice(0, 100).map((match) => ({ at: match.at, message: 'the same key' })),
      fix: {
        description:
          'revoke the key where it is trusted (authorized_keys, the certificate authority, the vendor), keep it out of the build context and rebuild; mount keys at build time with RUN --mount=type=ssh or type=secret',
        edits: [],
      },
    },
  ];
}

export const leakedPrivateKey = defineRule({
  id: 'leaked-private-key',
  summary: 'An image layer holds a private key',
  severity: 'critical',
  confidence: 'high',
  consumes: ['secret-match'],
  isSecret: true,
  docs: {
    why: 'A private key in a layer can be copied out by anyone who can pull the image, also when a later layer deletes it. The key is parsed, so a header in source code or a truncated block is not reported; a key under a passphrase is medium, as the passphrase still stands between a finder and the key.',
    fix: 'Revoke the key first: remove it from authorized_keys, revoke its certificate, delete it at the vendor. Then keep it out of the build (`.dockerignore`, `RUN --mount=type=ssh`, `RUN --mount=type=secret`) and rebuild. Tags already pushed keep it.',
  },
  examples: [
    {
      title: 'A deploy key copied for a private repository',
      files: { Dockerfile: 'FROM python:3.12.8-slim-bookworm\nCOPY id_deploy /root/.ssh/id_deploy\nUSER 1000\n' },
      image: {
        user: '1000',
        layers: [
          { createdBy: 'ADD rootfs.tar / # buildkit', files: { 'etc/os-release': 'ID=debian\n' } },
          {
            createdBy: 'COPY id_deploy /root/.ssh/id_deploy # buildkit',
            files: { 'root/.ssh/id_deploy': exampleKey() },
          },
        ],
      },
      flags: [{ where: 'Dockerfile:2', severity: 'critical' }],
    },
    {
      title: 'Source code that mentions the header, and a certificate',
      files: { Dockerfile: 'FROM python:3.12.8-slim-bookworm\nCOPY app /app\nUSER 1000\n' },
      image: {
        user: '1000',
        layers: [
          { createdBy: 'ADD rootfs.tar / # buildkit', files: { 'etc/os-release': 'ID=debian\n' } },
          {
            createdBy: 'COPY app /app # buildkit',
            files: {
              'app/pem.py': `HEADER = "${['-----BEGIN', 'PRIVATE KEY-----'].join(' ')}"\n`,
              'app/tls.crt': '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n',
            },
          },
        ],
      },
      flags: [],
    },
  ],
  *check(view) {
    for (const group of groups(view.of('secret-match'))) yield* draft(group);
  },
});
