import { resolve } from 'node:path';
import { buildRequest, type RequestOrigin } from '../build-request.ts';
import { neutralise } from '../domain/neutral-text.ts';
import { UsageError } from '../domain/usage-error.ts';
import type { Host } from '../host/host.ts';
import type { Terminal } from '../host/terminal.ts';
import { readFromFolder } from '../policies.ts';
import { addDays } from '../policy/calendar.ts';
import type { Statement } from '../policy/exception-statement.ts';
import type { NewEntry } from '../policy/policy-edit.ts';
import { readExceptions } from '../policy/read-exceptions.ts';
import type { Policy } from '../policy/schema.ts';
import { describeEntry } from '../policy/triage.ts';
import { keepPolicyOption, openPolicy, writeEntries } from './policy-file.ts';
import { isSameEntry, termOf, textOf } from './triage-add.ts';

/** More than a person reviews. */
const mostEntries = 1000;
const shownLines = 20;

interface Given {
  readonly reason: string | null;
  readonly owner: string | null;
  readonly image: string | null;
  readonly today: string;
  /** The last day an entry of this import may hold. */
  readonly latest: string;
}

interface Plan {
  readonly entries: readonly NewEntry[];
  readonly leftOut: readonly string[];
}

function entryOf(statement: Statement, given: Given): NewEntry {
  const { advisory, expires } = statement;
  return {
    subject: { kind: 'advisory', id: advisory },
    path: null,
    package: statement.package,
    image: given.image,
    reason: statement.reason ?? given.reason ?? '',
    owner: given.owner,
    expires: expires === null || expires > given.latest ? given.latest : expires,
  };
}

function plan(statements: readonly Statement[], given: Given, policy: Policy): Plan {
  const entries = new Map<string, NewEntry>();
  const leftOut: string[] = [];
  for (const statement of statements) {
    const entry = entryOf(statement, given);
    const name = describeEntry(entry);
    const known = policy.triage.find((candidate) => isSameEntry(candidate, entry));
    if (entry.expires < given.today) leftOut.push(`${name} ended on ${entry.expires}`);
    else if (known !== undefined) leftOut.push(`${name} is there already, in line ${known.at.line}`);
    else entries.set(name.toLowerCase(), entry);
  }
  return { entries: [...entries.values()], leftOut };
}

function refuseUnreviewable(path: string, entries: readonly NewEntry[]): void {
  const mute = entries.filter(({ reason }) => reason === '').length;
  if (mute > 0) {
    throw new UsageError(
      `${path}: ${mute} of ${entries.length} entries have no reason`,
      'say with --reason in one sentence why they are acceptable',
    );
  }
  if (entries.length <= mostEntries) return;
  throw new UsageError(
    `${path} would add ${entries.length} entries, more than ${mostEntries}`,
    'import a file about this image only',
  );
}

function shorten(lines: readonly string[]): readonly string[] {
  const shown = lines.slice(0, shownLines).map((line) => `  ${neutralise(line, 300)}`);
  return lines.length > shownLines ? [...shown, `  and ${lines.length - shownLines} more`] : shown;
}

/** `hullcheck policy import`: what another tool's file excuses becomes triage entries, each with a reason and a last day. */
export async function importPolicy(
  named: string | undefined,
  origin: RequestOrigin,
  host: Host,
  terminal: Terminal,
): Promise<number> {
  if (named === undefined)
    throw new UsageError('policy import names no file', 'write hullcheck policy import .trivyignore');
  const { values } = origin;
  const path = neutralise(named, 240);
  const text = await readFromFolder(host, origin.workingFolder)(resolve(origin.workingFolder, named));
  if (text === null) throw new UsageError(`${path} does not exist`, 'check the file named');
  const request = await buildRequest({ ...origin, values: keepPolicyOption(values) }, host);
  const file = await openPolicy(request, host);
  const today = host.clock.today();
  const latest = addDays(today, termOf(values, file.policy));
  const given = { reason: textOf(values, 'reason'), owner: textOf(values, 'owner'), image: textOf(values, 'image') };
  const imported = readExceptions(named, text);
  const { entries, leftOut } = plan(imported.statements, { ...given, today, latest }, file.policy);
  refuseUnreviewable(path, entries);
  if (entries.length > 0) await writeEntries(file, request.directory, entries, host);
  const without = [...imported.leftOut, ...leftOut];
  const lines = [
    `Wrote ${entries.length} ${entries.length === 1 ? 'entry' : 'entries'} of ${path} to ${neutralise(file.path)}, until ${latest} at the latest.`,
    ...shorten(entries.map((entry) => `${describeEntry(entry)} until ${entry.expires}: ${entry.reason}`)),
    ...(without.length > 0 ? [`Left out: ${without.length}`, ...shorten(without)] : []),
    'Review them before you commit: in a pull request they count once merged.',
  ];
  terminal.write(`${lines.join('\n')}\n`);
  return 0;
}
