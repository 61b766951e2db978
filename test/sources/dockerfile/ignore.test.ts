import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { IgnoreFileEvidence } from '../../../src/domain/build-evidence.ts';
import { isIgnored } from '../../../src/domain/ignore-pattern.ts';
import { isIgnoreFile, readIgnoreFile } from '../../../src/sources/dockerfile/ignore.ts';
import { isGap } from '../../../src/sources/workspace/file-tree.ts';
import { expectInside } from '../../helpers/position.ts';

function read(text: string, path = '.dockerignore'): IgnoreFileEvidence {
  const [file] = readIgnoreFile({ path, text });
  if (file === undefined || isGap(file)) throw new Error('no ignore file');
  return file;
}

const patternsOf = (text: string) =>
  read(text).patterns.map(({ text: pattern, isNegated }) => `${isNegated ? '!' : ''}${pattern}`);
const gapsOf = (text: string) => readIgnoreFile({ path: '.dockerignore', text }).filter(isGap);

// As moby/patternmatcher's ignorefile has them.
it.each<[string, string, readonly string[]]>([
  ['several', 'test1\n/test2\n/a/file/here\n\nlastfile', ['test1', 'test2', 'a/file/here', 'lastfile']],
  ['comments, only in the first column', '# this is a comment\n#.env\n .env #no comment', ['.env #no comment']],
  ['a hash after a blank is a name', ' #a', ['#a']],
  ['an escaped hash', '\\#a', ['\\#a']],
  ['negated, with blanks', '! /inverted/abs/path\n!\t.env', ['!inverted/abs/path', '!.env']],
  ['blanks around', '  a b  \t', ['a b']],
  ['slashes', 'dir/\n./x//y/../z\n/', ['dir', 'x/z', '/']],
  ['above the context', '../up', ['../up']],
  ['line ends', 'a\r\nb\r\n', ['a', 'b']],
  ['empty', '', []],
  ['nothing but comments', '\n#\n  \n', []],
])('reads %s', (_, text, expected) => {
  expect(patternsOf(text)).toEqual(expected);
});

it('says where each pattern is', () => {
  expect(read('# no\n\n  **/.env  \n!.env.example').patterns.map(({ at }) => at)).toEqual([
    { kind: 'file', path: '.dockerignore', line: 3, column: 3, endLine: 3, endColumn: 10 },
    { kind: 'file', path: '.dockerignore', line: 4, column: 1, endLine: 4, endColumn: 14 },
  ]);
});

it.each([
  ['.dockerignore', '', null],
  ['web/.dockerignore', 'web', null],
  ['Dockerfile.dockerignore', '', 'Dockerfile'],
  ['docker/api.Dockerfile.dockerignore', 'docker', 'docker/api.Dockerfile'],
])('%s belongs to the context %j or the Dockerfile %j', (path, directory, dockerfile) => {
  expect(isIgnoreFile(path)).toBe(true);
  expect(read('a', path)).toMatchObject({ directory, dockerfile });
});

it.each(['.gitignore', 'dockerignore', '.dockerignore.bak'])('%s is none', (path) => {
  expect(isIgnoreFile(path)).toBe(false);
});

it.each([
  ['a\nb', 2, 'b'],
  ['a\nb\n', 2, 'b'],
  ['a\n\n', 2, ''],
  ['', 1, ''],
  ['\n', 1, ''],
  ['a\r\nb\r\n', 2, 'b'],
])('the last line of %j is %i', (text, line, last) => {
  expect(read(text).lastLine).toEqual({ line, text: last });
});

describe('what BuildKit would refuse', () => {
  it.each([
    ['.env\n!\n', '.dockerignore line 2: the pattern is malformed'],
    ['[z-a]', '.dockerignore line 1: the pattern is malformed'],
    ['!/', '.dockerignore line 1: the pattern is malformed'],
    ['a'.repeat(2000), '.dockerignore line 1: the pattern is longer than 1024 characters'],
    ['a'.repeat(70_000), '.dockerignore line 1: the line is too long'],
    ['a\n'.repeat(1001), '.dockerignore line 1001: more than 1000 patterns'],
    ['[\n[\n[', '.dockerignore line 1: the pattern is malformed'],
  ])('%.20j is one gap', (text, reason) => {
    expect(gapsOf(text).map((gap) => gap.reason)).toEqual([reason]);
  });

  it('leaves the other patterns standing', () => {
    expect(patternsOf('.env\n[\n*.pem')).toEqual(['.env', '*.pem']);
  });
});

it('never throws, and every place lies in the file', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'ab*?[]!#/\\. \t\r\n-^') }), (text) => {
      const { patterns } = read(text);
      for (const { at } of patterns) expectInside(at, text);
      expect(typeof isIgnored(patterns, 'a/b')).toBe('boolean');
    }),
  );
});
