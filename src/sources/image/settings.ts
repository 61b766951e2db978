import { isCredentialName } from '../../domain/credential-name.ts';
import type { ImageSettingEvidence } from '../../domain/evidence.ts';
import type { Image } from '../../domain/image.ts';
import type { ImagePart } from '../../domain/location.ts';
import { isPlaceholder } from '../../domain/placeholder.ts';
import { vendorOf } from '../secret/detectors/sight.ts';
import type { Redactor } from '../secret/redactor.ts';
import { secretIdentity } from '../secret/secret-identity.ts';

/** A name and value somewhere in an image's config, history or provenance. */
export interface Setting {
  readonly part: ImagePart;
  readonly name: string;
  readonly value: string;
  readonly historyIndex: number | null;
}

const urlPassword = /^[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@]{0,100}:([^\s/@]{3,200})@/i;

function splitAssignment(text: string): { readonly name: string; readonly value: string } | null {
  const equals = text.indexOf('=');
  return equals < 1 ? null : { name: text.slice(0, equals), value: text.slice(equals + 1) };
}

function unquoted(value: string): string {
  return value.replace(/^(["'])(.*)\1$/s, '$2');
}

/**
 * Assignments a history step shows: `|2 A=1 B=2 /bin/sh -c …` (build arguments of a RUN), `ARG A=1`, `ENV A=1` and
 * `LABEL a=1`, with or without the classic builder's `/bin/sh -c #(nop) `.
 */
function assignmentsOf(createdBy: string): readonly { readonly name: string; readonly value: string }[] {
  const step = createdBy.slice(0, 64 * 1024).replace(/^\/bin\/sh -c #\(nop\)\s+/, '');
  const buildArguments = /^(?:RUN )?\|(\d{1,3}) /.exec(step);
  const rest =
    buildArguments === null ? /^(?:ARG|ENV|LABEL)\s+(.*)$/s.exec(step)?.[1] : step.slice(buildArguments[0].length);
  if (rest === undefined) return [];
  const count = buildArguments === null ? 100 : Number(buildArguments[1]);
  // The older form of ENV and LABEL, which some builders keep as it was written: one name, and the rest is its value.
  const pair = buildArguments === null ? /^([A-Za-z_][\w.-]{0,127})[ \t]+(?!=)(\S.{0,4095})$/s.exec(rest) : null;
  if (pair !== null && !/^[\w.-]*=/.test(rest))
    return [{ name: pair[1] ?? '', value: unquoted((pair[2] ?? '').trim()) }];
  const found = rest.matchAll(/([A-Za-z_][\w.-]{0,127})=("(?:[^"\\]|\\.){0,4096}"|'[^']{0,4096}'|\S{0,4096})/g);
  return [...found].slice(0, count).map((match) => ({ name: match[1] ?? '', value: unquoted(match[2] ?? '') }));
}

/** Where a vendor's key stands in running text, as in `curl -H "Authorization: Bearer …"`. */
function wordsOf(text: string): readonly string[] {
  return text.slice(0, 64 * 1024).split(/[\s"'=:,;()<>[\]{}]+/);
}

function historySettings(image: Image): readonly Setting[] {
  return image.history.flatMap((entry, historyIndex) => {
    const assigned = assignmentsOf(entry.createdBy).map((setting) => ({
      part: 'history' as const,
      ...setting,
      historyIndex,
    }));
    const known = new Set(assigned.map((setting) => setting.value));
    const loose = wordsOf(entry.createdBy).flatMap((value) => {
      const vendor = known.has(value) ? null : vendorOf(value);
      return vendor === null ? [] : [{ part: 'history' as const, name: `${vendor.vendor} key`, value, historyIndex }];
    });
    return [...assigned, ...loose];
  });
}

/** Everything an image's config says in names and values. What history repeats of env and labels is told once, at the step that set it. */
export function settingsOf(image: Image, commandWords: readonly string[]): readonly Setting[] {
  const history = historySettings(image);
  const stepOf = (name: string, value: string) =>
    history.findLast((step) => step.name === name && step.value === value);
  const declared: Setting[] = [
    ...image.environment
      .flatMap((text) => splitAssignment(text) ?? [])
      .map((pair) => ({ part: 'env' as const, ...pair, historyIndex: null })),
    ...Object.entries(image.labels).map(([name, value]) => ({
      part: 'label' as const,
      name,
      value,
      historyIndex: null,
    })),
  ].map((setting) => ({ ...setting, historyIndex: stepOf(setting.name, setting.value)?.historyIndex ?? null }));
  const told = new Set(declared.map((setting) => `${setting.name}=${setting.value}`));
  const words = commandWords
    .flatMap(wordsOf)
    .map((value) => ({ part: 'entrypoint' as const, name: 'command', value, historyIndex: null }));
  const onlyHistory = history.filter((setting) => !told.has(`${setting.name}=${setting.value}`));
  return [...declared, ...onlyHistory, ...words.filter((setting) => vendorOf(setting.value) !== null)];
}

/** Whether a value is a credential by its name, or by the password in it, and no placeholder or reference. */
export function isCredential(setting: Pick<Setting, 'name' | 'value'>): boolean {
  if (setting.value === '' || isPlaceholder(setting.value)) return false;
  const password = urlPassword.exec(setting.value)?.[1];
  if (password !== undefined) return !isPlaceholder(password);
  // A path, a number or a switch under a credential's name is where, how many or whether, not the credential.
  const isReference = /^(?:\/[\w./-]*|\d{1,5}|true|false|yes|no|on|off)$/i.test(setting.value);
  return isCredentialName(setting.name) && !isReference;
}

/** The settings that are credentials by a vendor's format or by name. Their values go to the redactor and no further. */
export function credentialSettings(
  image: string,
  settings: readonly Setting[],
  identityKey: Uint8Array,
  redactor: Redactor,
): readonly ImageSettingEvidence[] {
  const seen = new Set<string>();
  return settings.flatMap((setting) => {
    const vendor = vendorOf(setting.value);
    const key = `${setting.part}\0${setting.name}\0${setting.value}`;
    if ((vendor === null && !isCredential(setting)) || seen.has(key)) return [];
    seen.add(key);
    redactor.learn(setting.value);
    return [
      {
        kind: 'image-setting' as const,
        image,
        part: setting.part,
        name: setting.name.slice(0, 200),
        proof: vendor === null ? ('name' as const) : ('vendor' as const),
        vendor: vendor?.vendor ?? null,
        revokeUrl: vendor?.revokeUrl ?? null,
        identity: secretIdentity(identityKey, setting.value),
        historyIndex: setting.historyIndex,
      },
    ];
  });
}
