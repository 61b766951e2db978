import { describe, expect, it } from 'vitest';
import {
  contextFolders,
  findIgnoreFile,
  holdBack,
  namesFile,
  pathBeforeCopy,
  pathInContext,
  takesFile,
} from '../../src/domain/build-context.ts';
import type { ContextCopyEvidence, IgnoreFileEvidence } from '../../src/domain/build-evidence.ts';
import { fileLocation, fileStart } from '../../src/domain/location.ts';

function copy(source: string, change: Partial<ContextCopyEvidence> = {}): ContextCopyEvidence {
  return {
    kind: 'context-copy',
    at: fileLocation('Dockerfile', fileStart),
    instruction: 'COPY . .',
    dockerfile: 'Dockerfile',
    likelyFolder: '',
    source,
    target: '/app',
    excludes: [],
    isFinal: true,
    ...change,
  };
}

function ignoreFile(path: string, change: Partial<IgnoreFileEvidence> = {}): IgnoreFileEvidence {
  return {
    kind: 'ignore-file',
    path,
    at: fileLocation(path, fileStart),
    patterns: [],
    directory: '',
    dockerfile: null,
    lastLine: { line: 3, text: 'dist' },
    ...change,
  };
}

it.each([
  ['', '.env', '.env'],
  ['api', 'api/.env', '.env'],
  ['api', 'apix/.env', null],
  ['api', 'api', null],
])('in the context %j %s is %s', (folder, path, expected) => {
  expect(pathInContext(folder, path)).toBe(expected);
});

describe('the folders a Dockerfile is built in', () => {
  const build = (dockerfile: string, folder: string | null) =>
    ({ kind: 'image-build', dockerfile, folder, contexts: [] }) as const;

  it.each([
    ['the likely one', [], ['']],
    [
      'those that builds name',
      [build('Dockerfile', 'a'), build('Dockerfile', 'b'), build('Dockerfile', 'a')],
      ['a', 'b'],
    ],
    ['not those of another', [build('x/Dockerfile', 'a')], ['']],
    ['not what is not known', [build('Dockerfile', null)], ['']],
  ])('%s', (_, builds, expected) => {
    expect(contextFolders(copy(''), builds)).toEqual(expected);
  });
});

it("a Dockerfile's own ignore file takes the place of the context's", () => {
  const own = ignoreFile('Dockerfile.dockerignore', { dockerfile: 'Dockerfile' });
  const general = ignoreFile('.dockerignore');
  const other = ignoreFile('a/.dockerignore', { directory: 'a' });
  expect(findIgnoreFile('Dockerfile', '', [general, other, own])).toBe(own);
  expect(findIgnoreFile('x/Dockerfile', '', [other, general, own])).toBe(general);
  expect(findIgnoreFile('x/Dockerfile', 'x', [general, other, own])).toBeNull();
});

it.each<[string, string, string, boolean]>([
  ['everything', '', 'a/.env', true],
  ['its folder', 'a', 'a/b/.env', true],
  ['another folder', 'a', 'ab/.env', false],
  ['the file', 'a/.env', 'a/.env', true],
  ['a pattern', '*', '.env', true],
  ['a pattern for its folder', 'a*', 'ab/.env', true],
  ['a pattern for others', '*.py', '.env', false],
])('a copy of %s', (_, source, path, expected) => {
  expect(takesFile(copy(source), path)).toBe(expected);
});

it.each<[string, string, string, boolean]>([
  ['', '.env', '.env', false],
  ['', '.env', 'a/.env', true],
  ['a', '.env', 'a/.env', false],
  ['a', '**/.env', 'a/b/.env', false],
  ['*', '.env', '.env', false],
])('a copy of %j excluding %s', (source, text, path, expected) => {
  expect(takesFile(copy(source, { excludes: [{ text, isNegated: false }] }), path)).toBe(expected);
});

it('names a file only by its path', () => {
  expect([namesFile(copy('.env'), '.env'), namesFile(copy('.env*'), '.env'), namesFile(copy(''), '.env')]).toEqual([
    true,
    false,
    false,
  ]);
});

it.each<[string, string | null, string, string | null]>([
  ['', '/app', 'app/.env', '.env'],
  ['', '/', 'a/.env', 'a/.env'],
  ['api', '/srv', 'srv/x/.env', 'api/x/.env'],
  ['api/.env', '/srv/.env', 'srv/.env', 'api/.env'],
  ['conf/*', '/srv', 'srv/.env', 'conf/.env'],
  ['', '/app', 'etc/.env', null],
  ['', null, 'app/.env', null],
])('copied from %j to %s, %s was %s', (source, target, imagePath, expected) => {
  expect(pathBeforeCopy(copy(source, { target }), imagePath)).toBe(expected);
});

describe('holding files back', () => {
  it('adds a pattern for each name to the end of the file', () => {
    expect(holdBack('', ignoreFile('.dockerignore'), ['.env', 'a/.env', 'a/prod.env'])).toEqual({
      description: 'add `**/.env`, `**/prod.env` to the end of .dockerignore',
      edits: [{ path: '.dockerignore', line: 3, endLine: 3, newText: 'dist\n**/.env\n**/prod.env' }],
    });
  });

  it('writes over an empty last line', () => {
    const file = ignoreFile('.dockerignore', { lastLine: { line: 1, text: '' } });
    expect(holdBack('', file, ['.env']).edits).toEqual([
      { path: '.dockerignore', line: 1, endLine: 1, newText: '**/.env' },
    ]);
  });

  it('creates the file of the context', () => {
    expect(holdBack('api', null, ['x[1]*.env'])).toEqual({
      description: 'create api/.dockerignore with `**/x\\[1\\]\\*.env`',
      edits: [{ path: 'api/.dockerignore', line: 1, endLine: 0, newText: '**/x\\[1\\]\\*.env' }],
    });
  });
});
