import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Image } from '../../src/domain/image.ts';
import { defaultLimits } from '../../src/domain/image-limits.ts';
import { createExecute } from '../../src/host/execute.ts';
import { createFileSystem } from '../../src/host/files.ts';
import type { Host } from '../../src/host/host.ts';
import { isLoopbackHost, NetworkError } from '../../src/host/network.ts';
import { sendRequest } from '../../src/host/node-network.ts';
import type { Request } from '../../src/request.ts';
import { silentProgress } from './silent-progress.ts';

/** A folder of its own with a checked folder, a PATH folder and a home, on the real file system. */
export interface ScannerBench {
  readonly root: string;
  readonly checked: string;
  readonly bin: string;
  readonly home: string;
  readonly host: Host;
  /** Writes an executable Node script; `body` sees `args`, `output` (where the report goes) and `fs`. */
  addProgram(path: string, body: string): Promise<void>;
  /** Puts what passes for a database of both scanners where they keep theirs; `day` is when it was built. */
  addDatabases(day?: string): Promise<void>;
  request(more?: Partial<Request>): Request;
  remove(): Promise<void>;
}

const preamble = `#!${process.execPath}
const fs = require('node:fs');
const args = process.argv.slice(2);
const json = args.find((one) => one.startsWith('json='));
const output = json === undefined ? args[args.indexOf('--output') + 1] : json.slice(5);
`;

/** Of the network there is only this machine. */
const sendOnLoopback: Host['send'] = async (request) => {
  if (isLoopbackHost(request.url)) return await sendRequest(request);
  throw new NetworkError('ENETUNREACH', 'there is no network', request.url.host);
};

export async function createScannerBench(): Promise<ScannerBench> {
  const root = await mkdtemp(join(tmpdir(), 'hullcheck-bench-'));
  const [checked, bin, home] = [join(root, 'checked'), join(root, 'bin'), join(root, 'home')];
  for (const folder of [checked, bin, home]) await mkdir(folder);
  const host: Host = {
    files: createFileSystem(),
    execute: createExecute(),
    send: sendOnLoopback,
    environment: {
      PATH: bin,
      HOME: home,
      DOCKER_HOST: `unix://${join(root, 'engine.sock')}`,
      TRIVY_SEVERITY: 'CRITICAL',
      GRYPE_FAIL_ON: 'low',
      GITHUB_TOKEN: 'not-for-scanners',
    },
    clock: { now: () => performance.now(), today: () => '2026-11-22' },
    machine: { os: 'linux', architecture: 'amd64' },
    processors: 1,
    layerWorker: null,
    programUrl: 'file:///',
    log: () => undefined,
    progress: silentProgress,
  };
  return {
    root,
    checked,
    bin,
    home,
    host,
    async addProgram(path, body) {
      await writeFile(path, `${preamble}${body}\n`);
      await chmod(path, 0o755);
    },
    async addDatabases(day = '2026-11-22') {
      const [trivy, grype] = [join(home, '.cache/trivy/db'), join(home, '.cache/grype/db/6')];
      for (const folder of [trivy, grype]) await mkdir(folder, { recursive: true });
      await writeFile(join(trivy, 'trivy.db'), 'trivy');
      await writeFile(join(trivy, 'metadata.json'), JSON.stringify({ Version: 2, UpdatedAt: `${day}T06:00:00.5Z` }));
      await writeFile(join(grype, 'vulnerability.db'), 'grype');
      const source = `https://example.test/v6/vulnerability-db_v6.1.9_${day}T01:05:09Z_1.tar.zst?checksum=x`;
      await writeFile(join(grype, 'import.json'), JSON.stringify({ digest: 'xxh64:0', source }));
    },
    request: (more = {}) => ({
      directory: checked,
      subject: '.',
      images: [{ text: 'app.tar', transport: 'docker-archive', target: join(root, 'app.tar') }],
      platform: null,
      spoolLimit: 2 ** 30,
      cache: null,
      imageLimits: defaultLimits,
      dockerfiles: [],
      models: null,
      policy: null,
      scanners: ['trivy', 'grype'],
      scannerPaths: [],
      scannerSupply: { mirror: null, databases: [], databaseMirrors: [], databaseMaxDays: 5 },
      scannerTimeoutMinutes: 1,
      trivyReports: [],
      grypeReports: [],
      sbomTargets: [],
      base: null,
      isPullRequest: false,
      baselineReport: null,
      failOn: null,
      gate: {},
      offline: true,
      all: false,
      ...more,
    }),
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

/** `digit` makes the digests: `fakeImage('app.tar', 'a')` has config `aaaa…` and two layers. */
export function fakeImage(label: string, digit: string): Image {
  const layers = ['0', '1'].map((last, index) => ({
    index,
    diffId: `sha256:${digit.repeat(63)}${last}`,
    digest: null,
    historyIndex: null,
  }));
  return {
    label,
    tags: [`${label}:tag`],
    configDigest: `sha256:${digit.repeat(64)}`,
    platform: { os: 'linux', architecture: 'amd64', variant: '' },
    layers,
    history: [],
    user: '',
    environment: [],
    labels: {},
  };
}

/** A Trivy report about `image` (null: about none it names) with one vulnerability per id. */
export function trivyJson(image: Image | null, ids: readonly string[]): string {
  return JSON.stringify({
    SchemaVersion: 2,
    Trivy: { Version: '0.74.0' },
    ArtifactName: 'scanned.tar',
    Metadata: image === null ? {} : { ImageID: image.configDigest, DiffIDs: image.layers.map((layer) => layer.diffId) },
    Results: [
      {
        Target: 'scanned.tar',
        Packages: [{ Name: 'openssl' }],
        Vulnerabilities: ids.map((id) => ({
          VulnerabilityID: id,
          PkgName: 'openssl',
          InstalledVersion: '3.0.11',
          PkgIdentifier: { PURL: 'pkg:deb/debian/openssl@3.0.11' },
          Severity: 'HIGH',
        })),
      },
    ],
  });
}

/** The same as Grype writes it. */
export function grypeJson(image: Image | null, ids: readonly string[], built = '2026-11-22T00:00:00Z'): string {
  return JSON.stringify({
    matches: ids.map((id) => ({
      vulnerability: { id, severity: 'High', fix: { versions: [], state: 'not-fixed' } },
      relatedVulnerabilities: [],
      artifact: { name: 'openssl', version: '3.0.11', purl: 'pkg:deb/debian/openssl@3.0.11?upstream=openssl' },
    })),
    source:
      image === null
        ? { type: 'unknown', target: 'unknown' }
        : {
            type: 'image',
            target: { imageID: image.configDigest, layers: image.layers.map((layer) => ({ digest: layer.diffId })) },
          },
    descriptor: { name: 'grype', version: '0.120.1', db: { status: { built } }, timestamp: '2026-11-22T06:00:00Z' },
  });
}
