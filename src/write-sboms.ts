import { dirname, join } from 'node:path';
import { neutralise } from './domain/neutral-text.ts';
import type { Report } from './domain/report.ts';
import type { AttributedSbom } from './domain/sbom.ts';
import { UsageError } from './domain/usage-error.ts';
import { describeProblem, type Host } from './host/host.ts';
import { renderSbom } from './reporters/cyclonedx.ts';
import type { SbomTarget } from './request.ts';

const longestStem = 100;

/** A file name that means nothing to any file system, of an image's label. */
function stemOf(label: string): string {
  const plain = label.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[.-]+|[.-]+$/g, '');
  return plain.slice(-longestStem).replace(/^[.-]+/, '') || 'image';
}

/** A name per SBOM, in the order of the images; a second one of the same letters gets a number. */
function nameSboms(sboms: readonly AttributedSbom[]): readonly string[] {
  const taken = new Set<string>();
  return sboms.map(({ image }) => {
    const stem = stemOf(image.label);
    for (let number = 1; ; number++) {
      const name = number === 1 ? stem : `${stem}-${number}`;
      // Some file systems take letters of either case for the same.
      if (taken.has(name.toLowerCase())) continue;
      taken.add(name.toLowerCase());
      return `${name}.cdx.json`;
    }
  });
}

async function writeOne(path: string, text: string, { given }: SbomTarget, host: Host): Promise<void> {
  try {
    await host.files.makeFolder(dirname(path));
    await host.files.write(path, text);
  } catch (error) {
    throw new UsageError(
      `the SBOM ${neutralise(given)} ${describeProblem(error)}`,
      'give --output cyclonedx= a path that can be written',
    );
  }
}

/** Writes the SBOMs that were made, each whole or not at all; returns their paths. */
export async function writeSboms(
  report: Report,
  targets: readonly SbomTarget[],
  host: Host,
): Promise<readonly string[]> {
  const written: string[] = [];
  const names = nameSboms(report.sboms);
  for (const [index, sbom] of targets.length === 0 ? [] : report.sboms.entries()) {
    const text = renderSbom(sbom, report);
    for (const target of targets) {
      const path = target.isFolder ? join(target.path, names[index] ?? '') : target.path;
      await writeOne(path, text, target, host);
      written.push(path);
    }
  }
  return written;
}
