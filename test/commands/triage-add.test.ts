import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runCommand } from '../../src/commands/command.ts';
import { UsageError } from '../../src/domain/usage-error.ts';
import { hostOn, inFolder } from '../helpers/check-example.ts';

/** Runs `hullcheck` in a folder with this policy: what it prints, and the policy afterwards. */
async function add(policy: string | null, ...words: readonly string[]) {
  return await inFolder(async (folder) => {
    const path = join(folder, '.hullcheck.yml');
    if (policy !== null) await writeFile(path, policy);
    let output = '';
    const write = (text: string) => {
      output += text;
    };
    const terminal = { write, color: false, columns: 80, confirm: null };
    const code = await runCommand(['triage', 'add', ...words], hostOn('2026-01-15'), terminal, folder);
    return { code, output, text: await readFile(path, 'utf8') };
  });
}

async function refusal(policy: string | null, ...words: readonly string[]): Promise<string> {
  try {
    await add(policy, ...words);
  } catch (error) {
    if (error instanceof UsageError) return `${error.message} (${error.hint})`;
    throw error;
  }
  throw new Error('expected a refusal');
}

test('writes the entry into a new file and shows it', async () => {
  const { code, output, text } = await add(
    null,
    'CVE-2026-0001',
    '--reason',
    'parser is never reached',
    '--days',
    '30',
  );
  const entry = '  - advisory: CVE-2026-0001\n    reason: parser is never reached\n    expires: 2026-02-14\n';
  expect(code).toBe(0);
  expect(text).toBe(`triage:\n${entry}`);
  expect(output).toBe(
    `Wrote to .hullcheck.yml:\n${entry}It holds through 2026-02-14 (30 days); in a pull request it counts once it is merged.\n`,
  );
});

test('takes all that narrows it, and the longest term of the policy', async () => {
  const words = ['--package', 'openssl', '--image', '**/app.tar', '--path', 'api/**', '--owner', '@me', '--reason=r'];
  const { text } = await add('maxTriageDays: 7 # short\n', 'GHSA-aaaa-bbbb-cccc', ...words);
  expect(text).toBe(
    'maxTriageDays: 7 # short\ntriage:\n  - advisory: GHSA-aaaa-bbbb-cccc\n    package: openssl\n    image: "**/app.tar"\n    path: "api/**"\n    reason: r\n    owner: "@me"\n    expires: 2026-01-22\n',
  );
});

test.each([
  ['root-final-user', 'rule: root-final-user'],
  ['0123456789abcdef0123456789abcdef', 'gap: "0123456789abcdef0123456789abcdef"'],
  ['RHSA-2026:0001', 'advisory: "RHSA-2026:0001"'],
])('accepts %s', async (id, expected) => {
  expect((await add(null, id, '--reason', 'r')).text).toContain(`- ${expected}\n`);
});

describe('refuses in one sentence', () => {
  const known = 'triage:\n  - { advisory: CVE-2026-0001, reason: r, expires: 2026-01-01 }\n';
  test.each<[string, string | null, readonly string[], string]>([
    ['nothing named', null, [], 'triage add names nothing'],
    ['no reason', null, ['CVE-2026-1'], 'triage add has no reason (say with --reason'],
    ['an empty reason', null, ['CVE-2026-1', '--reason', ' '], '--reason is empty'],
    [
      'a mistyped rule',
      null,
      ['root-finl-user', '--reason', 'r'],
      'root-finl-user is no advisory, rule or gap (did you mean root-final-user?)',
    ],
    ['the rule about the policy', null, ['weakened-policy', '--reason', 'r'], 'weakened-policy cannot be triaged'],
    ['a misconfiguration', null, ['AVD-DS-0001', '--reason', 'r'], 'AVD-DS-0001 is no advisory'],
    ['no days', null, ['CVE-2026-1', '--reason', 'r', '--days', '0'], '--days 0 is no number of days'],
    ['days in words', null, ['CVE-2026-1', '--reason', 'r', '--days', 'a\nb'], '--days a\\nb is no number of days'],
    [
      'too many days',
      null,
      ['CVE-2026-1', '--reason', 'r', '--days', '91'],
      '--days 91 is longer than the 90 days the policy allows (use at most 90',
    ],
    [
      'more than the policy allows',
      'maxTriageDays: 7',
      ['CVE-2026-1', '--reason', 'r', '--days', '8'],
      'longer than the 7 days',
    ],
    [
      'an entry that is there',
      known,
      ['cve-2026-0001', '--reason', 'r'],
      '.hullcheck.yml:2 already accepts CVE-2026-0001 no longer, as it ends 2026-01-01 (review that entry',
    ],
    ['a gap that is narrowed', null, ['0'.repeat(32), '--reason', 'r', '--path', 'x'], 'a gap cannot be narrowed'],
    ['a broken policy', 'failOn: hihg\n', ['CVE-2026-1', '--reason', 'r'], '.hullcheck.yml:1: failOn is "hihg"'],
  ])('%s', async (_, policy, words, expected) => {
    expect(await refusal(policy, ...words)).toContain(expected);
  });

  test('a policy that is a symbolic link', async () => {
    await inFolder(async (folder) => {
      await mkdir(join(folder, 'repository'));
      await writeFile(join(folder, 'elsewhere.yml'), 'mode: gate\n');
      await symlink('../elsewhere.yml', join(folder, 'repository/.hullcheck.yml'));
      const terminal = { write: () => undefined, color: false, columns: 80, confirm: null };
      const words = ['triage', 'add', 'CVE-2026-1', 'repository', '--reason', 'r'];
      await expect(runCommand(words, hostOn('2026-01-15'), terminal, folder)).rejects.toThrow('is a symbolic link');
      expect(await readFile(join(folder, 'elsewhere.yml'), 'utf8')).toBe('mode: gate\n');
    });
  });
});
