import type { Draft } from '../domain/finding.ts';
import type { ImagePin } from '../domain/image-pin.ts';
import { isBelow, pinIdentity, readPins } from '../domain/image-pin.ts';
import { pinAdvice } from '../domain/pin-advice.ts';
import type { TagLevel } from '../domain/rule.ts';
import { defineRule } from '../domain/rule.ts';
import type { Severity } from '../domain/severity.ts';

function severityOf({ grade, required }: ImagePin): Severity {
  return grade.level === 'codename' || required === 'digest' ? 'medium' : 'low';
}

const demands: Readonly<Partial<Record<TagLevel, string>>> = {
  minor: 'a minor version',
  patch: 'an exact release',
  digest: 'a digest',
};

/** Only a policy that asks for more than the default makes a version too little, so the message says that it does. */
function messageOf({ evidence, grade, required }: ImagePin): string {
  const demand = demands[required];
  return `\`${evidence.text}\` ${grade.why}${demand === undefined ? '' : `; the policy asks for ${demand}`}`;
}

function draftPin(pin: ImagePin): Draft {
  return {
    at: pin.evidence.at,
    message: messageOf(pin),
    identity: pinIdentity(pin),
    severity: severityOf(pin),
    related: pin.usedAt.map((at) => ({ at, message: 'used here' })),
    fix: { description: pinAdvice(pin.reference, pin.required), edits: [] },
  };
}

/** `none` and `channel` are the business of `unpinned-base-image`. */
function isFloating({ grade, required }: ImagePin): boolean {
  return grade.level !== 'none' && grade.level !== 'channel' && isBelow(grade.level, required);
}

export const floatingBaseTag = defineRule({
  id: 'floating-base-tag',
  summary: 'An image tag says less about the version than the policy asks',
  severity: 'medium',
  confidence: 'high',
  consumes: ['image-reference', 'image-build'],
  isLoweredInTests: true,
  docs: {
    why: 'A codename such as `bookworm` or a variant such as `alpine` names a line of releases, not one of them: the tag gets new content with every update, at times with another major version. How much a tag has to say is for `images.minLevel` in the policy: by default a major version is enough.',
    fix: 'Name the version, as in `debian:12.8-slim` or `debian:bookworm-20241202-slim`, or add the digest behind the tag. `images.overrides` asks for more or less from single repositories.',
  },
  examples: [
    {
      title: 'Codenames and bare variants',
      files: {
        Dockerfile: 'FROM debian:bookworm-slim AS build\nRUN uname\n\nFROM ubuntu:noble\nUSER 1000\n',
        'compose.yaml': 'services:\n  db:\n    image: pgvector/pgvector:pg17\n',
      },
      flags: [
        { where: 'Dockerfile:1', severity: 'medium' },
        { where: 'Dockerfile:4', severity: 'medium' },
        { where: 'compose.yaml:3', severity: 'medium' },
      ],
    },
    {
      title: 'A digest the policy asks for',
      files: {
        '.hullcheck.yml': 'images:\n  overrides:\n    "ghcr.io/me/*": digest\n',
        'compose.yaml': 'services:\n  app:\n    image: ghcr.io/me/app:1.4.2\n  cache:\n    image: redis:7.4.1-alpine\n',
      },
      flags: [{ where: 'compose.yaml:3', severity: 'medium' }],
    },
    {
      title: 'A policy that asks for a minor version',
      files: {
        '.hullcheck.yml': 'images: { minLevel: minor }\n',
        Dockerfile: 'FROM node:22-alpine3.21\nUSER 1000\n',
      },
      flags: [{ where: 'Dockerfile:1', severity: 'low' }],
    },
    {
      title: 'A codename that the build replaces, and one that another build does not',
      files: {
        'web/Dockerfile': 'FROM debian:bookworm\nUSER 1000\n',
        'job/Dockerfile': 'FROM debian:bookworm\nUSER 1000\n',
        'compose.yaml':
          'services:\n  web:\n    build: &web\n      context: web\n      additional_contexts:\n        debian:bookworm: docker-image://debian:12.8-slim\n  job:\n    build:\n      <<: *web\n      context: job\n  test:\n    build: ./job\n',
      },
      flags: [{ where: 'job/Dockerfile:1', severity: 'medium' }],
    },
    {
      title: 'Versions and dated releases',
      files: {
        Dockerfile:
          'FROM node:22-alpine3.21 AS web\nRUN node --version\n\nFROM debian:bookworm-20241202-slim\nUSER 1000\n',
        'compose.yaml':
          'services:\n  db:\n    image: pgvector/pgvector:0.8.0-pg17\n  proxy:\n    image: caddy:2\n  os:\n    image: ubuntu:24.04\n',
      },
      flags: [],
    },
  ],
  *check(view) {
    for (const pin of readPins(view.of('image-reference'), view.of('image-build'), view.settings.images)) {
      if (isFloating(pin)) yield draftPin(pin);
    }
  },
});
