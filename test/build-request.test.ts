import { describe, expect, it } from 'vitest';
import { buildRequest } from '../src/build-request.ts';
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

  it.each([
    [{ platform: 'arm64' }, '--platform arm64 is no platform', 'write it as linux/amd64 or linux/arm/v7'],
    [{ 'spool-limit': '0' }, '--spool-limit 0 is no number of GiB', 'use a whole number from 1 to 1000000'],
    [{ 'spool-limit': '1e3' }, '--spool-limit 1e3 is no number of GiB', 'use a whole number from 1 to 1000000'],
    [{ 'scanner-timeout': '361' }, '--scanner-timeout 361 is no number of minutes', 'use a whole number from 1 to 360'],
  ])('%j is a mistake', async (values, message, hint) => {
    await expect(requestWith(values)).rejects.toMatchObject({ message, hint });
  });
});

it.each([
  ['registry:python:3.12', 'registry', 'python:3.12'],
  ['docker-daemon:app', 'docker-daemon', 'app'],
])('%s names an image, not a path', async (image, transport, target) => {
  expect((await requestWith({ image })).images).toEqual([{ text: image, transport, target }]);
});
