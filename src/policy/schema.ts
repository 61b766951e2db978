import type { FileLocation } from '../domain/location.ts';
import type { RuleSettings, TagLevel } from '../domain/rule.ts';
import { type Severity, severities } from '../domain/severity.ts';
import type { VulnerabilityGate } from './vulnerability-gate.ts';

/** The mildest severity that blocks; `never`: nothing does. */
export type FailOn = Severity | 'never';

/** What one `triage` entry accepts: an advisory by any of its ids, a rule by its id, or a gap by its fingerprint. */
export interface TriageSubject {
  readonly kind: 'advisory' | 'rule' | 'gap';
  readonly id: string;
}

/** One reviewed exception. The globs narrow it; null: any. A gap's fingerprint is exact, so its entry has none. */
export interface TriageEntry {
  readonly subject: TriageSubject;
  readonly path: string | null;
  readonly package: string | null;
  readonly image: string | null;
  readonly reason: string;
  readonly owner: string | null;
  /** The last day it holds, `YYYY-MM-DD` in UTC. */
  readonly expires: string;
  readonly at: FileLocation;
}

/** What a team decided findings and gaps cost. Read from `.hullcheck.yml` (docs/policy.schema.json). */
export interface Policy {
  /** Null: no policy file, the defaults hold. */
  readonly path: string | null;
  readonly failOn: { readonly vulnerabilities: FailOn; readonly default: FailOn };
  readonly vulnerabilities: VulnerabilityGate;
  /** `warn`: an incomplete run exits 0; its verdict stays `incomplete`. */
  readonly onGap: 'fail' | 'warn';
  /** `observe`: every run exits 0. */
  readonly mode: 'gate' | 'observe';
  /** Path of the baseline, relative to the checked folder. */
  readonly baseline: string | null;
  readonly rules: Readonly<Record<string, Severity | 'off'>>;
  readonly images: RuleSettings['images'];
  /** Globs over repository paths. Never for secrets, models and vulnerabilities. */
  readonly ignorePaths: readonly string[];
  readonly triage: readonly TriageEntry[];
  /** How many days ahead an entry's last day may lie; one that lies further covers nothing. */
  readonly maxTriageDays: number;
  /** Where each key is written, by key path: `failOn.default`, `rules.root-final-user`, `ignorePaths[0]`, `images.overrides.ghcr.io/me/*`. */
  readonly places: ReadonlyMap<string, FileLocation>;
}

/** What holds without a policy file, and for every key a policy file leaves out. */
export const defaultPolicy: Policy = {
  path: null,
  failOn: { vulnerabilities: 'critical', default: 'high' },
  vulnerabilities: { fixableOnly: false, kev: false, epss: null, agree: 'any' },
  onGap: 'fail',
  mode: 'gate',
  baseline: null,
  rules: {},
  images: { minLevel: 'major', overrides: [] },
  ignorePaths: [],
  triage: [],
  maxTriageDays: 90,
  places: new Map(),
};

/** Rules that no policy can lower, switch off or triage: those with `isSuppressible: false`. */
export const unsuppressibleRules: readonly string[] = ['weakened-policy'];

export const policyKeys = [
  '$schema',
  'failOn',
  'vulnerabilities',
  'onGap',
  'mode',
  'baseline',
  'rules',
  'images',
  'ignorePaths',
  'triage',
  'maxTriageDays',
] as const;
export const failOnKeys = ['vulnerabilities', 'default'] as const;
export const gateKeys = ['fixableOnly', 'kev', 'epss', 'agree'] as const;
export const agreeWords = ['any', 'both'] as const;
export const imageKeys = ['minLevel', 'overrides'] as const;
export const triageKeys = [
  'advisory',
  'rule',
  'gap',
  'path',
  'package',
  'image',
  'reason',
  'owner',
  'expires',
] as const;

/** Info findings never block, so `info` is no threshold; the same words as `--fail-on`. */
export const failOnWords = ['critical', 'high', 'medium', 'low', 'never'] as const satisfies readonly FailOn[];
export const ruleWords = [...severities, 'off'] as const;
export const levelWords = ['none', 'tagged', 'major', 'minor', 'patch', 'digest'] as const;

/** The policy's word for a tag level: `tagged` asks for any tag that is no channel word such as `latest`. */
export function tagLevelOf(word: (typeof levelWords)[number]): TagLevel {
  return word === 'tagged' ? 'codename' : word;
}
