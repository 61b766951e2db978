import { describe, expect, it } from 'vitest';
import type { OperatingSystemEvidence } from '../../src/domain/package-evidence.ts';
import { endOfLifeOs } from '../../src/rules/end-of-life-os.ts';

const settings = { images: { minLevel: 'major', overrides: [] } } as const;

function system(more: Partial<OperatingSystemEvidence> = {}): OperatingSystemEvidence {
  return {
    kind: 'operating-system',
    scanner: 'trivy',
    image: 'app.tar',
    name: 'debian 10.13',
    isEndOfLife: true,
    ...more,
  };
}

function check(...evidence: readonly OperatingSystemEvidence[]) {
  return [...endOfLifeOs.check({ causeOf: () => null, of: (() => Object.freeze(evidence)) as never, settings })];
}

describe('flags', () => {
  it('what both scanners say as one finding, by the name that Trivy gives', () => {
    const byGrype = system({ scanner: 'grype', name: 'debian 10' });
    const drafts = check(byGrype, system());
    expect(drafts).toEqual([
      {
        at: { kind: 'image', image: 'app.tar', part: 'os', name: 'debian 10.13' },
        message: 'debian 10.13 is past its end of life and gets no security updates (Trivy and Grype)',
        identity: ['debian 10'],
        fix: { description: 'base the image on a release of debian that is still supported', edits: [] },
      },
    ]);
    expect(check(system(), byGrype)).toEqual(drafts);
    expect(check(byGrype)[0]?.identity).toEqual(drafts[0]?.identity);
  });

  it('what one of them says alone', () => {
    const drafts = check(system({ isEndOfLife: false }), system({ scanner: 'grype', name: 'debian 10' }));
    expect(drafts.map(({ message }) => message)).toEqual([
      'debian 10 is past its end of life and gets no security updates (Grype)',
    ]);
  });

  it.each([
    ['ubuntu 18.04', 'ubuntu 18.04'],
    ['alpine 3.14.2', 'alpine 3.14'],
    ['alpine 3.14', 'alpine 3.14'],
    ['centos 7.9.2009', 'centos 7'],
    ['rhel 7', 'rhel 7'],
    ['arch', 'arch'],
  ])('%s as the release %s', (name, release) => {
    expect(check(system({ name }))[0]?.identity).toEqual([release]);
  });

  it('each image', () => {
    expect(check(system(), system({ image: 'other.tar' }))).toHaveLength(2);
  });
});

describe('passes', () => {
  it('a release that is supported, and no release at all', () => {
    expect(check(system({ isEndOfLife: false }))).toEqual([]);
    expect(check()).toEqual([]);
  });
});
