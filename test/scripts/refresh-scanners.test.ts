import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '../../src/demo/docker-save.ts';
import { lockTable } from '../../src/sources/scanner/lock-table.ts';
import { type Answer, releaseArchive, withServer } from '../helpers/release-server.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
let folder: string;
let table: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hullcheck-refresh-'));
  table = join(folder, 'lock-table.json');
  await writeFile(table, await readFile(join(root, 'src/sources/scanner/lock-table.json')));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function refresh(words: readonly string[]): Promise<{ exitCode: unknown; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const script = join(root, 'scripts/refresh-scanners.mjs');
    execFile(process.execPath, [script, '--table', table, ...words], (error, stdout, stderr) =>
      resolve({ exitCode: error === null ? 0 : error.code, stdout, stderr }),
    );
  });
}

interface Upstream {
  readonly versions: Readonly<Record<'trivy' | 'grype', string>>;
  /** What is served in the place of a path; undefined: what belongs there. */
  readonly instead?: (path: string) => Buffer | undefined;
  readonly lastModified?: string;
}

const monthAgo = new Date(Date.now() - 30 * 86_400_000).toUTCString();

/** A release's files at github.com's paths: archives for each locked platform, and the checksum file beside them. */
function upstream({ versions, instead = () => undefined, lastModified = monthAgo }: Upstream): Answer {
  const files = new Map<string, Buffer>();
  for (const name of ['trivy', 'grype'] as const) {
    const { repository, version, archives } = lockTable[name];
    const base = `/${repository}/releases/download/v${versions[name]}`;
    const lines = archives.map(({ asset, os, architecture }) => {
      const file = asset.replace(version, versions[name]);
      const bytes = releaseArchive(name, `${name} for ${os} on ${architecture}`);
      files.set(`${base}/${file}`, bytes);
      return `${sha256(bytes)}  ${file}\n`;
    });
    files.set(`${base}/${name}_${versions[name]}_checksums.txt`, Buffer.from(lines.join('')));
  }
  return (response, { url = '' }) => {
    const repository = /^\/(aquasecurity\/trivy|anchore\/grype)\/releases\/latest$/.exec(url)?.[1];
    const bytes = instead(url) ?? files.get(url);
    if (repository !== undefined) {
      const version = repository.endsWith('trivy') ? versions.trivy : versions.grype;
      response.writeHead(302, { location: `/${repository}/releases/tag/v${version}` }).end();
    } else if (bytes === undefined) response.writeHead(404).end();
    else response.writeHead(200, { 'last-modified': lastModified }).end(bytes);
  };
}

const versions = { trivy: '0.80.0', grype: '0.130.0' };
const run = (release: Upstream, words: readonly string[] = []) =>
  withServer(upstream(release), ({ url }) => refresh(['--from', url, ...words]));

describe('refresh-scanners', () => {
  it('prints what would change, and writes it only when told to', async () => {
    const before = await readFile(table, 'utf8');
    const { exitCode, stdout, stderr } = await run({ versions });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    const lines = stdout.split('\n');
    expect(lines.filter((line) => line.startsWith('- '))).toHaveLength(16);
    expect(lines.filter((line) => line.startsWith('+ '))).toHaveLength(16);
    const program = sha256(Buffer.from('trivy for linux on amd64'));
    expect(lines).toContain(`+ trivy 0.80.0 linux/amd64 trivy_0.80.0_Linux-64bit.tar.gz program ${program}`);
    expect(await readFile(table, 'utf8')).toBe(before);
    expect((await run({ versions }, ['--write'])).exitCode).toBe(0);
    const written = JSON.parse(await readFile(table, 'utf8'));
    expect(written.trivy.version).toBe('0.80.0');
    expect(written.grype.archives[3]).toMatchObject({
      asset: 'grype_0.130.0_darwin_arm64.tar.gz',
      program: sha256(Buffer.from('grype for darwin on arm64')),
    });
    expect((await run({ versions })).stdout).toContain('# nothing changes');
  });

  it('takes the version it is given', async () => {
    const older = { trivy: '0.74.0', grype: '0.119.0' };
    const { stdout } = await run({ versions: older }, ['trivy=0.74.0', 'grype=0.119.0']);
    expect(stdout).toContain('+ trivy 0.74.0 ');
  });

  const text = (content: string) => Buffer.from(content);
  it.each<[string, Upstream, readonly string[], RegExp]>([
    [
      'a compromised release',
      { versions: { ...versions, trivy: '0.69.4' } },
      [],
      /trivy 0\.69\.4 is a compromised release/,
    ],
    [
      'other bytes than the checksums say',
      { versions, instead: (path) => (path.endsWith('Linux-64bit.tar.gz') ? text('other') : undefined) },
      [],
      /trivy_0\.80\.0_Linux-64bit\.tar\.gz has SHA-256 [0-9a-f]{64}, and the release's checksums say [0-9a-f]{64}$/m,
    ],
    [
      'a platform without an archive',
      { versions, instead: (path) => (path.endsWith('checksums.txt') ? text('') : undefined) },
      [],
      /the checksums of trivy 0\.80\.0 have no trivy_0\.80\.0_Linux-64bit\.tar\.gz/,
    ],
    [
      'a locked release that has been changed',
      { versions: { trivy: lockTable.trivy.version, grype: lockTable.grype.version } },
      [],
      /is not what was locked: the release has been changed/,
    ],
    [
      'a release of today',
      { versions, lastModified: new Date().toUTCString() },
      [],
      /published 0 days ago; wait 7 days/,
    ],
    ['a word it does not know', { versions }, ['trivy=latest'], /trivy=latest is not understood/],
  ])('refuses %s and writes nothing', async (_, release, words, message) => {
    const before = await readFile(table, 'utf8');
    const { exitCode, stderr } = await run(release, ['--write', ...words]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(message);
    expect(await readFile(table, 'utf8')).toBe(before);
  });

  it('takes a young release with --young, and no plain http', async () => {
    const young = { versions, lastModified: new Date().toUTCString() };
    expect((await run(young, ['--young'])).exitCode).toBe(0);
    expect((await refresh(['--from', 'http://example.com'])).stderr).toMatch(/--from must be https/);
  });
});
