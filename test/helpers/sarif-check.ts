import { Ajv2020 } from 'ajv/dist/2020.js';

const text = { type: 'string', minLength: 1 };
const message = {
  type: 'object',
  required: ['text'],
  additionalProperties: false,
  properties: { text, markdown: text },
};
const bag = { type: 'object' };
const closed = (required: readonly string[], properties: object) => ({
  type: 'object',
  required,
  additionalProperties: false,
  properties,
});
const list = (items: object, limits: object = {}) => ({ type: 'array', items, ...limits });
const positive = { type: 'integer', minimum: 1 };

/** Relative, percent-encoded, without a scheme, a leading slash or a dot segment. */
const relativeUri = {
  type: 'string',
  pattern: "^(?:[A-Za-z0-9._~!'()*-]|%[0-9A-F]{2})+(?:/(?:[A-Za-z0-9._~!'()*-]|%[0-9A-F]{2})+)*$",
  not: { pattern: '(?:^|/)\\.{1,2}(?:/|$)' },
};
const artifactLocation = closed(['uri'], { uri: relativeUri, uriBaseId: { const: '%SRCROOT%' } });
const fullRegion = closed(['startLine', 'startColumn', 'endLine', 'endColumn'], {
  startLine: positive,
  startColumn: positive,
  endLine: positive,
  endColumn: positive,
});
const location = closed(['physicalLocation'], {
  physicalLocation: closed(['artifactLocation', 'region'], { artifactLocation, region: fullRegion }),
  logicalLocations: list(closed([], { name: text, fullyQualifiedName: text, kind: text }), { minItems: 1 }),
  message,
});
const level = { enum: ['note', 'warning', 'error'] };
const notification = closed(['message'], { descriptor: closed(['id'], { id: text }), level, message });
const replacement = closed(['deletedRegion'], {
  deletedRegion: closed(['startLine', 'endLine'], {
    startLine: positive,
    startColumn: positive,
    endLine: positive,
    endColumn: positive,
  }),
  insertedContent: closed(['text'], { text: { type: 'string' } }),
});
const fix = closed(['artifactChanges'], {
  description: message,
  artifactChanges: list(
    closed(['artifactLocation', 'replacements'], {
      artifactLocation,
      replacements: list(replacement, { minItems: 1 }),
    }),
    { minItems: 1 },
  ),
});
const description = closed(['text'], { text: { ...text, maxLength: 1024 } });
const rule = closed(
  ['id', 'name', 'shortDescription', 'fullDescription', 'help', 'defaultConfiguration', 'properties'],
  {
    id: { ...text, maxLength: 255 },
    name: { ...text, maxLength: 255 },
    shortDescription: description,
    fullDescription: description,
    helpUri: { type: 'string', pattern: '^https://' },
    help: message,
    defaultConfiguration: closed(['level'], { level }),
    properties: {
      type: 'object',
      required: ['tags', 'precision'],
      properties: {
        tags: list(text, { maxItems: 20, uniqueItems: true }),
        precision: { enum: ['very-high', 'high', 'medium', 'low'] },
        'security-severity': { type: 'string', pattern: '^(?:10\\.0|[0-9]\\.[0-9])$', not: { const: '0.0' } },
        'problem.severity': { enum: ['error', 'warning', 'recommendation'] },
      },
    },
  },
);
const result = closed(['ruleId', 'ruleIndex', 'level', 'message', 'locations', 'partialFingerprints', 'suppressions'], {
  ruleId: text,
  ruleIndex: { type: 'integer', minimum: 0 },
  level,
  message,
  locations: list(location, { minItems: 1, maxItems: 1 }),
  relatedLocations: list(location, { minItems: 1, maxItems: 100, uniqueItems: true }),
  partialFingerprints: closed(['primaryLocationLineHash', 'hullcheckFingerprint/v1'], {
    primaryLocationLineHash: { type: 'string', pattern: '^[0-9a-f]+:[1-9][0-9]*$' },
    'hullcheckFingerprint/v1': text,
  }),
  suppressions: list(
    closed(['kind', 'status', 'justification'], {
      kind: { const: 'external' },
      status: { const: 'accepted' },
      justification: text,
    }),
  ),
  baselineState: { enum: ['new', 'unchanged'] },
  fixes: list(fix, { minItems: 1 }),
  properties: bag,
});
const run = closed(['tool', 'automationDetails', 'columnKind', 'invocations', 'results'], {
  tool: closed(['driver'], {
    driver: closed(['name', 'version', 'informationUri', 'rules'], {
      name: { ...text, maxLength: 255 },
      version: text,
      informationUri: { type: 'string', pattern: '^https://' },
      rules: list(rule, { maxItems: 25_000 }),
    }),
  }),
  automationDetails: closed(['id'], { id: { type: 'string', pattern: '^hullcheck/(?:.*/)?$' } }),
  columnKind: { const: 'utf16CodeUnits' },
  invocations: list(
    closed(['executionSuccessful'], {
      executionSuccessful: { type: 'boolean' },
      exitCode: { type: 'integer' },
      exitCodeDescription: text,
      toolExecutionNotifications: list(notification),
    }),
    { minItems: 1, maxItems: 1 },
  ),
  results: list(result, { maxItems: 25_000 }),
});

interface CheckedLog {
  readonly runs: readonly CheckedRun[];
}

/**
 * The part of the SARIF 2.1.0 schema that Hullcheck writes, closed so that a key the standard does not have is an error,
 * with what GitHub adds to it: required fields, no empty strings, limits, relative and encoded URIs.
 */
const validate = new Ajv2020({ allErrors: true, strictTypes: false, strictRequired: false }).compile<CheckedLog>(
  closed(['$schema', 'version', 'runs'], {
    $schema: { type: 'string', pattern: '^https://.*sarif' },
    version: { const: '2.1.0' },
    runs: list(run, { minItems: 1, maxItems: 20 }),
  }),
);

interface CheckedRun {
  readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } };
  readonly results: readonly {
    readonly ruleId: string;
    readonly ruleIndex: number;
    readonly baselineState?: string;
    readonly partialFingerprints: Readonly<Record<string, string>>;
    readonly locations: readonly {
      readonly physicalLocation: {
        readonly region: Readonly<Record<'startLine' | 'startColumn' | 'endLine' | 'endColumn', number>>;
      };
    }[];
  }[];
}

/** What no schema can say: indexes that fit, unique rules and fingerprints, regions that do not run backwards. */
function checkRun({ tool, results }: CheckedRun): readonly string[] {
  const { rules } = tool.driver;
  const hashes = results.map((each) => each.partialFingerprints['primaryLocationLineHash'] ?? '');
  const states = new Set(results.map(({ baselineState }) => baselineState !== undefined));
  const isBackwards = ({ locations }: CheckedRun['results'][number]) =>
    locations.some(({ physicalLocation: { region } }) => {
      const { startLine, startColumn, endLine, endColumn } = region;
      return endLine < startLine || (endLine === startLine && endColumn < startColumn);
    });
  return [
    ...(new Set(rules.map(({ id }) => id)).size === rules.length ? [] : ['a rule is listed twice']),
    ...results
      .filter((each) => rules[each.ruleIndex]?.id !== each.ruleId)
      .map(({ ruleId }) => `ruleIndex of ${ruleId}`),
    ...(new Set(hashes).size === hashes.length ? [] : ['two results have the same line hash']),
    ...(states.size > 1 ? ['baselineState is on some results only'] : []),
    ...results.filter(isBackwards).map(({ ruleId }) => `a region of ${ruleId} runs backwards`),
  ];
}

/** Every problem GitHub or the standard would have with the log; none for a good one. */
export function checkSarif(log: string): readonly string[] {
  const parsed: unknown = JSON.parse(log);
  if (!validate(parsed)) return (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
  return parsed.runs.flatMap(checkRun);
}
