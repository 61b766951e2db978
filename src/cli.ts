#!/usr/bin/env node
import { version } from './version.ts';

/** Everything else is loaded when it is needed, so that `--version` answers at once. */
async function main(words: readonly string[]): Promise<number> {
  if (words[0] === '--version' || words[0] === '-V') {
    process.stdout.write(`hullcheck ${version}\n`);
    return 0;
  }
  const { createNodeHost, createTerminal, runCommand } = await import('./program.ts');
  return await runCommand(words, createNodeHost(import.meta.url), createTerminal(), process.cwd());
}

/** A closed pipe (`| head`) is no error of ours. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
  throw error;
});

/** Nobody reads what it says beside the results: they are what counts. */
process.stderr.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

process.exitCode = await main(process.argv.slice(2)).catch(async (error: unknown) => {
  const { explainFailure } = await import('./program.ts');
  process.stderr.write(explainFailure(error, process.env['HULLCHECK_DEBUG'] === '1'));
  return 2;
});
