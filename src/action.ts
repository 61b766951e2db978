import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import * as core from '@actions/core';
import * as github from '@actions/github';
import { optionValues } from './action-inputs.ts';
import { buildRequest } from './build-request.ts';
import { renderFile, reportContext, writeOutput } from './commands/check.ts';
import { explainFailure } from './commands/failure.ts';
import { neutralise } from './domain/neutral-text.ts';
import type { Report } from './domain/report.ts';
import type { Host } from './host/host.ts';
import { createNodeHost } from './host/node-host.ts';
import { reporters } from './reporters/registry.ts';
import { run } from './run.ts';

/** The base a pull request's event names; null for other events. */
function pullRequestBase(): string | null {
  const base: unknown = github.context.payload.pull_request?.['base'];
  return typeof base === 'object' && base !== null && 'sha' in base && typeof base.sha === 'string' ? base.sha : null;
}

async function publish(report: Report, host: Host): Promise<void> {
  const folder = join(process.env['RUNNER_TEMP'] ?? (await host.files.makeTemporaryFolder('hullcheck-')), 'hullcheck');
  const files = { json: 'report.json', sarif: 'hullcheck.sarif', html: 'report.html' } as const;
  for (const format of ['json', 'sarif', 'html'] as const)
    await writeOutput({ format, path: join(folder, files[format]) }, report, host);
  process.stdout.write(
    reporters.github.render(report, reportContext(host, { color: false, columns: 120, all: false })),
  );
  const summary = process.env['GITHUB_STEP_SUMMARY'];
  if (summary !== undefined && summary !== '') appendFileSync(summary, renderFile(report, 'markdown', host));
  core.setOutput('verdict', report.verdict);
  core.setOutput('findings', report.counts.findings);
  core.setOutput('blocking', report.counts.blocking);
  core.setOutput('gaps', report.counts.gaps);
  core.setOutput('report', join(folder, files.json));
  core.setOutput('sarif', join(folder, files.sarif));
  core.setOutput('html', join(folder, files.html));
}

async function main(): Promise<number> {
  const host = createNodeHost(import.meta.url);
  const base = pullRequestBase();
  const values = optionValues((name) => core.getInput(name), base);
  const workingFolder = process.env['GITHUB_WORKSPACE'] ?? process.cwd();
  const directory = core.getInput('directory') || '.';
  const request = await buildRequest({ values, directory, workingFolder, isPullRequest: base !== null }, host);
  const report = await run(request, host);
  await publish(report, host);
  return report.exitCode;
}

process.exitCode = await main().catch((error: unknown) => {
  const [sentence = '', hint = ''] = explainFailure(error, core.isDebug()).split('\n');
  core.error(neutralise(`${sentence} (${hint})`));
  return 2;
});
