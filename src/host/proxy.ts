import { BlockList, isIP } from 'node:net';
import { decodePercent } from '../domain/package-coordinates.ts';
import { isLoopbackHost, NetworkError } from './network.ts';

/** What stands between this machine and the network. */
export interface HttpProxy {
  readonly host: string;
  readonly port: number;
  /** Whether the proxy itself is talked to over TLS. */
  readonly isEncrypted: boolean;
  /** For `Proxy-Authorization`; null: no login. */
  readonly authorization: string | null;
  /** For messages, without the login. */
  readonly name: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The variable as it is written first, else in lower case; an empty one counts as none (as in Go's httpproxy, and so in the scanners). */
function variable(name: string, environment: Environment): { readonly name: string; readonly value: string } | null {
  for (const each of [name, name.toLowerCase()]) {
    const value = environment[each]?.trim() ?? '';
    if (value !== '') return { name: each, value };
  }
  return null;
}

function wrongSetting(name: string, problem: string): NetworkError {
  return new NetworkError('PROXY_SETTING', problem, name);
}

function authorizationOf({ username, password }: URL): string | null {
  if (username === '' && password === '') return null;
  return `Basic ${Buffer.from(`${decodePercent(username)}:${decodePercent(password)}`).toString('base64')}`;
}

/** `http://user:password@host:port`, or without the scheme. Throws a NetworkError that does not show the value. */
function parseProxy(name: string, value: string): HttpProxy {
  const text = value.includes('://') ? value : `http://${value}`;
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || url.hostname === '') throw wrongSetting(name, 'is not the address of a proxy');
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw wrongSetting(
      name,
      `names a proxy for ${url.protocol.slice(0, -1)}; only http and https proxies are used here`,
    );
  }
  const isEncrypted = url.protocol === 'https:';
  const port = url.port === '' ? (isEncrypted ? 443 : 80) : Number(url.port);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return { host, port, isEncrypted, authorization: authorizationOf(url), name: `the proxy ${url.hostname}:${port}` };
}

function isInSubnet(host: string, entry: string): boolean {
  const [, address = '', bits = ''] = /^(.+)\/(\d{1,3})$/.exec(entry) ?? [];
  const family = isIP(address);
  if (family === 0 || isIP(host) !== family || Number(bits) > (family === 4 ? 32 : 128)) return false;
  const kind = family === 4 ? 'ipv4' : 'ipv6';
  const list = new BlockList();
  list.addSubnet(address, Number(bits), kind);
  return list.check(host, kind);
}

/** `host`, `host:port`, `address` or `[address]:port`; '' for no port. */
function splitEntry(entry: string): readonly [host: string, port: string] {
  if (isIP(entry) !== 0) return [entry, ''];
  const [, bracketed, plain = '', port = ''] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d{1,5}))?$/.exec(entry) ?? [];
  return [bracketed ?? plain, port];
}

/** One entry of NO_PROXY: `*`, an address, a range of them, a name with those below it, or with a dot those below only. */
function isExempt(host: string, port: string, entry: string): boolean {
  if (entry === '*') return true;
  if (entry.includes('/')) return isInSubnet(host, entry);
  const [written, entryPort] = splitEntry(entry);
  if (written === '' || (entryPort !== '' && entryPort !== port)) return false;
  const name = written.replace(/^\*\./, '.').replace(/\.$/, '');
  return host === name || (isIP(name) === 0 && host.endsWith(name.startsWith('.') ? name : `.${name}`));
}

/**
 * The proxy that an address is asked through: HTTPS_PROXY, unless NO_PROXY names the host. This machine itself is asked
 * directly, and plain http is spoken with nobody else. Throws a NetworkError for a setting that names no proxy.
 */
export function proxyFor(url: URL, environment: Environment): HttpProxy | null {
  const setting = variable('HTTPS_PROXY', environment);
  if (setting === null || url.protocol !== 'https:' || isLoopbackHost(url)) return null;
  const host = url.hostname
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase();
  const exempt =
    variable('NO_PROXY', environment)
      ?.value.toLowerCase()
      .split(/[\s,]+/) ?? [];
  if (exempt.some((entry) => isExempt(host, url.port === '' ? '443' : url.port, entry))) return null;
  return parseProxy(setting.name, setting.value);
}
