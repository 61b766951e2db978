/** As many as are compared at once. */
export const zeros = Buffer.alloc(64 * 1024);

/** Whether all are zero. */
export function isZero(bytes: Buffer): boolean {
  for (let i = 0; i < bytes.length; i += zeros.length) {
    const part = bytes.subarray(i, i + zeros.length);
    if (!part.equals(zeros.subarray(0, part.length))) return false;
  }
  return true;
}
