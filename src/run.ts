import { judgeBase, openBase } from './base.ts';
import type { Finding } from './domain/finding.ts';
import { type Gap, gap } from './domain/gap.ts';
import type { Coverage, Report } from './domain/report.ts';
import type { AnyRule } from './domain/rule.ts';
import { collectFrames } from './frames.ts';
import { gather } from './gather.ts';
import type { Host } from './host/host.ts';
import { judge } from './judge.ts';
import { loadPolicies } from './policies.ts';
import { baselineCounts } from './policy/baseline.ts';
import { decide } from './policy/decide.ts';
import { reviewTriage } from './policy/triage.ts';
import { redactFinding, redactGap, redactSbom, redactText } from './redaction.ts';
import type { Request } from './request.ts';
import { rules } from './rules/registry.ts';
import { dismissThread, prepareThread } from './sources/image/layer-thread.ts';
import { askForNewerBases } from './sources/registry/newer-bases.ts';
import { createRedactor } from './sources/secret/redactor.ts';
import { openWorkingTree } from './sources/workspace/working-tree.ts';
import { startStages } from './stages.ts';
import { attributeSboms } from './trace/attribute-sbom.ts';
import { findBaseQuestions } from './trace/base-questions.ts';
import { trace } from './trace/trace.ts';
import { version } from './version.ts';

/** Rules about the policy judge what the other rules' findings made of it, so they come second. */
const isPolicyRule = (rule: AnyRule) =>
  rule.consumes.some((kind) => kind === 'triage-entry' || kind === 'policy-change');
const policyRules = rules.filter(isPolicyRule);
const evidenceRules = rules.filter((rule) => !isPolicyRule(rule));

/** A check that found nothing to examine proves nothing. */
function emptinessGaps(request: Request, coverage: Coverage): readonly Gap[] {
  if (coverage.files > 0 || request.images.length > 0) return [];
  const reason =
    'nothing was examined: here is no Dockerfile, compose file, workflow, lockfile or model, and no image was given';
  return [gap('workspace', request.subject, reason, 'give the folder of the repository, or an image with --image')];
}

/** The whole pipeline: sources -> evidence -> trace -> rules -> findings -> policy -> report. */
export async function run(request: Request, host: Host): Promise<Report> {
  if (request.images.length > 0) prepareThread(host);
  try {
    return await runStages(request, host);
  } finally {
    await dismissThread();
  }
}

async function runStages(request: Request, host: Host): Promise<Report> {
  const stages = startStages(host.clock);
  const redactor = createRedactor();

  const { tree, gaps: listingGaps } = await stages.time('list', () => openWorkingTree(host, request.directory));
  const baseTree = await stages.time('base', () => openBase(request, host));
  const policies = await loadPolicies(request, baseTree, rules, host);
  const { policy } = policies;

  const gathered = await stages.time('read', () => gather(request, tree, rules, host, redactor));
  const { causes, pairings } = await stages.time('trace', async () => trace(gathered.evidence, request.dockerfiles));
  const sboms = await stages.time('trace', async () => attributeSboms(gathered.sboms, gathered.evidence, causes));
  const questions = request.offline ? [] : findBaseQuestions(gathered.evidence, causes, policy);
  const bases = await stages.time('advise', () => askForNewerBases(questions, { ...request, host }));
  const evidence = [...gathered.evidence, ...bases];
  const coverage: Coverage = { ...gathered.coverage, pairings };

  const found = await stages.time('judge', async () => judge(evidence, causes, evidenceRules, policy));
  const base = await stages.time('base', () => judgeBase(request, baseTree, policy, host));
  const gaps = [...listingGaps, ...policies.gaps, ...gathered.gaps, ...found.gaps, ...emptinessGaps(request, coverage)];
  const triage = reviewTriage(policy, { findings: found.findings, gaps, coverage }, host.clock.today(), rules);
  const policed = judge([...triage, ...policies.changes], causes, policyRules, policy);

  const findings = [...found.findings, ...policed.findings].map((finding) => redactFinding(finding, redactor));
  const frames = await collectFrames(findings, causes, tree, redactor);
  return decide({
    findings,
    gaps: [...gaps, ...policed.gaps].map((item) => redactGap(item, redactor)),
    policy,
    rules,
    base,
    baseReport: base?.report ?? null,
    baseline: baselineCounts(policies.baseline),
    today: host.clock.today(),
    coverage,
    failOn: request.failOn,
    gate: request.gate,
    version,
    subject: redactText(request.subject, redactor),
    notes: [...policies.notes, ...gathered.notes.map((note) => redactText(note, redactor))],
    timings: stages.timings(),
    sboms: sboms.map((sbom) => redactSbom(sbom, redactor)),
    frames: (finding: Finding) => frames.get(finding) ?? null,
  });
}
