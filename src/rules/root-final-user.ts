import type { DockerfileEvidence } from '../domain/dockerfile.ts';
import { findRootUser, isRootUser } from '../domain/final-user.ts';
import type { Draft } from '../domain/finding.ts';
import type { Image } from '../domain/image.ts';
import { fileLocation } from '../domain/location.ts';
import { neutralise } from '../domain/neutral-text.ts';
import { defineRule } from '../domain/rule.ts';

function describe(image: Image): string {
  return image.user === ''
    ? 'sets no USER, so its processes run as root'
    : `ends with USER ${image.user}, so its processes run as root`;
}

const fix = { description: 'end the Dockerfile with a numeric user, e.g. `USER 1001:1001`', edits: [] };

/** Without an image only the Dockerfile tells; a base image that sets a user of its own cannot be seen. */
function draftDockerfile(dockerfile: DockerfileEvidence): Draft | null {
  const found = findRootUser(dockerfile);
  if (found === null) return null;
  const { instruction, user } = found;
  const what =
    user === null
      ? 'the last stage sets no USER, so the image runs as root unless its base sets one'
      : `the Dockerfile ends with USER ${neutralise(user, 80)}, so the image runs as root`;
  return {
    at: fileLocation(dockerfile.path, instruction.span),
    confidence: user === null ? 'medium' : 'high',
    message: what,
    identity: [],
    fix,
  };
}

export const rootFinalUser = defineRule({
  id: 'root-final-user',
  summary: 'The image runs as root',
  severity: 'medium',
  confidence: 'high',
  consumes: ['image', 'dockerfile'],
  docs: {
    why: 'A process that runs as root in a container has all the capabilities the container has, can write everything in the image, and is root on the host when it escapes. An agent with a shell or a model server with a parser bug is one prompt or one file away from that.',
    fix: 'Create a user and end the Dockerfile with its numeric id: `USER 1001:1001`. A numeric id lets Kubernetes check `runAsNonRoot`. Give the user only the folders it must write to (`COPY --chown`). If one step needs root, switch back before the end.',
  },
  examples: [
    {
      title: 'No USER at all',
      files: { Dockerfile: 'FROM node:22-alpine3.21\nCOPY . /app\nCMD ["node", "/app/server.js"]\n' },
      image: {
        layers: [
          { createdBy: 'ADD rootfs.tar / # buildkit', files: { 'etc/os-release': 'ID=alpine\n' } },
          { createdBy: 'COPY . /app # buildkit', files: { 'app/server.js': 'run()\n' } },
          { createdBy: 'CMD ["node" "/app/server.js"]' },
        ],
      },
      flags: [{ where: 'Dockerfile:1', severity: 'medium' }],
    },
    {
      title: 'Back to root at the end',
      files: { Dockerfile: 'FROM node:22-alpine3.21\nUSER 1001\nCOPY . /app\nUSER root\n' },
      image: {
        user: 'root',
        layers: [
          { createdBy: 'ADD rootfs.tar / # buildkit', files: { 'etc/os-release': 'ID=alpine\n' } },
          { createdBy: 'USER 1001' },
          { createdBy: 'COPY . /app # buildkit', files: { 'app/server.js': 'run()\n' } },
          { createdBy: 'USER root' },
        ],
      },
      flags: [{ where: 'Dockerfile:4', severity: 'medium' }],
    },
    {
      title: 'The Dockerfile alone, before any build',
      files: {
        Dockerfile: 'FROM node:22-alpine3.21\nUSER 1001\nRUN true\nUSER 0\n',
        'worker/Dockerfile': 'FROM golang:1.24-alpine3.21 AS build\nUSER 1001\n\nFROM alpine:3.21\nCMD ["/worker"]\n',
      },
      flags: [
        { where: 'Dockerfile:4', severity: 'medium' },
        { where: 'worker/Dockerfile:4', severity: 'medium' },
      ],
    },
    {
      title: 'The user of an earlier stage, a base that has one, and a file for development',
      files: {
        Dockerfile: 'FROM node:22-alpine3.21 AS base\nUSER 1001\n\nFROM base\nCMD ["node", "server.js"]\n',
        'api/Dockerfile': 'FROM nginxinc/nginx-unprivileged:1.27.3-alpine3.20\nCMD ["/api"]\n',
        'Dockerfile.dev': 'FROM node:22-alpine3.21\nCMD ["npm", "run", "dev"]\n',
      },
      flags: [],
    },
    {
      title: 'A numeric user',
      files: { Dockerfile: 'FROM node:22-alpine3.21\nCOPY . /app\nUSER 1001:1001\n' },
      image: {
        user: '1001:1001',
        layers: [
          { createdBy: 'COPY . /app # buildkit', files: { 'app/server.js': 'run()\n' } },
          { createdBy: 'USER 1001:1001' },
        ],
      },
      flags: [],
    },
  ],
  *check(view) {
    const built = new Set<string>();
    for (const { image } of view.of('image')) {
      const at = { kind: 'image', image: image.label, part: 'user', name: image.user } as const;
      const cause = view.causeOf(at);
      if (cause !== null) built.add(cause.path);
      if (isRootUser(image.user)) yield { at, message: `the image ${describe(image)}`, identity: [], fix };
    }
    for (const dockerfile of view.of('dockerfile')) {
      const draft = built.has(dockerfile.path) ? null : draftDockerfile(dockerfile);
      if (draft !== null) yield draft;
    }
  },
});
