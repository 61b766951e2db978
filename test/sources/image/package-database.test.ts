import { describe, expect, it } from 'vitest';
import { findOrigins, isPackageDatabase, readPackageDatabase } from '../../../src/sources/image/package-database.ts';

const dpkg = `Package: bash
Status: install ok installed
Source: bash (5.2.15-2)
Version: 5.2.15-2+b8
Description: shell
 Package: not this one

Package: removed
Status: deinstall ok config-files
Version: 1.0

Package: libssl3
Status: install ok installed
Version: 3.0.11-1~deb12u2
`;

describe('package databases', () => {
  it.each([
    ['var/lib/dpkg/status', true],
    ['var/lib/dpkg/status.d/tzdata', true],
    ['lib/apk/db/installed', true],
    ['usr/lib/apk/db/installed', true],
    ['var/lib/rpmmanifest/container-manifest-2', true],
    ['var/lib/rpmmanifest/container-manifest-1', false],
    ['var/lib/dpkg/status-old', false],
    ['var/lib/dpkg/status.d/tzdata.md5sums', false],
    ['app/var/lib/dpkg/status', false],
  ])('are told by their path: %s', (path, expected) => {
    expect(isPackageDatabase(path)).toBe(expected);
  });

  it('of dpkg list what is installed', () => {
    expect(readPackageDatabase('var/lib/dpkg/status', dpkg)).toEqual([
      { type: 'deb', name: 'bash', version: '5.2.15-2+b8' },
      { type: 'deb', name: 'libssl3', version: '3.0.11-1~deb12u2' },
    ]);
  });

  it('of distroless images hold one package without a status', () => {
    expect(readPackageDatabase('var/lib/dpkg/status.d/tzdata', 'Package: tzdata\nVersion: 2024a-0\n')).toEqual([
      { type: 'deb', name: 'tzdata', version: '2024a-0' },
    ]);
  });

  it('of apk list packages by one-letter fields', () => {
    const text = 'C:Q1=\nP:musl\nV:1.2.4-r2\nA:x86_64\n\nC:Q1=\nP:libcrypto3\nV:3.1.4-r5\no:openssl\n\n';
    expect(readPackageDatabase('lib/apk/db/installed', text)).toEqual([
      { type: 'apk', name: 'musl', version: '1.2.4-r2' },
      { type: 'apk', name: 'libcrypto3', version: '3.1.4-r5' },
    ]);
  });

  it('of Azure Linux without rpm list one package a line', () => {
    const line = (...words: readonly string[]) => words.join('\t');
    const text = [
      line(
        'bash',
        '5.1.8-1.cm2',
        '1653816587',
        '1653753130',
        'Vendor',
        '(none)',
        '6571424',
        'x86_64',
        '0',
        'bash-5.1.8-1.cm2.src.rpm',
      ),
      line('bind-libs', '9.16.37-1.cm2', '1', '2', 'Vendor', '32', '3', 'x86_64', '32', 'bind-9.16.37-1.cm2.src.rpm'),
      line('cut', '1'),
      '',
    ].join('\n');
    expect(readPackageDatabase('var/lib/rpmmanifest/container-manifest-2', text)).toEqual([
      { type: 'rpm', name: 'bash', version: '5.1.8-1.cm2' },
      { type: 'rpm', name: 'bind-libs', version: '32:9.16.37-1.cm2' },
    ]);
  });

  it.each(['', '\n\n\n', 'Package:', 'Version: 1', 'x'.repeat(100)])('of another form list nothing: %j', (text) => {
    expect(readPackageDatabase('var/lib/dpkg/status', text)).toEqual([]);
  });

  it('name the first layer that has a version of a package', () => {
    const layer = (diffId: string, ...versions: readonly string[]) => ({
      diffId,
      installed: versions.map((version) => ({ type: 'deb' as const, name: 'bash', version })),
    });
    const origins = findOrigins('app', [layer('a'), layer('b', '1'), layer('c', '1', '2'), layer('d', '2')]);
    expect(origins.map(({ version, diffId }) => [version, diffId])).toEqual([
      ['1', 'b'],
      ['2', 'c'],
    ]);
  });
});
