import type { Gap } from '../../domain/gap.ts';
import { isGap, type TextFile } from '../workspace/file-tree.ts';
import { readYaml } from '../yaml/document.ts';
import { readTomlEntries } from './toml-entries.ts';

/** Settings by name, prefixed with the manager that reads them. Only the few that change an install: never credentials. */
export type Settings = Readonly<Record<string, string>>;

/** Reads one file's settings; a gap or null when the file cannot be parsed. */
type SettingsReader = (file: TextFile) => Settings | Gap | null;

/** The file's top-level scalars by key; a list or mapping stands as `[]`. */
function readYamlKeys(file: TextFile): ReadonlyMap<string, string> | Gap {
  const yaml = readYaml(file, 'lockfile');
  if (isGap(yaml)) return yaml;
  const fields = yaml.roots.flatMap((root) => [...yaml.fields(root)]);
  return new Map(fields.map(([key, node]) => [key, yaml.scalar(node)?.value ?? '[]']));
}

function named(name: string, value: string | undefined): Settings {
  return value === undefined ? {} : { [name]: value };
}

/** `.yarn/releases/yarn-4.1.0.cjs` names the release, and with it the generation. */
function generationOfRelease(path: string | undefined): string | undefined {
  const major = /yarn-(\d{1,4})\./.exec(path ?? '')?.[1];
  if (major === undefined) return undefined;
  return major === '1' ? '1' : '2';
}

/** `.yarnrc.yml` is only read by yarn >= 2 (berry), unless it hands over to a yarn 1 release. */
function readBerrySettings(file: TextFile): Settings | Gap {
  const keys = readYamlKeys(file);
  if (isGap(keys)) return keys;
  return {
    'yarn.generation': generationOfRelease(keys.get('yarnPath')) ?? '2',
    ...named('yarn.enableImmutableInstalls', keys.get('enableImmutableInstalls')),
  };
}

function readPnpmSettings(file: TextFile): Settings | Gap {
  const keys = readYamlKeys(file);
  if (isGap(keys)) return keys;
  const workspaces = keys.has('packages') ? { workspaces: 'true' } : {};
  return { ...workspaces, ...named('pnpm.frozenLockfile', keys.get('frozenLockfile')) };
}

/** ini lines `key = value`; only `frozen-lockfile` is kept, as the file often holds tokens. */
function readNpmSettings(file: TextFile): Settings {
  const values = file.text.split('\n').map((line) => /^\s*frozen-lockfile\s*=\s*(\w+)\s*$/.exec(line)?.[1]);
  return named(
    'npm.frozen-lockfile',
    values.findLast((value) => value !== undefined),
  );
}

/** yarn 1: `--install.frozen-lockfile true` and `yarn-path "…"`, one per line. */
function readClassicSettings(file: TextFile): Settings {
  const lines = file.text.split('\n').map((line) => line.trim());
  const frozen = lines.map((line) => /^--install\.frozen-lockfile\s+"?(\w+)"?$/.exec(line)?.[1]);
  const release = lines.find((line) => line.startsWith('yarn-path '));
  return {
    ...named(
      'yarn.install.frozen-lockfile',
      frozen.findLast((value) => value !== undefined),
    ),
    ...named('yarn.generation', generationOfRelease(release)),
  };
}

function readBunSettings(file: TextFile): Settings | null {
  const entries = readTomlEntries(file.text);
  if (entries === null) return null;
  const installKey = (name: string) => entries.find(({ table, key }) => table === 'install' && key === name)?.value;
  return {
    ...named('bun.install.frozenLockfile', installKey('frozenLockfile')),
    ...named('bun.install.production', installKey('production')),
  };
}

export const settingsReaders: ReadonlyMap<string, SettingsReader> = new Map<string, SettingsReader>([
  ['.npmrc', readNpmSettings],
  ['.yarnrc', readClassicSettings],
  ['.yarnrc.yml', readBerrySettings],
  ['pnpm-workspace.yaml', readPnpmSettings],
  ['bunfig.toml', readBunSettings],
]);

/** Settings that hold in their own folder only; the others hold for the folders below too. */
export function isOwnFolderSetting(name: string): boolean {
  return name === 'workspaces' || name.startsWith('bun.');
}
