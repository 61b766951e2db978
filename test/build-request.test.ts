import { describe, expect, it } from 'vitest';
import { buildRequest } from '../src/build-request.ts';
import { defaultLimits } from '../src/domain/image-limits.ts';
import { hostOn, inFolder } from './helpers/check-example.ts';

/** The request behind these options, or the message and hint of the mistake. */
async function requestWith(values: Readonly<Record<string, string>>) {
  return await inFolder(async (folder) => {
    const options = new Map(Object.entries(values).map(([flag, value]) => [flag, [value]]));
    const origin = {
      values: options,
      directory: '.',
      workingFolder: folder,
      isPullRequest: false,
      isCacheWritten: true,
    };
    return await buildRequest(origin, hostOn());
  });
}

describe('how images are read', () => {
  it('is all platforms and 64 GiB of temporary space by default', async () => {
    expect(await requestWith({})).toMatchObject({ platform: null, spoolLimit: 64 * 1024 ** 3 });
  });

  it('can be chosen', async () => {
    expect(await requestWith({ platform: 'linux/aarch64', 'spool-limit': '2' })).toMatchObject({
      platform: { os: 'linux', architecture: 'arm64', variant: '' },
      spoolLimit: 2 * 1024 ** 3,
    });
  });

  it('has limits that can be raised', async () => {
    expect((await requestWith({})).imageLimits).toEqual(defaultLimits);
    expect((await requestWith({ 'image-limit': 'ratio=500' })).imageLimits).toEqual({ ...defaultLimits, ratio: 500 });
  });

  it.each([
    [{ platform: 'arm64' }, '--platform arm64 is no platform', 'write it as linux/amd64 or linux/arm/v7'],
    [{ 'spool-limit': '0' }, '--spool-limit 0 is no number of GiB', 'use a whole number from 1 to 1000000'],
    [{ 'spool-limit': '1e3' }, '--spool-limit 1e3 is no number of GiB', 'use a whole number from 1 to 1000000'],
    [
      { 'image-limit': 'ratio' },
      '--image-limit ratio sets no limit',
      'write --image-limit NAME=NUMBER, e.g. --image-limit ratio=500',
    ],
    [{ 'image-limit': 'ratio=0' }, '--image-limit 0 is no number of ratio', 'use a whole number from 1 to 1000000000'],
    [
      { 'image-limit': 'rato=5' },
      '--image-limit rato is not known',
      'use one of entries, path-length, path-mib, all-paths-mib, unpacked-gib, ratio, findings, images, layers, archive-files, document-mib',
    ],
    [{ 'scanner-timeout': '361' }, '--scanner-timeout 361 is no number of minutes', 'use a whole number from 1 to 360'],
  ])('%j is a mistake', async (values, message, hint) => {
    await expect(requestWith(values)).rejects.toMatchObject({ message, hint });
  });
});

describe('where SBOMs go', () => {
  const image = 'app.tar';

  it('is a file, or a folder that is there or ends in a slash', async () => {
    const targets = async (output: string) => (await requestWith({ image, output })).sbomTargets;
    expect(await targets('cyclonedx=sbom.json')).toMatchObject([{ given: 'sbom.json', isFolder: false }]);
    expect(await targets('cyclonedx=sboms/')).toMatchObject([{ given: 'sboms/', isFolder: true }]);
    expect(await targets('cyclonedx=.')).toMatchObject([{ given: '.', isFolder: true }]);
    expect(await targets('json=report.json')).toEqual([]);
  });

  it.each([
    [{}, 'asks for the SBOM of an image, and no image is given', 'name the image with --image'],
    [{ image, scanner: 'none' }, 'nobody can make it: no scanner is chosen', 'use --scanner trivy or --trivy-report'],
    [
      { image, scanner: 'grype', 'grype-report': 'g.json' },
      'nobody can make it: a Grype report lists only vulnerable packages',
      'use --scanner trivy or --trivy-report',
    ],
  ])('%j is a mistake', async (values, message, hint) => {
    const error = { message: expect.stringContaining(message), hint };
    await expect(requestWith({ ...values, output: 'cyclonedx=sbom.json' })).rejects.toMatchObject(error);
  });

  it('is a folder for several images', async () => {
    const values = new Map([
      ['image', ['a.tar', 'b.tar']],
      ['output', ['cyclonedx=sbom.json']],
    ]);
    const origin = { values, directory: '.', workingFolder: '/', isPullRequest: false, isCacheWritten: true };
    await expect(buildRequest(origin, hostOn())).rejects.toMatchObject({
      message: '--output cyclonedx=sbom.json is one file, and 2 images are given',
      hint: 'end the path in / for a folder with a file per image',
    });
  });
});

it.each([
  ['registry:python:3.12', 'registry', 'python:3.12'],
  ['docker-daemon:app', 'docker-daemon', 'app'],
])('%s names an image, not a path', async (image, transport, target) => {
  expect((await requestWith({ image })).images).toEqual([{ text: image, transport, target }]);
});
