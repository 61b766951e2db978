import { matchesGlob } from '../domain/glob.ts';
import { neutralise } from '../domain/neutral-text.ts';
import { addDays } from './calendar.ts';
import { renderOpenVex } from './export-vex.ts';
import { isPackageUrl, isUri, splitPackageUrl } from './package-url.ts';
import type { Policy, TriageEntry } from './schema.ts';
import { describeEntry, isInForce } from './triage.ts';
import { readableScalar } from './yaml-scalar.ts';

export const exportTargets = ['trivyignore', 'trivyignore-yaml', 'grype', 'openvex'] as const;
export type ExportTarget = (typeof exportTargets)[number];

export interface ExportOptions {
  readonly today: string;
  /** The image the file is for; null: entries that name an image are left out. */
  readonly image: string | null;
  /** For OpenVEX: what the statements are about. */
  readonly product: string | null;
  readonly version: string;
}

export interface Exported {
  readonly text: string;
  readonly count: number;
  /** What is not in it, and why: a file that ignores more than the policy would not agree with it. */
  readonly leftOut: readonly string[];
}

/** What a format can say of the package an entry names. */
const packageSupport: Readonly<Record<ExportTarget, (name: string) => boolean>> = {
  trivyignore: () => false,
  'trivyignore-yaml': isPackageUrl,
  grype: () => true,
  openvex: (name) => isPackageUrl(name) && isUri(name),
};

function whyLeftOut(entry: TriageEntry, target: ExportTarget, policy: Policy, options: ExportOptions): string | null {
  if (entry.subject.kind !== 'advisory') return 'scanners know no such thing';
  if (!isInForce(entry, policy, options.today)) {
    return entry.expires < options.today ? `it ended on ${entry.expires}` : 'it lasts longer than the policy allows';
  }
  if (entry.path !== null) return `${target} has no path like it`;
  if (entry.image !== null && options.image === null) return 'it is for one image: name it with --image';
  if (entry.image !== null && options.image !== null && !matchesGlob(entry.image, options.image)) {
    return 'it is for another image';
  }
  if (entry.package === null || packageSupport[target](entry.package)) return null;
  return target === 'trivyignore'
    ? 'trivyignore names no packages: use trivyignore-yaml'
    : `${target} names packages by package URL only (pkg:...)`;
}

function wordsOf({ reason, owner }: TriageEntry): string {
  return neutralise(owner === null ? reason : `${reason} (${owner})`, 1000);
}

/** `#` comments of one line; Trivy drops an entry at the first moment of the day it names, so that is the day after. */
function renderTrivyIgnore(entries: readonly TriageEntry[]): readonly string[] {
  return entries.flatMap((entry) => [`# ${wordsOf(entry)}`, `${entry.subject.id} exp:${addDays(entry.expires, 1)}`]);
}

function renderTrivyYaml(entries: readonly TriageEntry[]): readonly string[] {
  if (entries.length === 0) return ['vulnerabilities: []'];
  const items = entries.flatMap((entry) => [
    `  - id: ${readableScalar(entry.subject.id)}`,
    ...(entry.package === null ? [] : [`    purls: [${JSON.stringify(entry.package)}]`]),
    `    statement: ${readableScalar(wordsOf(entry))}`,
    `    expired_at: ${addDays(entry.expires, 1)}`,
  ]);
  return ['vulnerabilities:', ...items];
}

const grypeTypes: Readonly<Record<string, string>> = {
  pypi: 'python',
  golang: 'go-module',
  cargo: 'rust-crate',
  maven: 'java-archive',
  composer: 'php-composer',
};

/** Grype takes a name for a regular expression over the whole name. */
function expressionOf(glob: string): string {
  return glob.replace(/\*+|\?|[.+^$()[\]{}|\\]/g, (found) => {
    if (found === '?') return '[^/]';
    if (found === '*') return '[^/]*';
    return found.startsWith('*') ? '.*' : `\\${found}`;
  });
}

function grypePackage(pattern: string): readonly string[] {
  if (!isPackageUrl(pattern)) return ['    package:', `      name: ${readableScalar(expressionOf(pattern))}`];
  const { type, name, version } = splitPackageUrl(pattern);
  return [
    '    package:',
    `      name: ${readableScalar(expressionOf(name))}`,
    ...(version === null ? [] : [`      version: ${JSON.stringify(version)}`]),
    `      type: ${readableScalar(grypeTypes[type] ?? type)}`,
  ];
}

function renderGrype(entries: readonly TriageEntry[]): readonly string[] {
  if (entries.length === 0) return ['ignore: []'];
  const items = entries.flatMap((entry) => [
    `  # until ${entry.expires}: Grype knows no expiry, so write this file again`,
    `  - vulnerability: ${readableScalar(entry.subject.id)}`,
    '    include-aliases: true',
    `    reason: ${readableScalar(wordsOf(entry))}`,
    ...(entry.package === null ? [] : grypePackage(entry.package)),
  ]);
  return ['ignore:', ...items];
}

function render(target: ExportTarget, entries: readonly TriageEntry[], options: ExportOptions): string {
  const note = `# Written by hullcheck policy export on ${options.today}; edit the triage list of the policy instead.`;
  switch (target) {
    case 'trivyignore':
      return `${[note, '', ...renderTrivyIgnore(entries)].join('\n')}\n`;
    case 'trivyignore-yaml':
      return `${[note, ...renderTrivyYaml(entries)].join('\n')}\n`;
    case 'grype':
      return `${[note, ...renderGrype(entries)].join('\n')}\n`;
    case 'openvex':
      return renderOpenVex(entries, options);
  }
}

/** The policy's entries for advisories as another tool takes them. Never more than the policy accepts today. */
export function exportTriage(policy: Policy, target: ExportTarget, options: ExportOptions): Exported {
  const judged = policy.triage.map((entry) => ({ entry, why: whyLeftOut(entry, target, policy, options) }));
  const entries = judged.flatMap(({ entry, why }) => (why === null ? [entry] : []));
  const leftOut = judged.flatMap(({ entry, why }) =>
    why === null ? [] : [`${entry.at.path}:${entry.at.line} ${describeEntry(entry)}: ${why}`],
  );
  return { text: render(target, entries, options), count: entries.length, leftOut };
}
