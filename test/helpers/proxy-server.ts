import { createServer, type IncomingMessage } from 'node:http';
import { connect, createServer as createSocketServer, type Server, type Socket } from 'node:net';

/** A proxy on loopback. */
export interface ProxyServer {
  /** `127.0.0.1:port`. */
  readonly host: string;
  /** `CONNECT host:port`, with the login in brackets, in order. */
  readonly asked: readonly string[];
}

/** What becomes of a CONNECT: a port of loopback that it leads to, or the status line that is sent. */
export type Route = (request: IncomingMessage) => number | string;

async function serve<T>(server: Server, work: (host: string) => Promise<T>): Promise<T> {
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => open.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  try {
    if (typeof address !== 'object' || address === null) throw new Error('the server has no address');
    return await work(`127.0.0.1:${address.port}`);
  } finally {
    for (const socket of open) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** Runs `work` with a proxy that tunnels for real; it is gone then, with all its connections. */
export async function withProxy<T>(route: Route, work: (proxy: ProxyServer) => Promise<T>): Promise<T> {
  const asked: string[] = [];
  const server = createServer((_, response) => response.writeHead(405).end());
  server.on('connect', (request, socket, head) => {
    const login = request.headers['proxy-authorization'];
    asked.push(`${request.method} ${request.url}${login === undefined ? '' : ` [${login}]`}`);
    const way = route(request);
    if (typeof way === 'string') {
      socket.end(`HTTP/1.1 ${way}\r\nProxy-Authenticate: Basic realm="x"\r\n\r\n`);
      return;
    }
    const target = connect(way, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      target.write(head);
      target.pipe(socket).pipe(target);
    });
    target.on('error', () => socket.destroy());
    socket.on('error', () => target.destroy());
    socket.on('close', () => target.destroy());
  });
  return await serve(server, (host) => work({ host, asked }));
}

/** Runs `work` with a server that says this to whoever connects, and nothing more. */
export async function withRawServer<T>(
  greet: (socket: Socket) => void,
  work: (host: string) => Promise<T>,
): Promise<T> {
  const server = createSocketServer((socket) => {
    socket.on('data', () => undefined);
    greet(socket);
  });
  return await serve(server, work);
}
