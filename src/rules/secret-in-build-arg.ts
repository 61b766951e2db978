import type { BuildVariableEvidence } from '../domain/build-evidence.ts';
import type { Draft } from '../domain/finding.ts';
import { neutralise } from '../domain/neutral-text.ts';
import { defineRule } from '../domain/rule.ts';
import type { Severity } from '../domain/severity.ts';

const mount = 'pass it to the step that needs it with `RUN --mount=type=secret`, or at run time';

function severityOf({ proof, usedAt, isFinal }: BuildVariableEvidence): Severity {
  if (proof === 'vendor') return 'critical';
  return usedAt === null || isFinal ? 'medium' : 'low';
}

function describe({ keyword, name, proof, vendor, usedAt, isFinal }: BuildVariableEvidence): string {
  const subject = `${keyword} ${neutralise(name, 120)}`;
  if (proof === 'vendor') return `${subject} holds a value in ${vendor ?? 'a vendor'}'s key format`;
  if (usedAt === null) return `${subject} is named like a credential and has its value written in the Dockerfile`;
  const where = isFinal ? "the image's history" : 'the build cache and the provenance of the build';
  return `${subject} takes a credential from the command line that line ${usedAt.line} uses; its value stays in ${where}`;
}

function draftVariable(variable: BuildVariableEvidence): Draft {
  const { at, name, keyword, proof, usedAt, revokeUrl } = variable;
  const revoke = `revoke it first${revokeUrl === null ? ' where it was issued' : ` at ${revokeUrl}`}, then `;
  return {
    at,
    severity: severityOf(variable),
    confidence: proof === 'vendor' ? 'high' : 'medium',
    message: describe(variable),
    identity: [keyword, name],
    related: usedAt === null ? [] : [{ at: usedAt, message: 'uses it' }],
    fix: { description: `${usedAt === null ? revoke : ''}${mount}`, edits: [] },
  };
}

export const secretInBuildArg = defineRule({
  id: 'secret-in-build-arg',
  summary: 'A Dockerfile holds a credential in ARG or ENV, or is handed one as a build argument',
  severity: 'medium',
  confidence: 'medium',
  consumes: ['build-variable', 'image-setting'],
  isSecret: true,
  docs: {
    why: "What `ARG` and `ENV` hold is in git, in the image's history and, for `ENV`, in every container's environment. A build argument is no better: each `RUN` after it is recorded with its value (`RUN |1 NPM_TOKEN=...`), `docker history` prints it, and the provenance of the build keeps it. A value in a vendor's key format is critical; a name that says credential is medium, as only its owner can tell.",
    fix: 'Revoke the credential first. Then mount it for the one step that needs it: `RUN --mount=type=secret,id=npm_token,env=NPM_TOKEN npm ci`, with `docker build --secret id=npm_token,env=NPM_TOKEN`. What the service needs belongs to its run time: `env_file`, or a secret store.',
  },
  examples: [
    {
      title: 'A default value, and a variable for the container',
      files: {
        Dockerfile:
          'FROM node:22-alpine3.21\nARG NPM_TOKEN=q8Zr-not-a-placeholder\nENV SESSION_PASSWORD=correct-horse-7\nUSER 1000\n',
      },
      flags: [
        { where: 'Dockerfile:2', severity: 'medium' },
        { where: 'Dockerfile:3', severity: 'medium' },
      ],
    },
    {
      title: 'A token from the command line that a step uses',
      files: {
        Dockerfile:
          'FROM node:22-alpine3.21\nARG NPM_TOKEN\nRUN echo "//registry.npmjs.org/:_authToken=$NPM_TOKEN" > /root/.npmrc\nUSER 1000\n',
      },
      flags: [{ where: 'Dockerfile:2', severity: 'medium' }],
    },
    {
      title: 'The same in a stage that is not part of the image',
      files: {
        Dockerfile:
          'FROM node:22-alpine3.21 AS build\nARG NPM_TOKEN\nRUN ./fetch.sh --token "$NPM_TOKEN"\n\nFROM node:22-alpine3.21\nCOPY --from=build /app /app\nUSER 1000\n',
      },
      flags: [{ where: 'Dockerfile:2', severity: 'low' }],
    },
    {
      title: 'Secret mounts, placeholders and names that only look the part',
      files: {
        Dockerfile:
          'FROM python:3.12.8-slim-bookworm\nARG NPM_TOKEN\nENV OPENAI_API_KEY=changeme API_KEY_FILE=/run/secrets/key TOKENIZERS_PARALLELISM=false\nRUN --mount=type=secret,id=npm,env=NPM_TOKEN ./fetch.sh "$NPM_TOKEN"\nRUN --mount=type=secret,id=key KEY_TOKEN="$(cat /run/secrets/key)" ./fetch.sh\nUSER 1000\n',
      },
      flags: [],
    },
  ],
  *check(view) {
    // What an image that was read shows of the same variable is told there, on the same line.
    const told = new Set(
      view.of('image-setting').flatMap(({ image, part, name }) => {
        const cause = view.causeOf({ kind: 'image', image, part, name });
        return cause === null ? [] : [`${cause.path}\0${name}`];
      }),
    );
    for (const variable of view.of('build-variable')) {
      if (!told.has(`${variable.at.path}\0${variable.name}`)) yield draftVariable(variable);
    }
  },
});
