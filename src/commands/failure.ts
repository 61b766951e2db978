import { neutralise } from '../domain/neutral-text.ts';
import { UsageError } from '../domain/usage-error.ts';

/** What ends up on stderr when a command cannot go on: a sentence and a hint, never a stack unless asked for. */
export function explainFailure(error: unknown, isDebug: boolean): string {
  if (error instanceof UsageError) return `hullcheck: ${neutralise(error.message)}\nhint: ${neutralise(error.hint)}\n`;
  const message = error instanceof Error ? error.message : String(error);
  const stack = isDebug && error instanceof Error ? `${error.stack ?? ''}\n` : '';
  return `hullcheck: an internal error, nothing was judged: ${neutralise(message)}\nhint: report it at the project; HULLCHECK_DEBUG=1 shows where\n${stack}`;
}
