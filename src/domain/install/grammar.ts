import type { PackageManager } from '../evidence.ts';

/** How a manager tells options, their values and operands apart. */
export interface WordGrammar {
  /** Options whose value is the next word. */
  readonly valueOptions: ReadonlySet<string>;
  /** Short options may be joined (`-qr file`), as optparse and clap read them. */
  readonly joinsLetters: boolean;
  /** `--flag false` may be two words, as npm's nopt reads it. */
  readonly takesBooleanWords: boolean;
}

function grammar(names: string, joinsLetters: boolean): WordGrammar {
  return {
    valueOptions: new Set(names.split(/\s+/).map((name) => (name.length === 1 ? `-${name}` : `--${name}`))),
    joinsLetters,
    takesBooleanWords: !joinsLetters,
  };
}

/** npm 11 `@npmcli/config` definitions that are not Boolean, and its shorthands. */
const npmOptions = `access audit-level auth-type before ca cache cache-max cache-min cafile call cert cidr cpu depth diff
  editor fetch-retries fetch-retry-factor fetch-retry-maxtimeout fetch-retry-mintimeout fetch-timeout git globalconfig
  heading https-proxy include init-author-email init-author-name init-author-url init-license init-module init-type
  init-version install-strategy key libc local-address location lockfile-version loglevel logs-dir logs-max maxsockets
  message min-release-age node-gyp node-options noproxy omit only os otp pack-destination package prefix preid proxy
  reg registry replace-registry-host save-prefix sbom-format sbom-type scope script-shell searchlimit shell tag
  tag-version-prefix umask user-agent userconfig viewer which workspace c C L m w`;

const pythonIndexOptions = `index-url i extra-index-url find-links f trusted-host cert client-cert proxy cache-dir
  no-binary only-binary target t prefix platform python-version implementation abi constraint c requirement r editable e
  group extra config-settings config-setting C keyring-provider build-constraint b`;

/** `pip install --help` and the general options (pip 25). */
const pipOptions = `${pythonIndexOptions} python timeout retries log exists-action use-feature use-deprecated root src
  upgrade-strategy progress-bar root-user-action report global-option dest d wheel-dir w uploaded-prior-to`;

/** `uv --help`, `uv sync|run|add|tool|pip --help` (uv 0.8). */
const uvOptions = `${pythonIndexOptions} directory project config-file color allow-insecure-host index default-index
  index-strategy python p python-platform package no-group only-group no-extra script no-install-package upgrade-package P
  refresh-package reinstall-package config-settings-package link-mode resolution prerelease fork-strategy exclude-newer
  env-file with w with-editable with-requirements from module m no-binary-package no-build-package output-file o override
  torch-backend no-build-isolation-package constraints requirements overrides build-constraints branch tag rev bounds`;

const grammars: Readonly<Record<PackageManager, WordGrammar>> = {
  npm: grammar(npmOptions, false),
  pnpm: grammar(
    `C dir prefix filter F filter-prod reporter loglevel store-dir virtual-store-dir modules-dir lockfile-dir registry
    network-concurrency workspace-concurrency child-concurrency hoist-pattern public-hoist-pattern package-import-method
    test-pattern changed-files-ignore-pattern resolution-mode cpu os libc package allow-build fetch-timeout cache-dir
    global-dir save-prefix`,
    false,
  ),
  yarn: grammar(
    `cwd cache-folder modules-folder registry mutex network-timeout network-concurrency use-yarnrc
    preferred-cache-folder global-folder link-folder proxy https-proxy otp mode package p tag prefix`,
    false,
  ),
  bun: grammar(
    `cwd c config registry cache-dir backend filter F omit concurrent-scripts network-concurrency ca cafile linker
    minimum-release-age cpu os env-file`,
    false,
  ),
  pip: grammar(pipOptions, true),
  uv: grammar(uvOptions, true),
  poetry: grammar('C directory P project with without only E extras G group source python platform', true),
};

export function grammarOf(manager: PackageManager): WordGrammar {
  return grammars[manager];
}

/** `npx` and `bunx` read `-p` as `--package`, which npm itself does not. */
export const runnerGrammar: WordGrammar = {
  ...grammars.npm,
  valueOptions: new Set([...grammars.npm.valueOptions, '-p', '--package']),
};
