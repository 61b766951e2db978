import { exampleKey } from '../domain/example-key.ts';
import type { Draft } from '../domain/finding.ts';
import { neutralise } from '../domain/neutral-text.ts';
import { defineRule } from '../domain/rule.ts';
import {
  countSecrets,
  groupSecrets,
  isPrivateKey,
  otherPlaces,
  publicNote,
  type SecretGroup,
  secretFix,
  severityOfSecret,
  withArticle,
} from '../domain/secret-groups.ts';
import { stillShips } from '../domain/still-ships.ts';

function describeKeys(group: SecretGroup): string {
  const { first } = group;
  const one = `${neutralise(first.at.path, 300)} is or holds ${withArticle(first.what)}`;
  return `${countSecrets(group, 'private keys') ?? one}${stillShips(first)}${publicNote(group, 'key')}`;
}

function draft(group: SecretGroup): Draft {
  const { first } = group;
  return {
    at: first.at,
    severity: severityOfSecret(group),
    message: describeKeys(group),
    identity: [first.at.path, first.what],
    related: otherPlaces(group, 'the same key'),
    fix: secretFix(
      group,
      'revoke the key where it is trusted (authorized_keys, the certificate authority, the vendor), keep it out of the build context and rebuild; mount keys at build time with RUN --mount=type=ssh or type=secret',
    ),
  };
}

export const leakedPrivateKey = defineRule({
  id: 'leaked-private-key',
  summary: 'An image layer holds a private key',
  severity: 'critical',
  confidence: 'high',
  consumes: ['secret-match'],
  isSecret: true,
  docs: {
    why: 'A private key in a layer can be copied out by anyone who can pull the image, also when a later layer deletes it. The key is parsed, so a header in source code or a truncated block is not reported; a key under a passphrase is medium, as the passphrase still stands between a finder and the key. Keys of an installed package, of the tests of an installed library, and those that well-known software publishes are info: everybody has them.',
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
    for (const group of groupSecrets(view.of('secret-match')).filter(isPrivateKey)) yield draft(group);
  },
});
