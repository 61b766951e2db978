/**
 * The one description of what can be asked for. The CLI's parser and help, the action's inputs (action.yml) and both
 * README tables are made from it (scripts/generate.mjs).
 */
export interface OptionSpec {
  /** Without dashes. */
  readonly flag: string;
  /** The action's input; null: not for the action. */
  readonly input: string | null;
  /** What the help calls the value; null: a switch. */
  readonly value: string | null;
  readonly isRepeatable: boolean;
  /** One or two sentences, sentence case, with full stop. */
  readonly help: string;
  /** What holds without it, in words; '' when that needs no saying. */
  readonly fallback: string;
}

const option = (flag: string, value: string | null, help: string, rest: Partial<OptionSpec> = {}): OptionSpec => ({
  flag,
  input: flag,
  value,
  isRepeatable: false,
  help,
  fallback: '',
  ...rest,
});

/** An option of one command, not of the check. */
const own = (flag: string, value: string | null, help: string, rest: Partial<OptionSpec> = {}): OptionSpec =>
  option(flag, value, help, { input: null, ...rest });

export const checkOptions = [
  option(
    'image',
    'REF',
    'An image built from this repository: a path (docker save, OCI archive, OCI layout folder, plain or compressed; told by content), or docker-archive:P, oci-archive:P, oci-dir:D, docker-daemon:NAME, registry:NAME.',
    { input: 'images', isRepeatable: true, fallback: 'only the repository is checked' },
  ),
  option('platform', 'OS/ARCH[/VARIANT]', 'Which platform of an image is read.', { fallback: 'all it is there for' }),
  option(
    'spool-limit',
    'GIB',
    'Temporary disk space, in GiB, for images that are compressed as a whole or come from an engine or a registry.',
    { fallback: '64' },
  ),
  option(
    'cache',
    'FOLDER',
    'Where the results of clean layers are kept between runs: one that is known costs a hash of its stored bytes. The action adds to it only on pushes to the default branch.',
    { fallback: 'every layer is read again' },
  ),
  option(
    'image-limit',
    'NAME=NUMBER',
    'What an image may hold before the rest is a gap: entries, findings, path-length, path-mib or unpacked-gib of a layer, all-paths-mib, ratio (unpacked to stored, above 1 GiB), images, layers, archive-files, document-mib.',
    { input: 'image-limits', isRepeatable: true, fallback: 'more than real images need, see docs/images.md' },
  ),
  option('dockerfile', 'PATH[=IMAGE]', 'The Dockerfile behind an image, when it cannot be told.', {
    input: 'dockerfiles',
    isRepeatable: true,
    fallback: 'the best match for its history',
  }),
  option('models', 'PATH', 'The model manifest.', { fallback: 'model-manifest.yml where present' }),
  option('policy', 'PATH', 'The policy file.', { fallback: '.hullcheck.yml where present' }),
  option(
    'scanner',
    'NAME',
    'trivy, grype or none. With none, vulnerabilities are left out on purpose, which is no gap.',
    { input: 'scanners', isRepeatable: true, fallback: 'both when there is an image' },
  ),
  option('scanner-path', 'PATH', 'A scanner program to use, whether its release is locked or not.', {
    input: 'scanner-paths',
    isRepeatable: true,
    fallback: 'the one on PATH, else the locked release; in Actions the locked release',
  }),
  option('scanner-mirror', 'URL', 'A server to download scanners from that has the same paths as github.com.', {
    fallback: 'https://github.com',
  }),
  option(
    'scanner-db',
    'NAME=PATH',
    'A vulnerability database to use as it is: trivy= or grype= and a folder or an archive.',
    {
      input: 'scanner-dbs',
      isRepeatable: true,
      fallback: "the scanner's own, updated once before the scans",
    },
  ),
  option(
    'scanner-db-mirror',
    'NAME=ADDRESS',
    "Where a scanner's database is fetched, in the order given: trivy=HOST/REPOSITORY:TAG or grype=URL.",
    { input: 'scanner-db-mirrors', isRepeatable: true, fallback: "the vendors' own" },
  ),
  option('scanner-db-max-age', 'DAYS', 'A database older than this is a gap.', { fallback: '5' }),
  option('scanner-timeout', 'MINUTES', 'How long a scanner may take for one image.', {
    fallback: '30, and 2 more for each GB of the image',
  }),
  option('trivy-report', 'PATH[=IMAGE]', 'A finished Trivy JSON report to use instead of running Trivy.', {
    input: 'trivy-reports',
    isRepeatable: true,
  }),
  option('grype-report', 'PATH[=IMAGE]', 'A finished Grype JSON report to use instead of running Grype.', {
    input: 'grype-reports',
    isRepeatable: true,
  }),
  option(
    'base',
    'REV',
    'A git revision: what its tree already has is shown as outside the changes and does not block.',
    { fallback: "in a pull request, the base's head" },
  ),
  option('baseline-report', 'PATH', 'An earlier JSON report: what its images already had does not block.'),
  option('fail-on', 'SEVERITY', 'critical, high, medium, low or never: the mildest severity that blocks.', {
    fallback: 'critical for vulnerabilities, high for the rest',
  }),
  option('fixable-only', null, 'Only vulnerabilities with a fixed version block.'),
  option('kev', null, 'Vulnerabilities known to be exploited (CISA KEV) block at any severity.'),
  option(
    'epss',
    'PROBABILITY',
    'Vulnerabilities at least that likely to be exploited (EPSS, up to 1) block at any severity.',
  ),
  option('agree', 'WORD', 'both: only vulnerabilities that both scanners report block; any: one is enough.', {
    fallback: 'any',
  }),
  option('offline', null, 'Nothing is downloaded or resolved.'),
  option('list', null, 'Show which files and images are examined, which are skipped, and why; judge nothing.', {
    input: null,
  }),
  option('format', 'FORMAT', 'text, json, sarif, markdown, html or github: what goes to stdout.', {
    input: null,
    fallback: 'text; github inside Actions',
  }),
  option(
    'output',
    'FORMAT=PATH',
    'Write the same report again, into a file; or with cyclonedx= the SBOM of the image, or into PATH/ one per image.',
    { input: null, isRepeatable: true },
  ),
  option('all', null, 'Show every finding in the text report.', {
    input: null,
    fallback: 'the ten worst causes and all blocking ones',
  }),
] as const;

/** What `buildRequest` understands, beside what each command prints. */
const requestFlags = [
  'image',
  'platform',
  'spool-limit',
  'cache',
  'image-limit',
  'dockerfile',
  'models',
  'policy',
  'scanner',
  'scanner-path',
  'scanner-mirror',
  'scanner-db',
  'scanner-db-mirror',
  'scanner-db-max-age',
  'scanner-timeout',
  'trivy-report',
  'grype-report',
  'base',
  'baseline-report',
  'offline',
];

export interface CommandSpec {
  /** Words after `hullcheck`. */
  readonly name: string;
  /** Positional arguments as the help shows them. */
  readonly operands: string;
  readonly maxOperands: number;
  readonly summary: string;
  readonly options: readonly OptionSpec[];
}

const pick = (flags: readonly string[]): readonly OptionSpec[] =>
  checkOptions.filter((spec) => flags.includes(spec.flag));

export const commands: readonly CommandSpec[] = [
  {
    name: 'check',
    operands: '[DIR]',
    maxOperands: 1,
    summary: 'Judge a repository and, with --image, what was built from it.',
    options: checkOptions,
  },
  {
    name: 'demo',
    operands: '',
    maxOperands: 0,
    summary: 'Check a small self-hosted AI stack with the classic mistakes, then its fixed twin.',
    options: [
      own('fixed', null, 'Only the fixed twin.'),
      own('keep', null, 'Keep the temporary folder.', { fallback: 'it is removed' }),
    ],
  },
  {
    name: 'init',
    operands: '[DIR]',
    maxOperands: 1,
    summary: 'Preview a policy and a workflow made from what is found, and write them when confirmed.',
    options: [
      option('yes', null, 'Write without asking.', {
        input: null,
        fallback: 'the preview is shown and confirmed in a terminal',
      }),
    ],
  },
  {
    name: 'explain',
    operands: '[RULE]',
    maxOperands: 1,
    summary: 'Say why a rule exists and how to fix what it finds; without a rule, list them.',
    options: [],
  },
  {
    name: 'doctor',
    operands: '',
    maxOperands: 0,
    summary: 'Say which scanners, engines and databases are here, and what will be a gap without them.',
    options: pick([
      'scanner-path',
      'scanner-mirror',
      'scanner-db',
      'scanner-db-mirror',
      'scanner-db-max-age',
      'offline',
    ]),
  },
  {
    name: 'baseline write',
    operands: '[DIR]',
    maxOperands: 1,
    summary: 'Write the findings of today as a baseline, so that only new ones block.',
    options: pick(requestFlags),
  },
  {
    name: 'triage add',
    operands: 'ID [DIR]',
    maxOperands: 2,
    summary: 'Accept an advisory (or a rule, or a gap) for a while: writes the entry into .hullcheck.yml.',
    options: [
      own('reason', 'TEXT', 'Why this is acceptable, in one sentence.'),
      own('days', 'DAYS', 'How long it holds.', { fallback: 'the longest term the policy allows, 90 unless set' }),
      own('package', 'GLOB', 'Only for this package: a glob over its name, or a package URL.'),
      own('image', 'GLOB', 'Only for images given by this name to --image.'),
      own('path', 'GLOB', 'Only at this path.'),
      own('owner', 'NAME', 'Who answers for it.'),
      ...pick(['policy']),
    ],
  },
  {
    name: 'policy import',
    operands: 'PATH [DIR]',
    maxOperands: 2,
    summary:
      'Write what .trivyignore, .trivyignore.yaml, .grype.yaml, OpenVEX or CSAF VEX excuses into the triage list.',
    options: [
      own('reason', 'TEXT', 'Why this is acceptable, for entries whose file gives no reason.'),
      own('days', 'DAYS', 'How long they hold at most.', {
        fallback: 'the longest term the policy allows, 90 unless set',
      }),
      own('image', 'GLOB', 'Only for images given by this name to --image.'),
      own('owner', 'NAME', 'Who answers for them.'),
      ...pick(['policy']),
    ],
  },
  {
    name: 'policy export',
    operands: '[DIR]',
    maxOperands: 1,
    summary: 'Write the triage list as Trivy or Grype take it, so that they agree.',
    options: [
      own('to', 'FORMAT', 'trivyignore, trivyignore-yaml, grype or openvex.'),
      own('output', 'PATH', 'The file to write.', { fallback: 'stdout' }),
      own('image', 'NAME', 'The image the file is for, so that entries for it are included.', {
        fallback: 'entries that name an image are left out',
      }),
      own('product', 'ID', 'For openvex: what the statements are about, such as pkg:oci/app.'),
      ...pick(['policy']),
    ],
  },
];
