import { join } from 'node:path';
import { buildRequest, type RequestOrigin } from '../build-request.ts';
import { UsageError } from '../domain/usage-error.ts';
import { describeProblem, type Host } from '../host/host.ts';
import type { Terminal } from '../host/terminal.ts';
import { baselineName } from '../policies.ts';
import { renderBaseline } from '../policy/baseline.ts';
import { rules } from '../rules/registry.ts';
import { run } from '../run.ts';

/** `hullcheck baseline write`: today's findings, except secrets, become the baseline. */
export async function writeBaseline(origin: RequestOrigin, host: Host, terminal: Terminal): Promise<number> {
  const request = await buildRequest(origin, host);
  const report = await run(request, host);
  const path = join(request.directory, baselineName);
  const untriaged = report.findings.filter((finding) => finding.disposition !== 'triaged');
  const text = renderBaseline(untriaged, rules);
  try {
    await host.files.write(path, text);
  } catch (error) {
    throw new UsageError(`${baselineName} ${describeProblem(error)}`, 'run it where the folder can be written');
  }
  const secrets = untriaged.filter((finding) =>
    rules.some((rule) => rule.id === finding.ruleId && rule.isSecret === true),
  ).length;
  const lines = [
    `Wrote ${baselineName}: ${untriaged.length - secrets} findings that no longer block.`,
    ...(secrets > 0 ? [`${secrets} findings about secrets are not in it: secrets are never baselined.`] : []),
    ...(report.counts.gaps > 0 ? [`${report.counts.gaps} things were not examined; hullcheck check shows them.`] : []),
    `Next: add "baseline: ${baselineName}" to .hullcheck.yml and commit both.`,
  ];
  terminal.write(`${lines.join('\n')}\n`);
  return 0;
}
