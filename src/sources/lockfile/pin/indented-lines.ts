/** A `key: value` of YAML that a program wrote, with the keys above it. */
export interface IndentedEntry {
  readonly path: readonly string[];
  /** Empty for a mapping. */
  readonly value: string;
  readonly line: number;
}

function unquote(text: string): string {
  const quoted = /^(["'])(.*)\1$/s.exec(text);
  return quoted?.[2] ?? text;
}

/** `key: value`, `"key with: colon": value`; the value without a comment is not needed here. */
const entryPattern = /^( *)((?:"[^"]*"|'[^']*'|[^\s"'#-][^#]*?)):(?: +(.*))?$/;

/**
 * The entries of machine-written YAML, by indentation: block mappings with plain or quoted keys. Lists, block scalars
 * and flow mappings are left as the values they are. Far faster than a parser, and lockfiles have many thousand lines.
 */
export function readIndented(text: string): readonly IndentedEntry[] {
  const entries: IndentedEntry[] = [];
  const above: { readonly indent: number; readonly key: string }[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    const match = entryPattern.exec(line.trimEnd());
    if (match === null) continue;
    const indent = match[1]?.length ?? 0;
    while ((above.at(-1)?.indent ?? -1) >= indent) above.pop();
    const key = unquote(match[2] ?? '');
    above.push({ indent, key });
    entries.push({ path: above.map((one) => one.key), value: unquote(match[3]?.trim() ?? ''), line: index + 1 });
  }
  return entries;
}

/** An unresolved merge: no manager reads such a file. */
export function hasConflict(text: string): boolean {
  return /^(?:<{7}|>{7}) /m.test(text);
}
