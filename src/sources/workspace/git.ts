import type { CommandResult, Host } from '../../host/host.ts';

const outputLimit = 256 * 1024 * 1024;

/**
 * Nothing a repository configures may run: no fsmonitor, no hooks, no transport, no prompts. With that, a clone owned by
 * another user (a container job's) may be read.
 */
const safeSettings = [
  '-c',
  'core.fsmonitor=false',
  '-c',
  'core.hooksPath=/dev/null',
  '-c',
  'core.quotePath=false',
  '-c',
  'protocol.allow=never',
  '-c',
  'safe.directory=*',
];

/** The variables git needs; nothing that could point it at another repository or run a program. */
function gitEnvironment(host: Host): Record<string, string> {
  const kept = ['PATH', 'HOME', 'SYSTEMROOT', 'TMPDIR'].flatMap((name) => {
    const value = host.environment[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(kept), GIT_TERMINAL_PROMPT: '0', GIT_OPTIONAL_LOCKS: '0', LC_ALL: 'C' };
}

/** Runs git in a folder with a time limit. */
export function runGit(
  host: Host,
  directory: string,
  words: readonly string[],
  input?: string,
): Promise<CommandResult> {
  const command = {
    program: 'git',
    arguments: [...safeSettings, ...words],
    directory,
    environment: gitEnvironment(host),
    timeoutMilliseconds: 120_000,
    outputLimit,
  };
  return host.execute(input === undefined ? command : { ...command, input });
}

export function succeeded(result: CommandResult): boolean {
  return result.outcome === 'exited' && result.exitCode === 0;
}

/** NUL-separated output as text, empty items dropped. */
export function splitNul(output: Buffer): readonly string[] {
  return output
    .toString('utf8')
    .split('\0')
    .filter((item) => item !== '');
}
