import { neutralise } from '../domain/neutral-text.ts';
import type { Report, ReportFinding } from '../domain/report.ts';
import { sortFindings } from './folding.ts';
import { encodeJson } from './json-text.ts';
import { countSetAside } from './ledger.ts';
import type { ReportContext, Reporter } from './reporter.ts';
import { describeResult, fallbackFile } from './sarif-result.ts';
import { describeRule, describeUnknownRule, filled } from './sarif-rules.ts';
import { describeScanner, notableScanners, verdictLine } from './verdict.ts';
import { countSeverities, formatNumber } from './wording.ts';

/** GitHub rejects a run with more results (docs.github.com, SARIF results exceed one or more limits). */
const resultLimit = 25_000;
const gapLimit = 1000;

interface Selection {
  readonly shown: readonly ReportFinding[];
  readonly hidden: readonly ReportFinding[];
}

function selectResults(report: Report): Selection {
  const sorted = sortFindings(report.findings);
  return { shown: sorted.slice(0, resultLimit), hidden: sorted.slice(resultLimit) };
}

/** All rules, whether they fired or not: a repository that is clean still shows what was checked. */
function describeRules(report: Report, { rules, informationUrl }: ReportContext) {
  const known = new Set(rules.map(({ id }) => id));
  const unknown = new Map(
    report.findings.filter(({ ruleId }) => !known.has(ruleId)).map((each) => [each.ruleId, each]),
  );
  return [
    ...rules.map((rule) => describeRule(rule, informationUrl)),
    ...[...unknown.values()].map(({ ruleId, severity }) => describeUnknownRule(ruleId, severity, informationUrl)),
  ];
}

function notification(id: string, level: 'error' | 'warning' | 'note', text: string) {
  return { descriptor: { id }, level, message: { text: filled(text, id, 4096) } };
}

function gapNotifications({ gaps }: Report) {
  const shown = gaps.slice(0, gapLimit).map(({ source, subject, reason, hint, triagedBy }) => {
    const what = [subject, reason, hint].map((part) => neutralise(part, 1000).replaceAll('](', '] (')).join('. ');
    const level = triagedBy === null ? 'error' : 'note';
    return notification(filled(neutralise(source, 200), 'gap', 200), level, `Not examined: ${what}`);
  });
  const rest = gaps.length - shown.length;
  const text = `${formatNumber(rest)} more were not examined; the JSON report has all of them`;
  return rest > 0 ? [...shown, notification('gaps', 'error', text)] : shown;
}

function hiddenNotifications({ hidden }: Selection) {
  if (hidden.length === 0) return [];
  const text = `and ${formatNumber(hidden.length)} more findings than code scanning takes: ${countSeverities(hidden)}; the JSON report has all of them`;
  return [notification('results', 'warning', text)];
}

/** Which scanners and databases stood behind the results. */
function scannerNotifications(report: Report) {
  return notableScanners(report).map((scanner) =>
    notification(`scanner/${scanner.name}`, 'note', describeScanner(scanner)),
  );
}

function describeInvocation(report: Report, selection: Selection) {
  const isComplete = report.verdict !== 'incomplete' && report.gaps.every(({ triagedBy }) => triagedBy !== null);
  return {
    executionSuccessful: isComplete,
    exitCode: report.exitCode,
    exitCodeDescription: verdictLine(report),
    toolExecutionNotifications: [
      ...hiddenNotifications(selection),
      ...gapNotifications(report),
      ...scannerNotifications(report),
    ],
  };
}

function describeResults(report: Report, selection: Selection, ruleIndex: ReadonlyMap<string, number>) {
  const hasBase = report.findings.some(({ disposition }) => disposition === 'outside-changes');
  const fallback = fallbackFile(report);
  const seen = new Map<string, number>();
  return selection.shown.map((finding) => {
    const occurrence = (seen.get(finding.fingerprint) ?? 0) + 1;
    seen.set(finding.fingerprint, occurrence);
    return describeResult(finding, occurrence, { report, ruleIndex, hasBase, fallback });
  });
}

function describeRun(report: Report, context: ReportContext) {
  const selection = selectResults(report);
  const rules = describeRules(report, context);
  const ruleIndex = new Map(rules.map(({ id }, index) => [id, index]));
  const subject = neutralise(report.subject, 200);
  return {
    tool: {
      driver: {
        name: report.tool.name,
        version: neutralise(report.tool.version, 40),
        informationUri: context.informationUrl,
        rules,
      },
    },
    automationDetails: { id: subject === '' ? 'hullcheck/' : `hullcheck/${subject}/` },
    columnKind: 'utf16CodeUnits',
    invocations: [describeInvocation(report, selection)],
    results: describeResults(report, selection, ruleIndex),
  };
}

/**
 * SARIF 2.1.0 as GitHub code scanning takes it: one run with a category of its own, every result on a line of the
 * repository, the worst 25,000. What policy set aside is suppressed, gaps are notifications.
 */
export const sarif: Reporter = {
  name: 'sarif',
  render: (report, context) =>
    encodeJson({
      $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
      version: '2.1.0',
      runs: [describeRun(report, context)],
    }),
  account(report) {
    const { shown, hidden } = selectResults(report);
    return { ...countSetAside([]), shown: shown.length, more: hidden.length };
  },
};
