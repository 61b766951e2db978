import type { Report, ReportFinding, ReportFormat } from '../domain/report.ts';
import type { AnyRule } from '../domain/rule.ts';
import type { Ledger } from './ledger.ts';

/** What a reporter may know beside the report itself. */
export interface ReportContext {
  readonly rules: readonly AnyRule[];
  /** Whether the output goes where colours show; then symbols may be used too. */
  readonly color: boolean;
  /** Width of the terminal, in columns. */
  readonly columns: number;
  /** Every finding in the text report, also those that are triaged, in the baseline or outside the changes. */
  readonly all: boolean;
  /** `YYYY-MM-DD`. */
  readonly today: string;
  /** The project's page on GitHub, without a trailing slash. */
  readonly informationUrl: string;
  /** The policy entry that would triage a finding, ready to paste. */
  readonly triageLine: (finding: ReportFinding) => string;
}

/** A report in one format: pure, the same text for the same report. */
export interface Reporter {
  readonly name: ReportFormat;
  render(report: Report, context: ReportContext): string;
  /** Where every finding of the report went in `render`: the ledger balances, or findings were dropped. */
  account(report: Report, context: ReportContext): Ledger;
}

/** A rule's page, on the default branch. */
export function rulePage(ruleId: string, informationUrl: string): string {
  return `${informationUrl}/blob/HEAD/docs/rules/${encodeURIComponent(ruleId)}.md`;
}
