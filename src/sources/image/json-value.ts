/** Reads unknown JSON without casts: each accessor says what it found, or null when it is something else. */
export type JsonObject = { readonly [key: string]: unknown };

export function asObject(value: unknown): JsonObject | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : null;
}

export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function asText(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

export function asTextList(value: unknown): readonly string[] {
  return asList(value).filter((item) => typeof item === 'string');
}

/** The parsed object, or null when the bytes are no JSON object. */
export function parseObject(bytes: Buffer): JsonObject | null {
  try {
    return asObject(JSON.parse(bytes.toString('utf8')));
  } catch {
    return null;
  }
}
