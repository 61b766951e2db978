import type { OptionValues } from '../arguments.ts';
import { buildRequest, type RequestOrigin } from '../build-request.ts';
import { nearest } from '../domain/nearest.ts';
import { escapeUnsafe, neutralise } from '../domain/neutral-text.ts';
import { UsageError } from '../domain/usage-error.ts';
import type { Host } from '../host/host.ts';
import type { Terminal } from '../host/terminal.ts';
import { isAdvisoryId } from '../policy/advisory-id.ts';
import { addDays } from '../policy/calendar.ts';
import { type NewEntry, renderEntry } from '../policy/policy-edit.ts';
import { type Policy, type TriageSubject, unsuppressibleRules } from '../policy/schema.ts';
import { describeEntry, isInForce } from '../policy/triage.ts';
import { rules } from '../rules/registry.ts';
import { keepPolicyOption, openPolicy, writeEntries } from './policy-file.ts';

const ruleIds = rules.map(({ id }) => id).filter((id) => !unsuppressibleRules.includes(id));

function subjectOf(id: string | undefined): TriageSubject {
  if (id === undefined)
    throw new UsageError('triage add names nothing', 'write hullcheck triage add CVE-2026-0001 --reason "..."');
  if (ruleIds.includes(id)) return { kind: 'rule', id };
  if (/^[0-9a-f]{32}$/.test(id)) return { kind: 'gap', id };
  if (isAdvisoryId(id)) return { kind: 'advisory', id };
  if (unsuppressibleRules.includes(id)) throw new UsageError(`${id} cannot be triaged`, 'it judges the policy itself');
  const near = nearest(id, ruleIds);
  throw new UsageError(
    `${neutralise(id, 80)} is no advisory, rule or gap`,
    near === null ? 'give an id such as CVE-2026-0001, a rule, or the fingerprint of a gap' : `did you mean ${near}?`,
  );
}

/** The days of `--days`, at most what the policy allows. */
export function termOf(values: OptionValues, policy: Policy): number {
  const word = values.get('days')?.[0];
  if (word === undefined) return policy.maxTriageDays;
  const days = /^\d{1,6}$/.test(word) ? Number(word) : 0;
  if (days < 1)
    throw new UsageError(`--days ${neutralise(word, 80)} is no number of days`, 'use a whole number from 1');
  if (days <= policy.maxTriageDays) return days;
  throw new UsageError(
    `--days ${days} is longer than the ${policy.maxTriageDays} days the policy allows`,
    `use at most ${policy.maxTriageDays}, or raise maxTriageDays in the policy`,
  );
}

/** A text option; null when it is not given. */
export function textOf(values: OptionValues, flag: string): string | null {
  const text = values.get(flag)?.[0] ?? null;
  if (text !== null && !/\S/.test(text)) throw new UsageError(`--${flag} is empty`, `give --${flag} a text`);
  return text;
}

function entryOf(subject: TriageSubject, values: OptionValues, expires: string): NewEntry {
  const reason = textOf(values, 'reason');
  if (reason === null)
    throw new UsageError('triage add has no reason', 'say with --reason in one sentence why this is acceptable');
  const narrowing = {
    path: textOf(values, 'path'),
    package: textOf(values, 'package'),
    image: textOf(values, 'image'),
  };
  if (subject.kind === 'gap' && Object.values(narrowing).some((glob) => glob !== null)) {
    throw new UsageError(
      'a gap cannot be narrowed',
      'leave out --path, --package and --image: the fingerprint names one gap',
    );
  }
  return { subject, ...narrowing, reason, owner: textOf(values, 'owner'), expires };
}

/** Whether both accept the same, leaving reason and term aside. */
export function isSameEntry(a: NewEntry, b: NewEntry): boolean {
  return describeEntry(a).toLowerCase() === describeEntry(b).toLowerCase();
}

function refuseDouble(entry: NewEntry, policy: Policy, today: string): void {
  const known = policy.triage.find((candidate) => isSameEntry(candidate, entry));
  if (known === undefined) return;
  const state = isInForce(known, policy, today) ? 'until' : 'no longer, as it ends';
  throw new UsageError(
    `${known.at.path}:${known.at.line} already accepts ${describeEntry(known)} ${state} ${known.expires}`,
    'review that entry and change its expires',
  );
}

/** `hullcheck triage add`: writes one entry into the policy file and shows it. */
export async function addTriage(
  id: string | undefined,
  origin: RequestOrigin,
  host: Host,
  terminal: Terminal,
): Promise<number> {
  const subject = subjectOf(id);
  const request = await buildRequest({ ...origin, values: keepPolicyOption(origin.values) }, host);
  const file = await openPolicy(request, host);
  const today = host.clock.today();
  const days = termOf(origin.values, file.policy);
  const entry = entryOf(subject, origin.values, addDays(today, days));
  refuseDouble(entry, file.policy, today);
  await writeEntries(file, request.directory, [entry], host);
  const shown = renderEntry(entry, 2).map(escapeUnsafe);
  const last = `It holds through ${entry.expires} (${days} days); in a pull request it counts once it is merged.`;
  terminal.write(`${[`Wrote to ${neutralise(file.path)}:`, ...shown, last].join('\n')}\n`);
  return 0;
}
