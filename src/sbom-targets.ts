import { resolve } from 'node:path';
import { neutralise } from './domain/neutral-text.ts';
import { UsageError } from './domain/usage-error.ts';
import type { Host } from './host/host.ts';
import type { Request, SbomTarget } from './request.ts';

/** What goes to `--output` beside the report's own formats. */
export const sbomFormat = 'cyclonedx';
const prefix = `${sbomFormat}=`;

/** `cyclonedx=PATH` of the `--output` values: a folder where the path ends in a slash, or where one is there. */
export async function parseSbomTargets(
  outputs: readonly string[],
  workingFolder: string,
  host: Host,
): Promise<readonly SbomTarget[]> {
  const given = outputs.flatMap((text) => (text.startsWith(prefix) ? [text.slice(prefix.length)] : []));
  return Promise.all(
    given.map(async (text) => {
      const path = resolve(workingFolder, text);
      return {
        path,
        given: text,
        isFolder: text.endsWith('/') || (await host.files.status(path))?.kind === 'directory',
      };
    }),
  );
}

type SbomChoices = Pick<Request, 'sbomTargets' | 'images' | 'scanners' | 'trivyReports' | 'grypeReports'>;

/** An SBOM that nobody can make is told before anything runs. */
export function refuseImpossibleSboms(request: SbomChoices): void {
  const [first] = request.sbomTargets;
  if (first === undefined) return;
  const what = `--output ${prefix}${neutralise(first.given, 1024)}`;
  if (request.images.length === 0)
    throw new UsageError(`${what} asks for the SBOM of an image, and no image is given`, 'name the image with --image');
  const file = request.sbomTargets.find(({ isFolder }) => !isFolder);
  if (file !== undefined && request.images.length > 1)
    throw new UsageError(
      `--output ${prefix}${neutralise(file.given, 1024)} is one file, and ${request.images.length} images are given`,
      'end the path in / for a folder with a file per image',
    );
  const isMadeByTrivy = request.trivyReports.length > 0 || request.scanners.includes('trivy');
  const isMadeByGrype = request.grypeReports.length === 0 && request.scanners.includes('grype');
  if (isMadeByTrivy || isMadeByGrype) return;
  const why =
    request.grypeReports.length > 0 ? 'a Grype report lists only vulnerable packages' : 'no scanner is chosen';
  throw new UsageError(
    `${what} asks for an SBOM, and nobody can make it: ${why}`,
    'use --scanner trivy or --trivy-report',
  );
}
