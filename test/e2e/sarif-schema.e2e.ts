import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { afterAll, describe, expect, it } from 'vitest';
import { sarif } from '../../src/reporters/sarif.ts';
import { hostileReport } from '../helpers/hostile-report.ts';
import { sampleContext, sampleReport } from '../helpers/sample-report.ts';

/** The Go module that carries the official SARIF 2.1.0 schema as text. */
const moduleVersion = 'github.com/owenrumney/go-sarif/v3@v3.3.1';
const folder = mkdtempSync(join(tmpdir(), 'hullcheck-sarif-'));

afterAll(() => rmSync(folder, { recursive: true }));

/** Downloads the module through the Go proxy and takes the schema out of its source. */
function officialSchema(): Record<string, unknown> {
  writeFileSync(join(folder, 'go.mod'), 'module schema\n');
  const answer = execFileSync('go', ['mod', 'download', '-json', moduleVersion], { cwd: folder, encoding: 'utf8' });
  const { Dir: place } = JSON.parse(answer);
  const source = readFileSync(join(place, 'pkg/report/v210/sarif/schema.go'), 'utf8');
  return JSON.parse(source.slice(source.indexOf('`') + 1, source.lastIndexOf('`')));
}

describe('the SARIF report', () => {
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats.default(ajv);
  const { $schema: _, id: __, ...schema } = officialSchema();
  const validate = ajv.compile(schema);

  it.each([
    ['the sample', sampleReport],
    ['the hostile one', hostileReport],
  ])('is valid by the official schema: %s', (_, report) => {
    const document: unknown = JSON.parse(sarif.render(report, sampleContext));
    validate(document);
    expect(validate.errors ?? []).toEqual([]);
  });

  it('would not accept a broken one', () => {
    expect(validate({ version: '2.1.0', runs: [{ tool: {} }] })).toBe(false);
  });
});
