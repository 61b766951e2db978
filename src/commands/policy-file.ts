import { isAbsolute, join } from 'node:path';
import type { OptionValues } from '../arguments.ts';
import { neutralise } from '../domain/neutral-text.ts';
import { UsageError } from '../domain/usage-error.ts';
import { describeProblem, type Host } from '../host/host.ts';
import { firstOf, policyNames, readFromFolder } from '../policies.ts';
import { parsePolicy } from '../policy/parse.ts';
import { addEntries, type NewEntry } from '../policy/policy-edit.ts';
import type { Policy } from '../policy/schema.ts';
import { rules } from '../rules/registry.ts';

const ruleIds = rules.map(({ id }) => id);

/** Commands about the policy give `--image` and the like another meaning than the check: only `--policy` is the same. */
export function keepPolicyOption(values: OptionValues): OptionValues {
  return new Map([...values].filter(([flag]) => flag === 'policy'));
}

/** The policy file of a folder, as commands that write it see it. */
export interface PolicyFile {
  /** As messages name it. */
  readonly path: string;
  /** Empty when it is not there yet. */
  readonly text: string;
  readonly policy: Policy;
}

interface PolicyPlace {
  readonly directory: string;
  /** `--policy`; null: `.hullcheck.yml` where present. */
  readonly policy: string | null;
}

/** Reads the policy file; one that is not there yet reads as empty. */
export async function openPolicy({ directory, policy }: PolicyPlace, host: Host): Promise<PolicyFile> {
  const names = policy === null ? policyNames : [policy];
  const found = await firstOf(readFromFolder(host, directory), names);
  const path = found?.path ?? policy ?? policyNames[0];
  const text = found?.text ?? '';
  return { path, text, policy: parsePolicy(path, text, ruleIds) };
}

/** Writes these entries at the end of the file's `triage` list. */
export async function writeEntries(
  file: PolicyFile,
  directory: string,
  entries: readonly NewEntry[],
  host: Host,
): Promise<void> {
  const text = addEntries(file.path, file.text, entries, ruleIds);
  try {
    await host.files.write(isAbsolute(file.path) ? file.path : join(directory, file.path), text);
  } catch (error) {
    throw new UsageError(
      `${neutralise(file.path)} ${describeProblem(error)}`,
      'run it where the folder can be written',
    );
  }
}
