/** One DER element: tag, and where its content lies. */
export interface DerElement {
  readonly tag: number;
  readonly start: number;
  readonly end: number;
}

/** Reads the element at `position` (X.690 8.1, definite lengths only); null when it does not fit before `limit`. */
function readElement(bytes: Buffer, position: number, limit: number): DerElement | null {
  const tag = bytes[position];
  const first = bytes[position + 1];
  if (tag === undefined || first === undefined) return null;
  if (first < 0x80) {
    const end = position + 2 + first;
    return end <= limit ? { tag, start: position + 2, end } : null;
  }
  const count = first & 0x7f;
  if (count === 0 || count > 3 || position + 2 + count > limit) return null;
  const start = position + 2 + count;
  const end = start + bytes.readUIntBE(position + 2, count);
  return end <= limit ? { tag, start, end } : null;
}

/** The elements directly inside `parent`; null when they do not fill it exactly. */
function childrenOf(bytes: Buffer, parent: DerElement): readonly DerElement[] | null {
  const children: DerElement[] = [];
  for (let position = parent.start; position < parent.end; ) {
    const child = readElement(bytes, position, parent.end);
    if (child === null || children.length > 32) return null;
    children.push(child);
    position = child.end;
  }
  return children;
}

/** The tags inside the one SEQUENCE that fills `bytes`; null when there is none. */
export function sequenceTags(bytes: Buffer): readonly number[] | null {
  const sequence = readElement(bytes, 0, bytes.length);
  if (sequence === null || sequence.tag !== 0x30 || sequence.end !== bytes.length) return null;
  return childrenOf(bytes, sequence)?.map((child) => child.tag) ?? null;
}
