import { createInterface } from 'node:readline/promises';
import type { Terminal } from './terminal.ts';

/** NO_COLOR and FORCE_COLOR win over what the terminal can do (no-color.org, force-color.org). */
function hasColor(): boolean {
  const { NO_COLOR: off, FORCE_COLOR: on } = process.env;
  if (off !== undefined && off !== '') return false;
  if (on !== undefined) return on !== '0' && on !== 'false';
  return process.stdout.isTTY === true && process.env['TERM'] !== 'dumb';
}

async function confirm(question: string): Promise<boolean> {
  const reader = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await reader.question(`${question} [y/N] `);
    return /^y(?:es)?$/i.test(answer.trim());
  } finally {
    reader.close();
  }
}

/** The terminal of a real run. */
export function createTerminal(): Terminal {
  const isInteractive = process.stdin.isTTY === true && process.stderr.isTTY === true;
  return {
    write: (text) => process.stdout.write(text),
    color: hasColor(),
    columns: Math.max(40, process.stdout.columns ?? 80),
    confirm: isInteractive ? confirm : null,
  };
}
