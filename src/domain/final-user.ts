import type { BuildStage, DockerfileEvidence, Instruction } from './dockerfile.ts';
import { isInTests } from './test-path.ts';

/** The user part of `user[:group]`, as the runtime reads it: no user is root. */
export function isRootUser(user: string): boolean {
  const name = user.split(':')[0]?.trim() ?? '';
  return name === '' || name === 'root' || /^0+$/.test(name);
}

/** Why the image a Dockerfile makes runs as root, and the instruction that decides it. */
export interface RootUser {
  /** The last USER, or the FROM of the last stage where none is set. */
  readonly instruction: Instruction;
  /** What USER says; null where none is set, and the base image decides. */
  readonly user: string | null;
}

/** Dockerfiles of development and tests: `Dockerfile.dev`, `.devcontainer/Dockerfile`. */
const unshippedName =
  /(?:^|\/)\.devcontainer\/|(?:^|[./_-])(?:dev|devel|development|debug|test|tests|ci|e2e|lint|example|sample)(?:\.(?:dockerfile|containerfile))?$/i;
/** Bases that say by their name that they set a user, or whose vendor makes all its images so. */
const userBase =
  /nonroot|non-root|rootless|unprivileged|(?:^|\/)(?:cgr\.dev\/|chainguard\/|bitnami\/|bitnamilegacy\/)/i;
const windowsBase = /windows|nanoserver/i;

/** The last stage and those it is built on, last first. */
function finalChain({ stages }: DockerfileEvidence): readonly BuildStage[] {
  const chain: BuildStage[] = [];
  for (let stage = stages.at(-1); stage !== undefined && !chain.includes(stage); ) {
    chain.push(stage);
    stage = stage.parent === null ? undefined : stages[stage.parent];
  }
  return chain;
}

function lastUser(dockerfile: DockerfileEvidence, chain: readonly BuildStage[]): Instruction | null {
  for (const { index } of chain) {
    const users = dockerfile.instructions.filter(({ stage, keyword }) => stage === index && keyword === 'USER');
    const last = users.at(-1);
    if (last !== undefined) return last;
  }
  return null;
}

/**
 * Tells from a Dockerfile alone that its image runs as root; null where it does not, or where it cannot be told: the user
 * is a variable, the base says that it sets one or is a variable, or the file is for development or tests.
 */
export function findRootUser(dockerfile: DockerfileEvidence): RootUser | null {
  const chain = finalChain(dockerfile);
  const from = chain[0]?.from;
  const base = chain.at(-1)?.base ?? '';
  if (from === undefined || windowsBase.test(base)) return null;
  const instruction = lastUser(dockerfile, chain);
  if (instruction !== null) {
    const user = instruction.argumentText.trim().replace(/^(["'])(.*)\1$/, '$2');
    return isRootUser(user) ? { instruction, user } : null;
  }
  const isShipped = !isInTests(dockerfile.path) && !unshippedName.test(dockerfile.path);
  return isShipped && !base.includes('$') && !userBase.test(base) ? { instruction: from, user: null } : null;
}
