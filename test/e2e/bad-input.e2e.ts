import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type DemoStacks, unpackDemo } from '../helpers/demo-stack.ts';
import { parseReport } from '../helpers/json-report.ts';
import { expectGap, expectPlain, expectUsage } from '../helpers/outcome.ts';
import { copyPackage, type ShippedPackage } from '../helpers/program.ts';
import { readLog } from '../helpers/runner-log.ts';

const run = promisify(execFile);

let shipped: ShippedPackage;
let stacks: DemoStacks;
let place: string;
let folder: string;

beforeAll(async () => {
  shipped = await copyPackage();
  stacks = await unpackDemo(shipped);
});
afterAll(async () => {
  await stacks?.remove();
  await shipped?.remove();
});
beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'hullcheck-bad-'));
  folder = join(place, 'repository');
  await put('Dockerfile', 'FROM node:22.12.0-alpine3.21\nUSER 1001\n');
});
afterEach(() => rm(place, { recursive: true, force: true }));

/** Writes a file of the checked folder; `../` leads beside it. */
async function put(path: string | Buffer, content: string | Uint8Array): Promise<void> {
  const absolute = Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(path)]);
  await mkdir(dirname(absolute.toString('latin1')), { recursive: true });
  await writeFile(absolute, content);
}

const check = (...words: readonly string[]) =>
  shipped.hullcheck(['check', '.', '--scanner', 'none', ...words], { directory: folder });

describe('what the command line names wrongly', () => {
  it.each([
    [['check', 'nowhere'], /^the folder nowhere does not exist$/],
    [['check', 'Dockerfile'], /^Dockerfile is not a folder$/],
    [['check', '.', '--image', 'nowhere.tar'], /^the image nowhere\.tar does not exist$/],
    [['check', '.', '--image', 'oci-dir:nowhere'], /nowhere does not exist$/],
    [['check', '.', '--policy', 'nowhere.yml'], /nowhere\.yml does not exist$/],
    [['check', '.', '--models', 'nowhere.yml'], /nowhere\.yml does not exist$/],
    [['check', '.', '--baseline-report', 'nowhere.json'], /nowhere\.json does not exist$/],
    [['check', '.', '--trivy-report', 'nowhere.json'], /nowhere\.json does not exist$/],
    [['check', '.', '--base', 'nowhere'], /^the base revision nowhere cannot be used/],
    [['check', '.', '--base', '--output=x'], /base/],
    [['check', '.', '--dockerfile', 'nowhere'], /nowhere/],
  ])('%j', async (words, sentence) => {
    expectUsage(await shipped.hullcheck(words, { directory: folder }), sentence);
  });

  it.each([
    [['chekc'], /no command chekc/, /did you mean hullcheck check\?/],
    [['check', '--imgae', 'x'], /unknown option --imgae/, /did you mean --image\?/],
    [['check', '--scanner', 'snyk'], /no scanner snyk/, /trivy, grype or none/],
    [['check', '--format', 'pdf'], /--format pdf/, /text, json/],
    [['check', '--fail-on', 'hihg'], /--fail-on hihg/, /critical, high/],
    [['check', '--output', 'json'], /--output json names no file/, /FORMAT=PATH/],
    [['check', '--image'], /--image needs a value/, /--image REF/],
    [['check', '--offline=yes'], /--offline takes no value/, /--offline alone/],
    [['check', 'a', 'b'], /takes no argument b/, /--help/],
    [['explain', 'leaked-dotnev'], /no rule leaked-dotnev/, /did you mean leaked-dotenv\?/],
    [['check', '--\u001b[31m\n::error::x'], /^unknown option --\\x1b\[31m\\n::error::x$/, /./],
  ])('%j', async (words, sentence, hint) => {
    expectUsage(await shipped.hullcheck(words, { directory: folder }), sentence, hint);
  });

  it('an output that cannot be written', async () => {
    expectUsage(await check('--output', 'json=Dockerfile/report.json'), /Dockerfile\/report\.json/);
  });
});

describe('policy and manifest', () => {
  it.each([
    ['failon: high\n', /^\.hullcheck\.yml:1: unknown key "failon"$/, /did you mean failOn\?/],
    ['failOn: hihg\n', /^\.hullcheck\.yml:1: failOn/, /high/],
    ['rules: { leaked-dotnev: off }\n', /^\.hullcheck\.yml:1: .*leaked-dotnev/, /did you mean leaked-dotenv\?/],
    ['triage:\n  - rule: root-final-user\n    expires: 2026-13-01\n', /^\.hullcheck\.yml:\d: /, /./],
    ['failOn: [\n', /^\.hullcheck\.yml:\d: /, /./],
    ['baseline: nowhere.json\n', /the baseline nowhere\.json named in \.hullcheck\.yml does not exist/, /./],
  ])('%j', async (text, sentence, hint) => {
    await put('.hullcheck.yml', text);
    expectUsage(await check(), sentence, hint);
  });

  it.each([
    ['version: 2\n', /^model-manifest\.yml:1: /],
    ['version: 1\nmodels: [', /^model-manifest\.yml:\d: /],
  ])('%j', async (text, sentence) => {
    await put('model-manifest.yml', text);
    expectUsage(await check(), sentence);
  });
});

describe('images that cannot be read', () => {
  it.each([
    ['a folder in the place of an archive', 'image.tar/notes.txt', 'text', /image\.tar is not an image/],
    ['a text file', 'image.tar', 'This is no image.\n'.repeat(100), /image\.tar is (not|no) /],
    ['an empty file', 'image.tar', '', /image\.tar is (not|no|empty) ?/],
    ['random bytes', 'image.tar', Buffer.alloc(4096, '\u0001\u00fe\u007f'), /image\.tar is (not|no) /],
    ['an archive of something else', 'image.tar', Buffer.alloc(10_240), /image\.tar is (not|no) /],
  ])('%s', async (_, path, content, reason) => {
    await put(path, content);
    expectGap(await check('--image', 'image.tar', '--format', 'json'), 'image.tar', reason);
  });

  it('archives that break off, wherever', async () => {
    const whole = await readFile(join(stacks.leaky, 'app.tar'));
    for (const share of [0.02, 0.3, 0.6, 0.9]) {
      await put('image.tar', whole.subarray(0, Math.floor((whole.length * share) / 7) * 7));
      const result = await check('--image', 'image.tar', '--format', 'json');
      expectGap(result, 'image.tar', /truncated|missing|not an image/);
    }
  });

  it('a compressed archive that breaks off', async () => {
    const whole = gzipSync(await readFile(join(stacks.leaky, 'app.tar')));
    await put('image.tar', whole.subarray(0, whole.length / 2));
    expectGap(await check('--image', 'image.tar', '--format', 'json'), 'image.tar', /./);
  });

  it('an archive without permission', async (context) => {
    if (process.getuid?.() === 0) context.skip('root may read every file: run as another user to see this one');
    await put('image.tar', 'x');
    await chmod(join(folder, 'image.tar'), 0);
    expectGap(await check('--image', 'image.tar', '--format', 'json'), 'image.tar', /permission denied/);
  });

  it('does not stop the rest of the check', async () => {
    await put('image.tar', 'no image');
    await put('compose.yaml', 'services:\n  a:\n    image: redis:latest\n');
    const result = await check('--image', 'image.tar', '--format', 'json');
    const report = parseReport(result.stdout);
    expect(result.exitCode).toBe(1);
    expect(report.findings.map((finding) => finding.ruleId)).toEqual(['unpinned-base-image']);
    expect(report.gaps).toHaveLength(1);
  });
});

describe('files that cannot be parsed', () => {
  it.each([
    ['app/Dockerfile', 'FORM node:22\nRUN true\n'],
    ['app/Dockerfile', 'FROM\n'],
    ['compose.yaml', 'services:\n  a: [1\n  b: }\n'],
    ['.github/workflows/ci.yml', 'jobs: { a: [ }\n'],
    ['package.json', '{"name": '],
  ])('%s: %j', async (path, content) => {
    await put(path, content);
    expectGap(await check('--format', 'json'), path, /line \d|not valid|no valid|is empty|without/);
  });

  it.each(['--trivy-report', '--grype-report'])('a broken report for %s', async (option) => {
    for (const content of ['{"Results": [', '[]', '{}', 'null']) {
      await put('scan.json', content);
      expectGap(await check(option, 'scan.json', '--format', 'json'), 'scan.json', /./);
    }
  });

  it('a broken baseline report', async () => {
    for (const content of ['{"findings": [', '{}', 'null']) {
      await put('report.json', content);
      expectUsage(await check('--baseline-report', 'report.json'), /report\.json/);
    }
  });

  it.each([
    ['UTF-16', Buffer.from('\ufeffFROM node:latest\n', 'utf16le'), /UTF-16/],
    ['invalid UTF-8', Buffer.from('FROM node:latest\n# \xff\xfe\n', 'latin1'), /not valid UTF-8/],
  ])('a Dockerfile in %s', async (_, content, reason) => {
    await put('app/Dockerfile', content);
    expectGap(await check('--format', 'json'), 'app/Dockerfile', reason);
  });

  it.each([
    ['CRLF', 'FROM node:22.12.0 AS a\r\nRUN true \\\r\n  && true\r\nFROM node:latest\r\nUSER 1\r\n', 4],
    ['a byte order mark', '\ufeffFROM node:latest\nUSER 1\n', 1],
    ['both', '\ufeff# syntax=docker/dockerfile:1\r\nFROM node:latest\r\nUSER 1\r\n', 2],
  ])('reads a Dockerfile with %s', async (_, content, line) => {
    await put('app/Dockerfile', content);
    const { findings, gaps } = parseReport((await check('--format', 'json')).stdout);
    expect(gaps).toEqual([]);
    expect(findings.map(({ ruleId, at }) => [ruleId, at.path, at.line])).toEqual([
      ['unpinned-base-image', 'app/Dockerfile', line],
    ]);
  });
});

describe('links', () => {
  const hidden = 'HIDDEN_BY_LINK';

  it('that lead in circles end', async () => {
    await put('a/Dockerfile', 'FROM node:22.12.0\n');
    await symlink('../a', join(folder, 'a', 'again'));
    await symlink('y', join(folder, 'x'));
    await symlink('x', join(folder, 'y'));
    const result = await check('--format', 'json');
    expect(result.exitCode).toBe(0);
    expectPlain(result);
  });

  it.each([
    ['Dockerfile.app', `FROM ${hidden.toLowerCase()}:latest\n`],
    ['compose.yaml', `services: { ${hidden}: { image: "redis:latest" } }\n`],
    ['package.json', `{"name": "${hidden}"`],
    ['model-manifest.yml', `${hidden}: 1\n`],
    ['.hullcheck.yml', `${hidden}: 1\n`],
    ['model.gguf', hidden],
  ])('out of the folder are not followed: %s', async (path, content) => {
    await put('../outside', content);
    await symlink('../outside', join(folder, path));
    for (const format of ['json', 'text', 'github', 'markdown']) {
      const { stdout, stderr, exitCode } = await check('--format', format, '--all');
      expect((stdout + stderr).toLowerCase()).not.toContain(hidden.toLowerCase());
      expect(exitCode).not.toBe(1);
    }
  });

  it('to a folder outside are not entered', async () => {
    await put('../outside/Dockerfile', `FROM ${hidden.toLowerCase()}:latest\n`);
    await symlink('../outside', join(folder, 'inside'));
    const { stdout } = await check('--format', 'json');
    expect(stdout).not.toContain(hidden.toLowerCase());
  });

  it('a Dockerfile that leads out of the folder is a gap, not a pass', async () => {
    await put('../outside', 'FROM node:latest\n');
    await symlink('../outside', join(folder, 'Dockerfile.app'));
    expectGap(await check('--format', 'json'), 'Dockerfile.app', /link/);
  });

  it('in the place of an output are replaced, not followed', async () => {
    await put('../outside', 'untouched');
    await symlink('../outside', join(folder, 'report.json'));
    await check('--output', 'json=report.json');
    expect(await readFile(join(place, 'outside'), 'utf8')).toBe('untouched');
    expect(parseReport(await readFile(join(folder, 'report.json'), 'utf8')).schemaVersion).toBe(1);
  });
});

describe('what stands in the place of a Dockerfile', () => {
  it('a pipe is a gap and is not waited for', async () => {
    await run('mkfifo', [join(folder, 'Dockerfile.pipe')]);
    expectGap(await check('--format', 'json'), 'Dockerfile.pipe', /not a regular file/);
  });

  it('a folder that took the place of a tracked file is a gap', async () => {
    await run('git', ['init', '--quiet', folder]);
    await put('Dockerfile.app', 'FROM node:22.12.0-alpine3.21\nUSER 1\n');
    await run('git', ['-C', folder, 'add', 'Dockerfile.app']);
    await rm(join(folder, 'Dockerfile.app'));
    expect((await check('--format', 'json')).exitCode).toBe(0);
    await mkdir(join(folder, 'Dockerfile.app'));
    expectGap(await check('--format', 'json'), 'Dockerfile.app', /not a regular file/);
  });
});

describe('names', () => {
  const forgeries = [
    'Dockerfile.\n::error::forged',
    'Dockerfile.\r::error::forged',
    'Dockerfile.##[error]forged',
    'Dockerfile.\u2028::error::forged',
    'Dockerfile.\u001b]0;forged\u0007',
    'Dockerfile.%0A::error::forged',
    '\n::error::forged/Dockerfile',
    'Dockerfile.\u202etxt',
  ];

  it.each(forgeries)('%j forges nothing and is examined', async (name) => {
    await put(name, 'FROM node:latest\nUSER 1\n');
    const { findings } = parseReport((await check('--format', 'json')).stdout);
    expect(findings.map((finding) => finding.at.path)).toEqual([name]);
    for (const format of ['github', 'text', 'markdown', 'sarif', 'html']) {
      const result = await check('--format', format, '--all');
      const page = readLog(result.stdout + result.stderr, folder);
      expect(page.annotations.filter(({ message }) => message.startsWith('forged'))).toEqual([]);
      expect(page.annotations).toHaveLength(format === 'github' ? 1 : 0);
      for (const raw of ['\u001b', '\u202e', '\u2028', '\r']) expect(result.stdout + result.stderr).not.toContain(raw);
    }
  });

  it('that are not valid UTF-8 are a gap', async (context) => {
    if (process.platform !== 'linux') context.skip('only Linux has file names that are not UTF-8');
    await put(Buffer.from('Dockerfile.\xff', 'latin1'), 'FROM node:latest\n');
    expectGap(await check('--format', 'json'), 'Dockerfile.', /not valid UTF-8/);
  });
});

it('finishes with 10,000 files', async () => {
  for (let group = 0; group < 100; group++) {
    await mkdir(join(folder, `g${group}`));
    const names = Array.from({ length: 100 }, (_, index) => `${index % 10 === 0 ? 'Dockerfile' : 'notes'}.${index}`);
    await Promise.all(names.map((name) => writeFile(join(folder, `g${group}`, name), 'FROM node:latest\nUSER 1\n')));
  }
  const report = parseReport((await check('--format', 'json')).stdout);
  expect(report.coverage['files']).toBe(1001);
  expect(report.counts['findings']).toBe(1000);
  const { stdout } = await check();
  expect(stdout.split('\n').length).toBeLessThan(400);
});
