import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { buildDockerSave, buildImage, type ImageContent, sha256 } from '../../src/demo/docker-save.ts';
import { type DockerRegistry, startDockerRegistry } from '../helpers/docker-registry.ts';
import { type JsonReport, parseReport } from '../helpers/json-report.ts';
import { dockerRegistry, need, pathOf, skopeo } from '../helpers/parts.ts';
import { copyPackage, perform, type ShippedPackage } from '../helpers/program.ts';

const parts = [dockerRegistry, skopeo];

let shipped: ShippedPackage;
let place: string;
let registry: DockerRegistry | null = null;
const at = (path: string) => join(place, path);

const content: ImageContent = {
  tag: 'shop/app:1',
  user: '1000',
  steps: [
    { createdBy: '/bin/sh -c #(nop) ADD file:rootfs in / ', files: { 'usr/share/doc/base': 'base' } },
    { createdBy: 'COPY app /app # buildkit', files: { 'app/main': 'program' } },
  ],
};

/** What Trivy says of the image: openssl from the base is fixed elsewhere, zlib nowhere. */
async function reportOn(eosl: boolean): Promise<string> {
  const { layers, config } = await buildImage(content);
  const diffIds = layers.map((layer) => `sha256:${sha256(layer)}`);
  const row = (name: string, id: string, more: object) => ({
    VulnerabilityID: id,
    PkgName: name,
    PkgIdentifier: { PURL: `pkg:deb/debian/${name}@1.0-1?arch=amd64` },
    InstalledVersion: '1.0-1',
    Layer: { DiffID: diffIds[0] },
    ...more,
  });
  return JSON.stringify({
    SchemaVersion: 2,
    ArtifactName: 'app.tar',
    Metadata: {
      OS: { Family: 'debian', Name: '12.5', EOSL: eosl },
      ImageID: `sha256:${sha256(config)}`,
      DiffIDs: diffIds,
    },
    Results: [
      {
        Target: 'app.tar (debian 12.5)',
        Class: 'os-pkgs',
        Packages: [{ Name: 'openssl', Version: '1.0-1' }],
        Vulnerabilities: [
          row('openssl', 'CVE-2099-1', { Severity: 'CRITICAL', FixedVersion: '1.0-2', Status: 'fixed' }),
          row('zlib1g', 'CVE-2099-2', { Severity: 'HIGH', Status: 'will_not_fix' }),
        ],
      },
    ],
  });
}

beforeAll(async () => {
  shipped = await copyPackage();
  place = await mkdtemp(join(tmpdir(), 'hullcheck-newer-base-'));
  if (parts.some((part) => part.path === null)) return;
  await mkdir(at('repository'));
  await mkdir(at('home'));
  await writeFile(at('app.tar'), await buildDockerSave(content));
  await writeFile(at('supported.json'), await reportOn(false));
  await writeFile(at('ended.json'), await reportOn(true));
  registry = await startDockerRegistry();
  for (const tag of ['12', '12.5', '12.11', '12.11-slim', '13.0', 'latest']) {
    const target = `docker://${registry.host}/mirror/debian:${tag}`;
    await perform(pathOf(skopeo), [
      'copy',
      '--quiet',
      '--dest-tls-verify=false',
      `docker-archive:${at('app.tar')}`,
      target,
    ]);
  }
});
afterAll(async () => {
  await registry?.stop();
  await shipped?.remove();
  await rm(place, { recursive: true, force: true });
});

/** The fixes of the report for a Dockerfile whose base is `image`; `HOST` stands for the registry. */
async function fixesFor(
  context: TestContext,
  image: string,
  words: readonly string[] = [],
  report = 'supported.json',
): Promise<readonly string[]> {
  need(context, parts);
  const host = registry?.host ?? '';
  await writeFile(at('repository/Dockerfile'), `FROM ${image.replace('HOST', host)}\nCOPY app /app\nUSER 1000\n`);
  const all = [
    'check',
    '.',
    '--image',
    at('app.tar'),
    '--trivy-report',
    at(report),
    '--scanner',
    'none',
    '--format',
    'json',
  ];
  const environment = { HOME: at('home'), DOCKER_CONFIG: at('home') };
  const { stdout, stderr } = await shipped.hullcheck([...all, ...words], { directory: at('repository'), environment });
  expect(stderr).toBe('');
  const { findings, gaps }: JsonReport = parseReport(stdout);
  expect(gaps).toEqual([]);
  return findings
    .filter(({ ruleId }) => ruleId === 'vulnerable-package' || ruleId === 'end-of-life-os')
    .map(({ fix }) => (fix?.description ?? '').replaceAll(host, 'HOST').replace(/sha256:[0-9a-f]{64}/g, 'DIGEST'));
}

const unplanned = 'Debian does not plan to fix zlib1g: remove it where it is not needed, or triage it with the reason';
const published = ': openssl 1.0-2 is published';

describe('a base image that a rebuild does not renew', () => {
  it.for([
    ['HOST/mirror/debian:12', 'rebuild with --pull'],
    [
      'HOST/mirror/debian:12.5',
      'write `HOST/mirror/debian:12.11` in FROM and rebuild (HOST/mirror/debian:12.5 stays as it was built)',
    ],
    ['HOST/mirror/debian:12.11', 'rebuild with --pull (HOST/mirror/debian:12.11 is the newest tag of its series)'],
    [
      `HOST/mirror/debian:12.5@sha256:${'a'.repeat(64)}`,
      'write `HOST/mirror/debian:12.11@DIGEST` in FROM and rebuild (a digest stays as it was built)',
    ],
    [
      'HOST/nobody/debian:12.5',
      'write a newer tag of HOST/nobody/debian 12 in FROM and rebuild (HOST/nobody/debian:12.5 stays as it was built)',
    ],
  ] as const)('%s is told what to write', async ([image, action], context) => {
    expect(await fixesFor(context, image)).toEqual([`${action}${published}`, unplanned]);
  });

  it('is told in general words with --offline', async (context) => {
    const action =
      'write a newer tag of HOST/mirror/debian 12 in FROM and rebuild (HOST/mirror/debian:12.5 stays as it was built)';
    expect(await fixesFor(context, 'HOST/mirror/debian:12.5', ['--offline'])).toEqual([
      `${action}${published}`,
      unplanned,
    ]);
  });

  it('is told the next series where its own has ended', async (context) => {
    const action = 'write `HOST/mirror/debian:13.0` in FROM and rebuild (debian 12 gets no security updates any more)';
    expect(await fixesFor(context, 'HOST/mirror/debian:12.5', [], 'ended.json')).toEqual([
      `${action}${published}`,
      'base the image on a release of debian that is still supported, such as `HOST/mirror/debian:13.0`',
      action,
    ]);
  });
});
