import type { ImageSettingEvidence } from './evidence.ts';
import type { Draft } from './finding.ts';
import { neutralise } from './neutral-text.ts';

const places: Readonly<Record<string, string>> = {
  env: "the image's environment",
  label: "the image's labels",
  history: "the image's build history",
  provenance: "the image's build provenance",
  entrypoint: "the image's start command",
};

/** A credential in what an image says of itself, as a draft for the rules that report them. */
export function draftSetting(setting: ImageSettingEvidence, remedy: string): Draft {
  const place = places[setting.part] ?? setting.part;
  const name = neutralise(setting.name, 120);
  const proof =
    setting.proof === 'vendor'
      ? `holds a value in ${setting.vendor ?? 'a vendor'}'s key format`
      : 'is named like a credential and has a value';
  const where =
    setting.revokeUrl === null ? 'revoke it where it was issued' : `revoke it first at ${setting.revokeUrl}`;
  return {
    at: { kind: 'image', image: setting.image, part: setting.part, name: setting.name },
    severity: setting.proof === 'vendor' ? 'critical' : 'medium',
    confidence: setting.proof === 'vendor' ? 'high' : 'medium',
    message: `${name} in ${place} ${proof}; everyone who can pull the image can read it`,
    identity: [setting.part, setting.name],
    fix: { description: `${where}, then ${remedy}`, edits: [] },
  };
}

/** The same value under the same name in several parts is one finding: the first part here wins. */
const order = ['env', 'label', 'entrypoint', 'history', 'provenance'];

/** One setting per image, name and value. */
export function distinctSettings(settings: readonly ImageSettingEvidence[]): readonly ImageSettingEvidence[] {
  const sorted = [...settings].sort(
    (a, b) => order.indexOf(a.part) - order.indexOf(b.part) || (a.name < b.name ? -1 : 1),
  );
  const seen = new Set<string>();
  return sorted.filter((setting) => {
    const key = [setting.image, setting.name, setting.identity].join('\0');
    return seen.has(key) ? false : seen.add(key).has(key);
  });
}
