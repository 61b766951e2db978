/** Where an address lies: who may answer there. */
export type AddressScope = 'public' | 'private' | 'loopback' | 'link-local' | 'socket';

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  /** http or https. */
  readonly url: URL;
  /** Absolute path of a unix socket to talk to in place of the URL's host; null: none. */
  readonly socket: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** Addresses that may be connected to; the name's own addresses are looked at, at the moment of connecting. */
  readonly scopes: readonly AddressScope[];
  /** Longest silence. */
  readonly idleMilliseconds: number;
  /** From the start to the last byte of the body. */
  readonly totalMilliseconds: number;
}

export interface HttpResponse {
  readonly status: number;
  /** Names in lower case; repeated ones are joined by commas. */
  readonly headers: Readonly<Record<string, string>>;
  /** Of the address that answered. */
  readonly scope: AddressScope;
  /** Rejects with a NetworkError when the connection ends before the body does. */
  readonly body: AsyncIterable<Buffer>;
  /** Ends the connection; for a body that is not read to its end. */
  discard(): void;
}

/** Sends one request and follows no redirect. Rejects with a NetworkError when no answer comes. */
export type SendRequest = (request: HttpRequest) => Promise<HttpResponse>;

export class NetworkError extends Error {
  /** Node's code, `REFUSED_ADDRESS`, `SILENT` or `TOO_SLOW`. */
  readonly code: string;
  /** Host and port that were asked, or the socket. */
  readonly peer: string;

  constructor(code: string, message: string, peer: string) {
    super(message);
    this.name = 'NetworkError';
    this.code = code;
    this.peer = peer;
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
  SILENT: 'does not answer any more',
  TOO_SLOW: 'is too slow',
};

/** Of TLS: the certificate is not trusted, or there is no TLS at all. */
const certificateCodes = /^(?:CERT_|DEPTH_|SELF_SIGNED|UNABLE_TO_|ERR_TLS_CERT)/;

/** What went wrong, as the end of a sentence that begins with the host. */
export function describeNetworkError({ code }: NetworkError): string {
  if (certificateCodes.test(code)) return `has a certificate that is not trusted here (${code})`;
  return problems[code] ?? `cannot be used: ${code}`;
}
