import type { Finding } from './domain/finding.ts';
import { UsageError } from './domain/usage-error.ts';
import { gatherFiles } from './gather.ts';
import { describeProblem, type Host } from './host/host.ts';
import { judge } from './judge.ts';
import { policyNames } from './policies.ts';
import { type BaseReport, readBaseReport } from './policy/base-report.ts';
import { countFingerprints } from './policy/baseline.ts';
import type { Policy } from './policy/schema.ts';
import type { Request } from './request.ts';
import { rules } from './rules/registry.ts';
import { manifestNames } from './sources/model/candidate.ts';
import { fileSources } from './sources/registry.ts';
import { openBaseTree } from './sources/workspace/base-tree.ts';
import type { FileTree, TreeFile } from './sources/workspace/file-tree.ts';
import { trace } from './trace/trace.ts';

const reportLimit = 512 * 1024 * 1024;

/** Files of the base that are read: what a source examines, and what policies are made of. */
function isWanted(request: Request): (file: TreeFile) => boolean {
  const named = new Set<string>([...policyNames, ...manifestNames, request.policy ?? '', request.models ?? '']);
  return (file) =>
    named.has(file.path) || file.path.endsWith('.json') || fileSources.some((source) => source.examines(file));
}

/** The base revision's tree; null when no base was asked for, or when a pull request's base is not in this clone. */
export async function openBase(request: Request, host: Host): Promise<FileTree | null> {
  if (request.base === null) return null;
  try {
    return await openBaseTree(host, request.directory, request.base, isWanted(request));
  } catch (error) {
    // Given by the event, not by the user: a shallow clone is no mistake of theirs but a gap, told by `loadPolicies`.
    if (error instanceof UsageError && request.isPullRequest) return null;
    throw error;
  }
}

async function openReport(path: string, host: Host): Promise<BaseReport> {
  const hint = 'give --baseline-report the JSON report of an earlier run (--output json=PATH)';
  try {
    const report = readBaseReport(JSON.parse((await host.files.read(path, reportLimit)).toString('utf8')));
    if (report === null) throw new UsageError(`${path} is no Hullcheck report: it has no findings list`, hint);
    return report;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    const reason = error instanceof SyntaxError ? 'is not valid JSON' : describeProblem(error);
    throw new UsageError(`${path} ${reason}`, hint);
  }
}

/** Findings of the base tree. One whose manifest is broken proves nothing: all findings then count as new. */
async function treeFindings(request: Request, tree: FileTree, policy: Policy, host: Host): Promise<readonly Finding[]> {
  const models = request.models !== null && tree.has(request.models) ? request.models : null;
  const dockerfiles = request.dockerfiles.filter((dockerfile) => tree.has(dockerfile.path));
  try {
    const { evidence } = await gatherFiles({ ...request, models, dockerfiles }, tree, host);
    return judge(evidence, trace(evidence, []).causes, rules, policy).findings;
  } catch (error) {
    if (error instanceof UsageError) return [];
    throw error;
  }
}

/** What the base tree and the base report already have, by fingerprint, and the report; null when there is neither. */
export async function judgeBase(
  request: Request,
  tree: FileTree | null,
  policy: Policy,
  host: Host,
): Promise<{ readonly fingerprints: ReadonlyMap<string, number>; readonly report: BaseReport | null } | null> {
  if (tree === null && request.baselineReport === null) return null;
  const found = tree === null ? [] : await treeFindings(request, tree, policy, host);
  const report = request.baselineReport === null ? null : await openReport(request.baselineReport, host);
  const reported = (report?.fingerprints ?? []).map((fingerprint) => ({ fingerprint }));
  return { fingerprints: countFingerprints([...found, ...reported]), report };
}
