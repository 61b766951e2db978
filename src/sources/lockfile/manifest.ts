import type { PackageManager, PackageManifestEvidence } from '../../domain/evidence.ts';
import { countStrings, readTomlEntries, type TomlEntry } from './toml-entries.ts';

/** What a manifest says itself; settings from the files around it are added by the source. */
export type ManifestFacts = Pick<PackageManifestEvidence, 'manager' | 'dependencies' | 'settings' | 'pins'>;

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function countKeys(value: unknown): number {
  return isRecord(value) ? Object.keys(value).length : 0;
}

const javaScriptManagers: ReadonlyMap<string, PackageManager> = new Map([
  ['npm', 'npm'],
  ['pnpm', 'pnpm'],
  ['yarn', 'yarn'],
  ['bun', 'bun'],
]);

/** `packageManager` as Corepack reads it: `pnpm@9.1.0+sha512.…`. */
function readPackageManager(value: unknown): ManifestFacts['manager'] {
  const match = typeof value === 'string' ? /^([a-z]+)@(?:(\d{1,4})\.|berry)?/.exec(value) : null;
  const name = javaScriptManagers.get(match?.[1] ?? '');
  if (name === undefined) return null;
  return { name, major: match?.[2] === undefined ? null : Number(match[2]) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** package.json; null when it is no JSON object. */
export function readPackageJson(text: string): ManifestFacts | null {
  const json = parseJson(text);
  if (!isRecord(json)) return null;
  const groups = [json['dependencies'], json['devDependencies'], json['optionalDependencies']];
  return {
    manager: readPackageManager(json['packageManager']),
    dependencies: groups.reduce<number>((total, group) => total + countKeys(group), 0),
    settings: json['workspaces'] === undefined ? {} : { workspaces: 'true' },
    pins: null,
  };
}

const poetryTable = /^tool\.poetry\.(?:dependencies|dev-dependencies|group\.[^.]{1,200}\.dependencies)(?:\.|$)/;

/** How many dependencies one entry declares (PEP 621, PEP 735, `[tool.uv]`, `[tool.poetry]`). */
function countEntry({ table, key, value }: TomlEntry): number {
  if (table === 'project.optional-dependencies' || table === 'dependency-groups') return countStrings(value);
  if (table === 'project' && key === 'dependencies') return countStrings(value);
  if (table === 'project' && key === 'dynamic') return /["']dependencies["']/.test(value) ? 1 : 0;
  if (table === 'tool.uv' && key === 'dev-dependencies') return countStrings(value);
  const poetry = poetryTable.exec(table)?.[0];
  if (poetry === undefined || key === 'python') return 0;
  return (key === '') === poetry.endsWith('.') ? 1 : 0;
}

/** `[tool.poetry]` names Poetry, `[tool.uv]` uv; the major version comes from `requires-poetry`, where it says one. */
function readPythonManager(entries: readonly TomlEntry[]): ManifestFacts['manager'] {
  const isUnder = (name: string) => entries.some(({ table }) => table === name || table.startsWith(`${name}.`));
  if (isUnder('tool.poetry')) {
    const requires = entries.find(({ table, key }) => table === 'tool.poetry' && key === 'requires-poetry');
    const major = /(\d{1,4})/.exec(requires?.value ?? '')?.[1];
    return { name: 'poetry', major: major === undefined ? null : Number(major) };
  }
  return isUnder('tool.uv') ? { name: 'uv', major: null } : null;
}

/** pyproject.toml; null when it is no TOML. */
export function readPyproject(text: string): ManifestFacts | null {
  const entries = readTomlEntries(text);
  if (entries === null) return null;
  const dependencies = entries.reduce((total, entry) => total + countEntry(entry), 0);
  const isWorkspace = entries.some(({ table }) => table === 'tool.uv.workspace');
  const settings = isWorkspace ? { workspaces: 'true' } : {};
  return { manager: readPythonManager(entries), dependencies, settings, pins: null };
}
