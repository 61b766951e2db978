import type { OptionValues } from './arguments.ts';
import { checkOptions } from './request-schema.ts';

/** Lists are given one item per line, or separated by commas or blanks in one line. */
function items(text: string): readonly string[] {
  return text
    .split(text.includes('\n') ? '\n' : /[,\s]+/)
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** The action's inputs as the CLI's options. `base` is the pull request's own when the input is empty. */
export function optionValues(input: (name: string) => string, base: string | null): OptionValues {
  const values = new Map<string, readonly string[]>();
  for (const spec of checkOptions) {
    const text = spec.input === null ? '' : input(spec.input).trim();
    if (spec.value === null) {
      if (text === 'true') values.set(spec.flag, ['']);
    } else if (text !== '') values.set(spec.flag, spec.isRepeatable ? items(text) : [text]);
  }
  if (base !== null && !values.has('base')) values.set('base', [base]);
  return values;
}
