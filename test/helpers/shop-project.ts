import { generateKeyPairSync } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The secrets of the project, made by each run. */
export interface ShopSecrets {
  readonly apiKey: string;
  readonly token: string;
  readonly deployKey: string;
}

export function makeShopSecrets(): ShopSecrets {
  const encoding = { type: 'pkcs1', format: 'pem' } as const;
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: encoding,
    publicKeyEncoding: encoding,
  });
  return {
    apiKey: ['q8Zr', 'b0rrowed', '4f'].join('-'),
    token: ['t7Kd', 'l3nt', '9b', 'w0rks'].join('-'),
    deployKey: privateKey,
  };
}

const heredoc = [
  'RUN <<EOF',
  'mkdir -p /root',
  `echo "//npm.shop.test/:_authToken=$REGISTRY_TOKEN" > /root/.npmrc`,
  'EOF',
];

/** The same step on as many lines for builders that know no heredocs. */
const oneStep = [
  'RUN mkdir -p /root \\',
  '  && echo \\',
  `    "//npm.shop.test/:_authToken=$REGISTRY_TOKEN" \\`,
  '    > /root/.npmrc',
];

/** A Dockerfile as users write them, with five ways for a secret to get into the image. */
export function shopDockerfile(base: string, hasHeredocs: boolean): string {
  const lines = [
    `FROM ${base} AS build`,
    'WORKDIR /src',
    'COPY . .',
    'RUN npm ci',
    '',
    `FROM ${base}`,
    'LABEL org.opencontainers.image.title=shop',
    'WORKDIR /app',
    'COPY . .',
    'RUN rm .env',
    'ARG REGISTRY_TOKEN',
    ...(hasHeredocs ? heredoc : oneStep),
    'COPY --from=build /src/node_modules ./node_modules',
    'COPY --from=build /src/deploy/key.pem /etc/shop/tls.pem',
    'USER 1000',
    'CMD ["node", "server.js"]',
  ];
  return `${lines.join('\n')}\n`;
}

/** Writes the project: a build context with a `.env` and a key that nothing holds back. */
export async function writeShop(folder: string, dockerfile: string, secrets: ShopSecrets): Promise<void> {
  await mkdir(join(folder, 'deploy'), { recursive: true });
  await writeFile(join(folder, 'Dockerfile'), dockerfile);
  await writeFile(join(folder, '.env'), `# production\nSHOP_API_KEY=${secrets.apiKey}\n`);
  await writeFile(join(folder, 'deploy/key.pem'), secrets.deployKey);
  await writeFile(join(folder, 'package.json'), '{"name":"shop","version":"1.0.0"}\n');
  await writeFile(join(folder, 'package-lock.json'), '{"name":"shop","version":"1.0.0","lockfileVersion":3}\n');
  await writeFile(join(folder, 'server.js'), 'run();\n');
}
