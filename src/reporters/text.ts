import { breakCommands, neutralise } from '../domain/neutral-text.ts';
import type { Report, ReportFinding } from '../domain/report.ts';
import { deltaGroups, deltaLine } from './delta.ts';
import { countFindings, type FoldedCause, groupCauses, isInScope, sortFindings } from './folding.ts';
import { countSetAside, type Ledger } from './ledger.ts';
import { foldLines } from './line-group.ts';
import type { ReportContext, Reporter } from './reporter.ts';
import { placesNamed, renderCause } from './text-cause.ts';
import { wrapLabelled } from './text-layout.ts';
import { createStyle, type Style } from './text-style.ts';
import {
  describeCoverage,
  describePairings,
  describeScanner,
  notableScanners,
  openGaps,
  setAsidePhrase,
  verdictLine,
} from './verdict.ts';
import { count, countSeverities, formatDuration } from './wording.ts';

const worstCauses = 10;
const itemsListed = 20;

interface Plan {
  readonly causes: readonly FoldedCause[];
  readonly hidden: readonly ReportFinding[];
}

/** Which causes are shown: all that block, and of the rest as many as make ten. */
function planCauses(report: Report, context: ReportContext): Plan {
  const sorted = sortFindings(report.findings);
  if (context.all) return { causes: foldLines(sorted), hidden: [] };
  const causes = foldLines(sorted.filter(isInScope));
  const blocking = causes.filter((cause) => cause.lead.disposition === 'blocking').length;
  const shown = Math.max(worstCauses, blocking);
  const hidden = causes.slice(shown).flatMap(({ lead, others }) => [lead, ...others]);
  return { causes: causes.slice(0, shown), hidden };
}

function causeSection({ causes, hidden }: Plan, style: Style, context: ReportContext): readonly string[] {
  const groups = [...groupCauses(causes)].flatMap(([subject, members]) => [
    style.strong(subject),
    ...members.flatMap((cause) => ['', ...renderCause(cause, style, context)]),
    '',
  ]);
  if (hidden.length === 0) return groups;
  return [...groups, `and ${hidden.length} more: ${countSeverities(hidden)} (--all shows them)`, ''];
}

function gapSection(report: Report, style: Style, context: ReportContext): readonly string[] {
  const gaps = context.all ? report.gaps : openGaps(report).slice(0, itemsListed);
  const rest = context.all ? 0 : openGaps(report).length - gaps.length;
  const triaged = report.gaps.length - openGaps(report).length;
  if (report.gaps.length === 0) return [];
  const blocks = gaps.flatMap((gap) => [
    `  ${neutralise(gap.subject, 240)} ${style.dim(neutralise(gap.source, 80))}`,
    ...wrapLabelled('', neutralise(gap.reason, 600), 4, context.columns),
    ...wrapLabelled('hint: ', neutralise(gap.hint, 600), 4, context.columns),
    gap.triagedBy === null
      ? `    triage: - gap: ${neutralise(gap.fingerprint, 80)}`
      : `    triaged: ${neutralise(gap.triagedBy, 200)}`,
    '',
  ]);
  return [
    style.strong('Not examined'),
    '',
    ...blocks,
    ...(rest > 0 ? [`and ${count(rest, 'more gap')} (--all shows them)`, ''] : []),
    ...(triaged > 0 && !context.all ? [`${count(triaged, 'gap')} triaged (--all shows them)`, ''] : []),
  ];
}

function deltaSection(report: Report, style: Style, context: ReportContext): readonly string[] {
  const line = deltaLine(report);
  if (line === null) return [];
  const groups = deltaGroups(report).flatMap(({ title, lines }) => [
    `  ${title}`,
    ...lines.flatMap((item) => wrapLabelled('- ', item, 4, context.columns)),
  ]);
  return [
    style.strong('Vulnerabilities since the base report'),
    ...wrapLabelled('', line, 2, context.columns),
    ...groups,
    '',
  ];
}

function noteSection(report: Report, style: Style, context: ReportContext): readonly string[] {
  if (report.notes.length === 0) return [];
  const notes = context.all ? report.notes : report.notes.slice(0, itemsListed);
  const rest = report.notes.length - notes.length;
  return [
    style.strong('Notes'),
    ...notes.flatMap((note) => wrapLabelled('- ', neutralise(note, 400), 2, context.columns)),
    ...(rest > 0 ? [`  and ${count(rest, 'more note')} (--all shows them)`] : []),
    '',
  ];
}

function headSection(report: Report, style: Style, context: ReportContext): readonly string[] {
  const title = `${report.tool.name} ${neutralise(report.tool.version, 40)} ${neutralise(report.subject, 200)}`;
  const pairings = describePairings(report).flatMap((line) => wrapLabelled('', line, 0, context.columns));
  return [style.dim(title), ...pairings, ''];
}

function describeTimings(report: Report): string {
  if (report.timings.length === 0) return '';
  const total = report.timings.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const notable = report.timings.filter(({ milliseconds }) => milliseconds >= 1);
  const stages = notable.map(({ stage, milliseconds }) => `${neutralise(stage, 40)} ${formatDuration(milliseconds)}`);
  return `took ${formatDuration(total)}: ${stages.join(', ')}`;
}

function tailSection(report: Report, style: Style, context: ReportContext): readonly string[] {
  const aside = setAsidePhrase(report);
  const took = describeTimings(report);
  const facts = [
    `examined ${describeCoverage(report)}`,
    ...notableScanners(report).map(describeScanner),
    ...(took === '' ? [] : [took]),
  ];
  const verdict = verdictLine(report);
  return [
    ...(aside === '' || context.all ? [] : wrapLabelled('set aside: ', `${aside} (see --all)`, 0, context.columns)),
    ...facts.flatMap((fact) => wrapLabelled('', fact, 0, context.columns)).map(style.dim),
    style.verdict(report.verdict, report.verdict) + verdict.slice(report.verdict.length),
  ];
}

function account(report: Report, context: ReportContext): Ledger {
  const { causes, hidden } = planCauses(report, context);
  const named = causes.reduce((sum, { others }) => sum + 1 + Math.min(others.length, placesNamed(context.all)), 0);
  const aside = countSetAside(context.all ? [] : report.findings);
  return { ...aside, shown: named, more: countFindings(causes) - named + hidden.length };
}

/**
 * The report for a person at a terminal: grouped by file or image, what blocks first, the verdict last. Lines are as
 * wide as the terminal, except for places, commands to paste and the verdict, which are kept whole to be copied.
 */
export const text: Reporter = {
  name: 'text',
  render(report, context) {
    const style = createStyle(context.color);
    const lines = [
      ...headSection(report, style, context),
      ...causeSection(planCauses(report, context), style, context),
      ...deltaSection(report, style, context),
      ...gapSection(report, style, context),
      ...noteSection(report, style, context),
      ...tailSection(report, style, context),
    ];
    return `${breakCommands(lines.map((line) => line.trimEnd()).join('\n'))}\n`;
  },
  account,
};
