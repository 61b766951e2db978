import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildImage } from '../../src/demo/docker-save.ts';
import { writeGrypeDatabase } from '../helpers/advisory-database/grype-database.ts';
import { writeTrivyDatabase } from '../helpers/advisory-database/trivy-database.ts';
import { withRegistry } from '../helpers/fake-registry.ts';
import { addImage, collectBlobs } from '../helpers/image-forms.ts';
import { checkOpenVex } from '../helpers/openvex-check.ts';
import { go, grype, need, pathOf, trivy } from '../helpers/parts.ts';
import { copyPackage, perform, type ShippedPackage } from '../helpers/program.ts';
import { planted } from '../helpers/scanned-app.ts';

/** What `policy export` writes, read by the real scanners over a real image: they leave out what the policy does. */

let shipped: ShippedPackage;
let place: string;
const at = (path: string) => join(place, path);

/** One accepted for one package, one for all, one that is for another version than the image has. */
const policy = `triage:
  - { advisory: CVE-2099-0002, package: "pkg:npm/lodash@4.17.20", reason: never called, expires: DAY }
  - { advisory: CVE-2099-0003, reason: vulnerable_code_not_in_execute_path, expires: DAY }
  - { advisory: CVE-2099-0004, package: "pkg:npm/minimist@9.9.9", reason: r, expires: DAY }
`;

beforeAll(async () => {
  shipped = await copyPackage();
  place = await mkdtemp(join(tmpdir(), 'hullcheck-exports-'));
  const day = new Date(Date.now() + 20 * 86_400_000).toISOString().slice(0, 10);
  const byGithub = policy
    .replace(planted.lodash.cve, planted.lodash.ghsa)
    .replace(planted.requests.cve, planted.requests.ghsa);
  await writeFile(at('.hullcheck.yml'), policy.replaceAll('DAY', day));
  await writeFile(at('by-github.yml'), byGithub.replaceAll('DAY', day));
  if (trivy.path === null || grype.path === null) return;
  const advisories = [planted.lodash, planted.requests, planted.minimist];
  await writeTrivyDatabase(at('trivy'), advisories, new Date());
  await writeGrypeDatabase(at('grype'), advisories, new Date());
});
afterAll(async () => {
  await shipped?.remove();
  await rm(place, { recursive: true, force: true });
});

/** An image with an npm and a Python package, and what a registry has of it. */
async function makeImage() {
  const npm = (name: string, version: string) => JSON.stringify({ name, version, license: 'MIT' });
  const files = {
    'app/node_modules/lodash/package.json': npm('lodash', '4.17.20'),
    'app/node_modules/minimist/package.json': npm('minimist', '1.2.0'),
    'usr/lib/python3/dist-packages/requests-2.19.0.dist-info/METADATA':
      'Metadata-Version: 2.1\nName: requests\nVersion: 2.19.0\n',
    'usr/lib/python3/dist-packages/requests-2.19.0.dist-info/RECORD': 'requests/__init__.py,,\n',
  };
  const blobs = collectBlobs();
  const built = await buildImage({ tag: 'team/app:1', steps: [{ createdBy: 'COPY . /', files }] });
  return { blobs, top: addImage(blobs, built, { compress: (layer) => gzipSync(layer) }) };
}

/** The ids that Trivy lists. */
async function trivyLists(image: string, words: readonly string[]): Promise<readonly string[]> {
  const fixed = [
    '--image-src',
    'remote',
    '--scanners',
    'vuln',
    '--cache-dir',
    at('trivy'),
    '--cache-backend',
    'memory',
  ];
  const calm = ['--skip-db-update', '--skip-java-db-update', '--offline-scan', '--skip-version-check', '--quiet'];
  const call = { directory: place, environment: { HOME: at('home') } };
  const all = ['image', '--format', 'json', ...fixed, ...calm, '--disable-telemetry', ...words, image];
  const { Results = [] } = JSON.parse(await perform(pathOf(trivy), all, call));
  return Results.flatMap(({ Vulnerabilities = [] }) => Vulnerabilities)
    .map((found: { readonly VulnerabilityID: string }) => found.VulnerabilityID)
    .sort();
}

/** The ids that Grype lists. */
async function grypeLists(image: string, words: readonly string[]): Promise<readonly string[]> {
  const environment = {
    ...{ HOME: at('home'), GRYPE_DB_CACHE_DIR: at('grype'), GRYPE_DB_AUTO_UPDATE: 'false' },
    ...{ GRYPE_CHECK_FOR_APP_UPDATE: 'false', GRYPE_REGISTRY_INSECURE_USE_HTTP: 'true' },
  };
  const call = { directory: at('.'), environment };
  const { matches } = JSON.parse(
    await perform(pathOf(grype), [`registry:${image}`, '-q', '-o', 'json', ...words], call),
  );
  return matches
    .map(({ vulnerability }: { readonly vulnerability: { readonly id: string } }) => vulnerability.id)
    .sort();
}

const hullcheck = (...words: readonly string[]) =>
  perform(process.execPath, [shipped.cli, 'policy', 'export', ...words], { directory: place });

it('the scanners leave out what the policy accepts, and nothing else', async (context) => {
  need(context, [trivy, grype]);
  await hullcheck('--to', 'openvex', '--product', 'pkg:oci/app', '--output', 'app.openvex.json');
  await hullcheck('--to', 'trivyignore-yaml', '--output', 'ignore.yaml');
  await hullcheck('--to', 'trivyignore', '--output', 'ignore.txt');
  await hullcheck('--to', 'grype', '--output', 'grype.yaml');
  await withRegistry(await makeImage(), async ({ image }) => {
    const { lodash, requests, minimist } = planted;
    expect(await trivyLists(image, [])).toEqual([lodash.cve, requests.cve, minimist.cve]);
    for (const words of [
      ['--vex', 'app.openvex.json'],
      ['--ignorefile', 'ignore.yaml'],
    ]) {
      expect(await trivyLists(image, words), words.join(' ')).toEqual([minimist.cve]);
    }
    // It names no packages, so only the entry without one is in it.
    expect(await trivyLists(image, ['--ignorefile', 'ignore.txt'])).toEqual([lodash.cve, minimist.cve]);
    expect(await grypeLists(image, [])).toEqual([lodash.ghsa, requests.ghsa]);
    expect(await grypeLists(image, ['-c', 'grype.yaml'])).toEqual([]);
    // In OpenVEX Grype looks for the id that it lists itself.
    await hullcheck(
      '--policy',
      'by-github.yml',
      '--to',
      'openvex',
      '--product',
      'pkg:oci/app',
      '--output',
      'gh.openvex.json',
    );
    expect(await grypeLists(image, ['--vex', 'app.openvex.json'])).toEqual([lodash.ghsa, requests.ghsa]);
    expect(await grypeLists(image, ['--vex', 'gh.openvex.json'])).toEqual([]);
  });
});

it('OpenVEX is what the specification asks for, and what its own library reads', async (context) => {
  need(context, [go]);
  await hullcheck('--to', 'openvex', '--product', 'pkg:oci/app', '--output', 'app.openvex.json');
  const document = await readFile(at('app.openvex.json'), 'utf8');
  expect(checkOpenVex(document)).toEqual([]);
  const folder = fileURLToPath(new URL('../openvex', import.meta.url));
  const read = (input: string) => perform(pathOf(go), ['run', '.'], { directory: folder, input });
  expect((await read(document)).trim().split('\n')).toEqual([
    'not_affected CVE-2099-0002 pkg:oci/app [pkg:npm/lodash@4.17.20]',
    'not_affected CVE-2099-0003 pkg:oci/app []',
    'not_affected CVE-2099-0004 pkg:oci/app [pkg:npm/minimist@9.9.9]',
  ]);
  await expect(read(document.replace('"status"', '"state"'))).rejects.toThrow('unknown field');
  await expect(read(document.replaceAll('impact_statement', 'action_statement'))).rejects.toThrow('impact statement');
});
