import type { BuildToolKind } from '../../domain/build-evidence.ts';

/** Build tools of one kind in one place of a layer. */
export interface FoundTool {
  readonly toolKind: BuildToolKind;
  readonly name: string;
  /** The first of its files. */
  readonly path: string;
  readonly files: number;
  readonly bytes: number;
}

interface ToolPattern {
  readonly toolKind: BuildToolKind;
  readonly name: string;
  readonly pattern: RegExp;
}

const home = '(?:root|home/[^/]+)';
const binaries = '(?:usr/)?(?:local/)?s?bin';

/** The group that matches is a place that is there or gone as a whole: what a later step deletes of it, it deletes at once. */
const toolPatterns: readonly ToolPattern[] = [
  {
    toolKind: 'compiler',
    name: 'gcc',
    pattern: new RegExp(
      `^(?:(usr/lib(?:exec)?/gcc/[^/]+/[^/]+)/|(${binaries}/(?:[a-z0-9_]+-[a-z0-9-]+-)?(?:gcc|g\\+\\+|cpp)(?:-\\d+)?)$)`,
    ),
  },
  { toolKind: 'compiler', name: 'clang', pattern: /^(usr\/(?:lib\/llvm-?\d*\/)?bin\/clang(?:\+\+)?(?:-\d+)?)$/ },
  { toolKind: 'compiler', name: 'Go', pattern: /^(usr\/(?:local\/go|lib\/go(?:-[\d.]+)?))\/(?:bin|pkg|src)\// },
  {
    toolKind: 'compiler',
    name: 'Rust',
    pattern: new RegExp(`^((?:usr/local/rustup|${home}/\\.rustup)/toolchains/[^/]+)/|^(usr/bin/(?:rustc|cargo))$`),
  },
  { toolKind: 'compiler', name: 'make', pattern: new RegExp(`^(${binaries}/(?:g?make|cmake|ninja))$`) },
  { toolKind: 'headers', name: 'C headers', pattern: /^(usr\/include\/[^/]+)/ },
  {
    toolKind: 'cache',
    name: 'apt package lists',
    pattern: /^(var\/lib\/apt\/lists\/(?!lock$|auxfiles\/|partial\/)[^/]+)/,
  },
  { toolKind: 'cache', name: 'apt cache', pattern: /^(var\/cache\/apt\/(?:[^/]+\.bin|archives\/[^/]+\.deb))$/ },
  { toolKind: 'cache', name: 'apk cache', pattern: /^((?:var\/cache|etc)\/apk\/(?:cache\/)?[^/]+\.(?:apk|tar\.gz))$/ },
  { toolKind: 'cache', name: 'dnf cache', pattern: /^(var\/cache\/(?:dnf|libdnf5|yum)\/[^/]+)/ },
  { toolKind: 'cache', name: 'pip cache', pattern: new RegExp(`^(${home}/\\.cache/pip/[^/]+)`) },
  { toolKind: 'cache', name: 'uv cache', pattern: new RegExp(`^(${home}/\\.cache/uv/[^/]+)`) },
  { toolKind: 'cache', name: 'Poetry cache', pattern: new RegExp(`^(${home}/\\.cache/pypoetry/[^/]+)`) },
  { toolKind: 'cache', name: 'npm cache', pattern: new RegExp(`^(${home}/\\.npm/_cacache/[^/]+)`) },
  {
    toolKind: 'cache',
    name: 'Yarn cache',
    pattern: new RegExp(`^((?:usr/local/share/\\.cache/yarn|${home}/\\.(?:cache/yarn|yarn/berry/cache))/[^/]+)`),
  },
  { toolKind: 'cache', name: 'pnpm store', pattern: new RegExp(`^(${home}/\\.local/share/pnpm/store/[^/]+)`) },
  {
    toolKind: 'cache',
    name: 'Cargo registry',
    pattern: new RegExp(`^((?:usr/local/cargo|${home}/\\.cargo)/registry/[^/]+)`),
  },
  { toolKind: 'cache', name: 'Go module cache', pattern: new RegExp(`^((?:go|${home}/go)/pkg/mod/[^/]+)`) },
  { toolKind: 'cache', name: 'Go build cache', pattern: new RegExp(`^(${home}/\\.cache/go-build/[^/]+)`) },
];

/** All of the above begin with one of these; most paths of an image get no further. */
const gate =
  /^(?:usr\/(?:(?:local\/)?s?bin|lib\/(?:gcc|go|llvm)|libexec\/gcc|local\/(?:go|rustup|cargo|share\/\.cache)|include)|s?bin\/|var\/(?:lib\/apt|cache)\/|etc\/apk\/|(?:root|home\/[^/]+)\/(?:\.|go\/)|go\/pkg\/)/;

/** Places of one layer that are told apart; a layer has a handful, and a registry of sources some hundreds. */
const mostPlaces = 512;

interface Tally {
  readonly toolKind: BuildToolKind;
  readonly name: string;
  readonly path: string;
  files: number;
  bytes: number;
}

/** Adds up the build tools among the regular files of one layer. */
export class BuildToolCounter {
  readonly #places = new Map<string, Tally>();

  add(path: string, size: number): void {
    if (!gate.test(path)) return;
    for (const { toolKind, name, pattern } of toolPatterns) {
      const match = pattern.exec(path);
      const place = match?.[1] ?? match?.[2];
      if (place === undefined) continue;
      const known = this.#places.get(place);
      if (known !== undefined) {
        known.files += 1;
        known.bytes += size;
      } else if (this.#places.size < mostPlaces)
        this.#places.set(place, { toolKind, name, path, files: 1, bytes: size });
      return;
    }
  }

  finish(): readonly FoundTool[] {
    return [...this.#places.values()];
  }
}
