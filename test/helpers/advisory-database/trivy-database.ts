import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PlantedAdvisory } from './advisory.ts';
import { type BoltBucket, boltFile } from './bolt-file.ts';

/** Trivy knows no advisories of programs. */
type TrivyAdvisory = PlantedAdvisory & { readonly ecosystem: Exclude<PlantedAdvisory['ecosystem'], 'program'> };

const buckets: Readonly<Record<TrivyAdvisory['ecosystem'], { readonly name: string; readonly source: object }>> = {
  deb: {
    name: 'debian 12',
    source: { ID: 'debian', Name: 'Debian Security Tracker', URL: 'https://example.com/debian' },
  },
  npm: {
    name: 'npm::GitHub Security Advisory npm',
    source: { ID: 'ghsa', Name: 'GitHub Security Advisory npm', URL: 'https://example.com/npm' },
  },
  python: {
    name: 'pip::GitHub Security Advisory pip',
    source: { ID: 'ghsa', Name: 'GitHub Security Advisory pip', URL: 'https://example.com/pip' },
  },
};

const severityNumbers = { LOW: 1, MEDIUM: 2, HIGH: 3, CRITICAL: 4 } as const;

function isTrivyAdvisory(advisory: PlantedAdvisory): advisory is TrivyAdvisory {
  return advisory.ecosystem !== 'program' && advisory.knownTo !== 'grype';
}

function advisoryValue({ ecosystem, from, fixed, ghsa }: TrivyAdvisory): string {
  const vendor = ghsa === undefined ? {} : { VendorIDs: [ghsa] };
  if (ecosystem === 'deb') return JSON.stringify({ ...vendor, FixedVersion: fixed ?? '' });
  const range = fixed === null ? `>=${from ?? 0}` : `${from === undefined ? '' : `>=${from}, `}<${fixed}`;
  return JSON.stringify({ ...vendor, VulnerableVersions: [range], PatchedVersions: fixed === null ? [] : [fixed] });
}

const plantedCvss = { version: '3.1', vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H', score: 9.8 } as const;

function detailValue({ cve, ecosystem, trivySeverity, cvss = plantedCvss }: TrivyAdvisory): string {
  const number = severityNumbers[trivySeverity];
  const version = cvss.version === '4.0' ? 'V40' : 'V3';
  return JSON.stringify({
    Title: `planted ${cve}`,
    Severity: trivySeverity,
    VendorSeverity: { [ecosystem === 'deb' ? 'debian' : 'ghsa']: number, nvd: number },
    CVSS: { nvd: { [`${version}Vector`]: cvss.vector, [`${version}Score`]: cvss.score } },
    References: ['https://example.com/advisory'],
  });
}

/** The buckets of trivy-db, schema 2 (aquasecurity/trivy-db pkg/db). */
function bucketsOf(advisories: readonly TrivyAdvisory[]): BoltBucket {
  const root: Record<string, Record<string, string | Record<string, string>>> = {
    vulnerability: {},
    'data-source': {},
  };
  for (const { name, source } of Object.values(buckets)) {
    root['data-source'] = { ...root['data-source'], [name]: JSON.stringify(source) };
    root[name] = {};
  }
  for (const advisory of advisories) {
    const bucket = buckets[advisory.ecosystem].name;
    const known = root[bucket]?.[advisory.name];
    const entry = { ...(typeof known === 'object' ? known : {}), [advisory.cve]: advisoryValue(advisory) };
    root[bucket] = { ...root[bucket], [advisory.name]: entry };
    root['vulnerability'] = { ...root['vulnerability'], [advisory.cve]: detailValue(advisory) };
  }
  return root;
}

/** Writes a database into `db/` of a `--cache-dir` of Trivy, as of `built`. */
export async function writeTrivyDatabase(
  cacheFolder: string,
  advisories: readonly PlantedAdvisory[],
  built: Date,
): Promise<void> {
  const folder = join(cacheFolder, 'db');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'trivy.db'), boltFile(bucketsOf(advisories.filter(isTrivyAdvisory))));
  const day = 86_400_000;
  const metadata = {
    Version: 2,
    UpdatedAt: built.toISOString(),
    NextUpdate: new Date(built.getTime() + day).toISOString(),
    DownloadedAt: built.toISOString(),
  };
  await writeFile(join(folder, 'metadata.json'), JSON.stringify(metadata));
}
