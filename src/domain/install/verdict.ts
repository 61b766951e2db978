/**
 * What an install command does to the versions it installs. `packages` are specs as written, never dynamic ones.
 * Every `replacement` is a command a user can type, with the words that are unknown shown as `…`.
 */
export type InstallVerdict =
  /** Runs, queries or writes without installing anything that no lock covers. */
  | { readonly kind: 'not-an-install' }
  /** A word that is only known when the command runs would decide. */
  | { readonly kind: 'undecided' }
  | FrozenInstall
  | UnfrozenInstall
  /** A requirements file with exact versions and no hashes: the names are fixed, the bytes are not. */
  | { readonly kind: 'unhashed-pins'; readonly replacement: string }
  /** Installs named packages into a project; what they depend on floats even where `isExact`. */
  | { readonly kind: 'adds-package'; readonly packages: readonly string[]; readonly isExact: boolean }
  /** A global or one-off tool at an exact version. */
  | { readonly kind: 'exact-tool'; readonly packages: readonly string[] }
  /** A global or one-off tool at whatever version is newest. */
  | { readonly kind: 'unpinned-tool'; readonly packages: readonly string[] }
  /** `pip install --upgrade pip`: only the installer itself floats. */
  | { readonly kind: 'upgrades-installer'; readonly packages: readonly string[] };

interface FrozenInstall {
  readonly kind: 'frozen';
  /** Whether a committed lockfile is what freezes it; false where the command or its file carries the pins. */
  readonly needsLockfile: boolean;
  /** Whether it installs all the same, with new versions, when there is no lockfile. */
  readonly resolvesWithoutLockfile: boolean;
}

export interface UnfrozenInstall {
  readonly kind: 'unfrozen';
  /** The frozen command, with the user's other flags kept. */
  readonly replacement: string;
  /** `resolves`: may change or ignore the lock; `updates`: is meant to; `implicit`: only as a side effect of a run. */
  readonly effect: 'resolves' | 'updates' | 'implicit';
  /** Whether the manager has a lockfile that `replacement` would hold to; never for pip. */
  readonly readsLockfile: boolean;
  /** A flag or setting that looks as if it froze the install and does not. */
  readonly ignored: string | null;
}

export const notAnInstall: InstallVerdict = { kind: 'not-an-install' };
export const undecided: InstallVerdict = { kind: 'undecided' };
/** Frozen by its lockfile; fails without one. */
export const frozenByLockfile: InstallVerdict = { kind: 'frozen', needsLockfile: true, resolvesWithoutLockfile: false };
/** Frozen by its lockfile; installs new versions without one. */
export const frozenIfLocked: InstallVerdict = { kind: 'frozen', needsLockfile: true, resolvesWithoutLockfile: true };
/** Frozen by what the command or its requirements file says. */
export const frozenByItself: InstallVerdict = { kind: 'frozen', needsLockfile: false, resolvesWithoutLockfile: false };

/** A project install that a lockfile would freeze. */
export function unfrozen(
  replacement: string,
  effect: UnfrozenInstall['effect'] = 'resolves',
  ignored: string | null = null,
): InstallVerdict {
  return { kind: 'unfrozen', replacement, effect, readsLockfile: true, ignored };
}

/** A package spec as written; null is dynamic. */
export type Spec = string | null;

function weighSpecs(specs: readonly Spec[], isExact: (spec: string) => boolean) {
  const literal = specs.filter((spec) => spec !== null);
  const loose = literal.filter((spec) => !isExact(spec));
  if (loose.length > 0) return { packages: loose, isExact: false };
  return literal.length < specs.length ? null : { packages: literal, isExact: true };
}

/** Named packages added to a project: undecided when only dynamic ones could be loose. */
export function judgeAdded(specs: readonly Spec[], isExact: (spec: string) => boolean): InstallVerdict {
  if (specs.length === 0) return notAnInstall;
  const weight = weighSpecs(specs, isExact);
  return weight === null ? undecided : { kind: 'adds-package', ...weight };
}

/** Global tools brought to their newest versions; no names mean all of them. */
export function updatesTools(specs: readonly Spec[]): InstallVerdict {
  return { kind: 'unpinned-tool', packages: specs.filter((spec) => spec !== null) };
}

/** Global or one-off tools: undecided when only dynamic ones could be loose. */
export function judgeTools(specs: readonly Spec[], isExact: (spec: string) => boolean): InstallVerdict {
  if (specs.length === 0) return notAnInstall;
  const weight = weighSpecs(specs, isExact);
  if (weight === null) return undecided;
  return { kind: weight.isExact ? 'exact-tool' : 'unpinned-tool', packages: weight.packages };
}
