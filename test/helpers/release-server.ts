import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { sha256 } from '../../src/demo/docker-save.ts';
import type { LockTable } from '../../src/sources/scanner/lock-table.ts';
import { tarEnd, tarFile } from './tar-bytes.ts';

/** A server on loopback; what it serves is at the same paths as on github.com. */
export interface ReleaseServer {
  /** `http://127.0.0.1:port`. */
  readonly url: string;
  /** Path of each request, in order. */
  readonly requests: readonly string[];
}

/** Answers the request of that number, counted from 1. */
export type Answer = (response: ServerResponse, request: IncomingMessage, seen: number) => void;

/** Runs `work` with the server; it is gone then, with all its connections. */
export async function withServer<T>(answer: Answer, work: (server: ReleaseServer) => Promise<T>): Promise<T> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url ?? '');
    answer(response, request, requests.length);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  try {
    if (typeof address !== 'object' || address === null) throw new Error('the server has no address');
    return await work({ url: `http://127.0.0.1:${address.port}`, requests });
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** A release archive as the vendors make them: the program beside a licence and a readme. */
export function releaseArchive(name: string, program: string | Buffer): Buffer {
  const files = [tarFile('LICENSE', 'as it is'), tarFile(name, program), tarFile('README.md', 'a scanner'), tarEnd];
  return gzipSync(Buffer.concat(files), { level: 1 });
}

/** A lock with one release of each scanner for linux/amd64. */
export function lockOf(archive: Buffer, program: string | Buffer): LockTable {
  const release = (name: string, repository: string) => ({
    repository,
    version: '9.9.9',
    archives: [
      {
        os: 'linux',
        architecture: 'amd64',
        asset: `${name}.tar.gz`,
        archive: sha256(archive),
        program: sha256(Buffer.from(program)),
      },
    ],
  });
  return { trivy: release('trivy', 'aquasecurity/trivy'), grype: release('grype', 'anchore/grype') };
}
