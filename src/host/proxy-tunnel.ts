import type { Duplex } from 'node:stream';
import { NetworkError } from './network.ts';
import type { HttpProxy } from './proxy.ts';

/** Squid and others answer so when they could not connect this time. */
const passing: ReadonlySet<number> = new Set([429, 500, 502, 503, 504]);

function refusalOf(status: number, authority: string, proxy: HttpProxy): NetworkError {
  if (status === 407) {
    const what = proxy.authorization === null ? 'asks for a login' : 'refuses the login it was given';
    return new NetworkError('PROXY_LOGIN', `${what} (status 407)`, proxy.name);
  }
  const code = passing.has(status) ? 'PROXY_BUSY' : 'PROXY_REFUSAL';
  return new NetworkError(code, `does not connect to ${authority} (status ${status})`, proxy.name);
}

function failureOf(error: Error, { name }: HttpProxy): NetworkError {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : 'UNKNOWN';
  const isOther = code.startsWith('HPE_') || code === 'EPROTO' || code.startsWith('ERR_SSL_');
  if (isOther) return new NetworkError('PROXY_ANSWER', `does not answer as a proxy does (${code})`, name);
  return new NetworkError(code, error.message, name);
}

/**
 * A connection to the URL's host through a proxy (CONNECT, RFC 9110, 9.3.6), on which nothing was said yet. Rejects with
 * a NetworkError whose peer is the proxy.
 */
export async function openTunnel(url: URL, proxy: HttpProxy, milliseconds: number): Promise<Duplex> {
  const authority = `${url.hostname}:${url.port === '' ? '443' : url.port}`;
  const login = proxy.authorization === null ? {} : { 'proxy-authorization': proxy.authorization };
  const { request } = await (proxy.isEncrypted ? import('node:https') : import('node:http'));
  return await new Promise((resolve, reject) => {
    const client = request({
      host: proxy.host,
      port: proxy.port,
      method: 'CONNECT',
      path: authority,
      headers: { host: authority, 'user-agent': 'hullcheck', ...login },
      agent: false,
    });
    const giveUp = (error: NetworkError) => {
      client.destroy();
      reject(error);
    };
    const noConnection = () =>
      giveUp(
        new NetworkError(
          'PROXY_SILENT',
          `does not connect to ${authority} within ${milliseconds / 1000} seconds`,
          proxy.name,
        ),
      );
    const timer = setTimeout(noConnection, milliseconds);
    client.on('close', () => clearTimeout(timer));
    client.on('error', (error) => giveUp(failureOf(error, proxy)));
    // Node tells every answer to CONNECT so, whatever its status.
    client.on('connect', ({ statusCode = 0 }, socket, head) => {
      clearTimeout(timer);
      if (statusCode >= 200 && statusCode < 300 && head.length === 0) {
        resolve(socket);
        return;
      }
      socket.destroy();
      const said = 'sends bytes before anything was asked';
      if (statusCode >= 200 && statusCode < 300) reject(new NetworkError('PROXY_ANSWER', said, proxy.name));
      else reject(refusalOf(statusCode, authority, proxy));
    });
    client.end();
  });
}
