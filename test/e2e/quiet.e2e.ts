import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type DemoStacks, unpackDemo } from '../helpers/demo-stack.ts';
import { engineParts, startDockerEngine } from '../helpers/docker-engine.ts';
import { aboveLow, type JsonFinding, parseReport } from '../helpers/json-report.ts';
import { need } from '../helpers/parts.ts';
import { copyPackage, type ShippedPackage } from '../helpers/program.ts';
import { stockSystem, stockSystemParts } from '../helpers/stock-system.ts';

let shipped: ShippedPackage;
let stacks: DemoStacks;
let place: string;

beforeAll(async () => {
  shipped = await copyPackage();
  stacks = await unpackDemo(shipped);
  place = await mkdtemp(join(tmpdir(), 'hullcheck-quiet-'));
});
afterAll(async () => {
  await stacks?.remove();
  await shipped?.remove();
  await rm(place, { recursive: true, force: true });
});

async function check(folder: string, ...words: readonly string[]) {
  const all = ['check', '.', '--scanner', 'none', '--format', 'json', ...words];
  const { stdout, stderr } = await shipped.hullcheck(all, { directory: folder });
  expect(stderr).toBe('');
  return parseReport(stdout);
}

it('a careful project gets no finding', async () => {
  const folder = join(place, 'careful-rag');
  await cp(fileURLToPath(new URL('../../fixtures/repos/careful-rag', import.meta.url)), folder, { recursive: true });
  const report = await check(folder);
  expect(aboveLow(report)).toEqual([]);
  expect(report.findings).toEqual([]);
  expect(report.gaps).toEqual([]);
  expect(report.coverage['files']).toBeGreaterThan(12);
});

it('the repaired stack gets no finding, with its image', async () => {
  const report = await check(stacks.fixed, '--image', 'app.tar');
  expect(report.findings).toEqual([]);
  expect(report.gaps).toEqual([]);
});

/** What a stock Debian with Node is told, each with the reason why it is right to say so. */
const exceptions = [
  {
    ruleId: 'leaked-private-key',
    severity: 'info',
    /** Without the library's own version, which Debian's updates raise. */
    path: 'usr/lib/x86_64-linux-gnu/libgnutls.so.30',
    count: 1,
    reason: "GnuTLS carries the published keys of its power-on self-test; the file is the package's own",
  },
  {
    ruleId: 'build-tools-in-final-image',
    severity: 'info',
    path: 'var/cache/apt/',
    count: 1,
    reason: 'debootstrap leaves the packages and lists it downloaded in the root file system',
  },
];

it('a stock Debian image with Node gets no finding above low', async (context) => {
  need(context, [...engineParts, ...stockSystemParts]);
  const system = await stockSystem();
  const archive = join(place, 'stock.tar');
  const engine = await startDockerEngine();
  try {
    await engine.docker(['import', '--change=USER 10001:10001', system, 'hullcheck.test/stock:1.0.0']);
    await engine.docker(['save', '--output', archive, 'hullcheck.test/stock:1.0.0']);
  } finally {
    await engine.stop();
  }
  const report = await check(stacks.fixed, '--image', archive);
  expect(aboveLow(report)).toEqual([]);
  const isExpected = (finding: JsonFinding) => (exception: (typeof exceptions)[number]) =>
    exception.ruleId === finding.ruleId &&
    exception.severity === finding.severity &&
    finding.at.path?.startsWith(exception.path) === true;
  expect(report.findings.filter((finding) => !exceptions.some(isExpected(finding)))).toEqual([]);
  for (const exception of exceptions) {
    const told = report.findings.filter((finding) => isExpected(finding)(exception));
    expect(told, exception.reason).toHaveLength(exception.count);
  }
  expect(report.gaps).toEqual([]);
  expect(report.coverage['layerEntries']).toBeGreaterThan(7000);
});
