import type { VulnerabilityFacts } from './finding.ts';
import { isSystemType } from './package-coordinates.ts';
import { scannerTitles } from './scanner-opinion.ts';

/** What the vendor of a package says of a fix, in one scanner's report. */
export type FixStatus = 'fixed' | 'affected' | 'under-investigation' | 'deferred' | 'will-not-fix' | 'end-of-life';

/** The one that says most comes first. */
const byWeight: readonly FixStatus[] = [
  'fixed',
  'will-not-fix',
  'end-of-life',
  'deferred',
  'under-investigation',
  'affected',
];

/** Of two that one scanner gives, for packages built from one source. */
export function weightier(a: FixStatus, b: FixStatus): FixStatus {
  return byWeight.indexOf(a) <= byWeight.indexOf(b) ? a : b;
}

/** Namespaces of package URLs of operating systems, as either scanner writes them. */
const vendors: Readonly<Record<string, string>> = {
  alma: 'AlmaLinux',
  almalinux: 'AlmaLinux',
  alpine: 'Alpine',
  amazon: 'Amazon Linux',
  amazonlinux: 'Amazon Linux',
  amzn: 'Amazon Linux',
  azurelinux: 'Azure Linux',
  'cbl-mariner': 'Azure Linux',
  centos: 'CentOS',
  chainguard: 'Chainguard',
  debian: 'Debian',
  fedora: 'Fedora',
  mariner: 'Azure Linux',
  opensuse: 'openSUSE',
  oracle: 'Oracle Linux',
  oraclelinux: 'Oracle Linux',
  ol: 'Oracle Linux',
  photon: 'Photon OS',
  redhat: 'Red Hat',
  rhel: 'Red Hat',
  rocky: 'Rocky Linux',
  rockylinux: 'Rocky Linux',
  sles: 'SUSE',
  suse: 'SUSE',
  ubuntu: 'Ubuntu',
  wolfi: 'Wolfi',
};

/** Who would fix a package: the distribution, else whoever maintains it. */
export function vendorOf(purl: string): string {
  const [, type = '', namespace = ''] = /^pkg:([a-z]+)\/([^/@?#]+)\//.exec(purl) ?? [];
  const known = Object.hasOwn(vendors, namespace) ? vendors[namespace] : undefined;
  if (isSystemType(type)) return known ?? 'its distribution';
  return 'its maintainer';
}

/** The one to go by: what says most; null where no scanner says anything. */
export function fixStatus({ statusBy = {} }: VulnerabilityFacts): FixStatus | null {
  const given = Object.values(statusBy);
  return given.length === 0 ? null : given.reduce(weightier);
}

/** Whether somebody has published a fix, whatever another scanner says. */
export function isFixable(facts: VulnerabilityFacts): boolean {
  return facts.fixed.length > 0 || fixStatus(facts) === 'fixed';
}

/** What the vendor does, after its name. `affected` says no more than that there is no fix. */
const deeds: Readonly<Record<Exclude<FixStatus, 'fixed' | 'affected'>, string>> = {
  'will-not-fix': 'does not plan one',
  'end-of-life': 'no longer supports it',
  deferred: 'has put it off',
  'under-investigation': 'is still investigating',
};

/** `Debian does not plan one`, with who says so where the scanners differ; empty where nobody says more. */
function deedOf({ scanners, statusBy = {} }: VulnerabilityFacts, vendor: string): string {
  const said = scanners.flatMap((scanner) => {
    const status = statusBy[scanner];
    return status === undefined || status === 'fixed' || status === 'affected'
      ? []
      : [{ scanner, deed: deeds[status] }];
  });
  const [first, second] = said;
  if (first === undefined) return '';
  if (scanners.length < 2 || first.deed === second?.deed) return `${vendor} ${first.deed}`;
  return said.map(({ scanner, deed }) => `${vendor} ${deed}, says ${scannerTitles[scanner]}`).join('; ');
}

/** What becomes of a flaw, as the end of a sentence: where it is fixed, or what its vendor says. */
export function describeOutlook(facts: VulnerabilityFacts, fixedIn: string, vendor: string): string {
  const deed = deedOf(facts, vendor);
  if (fixedIn !== '') return deed === '' ? `fixed in ${fixedIn}` : `fixed in ${fixedIn} (${deed})`;
  if (isFixable(facts)) return 'fixed in a version that is not named';
  const isFinal = ['will-not-fix', 'end-of-life'].includes(fixStatus(facts) ?? '');
  return deed === '' ? 'no fix yet' : `no fix${isFinal ? '' : ' yet'}: ${deed}`;
}

const shortOutlooks: Readonly<Record<FixStatus, string>> = {
  fixed: 'fixed, version not named',
  'will-not-fix': 'no fix planned',
  'end-of-life': 'no fix, no longer supported',
  deferred: 'no fix yet, put off',
  'under-investigation': 'no fix yet, under investigation',
  affected: 'no fix yet',
};

/** The same of what has no fixed version, in a table. */
export function shortOutlook(facts: VulnerabilityFacts): string {
  return shortOutlooks[fixStatus(facts) ?? 'affected'];
}
