import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type DemoStacks, unpackDemo } from '../helpers/demo-stack.ts';
import { createRepository, type GitRepository } from '../helpers/git-repository.ts';
import { node24 } from '../helpers/node24.ts';
import { act, git, need, pathOf } from '../helpers/parts.ts';
import { copyPackage, execute, type Result, type ShippedPackage } from '../helpers/program.ts';

let shipped: ShippedPackage;
let stacks: DemoStacks;
let place: string;

beforeAll(async () => {
  shipped = await copyPackage();
  stacks = await unpackDemo(shipped);
  place = await mkdtemp(join(tmpdir(), 'hullcheck-act-'));
});
afterAll(async () => {
  await stacks?.remove();
  await shipped?.remove();
  await rm(place, { recursive: true, force: true });
});

/** As examples/push.yml, with the action from the repository itself and a stack in a folder of it. */
const workflow = `
name: image
on: [push, pull_request]
permissions: {}
jobs:
  image:
    runs-on: ubuntu-latest
    permissions:
      contents: read
    steps:
      - uses: actions/checkout@v4
        with: { fetch-depth: 0, persist-credentials: false }
      - name: Check
        id: check
        uses: ./
        continue-on-error: true
        with:
          directory: stack
          images: stack/app.tar
          scanners: none
      - name: Read
        env:
          VERDICT: \${{ steps.check.outputs.verdict }}
          REPORT: \${{ steps.check.outputs.report }}
          COUNTS: \${{ steps.check.outputs.findings }} \${{ steps.check.outputs.blocking }} \${{ steps.check.outputs.gaps }}
          OUTCOME: \${{ steps.check.outcome }}
        run: |
          echo "later: $OUTCOME $VERDICT $COUNTS, read $(grep -c '"ruleId"' "$REPORT")"
      - name: Gate
        run: test "\${{ steps.check.outcome }}" = success
`;

/** The action's own repository with a stack in it, committed: act serves the checkout from there. */
async function repositoryWith(stack: string): Promise<GitRepository> {
  const folder = await mkdtemp(join(place, 'repository-'));
  await cp(shipped.folder, folder, { recursive: true });
  await cp(stack, join(folder, 'stack'), { recursive: true });
  const repository = await createRepository(folder);
  await repository.put({ '.github/workflows/image.yml': workflow });
  await repository.commit('all');
  return repository;
}

/** act in host mode: it runs what `node` is first on PATH, here Node 24, as the runner has for node24 actions. */
async function runAct(repository: GitRepository): Promise<Result> {
  const home = await mkdtemp(join(place, 'home-'));
  await symlink(pathOf(node24), join(home, 'node'));
  await writeFile(join(home, '.actrc'), '');
  return await execute(pathOf(act), ['push', '-P', 'ubuntu-latest=-self-hosted', '--no-cache-server'], {
    directory: repository.folder,
    environment: {
      HOME: home,
      XDG_CACHE_HOME: join(home, 'cache'),
      PATH: [home, process.env['PATH']].join(delimiter),
    },
  });
}

it('fails the job of the leaky stack, and later steps read the outputs', async (context) => {
  need(context, [act, node24, git]);
  const { exitCode, stdout, stderr } = await runAct(await repositoryWith(stacks.leaky));
  const log = stdout + stderr;
  expect(log).toMatch(/later: failure fail (\d+) 10 0, read \1$/m);
  expect(log).toContain('stack/Dockerfile');
  expect(log).toMatch(/leaked-dotenv/);
  expect(exitCode).toBe(1);
});

it('lets the repaired stack through', async (context) => {
  need(context, [act, node24, git]);
  const { exitCode, stdout, stderr } = await runAct(await repositoryWith(stacks.fixed));
  expect(stdout + stderr).toMatch(/later: success pass 0 0 0, read 0$/m);
  expect(exitCode).toBe(0);
});
