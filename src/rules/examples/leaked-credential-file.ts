/** Printed on the page of `leaked-credential-file` and run as its tests, with a token made at run time. */
export const leakedCredentialFileExamples = (token: string) =>
  [
    {
      title: 'A registry token copied for npm ci, deleted later',
      files: { Dockerfile: 'FROM node:22-alpine3.21\nCOPY .npmrc /app/\nRUN rm /app/.npmrc\nUSER 1000\n' },
      image: {
        user: '1000',
        layers: [
          { createdBy: 'ADD rootfs.tar / # buildkit', files: { 'etc/os-release': 'ID=alpine\n' } },
          {
            createdBy: 'COPY .npmrc /app/ # buildkit',
            files: { 'app/.npmrc': `//npm.acme.io/:_authToken=${token}\n` },
          },
          { createdBy: 'RUN /bin/sh -c rm /app/.npmrc # buildkit', deletes: ['app/.npmrc'] },
        ],
      },
      flags: [{ where: 'Dockerfile:2', severity: 'high' }],
    },
    {
      title: 'A login that comes from the environment, settings alone, and a template',
      files: { Dockerfile: 'FROM node:22-alpine3.21\nCOPY . /app\nUSER 1000\n' },
      image: {
        user: '1000',
        layers: [
          { createdBy: 'ADD rootfs.tar / # buildkit', files: { 'etc/os-release': 'ID=alpine\n' } },
          {
            createdBy: 'COPY . /app # buildkit',
            files: {
              'app/.npmrc': `//npm.acme.io/:_authToken=${['$', '{NPM_TOKEN}'].join('')}\nfund=false\n`,
              'root/.docker/config.json': '{"credsStore": "pass"}\n',
              'app/.pgpass.example': 'db:5432:app:app:password\n',
            },
          },
        ],
      },
      flags: [],
    },
  ] as const;
