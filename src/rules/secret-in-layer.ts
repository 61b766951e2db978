import { exampleToken } from '../domain/example-token.ts';
import type { Draft } from '../domain/finding.ts';
import type { SecretMatchEvidence } from '../domain/layer-evidence.ts';
import { neutralise } from '../domain/neutral-text.ts';
import { defineRule } from '../domain/rule.ts';
import {
  countSecrets,
  filesToldByName,
  groupSecrets,
  isPrivateKey,
  otherPlaces,
  placeKey,
  publicNote,
  type SecretGroup,
  secretFix,
  severityOfSecret,
  withArticle,
} from '../domain/secret-groups.ts';
import { stillShips } from '../domain/still-ships.ts';

function noteOn(group: SecretGroup): string {
  const note = publicNote(group, 'value');
  if (note !== '') return note;
  return group.matches.every((match) => match.isExpired === true) ? '; it says itself that it has expired' : '';
}

function draft(group: SecretGroup): Draft {
  const { first, matches } = group;
  // A key that is part of a credential is told by the credential's name.
  const named = matches.find((match) => match.detector !== 'private-key') ?? first;
  const revokeUrl = named.revokeUrl ?? null;
  const revoke = revokeUrl === null ? 'revoke it first where it was issued' : `revoke it first at ${revokeUrl}`;
  const note = noteOn(group);
  const one = `${withArticle(named.what)} stands in ${neutralise(first.at.path, 300)}`;
  const place = `${countSecrets(group, 'credentials') ?? one}${stillShips(first)}`;
  return {
    at: first.at,
    severity: severityOfSecret(group),
    confidence: matches.some((match) => match.isValidated) ? 'high' : 'medium',
    message: note === '' ? `${place}; ${revoke}` : `${place}${note}`,
    identity: [first.at.path, named.detector],
    related: otherPlaces(group, 'the same credential'),
    fix: secretFix(
      group,
      `${revoke}, then keep it out of the build context and of every layer: mount it with RUN --mount=type=secret or pass it at run time, and rebuild; tags already pushed keep it`,
    ),
  };
}

/** What no other rule tells by the name of its file: a place told there stays a place of a secret found elsewhere too. */
function untold(group: SecretGroup, told: ReadonlySet<string>): SecretGroup[] {
  const rest = group.matches.filter((match) => !told.has(placeKey(match.at)));
  const first: SecretMatchEvidence | undefined = rest.find((match) => match === group.first) ?? rest[0];
  return first === undefined ? [] : [{ ...group, first }];
}

export const secretInLayer = defineRule({
  id: 'secret-in-layer',
  summary: 'An image layer holds a credential in a file',
  severity: 'critical',
  confidence: 'high',
  consumes: ['secret-match', 'layer-entry'],
  isSecret: true,
  docs: {
    why: "Every byte of every file in every layer is searched, in programs, compiled Python, node_modules and weights too: whoever can pull the image can do the same, also when a later layer deletes the file. A credential is critical when a checksum, a decoded structure or its vendor's own format proves it; medium when only the setting it is assigned to says so, or when it may be public by design; low when a format alone says so in the code of an installed library, such as a folder of node_modules; info in a file of an installed package, in the tests and documents of a library, when it is a published test value, or when it says itself that it has expired. Credentials in a .env file or in a file of a tool's credentials are told by leaked-dotenv and leaked-credential-file, not again here.",
    fix: 'Revoke the credential at its vendor first. Then take it out of the file, mount it at build time with `RUN --mount=type=secret` or pass it at run time, and rebuild. Deleting the file in a later layer unships nothing, and tags already pushed keep it.',
  },
  examples: [
    {
      title: 'A key in the source code, copied with the rest',
      files: { Dockerfile: 'FROM python:3.12.8-slim-bookworm\nCOPY app /app\nUSER 1000\n' },
      image: {
        user: '1000',
        layers: [
          { createdBy: 'ADD rootfs.tar / # buildkit', files: { 'etc/os-release': 'ID=debian\n' } },
          {
            createdBy: 'COPY app /app # buildkit',
            files: { 'app/chat.py': `client = Groq(api_key="${exampleToken()}")\n` },
          },
        ],
      },
      flags: [{ where: 'Dockerfile:2', severity: 'critical' }],
    },
    {
      title: 'The format without a value, a variable, and an example from a manual',
      files: { Dockerfile: 'FROM python:3.12.8-slim-bookworm\nCOPY app /app\nUSER 1000\n' },
      image: {
        user: '1000',
        layers: [
          { createdBy: 'ADD rootfs.tar / # buildkit', files: { 'etc/os-release': 'ID=debian\n' } },
          {
            createdBy: 'COPY app /app # buildkit',
            files: {
              'app/chat.py': 'client = Groq(api_key=os.environ["GROQ_API_KEY"])\n',
              'app/README.md': `Set GROQ_API_KEY to a key like gsk_${'x'.repeat(52)}\n`,
            },
          },
        ],
      },
      flags: [],
    },
  ],
  *check(view) {
    const told = filesToldByName(view.of('layer-entry'));
    const credentials = groupSecrets(view.of('secret-match')).filter((group) => !isPrivateKey(group));
    for (const group of credentials.flatMap((group) => untold(group, told))) yield draft(group);
  },
});
