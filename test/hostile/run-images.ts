import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseReport } from '../helpers/json-report.ts';
import { execute } from '../helpers/program.ts';
import type { Hostile } from './tar-seeds.ts';

const preload = fileURLToPath(new URL('measure.mjs', import.meta.url));

/** What the shipped program made of some images, in one process. */
export interface Examination {
  readonly exitCode: number | null;
  readonly stderr: string;
  /** Of processor time, which a busy machine does not stretch. */
  readonly seconds: number;
  /** Most memory the process had, in MiB. */
  readonly megabytes: number;
  /** Reasons of the gaps, by the image's file name. */
  readonly gaps: readonly string[];
  readonly findings: number;
}

/** The shipped program, and the Node it runs on. */
export interface Program {
  readonly node: string;
  readonly cli: string;
}

/** Checks images with the shipped program. */
export async function examine(program: Program, folder: string, images: readonly Hostile[]): Promise<Examination> {
  const place = join(folder, 'images');
  await mkdir(place, { recursive: true });
  const words: string[] = [];
  for (const { name, bytes } of images) {
    await writeFile(join(place, name), bytes);
    words.push('--image', name);
  }
  return await check(program, place, words);
}

/** Runs a check whose images lie in `place`, and measures it. */
export async function check({ node, cli }: Program, place: string, words: readonly string[]): Promise<Examination> {
  const options = ['check', '.', '--scanner', 'none', '--format', 'json', ...words];
  const { exitCode, stdout, stderr } = await execute(node, ['--import', preload, cli, ...options], {
    directory: place,
  });
  const measured = /^measured ([\d.]+) MiB ([\d.]+) s$/m.exec(stderr);
  // What was killed has told nothing: NaN is within no limit.
  const [megabytes, seconds] = [Number(measured?.[1]), Number(measured?.[2])];
  // Node ends with 1 too when the program crashed.
  if ((exitCode !== 0 && exitCode !== 1 && exitCode !== 3) || stdout === '')
    return { exitCode: exitCode === 1 ? null : exitCode, stderr, seconds, megabytes, gaps: [], findings: 0 };
  const { gaps, findings } = parseReport(stdout);
  return { exitCode, stderr, seconds, megabytes, gaps: gaps.map((gap) => gap.reason), findings: findings.length };
}
