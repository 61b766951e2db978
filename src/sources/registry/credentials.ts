import { isAbsolute, join, relative } from 'node:path';
import { neutralise } from '../../domain/neutral-text.ts';
import { describeProblem, type Host } from '../../host/host.ts';
import { asObject, asText, type JsonObject, parseObject } from '../image/json-value.ts';
import { findOnPath } from '../scanner/locate.ts';
import { RegistryError } from './registry-error.ts';

/** How to log in to one registry. */
export type Credentials =
  | { readonly kind: 'password'; readonly user: string; readonly password: string }
  /** OAuth refresh token (`identitytoken`). */
  | { readonly kind: 'refresh'; readonly token: string };

const configLimit = 4 * 1024 * 1024;
const helperMilliseconds = 30_000;
/** Docker Hub's key in config.json, whatever name the image was given. */
const hubKey = 'https://index.docker.io/v1/';
const hubNames: ReadonlySet<string> = new Set(['docker.io', 'index.docker.io', 'registry-1.docker.io']);
/** The user name with which a helper says that the secret is a refresh token. */
const refreshUser = '<token>';

/** The host of a key: Docker has written `host`, `https://host` and `https://host/v1/` (docker/cli, ConvertToHostname). */
function hostOfKey(key: string): string {
  return key.replace(/^https?:\/\//, '').replace(/\/.*$/s, '');
}

function isSameRegistry(key: string, registry: string): boolean {
  const host = hostOfKey(key);
  return host === registry || (hubNames.has(host) && hubNames.has(registry));
}

function credentialsOf(user: string, secret: string): Credentials | null {
  if (secret === '') return null;
  return user === refreshUser ? { kind: 'refresh', token: secret } : { kind: 'password', user, password: secret };
}

function fromEntry(entry: JsonObject): Credentials | null {
  const refresh = asText(entry['identitytoken']);
  if (refresh !== null && refresh !== '') return { kind: 'refresh', token: refresh };
  const decoded = Buffer.from(asText(entry['auth']) ?? '', 'base64')
    .toString('utf8')
    .replace(/\0+$/, '');
  const colon = decoded.indexOf(':');
  if (colon > 0) return credentialsOf(decoded.slice(0, colon), decoded.slice(colon + 1));
  return credentialsOf(asText(entry['username']) ?? '', asText(entry['password']) ?? '');
}

async function readConfig(host: Host): Promise<JsonObject | null> {
  const { DOCKER_CONFIG: folder, HOME: home } = host.environment;
  const place = folder || (home ? join(home, '.docker') : null);
  if (place === null) return null;
  const path = join(place, 'config.json');
  try {
    // Through links: the folder may be mounted, and the user chose it.
    const bytes = await host.files.read(path, configLimit);
    const config = parseObject(bytes);
    if (config !== null) return config;
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return null;
    throw new RegistryError(
      `was not examined: ${neutralise(path, 400)}, which may hold its login, ${describeProblem(error)}`,
      'make it readable, or point DOCKER_CONFIG at another folder',
    );
  }
  throw new RegistryError(
    `was not examined: ${neutralise(path, 400)}, which may hold its login, is not valid JSON`,
    'repair it, or point DOCKER_CONFIG at another folder',
  );
}

/** A helper program outside the checked folder, which could bring its own. */
async function findHelper(name: string, avoid: string, host: Host): Promise<string | null> {
  if (!/^[A-Za-z0-9._-]{1,100}$/.test(name)) return null;
  const checked = await host.files.realPath(avoid);
  for (const path of await findOnPath(`docker-credential-${name}`, host)) {
    const way = relative(checked, await host.files.realPath(path));
    if (way.startsWith('..') || isAbsolute(way)) return path;
  }
  return null;
}

/** Asks a helper as docker/docker-credential-helpers does: the server on stdin, JSON or a complaint on stdout. */
async function askHelper(name: string, server: string, avoid: string, host: Host): Promise<Credentials | null> {
  const program = await findHelper(name, avoid, host);
  if (program === null) return null;
  const environment = Object.entries(host.environment).flatMap(([key, value]) =>
    value === undefined ? [] : [[key, value]],
  );
  const result = await host.execute({
    program,
    arguments: ['get'],
    directory: '/',
    environment: Object.fromEntries(environment),
    timeoutMilliseconds: helperMilliseconds,
    outputLimit: configLimit,
    input: server,
  });
  const answer = result.outcome === 'exited' && result.exitCode === 0 ? parseObject(result.stdout) : null;
  return answer === null ? null : credentialsOf(asText(answer['Username']) ?? '', asText(answer['Secret']) ?? '');
}

/**
 * The login that Docker's config.json has for exactly this registry (docker/cli, cli/config): its own helper, else the
 * general one, else `auths`. Null: none. A helper that is missing or fails leaves none: the registry may be public, and
 * says so itself when it is not. Throws a RegistryError when the config is there and cannot be read.
 */
export async function findCredentials(registry: string, avoid: string, host: Host): Promise<Credentials | null> {
  const config = await readConfig(host);
  if (config === null) return null;
  const helpers = Object.entries(asObject(config['credHelpers']) ?? {});
  const own = helpers.find(([key]) => isSameRegistry(key, registry))?.[1];
  const server = hubNames.has(registry) ? hubKey : registry;
  for (const helper of [asText(own), asText(config['credsStore'])]) {
    const found = helper === null || helper === '' ? null : await askHelper(helper, server, avoid, host);
    if (found !== null) return found;
  }
  const entries = Object.entries(asObject(config['auths']) ?? {});
  const entry = asObject(entries.find(([key]) => isSameRegistry(key, registry))?.[1]);
  return entry === null ? null : fromEntry(entry);
}
