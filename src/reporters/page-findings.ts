import { createsFile, type Edit, type VulnerabilityFacts } from '../domain/finding.ts';
import { groupBy } from '../domain/group-by.ts';
import { neutralise } from '../domain/neutral-text.ts';
import type { ReportFinding } from '../domain/report.ts';
import { describeRisk, describeVersions, listIds } from './facts.ts';
import { countFindings, type FoldedCause, foldCauses, groupCauses } from './folding.ts';
import { describeLine, lineFix, lineKey } from './line-group.ts';
import {
  type Block,
  type Content,
  code,
  heading,
  joinContents,
  link,
  paragraph,
  prose,
  strong,
  words,
} from './page.ts';
import { causeLine, describePlace, namePlace, showPath, subjectOf } from './place.ts';
import { type ReportContext, rulePage } from './reporter.ts';
import { count, countSeverities } from './wording.ts';

const placesNamed = 5;
const editLines = 12;
const editsShown = 5;
const messageLimit = 500;

/** A part of the page, and how many findings it names and how many it only counts. */
export interface Section {
  readonly blocks: readonly Block[];
  readonly shown: number;
  readonly more: number;
}

const emptySection: Section = { blocks: [], shown: 0, more: 0 };

function countNamed(causes: readonly FoldedCause[]): number {
  return causes.reduce((sum, { others }) => sum + 1 + Math.min(others.length, placesNamed), 0);
}

function sectionOf(causes: readonly FoldedCause[], blocks: readonly Block[]): Section {
  const shown = countNamed(causes);
  return { blocks, shown, more: countFindings(causes) - shown };
}

function ruleLink(finding: ReportFinding, context: ReportContext): Content {
  return [link(neutralise(finding.ruleId, 80), rulePage(finding.ruleId, context.informationUrl))];
}

function messageOf(finding: ReportFinding): Content {
  return prose(neutralise(finding.message, messageLimit));
}

/** `isAnchored`: the line behind it is told already. */
function placesOf({ lead, others }: FoldedCause, isAnchored = false): Content {
  const anchor = isAnchored ? null : causeLine(lead);
  const first: Content = [code(describePlace(lead.at)), ...(anchor === null ? [] : [words(' from '), code(anchor)])];
  if (others.length === 0) return first;
  const named = others.slice(0, placesNamed).map((other): Content => [code(namePlace(other.at))]);
  const rest = others.length - named.length;
  return [
    ...first,
    words(', and also '),
    ...joinContents(named),
    ...(rest > 0 ? [words(` and ${count(rest, 'more place')}`)] : []),
  ];
}

function editBlocks(edit: Edit): readonly Block[] {
  const range = edit.endLine > edit.line ? `lines ${edit.line} to ${edit.endLine}` : `line ${edit.line}`;
  const place: Content = createsFile(edit)
    ? [words('Create '), code(showPath(edit.path)), words(' with:')]
    : [words(`Replace ${range} of `), code(showPath(edit.path)), words(' by:')];
  if (edit.newText === '') return [paragraph(words(`Remove ${range} of `), code(showPath(edit.path)))];
  const lines = edit.newText.split('\n');
  const shown = lines.slice(0, editLines).map((line) => neutralise(line, messageLimit));
  const rest = lines.length - shown.length;
  return [
    { kind: 'paragraph', content: place },
    { kind: 'source', lines: [...shown, ...(rest > 0 ? [`… ${count(rest, 'more line')}`] : [])] },
  ];
}

function fixBlocks({ lead }: FoldedCause): readonly Block[] {
  if (lead.fix === null) return [];
  const { description, edits } = lead.fix;
  const rest = edits.length - editsShown;
  return [
    paragraph(strong(neutralise(lead.ruleId, 80)), words(' '), code(namePlace(lead.at))),
    paragraph(words('Fix: '), ...prose(neutralise(description, messageLimit))),
    ...edits.slice(0, editsShown).flatMap(editBlocks),
    ...(rest > 0 ? [paragraph(words(`And ${count(rest, 'more edit')}`))] : []),
  ];
}

function fixDetails(causes: readonly FoldedCause[]): readonly Block[] {
  const blocks = causes.flatMap(fixBlocks);
  return blocks.length === 0 ? [] : [{ kind: 'details', summary: [words('How to fix them')], blocks }];
}

/** A table of what blocks, one row per cause, with the fixes folded below. */
export function blockingSection(
  findings: readonly ReportFinding[],
  context: ReportContext,
  hasFixes: boolean,
): Section {
  if (findings.length === 0) return emptySection;
  const causes = foldCauses(findings);
  const rows = causes.map((cause): readonly Content[] => [
    [strong(cause.lead.severity)],
    messageOf(cause.lead),
    placesOf(cause),
    ruleLink(cause.lead, context),
  ]);
  return sectionOf(causes, [
    heading(3, `Blocking: ${count(findings.length, 'finding')}`),
    { kind: 'table', head: ['Severity', 'What', 'Where', 'Rule'], rows },
    ...(hasFixes ? fixDetails(causes) : []),
  ]);
}

function adviceItem(cause: FoldedCause, context: ReportContext, hasFixes: boolean): Content {
  const { lead } = cause;
  const fix: Content =
    hasFixes && lead.fix !== null ? [words('. Fix: '), ...prose(neutralise(lead.fix.description, messageLimit))] : [];
  return [
    strong(lead.severity),
    words(' '),
    ...messageOf(lead),
    words(' — '),
    ...placesOf(cause),
    words(' ('),
    ...ruleLink(lead, context),
    words(')'),
    ...fix,
  ];
}

function countMembers(members: readonly FoldedCause[]): string {
  const places = countFindings(members);
  const causes = members.length;
  return places === causes ? count(causes, 'finding') : `${count(causes, 'cause')} in ${count(places, 'place')}`;
}

/** What counts and does not block, by file or image. */
export function advisorySection(
  findings: readonly ReportFinding[],
  context: ReportContext,
  hasFixes: boolean,
): Section {
  if (findings.length === 0) return emptySection;
  const causes = foldCauses(findings);
  const groups = [...groupCauses(causes)].map(([subject, members]): Block => {
    const items = members.map((cause) => adviceItem(cause, context, hasFixes));
    return {
      kind: 'details',
      summary: [code(subject), words(`: ${countMembers(members)}`)],
      blocks: [{ kind: 'list', items }],
    };
  });
  return sectionOf(causes, [heading(3, `Advisory: ${count(findings.length, 'finding')}`), ...groups]);
}

function vulnerabilityRow(cause: FoldedCause, facts: VulnerabilityFacts): readonly Content[] {
  return [
    [strong(cause.lead.severity)],
    [code(neutralise(facts.package, 120))],
    [words(describeVersions(facts))],
    [words(listIds(facts))],
    [words(describeRisk(facts))],
    placesOf(cause, true),
  ];
}

/** `advised` is what the fix is told for: all of the line that counts, of which these may be a part; empty for none. */
function lineDetails(findings: readonly ReportFinding[], advised: readonly ReportFinding[]): Block {
  const [first] = findings;
  const rows = foldCauses(findings).flatMap((cause) =>
    cause.lead.vulnerability === null ? [] : [vulnerabilityRow(cause, cause.lead.vulnerability)],
  );
  const head = ['Severity', 'Package', 'Version', 'Advisories', 'Weight', 'Where'];
  const anchor = first === undefined ? null : causeLine(first);
  const summary: Content = [
    words(neutralise(describeLine(findings), messageLimit)),
    ...(anchor === null ? [] : [words(' — '), code(anchor)]),
  ];
  const fix = lineFix(advised);
  const advice = fix === null ? [] : [paragraph(words('Fix: '), ...prose(neutralise(fix, messageLimit)))];
  return { kind: 'details', summary, blocks: [...advice, { kind: 'table', head, rows }] };
}

/** Vulnerabilities as a table per line of the repository that brings them, or per image; `advised` as in `lineDetails`. */
export function vulnerabilitySection(
  title: string,
  findings: readonly ReportFinding[],
  advised: readonly ReportFinding[],
): Section {
  if (findings.length === 0) return emptySection;
  const lines = groupBy(findings, lineKey);
  const whole = groupBy(advised, lineKey);
  const causes = [...lines.values()].flatMap((members) => foldCauses(members));
  const tables = [...lines].map(([key, members]) => lineDetails(members, whole.get(key) ?? []));
  return sectionOf(causes, [heading(3, title), ...tables]);
}

const subjectsCounted = 50;

/** Findings as numbers only: by file or image and severity. */
export function countedSection(title: string, findings: readonly ReportFinding[]): Section {
  if (findings.length === 0) return emptySection;
  const groups = [...groupBy(findings, (finding) => subjectOf(finding.at))];
  const items = groups
    .slice(0, subjectsCounted)
    .map(([subject, members]): Content => [code(subject), words(`: ${countSeverities(members)}`)]);
  const rest = groups.slice(subjectsCounted).flatMap(([, members]) => members);
  const restItem: Content = [words(`${count(groups.length - items.length, 'other')}: ${countSeverities(rest)}`)];
  return {
    blocks: [
      heading(3, `${title}: ${count(findings.length, 'finding')}`),
      { kind: 'list', items: [...items, ...(rest.length > 0 ? [restItem] : [])] },
    ],
    shown: 0,
    more: findings.length,
  };
}
