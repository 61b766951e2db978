import { expect, it } from 'vitest';
import { findRootUser } from '../../src/domain/final-user.ts';
import { parseDockerfile } from '../../src/sources/dockerfile/parse.ts';

/** `line user` of the instruction that decides; null when the image does not run as root, or it cannot be told. */
function decide(text: string, path = 'Dockerfile'): string | null {
  const found = findRootUser(parseDockerfile(path, text.replaceAll('§', '$')).dockerfile);
  return found === null ? null : `${found.instruction.span.line} ${found.user ?? 'none'}`;
}

it.each<[string, string, string | null]>([
  ['no USER', 'FROM a', '1 none'],
  ['no USER in the last stage', 'FROM a AS b\nUSER 1\nFROM c', '3 none'],
  ['the user of the stage it is built on', 'FROM a AS b\nUSER 1\nFROM b', null],
  ['root in the stage it is built on', 'FROM a AS b\nUSER root\nFROM b', '2 root'],
  ['the last one counts', 'FROM a\nUSER 1\nUSER 0:0\n', '3 0:0'],
  ['back to a user', 'FROM a\nUSER root\nUSER app', null],
  ['quoted', 'FROM a\nUSER "root"', '2 root'],
  ['a variable', 'FROM a\nUSER §UID', null],
  ['scratch', 'FROM scratch\nCOPY a /', '1 none'],
  ['a base that is a variable', 'ARG B\nFROM §B', null],
  ['a base that says it sets one', 'FROM gcr.io/distroless/static-debian12:nonroot', null],
  ['a base whose vendor sets one', 'FROM cgr.dev/chainguard/python:3.12', null],
  ['a base on such a stage', 'FROM nginxinc/nginx-unprivileged:1 AS b\nFROM b', null],
  ['Windows', 'FROM mcr.microsoft.com/windows/servercore:ltsc2022', null],
  ['no stage', '# nothing', null],
])('%s', (_, text, expected) => {
  expect(decide(text)).toBe(expected);
});

it.each([
  'tests/Dockerfile',
  'examples/a/Dockerfile',
  'Dockerfile.dev',
  'Dockerfile.test',
  'api/dev.Dockerfile',
  '.devcontainer/Dockerfile',
  'docker/ci.Dockerfile',
])('%s is not shipped: only an explicit root is told', (path) => {
  expect(decide('FROM a', path)).toBeNull();
  expect(decide('FROM a\nUSER root', path)).toBe('2 root');
});

it.each(['Dockerfile', 'api/Dockerfile', 'Dockerfile.prod', 'developer-portal/Dockerfile', 'latest.Dockerfile'])(
  '%s is',
  (path) => {
    expect(decide('FROM a', path)).toBe('1 none');
  },
);
