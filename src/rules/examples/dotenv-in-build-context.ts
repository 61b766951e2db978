const dockerfile = 'FROM node:22-alpine3.21\nWORKDIR /app\nCOPY . .\nUSER 1000\n';
const dotenv = 'MODEL_API_KEY=wJ4-long-and-real-1f\n';

/** Printed on the page of `dotenv-in-build-context` and run as its tests. */
export const dotenvInBuildContextExamples = [
  {
    title: 'Everything is copied, and there is no .dockerignore',
    files: { Dockerfile: dockerfile, '.env': dotenv },
    flags: [{ where: 'Dockerfile:3', severity: 'medium' }],
  },
  {
    title: 'A pattern without `**/` holds back what lies at the root only',
    files: { Dockerfile: dockerfile, '.dockerignore': '.env\n', '.env': dotenv, 'worker/.env.production': dotenv },
    flags: [{ where: 'Dockerfile:3', severity: 'medium' }],
  },
  {
    title: 'A later pattern takes it back in',
    files: { Dockerfile: dockerfile, '.dockerignore': '**/.env*\n!.env*\n', '.env': dotenv },
    flags: [{ where: 'Dockerfile:3', severity: 'medium' }],
  },
  {
    title: 'Only a stage that builds takes it',
    files: {
      Dockerfile: `FROM node:22-alpine3.21 AS build\nCOPY . /src\n\nFROM node:22-alpine3.21\nCOPY --from=build /src/dist /app\nUSER 1000\n`,
      '.env': dotenv,
    },
    flags: [{ where: 'Dockerfile:2', severity: 'low' }],
  },
  {
    title: 'Placeholders only',
    files: { Dockerfile: dockerfile, '.env': 'MODEL_API_KEY=changeme\n' },
    flags: [{ where: 'Dockerfile:3', severity: 'info' }],
  },
  {
    title: 'Held back at any depth',
    files: { Dockerfile: dockerfile, '.dockerignore': '**/.env*\n', '.env': dotenv, 'worker/.env': dotenv },
    flags: [],
  },
  {
    title: "The Dockerfile's own ignore file, and a template",
    files: {
      Dockerfile: dockerfile,
      'Dockerfile.dockerignore': '*\n!src\n',
      '.env': dotenv,
      'src/.env.example': dotenv,
    },
    flags: [],
  },
] as const;
