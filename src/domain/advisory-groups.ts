import { compareText } from './compare-text.ts';
import type { VulnerabilityEvidence } from './evidence.ts';
import { createCoordinates, isSystemType, type PackageCoordinates, plainVersion } from './package-coordinates.ts';
import type { SourcePackage } from './package-evidence.ts';

/** All that was said of one flaw in one version of one package in one image, by whichever scanner under whichever id. */
export interface AdvisoryGroup {
  readonly image: string;
  /** Package URL type and name, without version: `deb/openssl`, `npm/@scope/name`. Of binary packages, their source. */
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
/** Ids that a distributor's database makes of a CVE: `DEBIAN-CVE-2024-1`. */
const wrappedCve = /^[A-Z]{2,16}-(CVE-[0-9]{4}-[0-9]+)$/;

function normalId(id: string): string {
  const upper = id.toUpperCase();
  return wrappedCve.exec(upper)?.[1] ?? upper;
}

/** Whether an id is a distributor's erratum, which names an update and not a flaw. */
export function isErratum(id: string): boolean {
  return erratumPattern.test(normalId(id));
}

function statementsOf(row: VulnerabilityEvidence): readonly Statement[] {
  const all = [row.id, ...row.aliases];
  if (!isErratum(row.id)) return [{ row, id: row.id, ids: all }];
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

/** Without a package URL of a real type, or of a jar without a known group, which Syft names by its artifact twice. */
function isVague({ type, name }: PackageCoordinates): boolean {
  const [, group, artifact, ...rest] = name.split('/');
  return type === 'generic' || type === '' || (type === 'maven' && group === artifact && rest.length === 0);
}

/** The last part of a name, by which a vague name is compared with exact ones. */
function artifactOf({ name }: PackageCoordinates): string {
  return name.slice(name.lastIndexOf('/') + 1).toLowerCase();
}

function spotOf(image: string, name: string, version: string): string {
  return `${image}\0${name}\0${version}`;
}

/** Names the package a row is about, with what the other rows of its image know. */
function createNaming(rows: readonly VulnerabilityEvidence[]): (row: VulnerabilityEvidence) => PackageCoordinates {
  const sources = new Map<string, SourcePackage>();
  const exact = new Map<string, Map<string, PackageCoordinates>>();
  const ownOf = createCoordinates();
  for (const row of rows) {
    const { image, package: named } = row;
    const own = ownOf(named);
    if (named.source != null) {
      const spot = spotOf(image, own.name, own.version);
      const known = sources.get(spot);
      if (known === undefined || compareText(JSON.stringify(named.source), JSON.stringify(known)) < 0) {
        sources.set(spot, named.source);
      }
    }
    if (isVague(own)) continue;
    const spot = spotOf(image, artifactOf(own), own.version);
    const alike = exact.get(spot);
    if (alike === undefined) exact.set(spot, new Map([[own.name, own]]));
    else alike.set(own.name, own);
  }
  const sharpen = (image: string, own: PackageCoordinates): PackageCoordinates => {
    if (!isVague(own)) return own;
    const found = [...(exact.get(spotOf(image, artifactOf(own), own.version))?.values() ?? [])];
    const alike = found.filter(({ type }) => own.type !== 'maven' || type === 'maven');
    return alike.length === 1 ? (alike[0] ?? own) : own;
  };
  return (row) => {
    const { image } = row;
    const own = sharpen(image, ownOf(row.package));
    const source = isSystemType(own.type) ? sources.get(spotOf(image, own.name, own.version)) : undefined;
    if (source === undefined) return own;
    const version = source.version === null ? own.version : plainVersion(own.type, source.version);
    return { type: own.type, name: `${own.type}/${source.name}`, version };
  };
}

/** Rows that tell the layer first, so that the location is the best one known. */
function compareRows(a: VulnerabilityEvidence, b: VulnerabilityEvidence): number {
  return (
    Number(a.diffId === null) - Number(b.diffId === null) ||
    Number(a.scanner !== 'trivy') - Number(b.scanner !== 'trivy') ||
    compareText(a.package.purl, b.package.purl) ||
    compareText(a.path ?? '', b.path ?? '') ||
    compareText(a.id, b.id) ||
    compareText(a.diffId ?? '', b.diffId ?? '') ||
    compareText(JSON.stringify(a), JSON.stringify(b))
  );
}

function primaryRank(id: string): string {
  const normal = normalId(id);
  const databases = ['CVE-', 'GHSA-'];
  const known = databases.findIndex((prefix) => normal.startsWith(prefix));
  const last = isErratum(id) ? databases.length + 1 : databases.length;
  return `${known < 0 ? last : known}${normal}`;
}

function orderIds(ids: readonly string[]): readonly [string, ...string[]] | null {
  const distinct = new Map([...ids].sort(compareText).map((id) => [id.toUpperCase(), id]));
  const [primary, ...others] = [...distinct.values()].sort(
    (a, b) => compareText(primaryRank(a), primaryRank(b)) || compareText(a, b),
  );
  return primary === undefined ? null : [primary, ...others.sort(compareText)];
}

interface Keyed {
  readonly statement: Statement;
  readonly named: PackageCoordinates;
}

function groupOf(members: readonly Keyed[]): { readonly group: AdvisoryGroup; readonly order: string } | null {
  const [first, ...rest] = [...new Set(members.map(({ statement }) => statement.row))].sort(compareRows);
  const ids = orderIds(members.flatMap(({ statement }) => statement.ids));
  const named = members[0]?.named;
  if (first === undefined || ids === null || named === undefined) return null;
  const group: AdvisoryGroup = {
    image: first.image,
    packageName: named.name,
    primary: ids[0],
    ids,
    rows: [first, ...rest],
  };
  return { group, order: [first.image, named.name, named.version, ...ids].join('\0') };
}

/**
 * One group per flaw, package version and image. Ids are one flaw when any row says that one is an alias of the other
 * (CVE, GHSA, GO, …). Packages are one when type, name and version of their package URLs agree without qualifiers, and
 * for packages of an operating system when they were built from one source: that is what its advisories are about, and
 * one update changes them all. The result does not depend on the order of the rows.
 */
export function groupAdvisories(rows: readonly VulnerabilityEvidence[]): readonly AdvisoryGroup[] {
  const statements = rows.flatMap(statementsOf);
  const nameOf = createNaming(rows);
  const union = createUnion();
  for (const { id, ids } of statements) {
    for (const other of ids) if (!isErratum(other)) union.join(normalId(id), normalId(other));
  }
  const byKey = new Map<string, Keyed[]>();
  for (const statement of statements) {
    const named = nameOf(statement.row);
    const key = `${spotOf(statement.row.image, named.name, named.version)}\0${union.find(normalId(statement.id))}`;
    const known = byKey.get(key);
    if (known === undefined) byKey.set(key, [{ statement, named }]);
    else known.push({ statement, named });
  }
  return [...byKey.values()]
    .flatMap((members) => groupOf(members) ?? [])
    .sort((a, b) => compareText(a.order, b.order))
    .map(({ group }) => group);
}
