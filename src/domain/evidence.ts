import type {
  BuildStepEvidence,
  BuildToolEvidence,
  BuildVariableEvidence,
  ContextCopyEvidence,
  DotenvFileEvidence,
  IgnoreFileEvidence,
} from './build-evidence.ts';
import type { ScannerName } from './finding.ts';
import type { FixStatus } from './fix-status.ts';
import type { Image } from './image.ts';
import type { LayerEntryEvidence, SecretMatchEvidence } from './layer-evidence.ts';
import type { FileLocation, ImagePart } from './location.ts';
import type {
  BaseReleaseEvidence,
  LockedPackageEvidence,
  OperatingSystemEvidence,
  PackageOriginEvidence,
  SourcePackage,
} from './package-evidence.ts';
import type { ImageReference } from './reference.ts';
import type { Severity } from './severity.ts';

/** A mention of an image in the repository. Stage names, `scratch` and images built by the same file are left out. */
export interface ImageReferenceEvidence {
  readonly kind: 'image-reference';
  /** The text to change: the ARG default where the reference comes from an ARG, else the reference itself. */
  readonly at: FileLocation;
  /** Where the image is used: the FROM line where `at` is the ARG. */
  readonly usedAt: FileLocation;
  /** `syntax`: a Dockerfile's frontend, by `# syntax=`. `workflow-build`: a named context of docker/build-push-action. */
  readonly role:
    | 'from'
    | 'copy-from'
    | 'syntax'
    | 'compose-image'
    | 'workflow-container'
    | 'workflow-service'
    | 'workflow-uses'
    | 'workflow-build';
  /** As resolved with defaults. */
  readonly text: string;
  /** Null when `text` is no valid reference. */
  readonly reference: ImageReference | null;
  /** Variables without a default: with any, the reference cannot be judged. */
  readonly unresolved: readonly string[];
  /** The source text at `at`, which a fix replaces; null when the reference is composed of several variables. */
  readonly written: string | null;
}

/** A build that a Compose service or a workflow step makes of a Dockerfile of the repository. */
export interface ImageBuildEvidence {
  readonly kind: 'image-build';
  /** Path of the Dockerfile, which need not be there. */
  readonly dockerfile: string;
  /** The folder that is its build context, '' for the root; null when it is not known or lies elsewhere. */
  readonly folder: string | null;
  /** Names of its additional contexts, as written: each takes the place of the image of that name in FROM and `--from`. */
  readonly contexts: readonly string[];
}

export const packageManagers = ['npm', 'pnpm', 'yarn', 'bun', 'pip', 'uv', 'poetry'] as const;
export type PackageManager = (typeof packageManagers)[number];

/** A package-manager command in a RUN, a workflow step or a script. */
export interface InstallCommandEvidence {
  readonly kind: 'install-command';
  readonly at: FileLocation;
  readonly context: 'dockerfile' | 'workflow' | 'script';
  readonly manager: PackageManager;
  /** Words after wrappers are stripped, the manager first: `['npm', 'install', '--omit=dev']`. Dynamic words are `null`. */
  readonly words: readonly (string | null)[];
  /** Variables that hold for it: ENV and ARG above, `env:`, `export`, prefix assignments. `CI` is `true` in workflows. */
  readonly environment: Readonly<Record<string, string>>;
  /** Repository folders whose manifest and lockfile it may act on, most likely first. '' is the root. */
  readonly directories: readonly string[];
}

/** A lockfile among the repository's files. */
export interface LockfileEvidence {
  readonly kind: 'lockfile';
  readonly path: string;
  readonly directory: string;
  readonly manager: PackageManager;
  /** Format generation as the manager numbers it, e.g. yarn `1` or `2` (berry); null where it does not matter. */
  readonly generation: number | null;
}

/** package.json, pyproject.toml or a requirements file. */
export interface PackageManifestEvidence {
  readonly kind: 'package-manifest';
  readonly at: FileLocation;
  readonly directory: string;
  readonly ecosystem: 'npm' | 'python';
  /** Which manager the manifest itself names (`packageManager`, `[tool.poetry]`), with its major version. */
  readonly manager: { readonly name: PackageManager; readonly major: number | null } | null;
  /** How many dependencies it declares. */
  readonly dependencies: number;
  /** Settings beside it that change how an install behaves, e.g. `pnpm.frozenLockfile=true`, `yarn.enableImmutableInstalls=true`. */
  readonly settings: Readonly<Record<string, string>>;
  /** For requirements files: whether every requirement has a hash, or at least an exact version. */
  readonly pins: 'hashed' | 'exact' | 'loose' | null;
}

/** Config facts of an image that was read. */
export interface ImageEvidence {
  readonly kind: 'image';
  readonly image: Image;
}

/** A credential-like name or value in an image's config, history or provenance. Values never leave the source. */
export interface ImageSettingEvidence {
  readonly kind: 'image-setting';
  readonly image: string;
  readonly part: ImagePart;
  readonly name: string;
  /** `vendor`: the value has a vendor's credential format; `name`: only the name says so. */
  readonly proof: 'vendor' | 'name';
  /** The vendor's name, for `vendor`. */
  readonly vendor: string | null;
  /** Where to revoke it. */
  readonly revokeUrl: string | null;
  /** Random per run: equal for equal values within the run. */
  readonly identity: string;
  /** The history step that set it, where one can be told. */
  readonly historyIndex: number | null;
}

/** One row of a scanner's report. */
export interface VulnerabilityEvidence {
  readonly kind: 'vulnerability';
  readonly scanner: ScannerName;
  readonly image: string;
  readonly id: string;
  readonly aliases: readonly string[];
  readonly package: {
    readonly name: string;
    readonly version: string;
    readonly purl: string;
    /** What a package of the operating system was built from, where the scanner says; advisories are about that. */
    readonly source?: SourcePackage | null;
  };
  readonly fixed: readonly string[];
  /** What the vendor says of a fix, where the scanner tells. */
  readonly status?: FixStatus | null;
  readonly severity: Severity;
  readonly epss: number | null;
  readonly kev: boolean;
  readonly cvss: number | null;
  /** Grype's own weight, 0 to 100. */
  readonly risk?: number | null;
  /** The layer that brought the package; null where the scanner does not say (or, like Grype for OS packages, says it wrongly). */
  readonly diffId: string | null;
  readonly path: string | null;
}

export type ModelFormat = 'gguf' | 'safetensors' | 'pickle' | 'pytorch-zip' | 'onnx' | 'hdf5' | 'unknown';

/** A model file in the repository, by extension, magic or listing. */
export interface ModelFileEvidence {
  readonly kind: 'model-file';
  readonly path: string;
  readonly size: number;
  readonly format: ModelFormat;
  /** A Git LFS pointer stands in its place (git-lfs docs/spec.md). */
  readonly pointer: { readonly sha256: string; readonly size: number } | null;
  /** Only computed for listed files. */
  readonly sha256: string | null;
  readonly isListed: boolean;
}

/** One `files[]` entry of the model manifest. */
export interface ModelDeclarationEvidence {
  readonly kind: 'model-declaration';
  /** The `path` (or `sha256`) scalar in the manifest. */
  readonly at: FileLocation;
  readonly sha256At: FileLocation;
  readonly model: string;
  readonly path: string;
  readonly sha256: string;
  readonly size: number | null;
  /** Globs of image paths that must hold the same bytes. */
  readonly inImage: readonly string[];
}

/** The manifest itself: once there is one, unlisted models matter more. */
export interface ModelManifestEvidence {
  readonly kind: 'model-manifest';
  readonly path: string;
  readonly unlisted: 'error' | 'warn' | 'off';
  readonly missing: 'error' | 'warn';
}

/** What became of one `triage` entry in this run. */
export interface TriageEntryEvidence {
  readonly kind: 'triage-entry';
  readonly at: FileLocation;
  readonly subject: string;
  /**
   * `unjudged`: the image or scanner it names was not examined, so nothing can be said. `overlong`: its last day lies
   * further ahead than the policy allows.
   */
  readonly state: 'used' | 'unused' | 'expired' | 'overlong' | 'unjudged';
  readonly expires: string;
  /** Days until `expires`, 0 on its last day, negative after. */
  readonly daysLeft: number;
  /** The last day that the policy allows an entry to name today. */
  readonly latest: string;
  readonly covered: number;
}

/** Something the pull request's policy, baseline, manifest or ignores allow that the base did not. */
export interface PolicyChangeEvidence {
  readonly kind: 'policy-change';
  readonly at: FileLocation;
  readonly what: string;
}

export interface EvidenceMap {
  'image-reference': ImageReferenceEvidence;
  'image-build': ImageBuildEvidence;
  'install-command': InstallCommandEvidence;
  lockfile: LockfileEvidence;
  'locked-package': LockedPackageEvidence;
  'package-manifest': PackageManifestEvidence;
  dockerfile: import('./dockerfile.ts').DockerfileEvidence;
  image: ImageEvidence;
  'image-setting': ImageSettingEvidence;
  'layer-entry': LayerEntryEvidence;
  'secret-match': SecretMatchEvidence;
  vulnerability: VulnerabilityEvidence;
  'operating-system': OperatingSystemEvidence;
  'package-origin': PackageOriginEvidence;
  'base-release': BaseReleaseEvidence;
  'model-file': ModelFileEvidence;
  'model-declaration': ModelDeclarationEvidence;
  'model-manifest': ModelManifestEvidence;
  'triage-entry': TriageEntryEvidence;
  'policy-change': PolicyChangeEvidence;
  'ignore-file': IgnoreFileEvidence;
  'dotenv-file': DotenvFileEvidence;
  'context-copy': ContextCopyEvidence;
  'build-variable': BuildVariableEvidence;
  'build-step': BuildStepEvidence;
  'build-tool': BuildToolEvidence;
}

export type EvidenceKind = keyof EvidenceMap;
export type Evidence<K extends EvidenceKind = EvidenceKind> = EvidenceMap[K];
