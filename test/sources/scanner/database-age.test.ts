import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Command, CommandResult } from '../../../src/host/host.ts';
import type { Request } from '../../../src/request.ts';
import { withSpool } from '../../../src/sources/image/spool.ts';
import { runScanners } from '../../../src/sources/scanner/source.ts';
import { createScannerBench, fakeImage, grypeJson, type ScannerBench, trivyJson } from '../../helpers/fake-scanner.ts';
import { tarEnd, tarFile } from '../../helpers/tar-bytes.ts';

/** What becomes of a database, by scanner, by where it comes from and by what it says of its age; today is 2026-11-22. */

let bench: ScannerBench;
beforeEach(async () => {
  bench = await createScannerBench();
  for (const name of ['trivy', 'grype']) await bench.addProgram(join(bench.bin, name), '');
});
afterEach(() => bench.remove());

type Name = 'trivy' | 'grype';
/** The time a database was built: as its record says, and as Grype finds in it; null: nothing is said. */
interface Times {
  readonly record: string | null;
  readonly inside?: string | null;
}

const app = fakeImage('app.tar', 'a');

function trivyFiles({ record }: Times) {
  return { 'trivy.db': 'bolt', 'metadata.json': JSON.stringify({ Version: 2, ...(record && { UpdatedAt: record }) }) };
}

function grypeFiles({ record }: Times) {
  const source = record === null ? 'manual import' : `https://x.test/v6/vulnerability-db_v6.1.9_${record}_1.tar.zst`;
  return { 'vulnerability.db': 'sqlite', 'import.json': JSON.stringify({ source }) };
}

const layout = {
  trivy: { cached: '.cache/trivy', inner: 'db', files: trivyFiles, version: 'Version: 0.74.0' },
  grype: { cached: '.cache/grype/db', inner: '6', files: grypeFiles, version: 'grype 0.120.1' },
} as const;

async function writeDatabase(name: Name, folder: string, times: Times): Promise<void> {
  const inner = join(folder, layout[name].inner);
  await mkdir(inner, { recursive: true });
  for (const [file, text] of Object.entries(layout[name].files(times))) await writeFile(join(inner, file), text);
}

function reportPath(words: readonly string[]): string {
  const json = words.find((word) => word.startsWith('json='))?.slice('json='.length);
  return json ?? words[words.indexOf('--output') + 1] ?? '';
}

/** In the place of the programs: they answer as the real ones do with such a database; no update succeeds. */
function executeWith(name: Name, times: Times) {
  const inside = times.inside === undefined ? times.record : times.inside;
  const result = (exitCode: number, text = ''): CommandResult => ({
    ...{ outcome: 'exited', exitCode, stdout: Buffer.from(text), stderr: exitCode === 0 ? '' : 'no network' },
  });
  return async ({ arguments: words, environment }: Command): Promise<CommandResult> => {
    if (words.includes('--version')) return result(0, layout[name].version);
    if (words.some((word) => ['update', '--download-db-only'].includes(word))) return result(1);
    if (words.includes('status')) return inside === null ? result(1) : result(0, JSON.stringify({ built: inside }));
    if (words.includes('import')) {
      await writeDatabase('grype', environment['GRYPE_DB_CACHE_DIR'] ?? '', { record: null });
      return result(0);
    }
    const report = name === 'trivy' ? trivyJson(app, ['CVE-1']) : grypeJson(app, ['CVE-1'], inside ?? '');
    await writeFile(reportPath(words), report);
    return result(0);
  };
}

type Origin = 'cached' | 'folder' | 'archive';

/** Puts the database there; what the request says of it. */
async function place(name: Name, origin: Origin, times: Times): Promise<string | null> {
  const cached = join(bench.home, layout[name].cached);
  await rm(cached, { recursive: true, force: true });
  const given = join(bench.root, `${origin}-${name}`);
  if (origin === 'archive') {
    const files = Object.entries(layout[name].files(times)).map(([path, text]) => tarFile(path, text));
    await writeFile(given, Buffer.concat([...files, tarEnd]));
    return given;
  }
  await writeDatabase(name, origin === 'cached' ? cached : given, times);
  return origin === 'cached' ? null : given;
}

async function scan(name: Name, origin: Origin, offline: boolean, times: Times) {
  return await run(name, offline, times, await place(name, origin, times));
}

async function run(name: Name, offline: boolean, times: Times, value: string | null) {
  const databases = value === null ? [] : [{ scanner: name, value }];
  const scannerSupply: Request['scannerSupply'] = { mirror: null, databases, databaseMirrors: [], databaseMaxDays: 5 };
  const host = { ...bench.host, execute: executeWith(name, times) };
  const request = bench.request({ scanners: [name], offline, scannerSupply });
  const nothing = { file: '/app.tar', offset: 0, size: 0 };
  const archive = { form: 'docker-archive', path: '/app.tar', isAlone: true, config: nothing, layers: [] } as const;
  const images = [{ image: app, ...archive, packageDatabase: null }];
  const { gaps, notes, evidence } = await withSpool(host, 2 ** 30, (spool) =>
    runScanners({ request, host, spool, images }),
  );
  return { gaps: gaps.map(({ reason }) => reason), notes, found: evidence.length };
}

const unknown = 'whose age cannot be told';
const states: readonly (readonly [state: string, times: Times, gap: string | null, note: string | null])[] = [
  ['of today', { record: '2026-11-22T01:00:00Z' }, null, null],
  ['of tomorrow, by a clock that is behind', { record: '2026-11-23T01:00:00Z' }, null, null],
  ['two days old', { record: '2026-11-20T01:00:00Z' }, null, null],
  ['above the soft limit', { record: '2026-11-18T06:00:00Z' }, null, 'of 2026-11-18, 4 days old'],
  ['at the hard limit', { record: '2026-11-17T07:00:00Z' }, null, 'of 2026-11-17, 5 days old'],
  ['above the hard limit', { record: '2026-11-13T06:00:00Z' }, '9 days old', 'of 2026-11-13, 9 days old'],
  ['without a date', { record: null }, unknown, 'how old it is|of unknown age'],
  [
    'of no time that Go knows',
    { record: '0001-01-01T00:00:00Z', inside: null },
    unknown,
    'how old it is|of unknown age',
  ],
  ['of a day no calendar has', { record: '2026-13-45T00:00:00Z' }, unknown, 'how old it is|of unknown age'],
  ['of the year after next', { record: '2028-01-01T00:00:00Z' }, unknown, 'of 2028-01-01, a day to come'],
];

describe.each(['trivy', 'grype'] as const)('a database of %s', (name) => {
  describe.each<readonly [origin: Origin, offline: boolean, words: string]>([
    ['cached', true, 'in the folder that its own program uses, offline'],
    ['cached', false, 'in the folder that its own program uses, when the update fails'],
    ['folder', true, 'given as a folder, offline'],
    ['folder', false, 'given as a folder'],
    ['archive', true, 'given as an archive, offline'],
    ['archive', false, 'given as an archive'],
  ])('%s %s: %s', (origin, offline) => {
    it.each(states)('%s', async (_, times, gap, note) => {
      const told = await scan(name, origin, offline, times);
      expect(told.gaps).toEqual(gap === null ? [] : [`the report of ${name} was made with a database ${gap}`]);
      expect(told.found).toBe(1);
      const isUpdate = origin === 'cached' && !offline;
      if (isUpdate) expect(told.notes[0]).toContain('could not be updated, and the last one was used, of ');
      if (note !== null) expect(told.notes).toEqual([expect.stringMatching(note)]);
      else if (!isUpdate) expect(told.notes).toEqual([]);
    });
  });
});

it('a database whose record is younger than what Grype finds in it has the age of what is in it', async () => {
  const times = { record: '2026-11-22T01:00:00Z', inside: '2026-11-10T01:00:00Z' };
  const { gaps } = await scan('grype', 'cached', true, times);
  expect(gaps).toEqual(['the report of grype was made with a database 12 days old']);
});

describe('a database of Trivy without its metadata', () => {
  it.each([true, false])('is none (offline: %s)', async (offline) => {
    const folder = join(bench.home, '.cache/trivy/db');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'trivy.db'), 'bolt');
    const { gaps } = await run('trivy', offline, { record: null }, null);
    expect(gaps).toEqual([expect.stringMatching(/^there is no Trivy database/)]);
  });
});
