import { distinctSettings, draftSetting } from '../domain/image-setting-draft.ts';
import { defineRule } from '../domain/rule.ts';

const remedy =
  'pass it at run time (env_file, a secret store) or at build time with RUN --mount=type=secret, and rebuild';

export const secretInImageConfig = defineRule({
  id: 'secret-in-image-config',
  summary: "A credential stands in the image's environment, labels or history",
  severity: 'medium',
  confidence: 'medium',
  consumes: ['image-setting'],
  isSecret: true,
  docs: {
    why: "`ENV`, `ARG` and `LABEL` values are stored in the image config and its history in clear text: `docker inspect` and `docker history` show them to everyone who can pull the image. A value in a vendor's key format is critical; a name that says credential with a value that is no placeholder is medium, as only its owner can tell.",
    fix: 'Revoke the credential first. Then pass it at run time (`docker run --env-file`, compose `env_file` or `secrets`), or for the build alone with `RUN --mount=type=secret,id=token`. An unset `ENV` in a later step does not remove it from the history.',
  },
  examples: [
    {
      title: 'A key set with ENV',
      files: { Dockerfile: 'FROM node:22-alpine3.21\nENV CHAT_API_KEY=q8Zr-not-a-placeholder\nUSER 1000\n' },
      image: {
        user: '1000',
        environment: ['PATH=/usr/bin', 'CHAT_API_KEY=q8Zr-not-a-placeholder'],
        layers: [
          { createdBy: 'ADD rootfs.tar / # buildkit', files: { 'etc/os-release': 'ID=alpine\n' } },
          { createdBy: 'ENV CHAT_API_KEY=q8Zr-not-a-placeholder' },
        ],
      },
      flags: [{ where: 'Dockerfile:2', severity: 'medium' }],
    },
    {
      title: 'A build argument that the history keeps',
      files: { Dockerfile: 'FROM node:22-alpine3.21\nARG NPM_TOKEN\nRUN ./fetch.sh\nUSER 1000\n' },
      image: {
        user: '1000',
        layers: [
          { createdBy: 'ADD rootfs.tar / # buildkit', files: { 'etc/os-release': 'ID=alpine\n' } },
          { createdBy: 'ARG NPM_TOKEN' },
          {
            createdBy: 'RUN |1 NPM_TOKEN=q8Zr-not-a-placeholder /bin/sh -c ./fetch.sh # buildkit',
            files: { 'app/x': 'x' },
          },
        ],
      },
      flags: [{ where: 'Dockerfile:2', severity: 'medium' }],
    },
    {
      title: 'Names that only look the part, and a secret mount',
      files: {
        Dockerfile:
          'FROM python:3.12.8-slim-bookworm\nENV TOKENIZERS_PARALLELISM=false API_KEY_FILE=/run/secrets/key\nRUN --mount=type=secret,id=key true\nUSER 1000\n',
      },
      image: {
        user: '1000',
        environment: [
          'GPG_KEY=7169605F62C751356D054A26A821E680E5FA6305',
          'TOKENIZERS_PARALLELISM=false',
          'API_KEY_FILE=/run/secrets/key',
        ],
        layers: [{ createdBy: 'ADD rootfs.tar / # buildkit', files: { 'etc/os-release': 'ID=debian\n' } }],
      },
      flags: [],
    },
  ],
  *check(view) {
    for (const setting of distinctSettings(view.of('image-setting'))) {
      if (setting.part !== 'provenance') yield draftSetting(setting, remedy);
    }
  },
});
