import { readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { redactSbom } from '../src/redaction.ts';
import type { SbomTarget } from '../src/request.ts';
import { createRedactor } from '../src/sources/secret/redactor.ts';
import { writeSboms } from '../src/write-sboms.ts';
import { hostOn, inFolder } from './helpers/check-example.ts';
import { fakeImage } from './helpers/fake-scanner.ts';
import { reportOf } from './helpers/sample-report.ts';
import { attributed, trivyComponent, trivySbom } from './helpers/sample-sbom.ts';

const document = trivySbom([trivyComponent('pkg:npm/lodash@4.17.20')]);
const sbomOf = (label: string) => attributed(document, { image: fakeImage(label, 'a') });

async function write(labels: readonly string[], target: SbomTarget) {
  const report = reportOf([], { sboms: labels.map(sbomOf) });
  return await writeSboms(report, [target], hostOn());
}

describe('SBOM files', () => {
  it('have the name that was given', async () => {
    await inFolder(async (folder) => {
      const path = join(folder, 'new/sbom.json');
      expect(await write(['app.tar'], { path, given: 'new/sbom.json', isFolder: false })).toEqual([path]);
      expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ bomFormat: 'CycloneDX' });
      expect(await readdir(join(folder, 'new'))).toEqual(['sbom.json']);
    });
  });

  it('have a name per image in a folder, out of which no label leads', async () => {
    await inFolder(async (folder) => {
      const labels = [
        '../../etc/passwd',
        'x.tar#linux/arm64',
        'X.tar#linux/arm64',
        '..',
        `${'y'.repeat(300)}.tar`,
        '漢',
      ];
      await write(labels, { path: join(folder, 'out'), given: 'out/', isFolder: true });
      expect((await readdir(folder)).sort()).toEqual(['out']);
      expect((await readdir(join(folder, 'out'))).sort()).toEqual(
        [
          'etc-passwd.cdx.json',
          'x.tar-linux-arm64.cdx.json',
          'X.tar-linux-arm64-2.cdx.json',
          'image.cdx.json',
          `${'y'.repeat(96)}.tar.cdx.json`,
          'image-2.cdx.json',
        ].sort(),
      );
    });
  });

  it('are written through no link', async () => {
    await inFolder(async (folder) => {
      const [victim, path] = [join(folder, 'victim'), join(folder, 'sbom.json')];
      await writeFile(victim, 'untouched');
      await symlink(victim, path);
      await write(['app.tar'], { path, given: 'sbom.json', isFolder: false });
      expect(await readFile(victim, 'utf8')).toBe('untouched');
    });
  });

  it('that cannot be written are a mistake in one sentence', async () => {
    await inFolder(async (folder) => {
      await writeFile(join(folder, 'file'), '');
      const target = { path: join(folder, 'file/sbom.json'), given: 'file/sbom.json', isFolder: false };
      await expect(write(['app.tar'], target)).rejects.toMatchObject({
        message: expect.stringMatching(/^the SBOM file\/sbom\.json /),
        hint: 'give --output cyclonedx= a path that can be written',
      });
    });
  });
});

it('a secret in a label or an instruction is blanked, and nothing else is touched', () => {
  const secret = ['correct', 'horse', 'battery'].join('-');
  const token = ['sk', 'live', 'x'.repeat(24)].join('_');
  const redactor = createRedactor();
  redactor.learn(secret);
  const labelled = trivySbom([trivyComponent('pkg:npm/lodash@4.17.20')], {
    'aquasecurity:trivy:Labels:password': secret,
    'aquasecurity:trivy:Labels:vendor': 'me',
  });
  const instruction = { path: 'Dockerfile', line: 1, endLine: 1, instruction: `RUN TOKEN=${token} x` } as const;
  const causes = [{ layer: null, instruction: { ...instruction, confidence: 'high' as const }, pins: [] }];
  const shown = redactSbom(attributed(labelled, { causes }), redactor);
  expect(shown.redacted).toBe(1);
  expect(shown.causes[0]?.instruction?.instruction).toBe('RUN TOKEN=*** x');
  expect(shown.sbom.metadata).toEqual({
    ...labelled.metadata,
    component: {
      ...labelled.metadata.component,
      properties: [
        { name: 'aquasecurity:trivy:Labels:password', value: '***' },
        { name: 'aquasecurity:trivy:Labels:vendor', value: 'me' },
      ],
    },
  });
});
