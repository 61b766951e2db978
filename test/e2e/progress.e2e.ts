import { mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildImage } from '../../src/demo/docker-save.ts';
import { addImage, collectBlobs, layoutFiles, writeFolder } from '../helpers/image-forms.ts';
import { parseReport } from '../helpers/json-report.ts';
import { need, script } from '../helpers/parts.ts';
import { copyPackage, execute, type ShippedPackage } from '../helpers/program.ts';

let shipped: ShippedPackage;
let place: string;
const words = ['--scanner', 'none', '--output', 'json=report.json', '--image', 'long'];

/** A layer of 4 GB of zeros that take no room on the disk: two seconds on any machine. */
beforeAll(async () => {
  shipped = await copyPackage();
  place = await mkdtemp(join(tmpdir(), 'hullcheck-progress-'));
  await mkdir(join(place, 'checked'));
  const image = await buildImage({ tag: 'long:1', steps: [{ createdBy: 'COPY . .', files: { a: 'b' } }] });
  const blobs = collectBlobs();
  await writeFolder(join(place, 'long'), layoutFiles(blobs, [addImage(blobs, image)]));
  const layer = Object.keys(blobs.files)[1] ?? '';
  await truncate(join(place, 'long', layer), 4e9);
});
afterAll(async () => {
  await shipped?.remove();
  await rm(place, { recursive: true, force: true });
});

const erase = '\r\u001b[K';

async function onTerminal(environment: Readonly<Record<string, string>>): Promise<string> {
  const command = [process.execPath, shipped.cli, 'check', 'checked', ...words].join(' ');
  const call = { directory: place, environment: { TERM: 'xterm', NO_COLOR: '1', ...environment } };
  return (await execute('script', ['--quiet', '--return', '--command', command, '/dev/null'], call)).stdout;
}

it('is one live line in a terminal, gone before the results', async (context) => {
  need(context, [script]);
  const screen = await onTerminal({});
  const lines = screen.slice(0, screen.lastIndexOf(erase)).split(erase);
  expect(lines.shift()).toBe('');
  expect(lines.length).toBeGreaterThan(0);
  for (const line of lines)
    expect(line).toMatch(/^reading layers: 0 of 1 done, [\d.]+ [MG]B of 4\.0 GB, [\d.]+ [MG]B\/s(?:, \d+ s left)?$/);
  const rest = screen.slice(screen.lastIndexOf(erase) + erase.length);
  expect(rest).not.toContain('reading layers');
  expect(rest).toMatch(/^incomplete: /m);
  expect(await readFile(join(place, 'report.json'), 'utf8')).not.toContain('reading layers');
});

it.each([{ CI: 'true' }, { TERM: 'dumb' }])('is no live line with %s', async (environment) => {
  expect(await onTerminal(environment)).not.toContain('\u001b');
});

it('is nothing in a pipe for work of some seconds, and never in the results', async () => {
  const result = await shipped.hullcheck(['check', 'checked', ...words, '--format', 'json'], { directory: place });
  expect(result.stderr).toBe('');
  expect(parseReport(result.stdout).verdict).toBe('incomplete');
});

it('is of no account where stderr is closed, or nobody reads it', async () => {
  const command = `"$@" 2>&- | tee report.txt; "$@" 2> >(exec true) >> report.txt`;
  const check = [process.execPath, shipped.cli, 'check', 'checked', ...words, '--cache', join(place, 'cache')];
  await writeFile(join(place, 'report.txt'), '');
  await execute('bash', ['-c', command, 'bash', ...check], { directory: place });
  const text = await readFile(join(place, 'report.txt'), 'utf8');
  expect(text.match(/^incomplete: /gm)).toHaveLength(2);
});
