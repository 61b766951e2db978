import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';

/**
 * Compares with test/goldens/<name>. A missing golden fails; `UPDATE_GOLDENS=1` writes it, to be read before it is
 * committed.
 */
export function expectGolden(name: string, actual: string): void {
  const path = fileURLToPath(new URL(`../goldens/${name}`, import.meta.url));
  if (process.env['UPDATE_GOLDENS'] === '1') {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, actual);
    return;
  }
  expect(existsSync(path), `${name} is missing: run with UPDATE_GOLDENS=1 and read what it wrote`).toBe(true);
  expect(actual).toBe(readFileSync(path, 'utf8'));
}
