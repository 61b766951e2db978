import { parseArguments } from '../arguments.ts';
import { buildRequest } from '../build-request.ts';
import { commandHelp, generalHelp } from '../help.ts';
import type { Host } from '../host/host.ts';
import type { Terminal } from '../host/terminal.ts';
import { writeBaseline } from './baseline.ts';
import { check } from './check.ts';
import { demo } from './demo.ts';
import { diagnose } from './doctor.ts';
import { explain } from './explain.ts';
import { init } from './init.ts';
import { exportPolicy } from './policy-export.ts';
import { importPolicy } from './policy-import.ts';
import { addTriage } from './triage-add.ts';

/** Runs what the command line says; the exit code. */
export async function runCommand(
  words: readonly string[],
  host: Host,
  terminal: Terminal,
  workingFolder: string,
): Promise<number> {
  const first = words[0];
  if (first === undefined || first === '--help' || first === '-h' || first === 'help') {
    terminal.write(generalHelp());
    return 0;
  }
  const { command, operands, values, wantsHelp } = parseArguments(words);
  if (wantsHelp) {
    terminal.write(commandHelp(command));
    return 0;
  }
  const origin = { values, directory: operands[0] ?? '.', workingFolder, isPullRequest: false, isCacheWritten: true };
  switch (command.name) {
    case 'demo':
      return await demo(values, host, terminal);
    case 'init':
      return await init(origin, host, terminal);
    case 'explain':
      terminal.write(explain(operands[0]));
      return 0;
    case 'doctor':
      terminal.write(await diagnose(host, await buildRequest({ ...origin, directory: '.' }, host)));
      return 0;
    case 'baseline write':
      return await writeBaseline(origin, host, terminal);
    case 'policy import':
      return await importPolicy(operands[0], { ...origin, directory: operands[1] ?? '.' }, host, terminal);
    case 'policy export':
      return await exportPolicy(origin, host, terminal);
    case 'triage add':
      return await addTriage(operands[0], { ...origin, directory: operands[1] ?? '.' }, host, terminal);
    default:
      return await check(origin, host, terminal);
  }
}
