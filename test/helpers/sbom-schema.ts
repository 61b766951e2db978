import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';

const folder = new URL('./res/schema/', import.meta.resolve('@cyclonedx/cyclonedx-library/package.json'));

function schema(name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(fileURLToPath(new URL(`${name}.SNAPSHOT.schema.json`, folder)), 'utf8'));
}

/** The schemas of what all versions share; ours are neither addresses nor links, whose formats ajv does not know. */
function createAjv(): Ajv {
  const ajv = new Ajv({ strict: false, allErrors: true, formats: { 'iri-reference': true, 'idn-email': true } });
  addFormats.default(ajv);
  for (const name of ['spdx', 'jsf-0.82', 'cryptography-defs']) {
    const { $id: _, ...shared } = schema(name);
    ajv.addSchema(shared, `http://cyclonedx.org/schema/${name}.SNAPSHOT.schema.json`);
  }
  return ajv;
}

const validators = new Map<string, ValidateFunction>();

/** What the official schema of its version has against a CycloneDX document; empty when it is valid. */
export function sbomProblems(document: unknown): readonly unknown[] {
  const version: unknown = typeof document === 'object' && document !== null && Reflect.get(document, 'specVersion');
  if (typeof version !== 'string' || !/^1\.[5-7]$/.test(version)) return [`specVersion ${version}`];
  const validate = validators.get(version) ?? createAjv().compile(schema(`bom-${version}`));
  validators.set(version, validate);
  validate(document);
  return validate.errors ?? [];
}
