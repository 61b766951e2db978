import { baseKinds, basesIn } from '../domain/base-image.ts';
import type { Draft } from '../domain/finding.ts';
import { groupBy } from '../domain/group-by.ts';
import type { Location } from '../domain/location.ts';
import { systemRelease } from '../domain/operating-system.ts';
import type { OperatingSystemEvidence } from '../domain/package-evidence.ts';
import { defineRule } from '../domain/rule.ts';
import { scannerTitles } from '../domain/scanner-opinion.ts';

function draftOf(systems: readonly OperatingSystemEvidence[], advise: Advise): readonly Draft[] {
  const ended = systems.filter((system) => system.isEndOfLife);
  const byName = [...ended].sort((a, b) => (a.scanner < b.scanner ? 1 : -1));
  const [first] = byName;
  if (first === undefined) return [];
  const scanners = [...new Set(byName.map(({ scanner }) => scannerTitles[scanner]))];
  const at: Location = { kind: 'image', image: first.image, part: 'os', name: first.name };
  const advised = advise(at, first.image);
  const example = advised === null ? '' : `, such as \`${advised}\``;
  return [
    {
      at,
      message: `${first.name} is past its end of life and gets no security updates (${scanners.join(' and ')})`,
      identity: [systemRelease(first.name)],
      fix: {
        description: `base the image on a release of ${first.name.split(' ')[0]} that is still supported${example}`,
        edits: [],
      },
    },
  ];
}

/** What the registry has in place of the base image behind a place. */
type Advise = (at: Location, image: string) => string | null;

const layers = [{ createdBy: 'COPY app /app # buildkit', files: { 'app/main': 'program' } }];
const files = { Dockerfile: 'FROM debian:10\nCOPY app /app\nUSER 1000\n' };
const trivyReport = (eosl: object) => ({
  SchemaVersion: 2,
  ArtifactName: 'app.tar',
  Metadata: { OS: { Family: 'debian', Name: '10.13', ...eosl } },
  Results: [{ Target: 'app (debian 10.13)', Class: 'os-pkgs', Packages: [{ Name: 'openssl', Version: '1.1.1n-0' }] }],
});
const grypeReport = {
  matches: [],
  distro: { name: 'debian', version: '10' },
  alertsByPackage: [{ alerts: [{ type: 'distro-eol' }] }],
  descriptor: { name: 'grype', version: '0.120.1' },
};

export const endOfLifeOs = defineRule({
  id: 'end-of-life-os',
  summary: 'The operating system in the image is past its end of life',
  severity: 'high',
  confidence: 'high',
  consumes: baseKinds,
  docs: {
    why: 'The vendor of the distribution publishes no security updates for this release any more. New vulnerabilities in it stay unfixed, and scanners find fewer of them, as nobody records them: a short list of vulnerabilities is no good sign then. Trivy and Grype each keep a calendar; one of them saying so is enough.',
    fix: 'Move the `FROM` line to a release that is still supported, and rebuild. Where the vendor sells extended support and the image has it, write that down in the `triage` list with the day it ends.',
  },
  examples: [
    {
      title: 'a release without security updates',
      files,
      image: { user: '1000', layers },
      reports: { trivy: trivyReport({ EOSL: true }), grype: grypeReport },
      flags: [{ where: 'Dockerfile:1', severity: 'high' }],
    },
    {
      title: 'only Grype knows',
      files,
      image: { user: '1000', layers },
      reports: { trivy: trivyReport({}), grype: grypeReport },
      flags: [{ where: 'Dockerfile:1', severity: 'high' }],
    },
    {
      title: 'a release that is supported',
      files,
      image: { user: '1000', layers },
      reports: { trivy: trivyReport({}) },
      flags: [],
    },
  ],
  *check(view) {
    const systems = view.of('operating-system');
    const baseOf = basesIn(view);
    const advise: Advise = (at, image) => baseOf(image, view.causeOf(at))?.release?.advised ?? null;
    for (const ofImage of groupBy(systems, ({ image }) => image).values()) yield* draftOf(ofImage, advise);
  },
});
