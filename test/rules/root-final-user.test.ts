import { describe, expect, it } from 'vitest';
import type { DockerfileEvidence } from '../../src/domain/dockerfile.ts';
import type { Image } from '../../src/domain/image.ts';
import { rootFinalUser } from '../../src/rules/root-final-user.ts';
import { parseDockerfile } from '../../src/sources/dockerfile/parse.ts';
import { imageWith } from '../helpers/layer-evidence.ts';
import { viewOf } from '../helpers/model-example.ts';

const messagesFor = (...images: readonly Image[]) =>
  [...rootFinalUser.check(viewOf(images.map((image) => Object.freeze({ kind: 'image' as const, image }))))].map(
    ({ message }) => message,
  );

it.each([
  ['', 'the image sets no USER, so its processes run as root'],
  ['root', 'the image ends with USER root, so its processes run as root'],
  ['0', 'the image ends with USER 0, so its processes run as root'],
  ['0:0', 'the image ends with USER 0:0, so its processes run as root'],
  ['00', 'the image ends with USER 00, so its processes run as root'],
  ['root:users', 'the image ends with USER root:users, so its processes run as root'],
  [':1000', 'the image ends with USER :1000, so its processes run as root'],
])('USER %j is root', (user, message) => {
  expect(messagesFor(imageWith({ user }))).toEqual([message]);
});

it.each(['1000', '1000:0', 'node', 'rooter', '10001:10001', '-1', 'ROOT'])('USER %j is not', (user) => {
  expect(messagesFor(imageWith({ user }))).toEqual([]);
});

it('says it of each image, at its user', () => {
  const view = viewOf([
    { kind: 'image', image: imageWith({ label: 'a.tar' }) },
    { kind: 'image', image: imageWith({ label: 'b.tar', user: '0' }) },
  ]);
  expect([...rootFinalUser.check(view)].map(({ at }) => at)).toEqual([
    { kind: 'image', image: 'a.tar', part: 'user', name: '' },
    { kind: 'image', image: 'b.tar', part: 'user', name: '0' },
  ]);
});

describe('from the Dockerfile alone', () => {
  const dockerfile = (text: string, path = 'Dockerfile') => parseDockerfile(path, text).dockerfile;
  const judge = (image: Image | null, cause: string | null, ...files: readonly DockerfileEvidence[]) => {
    const view = viewOf([...files, ...(image === null ? [] : [{ kind: 'image' as const, image }])]);
    const causeOf = () =>
      cause === null ? null : { path: cause, line: 1, endLine: 1, instruction: 'FROM a', confidence: 'high' as const };
    return [...rootFinalUser.check({ ...view, causeOf })].map(({ at, message, confidence }) => {
      const where = at.kind === 'file' ? `${at.path}:${at.line}` : at.kind;
      return `${where} ${confidence ?? 'high'} ${message}`;
    });
  };

  it('says what it sees, and how sure it is', () => {
    expect(judge(null, null, dockerfile('FROM a\nUSER 0'), dockerfile('FROM b', 'b/Dockerfile'))).toEqual([
      'Dockerfile:2 high the Dockerfile ends with USER 0, so the image runs as root',
      'b/Dockerfile:1 medium the last stage sets no USER, so the image runs as root unless its base sets one',
    ]);
  });

  it('an image of it tells more, and only one of the two reports', () => {
    const root = 'image high the image sets no USER, so its processes run as root';
    expect(judge(imageWith(), 'Dockerfile', dockerfile('FROM a'))).toEqual([root]);
    expect(judge(imageWith({ user: '1000' }), 'Dockerfile', dockerfile('FROM a'))).toEqual([]);
    expect(judge(imageWith(), 'Dockerfile', dockerfile('FROM a', 'b/Dockerfile'))).toHaveLength(2);
  });
});
