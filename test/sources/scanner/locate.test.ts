import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UsageError } from '../../../src/domain/usage-error.ts';
import { findOnPath, locateScanner, refuseWrongScannerPaths } from '../../../src/sources/scanner/locate.ts';
import { lockTable } from '../../../src/sources/scanner/lock-table.ts';
import { createScannerBench, type ScannerBench } from '../../helpers/fake-scanner.ts';

let bench: ScannerBench;
beforeEach(async () => {
  bench = await createScannerBench();
});
afterEach(() => bench.remove());

async function folder(name: string, mode = 0o755): Promise<string> {
  const path = join(bench.root, name);
  await mkdir(path, { recursive: true });
  await chmod(path, mode);
  return path;
}

function locate(path: string, scannerPaths: readonly string[] = [], more: Record<string, string> = {}) {
  const host = { ...bench.host, environment: { PATH: path, ...more } };
  return locateScanner('trivy', { request: bench.request({ scannerPaths }), host, lock: lockTable });
}

const taken = (path: string) => ({ kind: 'installed', path, isLocked: false });

describe('on PATH', () => {
  it('takes the first that is executable', async () => {
    const [first, second, third] = [await folder('1'), await folder('2'), await folder('3')];
    await mkdir(join(first, 'trivy'));
    await writeFile(join(second, 'trivy'), '', { mode: 0o644 });
    await bench.addProgram(join(third, 'trivy'), '');
    expect(await locate(`${first}:${second}:/no/such/folder:${third}`)).toMatchObject(taken(join(third, 'trivy')));
  });

  it('passes over relative and empty entries', async () => {
    expect(await findOnPath('sh', { ...bench.host, environment: { PATH: ':.:bin:usr/bin' } })).toEqual([]);
  });

  it('finds nothing without PATH', async () => {
    const host = { ...bench.host, environment: {} };
    expect(await locateScanner('grype', { request: bench.request(), host, lock: lockTable })).toMatchObject({
      kind: 'none',
      reason: 'grype was not found on PATH; nothing is downloaded offline',
    });
  });

  it('passes over one that is refused when a safe one follows', async () => {
    await bench.addProgram(join(bench.checked, 'trivy'), '');
    await bench.addProgram(join(bench.bin, 'trivy'), '');
    expect(await locate(`${bench.checked}:${bench.bin}`)).toMatchObject(taken(join(bench.bin, 'trivy')));
  });
});

const inJob = { GITHUB_ACTIONS: 'true' };

describe('a program is refused', () => {
  const reasonFor = async (path: string, more: Record<string, string> = {}) => {
    const plan = await locate('', [path], more);
    return plan.kind === 'none' ? plan.reason.replaceAll(bench.root, 'ROOT') : plan.kind;
  };

  it('inside the checked folder', async () => {
    const path = join(await folder('checked/tools'), 'trivy');
    await bench.addProgram(path, '');
    expect(await reasonFor(path)).toBe(
      'ROOT/checked/tools/trivy lies inside the checked folder, so what is judged could replace its judge',
    );
  });

  it('reached through a link that lies inside the checked folder', async () => {
    await bench.addProgram(join(bench.bin, 'trivy'), '');
    await symlink(join(bench.bin, 'trivy'), join(bench.checked, 'trivy'));
    expect(await reasonFor(join(bench.checked, 'trivy'))).toMatch(/lies inside the checked folder/);
  });

  it('that is a link into the checked folder', async () => {
    await bench.addProgram(join(bench.checked, 'trivy'), '');
    await symlink(join(bench.checked, 'trivy'), join(bench.bin, 'trivy'));
    expect(await reasonFor(join(bench.bin, 'trivy'))).toMatch(/lies inside the checked folder/);
  });

  it('in the repository that the checked folder is a part of', async () => {
    const path = join(bench.bin, 'trivy');
    await bench.addProgram(path, '');
    expect(await reasonFor(path, { ...inJob, GITHUB_WORKSPACE: bench.root })).toBe(
      'ROOT/bin/trivy lies inside the checked repository, so what is judged could replace its judge',
    );
  });

  it.each([
    [0o757, {}, 'everyone'],
    [0o757, inJob, 'its group or others'],
    [0o775, inJob, 'its group or others'],
  ])('with mode %o %j', async (mode, more, who) => {
    const path = join(bench.bin, 'trivy');
    await bench.addProgram(path, '');
    await chmod(path, mode);
    expect(await reasonFor(path, more)).toBe(`ROOT/bin/trivy can be written by ${who}`);
  });

  it.each([
    [0o777, {}, 'everyone'],
    [0o1777, {}, 'everyone'],
    [0o775, inJob, 'its group or others'],
  ])('in a folder with mode %o %j', async (mode, more, who) => {
    const path = join(await folder('open'), 'trivy');
    await bench.addProgram(path, '');
    await chmod(join(bench.root, 'open'), mode);
    expect(await reasonFor(path, more)).toBe(`ROOT/open/trivy lies in ROOT/open, which ${who} can write`);
  });

  it('below a folder that others can write', async () => {
    const path = join(await folder('open/bin'), 'trivy');
    await bench.addProgram(path, '');
    await chmod(join(bench.root, 'open'), 0o777);
    expect(await reasonFor(path)).toMatch(/lies in ROOT\/open,/);
  });

  it('with a hint that says where to put it', async () => {
    await bench.addProgram(join(bench.checked, 'trivy'), '');
    expect(await locate(bench.checked)).toMatchObject({
      reason: expect.stringMatching(/lies inside the checked folder.*; nothing is downloaded offline$/),
      hint: expect.stringMatching(/^install Trivy, give --scanner-path, or pass a finished report/),
    });
  });
});

describe('a program is taken', () => {
  it.each([0o775, 0o2775])('on a laptop from a folder with mode %o, as Homebrew has it', async (mode) => {
    const path = join(await folder('group'), 'trivy');
    await bench.addProgram(path, '');
    await chmod(path, 0o775);
    await chmod(join(bench.root, 'group'), mode);
    expect(await locate('', [path])).toMatchObject(taken(path));
  });

  it('below a sticky folder', async () => {
    const path = join(await folder('sticky/bin'), 'trivy');
    await bench.addProgram(path, '');
    await chmod(join(bench.root, 'sticky'), 0o1777);
    expect(await locate('', [path])).toMatchObject(taken(path));
  });

  it('beside a folder whose name begins like the checked one', async () => {
    const path = join(await folder('checked-tools'), 'trivy');
    await bench.addProgram(path, '');
    expect(await locate('', [path])).toMatchObject(taken(path));
  });

  it('with its version in the name, before any on PATH', async () => {
    const path = join(await folder('own'), 'trivy-0.74.0');
    await bench.addProgram(path, '');
    await bench.addProgram(join(bench.bin, 'trivy'), '');
    expect(await locate(bench.bin, [path])).toMatchObject(taken(path));
  });

  it('from PATH when the path given is for the other scanner', async () => {
    const path = join(await folder('own'), 'grype');
    await bench.addProgram(path, '');
    await bench.addProgram(join(bench.bin, 'trivy'), '');
    expect(await locate(bench.bin, [path])).toMatchObject(taken(join(bench.bin, 'trivy')));
  });
});

describe('a path the user named wrongly', () => {
  it.each([
    ['/usr/bin/env', '/usr/bin/env is neither trivy nor grype by its name'],
    ['/opt/trivyx', '/opt/trivyx is neither trivy nor grype by its name'],
    ['/no/such/trivy', '/no/such/trivy is no program'],
  ])('%s is a usage error', async (path, message) => {
    const error = await refuseWrongScannerPaths(bench.request({ scannerPaths: [path] }), bench.host).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(UsageError);
    expect(error).toMatchObject({ message });
  });
});
