import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { writeGrypeDatabase } from '../helpers/advisory-database/grype-database.ts';
import { writeTrivyDatabase } from '../helpers/advisory-database/trivy-database.ts';
import { type DockerEngine, engineParts, startDockerEngine } from '../helpers/docker-engine.ts';
import { type DockerRegistry, startDockerRegistry } from '../helpers/docker-registry.ts';
import { type JsonFinding, type JsonReport, parseReport } from '../helpers/json-report.ts';
import { dockerRegistry, grype, need, type Part, pathOf, skopeo, trivy } from '../helpers/parts.ts';
import { copyPackage, perform, type Result, type ShippedPackage } from '../helpers/program.ts';
import { planted, writeScannedApp } from '../helpers/scanned-app.ts';
import { makeSmallSystem } from '../helpers/small-system.ts';
import { stockSystem, stockSystemParts } from '../helpers/stock-system.ts';
import { writeTwoPlatforms } from '../helpers/two-platforms.ts';

const parts = [...engineParts, ...stockSystemParts, trivy, grype, skopeo, dockerRegistry];
const base = 'hullcheck.test/debian:12.0';
const name = 'hullcheck.test/shop/app:1.0.0';
const day = 86_400_000;

let shipped: ShippedPackage;
let place: string;
let engine: DockerEngine | null = null;
let registry: DockerRegistry | null = null;
const at = (path: string) => join(place, path);

async function buildImages(docker: DockerEngine): Promise<void> {
  const system = await stockSystem();
  for (const [archive, tar] of [
    ['app.tar', system],
    ['small.tar', await makeSmallSystem(system, place)],
  ] as const) {
    await docker.docker(['import', tar, base]);
    await docker.docker(['build', '--network=none', '--tag', name, at('repository')], { DOCKER_BUILDKIT: '0' });
    await docker.docker(['save', '--output', at(archive), name]);
  }
}

/** Settings of the repository and of the user that would hide every finding. */
async function plantSettings(): Promise<void> {
  const ids = Object.values(planted).flatMap((one) => [one.cve, ...('ghsa' in one ? [one.ghsa] : [])]);
  const rules = ids.map((id) => `  - vulnerability: ${id}\n`).join('');
  const files = {
    '.trivyignore': ids.map((id) => `${id}\n`).join(''),
    'trivy.yaml': `severity: [UNKNOWN]\nignorefile: ${at('repository/.trivyignore')}\n`,
    '.grype.yaml': `only-fixed: true\nignore:\n${rules}`,
  };
  for (const folder of ['repository', 'home', 'home/.config/grype']) {
    await mkdir(at(folder), { recursive: true });
    for (const [path, content] of Object.entries(files)) await writeFile(at(join(folder, path)), content);
  }
  await writeFile(at('home/.config/grype/config.yaml'), files['.grype.yaml']);
}

/** The caller's variables that would change what is found, or show a secret. */
const environmentTraps = () => ({
  HOME: at('home'),
  XDG_CONFIG_HOME: at('home/.config'),
  TRIVY_SEVERITY: 'UNKNOWN',
  TRIVY_IGNOREFILE: at('repository/.trivyignore'),
  TRIVY_CONFIG: at('repository/trivy.yaml'),
  GRYPE_CONFIG: at('repository/.grype.yaml'),
  GRYPE_ONLY_FIXED: 'true',
  GRYPE_FAIL_ON_SEVERITY: 'negligible',
  GRYPE_DB_CACHE_DIR: '/nowhere',
});

beforeAll(async () => {
  shipped = await copyPackage();
  place = await mkdtemp(join(tmpdir(), 'hullcheck-scanners-'));
  if (parts.some((part) => part.path === null)) return;
  for (const folder of ['repository', 'tmp', 'wrappers']) await mkdir(at(folder));
  await writeScannedApp(at('repository'));
  const advisories = Object.values(planted);
  await writeTrivyDatabase(at('cache/trivy'), advisories, new Date());
  await writeGrypeDatabase(at('cache/grype/db'), advisories, new Date());
  engine = await startDockerEngine();
  registry = await startDockerRegistry();
  await buildImages(engine);
  await plantSettings();
});
afterAll(async () => {
  await engine?.stop();
  await registry?.stop();
  await shipped?.remove();
  await rm(place, { recursive: true, force: true });
});

interface CheckOptions {
  readonly words?: readonly string[];
  readonly programs?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

async function check(context: TestContext, image: string, options: CheckOptions = {}): Promise<Result> {
  need(context, parts);
  const { words = [], programs = [pathOf(trivy), pathOf(grype)], environment = {} } = options;
  const chosen = programs.flatMap((path) => ['--scanner-path', path]);
  const all = ['check', '.', '--image', image, '--format', 'json', ...chosen, ...words];
  const result = await shipped.hullcheck(all, {
    directory: at('repository'),
    environment: { XDG_CACHE_HOME: at('cache'), TMPDIR: at('tmp'), ...environment },
  });
  expect(result.stderr).toBe('');
  expect(await readdir(at('tmp'))).toEqual([]);
  return result;
}

const offline = ['--offline'];

const vulnerabilities = ({ findings }: JsonReport): readonly JsonFinding[] =>
  findings.filter((finding) => finding.ruleId === 'vulnerable-package');

const idsOf = (report: JsonReport) => vulnerabilities(report).map((finding) => finding.vulnerability?.ids[0]);
const allIds = Object.values(planted).map((one) => one.cve);

/** What both scanners say together of each planted flaw. */
const expected = [
  {
    severity: 'critical',
    disposition: 'blocking',
    message: expect.stringMatching(
      /^bash 5\.2\.15\S* has CVE-2099-0001 \(known to be exploited; Trivy critical, Grype high\); fixed in 5\.2\.15-99$/,
    ),
    vulnerability: {
      ids: ['CVE-2099-0001'],
      package: 'bash',
      scanners: ['grype', 'trivy'],
      severityBy: { trivy: 'critical', grype: 'high' },
      fixed: ['5.2.15-99'],
      epss: 0.65,
      kev: true,
    },
  },
  {
    severity: 'high',
    disposition: 'advisory',
    vulnerability: {
      ids: ['CVE-2099-0002', 'GHSA-aaaa-bbbb-cccc'],
      package: 'lodash',
      installed: '4.17.20',
      scanners: ['grype', 'trivy'],
      severityBy: { trivy: 'medium', grype: 'high' },
      fixed: ['4.17.21'],
      epss: 0.2,
      kev: false,
    },
  },
  {
    severity: 'high',
    vulnerability: {
      ids: ['CVE-2099-0003', 'GHSA-dddd-eeee-ffff'],
      package: 'requests',
      installed: '2.19.0',
      severityBy: { trivy: 'high', grype: 'medium' },
      fixed: ['2.20.0'],
    },
  },
  {
    severity: 'low',
    vulnerability: { ids: ['CVE-2099-0004'], scanners: ['trivy'], severityBy: { trivy: 'low' }, fixed: [] },
  },
  {
    severity: 'medium',
    vulnerability: { ids: ['CVE-2099-0005'], scanners: ['grype'], severityBy: { grype: 'medium' }, fixed: [] },
  },
];

const byId = (a: JsonFinding, b: JsonFinding) =>
  (a.vulnerability?.ids[0] ?? '').localeCompare(b.vulnerability?.ids[0] ?? '');

describe('both scanners over a Debian image with an npm and a Python app', () => {
  it('give one list that says who said what, and nothing of the caller changes it', async (context) => {
    const result = await check(context, at('app.tar'), { words: offline, environment: environmentTraps() });
    const report = parseReport(result.stdout);
    expect(report.gaps).toEqual([]);
    expect([...vulnerabilities(report)].sort(byId)).toMatchObject(expected);
    expect(report.coverage['scanners']).toMatchObject([
      { name: 'grype', state: 'ran', version: '0.120.1' },
      { name: 'trivy', state: 'ran', version: '0.74.0' },
    ]);
    expect([result.exitCode, report.verdict]).toEqual([1, 'fail']);
  });

  it('with a triage entry by an alias, and a gate on what is left', async (context) => {
    const entry = (id: string) => `  - advisory: ${id}\n    reason: not reached\n    expires: 2027-01-31\n`;
    const policy = at('policy.yml');
    await writeFile(policy, `triage:\n${entry('CVE-2099-0001')}${entry('GHSA-aaaa-bbbb-cccc')}`);
    const words = [...offline, '--policy', policy];
    const dispositions = (report: JsonReport) =>
      Object.fromEntries(
        vulnerabilities(report).map((one) => [one.vulnerability?.package, `${one.severity} ${one.disposition}`]),
      );
    const open = await check(context, at('small.tar'), { words });
    expect(dispositions(parseReport(open.stdout))).toEqual({
      bash: 'critical triaged',
      lodash: 'high triaged',
      requests: 'high advisory',
      minimist: 'low advisory',
      tar: 'medium advisory',
    });
    expect([open.exitCode, parseReport(open.stdout).verdict]).toEqual([0, 'pass']);
    const closed = await check(context, at('small.tar'), { words: [...words, '--fail-on', 'high'] });
    expect(dispositions(parseReport(closed.stdout))).toMatchObject({
      bash: 'critical triaged',
      requests: 'high blocking',
    });
    expect(closed.exitCode).toBe(1);
  });
});

describe('every form of the image', () => {
  const copy = (from: string, to: string, ...options: readonly string[]) =>
    perform(pathOf(skopeo), ['copy', '--quiet', '--dest-tls-verify=false', ...options, from, to]);

  it('gives the same findings from both scanners', async (context) => {
    need(context, parts);
    if (engine === null || registry === null) throw new Error('engine or registry did not start');
    const saved = `docker-archive:${at('small.tar')}`;
    await copy(saved, `docker://${registry.host}/shop/app:1.0.0`);
    await copy(saved, `oci:${at('folder')}:tag`);
    await copy(saved, `oci:${at('zstd')}:tag`, '--dest-compress-format=zstd');
    await copy(saved, `oci-archive:${at('oci.tar')}:tag`);
    await perform('bash', ['-c', 'gzip -c "$1" >"$1.gz"', 'bash', at('small.tar')]);
    await engine.docker(['save', '--output', at('two.tar'), name, base]);
    const forms = [
      at('small.tar'),
      at('small.tar.gz'),
      at('folder'),
      at('zstd'),
      at('oci.tar'),
      `registry:${registry.host}/shop/app:1.0.0`,
      `docker-daemon:${name}`,
    ];
    const environment = { DOCKER_HOST: engine.host, DOCKER_CONFIG: place };
    const seen = async (form: string, words: readonly string[] = []) => {
      const { stdout } = await check(context, form, { words, environment });
      const report = parseReport(stdout);
      return { gaps: report.gaps, ids: [...vulnerabilities(report)].sort(byId).map((one) => one.vulnerability) };
    };
    // Registries are asked, for databases nobody is.
    const given = ['--scanner-db', `trivy=${at('cache/trivy')}`, '--scanner-db', `grype=${at('cache/grype/db')}`];
    const first = await seen(at('small.tar'), offline);
    expect(first.ids.map((one) => one?.ids[0])).toEqual(allIds);
    for (const form of forms) {
      const isFetched = /^(?:registry|docker-daemon):/.test(form);
      expect(await seen(form, isFetched ? given : offline), form).toEqual(first);
    }
    const both = await seen(at('two.tar'), offline);
    expect(both.gaps).toEqual([]);
    expect(both.ids.filter((one) => one?.package === 'bash')).toHaveLength(2);
    expect(both.ids.filter((one) => one?.package === 'lodash')).toHaveLength(1);
  });

  it('is of the platform that was chosen', async (context) => {
    need(context, parts);
    await copy(`docker-archive:${at('small.tar')}`, `oci:${at('one-platform')}:tag`);
    await writeTwoPlatforms(at('one-platform'), at('platforms'));
    const ofPlatform = async (...words: readonly string[]) => {
      const { stdout } = await check(context, at('platforms'), { words: [...offline, ...words] });
      const report = parseReport(stdout);
      expect(report.gaps).toEqual([]);
      return [...new Set(idsOf(report))].sort();
    };
    expect(await ofPlatform('--platform', 'linux/amd64')).toEqual(allIds);
    // The other one has all layers but that with the Python packages.
    expect(await ofPlatform('--platform', 'linux/arm64')).toEqual(allIds.filter((id) => id !== planted.requests.cve));
    expect(await ofPlatform()).toEqual(allIds);
  });
});

describe('a scanner that did not do its work leaves the verdict incomplete', () => {
  /** A program of that name which asks the real one for its version, and else does what `body` says. */
  async function wrap(part: Part, folder: string, body: string, version = '"$REAL" --version'): Promise<string> {
    const path = at(join('wrappers', folder, part.name));
    await mkdir(at(join('wrappers', folder)), { recursive: true });
    const script = `#!/bin/bash
REAL=${pathOf(part)}
if [ "$1" = --version ]; then ${version}; exit; fi
for word; do case "$word" in json=*) report=\${word#json=};; esac; [ "$last" = --output ] && report=$word; last=$word; done
${body}
`;
    await writeFile(path, script);
    await chmod(path, 0o755);
    return path;
  }

  /** The only gap of a run with that scanner alone, where nothing blocks. */
  async function gapOf(context: TestContext, part: Part, options: CheckOptions = {}): Promise<string> {
    const words = [...offline, '--scanner', part.name, '--fail-on', 'never', ...(options.words ?? [])];
    const { exitCode, stdout } = await check(context, at('small.tar'), { ...options, words });
    const report = parseReport(stdout);
    expect([exitCode, report.verdict]).toEqual([3, 'incomplete']);
    expect(report.gaps).toHaveLength(1);
    expect(report.gaps[0]?.source).toBe(`scanner/${part.name}`);
    return report.gaps[0]?.reason ?? '';
  }

  const half =
    '"$REAL" "$@"; head -c $(( $(stat -c %s "$report") / 2 )) "$report" >"$report.half"; mv "$report.half" "$report"';
  const emptied = (change: string) =>
    `"$REAL" "$@"; ${process.execPath} -e 'const fs = require("fs"), p = process.argv[1], r = JSON.parse(fs.readFileSync(p)); ${change}; fs.writeFileSync(p, JSON.stringify(r))' "$report"`;

  it.for([
    [
      'trivy crashes halfway',
      `${half}; echo '::error::no more' >&2; exit 1`,
      /^trivy ended with exit code 1, saying: : :error::no more$/,
    ],
    [
      'grype crashes halfway',
      `${half}; echo '::error::no more' >&2; exit 1`,
      /^grype ended with exit code 1, saying: : :error::no more$/,
    ],
    ['trivy writes half a report', half, /^the report of trivy is not JSON, or is cut off$/],
    ['grype writes half a report', half, /^the report of grype is not JSON, or is cut off$/],
    ['trivy writes a newer schema', emptied('r.SchemaVersion = 3'), /^the report of trivy .+ SchemaVersion is not 2/],
    [
      'trivy lists no package',
      emptied('r.Results = []'),
      /^the report of trivy lists no package of debian 12\.\d+, so nothing shows/,
    ],
    [
      'trivy lists nothing',
      emptied('r.Results = []; r.Metadata.OS = undefined'),
      /^the report of trivy lists no operating system and no package/,
    ],
    [
      'grype lists nothing',
      emptied('r.matches = []; r.distro = {name: "", version: "", idLike: null}'),
      /^the report of grype names no operating system, although the image has var\/lib\/dpkg\/status/,
    ],
    ['trivy saw another image', emptied('r.Metadata.DiffIDs.reverse()'), /^the report of trivy is about another image/],
    ['grype saw another image', emptied('r.source.target.layers.pop()'), /^the report of grype is about another image/],
    [
      'trivy writes commands to stdout',
      "yes '::error file=x::forged' | head -c 3000000",
      /^trivy flooded its standard output$/,
    ],
    [
      'grype needs a database update',
      'exit 100',
      /^grype ended with exit code 100, which asks for a database update, without a word on stderr$/,
    ],
  ] as const)('%s', async ([what, body, reason], context) => {
    need(context, parts);
    const part = what.startsWith('trivy') ? trivy : grype;
    const programs = [await wrap(part, what.replaceAll(' ', '-'), body)];
    expect(await gapOf(context, part, { programs })).toMatch(reason);
  });

  it.for(['0.69.4', '0.69.5', '0.69.6'])('it is the compromised Trivy %s, and not run', async (version, context) => {
    need(context, parts);
    const programs = [await wrap(trivy, version, `touch ${at('ran')}`, `echo Version: ${version}`)];
    expect(await gapOf(context, trivy, { programs })).toBe(`Trivy ${version} is a compromised release and is not run`);
    expect(await readdir(place)).not.toContain('ran');
  });

  it('both hang, and nothing of them outlives the time limit', async (context) => {
    need(context, parts);
    // What is asked of the database is answered; the scan is not.
    const body = `[ "$1" = db ] && exec "$REAL" "$@"; sleep 600 & echo $$ $! >>${at('pids')}; trap '' TERM; wait; sleep 600`;
    const programs = [await wrap(trivy, 'hangs', body), await wrap(grype, 'hangs', body)];
    const words = [...offline, '--fail-on', 'never', '--scanner-timeout', '1'];
    const { exitCode, stdout } = await check(context, at('small.tar'), { programs, words });
    expect(exitCode).toBe(3);
    expect(parseReport(stdout).gaps.map((gap) => gap.reason)).toEqual(
      ['grype', 'trivy'].map((one) => `${one} was stopped at the time limit of 1 minute`),
    );
    const pids = (await readFile(at('pids'), 'utf8')).trim().split(/\s+/);
    expect(pids).toHaveLength(4);
    for (const pid of pids) expect(() => process.kill(Number(pid), 0)).toThrow('ESRCH');
  });

  it.for([trivy, grype])('it has no database: $name', async (part, context) => {
    const reason = await gapOf(context, part, { environment: { XDG_CACHE_HOME: at('nothing') } });
    expect(reason).toMatch(/database|--skip-db-update/);
  });

  it('its database is old: Grype', async (context) => {
    need(context, parts);
    await writeGrypeDatabase(at('old/grype/db'), Object.values(planted), new Date(Date.now() - 30 * day));
    const reason = await gapOf(context, grype, { environment: { XDG_CACHE_HOME: at('old') } });
    expect(reason).toMatch(/database/);
  });

  it('and what the other one found still blocks', async (context) => {
    need(context, parts);
    const programs = [await wrap(trivy, 'broken', 'exit 1'), pathOf(grype)];
    const { exitCode, stdout } = await check(context, at('small.tar'), {
      programs,
      words: [...offline, '--fail-on', 'high'],
    });
    expect([exitCode, parseReport(stdout).verdict, parseReport(stdout).gaps.length]).toEqual([1, 'fail', 1]);
  });
});
