import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runStep } from '../helpers/runner.ts';
import { parseCommand } from '../helpers/runner-command.ts';
import { parseFileCommands } from '../helpers/runner-files.ts';
import { readLog, splitLines } from '../helpers/runner-log.ts';

const names = new Set(['error', 'warning']);
const place = { title: null, file: null, line: null, endLine: null, column: null, endColumn: null };

describe('commands in a line', () => {
  it.each([
    ['::error::boom', 'error', {}, 'boom'],
    [' \t\u00a0::error::boom', 'error', {}, 'boom'],
    ['::ERROR File=a,line=3::x', 'error', { file: 'a', line: '3' }, 'x'],
    ['::error file=a%2Cb%3Ac,title=100%25::one%0Atwo%0D%25', 'error', { file: 'a,b:c', title: '100%' }, 'one\ntwo\r%'],
    ['::error file=,line=3::x', 'error', { line: '3' }, 'x'],
    ['::warning title=a=b::', 'warning', { title: 'a=b' }, ''],
    ['text before ##[error file=a;line=3]x%5D%3B', 'error', { file: 'a', line: '3' }, 'x];'],
    ['\u200b::error::hidden', 'error', {}, 'hidden'],
    ['#\u00ad#[error]hidden', 'error', {}, 'hidden'],
  ])('%j', (line, name, properties, data) => {
    const command = parseCommand(line, names);
    expect(command?.name).toBe(name);
    expect(Object.fromEntries(command?.properties ?? [])).toEqual(properties);
    expect(command?.data).toBe(data);
  });

  it.each(['x ::error::a', '::error', '::unknown::a', ': :error::a', '## [error]a', '##[unknown]a', '##[error', ''])(
    'none in %j',
    (line) => expect(parseCommand(line, names)).toBeNull(),
  );
});

describe('a log', () => {
  it('becomes annotations and the lines a reader sees', () => {
    const page = readLog('hello\n::error file=/w/a/Dockerfile,line=2,title=T::no\n::debug::quiet\nbye\n', '/w/a');
    expect(page.log).toEqual(['hello', '##[error]no', 'bye']);
    expect(page.annotations).toEqual([
      { ...place, level: 'error', message: 'no', title: 'T', file: 'Dockerfile', line: 2 },
    ]);
  });

  it.each([
    ['line=3,endLine=2,col=1', { line: null, endLine: null, column: null, endColumn: null }],
    ['line=2,endLine=3,col=1,endColumn=4', { line: 2, endLine: 3, column: null, endColumn: null }],
    ['line=2,endLine=2,col=5,endColumn=4', { line: 2, endLine: 2, column: null, endColumn: null }],
    ['col=5', { line: null, endLine: null, column: null, endColumn: null }],
    ['endLine=4', { line: 4, endLine: 4, column: null, endColumn: null }],
    ['line=2,col=1,endColumn=4', { line: 2, endLine: null, column: 1, endColumn: 4 }],
    ['line=two', { line: null, endLine: null, column: null, endColumn: null }],
  ])('drops places that make no sense: %s', (properties, expected) => {
    expect(readLog(`::error ${properties}::x`, '/w').annotations[0]).toMatchObject(expected);
  });

  it('keeps ten of each level and counts the rest', () => {
    const lines = ['error', 'warning', 'notice'].flatMap((level, extra) =>
      Array.from({ length: 10 + extra }, (_, index) => `::${level}::${index}`),
    );
    const page = readLog(lines.join('\n'), '/w');
    expect(page.annotations).toHaveLength(30);
    expect(page.dropped).toEqual({ error: 0, warning: 1, notice: 2 });
  });

  it('cuts a message at 4,096 characters', () => {
    expect(readLog(`::error::${'x'.repeat(5000)}`, '/w').annotations[0]?.message).toHaveLength(4096);
  });

  it('obeys stop-commands until its token comes', () => {
    const page = readLog('::stop-commands::tok-1234\n::error::a\n::other::\n::tok-1234::\n::error::b', '/w');
    expect(page.annotations.map((annotation) => annotation.message)).toEqual(['b']);
    expect(page.log).toEqual(['::error::a', '::other::', '##[error]b']);
  });

  it('refuses the retired ways to change the environment', () => {
    const page = readLog('::set-env name=NODE_OPTIONS::--require=x\n::add-path::/tmp', '/w');
    expect(page.annotations.map((annotation) => annotation.message)).toEqual([
      'The `set-env` command is disabled.',
      'The `add-path` command is disabled.',
    ]);
  });

  it('masks', () => {
    expect(readLog('::add-mask::hush\nnow hush\n::error::hush', '/w').log).toEqual(['now ***', '##[error]***']);
  });

  it('ends a line at a lone carriage return', () => {
    expect(splitLines('a\rb\r\nc\n')).toEqual(['a', 'b', 'c']);
    expect(readLog('a\r::error::b', '/w').annotations).toHaveLength(1);
  });
});

describe('command files', () => {
  it('hold plain values and here-documents', () => {
    const text = 'a=1\n\nb<<EOF\none=1\ntwo\nEOF\nc=x<<y\nd<<E\nE\ne=\n';
    expect(Object.fromEntries(parseFileCommands(text))).toEqual({ a: '1', b: 'one=1\ntwo', c: 'x<<y', d: '', e: '' });
  });

  it.each(['nothing', '=1', '<<EOF\nEOF', 'a<<', 'a<<EOF\nb', 'a<<EOF\nb\n'])('reject %j', (text) => {
    expect(() => parseFileCommands(text)).toThrow('Invalid');
  });
});

describe('a step', () => {
  let folder = '';
  const script = `
    import { appendFileSync } from 'node:fs';
    const { env } = process;
    console.log(JSON.stringify([env['INPUT_FAIL-ON'], env['INPUT_TWO_WORDS'], env.HOME === undefined, env.SECRET_OF_TESTS]));
    console.error('::warning::from stderr');
    appendFileSync(env.GITHUB_OUTPUT, 'report<<END\\n/a\\nEND\\n');
    appendFileSync(env.GITHUB_STEP_SUMMARY, 'x'.repeat(Number(env.INPUT_SIZE)));
    process.exitCode = 3;
  `;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hullcheck-step-'));
    await mkdir(join(folder, 'workspace'));
    await writeFile(join(folder, 'main.mjs'), script);
    await writeFile(
      join(folder, 'action.yml'),
      'inputs:\n  fail-on: { default: high }\n  two words: { required: false }\n  size: { default: 1 }\nruns: { using: node24, main: main.mjs }\n',
    );
    process.env['SECRET_OF_TESTS'] = 'inherited';
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const run = (size: number) =>
    runStep({
      node: process.execPath,
      action: folder,
      workspace: join(folder, 'workspace'),
      inputs: { size: String(size), 'two words': 'yes' },
    });

  it('gets the inputs and nothing of this environment, and gives a page', async () => {
    const page = await run(5);
    expect(page.log[0]).toBe('["high","yes",false,null]');
    expect(page).toMatchObject({ exitCode: 3, summary: 'xxxxx', outputs: { report: '/a' } });
    expect(page.annotations.map((annotation) => annotation.message)).toEqual(['from stderr']);
    await page.close();
  });

  it.each([
    [1024 * 1024, 1024 * 1024],
    [1024 * 1024 + 1, undefined],
  ])('a summary of %i bytes', async (size, shown) => {
    const page = await run(size);
    expect(page.summary?.length).toBe(shown);
    await page.close();
  });

  it('knows no other inputs than action.yml', async () => {
    const step = { node: process.execPath, action: folder, workspace: folder, inputs: { colour: 'blue' } };
    await expect(runStep(step)).rejects.toThrow("Unexpected input 'colour'");
  });
});
