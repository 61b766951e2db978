import { appendFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, sep } from 'node:path';
import * as core from '@actions/core';
import * as github from '@actions/github';
import { optionValues } from './action-inputs.ts';
import type { OptionValues } from './arguments.ts';
import { buildRequest } from './build-request.ts';
import { renderFile, reportContext, writeOutput } from './commands/check.ts';
import { explainFailure } from './commands/failure.ts';
import { neutralise } from './domain/neutral-text.ts';
import type { Report } from './domain/report.ts';
import type { Host } from './host/host.ts';
import { createNodeHost } from './host/node-host.ts';
import { reporters } from './reporters/registry.ts';
import type { Request } from './request.ts';
import { rootReport } from './rooted-report.ts';
import { run } from './run.ts';
import { writeSboms } from './write-sboms.ts';

/** The base a pull request's event names; null for other events. */
function pullRequestBase(): string | null {
  const base: unknown = github.context.payload.pull_request?.['base'];
  return typeof base === 'object' && base !== null && 'sha' in base && typeof base.sha === 'string' ? base.sha : null;
}

/**
 * Whether the layers' cache is added to. What other runs trust is written only where the code was reviewed: on a push to
 * the default branch.
 */
function isCacheWritten(): boolean {
  const { eventName, ref, payload } = github.context;
  const branch: unknown = payload.repository?.['default_branch'];
  return eventName === 'push' && typeof branch === 'string' && ref === `refs/heads/${branch}`;
}

/** The checked folder's path in the workspace, which is the repository's root; '' for the root, or for a place outside. */
function folderInRepository(workspace: string, directory: string): string {
  const path = relative(workspace, directory).split(sep).join('/');
  return path === '..' || path.startsWith('../') ? '' : path;
}

/** A folder of its own: a job may check more than one image, a step each. */
function makeOutputFolder(): string {
  return mkdtempSync(join(process.env['RUNNER_TEMP'] || tmpdir(), 'hullcheck-'));
}

/** The only SBOM, or the folder of several. */
async function publishSboms(report: Report, { sbomTargets }: Request, host: Host): Promise<void> {
  const [first, ...more] = await writeSboms(report, sbomTargets, host);
  if (first !== undefined) core.setOutput('sbom', more.length === 0 ? first : dirname(first));
}

/** `checked` has paths from the checked folder, as every JSON report; GitHub's own surfaces need them from the root. */
async function publish(checked: Report, folderInRoot: string, folder: string, host: Host): Promise<void> {
  const report = rootReport(checked, folderInRoot);
  const files = { json: 'report.json', sarif: 'hullcheck.sarif', html: 'report.html' } as const;
  await writeOutput({ format: 'json', path: join(folder, files.json) }, checked, host);
  await writeOutput({ format: 'sarif', path: join(folder, files.sarif) }, report, host);
  await writeOutput({ format: 'html', path: join(folder, files.html) }, report, host);
  process.stdout.write(
    reporters.github.render(report, reportContext(report, host, { color: false, columns: 120, all: false })),
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
  const given = optionValues((name) => core.getInput(name), base);
  const folder = makeOutputFolder();
  const output = core.getInput('sbom').trim() === 'true' ? [`cyclonedx=${join(folder, 'sbom')}/`] : [];
  const values: OptionValues = new Map([...given, ['output', output]]);
  const workingFolder = process.env['GITHUB_WORKSPACE'] ?? process.cwd();
  const directory = core.getInput('directory') || '.';
  const origin = { values, directory, workingFolder, isPullRequest: base !== null, isCacheWritten: isCacheWritten() };
  const request = await buildRequest(origin, host);
  const report = await run(request, host);
  await publish(report, folderInRepository(workingFolder, request.directory), folder, host);
  await publishSboms(report, request, host);
  return report.exitCode;
}

process.exitCode = await main().catch((error: unknown) => {
  const [sentence = '', hint = ''] = explainFailure(error, core.isDebug()).split('\n');
  core.error(neutralise(`${sentence} (${hint})`));
  return 2;
});
