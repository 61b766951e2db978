import { wrapWords } from './commands/word-wrap.ts';
import { type CommandSpec, commands, type OptionSpec } from './request-schema.ts';

const width = 80;
const column = 26;

/** A term and its explanation, the explanation in its own column. */
function row(term: string, text: string): string {
  const lines = wrapWords(text, width - column);
  const head =
    term.length + 2 > column - 2
      ? [`  ${term}`, ...lines.map((line) => ' '.repeat(column) + line)]
      : [`  ${term}`.padEnd(column) + (lines[0] ?? ''), ...lines.slice(1).map((line) => ' '.repeat(column) + line)];
  return head.join('\n');
}

export function optionText(spec: OptionSpec): string {
  const notes = [
    spec.isRepeatable ? 'Repeatable.' : '',
    spec.fallback === '' ? '' : `Default: ${spec.fallback}.`,
  ].filter((note) => note !== '');
  return [spec.help, ...notes].join(' ');
}

function optionRow(spec: OptionSpec): string {
  return row(`--${spec.flag}${spec.value === null ? '' : ` ${spec.value}`}`, optionText(spec));
}

const exitCodes = `Exit codes
  0  pass
  1  blocking findings
  2  something was named wrongly
  3  incomplete: nothing blocks, but something was not examined`;

/** `hullcheck --help`. */
export function generalHelp(): string {
  return [
    'hullcheck: the step between docker build and docker push',
    'Usage: hullcheck COMMAND [OPTIONS]',
    `Commands\n${commands.map((spec) => row(`${spec.name} ${spec.operands}`.trim(), spec.summary)).join('\n')}`,
    exitCodes,
    'hullcheck COMMAND --help lists its options. hullcheck --version prints the version.\n',
  ].join('\n\n');
}

/** `hullcheck COMMAND --help`. */
export function commandHelp(spec: CommandSpec): string {
  const usage = `Usage: hullcheck ${spec.name}${spec.operands === '' ? '' : ` ${spec.operands}`}${spec.options.length === 0 ? '' : ' [OPTIONS]'}`;
  const options = spec.options.length === 0 ? [] : [`Options\n${spec.options.map(optionRow).join('\n')}`];
  return `${[spec.summary, usage, ...options, ...(spec.name === 'check' ? [exitCodes] : [])].join('\n\n')}\n`;
}
