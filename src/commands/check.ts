import { dirname } from 'node:path';
import { buildRequest, type OutputFile, parseFormat, parseOutputs, type RequestOrigin } from '../build-request.ts';
import { neutralise } from '../domain/neutral-text.ts';
import type { Report } from '../domain/report.ts';
import { UsageError } from '../domain/usage-error.ts';
import { describeProblem, type Host } from '../host/host.ts';
import type { Terminal } from '../host/terminal.ts';
import { informationUrl } from '../information-url.ts';
import { triageLine } from '../policy/triage-line.ts';
import { reporters } from '../reporters/registry.ts';
import type { ReportContext } from '../reporters/reporter.ts';
import type { Format } from '../request.ts';
import { rules } from '../rules/registry.ts';
import { run } from '../run.ts';
import { writeSboms } from '../write-sboms.ts';
import { listExamined } from './list.ts';

/** What reporters know beside the report. */
export function reportContext(
  report: Report,
  host: Host,
  look: { readonly color: boolean; readonly columns: number; readonly all: boolean },
): ReportContext {
  const today = host.clock.today();
  return {
    rules,
    ...look,
    today,
    informationUrl,
    triageLine: (finding) => triageLine(finding, today, report.maxTriageDays),
  };
}

/** The report as a file has it: no colour, 80 columns. */
export function renderFile(report: Report, format: Format, host: Host): string {
  return reporters[format].render(report, reportContext(report, host, { color: false, columns: 80, all: true }));
}

export async function writeOutput(output: OutputFile, report: Report, host: Host): Promise<void> {
  try {
    await host.files.makeFolder(dirname(output.path));
    await host.files.write(output.path, renderFile(report, output.format, host));
  } catch (error) {
    throw new UsageError(
      `the report ${neutralise(output.path)} ${describeProblem(error)}`,
      'give --output a path that can be written',
    );
  }
}

/** `hullcheck check`: the exit code of the verdict. */
export async function check(origin: RequestOrigin, host: Host, terminal: Terminal): Promise<number> {
  const { values, workingFolder } = origin;
  const format = parseFormat(values) ?? (host.environment['GITHUB_ACTIONS'] === 'true' ? 'github' : 'text');
  const outputs = parseOutputs(values, workingFolder);
  const request = await buildRequest(origin, host);
  if (values.has('list')) {
    terminal.write(await listExamined(request, host));
    return 0;
  }
  const report = await run(request, host);
  for (const output of outputs) await writeOutput(output, report, host);
  await writeSboms(report, request.sbomTargets, host);
  const look = { color: terminal.color, columns: terminal.columns, all: request.all };
  terminal.write(reporters[format].render(report, reportContext(report, host, look)));
  return report.exitCode;
}
