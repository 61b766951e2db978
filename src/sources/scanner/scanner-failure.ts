import type { ScannerName } from '../../domain/finding.ts';
import { neutralise } from '../../domain/neutral-text.ts';
import type { CommandResult } from '../../host/host.ts';
import { createRedactor } from '../secret/redactor.ts';
import type { Scanner } from './run-scanner.ts';
import type { ScanProblem } from './scan-input.ts';

/** The last line of what a program said, neutral and without credentials. */
function lastLine(text: string): string {
  const lines = text.split(/[\r\n]+/).filter((line) => line.trim() !== '');
  return neutralise(createRedactor().redact((lines.at(-1) ?? '').trim()), 300);
}

export function finishedReportHint(name: ScannerName): string {
  return `pass a finished report with --${name}-report`;
}

/** Null when the program ended as it should. */
export function failureOf(scanner: Scanner, result: CommandResult, minutes: number): ScanProblem | null {
  const said = lastLine(result.stderr);
  const detail = said === '' ? 'without a word on stderr' : `saying: ${said}`;
  const other = finishedReportHint(scanner.name);
  switch (result.outcome) {
    case 'exited': {
      if (result.exitCode !== null && scanner.examinedCodes.includes(result.exitCode)) return null;
      const meaning = scanner.codeMeanings.get(result.exitCode ?? 0) ?? '';
      const reason = `${scanner.name} ended with exit code ${result.exitCode}${meaning}, ${detail}`;
      return { reason, hint: `remove the cause it names, or ${other}` };
    }
    case 'timed-out':
      return {
        reason: `${scanner.name} was stopped at the time limit of ${minutes} minute${minutes === 1 ? '' : 's'}`,
        hint: `raise --scanner-timeout, or ${other}`,
      };
    case 'killed':
      return {
        reason: `${scanner.name} was killed before it was done, ${detail}`,
        hint: `give the machine more memory where that was the cause, or ${other}`,
      };
    case 'overflow':
      return {
        reason: `${scanner.name} flooded its standard output`,
        hint: `check that it is the real one, or ${other}`,
      };
    case 'missing':
      return { reason: `${scanner.name} cannot be started: ${said}`, hint: `check the program, or ${other}` };
  }
}
