import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { diagnose } from '../../src/commands/doctor.ts';
import type { Request } from '../../src/request.ts';
import { lockTable } from '../../src/sources/scanner/lock-table.ts';
import { createScannerBench, type ScannerBench } from '../helpers/fake-scanner.ts';

let bench: ScannerBench;
beforeEach(async () => {
  bench = await createScannerBench();
});
afterEach(() => bench.remove());

const diagnosis = async (more: Partial<Request> = {}) =>
  (await diagnose(bench.host, bench.request(more))).replaceAll(bench.root, '/r');

async function addDatabase(path: string, content: object): Promise<void> {
  const file = join(bench.home, '.cache', path);
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(file, JSON.stringify(content));
}

async function addScanners(): Promise<void> {
  await bench.addProgram(join(bench.bin, 'trivy'), "console.log('Version: 0.74.0')");
  await bench.addProgram(join(bench.bin, 'grype'), "console.log('grype 0.120.1')");
}

describe('a machine with nothing', () => {
  it('says what is missing and what will be a gap, within 80 columns', async () => {
    const text = await diagnosis();
    expect(text).toBe(`Scanners
  trivy     trivy was not found on PATH; nothing is downloaded offline
  grype     grype was not found on PATH; nothing is downloaded offline

Engines
  docker    not found
  podman    not found
  buildah   not found
  skopeo    not found
  socket    none found

Programs
  git       not found
  node      ${process.versions.node}

What a check with an image would leave as a gap
  trivy     trivy was not found on PATH; nothing is downloaded offline; install
            Trivy, give --scanner-path, or pass a finished report with
            --trivy-report; --scanner none leaves vulnerabilities out on purpose
  grype     grype was not found on PATH; nothing is downloaded offline; install
            Grype, give --scanner-path, or pass a finished report with
            --grype-report; --scanner none leaves vulnerabilities out on purpose
  socket    images named docker-daemon:NAME cannot be read; a docker save
            archive can
  git       without git there is no list of tracked files, and --base has
            nothing to read
`);
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });
});

describe('a machine with everything', () => {
  beforeEach(async () => {
    await addScanners();
    for (const name of ['docker', 'git']) await bench.addProgram(join(bench.bin, name), '');
    await writeFile(join(bench.root, 'engine.sock'), '');
    await bench.addDatabases('2026-11-12');
  });

  it('tells versions, paths, locks, and the age and source of the databases', async () => {
    const text = (await diagnosis({ offline: false })).replace(/\s+/g, ' ').replace(/sha256:[0-9a-f]{12}/g, 'SHA');
    expect(text).toContain(
      'trivy 0.74.0 /r/bin/trivy (not a release that is locked here, SHA) database built 2026-11-12, 10 days old, in ' +
        '/r/home/.cache/trivy; updated by a check from mirror.gcr.io/aquasec/trivy-db:2, else ghcr.io/aquasecurity/trivy-db:2',
    );
    expect(text).toContain(
      'grype 0.120.1 /r/bin/grype (not a release that is locked here, SHA) database built 2026-11-12, 10 days old, in ' +
        '/r/home/.cache/grype/db; updated by a check from https://grype.anchore.io/databases',
    );
    expect(text).toContain('docker found /r/bin/docker podman not found');
    expect(text).toContain('socket found /r/engine.sock');
    expect(text).toMatch(/as a gap none everything a check uses is here $/);
  });

  it('counts a stale database as a gap when offline', async () => {
    expect(await diagnosis({ offline: true })).toContain(
      '  grype     the database is of 2026-11-12, 10 days old, and is not updated\n',
    );
  });
});

describe('a scanner', () => {
  it('that is not here is downloaded by a check, where that is allowed', async () => {
    const text = (await diagnosis({ offline: false })).replace(/\s+/g, ' ');
    const { version } = lockTable.trivy;
    expect(text).toContain(`trivy not here; a check downloads the locked release ${version} from github.com`);
    expect(text).not.toMatch(/gap.*trivy/);
  });

  it('in the tool cache is told as such', async () => {
    const archive = lockTable.grype.archives[0];
    const entry = `hullcheck-grype/${lockTable.grype.version}-${archive?.program.slice(0, 12)}/x64`;
    const folder = join(bench.home, '.cache/hullcheck/tools', entry);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'grype'), 'not looked at before it is used');
    expect((await diagnosis()).replace(/\s+/g, ' ')).toContain(
      `grype ${lockTable.grype.version} in the tool cache, /r/home/.cache/hullcheck/tools/${entry}/grype`,
    );
  });

  it('without a database is a gap only when offline', async () => {
    await addScanners();
    expect(await diagnosis({ offline: true })).toContain('no vulnerability database in');
    expect(await diagnosis({ offline: false })).not.toContain('no vulnerability database in');
  });

  it('with a database that tells no age is no gap', async () => {
    await addScanners();
    await bench.addDatabases();
    await addDatabase('grype/db/6/import.json', { source: 'manual import' });
    expect(await diagnosis()).toContain('database of unknown age in');
  });

  it.each([
    ['{}', 'does not say how old it is'],
    ['{"UpdatedAt":"2031-01-01T00:00:00Z"}', 'is of 2031-01-01, a day to come'],
  ])('with a database of Trivy that says %s is a gap when offline', async (metadata, words) => {
    await addScanners();
    await bench.addDatabases();
    await addDatabase('trivy/db/metadata.json', JSON.parse(metadata));
    expect((await diagnosis({ offline: true })).replace(/\s+/g, ' ')).toContain(`trivy the database ${words}`);
    expect(await diagnosis({ offline: false })).not.toContain('is not updated');
  });

  it('that is refused says why', async () => {
    await bench.addProgram(join(bench.bin, 'trivy'), "console.log('Version: 0.69.4')");
    const text = (await diagnosis({ scanners: ['trivy'] })).replace(/\s+/g, ' ');
    expect(text).toContain('trivy /r/bin/trivy cannot be used grype not selected');
    expect(text).toContain('Trivy 0.69.4 is a compromised release and is not run');
  });
});
