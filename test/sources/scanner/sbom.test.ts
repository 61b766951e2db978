import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/domain/usage-error.ts';
import type { Request, SbomTarget } from '../../../src/request.ts';
import { withSpool } from '../../../src/sources/image/spool.ts';
import { runScanners, type ScannedImage } from '../../../src/sources/scanner/source.ts';
import { createScannerBench, fakeImage, grypeJson, type ScannerBench, trivyJson } from '../../helpers/fake-scanner.ts';
import { trivyComponent, trivySbom } from '../../helpers/sample-sbom.ts';

let bench: ScannerBench;
const app = fakeImage('app.tar', 'a');
const other = fakeImage('other.tar', 'b');

beforeEach(async () => {
  bench = await createScannerBench();
  await bench.addDatabases();
});
afterEach(() => bench.remove());

const nothing = { file: '/nowhere', offset: 0, size: 0 };

function archive(image = app): ScannedImage {
  const path = join(bench.root, image.label);
  return { image, form: 'docker-archive', path, isAlone: true, config: nothing, packageDatabase: null, layers: [] };
}

const file: SbomTarget = { path: '/out/sbom.json', given: 'sbom.json', isFolder: false };
const folder: SbomTarget = { path: '/out', given: 'out/', isFolder: true };

function run(more: Partial<Request> = {}, images: readonly ScannedImage[] = [archive()]) {
  const request = bench.request({ sbomTargets: [file], ...more });
  return withSpool(bench.host, 2 ** 30, (spool) => runScanners({ request, host: bench.host, spool, images }));
}

const bash = trivyComponent('pkg:deb/debian/bash@5.2.15?arch=amd64', {
  'aquasecurity:trivy:LayerDiffID': 'sha256:aa',
});
const lodash = trivyComponent('pkg:npm/lodash@4.17.20', {
  'aquasecurity:trivy:LayerDiffID': 'sha256:bb',
  'aquasecurity:trivy:FilePath': 'app/node_modules/lodash/package.json',
});
const document = trivySbom([bash, lodash]);
const grypeDocument = {
  ...trivySbom([
    trivyComponent('pkg:deb/debian/bash@5.2.15?package-id=1', {
      'syft:location:0:layerID': 'sha256:last',
      'syft:location:0:path': '/var/lib/dpkg/status',
    }),
    trivyComponent('pkg:npm/lodash@4.17.20', {
      'syft:location:0:layerID': 'sha256:bb',
      'syft:location:0:path': '/app/node_modules/lodash/package.json',
    }),
    { 'bom-ref': 'file', type: 'file', name: '/usr/bin/bash' },
  ]),
  specVersion: '1.6',
};

const versionOf = (text: string) =>
  `if (args.includes('--version')) { console.log(${JSON.stringify(text)}); process.exit(0); }\n`;
const writes = (path: string, text: string) => `fs.writeFileSync(${path}, ${JSON.stringify(text)});`;

/** A Trivy whose `convert` does what `body` says. */
async function addTrivy(
  body = writes('output', JSON.stringify(document)),
  report = trivyJson(app, ['CVE-1']),
): Promise<void> {
  const scan = writes('output', report);
  const call = `if (args[0] === 'convert') { ${body} } else { ${scan} }`;
  await bench.addProgram(join(bench.bin, 'trivy'), versionOf('Version: 0.74.0') + call);
}

/** A Grype that writes its SBOM, when it is asked to, by `body`. */
async function addGrype(body = writes('sbom', JSON.stringify(grypeDocument))): Promise<void> {
  const find = "const sbom = args.find((one) => one.startsWith('cyclonedx-json='))?.slice(15);";
  const scan = writes('output', grypeJson(app, ['CVE-1']));
  const call = `${find} ${scan} if (sbom !== undefined) { ${body} }`;
  await bench.addProgram(join(bench.bin, 'grype'), versionOf('grype 0.120.1') + call);
}

describe('the SBOM of an image', () => {
  it("is Trivy's, made of its report and in the same private surroundings", async () => {
    const seen = join(bench.root, 'convert.json');
    const record = `fs.writeFileSync(${JSON.stringify(seen)}, JSON.stringify({ args, env: process.env,
      work: fs.readdirSync('.'), cwd: process.cwd(), report: JSON.parse(fs.readFileSync(args.at(-1), 'utf8')) }));`;
    await addTrivy(`${record} ${writes('output', JSON.stringify(document))}`);
    await addGrype();
    const { sboms, gaps, notes } = await run();
    expect([gaps, notes]).toEqual([[], []]);
    expect(sboms).toHaveLength(1);
    expect(sboms[0]).toMatchObject({ image: 'app.tar', scanner: 'trivy', written: document });
    expect(sboms[0]?.components.map(({ package: named, diffId, path }) => [named?.purl, diffId, path])).toEqual([
      ['pkg:deb/debian/bash@5.2.15?arch=amd64', 'sha256:aa', null],
      ['pkg:npm/lodash@4.17.20', 'sha256:bb', 'app/node_modules/lodash/package.json'],
    ]);
    const call = JSON.parse(await readFile(seen, 'utf8'));
    expect(call.args.map((one: string) => one.replaceAll(join(call.cwd, '..'), 'PRIVATE'))).toEqual([
      ...['convert', '--format', 'cyclonedx', '--output', 'PRIVATE/sbom.json'],
      ...['--config', 'PRIVATE/config.yaml', '--ignorefile', 'PRIVATE/ignore', '--cache-dir', 'PRIVATE/home/trivy'],
      ...['--timeout', '2m', '--', 'PRIVATE/report.json'],
    ]);
    expect(Object.keys(call.env).sort()).toEqual(['HOME', 'NO_COLOR', 'PATH', 'TMPDIR']);
    expect(call.work).toEqual([]);
    expect(call.report.Metadata.ImageID).toBe(app.configDigest);
  });

  it('is not made when nobody asks for it', async () => {
    await addTrivy('process.exit(1)');
    await addGrype('process.exit(1)');
    expect(await run({ sbomTargets: [] })).toMatchObject({ sboms: [], gaps: [], notes: [] });
  });

  it("is Grype's where Trivy was not chosen, without its layers of packages of the system", async () => {
    await addGrype();
    const { sboms, gaps } = await run({ scanners: ['grype'] });
    expect(gaps).toEqual([]);
    expect(sboms[0]?.scanner).toBe('grype');
    expect(sboms[0]?.components.map(({ package: named, diffId, path }) => [named?.name, diffId, path])).toEqual([
      ['bash', null, 'var/lib/dpkg/status'],
      ['lodash', 'sha256:bb', 'app/node_modules/lodash/package.json'],
      [undefined, null, null],
    ]);
  });

  it("is Grype's where Trivy could not make it, which is noted", async () => {
    await addTrivy("console.error('FATAL out of paper'); process.exit(1)");
    await addGrype();
    const { sboms, gaps, notes } = await run();
    expect(gaps).toEqual([]);
    expect(sboms.map(({ scanner }) => scanner)).toEqual(['grype']);
    expect(notes).toEqual(["the SBOM of app.tar is Grype's: trivy ended with exit code 1, saying: FATAL out of paper"]);
  });

  it('is missed once where both failed to scan', async () => {
    const { sboms, gaps } = await run();
    expect(sboms).toEqual([]);
    expect(gaps.map(({ source }) => source)).toEqual(['scanner/grype', 'scanner/trivy', 'scanner/sbom']);
    expect(gaps[2]?.reason).toBe('no SBOM of app.tar was made: no scanner examined it');
  });
});

describe('an SBOM that cannot be used is a gap', () => {
  const deep = `${'['.repeat(40)}${']'.repeat(40)}`;
  it.each([
    ['half of it', writes('output', JSON.stringify(document).slice(0, 300)), 'is no JSON object, or is cut off'],
    ['a list', writes('output', '[]'), 'is no JSON object, or is cut off'],
    ['another format', writes('output', '{"spdxVersion":"2.3"}'), 'bomFormat is not CycloneDX'],
    ['another version', writes('output', '{"bomFormat":"CycloneDX","specVersion":"2.0"}'), 'specVersion is not 1.x'],
    ['odd components', writes('output', JSON.stringify({ ...document, components: [1] })), 'components is no list of'],
    ['odd metadata', writes('output', JSON.stringify({ ...document, metadata: 1 })), 'metadata is no object'],
    [
      'odd properties',
      writes('output', JSON.stringify({ ...document, metadata: { properties: {} } })),
      'properties is',
    ],
    [
      'too deep',
      writes('output', JSON.stringify({ ...document, x: 0 }).replace('"x":0', `"x":${deep}`)),
      'deeper than',
    ],
    ['too large', "fs.writeFileSync(output, ''); fs.truncateSync(output, 64 * 1024 ** 2 + 1);", 'is larger than the'],
    ['nothing', '', 'trivy ended without writing an SBOM'],
    ['a crash', "console.error('::error::x'); process.exit(3)", 'exit code 3, saying: : :error::x'],
  ])('%s', async (_, body, reason) => {
    await addTrivy(body);
    const { sboms, gaps, evidence } = await run({ scanners: ['trivy'] });
    expect(sboms).toEqual([]);
    expect(gaps).toHaveLength(1);
    expect(gaps[0]).toMatchObject({ source: 'scanner/sbom', subject: 'app.tar' });
    expect(gaps[0]?.reason).toContain('no SBOM of app.tar was made: ');
    expect(gaps[0]?.reason).toContain(reason);
    // What was found stays.
    expect(evidence.some(({ kind }) => kind === 'vulnerability')).toBe(true);
  });

  it('one of many million values', async () => {
    await addTrivy(`fs.writeFileSync(output, '{"bomFormat":"CycloneDX","x":[' + '0,'.repeat(3e6) + '0]}');`);
    const { gaps } = await run({ scanners: ['trivy'] });
    expect(gaps[0]?.reason).toMatch(/holds more than 3000000 values, or is nested deeper than 32$/);
  });
});

describe('of a finished report', () => {
  async function withReport(text: string, name = 'trivy'): Promise<Awaited<ReturnType<typeof run>>> {
    await writeFile(join(bench.checked, 'report.json'), text);
    const given = [{ path: 'report.json', image: null }];
    return await run(name === 'trivy' ? { scanners: [], trivyReports: given } : { scanners: [], grypeReports: given });
  }

  it('it is made where Trivy is there', async () => {
    await addTrivy();
    const { sboms, gaps } = await withReport(trivyJson(app, ['CVE-1']));
    expect(gaps).toEqual([]);
    expect(sboms.map(({ image, scanner }) => [image, scanner])).toEqual([['app.tar', 'trivy']]);
  });

  it.each([
    ['Trivy is not there', trivyJson(app, ['CVE-1']), 'it is made by trivy, and trivy was not found on PATH'],
    ['it lists no packages', trivyJson(app, ['CVE-1']).replace('[{"Name":"openssl"}]', '[]'), 'lists no packages'],
    ['it does not name its image', trivyJson(null, ['CVE-1']), 'report.json does not say which image it is about'],
  ])('it is not where %s', async (what, text, reason) => {
    if (what !== 'Trivy is not there') await addTrivy();
    const { sboms, gaps } = await withReport(text);
    expect(sboms).toEqual([]);
    expect(gaps.map(({ source }) => source)).toEqual(['scanner/sbom']);
    expect(gaps[0]?.reason).toContain(reason);
  });

  it('it is not by a compromised Trivy', async () => {
    await bench.addProgram(join(bench.bin, 'trivy'), versionOf('Version: 0.69.5'));
    const { gaps } = await withReport(trivyJson(app, ['CVE-1']));
    expect(gaps[0]?.reason).toMatch(/Trivy 0\.69\.5 is a compromised release and is not run$/);
  });

  it('it is not of one about another image, nor of a Grype report', async () => {
    await addTrivy();
    const another = await withReport(trivyJson(other, ['CVE-1']));
    expect(another.gaps.map(({ source }) => source)).toEqual(['scanner/trivy', 'scanner/sbom']);
    const { gaps } = await withReport(grypeJson(app, ['CVE-1']), 'grype');
    expect(gaps[0]?.reason).toBe(
      'no SBOM of app.tar was made: report.json lists only packages that have vulnerabilities',
    );
  });
});

describe('several images', () => {
  it('do not go into one file', async () => {
    await addTrivy();
    const images = [archive(), archive(other)];
    const error: unknown = await run({ scanners: ['trivy'] }, images).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UsageError);
    expect(error).toMatchObject({
      message: '--output cyclonedx=sbom.json is one file, and there are 2 images: app.tar, other.tar',
      hint: 'end the path in / for a folder with a file per image, or choose one with --platform',
    });
  });

  it('have one each, and a gap for the one without', async () => {
    await addTrivy();
    const { sboms, gaps } = await run({ scanners: ['trivy'], sbomTargets: [folder] }, [archive(), archive(other)]);
    expect(sboms.map(({ image }) => image)).toEqual(['app.tar']);
    expect(gaps.map(({ source, subject }) => [source, subject])).toEqual([
      ['scanner/trivy', 'other.tar'],
      ['scanner/sbom', 'other.tar'],
    ]);
  });
});
