import { createHash } from 'node:crypto';
import type { Evidence, EvidenceKind, ImageEvidence } from '../../src/domain/evidence.ts';
import { matchesGlob } from '../../src/domain/glob.ts';
import { defaultLimits } from '../../src/domain/image-limits.ts';
import type { LayerEntryEvidence } from '../../src/domain/layer-evidence.ts';
import type { AnyRule, EvidenceView, RuleExample } from '../../src/domain/rule.ts';
import type { Host } from '../../src/host/host.ts';
import type { Request } from '../../src/request.ts';
import { imageModelGlobs, modelSource } from '../../src/sources/model/source.ts';
import type { SourceContext } from '../../src/sources/source.ts';
import type { FileTree } from '../../src/sources/workspace/file-tree.ts';
import { memoryTree } from './memory-tree.ts';
import { silentProgress } from './silent-progress.ts';

const modelRequest: Request = {
  directory: '/repository',
  subject: 'repository',
  images: [],
  platform: null,
  spoolLimit: 2 ** 30,
  cache: null,
  imageLimits: defaultLimits,
  dockerfiles: [],
  models: null,
  policy: null,
  scanners: [],
  scannerPaths: [],
  scannerSupply: { mirror: null, databases: [], databaseMirrors: [], databaseMaxDays: 5 },
  scannerTimeoutMinutes: 1,
  trivyReports: [],
  grypeReports: [],
  sbomTargets: [],
  base: null,
  isPullRequest: false,
  baselineReport: null,
  failOn: null,
  gate: {},
  offline: true,
  all: false,
};

const unused = (): never => {
  throw new Error('the model source does not use this');
};

/** A source's context over a literal tree; `onDisk` are absolute paths that exist outside the tree. */
export function modelContext(
  tree: FileTree,
  models: string | null = null,
  onDisk: readonly string[] = [],
): SourceContext {
  const host: Host = {
    files: {
      status: async (path) =>
        onDisk.includes(path) ? { kind: 'file', size: 1, mode: 0o644, uid: 0, modified: 0 } : null,
      realPath: unused,
      list: unused,
      open: unused,
      read: unused,
      write: unused,
      writeNew: unused,
      rename: unused,
      touch: unused,
      makeFolder: unused,
      link: unused,
      hold: unused,
      makeTemporaryFolder: unused,
      remove: unused,
    },
    execute: unused,
    send: unused,
    environment: {},
    clock: { now: () => 0, today: () => '2026-01-15' },
    machine: { os: 'linux', architecture: 'amd64' },
    processors: 1,
    layerWorker: null,
    programUrl: 'file:///',
    log: unused,
    progress: silentProgress,
  };
  return { request: { ...modelRequest, models }, tree, host };
}

export function viewOf(evidence: readonly Evidence[]): EvidenceView<EvidenceKind> {
  const isOf =
    <T extends EvidenceKind>(kind: T) =>
    (item: Evidence): item is Evidence<T> =>
      item.kind === kind;
  return {
    of: (kind) => evidence.filter(isOf(kind)),
    causeOf: () => null,
    settings: { images: { minLevel: 'codename', overrides: [] } },
  };
}

const diffId = `sha256:${'0'.repeat(64)}`;

function imageEvidence(image: NonNullable<RuleExample['image']>): ImageEvidence {
  const layers = image.layers.map((_, index) => ({ index, diffId, digest: null, historyIndex: index }));
  const history = image.layers.map(({ createdBy }) => ({ createdBy, isEmptyLayer: false }));
  const platform = { os: 'linux', architecture: 'amd64', variant: '' };
  const config = { configDigest: diffId, platform, layers, history, user: '', environment: [], labels: {} };
  return { kind: 'image', image: { label: 'app:1', tags: [], ...config } };
}

function layerEntries(
  image: NonNullable<RuleExample['image']>,
  globs: readonly string[],
): readonly LayerEntryEvidence[] {
  return image.layers.flatMap(({ files = {} }, layer) =>
    Object.entries(files)
      .filter(([path]) => globs.some((glob) => matchesGlob(glob, path)))
      .map(([path, content]) => ({
        kind: 'layer-entry',
        at: { kind: 'layer', image: 'app:1', layer, diffId, path, state: 'present' },
        hiddenInLayer: null,
        size: Buffer.byteLength(content),
        dotenv: null,
        sha256: createHash('sha256').update(content).digest('hex'),
      })),
  );
}

/** Runs a rule over an example; gives what it flags as the examples write it, `where` and severity. */
export async function judgeModelExample(rule: AnyRule, example: RuleExample): Promise<readonly string[]> {
  const evidence: Evidence[] = [];
  for await (const item of modelSource.collect(modelContext(memoryTree(example.files)))) {
    if ('kind' in item) evidence.push(item);
  }
  const globs = imageModelGlobs(viewOf(evidence).of('model-declaration'));
  const fromImage = example.image ? [imageEvidence(example.image), ...layerEntries(example.image, globs)] : [];
  return [...rule.check(viewOf([...evidence, ...fromImage]))].map(({ at, severity }) => {
    const where = at.kind === 'file' ? `${at.path}:${at.line}` : at.kind === 'layer' ? `image:${at.path}` : at.kind;
    return `${where} ${severity ?? rule.severity}`;
  });
}
