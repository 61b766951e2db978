import { nearest } from '../domain/nearest.ts';
import { neutralise } from '../domain/neutral-text.ts';
import type { AnyRule, RuleExample } from '../domain/rule.ts';
import { UsageError } from '../domain/usage-error.ts';
import { informationUrl } from '../information-url.ts';
import { rules } from '../rules/registry.ts';
import { wrapWords } from './word-wrap.ts';

const width = 80;

/** Paragraph text wrapped at the width, indented. */
function wrap(text: string, indent: string): string {
  return wrapWords(text, width - indent.length)
    .map((line) => `${indent}${line}`)
    .join('\n');
}

function indented(text: string): string {
  return text
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => `    ${line}`.trimEnd())
    .join('\n');
}

function imageText(example: RuleExample): string {
  if (example.image === undefined) return '';
  const layers = example.image.layers.flatMap((layer, index) => {
    const files = Object.keys(layer.files ?? {}).map((path) => `      + ${path}`);
    const deleted = (layer.deletes ?? []).map((path) => `      - ${path}`);
    return [`    layer ${index}: ${layer.createdBy}`, ...files, ...deleted];
  });
  const recorded = Object.entries(example.image.buildArguments ?? {}).map(
    ([name, value]) => `    provenance: --build-arg ${name}=${value}`,
  );
  return `\n  image\n${[...layers, ...recorded].join('\n')}`;
}

/** An example as text: its files, its image, and what it makes the rule say. */
export function exampleText(example: RuleExample): string {
  const verdict =
    example.flags.length === 0 ? 'passes' : example.flags.map((flag) => `${flag.where}: ${flag.severity}`).join(', ');
  const files = Object.entries(example.files).map(([path, text]) => `  ${path}\n${indented(text)}`);
  return `${example.title} (${verdict})\n${files.join('\n')}${imageText(example)}`;
}

function explainRule(rule: AnyRule): string {
  const bad = rule.examples.find((example) => example.flags.length > 0);
  const good = rule.examples.find((example) => example.flags.length === 0);
  const parts = [
    `${rule.id} (${rule.severity})\n${wrap(`${rule.summary}.`, '')}`,
    `Why\n${wrap(rule.docs.why, '  ')}`,
    `Fix\n${wrap(rule.docs.fix, '  ')}`,
    ...(bad === undefined ? [] : [`Bad: ${exampleText(bad)}`]),
    ...(good === undefined ? [] : [`Good: ${exampleText(good)}`]),
    `More: ${informationUrl}/blob/HEAD/docs/rules/${rule.id}.md`,
  ];
  return `${parts.join('\n\n')}\n`;
}

function listRules(): string {
  const longest = Math.max(...rules.map((rule) => rule.id.length));
  const lines = rules.map((rule) => `  ${rule.id.padEnd(longest)}  ${rule.severity.padEnd(8)}  ${rule.summary}`);
  return `Rules\n${lines.join('\n')}\n\nhullcheck explain RULE says why, and how to fix it.\n`;
}

/** `hullcheck explain`: one rule's page as text, or the list of rules. */
export function explain(id: string | undefined): string {
  if (id === undefined) return listRules();
  const rule = rules.find((candidate) => candidate.id === id);
  if (rule !== undefined) return explainRule(rule);
  const hint = nearest(
    id,
    rules.map((candidate) => candidate.id),
  );
  throw new UsageError(
    `there is no rule ${neutralise(id, 80)}`,
    hint === null ? 'hullcheck explain lists the rules' : `did you mean ${hint}?`,
  );
}
