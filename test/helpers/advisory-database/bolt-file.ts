/** A bucket of a bolt database: key -> value, or -> a bucket inside. */
export interface BoltBucket {
  readonly [key: string]: string | BoltBucket;
}

const pageSize = 4096;
const pageHeaderSize = 16;
const elementSize = 16;
const leafPage = 0x02;
const metaPage = 0x04;
const freelistPage = 0x10;
const bucketElement = 0x01;

function pageHeader(id: number, flags: number, count: number, overflow: number): Buffer {
  const header = Buffer.alloc(pageHeaderSize);
  header.writeBigUInt64LE(BigInt(id), 0);
  header.writeUInt16LE(flags, 8);
  header.writeUInt16LE(count, 10);
  header.writeUInt32LE(overflow, 12);
  return header;
}

/** FNV-1a with 64 bits, bbolt's checksum of a meta page. */
function checksum(bytes: Buffer): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const byte of bytes) hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn;
  return hash;
}

function meta(id: number, rootPage: number, freelist: number, pages: number): Buffer {
  const body = Buffer.alloc(64);
  body.writeUInt32LE(0xed0cdaed, 0);
  body.writeUInt32LE(2, 4);
  body.writeUInt32LE(pageSize, 8);
  body.writeBigUInt64LE(BigInt(rootPage), 16);
  body.writeBigUInt64LE(BigInt(freelist), 32);
  body.writeBigUInt64LE(BigInt(pages), 40);
  body.writeBigUInt64LE(BigInt(id), 48);
  body.writeBigUInt64LE(checksum(body.subarray(0, 56)), 56);
  return padded(Buffer.concat([pageHeader(id, metaPage, 0, 0), body]));
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((pageSize - (bytes.length % pageSize)) % pageSize)]);
}

interface Element {
  readonly flags: number;
  readonly key: Buffer;
  readonly value: Buffer;
}

/** Elements of a leaf page, keys in byte order; buckets inside are inline: a header without a root page, then their page. */
function elementsOf(bucket: BoltBucket): readonly Element[] {
  const elements = Object.entries(bucket).map(([key, value]): Element => {
    if (typeof value === 'string') return { flags: 0, key: Buffer.from(key), value: Buffer.from(value) };
    return { flags: bucketElement, key: Buffer.from(key), value: Buffer.concat([Buffer.alloc(16), leaf(0, value)]) };
  });
  return elements.sort((a, b) => Buffer.compare(a.key, b.key));
}

function leaf(id: number, bucket: BoltBucket): Buffer {
  const elements = elementsOf(bucket);
  const heads: Buffer[] = [];
  const bodies: Buffer[] = [];
  let position = elements.length * elementSize;
  for (const [index, { flags, key, value }] of elements.entries()) {
    const head = Buffer.alloc(elementSize);
    head.writeUInt32LE(flags, 0);
    head.writeUInt32LE(position - index * elementSize, 4);
    head.writeUInt32LE(key.length, 8);
    head.writeUInt32LE(value.length, 12);
    heads.push(head);
    bodies.push(key, value);
    position += key.length + value.length;
  }
  const size = pageHeaderSize + position;
  const overflow = id === 0 ? 0 : Math.ceil(size / pageSize) - 1;
  return Buffer.concat([pageHeader(id, leafPage, elements.length, overflow), ...heads, ...bodies]);
}

/**
 * A whole bolt database (go.etcd.io/bbolt page.go, bucket.go): two meta pages, an empty freelist, and one leaf page with
 * every bucket inline. Real databases split large buckets into pages of their own; readers take either.
 */
export function boltFile(root: BoltBucket): Buffer {
  const [freelist, rootPage] = [2, 3];
  const data = padded(leaf(rootPage, root));
  const pages = rootPage + data.length / pageSize;
  const metas = [0, 1].map((id) => meta(id, rootPage, freelist, pages));
  return Buffer.concat([...metas, padded(pageHeader(freelist, freelistPage, 0, 0)), data]);
}
