import type { PolicyChangeEvidence } from '../domain/evidence.ts';
import { type FileLocation, fileLocation, fileStart } from '../domain/location.ts';
import type { AnyRule } from '../domain/rule.ts';
import { severities } from '../domain/severity.ts';
import type { Baseline } from './baseline.ts';
import { containsGlob } from './glob-set.ts';
import { isProtected } from './rule-class.ts';
import { type FailOn, failOnKeys, type Policy, type TriageEntry } from './schema.ts';
import { describeEntry } from './triage.ts';
import { compareImageLevels, type Weakening } from './weakened-images.ts';

/** A file of the model manifest: what of it may not change while its source stays where it was. */
export interface PinnedFile {
  readonly path: string;
  readonly sha256: string;
  /** The commit or manifest digest the model comes from; null where the manifest names none. */
  readonly revision: string | null;
  readonly at: FileLocation;
}

/** The rest of what a pull request could weaken. `rules`: the registry, for the severities that hold without an override. */
export interface PolicyComparison {
  readonly rules: readonly AnyRule[];
  readonly baselines: { readonly base: Baseline | null; readonly head: Baseline | null };
  readonly manifests: { readonly base: readonly PinnedFile[]; readonly head: readonly PinnedFile[] };
}

/**
 * What the head's policy, baseline and model manifest allow that the base's did not, each at its line in the head's
 * file. Where either side has no policy file, pass `defaultPolicy`. Tightening yields nothing; in doubt a change counts
 * as weaker.
 */
export function comparePolicies(base: Policy, head: Policy, rest: PolicyComparison): readonly PolicyChangeEvidence[] {
  const start = fileLocation(head.path ?? base.path ?? '.hullcheck.yml', fileStart);
  const settings = [
    ...compareFailOn(base, head),
    ...compareGates(base.vulnerabilities, head.vulnerabilities),
    ...compareModes(base, head),
    ...rest.rules.flatMap((rule) => compareRule(base, head, rule)),
    ...compareImageLevels(base.images, head.images),
    ...compareIgnoredPaths(base, head),
    ...compareTerms(base, head),
  ];
  return [
    ...settings.map(({ key, what }) => change(placeOf(head, key) ?? start, what)),
    ...head.triage.flatMap((entry) => compareEntry(base.triage, entry)),
    ...compareBaselines(rest.baselines.base, rest.baselines.head),
    ...compareManifests(rest.manifests.base, rest.manifests.head),
  ];
}

function change(at: FileLocation, what: string): PolicyChangeEvidence {
  return { kind: 'policy-change', at, what };
}

/** The key's own place, or the nearest key above it. */
function placeOf(policy: Policy, key: string): FileLocation | null {
  const place = policy.places.get(key);
  if (place !== undefined) return place;
  const dot = key.lastIndexOf('.');
  return dot < 0 ? null : placeOf(policy, key.slice(0, dot));
}

function failOnRank(threshold: FailOn): number {
  return threshold === 'never' ? -1 : severities.indexOf(threshold);
}

const failOnNames = {
  vulnerabilities: 'failOn for vulnerabilities',
  default: 'failOn for all but vulnerabilities',
} as const;

function compareFailOn(base: Policy, head: Policy): readonly Weakening[] {
  const raised = failOnKeys
    .filter((name) => failOnRank(head.failOn[name]) < failOnRank(base.failOn[name]))
    .map((name) => ({ name, change: `goes from ${base.failOn[name]} to ${head.failOn[name]}` }));
  const [first, second] = raised;
  if (first !== undefined && first.change === second?.change)
    return [{ key: 'failOn', what: `failOn ${first.change}` }];
  return raised.map(({ name, change }) => ({ key: `failOn.${name}`, what: `${failOnNames[name]} ${change}` }));
}

/** A probability that no vulnerability reaches stands for no threshold. */
const noThreshold = 2;

function compareGates(base: Policy['vulnerabilities'], head: Policy['vulnerabilities']): readonly Weakening[] {
  const isEpssRaised = (head.epss ?? noThreshold) > (base.epss ?? noThreshold);
  const epss = `the EPSS threshold goes from ${base.epss ?? 'none'} to ${head.epss ?? 'none'}`;
  const weaker: readonly (readonly [keyof Policy['vulnerabilities'], boolean, string])[] = [
    ['fixableOnly', !base.fixableOnly && head.fixableOnly, 'vulnerabilities without a fixed version block no more'],
    ['kev', base.kev && !head.kev, 'vulnerabilities known to be exploited no longer block at any severity'],
    ['epss', isEpssRaised, epss],
    ['agree', base.agree === 'any' && head.agree === 'both', 'vulnerabilities that one scanner reports block no more'],
  ];
  return weaker.filter(([, isWeaker]) => isWeaker).map(([name, , what]) => ({ key: `vulnerabilities.${name}`, what }));
}

function compareModes(base: Policy, head: Policy): readonly Weakening[] {
  const isWarning = base.onGap === 'fail' && head.onGap === 'warn';
  const isObserving = base.mode === 'gate' && head.mode === 'observe';
  return [
    ...(isWarning ? [{ key: 'onGap', what: 'onGap goes from fail to warn' }] : []),
    ...(isObserving ? [{ key: 'mode', what: 'mode goes from gate to observe' }] : []),
  ];
}

/** Greater is milder; `off` is the mildest. */
function mildness(level: Policy['rules'][string]): number {
  return level === 'off' ? severities.length : severities.indexOf(level);
}

/**
 * Without an override a rule about secrets, models or vulnerabilities can go up to critical, so any fixed level below
 * that lowers it; the other rules are measured by their own severity.
 */
function compareRule(base: Policy, head: Policy, rule: AnyRule): readonly Weakening[] {
  const [before, after] = [base.rules[rule.id], head.rules[rule.id]];
  if (before === after) return [];
  const from = before ?? (isProtected(rule) ? 'critical' : rule.severity);
  if (mildness(after ?? rule.severity) <= mildness(from)) return [];
  const was = before ?? 'its default';
  return [{ key: `rules.${rule.id}`, what: `rule ${rule.id} goes from ${was} to ${after ?? 'its default'}` }];
}

function compareIgnoredPaths(base: Policy, head: Policy): readonly Weakening[] {
  return head.ignorePaths.flatMap((pattern, index) =>
    base.ignorePaths.some((known) => containsGlob(known, pattern))
      ? []
      : [{ key: `ignorePaths[${index}]`, what: `ignorePaths gains ${pattern}` }],
  );
}

function compareTerms(base: Policy, head: Policy): readonly Weakening[] {
  if (head.maxTriageDays <= base.maxTriageDays) return [];
  const what = `the longest term of a triage entry goes from ${base.maxTriageDays} to ${head.maxTriageDays} days`;
  return [{ key: 'maxTriageDays', what }];
}

function isSameSubject(a: TriageEntry, b: TriageEntry): boolean {
  const [first, second] = [a.subject, b.subject];
  return first.kind === second.kind && first.id.toLowerCase() === second.id.toLowerCase();
}

/** Whether `outer` covers all that `inner` does, leaving expiry aside. */
function isAsWide(outer: TriageEntry, inner: TriageEntry): boolean {
  return (['path', 'package', 'image'] as const).every((name) => {
    const [wide, narrow] = [outer[name], inner[name]];
    return wide === null || (narrow !== null && containsGlob(wide, narrow));
  });
}

function compareEntry(known: readonly TriageEntry[], entry: TriageEntry): readonly PolicyChangeEvidence[] {
  const same = known.filter((candidate) => isSameSubject(candidate, entry));
  const wide = same.filter((candidate) => isAsWide(candidate, entry));
  if (wide.some((candidate) => candidate.expires >= entry.expires)) return [];
  const subject = describeEntry(entry);
  const latest = wide
    .map((candidate) => candidate.expires)
    .sort()
    .at(-1);
  if (latest !== undefined) {
    return [change(entry.at, `the triage entry for ${subject} expires on ${entry.expires}, no longer on ${latest}`)];
  }
  const what = same.length > 0 ? 'covers more than before' : `is new, until ${entry.expires}`;
  return [change(entry.at, `the triage entry for ${subject} ${what}`)];
}

function compareBaselines(base: Baseline | null, head: Baseline | null): readonly PolicyChangeEvidence[] {
  const known = new Map(base?.entries.map((entry) => [entry.fingerprint, entry.count]));
  const grown = (head?.entries ?? []).flatMap((entry) => {
    const surplus = entry.count - (known.get(entry.fingerprint) ?? 0);
    return surplus > 0 ? [{ at: entry.at, surplus }] : [];
  });
  const first = grown[0];
  if (first === undefined) return [];
  const total = grown.reduce((sum, { surplus }) => sum + surplus, 0);
  const findings = total === 1 ? '1 more finding' : `${total} more findings`;
  return [change(first.at, `the baseline excuses ${findings} than before`)];
}

function compareManifests(base: readonly PinnedFile[], head: readonly PinnedFile[]): readonly PolicyChangeEvidence[] {
  const known = new Map<string, PinnedFile[]>();
  for (const file of base) known.set(file.path, [...(known.get(file.path) ?? []), file]);
  return head.flatMap((file) => {
    const before = (known.get(file.path) ?? []).filter(
      ({ revision }) => revision !== null && revision === file.revision,
    );
    const isChanged = before.length > 0 && before.every(({ sha256 }) => sha256 !== file.sha256);
    return isChanged
      ? [change(file.at, `the digest of ${file.path} changes while its source stays at revision ${file.revision}`)]
      : [];
  });
}
