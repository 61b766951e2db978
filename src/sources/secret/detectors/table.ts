import { aiDetectors } from './ai.ts';
import { assignedDetectors } from './assigned.ts';
import { cloudDetectors } from './cloud.ts';
import { codeDetectors } from './code.ts';
import type { Detector } from './detector.ts';
import { genericDetectors } from './generic.ts';
import { platformDetectors } from './platforms.ts';
import { serviceDetectors } from './services.ts';
import { serviceAssignedDetectors } from './services-assigned.ts';

/**
 * Every detector. Formats follow the vendors' documentation and the public rule sets of gitleaks and betterleaks (MIT),
 * Trivy and Kingfisher (Apache-2.0); no rule is copied.
 */
export const detectors: readonly Detector[] = [
  ...aiDetectors,
  ...codeDetectors,
  ...cloudDetectors,
  ...serviceDetectors,
  ...genericDetectors,
  ...platformDetectors,
  ...assignedDetectors,
  ...serviceAssignedDetectors,
];
