import type { Finding } from '../domain/finding.ts';
import type { Coverage, Delta, FixedVulnerability } from '../domain/report.ts';
import { type BaseReport, packageKey } from './base-report.ts';
import { answeredScanners } from './vulnerability-gate.ts';

/** Why a finding is not of this change's making, by the earlier report. */
export interface BaseReasons {
  /** Vulnerabilities of packages that were there unchanged, whose advisory was not known then. */
  readonly disclosed: ReadonlyMap<Finding, string>;
  /** Vulnerabilities that were there with another severity. */
  readonly changed: ReadonlyMap<Finding, string>;
}

function packageLocation(finding: Finding) {
  return finding.at.kind === 'package' && finding.vulnerability !== null ? finding.at : null;
}

function explainDisclosed(finding: Finding, base: BaseReport): string {
  const { package: name, installed } = finding.vulnerability ?? { package: 'the package', installed: '' };
  const when = base.databaseDay === null ? '' : `, whose databases were of ${base.databaseDay}`;
  return `newly disclosed: ${`${name} ${installed}`.trim()} is unchanged since the base report${when}`;
}

/** The severities the earlier report gives, by fingerprint. */
function severitiesOf(base: BaseReport): ReadonlyMap<string, readonly string[]> {
  const known = new Map<string, string[]>();
  for (const { fingerprint, severity } of base.vulnerabilities) {
    known.set(fingerprint, [...(known.get(fingerprint) ?? []), severity]);
  }
  return known;
}

/** Whether the earlier report proves that the finding's package was in the image as it is now. */
function createMemory(base: BaseReport): (finding: Finding) => boolean {
  const packages = new Set(base.vulnerabilities.map((known) => packageKey(known.image, known.purl, known.installed)));
  return (finding) => {
    const at = packageLocation(finding);
    if (at === null) return false;
    if (at.diffId !== null && base.diffIds.get(at.image)?.has(at.diffId) === true) return true;
    return packages.has(packageKey(at.image, at.purl, finding.vulnerability?.installed ?? ''));
  };
}

/**
 * Sets the vulnerabilities apart that the earlier report does not have although it had their package: it lists the same
 * version, or its image has the very layer that brings it. Without such a proof a vulnerability is new.
 */
export function compareWithReport(findings: readonly Finding[], base: BaseReport | null): BaseReasons {
  const disclosed = new Map<Finding, string>();
  const changed = new Map<Finding, string>();
  if (base === null) return { disclosed, changed };
  const severities = severitiesOf(base);
  const wasThere = createMemory(base);
  for (const finding of findings) {
    const before = severities.get(finding.fingerprint);
    if (before === undefined) {
      if (wasThere(finding)) disclosed.set(finding, explainDisclosed(finding, base));
    } else if (!before.includes(finding.severity)) changed.set(finding, `the base report has it as ${before[0]}`);
  }
  return { disclosed, changed };
}

/** What the earlier report has and this run, which looked at the same image with the same scanners, does not. */
function findFixed(findings: readonly Finding[], base: BaseReport, coverage: Coverage): readonly FixedVulnerability[] {
  const still = new Set(findings.map(({ fingerprint }) => fingerprint));
  const images = new Set([
    ...coverage.pairings.map(({ label }) => label),
    ...findings.flatMap((finding) => packageLocation(finding)?.image ?? []),
  ]);
  const answered = answeredScanners(coverage);
  const hasFailed = coverage.scanners.some(({ state }) => state === 'failed');
  return base.vulnerabilities
    .filter(({ fingerprint, image }) => !hasFailed && !still.has(fingerprint) && images.has(image))
    .filter(({ scanners }) => scanners.every((name) => answered.includes(name)))
    .map(({ advisory, package: name, installed, severity, image }) => {
      return { advisory, package: name, installed, severity, image };
    });
}

interface Disposed {
  readonly finding: Finding;
  readonly disposition: string;
}

/** The four groups; null without an earlier report. */
export function deltaOf(
  disposed: readonly Disposed[],
  reasons: BaseReasons,
  base: BaseReport | null,
  coverage: Coverage,
): Delta | null {
  if (base === null) return null;
  const isNew = ({ finding, disposition }: Disposed) =>
    packageLocation(finding) !== null && (disposition === 'blocking' || disposition === 'advisory');
  return {
    new: disposed.filter(isNew).length,
    newlyDisclosed: reasons.disclosed.size,
    severityChanged: reasons.changed.size,
    fixed: findFixed(
      disposed.map(({ finding }) => finding),
      base,
      coverage,
    ),
  };
}
