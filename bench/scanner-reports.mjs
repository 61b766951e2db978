import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createRandom, makeWords } from './random.mjs';

/** Of each scanner: nine of ten flaws are known to both. */
const flawsPerPackage = 10;

function hex(random, length) {
  return Array.from({ length }, () => random.below(16).toString(16)).join('');
}

function makeFlaw(random, words, number) {
  const sentence = Array.from({ length: 60 }, () => random.pick(words)).join(' ');
  return {
    cve: `CVE-20${10 + random.below(16)}-${10_000 + number}`,
    text: sentence,
    severity: random.pick(['LOW', 'MEDIUM', 'MEDIUM', 'HIGH', 'HIGH', 'CRITICAL']),
    score: random.below(100) / 10,
    links: Array.from(
      { length: 8 },
      () => `https://${random.pick(words)}.example/${random.pick(words)}/${hex(random, 12)}`,
    ),
    fixed: `${1 + random.below(9)}.${random.below(30)}.${random.below(30)}`,
  };
}

function trivyVulnerability({ name, version, purl, diffId }, flaw) {
  return {
    VulnerabilityID: flaw.cve,
    PkgID: `${name}@${version}`,
    PkgName: name,
    PkgIdentifier: { PURL: purl, UID: flaw.cve.slice(4) },
    InstalledVersion: version,
    FixedVersion: flaw.fixed,
    Status: 'fixed',
    Layer: { DiffID: diffId },
    SeveritySource: 'debian',
    PrimaryURL: `https://avd.example/nvd/${flaw.cve.toLowerCase()}`,
    DataSource: { ID: 'debian', Name: 'Debian Security Tracker', URL: 'https://tracker.example' },
    Title: flaw.text.slice(0, 60),
    Description: flaw.text,
    Severity: flaw.severity,
    CweIDs: ['CWE-79'],
    VendorSeverity: { debian: 1, nvd: 3, redhat: 2 },
    CVSS: { nvd: { V3Vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H', V3Score: flaw.score } },
    References: flaw.links,
    PublishedDate: '2024-02-03T10:15:09.743Z',
    LastModifiedDate: '2025-02-03T10:15:09.743Z',
  };
}

function grypeMatch({ name, version, purl, diffId }, flaw) {
  const common = {
    id: flaw.cve,
    dataSource: `https://tracker.example/${flaw.cve}`,
    severity: `${flaw.severity[0]}${flaw.severity.slice(1).toLowerCase()}`,
    description: flaw.text,
    cvss: [{ type: 'Primary', version: '3.1', vector: 'CVSS:3.1/AV:N', metrics: { baseScore: flaw.score } }],
    epss: [{ cve: flaw.cve, epss: flaw.score / 10, percentile: 0.5, date: '2026-11-20' }],
  };
  return {
    vulnerability: {
      ...common,
      namespace: 'debian:distro:debian:12',
      urls: [],
      fix: { versions: [flaw.fixed], state: 'fixed' },
      advisories: [],
      risk: flaw.score,
    },
    relatedVulnerabilities: [{ ...common, namespace: 'nvd:cpe', urls: flaw.links }],
    matchDetails: [
      {
        type: 'exact-direct-match',
        matcher: 'dpkg-matcher',
        searchedBy: { distro: { type: 'debian', version: '12' }, package: { name, version } },
        found: { versionConstraint: `< ${flaw.fixed} (deb)`, vulnerabilityID: flaw.cve },
      },
    ],
    artifact: {
      name,
      version,
      type: 'deb',
      locations: ['status', `info/${name}.list`, `info/${name}.md5sums`].map((file) => ({
        path: `/var/lib/dpkg/${file}`,
        layerID: diffId,
      })),
      language: '',
      licenses: ['GPL-2'],
      cpes: [`cpe:2.3:a:${name}:${name}:${version}:*:*:*:*:*:*:*`],
      purl: `${purl}&upstream=${name}`,
      upstreams: [],
    },
  };
}

/** Writes indented lists item by item, as both scanners indent, without holding them. */
function createListWriter(path, before) {
  const file = openSync(path, 'w');
  writeSync(file, before);
  let isFirst = true;
  return {
    add(value) {
      writeSync(file, `${isFirst ? '' : ','}\n${JSON.stringify(value, null, 1)}`);
      isFirst = false;
    },
    finish(after) {
      writeSync(file, after);
      closeSync(file);
    },
  };
}

/** A folder with `trivy.json` and `grype.json`, each with that many matches in one image. */
export function writeScannerReports(folder, count) {
  mkdirSync(folder);
  const random = createRandom(count);
  const words = makeWords(random, 2000);
  const diffIds = Array.from({ length: 8 }, () => `sha256:${hex(random, 64)}`);
  const imageId = `sha256:${hex(random, 64)}`;
  const metadata = { OS: { Family: 'debian', Name: '12.5' }, ImageID: imageId, DiffIDs: diffIds };
  const head = JSON.stringify({
    SchemaVersion: 2,
    Trivy: { Version: '0.74.0' },
    ArtifactName: 'app',
    Metadata: metadata,
  });
  const trivy = createListWriter(
    join(folder, 'trivy.json'),
    `${head.slice(0, -1)},"Results":[{"Target":"app (debian 12.5)","Class":"os-pkgs","Packages":[{"Name":"a"}],"Vulnerabilities":[`,
  );
  const grype = createListWriter(join(folder, 'grype.json'), '{"matches":[');
  for (let number = 0; number < count; number++) {
    const pack = Math.floor(number / flawsPerPackage);
    const name = `${words[pack % words.length]}-${pack}`;
    const version = `1.${pack % 17}.${pack % 23}-1`;
    const purl = `pkg:deb/debian/${name}@${version}?arch=amd64`;
    const where = { name, version, purl, diffId: diffIds[pack % diffIds.length] };
    const flaw = makeFlaw(random, words, number);
    trivy.add(trivyVulnerability(where, flaw));
    grype.add(grypeMatch(where, number % 10 === 0 ? makeFlaw(random, words, count + number) : flaw));
  }
  trivy.finish(']}]}');
  const source = {
    type: 'image',
    target: { userInput: 'app', imageID: imageId, layers: diffIds.map((digest) => ({ digest })) },
  };
  const db = { status: { built: '2026-11-20T00:00:00Z' } };
  const descriptor = { name: 'grype', version: '0.120.1', db, timestamp: '2026-11-21T00:00:00Z' };
  const distro = { name: 'debian', version: '12' };
  grype.finish(`],${JSON.stringify({ source, distro, descriptor }).slice(1)}`);
}
