import type { OptionValues } from './arguments.ts';
import type { ScannerName } from './domain/finding.ts';
import { neutralise } from './domain/neutral-text.ts';
import { UsageError } from './domain/usage-error.ts';
import { isLoopbackHost } from './host/network.ts';
import type { ScannerSetting, ScannerSupply } from './request.ts';
import { parseWhole } from './whole-number.ts';

const names: readonly ScannerName[] = ['grype', 'trivy'];

/** https, or http to this machine itself; a login in the address is kept and shown nowhere. */
function checkAddress(flag: string, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopbackHost(url))) return text;
  const shown = neutralise(url === null ? text : `${url.protocol}//${url.host}`, 200);
  throw new UsageError(`--${flag} ${shown} is no https address`, 'write it as https://HOST/PATH');
}

/** `trivy=VALUE` or `grype=VALUE`. */
function parseSetting(flag: string, text: string): ScannerSetting {
  const equals = text.indexOf('=');
  const scanner = names.find((name) => name === text.slice(0, equals));
  const value = text.slice(equals + 1);
  if (scanner !== undefined && value !== '') return { scanner, value };
  throw new UsageError(
    `--${flag} ${neutralise(text, 200)} names no scanner and value`,
    `write --${flag} trivy=VALUE or --${flag} grype=VALUE`,
  );
}

function parseMirror(flag: string, text: string): ScannerSetting {
  const setting = parseSetting(flag, text);
  if (setting.scanner === 'grype') return { ...setting, value: checkAddress(flag, setting.value) };
  // Begins like an option, or holds a blank: no repository of a registry does.
  if (/^[A-Za-z0-9][^\s]{0,500}$/.test(setting.value)) return setting;
  throw new UsageError(
    `--${flag} ${neutralise(setting.value, 200)} is no repository`,
    `write --${flag} trivy=HOST/REPOSITORY:TAG`,
  );
}

/** Where scanners and databases come from; what is named wrongly is a UsageError. */
export function parseScannerSupply(values: OptionValues, absolute: (path: string) => string): ScannerSupply {
  const mirror = values.get('scanner-mirror')?.[0];
  const databases = (values.get('scanner-db') ?? []).map((text) => parseSetting('scanner-db', text));
  const twice = names.find((name) => databases.filter(({ scanner }) => scanner === name).length > 1);
  if (twice !== undefined) throw new UsageError(`--scanner-db is given twice for ${twice}`, 'give it once per scanner');
  return {
    mirror: mirror === undefined ? null : checkAddress('scanner-mirror', mirror),
    databases: databases.map(({ scanner, value }) => ({ scanner, value: absolute(value) })),
    databaseMirrors: (values.get('scanner-db-mirror') ?? []).map((text) => parseMirror('scanner-db-mirror', text)),
    databaseMaxDays: parseWhole('scanner-db-max-age', values.get('scanner-db-max-age')?.[0], 'days', 5, 3650),
  };
}
