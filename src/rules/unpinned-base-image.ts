import type { ImageReferenceEvidence } from '../domain/evidence.ts';
import type { Draft } from '../domain/finding.ts';
import type { ImagePin } from '../domain/image-pin.ts';
import { isBelow, pinIdentity, readPins } from '../domain/image-pin.ts';
import { neutralise } from '../domain/neutral-text.ts';
import { pinAdvice } from '../domain/pin-advice.ts';
import { defineRule } from '../domain/rule.ts';

function draftPin(pin: ImagePin): Draft {
  const { evidence, reference, grade, required, usedAt } = pin;
  return {
    at: evidence.at,
    message: `\`${evidence.text}\` ${grade.why}`,
    identity: pinIdentity(pin),
    related: usedAt.map((at) => ({ at, message: 'used here' })),
    fix: { description: pinAdvice(reference, required), edits: [] },
  };
}

/** A digest of the wrong length or alphabet makes the whole text invalid; nobody may take it for a pin. */
function draftMalformedDigest(evidence: ImageReferenceEvidence): Draft {
  const text = neutralise(evidence.text, 200);
  return {
    at: evidence.at,
    message: `\`${text}\` has a malformed digest, which pins nothing`,
    identity: [neutralise(evidence.text.split('@', 1)[0] ?? '', 200), evidence.role],
    fix: { description: 'write the whole digest: `sha256:` and 64 lower-case hex digits', edits: [] },
  };
}

/** Once per place to change, however often it is used. */
function findMalformedDigests(mentions: readonly ImageReferenceEvidence[]): readonly ImageReferenceEvidence[] {
  const malformed = mentions.filter(
    ({ reference, unresolved, text }) => reference === null && unresolved.length === 0 && /@sha\d{3}/i.test(text),
  );
  return [
    ...new Map(
      malformed.map((evidence) => [`${evidence.at.path}:${evidence.at.line}:${evidence.text}`, evidence]),
    ).values(),
  ];
}

export const unpinnedBaseImage = defineRule({
  id: 'unpinned-base-image',
  summary: 'An image is used without a version',
  severity: 'high',
  confidence: 'high',
  consumes: ['image-reference'],
  isLoweredInTests: true,
  docs: {
    why: 'Without a tag, or with a tag such as `latest`, `stable` or `main`, the same file gives another image on another day. A release upstream, or someone who takes over the account, changes what you ship without a commit, and the build that was tested cannot be made again.',
    fix: 'Name a version, as in `node:22-alpine3.21`. For a build that can be repeated to the byte add the digest: `node:22.12.0-alpine3.21@sha256:<digest>`. `docker buildx imagetools inspect <image>` prints it, and Renovate or Dependabot keep it up to date.',
  },
  examples: [
    {
      title: 'A base image without a tag, and one on a channel',
      files: { Dockerfile: 'FROM golang AS build\nRUN go version\n\nFROM node:latest\nUSER 1000\n' },
      flags: [
        { where: 'Dockerfile:1', severity: 'high' },
        { where: 'Dockerfile:4', severity: 'high' },
      ],
    },
    {
      title: 'Compose services on channels',
      files: {
        'compose.yaml': `services:\n  ollama:\n    image: ollama/ollama\n  chat:\n    image: "ghcr.io/open-webui/open-webui:\${WEBUI_TAG:-main}"\n`,
      },
      flags: [
        { where: 'compose.yaml:3', severity: 'high' },
        { where: 'compose.yaml:5', severity: 'high' },
      ],
    },
    {
      title: 'Service containers of a workflow',
      files: {
        '.github/workflows/test.yml':
          'on: push\njobs:\n  test:\n    runs-on: ubuntu-24.04\n    container: node:22-alpine3.21\n    services:\n      redis:\n        image: redis:latest\n    steps:\n      - run: node --version\n',
      },
      flags: [{ where: '.github/workflows/test.yml:8', severity: 'high' }],
    },
    {
      title: 'Under tests it is only worth knowing',
      files: { 'tests/compose.yaml': 'services:\n  db:\n    image: redis\n' },
      flags: [{ where: 'tests/compose.yaml:3', severity: 'info' }],
    },
    {
      title: 'Versions, digests, earlier stages and images built here',
      files: {
        Dockerfile: `FROM node:22-alpine3.21 AS build\nRUN node --version\n\nFROM build\nUSER 1000\n`,
        'compose.yaml': `services:\n  app:\n    build: .\n    image: ghcr.io/me/app:latest\n  worker:\n    image: ghcr.io/me/app:latest\n  cache:\n    image: redis@sha256:${'4f2a'.repeat(16)}\n`,
      },
      flags: [],
    },
  ],
  *check(view) {
    const mentions = view.of('image-reference');
    for (const pin of readPins(mentions, view.settings.images)) {
      const { level } = pin.grade;
      if ((level === 'none' || level === 'channel') && isBelow(level, pin.required)) yield draftPin(pin);
    }
    yield* findMalformedDigests(mentions).map(draftMalformedDigest);
  },
});
