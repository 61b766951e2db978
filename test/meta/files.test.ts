import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ContentScanner } from '../../src/sources/secret/content-scanner.ts';
import { vendorFormatOf } from '../../src/sources/secret/vendor-format.ts';
import { listFiles, root } from '../helpers/project-files.ts';

const read = (path: string) => readFileSync(new URL(path, root));
const lineCount = (path: string) => read(path).toString('utf8').replace(/\n$/, '').split('\n').length;

describe('length', () => {
  it('no source file has more than 300 lines', () => {
    const long = listFiles('src').filter((path) => lineCount(path) > 300);
    expect(long.map((path) => `${path} ${lineCount(path)}`)).toEqual([]);
  });

  it('no rule has more than 120 lines, its examples in a file of their own aside', () => {
    const files = listFiles('src/rules').filter((path) => /^src\/rules\/[^/]+\.ts$/.test(path));
    expect(files.filter((path) => lineCount(path) > 120).map((path) => `${path} ${lineCount(path)}`)).toEqual([]);
  });
});

describe('names', () => {
  it('are kebab case', () => {
    const named = [...listFiles('src'), ...listFiles('test'), ...listFiles('scripts')];
    const wrong = named.filter(
      (path) => !/^(?:[a-z0-9]+(?:-[a-z0-9]+)*)(?:\.[a-z0-9]+)*$/.test(path.slice(path.lastIndexOf('/') + 1)),
    );
    expect(wrong).toEqual([]);
  });

  it('say what is in them', () => {
    const empty = /(?:^|\/)(?:utils?|helpers?|common|misc|lib|shared)(?:\.ts|\/)|manager|-service/i;
    expect(listFiles('src').filter((path) => empty.test(path))).toEqual([]);
  });
});

/** Words of a text that could be one token; shorter ones are none in any format. */
function wordsOf(text: string): readonly string[] {
  return text.match(/[A-Za-z0-9_-]{16,512}/g) ?? [];
}

it('no file in the repository holds what looks like a credential', () => {
  const files = listFiles();
  expect(files.length).toBeGreaterThan(200);
  const found: string[] = [];
  for (const path of files) {
    const content = read(path);
    const scanner = new ContentScanner((key) => found.push(`${path}: ${key.what}`));
    scanner.push(content);
    scanner.end();
    for (const word of new Set(wordsOf(content.toString('latin1')))) {
      const format = vendorFormatOf(word);
      if (format !== null) found.push(`${path}: ${format.vendor} ${word.slice(0, 6)}…`);
    }
  }
  expect(found).toEqual([]);
});

describe('what is generated', () => {
  it('is what the sources give: registry, rule pages, action.yml and the tables of the README', (context) => {
    if (!existsSync(new URL('README.md', root))) context.skip('there is no README.md yet');
    const { status, stderr } = spawnSync(process.execPath, ['scripts/generate.mjs', '--check'], {
      cwd: root,
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(status).toBe(0);
  });

  it('the registry alone, where the rest is not generated yet', () => {
    const script = "import { registryText } from './scripts/rule-files.mjs'; process.stdout.write(registryText());";
    const text = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      cwd: fileURLToPath(root),
      encoding: 'utf8',
    });
    expect(read('src/rules/registry.ts').toString('utf8')).toBe(text);
  });
});
