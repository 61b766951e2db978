import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { listFiles, root } from '../helpers/project-files.ts';

it.each([
  ['no id', [], 'give one id'],
  ['two ids', ['a-b', 'c-d'], 'give one id'],
  ['one word', ['registry'], 'is no rule id'],
  ['upper case', ['Leaked-Dotenv'], 'is no rule id'],
  ['a number', ['rule-42'], 'is no rule id'],
  ['a path', ['../leaked-dotenv'], 'is no rule id'],
  ['a name that is taken', ['leaked-dotenv'], 'src/rules/leaked-dotenv.ts is already there'],
])('new-rule refuses %s and writes nothing', (_, words, reason) => {
  const before = listFiles('src/rules');
  const { status, stderr } = spawnSync(process.execPath, ['scripts/new-rule.mjs', ...words], {
    cwd: root,
    encoding: 'utf8',
  });
  expect(status).toBe(2);
  expect(stderr).toContain(reason);
  expect(listFiles('src/rules')).toEqual(before);
});
