/** Printed on the page of `leaked-dotenv` and run as its tests. */
export const leakedDotenvExamples = [
  {
    title: 'Copied with the rest, deleted later: it still ships',
    files: { Dockerfile: 'FROM node:22-alpine3.21\nWORKDIR /app\nCOPY . .\nRUN rm .env\nUSER 1000\n' },
    image: {
      user: '1000',
      layers: [
        { createdBy: 'ADD rootfs.tar / # buildkit', files: { 'etc/os-release': 'ID=alpine\n' } },
        { createdBy: 'WORKDIR /app' },
        {
          createdBy: 'COPY . . # buildkit',
          files: { 'app/.env': 'MODEL_API_KEY=wJ4-long-and-real-1f\n', 'app/server.js': 'run()\n' },
        },
        { createdBy: 'RUN /bin/sh -c rm .env # buildkit', deletes: ['app/.env'] },
        { createdBy: 'USER 1000' },
      ],
    },
    flags: [{ where: 'Dockerfile:3', severity: 'critical' }],
  },
  {
    title: 'Placeholders only',
    files: { Dockerfile: 'FROM node:22-alpine3.21\nCOPY . /app\nUSER 1000\n' },
    image: {
      user: '1000',
      layers: [
        { createdBy: 'ADD rootfs.tar / # buildkit', files: { 'etc/os-release': 'ID=alpine\n' } },
        { createdBy: 'COPY . /app # buildkit', files: { 'app/.env': 'MODEL_API_KEY=changeme\nDEBUG=\n' } },
      ],
    },
    flags: [{ where: 'Dockerfile:2', severity: 'info' }],
  },
  {
    title: 'A template, and secrets mounted at build time',
    files: {
      Dockerfile: 'FROM node:22-alpine3.21\nCOPY . /app\nRUN --mount=type=secret,id=token /app/build.sh\nUSER 1000\n',
    },
    image: {
      user: '1000',
      layers: [
        { createdBy: 'ADD rootfs.tar / # buildkit', files: { 'etc/os-release': 'ID=alpine\n' } },
        {
          createdBy: 'COPY . /app # buildkit',
          files: { 'app/.env.example': 'MODEL_API_KEY=wJ4-long-and-real-1f\n' },
        },
        { createdBy: 'RUN /bin/sh -c /app/build.sh # buildkit', files: { 'app/built': 'ok\n' } },
      ],
    },
    flags: [],
  },
] as const;
