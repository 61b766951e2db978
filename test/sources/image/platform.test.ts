import { describe, expect, it } from 'vitest';
import { isChosen, parsePlatform, platformName } from '../../../src/sources/image/platform.ts';

const platform = (text: string) => {
  const [os = '', architecture = '', variant = ''] = text.split('/');
  return { os, architecture, variant };
};

describe('a platform as the user writes it', () => {
  it.each([
    ['linux/amd64', 'linux/amd64'],
    ['linux/x86_64', 'linux/amd64'],
    ['linux/aarch64', 'linux/arm64'],
    ['linux/arm/7', 'linux/arm/v7'],
    ['linux/arm64/v8', 'linux/arm64/v8'],
    ['linux/armhf', 'linux/arm/v7'],
    ['windows/amd64', 'windows/amd64'],
  ])('%s is %s', (text, name) => {
    const parsed = parsePlatform(text);
    expect(parsed === null ? null : platformName(parsed)).toBe(name);
  });

  it.each([
    '',
    'linux',
    'linux/',
    '/amd64',
    'linux/amd64/v1/x',
    'linux amd64',
    'linux/amd64,linux/arm64',
    'Linux/amd64',
  ])('%j is none', (text) => expect(parsePlatform(text)).toBeNull());
});

it.each([
  ['linux/amd64', 'linux/amd64', true],
  ['linux/amd64', 'linux/x86_64', true],
  ['linux/arm64/v8', 'linux/arm64', true],
  ['linux/arm64', 'linux/arm64/v8', true],
  ['linux/arm/v7', 'linux/arm', true],
  ['linux/arm/v6', 'linux/arm', true],
  ['linux/arm/v6', 'linux/arm/v7', false],
  ['linux/arm', 'linux/arm/v7', true],
  ['linux/arm', 'linux/arm/v6', false],
  ['windows/amd64', 'linux/amd64', false],
  ['unknown/unknown', 'linux/amd64', false],
])('%s, when %s is chosen: %j', (own, chosen, expected) => {
  expect(isChosen(platform(own), parsePlatform(chosen))).toBe(expected);
});

it('all are read when none is chosen, and one that does not say', () => {
  expect(isChosen(platform('linux/amd64'), null)).toBe(true);
  expect(isChosen(null, parsePlatform('linux/amd64'))).toBe(true);
});
