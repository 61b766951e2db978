import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type IgnorePattern, isIgnored, isMalformedPattern } from '../../src/domain/ignore-pattern.ts';

function pattern(line: string): IgnorePattern {
  return line.startsWith('!') ? { text: line.slice(1), isNegated: true } : { text: line, isNegated: false };
}

const ignored = (lines: readonly string[], path: string) => isIgnored(lines.map(pattern), path);

describe('one pattern', () => {
  // The cases of moby/patternmatcher's own tests that no Windows path is about, and of Docker's documentation.
  it.each<[string, string, boolean]>([
    ['**', 'file', true],
    ['**', 'dir/file', true],
    ['**/**', 'dir/file', true],
    ['dir/**', 'dir/file', true],
    ['dir/**', 'dir/dir2/file', true],
    ['dir/**', 'dir', false],
    ['**/dir', 'dir/file', true],
    ['**/dir2/*', 'dir/dir2/file', true],
    ['**/dir2/**', 'dir/dir2/dir2/file', true],
    ['**file', 'file', true],
    ['**file', 'dir/file', true],
    ['**/file', 'file', true],
    ['**/file', 'dir/dir/file', true],
    ['**/file*', 'dir/dir/file.txt', true],
    ['**/file*txt', 'dir/dir/file.txt', true],
    ['**/file*.txt*', 'dir/dir/file.txt', true],
    ['**/**/*.txt', 'dir/dir/file.txt', true],
    ['**/**/*.txt2', 'dir/dir/file.txt', false],
    ['**/*.txt', 'file.txt', true],
    ['a**/*.txt', 'a/file.txt', true],
    ['a**/*.txt', 'a/dir/dir/file.txt', true],
    ['a/*.txt', 'a/dir/file.txt', false],
    ['a/*.txt', 'a/file.txt', true],
    ['a/*.txt**', 'a/file.txt', true],
    ['a[b-d]e', 'ae', false],
    ['a[b-d]e', 'ace', true],
    ['a[b-d]e', 'aae', false],
    ['a[^b-d]e', 'aze', true],
    ['.*', '.foo', true],
    ['.*', 'foo', false],
    ['abc.def', 'abcdef', false],
    ['abc.def', 'abc.def', true],
    ['abc.def', 'abcZdef', false],
    ['abc?def', 'abcZdef', true],
    ['abc?def', 'abcdef', false],
    ['a\\\\', 'a\\', true],
    ['a\\*b', 'a*b', true],
    ['a\\*b', 'axb', false],
    ['**/foo/bar', 'foo/bar', true],
    ['**/foo/bar', 'dir/foo/bar', true],
    ['**/foo/bar', 'dir/dir2/foo/bar', true],
    ['abc/**', 'abc', false],
    ['abc/**', 'abc/def/ghi', true],
    ['**/.foo', '.foo', true],
    ['**/.foo', 'bar.foo', false],
    ['a(b)c/def', 'a(b)c/def', true],
    ['a(b)c/def', 'a(b)c/xyz', false],
    ['a.|)$(}+{bc', 'a.|)$(}+{bc', true],
    [
      'dist/proxy.py-2.4.0rc3.dev36+g08acad9-py3-none-any.whl',
      'dist/proxy.py-2.4.0rc3.dev36+g08acad9-py3-none-any.whl',
      true,
    ],
    ['dist/*.whl', 'dist/proxy.py-2.4.0rc3.dev36+g08acad9-py3-none-any.whl', true],
    ['*/temp*', 'somedir/temporary.txt', true],
    ['*/temp*', 'somedir/temp', true],
    ['*/temp*', 'temp', false],
    ['*/*/temp*', 'somedir/subdir/temporary.txt', true],
    ['temp?', 'tempa', true],
    ['temp?', 'temp', false],
    ['.env', '.env', true],
    ['.env', 'api/.env', false],
    ['.env*', '.env.production', true],
    ['*.env', '.env', true],
    ['*', 'a/b/c', true],
    ['?', '/', false],
    ['secrets', 'secrets/prod/.env', true],
    ['a?c', 'a\u{1F511}c', true],
  ])('%s and %s', (line, path, expected) => {
    expect(ignored([line], path)).toBe(expected);
  });
});

describe('the last pattern that matches decides', () => {
  it.each<[string, readonly string[], string, boolean]>([
    ['taken back', ['*.md', '!README.md'], 'README.md', false],
    ['of a folder', ['docs', '!docs/README.md'], 'docs/README.md', false],
    ['all but one, as documented', ['*.md', '!README*.md', 'README-secret.md'], 'README-secret.md', true],
    ['the same in another order', ['*.md', 'README-secret.md', '!README*.md'], 'README-secret.md', false],
    ['everything but a folder', ['*', '!src'], 'src/a/.env', false],
    ['everything but a folder', ['*', '!src'], '.env', true],
    ['a file in the folder that is taken back', ['*', '!src', '**/.env'], 'src/a/.env', true],
    ['a folder above takes all in it back', ['**/.env', '!api'], 'api/.env', true],
    ['an exception that comes first changes nothing', ['!.env', '.env'], '.env', true],
    ['util in docker/docker', ['*', '!util/docker/web'], 'util/docker/web/foo', false],
    ['its sibling', ['*', '!util/docker/web', 'util/docker/web/foo'], 'util/docker/web/foo', true],
    ['a deep exception', ['*', '!dir/dir2'], 'dir/dir3/file', true],
    ['a later folder wins over what is in it', ['!a/b', 'a'], 'a/b', true],
    ['a folder ignored after its parent came back stays so', ['a/b', '!a'], 'a/b/c', true],
    ['no patterns', [], '.env', false],
  ])('%s', (_, lines, path, expected) => {
    expect(ignored(lines, path)).toBe(expected);
  });
});

describe('malformed patterns', () => {
  it.each(['', '[', '[]', '[a', 'a[', '[-a]', '[z-a]', '[a-]', 'a\\', '\\d', '[a*]', '[[a]'])('%j', (text) => {
    expect(isMalformedPattern({ text, isNegated: false })).toBe(true);
    expect(ignored([text], 'a')).toBe(false);
  });

  it.each(['**', 'a[b]c', '[^a]', '\\#a', '[\\]]', 'a]b', '{a}'])('not %j', (text) => {
    expect(isMalformedPattern({ text, isNegated: false })).toBe(false);
  });
});

const tokens: Readonly<Record<string, string>> = { '*': '[^/]*', '?': '[^/]' };

/** What the documentation says, as a regular expression; two stars in front of plain text ask for the end of the path. */
function naiveMatch(text: string, path: string): boolean {
  const tail = /^\*\*([^*?]*)$/.exec(text)?.[1];
  if (tail !== undefined) return path.endsWith(tail) || (tail.startsWith('/') && path === tail.slice(1));
  const source = text.replace(/\*\*\/?$|\*\*\/?|[*?]|[^\w/]/g, (token, offset: number) => {
    if (!token.startsWith('**')) return tokens[token] ?? `\\${token}`;
    return offset + token.length === text.length ? '.*' : '(?:.*/)?';
  });
  return new RegExp(`^${source}$`).test(path);
}

function naiveIgnored(patterns: readonly IgnorePattern[], path: string): boolean {
  const parts = path.split('/');
  let parent = patterns.map(() => false);
  let isLeftOut = false;
  for (let depth = 1; depth <= parts.length; depth++) {
    const current = parts.slice(0, depth).join('/');
    isLeftOut = false;
    const here: boolean[] = [];
    for (const [index, { text, isNegated }] of patterns.entries()) {
      const isHeir = parent[index] === true;
      const isMatch = isHeir || (isNegated === isLeftOut && naiveMatch(text, current));
      here.push(isMatch);
      if (isMatch) isLeftOut = !isNegated;
    }
    parent = here;
  }
  return isLeftOut;
}

const name = fc.constantFrom('a', 'b', 'ab', '.env', 'a.env');
const pathText = fc.array(name, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
const part = fc.constantFrom('a', 'b', '*', '**', '?', '.env', '*.env', 'a*', '**b', 'a**', '?b', '***');
const patternText = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
const anyPattern = fc.record({ text: patternText, isNegated: fc.boolean() });

it('agrees with a naive model', () => {
  fc.assert(
    fc.property(fc.array(anyPattern, { maxLength: 5 }), pathText, (patterns, path) => {
      expect(isIgnored(patterns, path)).toBe(naiveIgnored(patterns, path));
    }),
    { numRuns: 5000 },
  );
});

it('neither throws nor takes long on any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary', minLength: 1 }), (text, path) => {
      isIgnored([{ text, isNegated: false }], path);
      isMalformedPattern({ text, isNegated: false });
    }),
  );
  const slow = { text: `${'**/a*'.repeat(200)}b`, isNegated: false };
  const start = performance.now();
  isIgnored([slow], `${'a/'.repeat(2000)}a`);
  expect(performance.now() - start).toBeLessThan(4000);
});
