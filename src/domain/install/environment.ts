import type { InstallCommandEvidence } from '../evidence.ts';

/** A setting that is on, off, only known at run time, or not there (null). */
export type Toggle = boolean | 'dynamic' | null;

type Variables = Readonly<Record<string, string>>;

/** Reads on/off as npm, pip, uv and yarn do; an empty value counts as not set. */
export function readToggle(value: string | undefined): Toggle {
  if (value === undefined || value === '') return null;
  if (value.includes('$')) return 'dynamic';
  const word = value.toLowerCase();
  if (['1', 'true', 'yes', 'on', 'y', 't'].includes(word)) return true;
  return ['0', 'false', 'no', 'off', 'n', 'f'].includes(word) ? false : null;
}

/** The first that says anything. */
export function firstToggle(...toggles: readonly Toggle[]): Toggle {
  return toggles.find((toggle) => toggle !== null) ?? null;
}

/** The first of the named variables that says on or off. */
export function readVariable(environment: Variables, ...names: readonly string[]): Toggle {
  return firstToggle(...names.map((name) => readToggle(environment[name])));
}

const ciVariables = ['CI', 'GITHUB_ACTIONS', 'CONTINUOUS_INTEGRATION', 'BUILD_NUMBER', 'BUILD_ID', 'RUN_ID'];

/** Whether the manager takes itself to be in CI, as the ci-info package decides: any of the variables, unless `CI=false`. */
export function isInCi(command: InstallCommandEvidence): Toggle {
  const { environment } = command;
  const ci = environment['CI'] ?? (command.context === 'workflow' ? 'true' : '');
  if (ci === 'false') return false;
  if (ci.includes('$')) return 'dynamic';
  return ci !== '' || ciVariables.some((name) => (environment[name] ?? '') !== '');
}
