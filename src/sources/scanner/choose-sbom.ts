import type { ScannerName } from '../../domain/finding.ts';
import { type Gap, gap } from '../../domain/gap.ts';
import { neutralise } from '../../domain/neutral-text.ts';
import type { ScannerSbom } from '../../domain/sbom.ts';
import { UsageError } from '../../domain/usage-error.ts';
import type { Request } from '../../request.ts';
import type { ScannedImage, ScanProblem } from './scan-input.ts';

/** What became of one scanner's SBOM of one image. */
export interface SbomAttempt {
  /** Its label. */
  readonly image: string;
  readonly scanner: ScannerName;
  readonly outcome: ScannerSbom | ScanProblem;
}

interface ChosenSboms {
  readonly sboms: readonly ScannerSbom[];
  readonly gaps: readonly Gap[];
  readonly notes: readonly string[];
}

/** Trivy's says the layer that brought a package, Grype's the last that wrote its list. */
const preferred: readonly ScannerName[] = ['trivy', 'grype'];

function isProblem(outcome: SbomAttempt['outcome']): outcome is ScanProblem {
  return 'reason' in outcome;
}

function missingGap(label: string, problems: readonly ScanProblem[]): Gap {
  const why = problems.length === 0 ? 'no scanner examined it' : problems.map(({ reason }) => reason).join('; ');
  const hint = problems[0]?.hint ?? 'see the gaps of the scanners';
  return gap('scanner/sbom', label, `no SBOM of ${label} was made: ${why}`, hint);
}

/**
 * One SBOM per image: Trivy's, else Grype's. An image without one is a gap, as it was asked for. One that came from Grype
 * because Trivy's failed is noted.
 */
export function chooseSboms(attempts: readonly SbomAttempt[], images: readonly ScannedImage[]): ChosenSboms {
  const sboms: ScannerSbom[] = [];
  const gaps: Gap[] = [];
  const notes: string[] = [];
  for (const { image } of images) {
    const own = preferred.flatMap((name) =>
      attempts.filter((one) => one.image === image.label && one.scanner === name),
    );
    const problems = own.flatMap(({ outcome }) => (isProblem(outcome) ? [outcome] : []));
    const sbom = own.flatMap(({ outcome }) => (isProblem(outcome) ? [] : [outcome]))[0];
    if (sbom === undefined) gaps.push(missingGap(image.label, problems));
    else {
      sboms.push(sbom);
      for (const { reason } of sbom.scanner === 'grype' ? problems : [])
        notes.push(`the SBOM of ${image.label} is Grype's: ${reason}`);
    }
  }
  return { sboms, gaps, notes };
}

/** An archive may hold more images than were named: they are known only now. */
export function refuseOneFileForMany({ sbomTargets }: Request, images: readonly ScannedImage[]): void {
  const file = sbomTargets.find(({ isFolder }) => !isFolder);
  if (file === undefined || images.length < 2) return;
  const labels = images.map(({ image }) => image.label).join(', ');
  throw new UsageError(
    `--output cyclonedx=${neutralise(file.given, 1024)} is one file, and there are ${images.length} images: ${neutralise(labels, 1024)}`,
    'end the path in / for a folder with a file per image, or choose one with --platform',
  );
}
