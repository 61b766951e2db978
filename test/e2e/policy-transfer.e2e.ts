import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { grype, need, pathOf, trivy } from '../helpers/parts.ts';
import { copyPackage, perform, type ShippedPackage } from '../helpers/program.ts';

let shipped: ShippedPackage;
let folder: string;

beforeAll(async () => {
  shipped = await copyPackage();
  folder = await mkdtemp(join(tmpdir(), 'hullcheck-transfer-'));
});

afterAll(async () => {
  await shipped.remove();
  await rm(folder, { recursive: true, force: true });
});

function dayIn(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
}

const row = (id: string, name: string, version: string, purl: string) => ({
  VulnerabilityID: id,
  PkgName: name,
  InstalledVersion: version,
  PkgIdentifier: { PURL: purl },
  Severity: 'CRITICAL',
});
const rows = [
  row('CVE-2026-0001', 'bash', '5.2', 'pkg:deb/debian/bash@5.2'),
  row('CVE-2026-0002', 'lodash', '4.17.20', 'pkg:npm/lodash@4.17.20'),
  row('CVE-2026-0002', 'lodash', '4.17.21', 'pkg:npm/lodash@4.17.21'),
  row('CVE-2026-0003', 'curl', '8', 'pkg:deb/debian/curl@8'),
];
const report = {
  SchemaVersion: 2,
  ArtifactName: 'app',
  ArtifactType: 'container_image',
  Metadata: {},
  Results: [{ Target: 'app', Class: 'lang-pkgs', Type: 'node-pkg', Packages: [], Vulnerabilities: rows }],
};

/** What `check` still counts, as `id version`. */
async function opened(): Promise<readonly string[]> {
  const words = ['check', '.', '--trivy-report', 'trivy.json', '--scanner', 'trivy', '--format', 'json'];
  const { stdout, stderr } = await shipped.hullcheck(words, { directory: folder });
  expect(stderr).not.toMatch(/^hullcheck: /m);
  const { findings } = JSON.parse(stdout);
  return findings
    .filter((finding: { disposition: string }) => finding.disposition === 'blocking')
    .map(
      ({ vulnerability: { ids, installed } }: { vulnerability: { ids: string[]; installed: string } }) =>
        `${ids[0]} ${installed}`,
    )
    .sort();
}

/** What Trivy lists with that ignore file, in the same words. */
async function listed(ignoreFile: string): Promise<readonly string[]> {
  const words = ['convert', '--quiet', '--ignorefile', ignoreFile, '--format', 'json', 'trivy.json'];
  const { Results } = JSON.parse(await perform(pathOf(trivy), words, { directory: folder }));
  return Results.flatMap(({ Vulnerabilities = [] }) => Vulnerabilities)
    .map(
      (found: { VulnerabilityID: string; InstalledVersion: string }) =>
        `${found.VulnerabilityID} ${found.InstalledVersion}`,
    )
    .sort();
}

describe('one triage list', () => {
  it('is written by triage add, and Trivy and Grype agree with its exports', async (context) => {
    need(context, [trivy, grype]);
    const hullcheck = (...words: readonly string[]) =>
      perform(process.execPath, [shipped.cli, ...words], { directory: folder });
    await writeFile(join(folder, 'Dockerfile'), 'FROM scratch\nUSER 1000\n');
    await writeFile(join(folder, 'trivy.json'), JSON.stringify(report));
    await writeFile(join(folder, '.hullcheck.yml'), '# ours\nfailOn: high # strict\n');
    expect(await opened()).toEqual([
      'CVE-2026-0001 5.2',
      'CVE-2026-0002 4.17.20',
      'CVE-2026-0002 4.17.21',
      'CVE-2026-0003 8',
    ]);

    await hullcheck('triage', 'add', 'CVE-2026-0001', '--reason', 'never reached', '--days', '1');
    await hullcheck('triage', 'add', 'CVE-2026-0002', '--reason', 'r', '--package', 'pkg:npm/lodash@4.17.20');
    const policy = await readFile(join(folder, '.hullcheck.yml'), 'utf8');
    expect(policy.startsWith('# ours\nfailOn: high # strict\ntriage:\n  - advisory: CVE-2026-0001\n')).toBe(true);
    const left = ['CVE-2026-0002 4.17.21', 'CVE-2026-0003 8'];
    expect(await opened()).toEqual(left);

    await hullcheck('policy', 'export', '--to', 'trivyignore-yaml', '--output', 'ignore.yaml');
    expect(await listed('ignore.yaml')).toEqual(left);
    await hullcheck('policy', 'export', '--to', 'trivyignore', '--output', 'ignore');
    expect(await listed('ignore')).toEqual(['CVE-2026-0002 4.17.20', ...left]);

    await hullcheck('policy', 'export', '--to', 'grype', '--output', 'grype.yaml');
    const settings = parse(
      await perform(pathOf(grype), ['config', '--load', '-c', 'grype.yaml'], { directory: folder }),
    );
    expect(settings.ignore).toMatchObject([
      { vulnerability: 'CVE-2026-0001', 'include-aliases': true, reason: 'never reached' },
      { vulnerability: 'CVE-2026-0002', package: { name: 'lodash', version: '4.17.20', type: 'npm' } },
    ]);
  });

  it('counts the last day as Trivy does', async (context) => {
    need(context, [trivy]);
    await writeFile(join(folder, 'trivy.json'), JSON.stringify(report));
    await writeFile(join(folder, 'today'), `CVE-2026-0001 exp:${dayIn(0)}\nCVE-2026-0003 exp:${dayIn(1)}\n`);
    expect(await listed('today')).not.toContain('CVE-2026-0003 8');
    expect(await listed('today')).toContain('CVE-2026-0001 5.2');
    await rm(join(folder, '.hullcheck.yml'), { force: true });
    const words = [shipped.cli, 'policy', 'import', 'today', '--reason', 'r'];
    const output = await perform(process.execPath, words, { directory: folder });
    expect(output).toContain(`CVE-2026-0003 until ${dayIn(0)}: r`);
    expect(output).toContain(`CVE-2026-0001 ended on ${dayIn(-1)}`);
  });
});
