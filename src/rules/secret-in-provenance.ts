import { distinctSettings, draftSetting } from '../domain/image-setting-draft.ts';
import { defineRule } from '../domain/rule.ts';

const remedy =
  'use RUN --mount=type=secret instead of a build argument, or build with --provenance=mode=min, and push again';

export const secretInProvenance = defineRule({
  id: 'secret-in-provenance',
  summary: "A build argument with a credential stands in the image's build provenance",
  severity: 'medium',
  confidence: 'medium',
  consumes: ['image-setting'],
  isSecret: true,
  docs: {
    why: 'BuildKit records every `--build-arg` in the provenance attestation that is pushed beside the image (SLSA provenance; mode=max is the default of docker/build-push-action in public repositories). The value is readable by everyone who can pull the image, although neither the image config nor any layer holds it.',
    fix: 'Revoke the credential first. Then pass it with `RUN --mount=type=secret,id=token` and `--secret`, which leaves no trace, and push the image again.',
  },
  examples: [
    {
      title: 'A build argument of a build stage, which no layer or history shows',
      files: {
        Dockerfile:
          'FROM node:22-alpine3.21 AS build\nARG NPM_TOKEN\nRUN ./fetch.sh\n\nFROM node:22-alpine3.21\nCOPY --from=build /app /app\nUSER 1000\n',
      },
      image: {
        user: '1000',
        buildArguments: { NPM_TOKEN: 'q8Zr-not-a-placeholder', NODE_ENV: 'production' },
        layers: [
          { createdBy: 'ADD rootfs.tar / # buildkit', files: { 'etc/os-release': 'ID=alpine\n' } },
          { createdBy: 'COPY /app /app # buildkit', files: { 'app/server.js': 'run()\n' } },
          { createdBy: 'USER 1000' },
        ],
      },
      flags: [{ where: 'Dockerfile:2', severity: 'medium' }],
    },
    {
      title: 'A secret mount, and a build argument that says where rather than what',
      files: {
        Dockerfile: 'FROM node:22-alpine3.21\nARG TOKEN_URL\nRUN --mount=type=secret,id=token ./fetch.sh\nUSER 1000\n',
      },
      image: {
        user: '1000',
        buildArguments: { TOKEN_URL: 'https://login.example.com/token' },
        layers: [
          { createdBy: 'ADD rootfs.tar / # buildkit', files: { 'etc/os-release': 'ID=alpine\n' } },
          { createdBy: 'ARG TOKEN_URL' },
          { createdBy: 'RUN /bin/sh -c ./fetch.sh # buildkit', files: { 'app/server.js': 'run()\n' } },
          { createdBy: 'USER 1000' },
        ],
      },
      flags: [],
    },
  ],
  *check(view) {
    for (const setting of distinctSettings(view.of('image-setting'))) {
      if (setting.part === 'provenance') yield draftSetting(setting, remedy);
    }
  },
});
