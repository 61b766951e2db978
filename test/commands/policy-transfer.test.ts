import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runCommand } from '../../src/commands/command.ts';
import { UsageError } from '../../src/domain/usage-error.ts';
import { hostOn, inFolder } from '../helpers/check-example.ts';
import { checkOpenVex } from '../helpers/openvex-check.ts';

/** Runs a command beside these files: what it prints and logs, and the policy afterwards. */
async function run(files: Readonly<Record<string, string>>, ...words: readonly string[]) {
  return await inFolder(async (folder) => {
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
    const shown: string[] = [];
    const logged: string[] = [];
    const write = (text: string) => {
      shown.push(text);
    };
    const terminal = { write, color: false, columns: 80, confirm: null };
    const host = { ...hostOn('2026-01-15'), log: (line: string) => logged.push(line) };
    await runCommand(['policy', ...words], host, terminal, folder);
    const policy = await readFile(join(folder, '.hullcheck.yml'), 'utf8').catch(() => null);
    return { output: shown.join(''), logged, policy };
  });
}

async function refusal(files: Readonly<Record<string, string>>, ...words: readonly string[]): Promise<string> {
  const problem = await run(files, ...words).catch((error: unknown) => error);
  if (problem instanceof UsageError) return `${problem.message} (${problem.hint})`;
  throw problem;
}

async function imported(name: string, text: string, ...words: readonly string[]) {
  const { policy, output } = await run({ [name]: text }, 'import', name, ...words);
  const [, entries = ''] = (policy ?? '').split('triage:\n');
  const left = /Left out: \d+\n((?: {2}.*\n)*)/.exec(output)?.[1] ?? '';
  return {
    entries: entries
      .split(/^ {2}- /m)
      .filter((entry) => entry !== '')
      .map((entry) => entry.trim().split(/\n\s*/)),
    left: left.trim().split(/\n\s*/),
  };
}

describe('.trivyignore', () => {
  const text = [
    '# the list of the team',
    '',
    '# parser is never reached',
    '# in production',
    'CVE-2026-0001 exp:2026-02-01',
    'CVE-2026-0002 # only in tests',
    '# for years',
    'CVE-2026-0003 exp:2030-01-01',
    '# old',
    'CVE-2026-0004 exp:2026-01-15',
    'AVD-DS-0002',
    'aws-access-key-id',
    '# wrong',
    'CVE-2026-0005 exp:soon',
  ].join('\r\n');

  test('takes reasons from comments and never more time than the policy allows', async () => {
    const { entries, left } = await imported('.trivyignore', text);
    expect(entries).toEqual([
      ['advisory: CVE-2026-0001', 'reason: parser is never reached in production', 'expires: 2026-01-31'],
      ['advisory: CVE-2026-0002', 'reason: only in tests', 'expires: 2026-04-15'],
      ['advisory: CVE-2026-0003', 'reason: for years', 'expires: 2026-04-15'],
    ]);
    expect(left).toEqual([
      'line 11: AVD-DS-0002 is no advisory',
      'line 12: aws-access-key-id is no advisory',
      'line 14: soon is no day',
      'CVE-2026-0004 ended on 2026-01-14',
    ]);
  });

  test('asks for the reason it does not have', async () => {
    expect(await refusal({ '.trivyignore': 'CVE-2026-0001\nCVE-2026-0002 # r\n' }, 'import', '.trivyignore')).toBe(
      '.trivyignore: 1 of 2 entries have no reason (say with --reason in one sentence why they are acceptable)',
    );
    const { entries } = await imported(
      'ignored.txt',
      'CVE-2026-0001\n',
      '--reason',
      'known',
      '--days',
      '7',
      '--image',
      'app*',
      '--owner',
      'me',
    );
    expect(entries).toEqual([
      ['advisory: CVE-2026-0001', 'image: "app*"', 'reason: known', 'owner: me', 'expires: 2026-01-22'],
    ]);
  });

  test('writes nothing twice', async () => {
    const files = {
      '.hullcheck.yml': 'triage:\n  - { advisory: cve-2026-0001, reason: r, expires: 2026-02-01 }\n',
      x: 'CVE-2026-0001 # r\n',
    };
    const { output, policy } = await run(files, 'import', 'x');
    expect(policy).toBe(files['.hullcheck.yml']);
    expect(output).toContain('CVE-2026-0001 is there already, in line 2');
  });
});

test('.trivyignore.yaml', async () => {
  const text = `vulnerabilities:
  - id: CVE-2026-0001
    purls: ["pkg:npm/lodash@4.17.20?x=y", pkg:npm/other]
    expired_at: 2026-02-01
    statement: never called
  - id: CVE-2026-0002
    paths: [app/**]
    statement: x
  - id: CVE-2026-0003
    purls: [lodash]
    statement: x
secrets:
  - id: aws
`;
  const { entries, left } = await imported('.trivyignore.yaml', text);
  const rest = ['reason: never called', 'expires: 2026-01-31'];
  expect(entries).toEqual([
    ['advisory: CVE-2026-0001', 'package: "pkg:npm/lodash@4.17.20"', ...rest],
    ['advisory: CVE-2026-0001', 'package: "pkg:npm/other"', ...rest],
  ]);
  expect(left).toEqual([
    'line 6: CVE-2026-0002 is for some paths only, which an entry for an advisory cannot say',
    'line 9: lodash is no package URL',
    'line 12: secrets are not about vulnerabilities',
  ]);
});

test('.grype.yaml', async () => {
  const text = `check-for-app-update: false
ignore:
  - vulnerability: CVE-2026-0001
    reason: never called
    package: { name: "libstdc\\\\+\\\\+6" }
  - { vulnerability: CVE-2026-0002, fix-state: wont-fix }
  - { vulnerability: CVE-2026-0003, package: { name: "linux-.*", type: deb } }
  - { vulnerability: CVE-2026-0004, package: { name: "linux-.*" } }
  - package: { name: x }
`;
  const { entries, left } = await imported('.grype.yaml', text);
  expect(entries).toEqual([
    ['advisory: CVE-2026-0001', 'package: "libstdc++6"', 'reason: never called', 'expires: 2026-04-15'],
  ]);
  expect(left).toEqual([
    'line 6: CVE-2026-0002 is narrowed by fix-state, which a triage entry cannot say',
    'line 7: CVE-2026-0003 is narrowed by package.type, which a triage entry cannot say',
    'line 8: CVE-2026-0004 is narrowed by the pattern linux-.*, which a triage entry cannot say',
    'line 9: a rule names no advisory',
  ]);
});

describe('OpenVEX', () => {
  const product = { '@id': 'pkg:oci/app', subcomponents: [{ '@id': 'pkg:deb/debian/bash@5.2?arch=amd64' }] };
  const document = (...statements: readonly object[]) =>
    JSON.stringify({ '@context': 'https://openvex.dev/ns/v0.2.0', timestamp: '2026-01-01T00:00:00Z', statements });
  const justification = 'vulnerable_code_not_present';

  test('takes what is not affected or fixed, and the last word on each', async () => {
    const { entries, left } = await imported(
      'vex.json',
      document(
        { vulnerability: { name: 'CVE-2026-0001' }, products: [product], status: 'not_affected', justification },
        { vulnerability: 'CVE-2026-0002', products: ['pkg:oci/app'], status: 'fixed' },
        {
          vulnerability: { '@id': 'https://x/CVE-2026-0003' },
          products: [{ '@id': 'pkg:npm/a@1' }],
          status: 'not_affected',
          impact_statement: 'a\n::error::b',
        },
        {
          vulnerability: { name: 'CVE-2026-0004' },
          products: [product],
          status: 'affected',
          timestamp: '2026-01-09T00:00:00Z',
        },
        { vulnerability: { name: 'CVE-2026-0004' }, products: [product], status: 'not_affected', justification },
        { vulnerability: { name: 'CVE-2026-0005' }, status: 'not_affected' },
        {
          vulnerability: { name: 'CVE-2026-0006' },
          products: [{ '@id': 'pkg:oci/app', subcomponents: [{ '@id': 'x' }] }],
          status: 'fixed',
        },
        { vulnerability: 7, status: 'fixed' },
        { vulnerability: 'CVE-2026-0007' },
      ),
    );
    expect(entries).toEqual([
      [
        'advisory: CVE-2026-0001',
        'package: "pkg:deb/debian/bash@5.2"',
        'reason: not_affected (vulnerable_code_not_present)',
        'expires: 2026-04-15',
      ],
      ['advisory: CVE-2026-0002', 'reason: fixed', 'expires: 2026-04-15'],
      [
        'advisory: CVE-2026-0003',
        'package: "pkg:npm/a@1"',
        'reason: "not_affected: a\\\\n::error::b"',
        'expires: 2026-04-15',
      ],
    ]);
    expect(left).toEqual([
      'statement 6 says not_affected without a justification',
      'statement 7 names no package URL for CVE-2026-0006',
      'statement 8 names no advisory',
      'statement 9 has no status',
      'statement 4 says affected of CVE-2026-0004',
    ]);
  });

  test('more entries than a person reviews are refused', async () => {
    const many = Array.from({ length: 1001 }, (_, n) => ({ vulnerability: `CVE-2026-${n}`, status: 'fixed' }));
    expect(await refusal({ 'vex.json': document(...many) }, 'import', 'vex.json')).toContain(
      'would add 1001 entries, more than 1000',
    );
  });
});

test('CSAF VEX', async () => {
  const text = JSON.stringify({
    document: { category: 'csaf_vex', csaf_version: '2.0' },
    product_tree: {
      branches: [
        {
          branches: [
            {
              product: {
                product_id: 'bash',
                product_identification_helper: { purl: 'pkg:rpm/redhat/bash@5.1?arch=src' },
              },
            },
          ],
        },
        { product: { product_id: 'os' } },
      ],
      relationships: [
        { product_reference: 'bash', relates_to_product_reference: 'os', full_product_name: { product_id: 'os:bash' } },
      ],
    },
    vulnerabilities: [
      {
        cve: 'CVE-2026-0001',
        product_status: { known_not_affected: ['os:bash', 'os', 'x'] },
        flags: [{ label: 'vulnerable_code_not_present', product_ids: ['os:bash'] }],
        threats: [{ category: 'impact', details: 'not built', product_ids: ['os:bash'] }],
      },
      { cve: 'CVE-2026-0002', product_status: { fixed: ['bash'], known_affected: ['os'] } },
      { cve: 'CVE-2026-0003', product_status: { known_not_affected: ['bash'] } },
      { product_status: {} },
    ],
  });
  const { entries, left } = await imported('vex.json', text);
  const bash = 'package: "pkg:rpm/redhat/bash@5.1"';
  expect(entries).toEqual([
    [
      'advisory: CVE-2026-0001',
      bash,
      'reason: "not_affected (vulnerable_code_not_present): not built"',
      'expires: 2026-04-15',
    ],
    ['advisory: CVE-2026-0002', bash, 'reason: fixed', 'expires: 2026-04-15'],
  ]);
  expect(left).toEqual([
    'vulnerability 1: 2 products of CVE-2026-0001 have no package URL',
    'vulnerability 3: 1 products of CVE-2026-0003 have no justification',
    'vulnerability 4 names no advisory',
  ]);
});

describe('what cannot be imported is refused in one sentence', () => {
  test.each<[string, string, string]>([
    ['x.json', '{', 'x.json:1: the file is no valid JSON'],
    ['x.json', '[]', 'x.json:1: the file holds no VEX document'],
    ['x.json', '{"a":1}', 'x.json:1: the file is neither OpenVEX nor CSAF'],
    ['x.yaml', 'a: 1\n', 'x.yaml:1: the file has neither vulnerabilities (Trivy) nor ignore (Grype)'],
    ['x.yaml', 'ignore: 1\n', 'x.yaml:1: ignore is not a list'],
    ['x.yaml', `${'- '.repeat(50_000)}\n`, 'nested too deeply'],
    ['x.yaml', 'vulnerabilities:\n  - id: &a CVE-2026-1\n    statement: *a\n', 'is a YAML alias'],
  ])('%s %j', async (name, text, expected) => {
    expect(await refusal({ [name]: text }, 'import', name)).toContain(expected);
  });

  test('a file that is not there, or none', async () => {
    expect(await refusal({}, 'import', 'x')).toContain('x does not exist');
    expect(await refusal({}, 'import')).toContain('policy import names no file');
  });

  test('a document nested as deep as a parser takes ends', async () => {
    const branches = `${'{"branches":['.repeat(100_000)}${']}'.repeat(100_000)}`;
    const text = `{"document":{"csaf_version":"2.0"},"product_tree":${branches},"vulnerabilities":[]}`;
    expect((await run({ 'x.json': text }, 'import', 'x.json')).output).toContain('Wrote 0 entries of x.json');
  });
});

describe('export', () => {
  const policy = `triage:
  - { advisory: CVE-2026-0001, reason: never reached, owner: me, expires: 2026-01-31 }
  - { advisory: CVE-2026-0002, package: "pkg:npm/%40a/lodash@4.17.20", reason: vulnerable_code_not_in_execute_path, expires: 2026-01-31 }
  - { advisory: CVE-2026-0003, package: "libstdc++*", reason: "a\\n# b", expires: 2026-01-31 }
  - { advisory: CVE-2026-0004, reason: old, expires: 2026-01-14 }
  - { advisory: CVE-2026-0005, reason: forever, expires: 2030-01-01 }
  - { advisory: CVE-2026-0006, image: "app*", reason: r, expires: 2026-01-31 }
  - { advisory: CVE-2026-0007, path: "app/**", reason: r, expires: 2026-01-31 }
  - { rule: root-final-user, reason: r, expires: 2026-01-31 }
`;
  const exported = (...words: readonly string[]) => run({ '.hullcheck.yml': policy }, 'export', ...words);
  const note = '# Written by hullcheck policy export on 2026-01-15; edit the triage list of the policy instead.\n';

  test('to .trivyignore, which knows no packages', async () => {
    const { output, logged } = await exported('--to', 'trivyignore');
    expect(output).toBe(`${note}\n# never reached (me)\nCVE-2026-0001 exp:2026-02-01\n`);
    expect(logged).toEqual([
      'left out: .hullcheck.yml:3 CVE-2026-0002 (package pkg:npm/%40a/lodash@4.17.20): trivyignore names no packages: use trivyignore-yaml',
      'left out: .hullcheck.yml:4 CVE-2026-0003 (package libstdc++*): trivyignore names no packages: use trivyignore-yaml',
      'left out: .hullcheck.yml:5 CVE-2026-0004: it ended on 2026-01-14',
      'left out: .hullcheck.yml:6 CVE-2026-0005: it lasts longer than the policy allows',
      'left out: .hullcheck.yml:7 CVE-2026-0006 (image app*): it is for one image: name it with --image',
      'left out: .hullcheck.yml:8 CVE-2026-0007 (path app/**): trivyignore has no path like it',
      'left out: .hullcheck.yml:9 rule root-final-user: scanners know no such thing',
    ]);
  });

  test('with the image the file is for', async () => {
    expect((await exported('--to', 'trivyignore', '--image', 'app:1')).output).toContain('CVE-2026-0006');
    const other = await exported('--to', 'trivyignore', '--image', 'worker:1');
    expect(other.output).not.toContain('CVE-2026-0006');
    expect(other.logged.join()).toContain('it is for another image');
  });

  test('to .grype.yaml, names as expressions', async () => {
    const { output } = await exported('--to', 'grype');
    expect(output).toBe(`${note}ignore:
  # until 2026-01-31: Grype knows no expiry, so write this file again
  - vulnerability: CVE-2026-0001
    include-aliases: true
    reason: never reached (me)
  # until 2026-01-31: Grype knows no expiry, so write this file again
  - vulnerability: CVE-2026-0002
    include-aliases: true
    reason: vulnerable_code_not_in_execute_path
    package:
      name: "@a/lodash"
      version: "4.17.20"
      type: npm
  # until 2026-01-31: Grype knows no expiry, so write this file again
  - vulnerability: CVE-2026-0003
    include-aliases: true
    reason: "a\\\\n# b"
    package:
      name: "libstdc\\\\+\\\\+[^/]*"
`);
  });

  test('to OpenVEX: one of justification and impact statement', async () => {
    const { output } = await exported('--to', 'openvex', '--product', 'pkg:oci/app');
    const document: unknown = JSON.parse(output);
    expect(document).toMatchObject({
      '@context': 'https://openvex.dev/ns/v0.2.0',
      timestamp: '2026-01-15T00:00:00Z',
      version: 1,
      statements: [
        {
          vulnerability: { name: 'CVE-2026-0001' },
          products: [{ '@id': 'pkg:oci/app' }],
          status: 'not_affected',
          impact_statement: 'never reached',
          status_notes: 'accepted in the triage list until 2026-01-31 by me: never reached',
        },
        {
          products: [{ '@id': 'pkg:oci/app', subcomponents: [{ '@id': 'pkg:npm/%40a/lodash@4.17.20' }] }],
          justification: 'vulnerable_code_not_in_execute_path',
        },
      ],
    });
    expect(output.match(/impact_statement/g)).toHaveLength(1);
    expect(checkOpenVex(output)).toEqual([]);
  });

  test('to OpenVEX, whatever the entries hold', async () => {
    const reason = JSON.stringify('"never"\n::error::\u202e\u0000<b>');
    const entry = (id: string, more: string) =>
      `  - { advisory: ${id}, reason: ${reason}, expires: 2026-01-31${more} }\n`;
    const entries = [
      entry('CVE-2026-0001', ''),
      entry('CVE-2026-0002', ', package: "pkg:npm/%40a/b@1?x=y#z"'),
      entry('CVE-2026-0003', ', package: "pkg:npm/**"'),
      entry('CVE-2026-0004', ', package: "pkg:npm/<b>|{c}"'),
      entry('CVE-2026-0005', ', package: "pkg:npm/%zz"'),
    ];
    const files = { '.hullcheck.yml': `triage:\n${entries.join('')}` };
    const { output, logged } = await run(files, 'export', '--to', 'openvex', '--product', 'pkg:oci/app?tag=1');
    expect(checkOpenVex(output)).toEqual([]);
    expect(JSON.parse(output).statements).toHaveLength(3);
    expect(logged.filter((line) => line.includes('names packages by package URL only'))).toHaveLength(2);
  });

  test.each(['pkg:oci/<app>', 'pkg:oci/a b', 'app', 'pkg:', 'pkg:oci/%zz'])('%s is no product', async (product) => {
    const files = { '.hullcheck.yml': '' };
    expect(await refusal(files, 'export', '--to', 'openvex', '--product', product)).toContain(
      '--product that is a URI',
    );
  });

  test('what is asked wrongly is refused', async () => {
    const empty = { '.hullcheck.yml': '' };
    expect(await refusal(empty, 'export')).toContain('policy export needs --to');
    expect(await refusal(empty, 'export', '--to', 'snyk')).toContain('--to snyk is not known');
    expect(await refusal(empty, 'export', '--to', 'openvex')).toContain('needs a --product that is a URI');
    expect(await refusal(empty, 'export', '--to', 'openvex', '--product', 'pkg:oci/app')).toContain(
      'no entry can be said in OpenVEX',
    );
  });

  test('an export reads back as the entries it was made of', async () => {
    for (const [target, name] of [
      ['trivyignore', 'i'],
      ['trivyignore-yaml', 'i.yaml'],
    ] as const) {
      const { output } = await exported('--to', target);
      const { entries } = await imported(name, output);
      expect(entries[0]).toEqual(['advisory: CVE-2026-0001', 'reason: never reached (me)', 'expires: 2026-01-31']);
    }
  });
});
