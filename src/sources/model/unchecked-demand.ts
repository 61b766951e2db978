import { type Gap, gap } from '../../domain/gap.ts';
import type { Manifest } from './manifest.ts';

/**
 * What the manifest demands and no rule examines: a gap each, as a demand that is read and then forgotten would look
 * like one that was met.
 */
export function findUncheckedDemands({ path, policy, models }: Manifest): readonly Gap[] {
  const isLimited = policy.maxSize !== null || policy.maxTotalSize !== null;
  const demands: readonly (readonly [key: string, isMade: boolean])[] = [
    ['policy.formats.deny', policy.deniedFormats.length > 0],
    ['policy.limits', isLimited],
    ['policy.licenses.allow', policy.allowedLicenses.length > 0],
    ['models[].signature', models.some((model) => model.signature !== null)],
  ];
  return demands
    .filter(([, isMade]) => isMade)
    .map(([key]) =>
      gap(
        'model',
        `${path} ${key}`,
        `${path} sets ${key}, which this version of Hullcheck reads but does not check`,
        `check it by other means and take ${key} out, or accept the gap in the policy's triage`,
      ),
    );
}
