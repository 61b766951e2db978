import { describe, expect, it } from 'vitest';
import type { ContextCopyEvidence } from '../../src/domain/build-evidence.ts';
import { causeOf, packageKey } from '../../src/domain/cause.ts';
import type { VulnerabilityEvidence } from '../../src/domain/evidence.ts';
import type { PackageLocation } from '../../src/domain/location.ts';
import type { LockedPackageEvidence } from '../../src/domain/package-evidence.ts';
import { tracePins } from '../../src/trace/package-pins.ts';
import { trace } from '../../src/trace/trace.ts';

const span = { line: 1, column: 1, endLine: 1, endColumn: 1 };

function pin(path: string, purl = 'pkg:npm/lodash@4.17.20', line = 7): LockedPackageEvidence {
  const [, name = '', version = ''] = /^pkg:[^/]+\/(.+)@(.+)$/.exec(purl) ?? [];
  const at = { kind: 'file', path, line, column: 1, endLine: line, endColumn: 1 } as const;
  return { kind: 'locked-package', at, manager: 'npm', name, version, purl, isDirect: true, through: [] };
}

function row(purl = 'pkg:npm/lodash@4.17.20', path: string | null = null): VulnerabilityEvidence {
  const [, name = '', version = ''] = /^pkg:[^/]+\/(.+)@([^?]+)/.exec(purl) ?? [];
  return {
    kind: 'vulnerability',
    scanner: 'trivy',
    image: 'app',
    id: 'CVE-2026-1',
    aliases: [],
    package: { name, version, purl },
    fixed: [],
    severity: 'high',
    epss: null,
    kev: false,
    cvss: null,
    diffId: 'sha256:1',
    path,
  };
}

function copy(source: string, target: string | null, likelyFolder = ''): ContextCopyEvidence {
  const at = { kind: 'file', path: 'Dockerfile', ...span } as const;
  return {
    kind: 'context-copy',
    at,
    instruction: 'COPY',
    dockerfile: 'Dockerfile',
    likelyFolder,
    source,
    target,
    excludes: [],
    isFinal: true,
  };
}

function filesOf(
  rows: readonly VulnerabilityEvidence[],
  pins: readonly LockedPackageEvidence[],
  copies: readonly ContextCopyEvidence[] = [],
): readonly string[] {
  const found = tracePins(rows, pins, copies);
  return (found.get(packageKey('app', rows[0]?.package.purl ?? '')) ?? []).map(({ at }) => at.path);
}

const both = [pin('web/package-lock.json'), pin('api/package-lock.json')];

describe('the lockfile line behind a package', () => {
  it.each([
    ['the same', 'pkg:npm/lodash@4.17.20', 'pkg:npm/lodash@4.17.20'],
    ['a scope that the scanner encodes', 'pkg:npm/%40scope/a@1.0.0', 'pkg:npm/@scope/a@1.0.0'],
    ['a name of Python in another spelling', 'pkg:pypi/typing-extensions@4.0', 'pkg:pypi/Typing_Extensions@4.0'],
    ['a module of Go with and without v', 'pkg:golang/golang.org/x/net@0.7.0', 'pkg:golang/golang.org/x/net@v0.7.0'],
    ['qualifiers', 'pkg:gem/rails@7.0.8?platform=ruby', 'pkg:gem/rails@7.0.8'],
  ])('is found by type, name and version: %s', (_, scanned, locked) => {
    expect(filesOf([row(scanned)], [pin('lock', locked)])).toEqual(['lock']);
  });

  it.each([
    ['another version', 'pkg:npm/lodash@4.17.19'],
    ['another type', 'pkg:pypi/lodash@4.17.20'],
    ['a package of the operating system', 'pkg:deb/debian/lodash@4.17.20'],
  ])('is none for %s', (_, scanned) => {
    expect(filesOf([row(scanned)], [pin('lock'), pin('lock', 'pkg:deb/lodash@4.17.20')])).toEqual([]);
  });

  it.each([
    [
      'the folder that was copied',
      [copy('web', '/srv/web'), copy('api', '/srv/api')],
      'srv/api/node_modules/lodash/package.json',
    ],
    [
      'the file that was copied',
      [copy('api/package-lock.json', '/srv/'), copy('web/package-lock.json', '/www')],
      'srv/node_modules/lodash/package.json',
    ],
    [
      'the file that was copied by name',
      [copy('api/package-lock.json', '/srv/package-lock.json')],
      'srv/node_modules/lodash/package.json',
    ],
    [
      'a pattern',
      [copy('api/package*.json', '/srv'), copy('web/package*.json', '/www')],
      'srv/node_modules/lodash/package.json',
    ],
    [
      'a context that is a folder',
      [copy('', '/srv', 'api'), copy('', '/www', 'web')],
      'srv/node_modules/lodash/package.json',
    ],
    ['the whole context', [copy('', '/srv')], 'srv/api/node_modules/lodash/package.json'],
  ])('is the one whose lockfile landed beside the package: %s', (_, copies, path) => {
    expect(filesOf([row(undefined, path)], both, copies)).toEqual(['api/package-lock.json']);
  });

  it.each([
    ['no COPY says where', []],
    ['they landed elsewhere', [copy('web', '/other')]],
    ['the target is not known', [copy('api', null)]],
  ])('is every one where %s', (_, copies) => {
    const found = filesOf([row(undefined, 'srv/node_modules/lodash/package.json')], both, copies);
    expect(found).toEqual(['api/package-lock.json', 'web/package-lock.json']);
  });

  it('is that of go.mod, where go.sum beside it has the module too', () => {
    const purl = 'pkg:golang/golang.org/x/net@v0.7.0';
    expect(filesOf([row(purl)], [pin('a/go.sum', purl), pin('a/go.mod', purl)])).toEqual(['a/go.mod']);
    expect(filesOf([row(purl)], [pin('a/go.sum', purl), pin('b/go.mod', purl)])).toEqual(['a/go.sum', 'b/go.mod']);
  });

  it('comes before the layer, and is less sure where there are several', () => {
    const at: PackageLocation = { kind: 'package', image: 'app', purl: 'pkg:npm/lodash@4.17.20', diffId: 'sha256:1' };
    const causesOf = (pins: readonly LockedPackageEvidence[]) => trace([row(), ...pins], []).causes;
    expect(causeOf(at, causesOf(both))).toMatchObject({
      path: 'api/package-lock.json',
      line: 7,
      instruction: 'lodash 4.17.20',
      confidence: 'medium',
    });
    expect(causeOf(at, causesOf(both.slice(1)))?.confidence).toBe('high');
    expect(causeOf({ ...at, image: 'other' }, causesOf(both))).toBeNull();
  });
});
