import type { Image } from '../domain/image.ts';
import { defineRule } from '../domain/rule.ts';

/** The user part of `user[:group]`, as the runtime reads it: no user is root. */
function isRoot(user: string): boolean {
  const name = user.split(':')[0]?.trim() ?? '';
  return name === '' || name === 'root' || /^0+$/.test(name);
}

function describe(image: Image): string {
  return image.user === ''
    ? 'sets no USER, so its processes run as root'
    : `ends with USER ${image.user}, so its processes run as root`;
}

export const rootFinalUser = defineRule({
  id: 'root-final-user',
  summary: 'The image runs as root',
  severity: 'medium',
  confidence: 'high',
  consumes: ['image'],
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
    for (const { image } of view.of('image')) {
      if (!isRoot(image.user)) continue;
      yield {
        at: { kind: 'image', image: image.label, part: 'user', name: image.user },
        message: `the image ${describe(image)}`,
        identity: [],
        fix: { description: 'end the Dockerfile with a numeric user, e.g. `USER 1001:1001`', edits: [] },
      };
    }
  },
});
