import type { Instruction } from '../../domain/dockerfile.ts';
import { extractCommands, extractExecCommands, type ScriptReading } from '../shell/commands.ts';
import { readExecForm } from './exec-form.ts';
import { isHeredocAlone } from './heredoc.ts';
import { physicalLineAt } from './logical-line.ts';

/** What a RUN executes; `offset` is where the script lies in the Dockerfile, and offsets of the commands are into it. */
export interface RunScript extends ScriptReading {
  readonly offset: number;
}

function readScript(script: string, offset: number): RunScript {
  return { offset, ...extractCommands(script) };
}

/** Where the terminator's line starts: as many lines below `start` as the body has. */
function endOfBody(source: string, start: number, body: string): number {
  let end = start;
  for (let left = body.split('\n').length - 1; left > 0; left--) end = physicalLineAt(source, end).next;
  return body.endsWith('\n') || body === '' ? end : source.length;
}

const shellShebang = /^#!.*\b(?:ba|da|a|z|k)?sh\b/;

/**
 * The commands of a RUN, be it in shell form, exec form or with heredocs. A heredoc alone is the script itself, with a
 * shebang for whatever that names; otherwise the shell gets the line and the bodies (BuildKit dispatchRun).
 */
export function readRunScript(source: string, run: Instruction): RunScript {
  const { argumentText, argumentStart, heredocs } = run;
  const words = readExecForm(argumentText);
  if (words !== null) return { offset: argumentStart, ...extractExecCommands(argumentText, words) };
  const last = heredocs.at(-1);
  if (last === undefined) return readScript(argumentText, argumentStart);
  const bodyEnd = endOfBody(source, last.bodyStart, last.body);
  if (heredocs.length === 1 && isHeredocAlone(argumentText)) {
    const isForeign = last.body.startsWith('#!') && !shellShebang.test(last.body);
    return readScript(isForeign ? '' : source.slice(last.bodyStart, bodyEnd), last.bodyStart);
  }
  const rest = source.slice(argumentStart + argumentText.length, physicalLineAt(source, bodyEnd).end);
  return readScript(argumentText + rest, argumentStart);
}
