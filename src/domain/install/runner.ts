import { hasVersion, isExactNpmSpec } from './npm-spec.ts';
import { type InstallVerdict, judgeTools, notAnInstall, undecided } from './verdict.ts';
import { type CommandWords, hasOption, optionsBefore, valuesOf } from './words.ts';

/**
 * `npx x`, `npm exec x`, `bunx x`: a local binary where there is one, else the newest from the registry. Without a
 * version and without `--yes` or `--package` it is taken to be the local one, as nothing here can tell.
 * `position` is the operand that names the package.
 */
export function classifyLocalFirst(words: CommandWords, position: number): InstallVerdict {
  const options = optionsBefore(words, position);
  if (hasOption(options, '--no', '--no-install', '--no-yes', '--version', '--help')) return notAnInstall;
  const named = valuesOf(options, '--package', '-p');
  if (named.length > 0) return judgeTools(named, isExactNpmSpec);
  const operand = words.operands[position];
  if (operand === undefined || hasOption(options, '--call', '-c')) return notAnInstall;
  if (operand.text === null) return undecided;
  const isFetched = hasVersion(operand.text) || hasOption(options, '--yes', '-y');
  return isFetched ? judgeTools([operand.text], isExactNpmSpec) : notAnInstall;
}

/** `pnpm dlx x`, `yarn dlx x`, `npm create x`: always from the registry. */
export function classifyFetched(words: CommandWords, position: number): InstallVerdict {
  const named = valuesOf(optionsBefore(words, position), '--package', '-p');
  const operand = words.operands[position];
  if (named.length > 0) return judgeTools(named, isExactNpmSpec);
  return operand === undefined ? notAnInstall : judgeTools([operand.text], isExactNpmSpec);
}
