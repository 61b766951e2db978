import { expect, it } from 'vitest';
import type { Image } from '../../src/domain/image.ts';
import { rootFinalUser } from '../../src/rules/root-final-user.ts';
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
