import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify, stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  advisoryFindings,
  blockingFindings,
  type DemoStacks,
  placesOf,
  secretsOf,
  unpackDemo,
} from '../helpers/demo-stack.ts';
import { type JsonFinding, parseReport, readReport } from '../helpers/json-report.ts';
import { expectPlain } from '../helpers/outcome.ts';
import { copyPackage, type ShippedPackage } from '../helpers/program.ts';
import { checkSarif } from '../helpers/sarif-check.ts';

let shipped: ShippedPackage;
let stacks: DemoStacks;
let output: string;

beforeAll(async () => {
  shipped = await copyPackage();
  stacks = await unpackDemo(shipped);
  output = await mkdtemp(join(tmpdir(), 'hullcheck-output-'));
});
afterAll(async () => {
  await stacks?.remove();
  await shipped?.remove();
  await rm(output, { recursive: true, force: true });
});

const image = ['--image', 'app.tar', '--scanner', 'none'];
const checkLeaky = (...words: readonly string[]) =>
  shipped.hullcheck(['check', '.', ...image, ...words], { directory: stacks.leaky });
const checkFixed = (...words: readonly string[]) =>
  shipped.hullcheck(['check', '.', ...image, ...words], { directory: stacks.fixed });

function placeOf({ ruleId, anchor }: JsonFinding): string {
  return `${ruleId} ${anchor?.path}:${anchor?.line}`;
}

describe('demo', () => {
  it('shows the mistakes, then the repaired stack, and ends with the first exit code', async () => {
    const result = await shipped.hullcheck(['demo']);
    expect(result.exitCode).toBe(1);
    expect(result.stderr).toBe('');
    expect(result.stdout).toMatch(/^fail: .+ exit 1$/m);
    expect(result.stdout).toMatch(/^pass: .+ exit 0$/m);
    const [leaky = '', fixed = ''] = result.stdout.split('The same stack, repaired');
    for (const [ruleId] of blockingFindings) expect(leaky).toContain(ruleId);
    expect(fixed).toContain('pass: nothing open');
    expect(leaky).toContain('FROM node:latest: 4 critical, 1 high, 1 low');
    expectPlain(result);
  });

  it('passes with --fixed', async () => {
    const result = await shipped.hullcheck(['demo', '--fixed']);
    expect(result.exitCode).toBe(0);
    expect(result.stdout).toContain('pass: nothing open');
    expect(result.stdout).toContain('triaged by .hullcheck.yml:2 until ');
  });

  it('leaves nothing behind', async () => {
    const { stdout } = await shipped.hullcheck(['demo']);
    const folder = /^\$ cd (.+)$/m.exec(stdout)?.[1] ?? '';
    await expect(readFile(join(folder, 'Dockerfile'))).rejects.toThrow('ENOENT');
  });
});

describe('check', () => {
  it('names each mistake on its line', async () => {
    const result = await checkLeaky('--format', 'json');
    const { findings } = parseReport(result.stdout);
    const at = (disposition: string) =>
      findings
        .filter((finding) => finding.disposition === disposition)
        .map(placeOf)
        .sort();
    expect(at('blocking')).toEqual(await placesOf(stacks.leaky, blockingFindings));
    expect(at('advisory')).toEqual(await placesOf(stacks.leaky, advisoryFindings));
    expect(findings).toHaveLength(blockingFindings.length + advisoryFindings.length);
    expect(result.exitCode).toBe(1);
  });

  it('says that the deleted file still ships', async () => {
    const { findings } = parseReport((await checkLeaky('--format', 'json')).stdout);
    expect(findings.find((finding) => finding.ruleId === 'leaked-dotenv')?.at).toMatchObject({
      kind: 'layer',
      layer: 5,
      path: 'app/.env',
      state: 'deleted',
    });
  });

  it('finds nothing in the repaired stack', async () => {
    const result = await checkFixed('--format', 'json');
    expect(result.exitCode).toBe(0);
    expect(parseReport(result.stdout)).toMatchObject({ verdict: 'pass', findings: [], gaps: [] });
  });

  it('gives the same bytes twice', async () => {
    const [first, second] = [await checkLeaky('--format', 'json'), await checkLeaky('--format', 'json')];
    expect(first.stdout).toBe(second.stdout);
  });

  it.each(['text', 'json', 'sarif', 'markdown', 'html', 'github'])(
    'writes %s, without a secret in it',
    async (format) => {
      const path = join(output, 'deeper', `report.${format}`);
      const result = await checkLeaky('--all', '--format', format, '--output', `${format}=${path}`);
      const written = await readFile(path, 'utf8');
      expect(result.exitCode).toBe(1);
      expect(result.stderr).toBe('');
      for (const secret of await secretsOf(stacks.leaky)) {
        expect(result.stdout).not.toContain(secret);
        expect(written).not.toContain(secret);
      }
      expect(written).toContain('leaked-dotenv');
    },
  );

  it('writes several outputs of one run, and JSON and SARIF that programs can read', async () => {
    const [json, sarif] = [join(output, 'a.json'), join(output, 'a.sarif')];
    const result = await checkLeaky('--output', `json=${json}`, '--output', `sarif=${sarif}`);
    expect((await readReport(json)).verdict).toBe('fail');
    expect(checkSarif(await readFile(sarif, 'utf8'))).toEqual([]);
    expect(result.stdout).toContain('fail: ');
  });

  it('writes workflow commands inside Actions', async () => {
    const { stdout } = await shipped.hullcheck(['check', stacks.leaky], { environment: { GITHUB_ACTIONS: 'true' } });
    expect(stdout).toMatch(/^::error file=Dockerfile,line=2,/m);
  });

  it('lists what it examines and judges nothing', async () => {
    const result = await checkLeaky('--list');
    expect(result.exitCode).toBe(0);
    expect(result.stdout).toContain('    ingest/Dockerfile\n');
    expect(result.stdout).toContain('app.tar: 7 layers');
  });
});

describe('exit codes', () => {
  it.each([
    [0, ['--fail-on', 'never']],
    [1, []],
    [2, ['--fail-on', 'sometimes']],
    [3, ['--fail-on', 'never', '--image', 'registry:example.test/app']],
    [1, ['--image', 'registry:example.test/app']],
  ])('%i for %j', async (exitCode, words) => {
    const result = await checkLeaky(...words);
    expect(result.exitCode).toBe(exitCode);
    expectPlain(result);
  });

  it('is 3 when a scanner is missing, and 0 when none was chosen', async () => {
    const words = ['check', '.', '--image', 'app.tar', '--offline'];
    const empty = { directory: stacks.fixed, environment: { PATH: output, HOME: output } };
    const missing = await shipped.hullcheck(words, empty);
    expect(missing.exitCode).toBe(3);
    expect(missing.stdout).toMatch(/^incomplete: /m);
    const chosen = await shipped.hullcheck([...words, '--scanner', 'none'], empty);
    expect(chosen.exitCode).toBe(0);
    expectPlain(missing);
  });
});

describe('help', () => {
  it('answers --version with the version of package.json', async () => {
    const { version } = JSON.parse(await readFile(join(shipped.folder, 'package.json'), 'utf8'));
    expect(await shipped.hullcheck(['--version'])).toEqual({
      exitCode: 0,
      stdout: `hullcheck ${version}\n`,
      stderr: '',
    });
  });

  it('lists the commands, each with help of its own in 80 columns', async () => {
    const { stdout } = await shipped.hullcheck(['--help']);
    const list = /^Commands\n(.+?)\n\n/ms.exec(stdout)?.[1] ?? '';
    const commands = [...list.matchAll(/^ {2}([a-z]+(?: [a-z]+)?)/gm)].map((match) => match[1] ?? '');
    expect(commands).toEqual(expect.arrayContaining(['check', 'demo', 'init', 'explain', 'doctor', 'baseline write']));
    for (const command of commands) {
      const result = await shipped.hullcheck([...command.split(' '), '--help']);
      expect(result).toMatchObject({ exitCode: 0, stderr: '' });
      expect(result.stdout).toContain(`Usage: hullcheck ${command}`);
      const wide = result.stdout.split('\n').filter((line) => line.length > 80 && /^\s/.test(line));
      expect(wide).toEqual([]);
    }
  });

  it('explains every rule it lists', async () => {
    const { stdout } = await shipped.hullcheck(['explain']);
    const rules = [...stdout.matchAll(/^ {2}([a-z-]+) {2,}/gm)].map((match) => match[1] ?? '');
    expect(rules).toContain('leaked-dotenv');
    for (const rule of rules) {
      const page = await shipped.hullcheck(['explain', rule]);
      expect(page.stdout).toMatch(new RegExp(`^${rule} \\([\\s\\S]+\\nWhy\\n[\\s\\S]+\\nFix\\n`));
      expect(page.exitCode).toBe(0);
    }
  });

  it('says what the machine has', async () => {
    const result = await shipped.hullcheck(['doctor', '--offline']);
    expect(result.exitCode).toBe(0);
    expect(result.stdout).toMatch(/^Scanners\n/);
    expectPlain(result);
  });
});

describe('the terminal', () => {
  const colour = '\u001b[';

  it('has no colour in a pipe, with FORCE_COLOR it has, and NO_COLOR wins', async () => {
    const run = async (environment: Record<string, string>) =>
      (await shipped.hullcheck(['check', stacks.leaky], { environment })).stdout;
    const plain = await run({});
    const coloured = await run({ FORCE_COLOR: '1' });
    expect(plain).not.toContain(colour);
    expect(coloured).toContain(colour);
    expect(await run({ FORCE_COLOR: '1', NO_COLOR: '1' })).not.toContain(colour);
    expect(await run({ FORCE_COLOR: '0' })).not.toContain(colour);
    const verdict = (text: string) => /^fail: .+$/m.exec(stripVTControlCharacters(text))?.[0];
    expect(verdict(coloured)).toBe(verdict(plain));
  });

  it('stays silent when the pipe is closed', async () => {
    const command = `"${process.execPath}" "${shipped.cli}" check "${stacks.leaky}" --all --format html; echo "code $?" >&2`;
    const { stdout, stderr } = await promisify(execFile)('bash', ['-c', `{ ${command}; } | head -1`]);
    expect(stdout.split('\n')).toHaveLength(2);
    expect(stderr).toBe('code 1\n');
  });
});
