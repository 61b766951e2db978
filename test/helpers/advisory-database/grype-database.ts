import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sqlite from 'node-sqlite3-wasm';
import { grype, pathOf } from '../parts.ts';
import { perform } from '../program.ts';
import type { PlantedAdvisory } from './advisory.ts';

type Database = InstanceType<typeof sqlite.Database>;

/** Numbers of rows that the others refer to. */
interface Rows {
  add(table: string, row: Readonly<Record<string, string | number | null>>): number;
  blob(value: object): number;
}

function createRows(database: Database): Rows {
  const add: Rows['add'] = (table, row) => {
    const columns = Object.keys(row);
    const marks = columns.map(() => '?').join(', ');
    database.run(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${marks})`, Object.values(row));
    return Number(database.get('SELECT last_insert_rowid() AS id')?.['id']);
  };
  return { add, blob: (value) => add('blobs', { value: JSON.stringify(value) }) };
}

/** gorm reads and writes times as text. */
function sqlTime(date: Date): string {
  return date.toISOString().replace('T', ' ').replace('Z', '+00:00');
}

const formats = { deb: 'dpkg', npm: 'semver', python: 'python', program: 'semver' } as const;
const providers = { deb: 'debian', npm: 'github', python: 'github', program: 'nvd' } as const;
const plantedCvss = { version: '3.1', vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:N' } as const;

function addVulnerability(rows: Rows, advisory: PlantedAdvisory): number {
  const { cve, ghsa, ecosystem, grypeSeverity, cvss = plantedCvss } = advisory;
  const name = ghsa ?? cve;
  const blob = rows.blob({
    id: name,
    description: `planted ${cve}`,
    refs: [{ url: 'https://example.com/advisory' }],
    aliases: ghsa === undefined ? [] : [cve],
    severities: [
      { scheme: 'CHMLN', value: grypeSeverity, rank: 1 },
      { scheme: 'CVSS', value: { vector: cvss.vector, version: cvss.version }, rank: 2 },
    ],
  });
  const provider = providers[ecosystem];
  const id = rows.add('vulnerability_handles', { name, status: 'active', provider_id: provider, blob_id: blob });
  if (ghsa !== undefined) rows.add('vulnerability_aliases', { name: ghsa, alias: cve });
  return id;
}

/** What is known of the CVE itself comes from NVD, which is what Grype lists as related. */
function addDecorations(rows: Rows, advisory: PlantedAdvisory): void {
  const { cve, ghsa, epss, isExploited } = advisory;
  if (ghsa !== undefined) {
    const severities = [{ scheme: 'CHMLN', value: advisory.grypeSeverity, rank: 1 }];
    const blob = rows.blob({ id: cve, refs: [{ url: 'https://example.com/nvd' }], severities });
    rows.add('vulnerability_handles', { name: cve, status: 'active', provider_id: 'nvd', blob_id: blob });
  }
  if (epss !== undefined) rows.add('epss_handles', { cve, epss, percentile: 0.9 });
  if (isExploited === true) {
    const blob = rows.blob({
      cve,
      vendor_project: 'planted',
      product: advisory.name,
      date_added: '2026-01-02T00:00:00Z',
      due_date: '2026-01-23T00:00:00Z',
      required_action: 'update',
      known_ransomware_campaign_use: 'Unknown',
    });
    rows.add('known_exploited_vulnerability_handles', { cve, blob_id: blob });
  }
}

/** The package, or the program by its CPE; the columns that name it in the tables of what is affected. */
function addSubject(rows: Rows, { ecosystem, name }: PlantedAdvisory, debian: number) {
  if (ecosystem !== 'program') {
    const system = ecosystem === 'deb' ? debian : null;
    return { operating_system_id: system, package_id: rows.add('packages', { ecosystem, name }) };
  }
  const [vendor = '', product = ''] = name.split(':');
  const rest = { edition: '', language: '', software_edition: '', target_hardware: '', target_software: '', other: '' };
  return { cpe_id: rows.add('cpes', { part: 'a', vendor, product, ...rest }) };
}

function addAffected(rows: Rows, advisory: PlantedAdvisory, subject: Readonly<Record<string, number | null>>): void {
  const { ecosystem, from, fixed } = advisory;
  const bounds = [...(from === undefined ? [] : [`>= ${from}`]), ...(fixed === null ? [] : [`< ${fixed}`])];
  const version = { type: formats[ecosystem], constraint: bounds.join(', ') };
  const fix = fixed === null ? { state: 'not-fixed' } : { version: fixed, state: 'fixed' };
  rows.add(ecosystem === 'program' ? 'affected_cpe_handles' : 'affected_package_handles', {
    vulnerability_id: addVulnerability(rows, advisory),
    ...subject,
    blob_id: rows.blob({ cves: [advisory.cve], ranges: [{ version, fix }] }),
  });
}

function fill(database: Database, advisories: readonly PlantedAdvisory[], built: Date): void {
  const rows = createRows(database);
  const time = sqlTime(built);
  for (const id of ['debian', 'github', 'nvd', 'epss', 'kev']) {
    rows.add('providers', { id, version: '1', processor: 'planted', date_captured: time, input_digest: 'sha256:00' });
  }
  rows.add('epss_metadata', { date: time });
  const debian = rows.add('operating_systems', {
    name: 'debian',
    release_id: 'debian',
    major_version: '12',
    minor_version: '',
    label_version: '',
    codename: 'bookworm',
    channel: '',
  });
  const subjects = new Map<string, ReturnType<typeof addSubject>>();
  for (const advisory of advisories) {
    const key = `${advisory.ecosystem} ${advisory.name}`;
    const subject = subjects.get(key) ?? addSubject(rows, advisory, debian);
    subjects.set(key, subject);
    addAffected(rows, advisory, subject);
    addDecorations(rows, advisory);
  }
}

function edit(path: string, change: (database: Database) => void): void {
  const database = new sqlite.Database(path);
  try {
    change(database);
  } finally {
    database.close();
  }
}

/**
 * Makes a database in a `GRYPE_DB_CACHE_DIR`, as of `built`. Grype itself makes the tables: it takes a file that holds
 * nothing but the version, and brings it to its own schema (anchore/grype grype/db/v6/models.go).
 */
export async function writeGrypeDatabase(
  cacheFolder: string,
  advisories: readonly PlantedAdvisory[],
  built: Date,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'hullcheck-grype-db-'));
  const importInto = (cache: string, file: string) =>
    perform(pathOf(grype), ['db', 'import', file], {
      environment: { GRYPE_DB_CACHE_DIR: cache, GRYPE_DB_VALIDATE_AGE: 'false', GRYPE_CHECK_FOR_APP_UPDATE: 'false' },
    });
  try {
    const stub = join(folder, 'stub.db');
    edit(stub, (database) => {
      database.exec(
        'CREATE TABLE db_metadata (build_timestamp datetime NOT NULL, model integer NOT NULL, revision integer NOT NULL, addition integer NOT NULL)',
      );
      createRows(database).add('db_metadata', { build_timestamp: sqlTime(built), model: 6, revision: 1, addition: 9 });
    });
    await importInto(join(folder, 'first'), stub);
    const filled = join(folder, 'filled.db');
    await cp(join(folder, 'first', '6', 'vulnerability.db'), filled);
    const own = advisories.filter((advisory) => advisory.knownTo !== 'trivy');
    edit(filled, (database) => fill(database, own, built));
    await importInto(cacheFolder, filled);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
