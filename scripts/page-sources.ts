/** What scripts/generate.mjs makes pages and tables from. */

export { actionInputs, actionOutputs } from '../src/action-schema.ts';
export { exampleText } from '../src/commands/explain.ts';
export { optionText } from '../src/help.ts';
export { checkOptions } from '../src/request-schema.ts';
export { rules } from '../src/rules/registry.ts';
export { anchors } from '../src/sources/secret/detectors/anchors.ts';
export { anchorPlanModule } from './plan-anchors.ts';
