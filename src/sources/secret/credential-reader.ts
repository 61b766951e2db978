import { isPlaceholder } from '../../domain/placeholder.ts';

/** A credential in a file: what it is for, and its value for the redactor. */
export interface HeldCredential {
  readonly name: string;
  readonly value: string;
}

/** Takes the credentials out of a file's text; null when the text is not in the file's format. */
export type CredentialReader = (text: string) => readonly HeldCredential[] | null;

const heldLimit = 50;

/** Filled in elsewhere: `${VAR}`, `{env:VAR}`, `<%= ENV['X'] %>`, `!vault`, WordPress' own sample, masks. */
function isReference(value: string): boolean {
  return /^(?:\$[{(]|\$\w{1,64}$|\{|<|%|!|env:|put your |\*+$)/.test(value);
}

function isReal({ value }: HeldCredential): boolean {
  return value.length >= 4 && !isPlaceholder(value) && !isReference(value);
}

/** Drops what is no real value, and what is told already. */
export function keepReal(credentials: readonly HeldCredential[]): readonly HeldCredential[] {
  const byName = new Map(credentials.filter(isReal).map((credential) => [credential.name, credential]));
  return [...byName.values()].slice(0, heldLimit);
}

/** All matches of a pattern with the groups `name` and `value`. */
function collect(text: string, pattern: RegExp): readonly HeldCredential[] {
  const found: HeldCredential[] = [];
  for (const match of text.matchAll(pattern)) {
    found.push({ name: match.groups?.['name'] ?? '', value: match.groups?.['value'] ?? '' });
    if (found.length >= 10 * heldLimit) break;
  }
  return found;
}

/** Each match of a pattern with the groups `name` and `value`. */
export function matching(pattern: RegExp): CredentialReader {
  return (text) => collect(text, pattern);
}

/**
 * Settings by name, as INI, TOML, YAML, properties and JSON files write them: `name = value`, `name: "value"`,
 * `"name": "value"`. `names` is a pattern without capturing groups.
 */
export function settings(names: string): CredentialReader {
  const pattern = new RegExp(
    `(?<![\\w.-])(?<name>${names})["']?[ \\t]{0,40}[=:][ \\t]{0,40}["']?(?<value>[^\\s"',;<>{}]{1,4096})`,
    'gi',
  );
  return (text) => collect(text.replace(/^[ \t]{0,80}[#;].{0,4096}$/gm, ''), pattern);
}

/** Drops what stands in XML comments, where tools keep their samples. */
export function withoutXmlComments(read: CredentialReader): CredentialReader {
  return (text) => {
    const [first = '', ...others] = text.split('<!--');
    const rest = others.map((part) => part.slice(part.includes('-->') ? part.indexOf('-->') + 3 : 0));
    return read([first, ...rest].join(' '));
  };
}

/** The whole file is one credential on one line. */
export function wholeFile(name: string): CredentialReader {
  return (text) => {
    const value = text.trim();
    return value === '' ? [] : /^[^\s]{8,4096}$/.test(value) ? [{ name, value }] : null;
  };
}

/** The readers' findings together; null when one of them does not know the format. */
export function either(...readers: readonly CredentialReader[]): CredentialReader {
  return (text) => {
    const results = readers.map((reader) => reader(text));
    return results.includes(null) ? null : results.flatMap((result) => result ?? []);
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function dockerAuth(host: string, entry: unknown): readonly HeldCredential[] {
  if (!isObject(entry)) return [];
  const { auth, password, identitytoken, registrytoken } = entry;
  const decoded = typeof auth === 'string' ? Buffer.from(auth, 'base64').toString('utf8') : '';
  const fromAuth = decoded.includes(':') ? decoded.slice(decoded.indexOf(':') + 1).replace(/\0+$/, '') : '';
  const value = [fromAuth, password, identitytoken, registrytoken].find(
    (candidate) => typeof candidate === 'string' && candidate !== '',
  );
  return typeof value === 'string' ? [{ name: host, value }] : [];
}

/** `auths` of Docker's config.json, or the older .dockercfg, which is that object alone (docker/cli, config/configfile). */
export function readDockerAuths(text: string): readonly HeldCredential[] | null {
  try {
    const config: unknown = JSON.parse(text);
    if (!isObject(config)) return null;
    const auths = isObject(config['auths']) ? config['auths'] : config;
    return Object.entries(auths).flatMap(([host, entry]) => dockerAuth(host, entry));
  } catch {
    return null;
  }
}

/** PuTTY's key file: without encryption it is a private key as it stands. */
export function readPuttyKey(text: string): readonly HeldCredential[] | null {
  if (!text.startsWith('PuTTY-User-Key-File-')) return null;
  const body = /^Private-Lines: \d+\r?\n([\s\S]{0,20000}?)\r?\nPrivate-/m.exec(text)?.[1];
  const isOpen = /^Encryption: none\s*$/m.test(text);
  return isOpen && body !== undefined ? [{ name: 'private key', value: body.replace(/\s/g, '') }] : [];
}

/** Only what can be a value: settings files of frameworks have switches and numbers under names of credentials too. */
export function literals(read: CredentialReader): CredentialReader {
  return (text) =>
    read(text)?.filter(({ value }) => !/^(?:true|false|null|none|yes|no|\d{1,9}|\d{1,6}[smhd])$/i.test(value)) ?? null;
}

const credentialName = '(?:[A-Za-z0-9_]{0,64}_)?(?:password|passwd|secret|token|api_?key|access_?key)';

/** What is typed at a prompt: assignments and options that take a credential, and logins in addresses. */
export function readHistory(text: string): readonly HeldCredential[] | null {
  return either(
    matching(new RegExp(`(?<![\\w$])(?<name>${credentialName})=["']?(?<value>[^\\s"';&|]{6,1024})`, 'gi')),
    matching(
      /\s--?(?<name>password|passwd|token|secret|api-key|auth-token)[ =]["']?(?<value>[^\s"';&|-][^\s"';&|]{5,1023})/gi,
    ),
    matching(/\b(?<name>mysql|mysqldump|mariadb|sshpass)\s(?:[^\n]{0,200}\s)?-p["']?(?<value>[^\s"']{4,256})/g),
    matching(
      /\b(?<name>curl|wget|http)\s(?:[^\n]{0,400}\s)?(?:-u|--user)[ =]?["']?[^\s:"']{1,128}:(?<value>[^\s"']{4,256})/g,
    ),
    matching(/(?<name>IDENTIFIED BY|WITH (?:ENCRYPTED )?PASSWORD)\s{1,4}'(?<value>[^'\n]{4,256})'/gi),
    matching(/[a-z][a-z0-9+.-]{1,20}:\/\/[^\s:@/]{0,128}:(?<value>[^\s@/]{4,512})@(?<name>[^\s/?#"']{1,256})/gi),
  )(text);
}
