import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { PlantedAdvisory } from './advisory-database/advisory.ts';

/** Flaws that only the tests' databases know, in packages that the image below has. */
export const planted = {
  bash: {
    cve: 'CVE-2099-0001',
    ecosystem: 'deb',
    name: 'bash',
    fixed: '5.2.15-99',
    trivySeverity: 'CRITICAL',
    grypeSeverity: 'high',
    epss: 0.65,
    isExploited: true,
  },
  lodash: {
    cve: 'CVE-2099-0002',
    ghsa: 'GHSA-aaaa-bbbb-cccc',
    ecosystem: 'npm',
    name: 'lodash',
    fixed: '4.17.21',
    trivySeverity: 'MEDIUM',
    grypeSeverity: 'high',
    epss: 0.2,
  },
  requests: {
    cve: 'CVE-2099-0003',
    ghsa: 'GHSA-dddd-eeee-ffff',
    ecosystem: 'python',
    name: 'requests',
    fixed: '2.20.0',
    trivySeverity: 'HIGH',
    grypeSeverity: 'medium',
  },
  minimist: {
    cve: 'CVE-2099-0004',
    ecosystem: 'npm',
    name: 'minimist',
    fixed: null,
    trivySeverity: 'LOW',
    grypeSeverity: 'low',
    knownTo: 'trivy',
  },
  tar: {
    cve: 'CVE-2099-0005',
    ecosystem: 'deb',
    name: 'tar',
    fixed: null,
    trivySeverity: 'MEDIUM',
    grypeSeverity: 'medium',
    knownTo: 'grype',
  },
} as const satisfies Readonly<Record<string, PlantedAdvisory>>;

const modules = { lodash: '4.17.20', minimist: '1.2.0' };

const lockfile = {
  name: 'shop',
  version: '1.0.0',
  lockfileVersion: 3,
  requires: true,
  packages: {
    '': { name: 'shop', version: '1.0.0', dependencies: modules },
    ...Object.fromEntries(
      Object.entries(modules).map(([name, version]) => [
        `node_modules/${name}`,
        { version, resolved: `https://registry.npmjs.org/${name}/-/${name}-${version}.tgz`, integrity: 'sha512-AAAA' },
      ]),
    ),
  },
};

const files: Readonly<Record<string, string>> = {
  Dockerfile: [
    'FROM hullcheck.test/debian:12.0',
    'WORKDIR /app',
    'COPY package.json package-lock.json ./',
    'COPY node_modules ./node_modules',
    'COPY requirements.txt ./',
    'COPY site-packages /usr/local/lib/python3.11/site-packages',
    'USER 10001:10001',
    '',
  ].join('\n'),
  'package.json': JSON.stringify({ name: 'shop', version: '1.0.0', dependencies: modules }),
  'package-lock.json': JSON.stringify(lockfile, null, 2),
  'requirements.txt': 'requests==2.19.0\n',
  'site-packages/requests/__init__.py': '',
  'site-packages/requests-2.19.0.dist-info/METADATA': 'Metadata-Version: 2.1\nName: requests\nVersion: 2.19.0\n',
  'site-packages/requests-2.19.0.dist-info/RECORD': 'requests/__init__.py,,\n',
  ...Object.fromEntries(
    Object.entries(modules).map(([name, version]) => [
      `node_modules/${name}/package.json`,
      JSON.stringify({ name, version, license: 'MIT' }),
    ]),
  ),
};

/** A repository with an npm and a Python part, installed already, as the build has no network. */
export async function writeScannedApp(folder: string): Promise<void> {
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), content);
  }
}
