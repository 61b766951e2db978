import type { ImageReferenceEvidence } from '../domain/evidence.ts';
import type { Draft } from '../domain/finding.ts';
import type { ImagePin } from '../domain/image-pin.ts';
import { isBelow, pinIdentity, readPins } from '../domain/image-pin.ts';
import { neutralise } from '../domain/neutral-text.ts';
import { pinAdvice } from '../domain/pin-advice.ts';
import { defineRule } from '../domain/rule.ts';
import type { Severity } from '../domain/severity.ts';
import { unpinnedBaseImageExamples } from './examples/unpinned-base-image.ts';

/** A Dockerfile's frontend turns the file into steps; none of it is in the image. */
function severityOf({ role }: ImageReferenceEvidence): Severity {
  return role === 'syntax' ? 'medium' : 'high';
}

/** Docker's own frontend is meant to be used by its major version (docs.docker.com, "Custom Dockerfile syntax"). */
function adviceFor({ evidence, reference, required }: ImagePin): string {
  const isDocker = reference.registry === 'docker.io' && reference.repository === 'docker/dockerfile';
  const advice = pinAdvice(reference, required);
  if (evidence.role !== 'syntax' || !isDocker || isBelow('major', required)) return advice;
  const stable = reference.tag === 'labs' ? '1-labs' : '1';
  return `write \`${reference.name}:${stable}\`, the channel Docker documents, or pin the digest`;
}

function draftPin(pin: ImagePin): Draft {
  const { evidence, grade, usedAt } = pin;
  return {
    at: evidence.at,
    message: `\`${evidence.text}\` ${grade.why}`,
    identity: pinIdentity(pin),
    severity: severityOf(evidence),
    related: usedAt.map((at) => ({ at, message: 'used here' })),
    fix: { description: adviceFor(pin), edits: [] },
  };
}

/** A digest of the wrong length or alphabet makes the whole text invalid; nobody may take it for a pin. */
function draftMalformedDigest(evidence: ImageReferenceEvidence): Draft {
  const text = neutralise(evidence.text, 200);
  return {
    at: evidence.at,
    message: `\`${text}\` has a malformed digest, which pins nothing`,
    identity: [neutralise(evidence.text.split('@', 1)[0] ?? '', 200), evidence.role],
    severity: severityOf(evidence),
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
  consumes: ['image-reference', 'image-build'],
  isLoweredInTests: true,
  docs: {
    why: 'Without a tag, or with a tag such as `latest`, `stable` or `main`, the same file gives another image on another day. A release upstream, or someone who takes over the account, changes what you ship without a commit, and the build that was tested cannot be made again.',
    fix: 'Name a version, as in `node:22-alpine3.21`. For a build that can be repeated to the byte add the digest: `node:22.12.0-alpine3.21@sha256:<digest>`. `docker buildx imagetools inspect <image>` prints it, and Renovate or Dependabot keep it up to date.',
  },
  examples: unpinnedBaseImageExamples,
  *check(view) {
    const mentions = view.of('image-reference');
    for (const pin of readPins(mentions, view.of('image-build'), view.settings.images)) {
      const { level } = pin.grade;
      if ((level === 'none' || level === 'channel') && isBelow(level, pin.required)) yield draftPin(pin);
    }
    yield* findMalformedDigests(mentions).map(draftMalformedDigest);
  },
});
