import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { grype } from '../../src/sources/scanner/run-grype.ts';
import { trivy } from '../../src/sources/scanner/run-trivy.ts';
import { writeGrypeDatabase } from '../helpers/advisory-database/grype-database.ts';
import { writeTrivyDatabase } from '../helpers/advisory-database/trivy-database.ts';
import { demoAdvisories } from '../helpers/demo-advisories.ts';
import { type DemoStacks, unpackDemo } from '../helpers/demo-stack.ts';
import * as parts from '../helpers/parts.ts';
import { copyPackage, type ShippedPackage } from '../helpers/program.ts';
import { recordedOn, recordedPath, recordReport } from '../helpers/recorded-reports.ts';

const scanners = [
  { scanner: trivy, part: parts.trivy, database: 'trivy' },
  { scanner: grype, part: parts.grype, database: 'grype' },
] as const;

let shipped: ShippedPackage;
let stacks: DemoStacks;
let place: string;

beforeAll(async () => {
  shipped = await copyPackage();
  stacks = await unpackDemo(shipped);
  place = await mkdtemp(join(tmpdir(), 'hullcheck-record-'));
  if (scanners.some(({ part }) => part.path === null)) return;
  await writeTrivyDatabase(join(place, 'trivy'), demoAdvisories, new Date(recordedOn));
  await writeGrypeDatabase(join(place, 'grype'), demoAdvisories, new Date(recordedOn));
});
afterAll(async () => {
  await stacks?.remove();
  await shipped?.remove();
  await rm(place, { recursive: true, force: true });
});

/** `RECORD_REPORTS=1` writes them, to be read before they are committed. */
it.for([
  ['self-hosted-chat', 'leaky', scanners[0]],
  ['self-hosted-chat', 'leaky', scanners[1]],
  ['self-hosted-chat-fixed', 'fixed', scanners[0]],
  ['self-hosted-chat-fixed', 'fixed', scanners[1]],
] as const)(
  'the recorded report of %s is what the scanner says of the demo’s image: $2.database',
  async (row, context) => {
    const [stack, side, { scanner, part, database }] = row;
    parts.need(context, [part]);
    const folder = await mkdtemp(join(place, 'run-'));
    const said = await recordReport(scanner, parts.pathOf(part), {
      folder,
      archive: join(stacks[side], 'app.tar'),
      database: join(place, database),
    });
    const path = recordedPath(stack, scanner.name);
    if (process.env['RECORD_REPORTS'] === '1') {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, said);
    }
    expect(said).toBe(await readFile(path, 'utf8'));
  },
);
