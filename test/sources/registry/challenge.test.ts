import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseChallenges } from '../../../src/sources/registry/challenge.ts';

const plain = (header: string) =>
  parseChallenges(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);

describe('challenges of a header', () => {
  it.each<[string, readonly unknown[]]>([
    [
      'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push"',
      [
        [
          'bearer',
          {
            realm: 'https://auth.docker.io/token',
            service: 'registry.docker.io',
            scope: 'repository:a/b:pull,push',
          },
        ],
      ],
    ],
    [
      'Bearer realm="https://a/t", service="s", Basic realm="b"',
      [
        ['bearer', { realm: 'https://a/t', service: 's' }],
        ['basic', { realm: 'b' }],
      ],
    ],
    [
      'Basic realm="b", Bearer realm="https://a/t"',
      [
        ['basic', { realm: 'b' }],
        ['bearer', { realm: 'https://a/t' }],
      ],
    ],
    ['BASIC Realm = "quoted \\"name\\""', [['basic', { realm: 'quoted "name"' }]]],
    [
      'Negotiate, Basic realm=plain',
      [
        ['negotiate', {}],
        ['basic', { realm: 'plain' }],
      ],
    ],
    [', ,Bearer realm="a"', [['bearer', { realm: 'a' }]]],
    ['Bearer realm="first", realm="second"', [['bearer', { realm: 'first' }]]],
    [
      'Bearer realm="open',
      [
        ['bearer', {}],
        ['realm', {}],
      ],
    ],
    ['', []],
    ['"', []],
  ])('%s', (header, expected) => {
    expect(plain(header)).toEqual(expected);
  });

  it('never fails and never takes long', () => {
    const started = performance.now();
    parseChallenges(`Bearer ${'a="\\'.repeat(100_000)}`);
    parseChallenges(`${'a '.repeat(100_000)}"`);
    expect(performance.now() - started).toBeLessThan(1000);
    fc.assert(fc.property(fc.string(), (header) => void parseChallenges(header)));
  });
});
