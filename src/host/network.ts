import type { HttpProxy } from './proxy.ts';

/** Where an address lies: who may answer there. */
export type AddressScope = 'public' | 'private' | 'loopback' | 'link-local' | 'socket';

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  /** http or https. */
  readonly url: URL;
  /** Absolute path of a unix socket to talk to in place of the URL's host; null: none. */
  readonly socket: string | null;
  /** Through which an https URL is asked; null: none. It looks names up itself, so only literal addresses are judged then. */
  readonly proxy: HttpProxy | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** Addresses that may be connected to; the name's own addresses are looked at, at the moment of connecting. */
  readonly scopes: readonly AddressScope[];
  /** For the connection to come about: name, TCP and TLS; as long again for a proxy to connect. */
  readonly connectMilliseconds: number;
  /** Longest silence. */
  readonly idleMilliseconds: number;
  /** From the connection's start to the last byte of the body. */
  readonly totalMilliseconds: number;
}

export interface HttpResponse {
  readonly status: number;
  /** Names in lower case; repeated ones are joined by commas. */
  readonly headers: Readonly<Record<string, string>>;
  /** Of the address that answered; a name that a proxy looked up counts as public. */
  readonly scope: AddressScope;
  /** Rejects with a NetworkError when the connection ends before the body does. */
  readonly body: AsyncIterable<Buffer>;
  /** Ends the connection; for a body that is not read to its end. */
  discard(): void;
}

/** Sends one request and follows no redirect. Rejects with a NetworkError when no answer comes. */
export type SendRequest = (request: HttpRequest) => Promise<HttpResponse>;

export class NetworkError extends Error {
  /** Node's code, or one of `problems`. */
  readonly code: string;
  /** Host and port that were asked, the socket, or the proxy. */
  readonly peer: string;
  /** The answer had begun: its body broke off. */
  readonly isInBody: boolean;

  constructor(code: string, message: string, peer: string, isInBody = false) {
    super(message);
    this.name = 'NetworkError';
    this.code = code;
    this.peer = peer;
    this.isInBody = isInBody;
  }
}

const problems: Readonly<Record<string, string>> = {
  ENOTFOUND: 'is not known: its name has no address',
  EAI_AGAIN: 'is not known: no name server answers',
  ECONNREFUSED: 'refuses the connection',
  ECONNRESET: 'broke the connection off',
  EPIPE: 'broke the connection off',
  EHOSTUNREACH: 'cannot be reached',
  ENETUNREACH: 'cannot be reached: there is no network',
  ETIMEDOUT: 'does not answer',
  ENOENT: 'does not exist',
  EACCES: 'cannot be used: permission denied',
  EPERM: 'cannot be used: permission denied',
  REFUSED_ADDRESS: 'is not asked: it has a private or local address',
  NO_CONNECTION: 'does not answer: no connection came about',
  SILENT: 'does not answer any more',
  TOO_SLOW: 'is too slow',
};

/** Of TLS: the certificate is not trusted, or there is no TLS at all. */
const certificateCodes = /^(?:CERT_|DEPTH_|SELF_SIGNED|UNABLE_TO_|ERR_TLS_CERT)/;

/** What went wrong, as the end of a sentence that begins with the host. */
export function describeNetworkError({ code, message }: NetworkError): string {
  if (isProxyProblem(code)) return message;
  if (certificateCodes.test(code)) return `has a certificate that is not trusted here (${code})`;
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_')) return `cannot be spoken to over TLS (${code})`;
  if (code.startsWith('HPE_')) return `sends what is no HTTP (${code})`;
  return problems[code] ?? `cannot be used: ${code}`;
}

/** Said by a proxy, or of its setting; the message then is the sentence's end. */
export function isProxyProblem(code: string): boolean {
  return code.startsWith('PROXY_');
}

/** Unless it is asked over a network: this machine itself. */
export function isLoopbackHost({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
