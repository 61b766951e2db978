import { describe, expect, it } from 'vitest';
import { type Cause, type Causes, diffIdKey, layerKey, packageKey } from '../../src/domain/cause.ts';
import type { Evidence } from '../../src/domain/evidence.ts';
import type { SbomComponent, ScannerSbom } from '../../src/domain/sbom.ts';
import { attributeSboms } from '../../src/trace/attribute-sbom.ts';
import { fakeImage } from '../helpers/fake-scanner.ts';

const image = fakeImage('app.tar', 'a');
const [base = '', top = ''] = image.layers.map(({ diffId }) => diffId);
const from: Cause = { path: 'Dockerfile', line: 1, endLine: 1, instruction: 'FROM debian:12', confidence: 'high' };
const install: Cause = { path: 'Dockerfile', line: 4, endLine: 4, instruction: 'RUN npm ci', confidence: 'medium' };
const at = { kind: 'file', path: 'package-lock.json', line: 15, column: 1, endLine: 17, endColumn: 1 } as const;
const lodash = { name: 'lodash', version: '4.17.20', purl: 'pkg:npm/lodash@4.17.20' };
const pin = { kind: 'locked-package', at, manager: 'npm', ...lodash, isDirect: true, through: [] } as const;

const causes: Causes = {
  layers: new Map([
    [layerKey('app.tar', 0), from],
    [layerKey('app.tar', 1), install],
  ]),
  paths: new Map(),
  settings: new Map(),
  layerByDiffId: new Map([
    [diffIdKey('app.tar', base), 0],
    [diffIdKey('app.tar', top), 1],
  ]),
  // Of findings: an SBOM has its own.
  pins: new Map([[packageKey('app.tar', 'pkg:npm/minimist@1.2.0'), [pin]]]),
};
const evidence: readonly Evidence[] = [
  { kind: 'image', image },
  { kind: 'package-origin', image: 'app.tar', type: 'deb', name: 'bash', version: '1:5.2.15', diffId: base },
  pin,
];

function component(purl: string, diffId: string | null): SbomComponent {
  const [, name = '', version = ''] = /^pkg:.+\/([^/]+)@([^?]+)/.exec(purl) ?? [];
  return { written: {}, properties: [], package: { name, version, purl }, diffId, path: null };
}

const file: SbomComponent = { written: { type: 'file' }, properties: [], package: null, diffId: null, path: null };

function attribute(components: readonly SbomComponent[], label = 'app.tar') {
  const sbom: ScannerSbom = { image: label, scanner: 'trivy', written: {}, metadata: {}, components };
  return attributeSboms([sbom], evidence, causes);
}

describe('the packages of an SBOM', () => {
  it('are joined to the layer the scanner says, its instruction, and the lockfile', () => {
    const [found] = attribute([file, component(lodash.purl, top), component('pkg:npm/minimist@1.2.0', top)]);
    expect(found).toMatchObject({ image, unattributed: 0, redacted: 0 });
    expect(found?.causes).toEqual([
      null,
      { layer: { index: 1, diffId: top }, instruction: install, pins: [pin] },
      { layer: { index: 1, diffId: top }, instruction: install, pins: [] },
    ]);
  });

  it('are joined to the layer the package databases say, where the scanner says none', () => {
    const [found] = attribute([component('pkg:deb/debian/bash@5.2.15?arch=amd64', null)]);
    expect(found?.causes).toEqual([{ layer: { index: 0, diffId: base }, instruction: from, pins: [] }]);
  });

  it('have no layer where nobody knows it, or it is none of the image', () => {
    const [found] = attribute([
      component('pkg:deb/debian/tar@1', null),
      component('pkg:npm/tar@1', `sha256:${'f'.repeat(64)}`),
    ]);
    const unknown = { layer: null, instruction: null, pins: [] };
    expect(found?.causes).toEqual([unknown, unknown]);
  });

  it('are looked up until there are too many, which is counted', () => {
    const many = Array.from({ length: 100_002 }, () => component(lodash.purl, top));
    const [found] = attribute([file, ...many]);
    expect(found?.unattributed).toBe(2);
    expect(found?.causes.at(100_000)).not.toBeNull();
    expect(found?.causes.at(100_001)).toBeNull();
  });
});
