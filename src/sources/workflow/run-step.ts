import type { Node } from 'yaml';
import type { InstallCommandEvidence } from '../../domain/evidence.ts';
import type { Gap } from '../../domain/gap.ts';
import { gap } from '../../domain/gap.ts';
import { extractCommands } from '../shell/commands.ts';
import { recogniseInstall } from '../shell/install-command.ts';
import { installDirectory } from '../shell/install-directory.ts';
import type { YamlReader, YamlScalar } from '../yaml/document.ts';
import type { RunScope } from './run-scope.ts';
import { enterFolder, isPosixShell } from './run-scope.ts';

/** Reads the `run:` steps of one file. */
export interface RunReader {
  read(step: ReadonlyMap<string, Node>, scope: RunScope): Iterable<InstallCommandEvidence | Gap>;
}

/** Script characters read per file, so that aliases cannot multiply the work; a step counts as 256 at least. */
const mostCharacters = 1024 * 1024;
const leastCharge = 256;

function isSameScope(a: RunScope, b: RunScope): boolean {
  const names = Object.keys(a.environment);
  return (
    a.shell === b.shell &&
    a.directories.join('\0') === b.directories.join('\0') &&
    names.length === Object.keys(b.environment).length &&
    names.every((name) => a.environment[name] === b.environment[name])
  );
}

function unreadGap(source: string, script: YamlScalar, problem: string): Gap {
  const { path, line } = script.at;
  const reason = `the script in ${path} at line ${line} ${problem}`;
  return gap(source, `${path} run`, reason, 'move long scripts and deeply nested ones into files of their own');
}

function* readScript(script: YamlScalar, scope: RunScope, source: string): Iterable<InstallCommandEvidence | Gap> {
  const { commands, problem } = extractCommands(script.value);
  if (problem !== null) yield unreadGap(source, script, problem);
  for (const command of commands) {
    const install = recogniseInstall(command);
    if (install === null) continue;
    yield {
      kind: 'install-command',
      at: script.locate(install.start, install.end),
      context: 'workflow',
      manager: install.manager,
      words: install.words,
      environment: { ...scope.environment, ...command.environment },
      directories: enterFolder(enterFolder(scope.directories, command.directory), installDirectory(install)),
    };
  }
}

/** A step that several jobs use by alias is read once for each scope it runs in. */
export function createRunReader(yaml: YamlReader, source: string): RunReader {
  const scopes = new Map<string, RunScope[]>();
  let left = mostCharacters;
  const isKnown = (place: string, scope: RunScope): boolean => {
    const before = scopes.get(place) ?? [];
    if (before.some((other) => isSameScope(other, scope))) return true;
    scopes.set(place, before);
    before.push(scope);
    return false;
  };
  return {
    *read(step, scope) {
      const script = yaml.scalar(step.get('run'));
      if (script === null || !isPosixShell(scope)) return;
      const { line, column } = script.at;
      if (isKnown(`${line}:${column}`, scope)) return;
      left -= Math.max(leastCharge, script.value.length);
      if (left >= 0) yield* readScript(script, scope, source);
      else yield unreadGap(source, script, 'is more than is read of one file');
    },
  };
}
