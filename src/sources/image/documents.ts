import { describeSize } from '../../domain/byte-size.ts';
import { type ImageLimits, overLimit } from '../../domain/image-limits.ts';
import { describeProblem, type Host } from '../../host/host.ts';
import type { BlobStore } from './blob-store.ts';

export interface BlobProblem {
  readonly problem: string;
}

/** Reads the small blobs of one archive or folder: indexes, manifests, configs, provenance. */
export interface DocumentReader {
  /** A blob whole; a problem when it is absent, cut, or more than may be read. */
  read(name: string): Promise<Buffer | BlobProblem>;
}

/** All documents of an archive together, in the size that one may have. A real image has tens, of a few kB each. */
export const sizesInAll = 16;
/** Values of all documents together cost far more memory than their bytes: one is allowed for so many of a document's. */
const bytesOfValue = 32;

const separators = [...',[{'].map((character) => character.charCodeAt(0));

/** At least as many as the values that JSON in these bytes may have. */
function countValues(bytes: Buffer): number {
  let count = 0;
  for (const byte of bytes) if (separators.includes(byte)) count += 1;
  return count;
}

async function readWhole(store: BlobStore, name: string, limits: ImageLimits, host: Host) {
  const blob = await store.find(name);
  if (blob === null) return { problem: `${name} is missing` };
  if (blob.size > limits.document)
    return { problem: overLimit(limits, 'document-mib', `${name} is larger than ${describeSize(limits.document)}`) };
  try {
    const file = await host.files.open(blob.file);
    try {
      const bytes = Buffer.alloc(blob.size);
      const count = await file.readAt(bytes, blob.offset);
      return count === blob.size ? bytes : { problem: `${name} is cut short` };
    } finally {
      await file.close();
    }
  } catch (error) {
    return { problem: `${name} ${describeProblem(error)}` };
  }
}

export function createDocumentReader(store: BlobStore, limits: ImageLimits, host: Host): DocumentReader {
  let bytesLeft = limits.document * sizesInAll;
  let valuesLeft = limits.document / bytesOfValue;
  const problem = overLimit(limits, 'document-mib', 'its manifests and configs hold more than may be read');
  return {
    async read(name) {
      if (bytesLeft < 0 || valuesLeft < 0) return { problem };
      const bytes = await readWhole(store, name, limits, host);
      if (!Buffer.isBuffer(bytes)) return bytes;
      bytesLeft -= bytes.length;
      valuesLeft -= countValues(bytes);
      return bytesLeft < 0 || valuesLeft < 0 ? { problem } : bytes;
    },
  };
}
