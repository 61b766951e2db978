import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareVersions } from '../../../src/domain/version/compare.ts';

/** Versions in rising order; those in one string, separated by ` = `, are equal. */
const rising: Readonly<Record<string, readonly string[]>> = {
  deb: [
    '1.0~~',
    '1.0~~a',
    '1.0~',
    '1.0~beta1-1',
    '1.0 = 1.0-0 = 0:1.0',
    '1.0-1~bpo12+1',
    '1.0-1',
    '1.0-1+b1',
    '1.0-1+deb12u1',
    '1.0-1+deb12u10',
    '1.0a',
    '1.0+dfsg-1',
    '1.0.1-1',
    '1.9',
    '1.10 = 1.010',
    '2.36-9+deb12u4',
    '12.2.0-14',
    '20230311-1',
    '99999999999999999999999-1',
    '100000000000000000000000-1',
    '1:0.1',
    '1:2.38.1-5+deb12u1',
    '2:0',
  ],
  rpm: [
    '1.0~rc1-1',
    '1.0~rc2-1',
    '1.0-1 = 0:1.0-1 = 1.0-1_ = 1.00-1',
    '1.0-1.el9',
    '1.0-1.el9_4',
    '1.0-1.el9_4.1',
    '1.0-2',
    '1.0^20240101git-1',
    '1.0a-1',
    '1.0.1-1',
    '1.5-1',
    '1.10-1',
    '3.0.7-27.el9',
    '3.0.7-28.el9_4',
    '1:1.1.1k-12.el8_9',
    '1:3.0-1',
    '2:0-1',
  ],
  apk: [
    '1.0_alpha',
    '1.0_alpha2',
    '1.0_beta',
    '1.0_pre1',
    '1.0_rc1',
    '1.0_rc1-r1',
    '1.0',
    '1.0-r0',
    '1.0-r1',
    '1.0-r10',
    '1.0_git20240101-r0',
    '1.0_p1-r0',
    '1.0a-r0',
    '1.0b-r0',
    '1.0.01',
    '1.0.1-r0',
    '1.2.9-r0',
    '1.2.10-r0',
    '3.1.4-r5',
    '3.1.4-r6',
    '3.3.2-r0',
  ],
  npm: [
    '0.9.0',
    '1.0.0-0',
    '1.0.0-alpha',
    '1.0.0-alpha.1',
    '1.0.0-alpha.beta',
    '1.0.0-beta.2',
    '1.0.0-beta.11',
    '1.0.0-rc.1',
    '1.0.0 = v1.0.0 = 1.0.0+build = 1',
    '1.0.1',
    '1.9.0',
    '1.10.0',
    '4.17.20',
    '4.17.21',
    '10.0.0',
  ],
  golang: [
    'v0.0.0-20200622213623-75b288015ac9',
    'v0.0.0-20220314234659-1baeb1ce4c0b',
    'v0.17.0',
    'go1.22beta1',
    'go1.22rc1',
    'go1.22rc2',
    'go1.22 = 1.22.0 = v1.22',
    'go1.22.1',
    '1.22.10',
    'v2.0.0+incompatible = v2.0.0',
  ],
  pypi: [
    '1.0.dev1',
    '1.0a1.dev1',
    '1.0a1 = 1.0alpha1 = 1.0.a.1',
    '1.0a2',
    '1.0b1',
    '1.0rc1 = 1.0c1 = 1.0-preview1',
    '1.0 = 1.0.0 = v1.0',
    '1.0+abc.5',
    '1.0+abc.7',
    '1.0+5',
    '1.0.post1.dev0',
    '1.0.post1 = 1.0-1 = 1.0.r1',
    '1.0.1',
    '1.9',
    '1.10',
    '2024.7.4',
    '1!0.1',
  ],
  maven: [
    '1.0-alpha-1 = 1.0a1 = 1.0-alpha1',
    '1.0-beta-1',
    '1.0-milestone-1 = 1.0-m1',
    '1.0-rc1 = 1.0-cr1',
    '1.0-SNAPSHOT',
    '1.0 = 1 = 1.0.0 = 1.0-ga = 1.0.Final = 1-0',
    '1.0-sp1',
    '1.0-abc',
    '1.0-jre',
    '1.0-1',
    '1.0.1-rc1',
    '1.0.1',
    '2.9.10.8',
    '2.13.4.2',
    '2.14.1',
    '2.17.0',
  ],
  gem: ['1.0.a', '1.0.b2', '1.0.rc1', '1.0 = 1 = 1.0.0', '1.0.1', '1.9', '1.10', '7.0.8.1'],
  composer: [
    '1.0.0-dev',
    '1.0.0-alpha1',
    '1.0.0-beta2',
    '1.0.0-beta10',
    '1.0.0-RC1',
    '1.0.0 = v1.0.0 = 1.0',
    '1.0.0-p1',
    '1.0.1',
  ],
};

const pairs = Object.entries(rising).flatMap(([type, groups]) => {
  const ranked = groups.flatMap((group, rank) => group.split(' = ').map((text) => ({ text, rank })));
  return ranked.flatMap((a) => ranked.map((b) => [type, a.text, b.text, Math.sign(a.rank - b.rank)] as const));
});

describe('versions', () => {
  it.each(Object.keys(rising))('of %s are in their order, each against each', (type) => {
    const wrong = pairs
      .filter((pair) => pair[0] === type)
      .filter(([, a, b, expected]) => Math.sign(compareVersions(type, a, b) ?? Number.NaN) !== expected)
      .map(([, a, b, expected]) => `${a} against ${b} should be ${expected}, is ${compareVersions(type, a, b)}`);
    expect(wrong).toEqual([]);
  });

  it.each([
    ['npm', 'latest', '1.0.0'],
    ['pypi', '1.0', 'unknown'],
    ['apk', '1.0-1', '1.0-r1'],
    ['gem', '', '1.0'],
    ['generic', '1.0', '1.1'],
    ['npm', '1'.repeat(600), '1'],
  ])('of %s that cannot be compared: %s, %s', (type, a, b) => {
    expect(compareVersions(type, a, b)).toBeNull();
  });

  it('of any text never throw and are turned around with their order', () => {
    const text = fc.oneof(fc.string(), fc.stringMatching(/^[0-9a-z.~^+_:!-]{0,30}$/));
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(rising)), text, text, (type, a, b) => {
        const [forth, back] = [compareVersions(type, a, b), compareVersions(type, b, a)];
        expect(forth === null ? null : Math.sign(forth) + 0).toBe(back === null ? null : -Math.sign(back) + 0);
      }),
    );
  });
});
