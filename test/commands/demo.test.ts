import { readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { demo } from '../../src/commands/demo.ts';
import type { Host } from '../../src/host/host.ts';
import { createNodeHost } from '../../src/host/node-host.ts';
import { addDays } from '../../src/policy/calendar.ts';
import { createGrypeReader } from '../../src/sources/scanner/grype-report.ts';
import type { ReportReader } from '../../src/sources/scanner/report-json.ts';
import type { ScannerReport } from '../../src/sources/scanner/scanner-report.ts';
import { createTrivyReader } from '../../src/sources/scanner/trivy-report.ts';
import { hostOn, imageAt } from '../helpers/check-example.ts';
import { readAll } from '../helpers/read-images.ts';

const program = new URL('../../dist/cli.js', import.meta.url).href;

/** Runs the demo on a day and keeps its folders. */
async function runDemo(day: string) {
  const asked: string[] = [];
  const send: Host['send'] = ({ url }) => {
    asked.push(url.href);
    return Promise.reject(new Error('the demo asks nobody'));
  };
  const host = { ...hostOn(day), send, programUrl: createNodeHost(program).programUrl };
  const written: string[] = [];
  const terminal = { write: (text: string) => void written.push(text), color: false, columns: 80, confirm: null };
  const exitCode = await demo(new Map([['keep', ['']]]), host, terminal);
  const output = written.join('');
  const [leaky = '', fixed = ''] = [...output.matchAll(/^\$ cd (.+)$/gm)].map((match) => match[1] ?? '');
  return { exitCode, output, asked, leaky, fixed, remove: () => rm(dirname(leaky), { recursive: true, force: true }) };
}

let run: Awaited<ReturnType<typeof runDemo>>;
beforeAll(async () => {
  run = await runDemo('2031-05-01');
});
afterAll(() => run.remove());

function readWhole(text: string, reader: ReportReader<ScannerReport>): ScannerReport {
  reader.push(Buffer.from(text));
  const report = reader.finish();
  if ('problem' in report) throw new Error(report.problem);
  return report;
}

describe('the demo, years after its reports were recorded', () => {
  it('fails on the leaky stack, passes on the repaired one, and leaves no gap', () => {
    expect(run.exitCode).toBe(1);
    expect(run.output).toMatch(/^fail: 15 blocking, 7 advisory in 11 files and 1 image — exit 1$/m);
    expect(run.output).toMatch(/^pass: nothing open in 11 files and 1 image — exit 0$/m);
    expect(run.output).not.toContain('Not examined');
  });

  it('asks nobody, not even for newer base images', () => {
    expect(run.asked).toEqual([]);
    expect(run.output.match(/^\$ hullcheck check \. .*--offline/gm)).toHaveLength(2);
  });

  it('shows merged vulnerabilities by the line that brings them, and says that reports were recorded', () => {
    const words = run.output.replace(/\s+/g, ' ');
    expect(words).toContain('FROM node:latest: 4 critical, 1 high, 1 low; 5 fixed by a rebuild, 1 without a fix');
    expect(words).toContain('4 known to Trivy and Grype, 1 to Grype only and 1 to Trivy only');
    expect(words).toContain('form-data 4.0.1, through openai -> @types/node-fetch, has CVE-2025-7783');
    expect(words).toContain('The reports of Trivy and Grype are recorded');
    expect(words).toContain('grype 0.120.1 imported (1 finished report of 2026-11-22)');
    expect(words).toContain('trivy 0.74.0 imported (1 finished report of 2026-11-22)');
  });

  it('shows why an advisory without a fix is accepted, and until when', () => {
    expect(run.output.replace(/\s+/g, ' ')).toContain(
      `triaged by .hullcheck.yml:2 until ${addDays('2031-05-01', 60)}: Debian 12 does not build minizip`,
    );
  });

  it('keeps to 80 columns, but for what is kept whole to be copied', () => {
    const whole = /^(?:\$ cd | {4}-> | {4}triage: )/;
    for (const line of run.output.split('\n')) if (!whole.test(line)) expect(line.length, line).toBeLessThan(81);
  });
});

describe.each(['leaky', 'fixed'] as const)('the reports recorded for the %s stack', (side) => {
  it.each([
    ['trivy', createTrivyReader, '"VulnerabilityID"'],
    ['grype', createGrypeReader, '"artifact"'],
  ] as const)('%s: are about the image that the demo makes, layer by layer', async (name, createReader, rowMark) => {
    const text = await readFile(join(run[side], `recorded/${name}.json`), 'utf8');
    const { identity, madeOn, rows } = readWhole(text, createReader());
    const { images } = await readAll([imageAt(join(run[side], 'app.tar'))]);
    const image = images[0]?.image;
    expect(identity.imageId).toBe(image?.configDigest);
    expect(identity.diffIds).toEqual(image?.layers.map(({ diffId }) => diffId));
    expect(madeOn).toBe('2026-11-22');
    expect(rows).toHaveLength(text.split(rowMark).length - 1);
  });
});
