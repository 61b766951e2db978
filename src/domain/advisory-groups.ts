import type { VulnerabilityEvidence } from './evidence.ts';
import type { ScannerName, VulnerabilityFacts } from './finding.ts';
import { type Severity, severities, worstOf } from './severity.ts';

/** All that was said of one flaw in one version of one package in one image, by whichever scanner under whichever id. */
export interface AdvisoryGroup {
  readonly image: string;
  /** Package URL type and name, without version: `deb/openssl`, `npm/@scope/name`. */
  readonly packageName: string;
  /** The id to name it by: its CVE where there is one. */
  readonly primary: string;
  /** `primary` first, the others sorted. */
  readonly ids: readonly string[];
  /** In an order that does not depend on the order of the evidence; never empty. */
  readonly rows: readonly [VulnerabilityEvidence, ...VulnerabilityEvidence[]];
}

/** What one row says of one flaw: an erratum's row is split over the CVEs it corrects. */
interface Statement {
  readonly row: VulnerabilityEvidence;
  readonly id: string;
  readonly ids: readonly string[];
}

/** Ids of distributors' errata. One erratum corrects several flaws, so it must not tie their CVEs together. */
const erratumPattern =
  /^(?:DSA|DLA|ELA|USN|LSN|RH[SBE]A|CES?A|EL[SB]A|AL[SB]A|RL[SB]A|RXSA|ALAS[0-9A-Z]*|(?:OPEN)?SUSE-[SRFO]U|GLSA|ASA|PHSA|MGASA|FEDORA|OESA|KB)[-:]?[0-9]/;
const cvePattern = /^CVE-/;
/** Package types of operating systems: their namespace is the distribution, which the scanners name differently. */
const systemTypes: ReadonlySet<string> = new Set(['deb', 'rpm', 'apk', 'alpm']);

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

interface PackageCoordinates {
  /** `deb/openssl`. */
  readonly name: string;
  readonly version: string;
}

/** Package URL (purl-spec) without qualifiers and subpath; `version` where the URL itself has none. */
function coordinatesOf(purl: string, version: string): PackageCoordinates {
  const bare = purl.replace(/[?#].*$/s, '').replace(/^pkg:\/{0,2}/, '');
  const at = bare.lastIndexOf('@');
  const hasVersion = at > bare.lastIndexOf('/');
  const [type = '', ...segments] = (hasVersion ? bare.slice(0, at) : bare).split('/');
  const kind = type.toLowerCase();
  const path = decode((systemTypes.has(kind) ? segments.slice(-1) : segments).join('/'));
  const name = kind === 'pypi' ? path.toLowerCase().replace(/[-_.]{1,64}/g, '-') : path;
  const written = hasVersion ? decode(bare.slice(at + 1)) : version;
  return { name: `${kind}/${name}`, version: plainVersion(kind, written) };
}

/** Trivy moves the epoch of a package into a qualifier, Grype keeps it; only one of them writes Go's `v`. */
function plainVersion(type: string, version: string): string {
  if (systemTypes.has(type)) return version.replace(/^[0-9]{1,9}:/, '');
  return type === 'golang' ? version.replace(/^v(?=[0-9])/, '') : version;
}

function normalId(id: string): string {
  return id.toUpperCase();
}

function statementsOf(row: VulnerabilityEvidence): readonly Statement[] {
  const all = [row.id, ...row.aliases];
  if (!erratumPattern.test(normalId(row.id))) return [{ row, id: row.id, ids: all }];
  const cves = all.filter((id) => cvePattern.test(normalId(id)));
  if (cves.length === 0) return [{ row, id: row.id, ids: all }];
  return cves.map((cve) => ({ row, id: cve, ids: [cve, row.id] }));
}

/** Disjoint sets of ids; `find` gives the same representative for all ids that were joined. */
function createUnion() {
  const parents = new Map<string, string>();
  const find = (id: string): string => {
    let root = id;
    for (let next = parents.get(root); next !== undefined; next = parents.get(root)) root = next;
    for (let step = id; step !== root; ) {
      const next = parents.get(step) ?? root;
      parents.set(step, root);
      step = next;
    }
    return root;
  };
  const join = (a: string, b: string): void => {
    const [first, second] = [find(a), find(b)];
    if (first !== second) parents.set(second, first);
  };
  return { find, join };
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Rows that tell the layer first, so that the location is the best one known. */
function compareRows(a: VulnerabilityEvidence, b: VulnerabilityEvidence): number {
  const keyOf = (row: VulnerabilityEvidence) =>
    [
      row.diffId === null ? '1' : '0',
      row.scanner === 'trivy' ? '0' : '1',
      row.package.purl,
      row.path ?? '',
      row.id,
      row.diffId ?? '',
      JSON.stringify(row),
    ].join('\0');
  return compareText(keyOf(a), keyOf(b));
}

function primaryRank(id: string): string {
  const normal = normalId(id);
  const databases = ['CVE-', 'GHSA-'];
  const known = databases.findIndex((prefix) => normal.startsWith(prefix));
  const last = erratumPattern.test(normal) ? databases.length + 1 : databases.length;
  return `${known < 0 ? last : known}${normal}`;
}

function orderIds(ids: readonly string[]): readonly [string, ...string[]] | null {
  const distinct = new Map([...ids].sort(compareText).map((id) => [normalId(id), id]));
  const [primary, ...others] = [...distinct.values()].sort((a, b) => compareText(primaryRank(a), primaryRank(b)));
  return primary === undefined ? null : [primary, ...others.sort(compareText)];
}

function groupOf(statements: readonly Statement[]): AdvisoryGroup | null {
  const [first, ...rest] = [...new Set(statements.map((one) => one.row))].sort(compareRows);
  const ids = orderIds(statements.flatMap((one) => one.ids));
  if (first === undefined || ids === null) return null;
  const { name } = coordinatesOf(first.package.purl, first.package.version);
  return { image: first.image, packageName: name, primary: ids[0], ids, rows: [first, ...rest] };
}

/**
 * One group per flaw, package version and image. Ids are one flaw when any row says that one is an alias of the other
 * (CVE, GHSA, GO, …); packages are one when type, name and version of their package URLs agree without qualifiers.
 * The result does not depend on the order of the rows.
 */
export function groupAdvisories(rows: readonly VulnerabilityEvidence[]): readonly AdvisoryGroup[] {
  const statements = rows.flatMap(statementsOf);
  const union = createUnion();
  for (const { id, ids } of statements) {
    for (const other of ids) {
      const alias = normalId(other);
      if (!erratumPattern.test(alias)) union.join(normalId(id), alias);
    }
  }
  const byKey = new Map<string, Statement[]>();
  for (const statement of statements) {
    const { row } = statement;
    const { name, version } = coordinatesOf(row.package.purl, row.package.version);
    const key = JSON.stringify([row.image, name, version, union.find(normalId(statement.id))]);
    const known = byKey.get(key);
    if (known === undefined) byKey.set(key, [statement]);
    else known.push(statement);
  }
  const groups = [...byKey.values()].flatMap((members) => groupOf(members) ?? []);
  const keyOf = ({ image, packageName, ids, rows: [first] }: AdvisoryGroup) =>
    [image, packageName, coordinatesOf(first.package.purl, first.package.version).version, ...ids].join('\0');
  const keyed = groups.map((group) => ({ group, key: keyOf(group) }));
  return keyed.sort((a, b) => compareText(a.key, b.key)).map(({ group }) => group);
}

function largest(numbers: readonly (number | null)[]): number | null {
  return numbers.reduce<number | null>((most, value) => (value === null ? most : Math.max(most ?? value, value)), null);
}

/** What the scanners say together: the worst severity each gave, every fixed version, the highest scores. */
export function mergeFacts(group: AdvisoryGroup): VulnerabilityFacts {
  const { rows } = group;
  const severityBy: Partial<Record<ScannerName, Severity>> = {};
  for (const { scanner, severity } of rows) severityBy[scanner] = worstOf(severityBy[scanner] ?? severity, severity);
  const scanners: readonly ScannerName[] = ['grype', 'trivy'];
  return {
    ids: group.ids,
    package: rows[0].package.name,
    installed: rows[0].package.version,
    fixed: [...new Set(rows.flatMap((row) => row.fixed))],
    scanners: scanners.filter((name) => severityBy[name] !== undefined),
    severityBy,
    epss: largest(rows.map((row) => row.epss)),
    kev: rows.some((row) => row.kev),
    cvss: largest(rows.map((row) => row.cvss)),
  };
}

/** The worst severity given; one step worse for what is known to be exploited (CISA KEV). */
export function severityOf(facts: VulnerabilityFacts): Severity {
  const given = Object.values(facts.severityBy);
  const worst = given.reduce<Severity>((a, b) => worstOf(a, b), 'info');
  const index = Math.max(0, severities.indexOf(worst) - (facts.kev ? 1 : 0));
  return severities[index] ?? worst;
}
