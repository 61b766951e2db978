import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

/**
 * What OpenVEX 0.2.0 asks of a document (OPENVEX-SPEC.md, and the schema beside it), for the part that Hullcheck writes:
 * closed, so that a key the specification does not have is an error.
 */
const closed = (required: readonly string[], properties: object) => ({
  type: 'object',
  required,
  additionalProperties: false,
  properties,
});
const text = { type: 'string', minLength: 1 };
const iri = { type: 'string', format: 'uri' };
const unique = (items: object) => ({ type: 'array', minItems: 1, uniqueItems: true, items });

const statement = {
  ...closed(['vulnerability', 'products', 'status', 'status_notes'], {
    vulnerability: closed(['name'], { name: text }),
    products: unique(closed(['@id'], { '@id': iri, subcomponents: unique(closed(['@id'], { '@id': iri })) })),
    status: { const: 'not_affected' },
    status_notes: text,
    justification: {
      enum: [
        'component_not_present',
        'vulnerable_code_not_present',
        'vulnerable_code_not_in_execute_path',
        'vulnerable_code_cannot_be_controlled_by_adversary',
        'inline_mitigations_already_exist',
      ],
    },
    impact_statement: text,
  }),
  // One of the two says why, and not both.
  oneOf: [{ required: ['justification'] }, { required: ['impact_statement'] }],
};

const ajv = new Ajv2020({ allErrors: true, strictTypes: false, strictRequired: false });
addFormats.default(ajv);
const validate = ajv.compile(
  closed(['@context', '@id', 'author', 'timestamp', 'version', 'tooling', 'statements'], {
    '@context': { const: 'https://openvex.dev/ns/v0.2.0' },
    '@id': iri,
    author: text,
    timestamp: { type: 'string', format: 'date-time' },
    version: { type: 'integer', minimum: 1 },
    tooling: text,
    statements: unique(statement),
  }),
);

/** Every problem the specification would have with the document; none for a good one. */
export function checkOpenVex(document: string): readonly string[] {
  validate(JSON.parse(document));
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}
