import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { git, pathOf } from './parts.ts';
import { perform } from './program.ts';

export interface GitRepository {
  readonly folder: string;
  /** Writes these files. */
  put(files: Readonly<Record<string, string>>): Promise<void>;
  /** Everything in the folder as a commit; its hash. */
  commit(message: string): Promise<string>;
  /** A clone of the last commit alone. */
  cloneShallow(target: string): Promise<void>;
  /** Paths git sees as changed or new. */
  changes(): Promise<string>;
}

/** No setting of this machine counts. */
const environment = {
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_CONFIG_SYSTEM: '/dev/null',
  GIT_AUTHOR_NAME: 'Test',
  GIT_AUTHOR_EMAIL: 'test@example.test',
  GIT_COMMITTER_NAME: 'Test',
  GIT_COMMITTER_EMAIL: 'test@example.test',
};

/** Makes the folder a repository with the branch `main`. */
export async function createRepository(folder: string): Promise<GitRepository> {
  const run = (...words: readonly string[]) => perform(pathOf(git), words, { directory: folder, environment });
  await mkdir(folder, { recursive: true });
  await run('init', '--quiet', '--initial-branch=main');
  return {
    folder,
    async put(files) {
      for (const [path, content] of Object.entries(files)) {
        await mkdir(dirname(join(folder, path)), { recursive: true });
        await writeFile(join(folder, path), content);
      }
    },
    async commit(message) {
      await run('add', '--all');
      await run('commit', '--quiet', '--message', message);
      return (await run('rev-parse', 'HEAD')).trim();
    },
    async cloneShallow(target) {
      await run('clone', '--quiet', '--depth=1', `file://${folder}`, target);
    },
    changes: () => run('status', '--porcelain'),
  };
}
