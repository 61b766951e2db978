import { isAbsolute, join, normalize } from 'node:path';
import type { Evidence } from './domain/evidence.ts';
import { type Gap, gap } from './domain/gap.ts';
import { fileLocation } from './domain/location.ts';
import { neutralise } from './domain/neutral-text.ts';
import type { AnyRule } from './domain/rule.ts';
import { UsageError } from './domain/usage-error.ts';
import { describeProblem, type Host } from './host/host.ts';
import { type Baseline, parseBaseline } from './policy/baseline.ts';
import { parsePolicy } from './policy/parse.ts';
import { defaultPolicy, type Policy } from './policy/schema.ts';
import { comparePolicies, type PinnedFile } from './policy/weakened.ts';
import type { Request } from './request.ts';
import { manifestNames } from './sources/model/candidate.ts';
import { type Manifest, parseManifest } from './sources/model/manifest.ts';
import type { ModelOrigin } from './sources/model/manifest-origin.ts';
import { type FileTree, isGap } from './sources/workspace/file-tree.ts';

export const policyNames = ['.hullcheck.yml', '.hullcheck.yaml'] as const;
export const baselineName = '.hullcheck-baseline.json';
const sizeLimit = 16 * 1024 * 1024;

/** The rules in force, and what the pull request would change of them. */
export interface Policies {
  readonly policy: Policy;
  readonly baseline: Baseline | null;
  readonly changes: readonly Evidence<'policy-change'>[];
  readonly notes: readonly string[];
  readonly gaps: readonly Gap[];
}

interface PolicySide {
  readonly policy: Policy;
  readonly baseline: Baseline | null;
  readonly pinned: readonly PinnedFile[];
}

type ReadNamed = (path: string) => Promise<string | null>;

/** A file of the checked folder that the user or the policy names; null when it is not there. */
export function readFromFolder(host: Host, directory: string): ReadNamed {
  return async (path) => {
    const absolute = isAbsolute(path) ? path : join(directory, path);
    try {
      if ((await host.files.status(absolute)) === null) return null;
      if (
        !isAbsolute(path) &&
        (await host.files.realPath(absolute)) !== join(await host.files.realPath(directory), path)
      )
        throw new UsageError(
          `${neutralise(path)} is a symbolic link, which is not followed`,
          'put the file itself there',
        );
      return new TextDecoder('utf-8', { fatal: true }).decode(await host.files.read(absolute, sizeLimit));
    } catch (error) {
      if (error instanceof UsageError) throw error;
      const reason = error instanceof TypeError ? 'is not valid UTF-8' : describeProblem(error);
      throw new UsageError(`${neutralise(path)} ${reason}`, 'check the file named');
    }
  };
}

function readFromTree(tree: FileTree): ReadNamed {
  return async (path) => {
    const name = normalize(path).replace(/^\.\//, '');
    if (!tree.has(name)) return null;
    const file = await tree.readText(name, 'policy');
    if (isGap(file)) throw new UsageError(file.reason, file.hint);
    return file.text;
  };
}

/** The first of these files that is there. */
export async function firstOf(
  read: ReadNamed,
  names: readonly string[],
): Promise<{ readonly path: string; readonly text: string } | null> {
  for (const path of names) {
    const text = await read(path);
    if (text !== null) return { path, text };
  }
  return null;
}

/** The manifest's pins; none where it is broken, which its own source reports. */
async function readPinned(request: Request, read: ReadNamed): Promise<readonly PinnedFile[]> {
  const found = await firstOf(read, request.models === null ? manifestNames : [request.models]);
  if (found === null) return [];
  try {
    return pinnedFiles(found.path, parseManifest(found.path, found.text));
  } catch (error) {
    if (error instanceof UsageError) return [];
    throw error;
  }
}

function pinnedFiles(path: string, manifest: Manifest): readonly PinnedFile[] {
  return manifest.models.flatMap((model) =>
    model.files.map((file) => ({
      path: file.path.value,
      sha256: file.sha256.value,
      revision: revisionOf(model.source),
      at: fileLocation(path, file.sha256.span),
    })),
  );
}

/** What names the exact bytes at the model's origin; a URL or tag names nothing exact. */
function revisionOf(origin: ModelOrigin | null): string | null {
  if (origin?.kind === 'huggingface') return origin.revision.value;
  if (origin?.kind === 'ollama') return origin.manifestDigest.value;
  return origin?.kind === 'oci' ? origin.ref.value : null;
}

async function readSide(
  request: Request,
  read: ReadNamed,
  ruleIds: readonly string[],
  isHead: boolean,
): Promise<PolicySide> {
  const found = await firstOf(read, request.policy === null ? policyNames : [request.policy]);
  if (found === null && request.policy !== null && isHead) {
    throw new UsageError(
      `the policy ${neutralise(request.policy)} does not exist`,
      'check --policy, or leave it out to use .hullcheck.yml where present',
    );
  }
  const policy = found === null ? defaultPolicy : parsePolicy(found.path, found.text, ruleIds);
  const text = policy.baseline === null ? null : await read(policy.baseline);
  if (policy.baseline !== null && text === null) {
    throw new UsageError(
      `the baseline ${neutralise(policy.baseline)} named in ${policy.path ?? 'the policy'} does not exist`,
      'write it with hullcheck baseline write, or drop the key',
    );
  }
  const baseline = policy.baseline === null || text === null ? null : parseBaseline(policy.baseline, text);
  return { policy, baseline, pinned: await readPinned(request, read) };
}

function choose(
  request: Request,
  head: PolicySide,
  base: PolicySide | null,
): Pick<Policies, 'policy' | 'baseline' | 'notes'> {
  if (!request.isPullRequest) {
    return { ...head, notes: head.policy.path === null ? [] : [`policy: ${head.policy.path}`] };
  }
  if (base === null)
    return {
      policy: defaultPolicy,
      baseline: null,
      notes: ['policy: the defaults, as the base revision is not in this clone'],
    };
  const name =
    base.policy.path === null
      ? 'the defaults: the base has no policy file'
      : `${base.policy.path} of the base revision`;
  return { ...base, notes: [`policy: ${name}`] };
}

/** Reads the policy, its baseline and the manifest's pins from the working tree and, for a pull request, from the base, which rules there. */
export async function loadPolicies(
  request: Request,
  base: FileTree | null,
  rules: readonly AnyRule[],
  host: Host,
): Promise<Policies> {
  const ruleIds = rules.map((rule) => rule.id);
  const head = await readSide(request, readFromFolder(host, request.directory), ruleIds, true);
  const baseSide = base === null ? null : await readSide(request, readFromTree(base), ruleIds, false);
  const changes =
    baseSide === null
      ? []
      : comparePolicies(baseSide.policy, head.policy, {
          rules,
          baselines: { base: baseSide.baseline, head: head.baseline },
          manifests: { base: baseSide.pinned, head: head.pinned },
        });
  const isBaseMissing = request.isPullRequest && base === null;
  const missing = gap(
    'policy/base',
    'base revision',
    'the base revision of this pull request is not in the clone, so its policy and its known findings are not known: everything counts as new',
    'check out with fetch-depth: 0 (actions/checkout)',
  );
  return { ...choose(request, head, baseSide), changes, gaps: isBaseMissing ? [missing] : [] };
}
