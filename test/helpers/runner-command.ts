/**
 * Workflow commands as the Actions runner reads them (actions/runner, src/Runner.Common/ActionCommand.cs). Written
 * apart from the product's own reporter, so that one checks the other.
 */
export interface Command {
  readonly name: string;
  /** Keys in lower case: the runner ignores case. */
  readonly properties: ReadonlyMap<string, string>;
  readonly data: string;
}

type Escapes = readonly (readonly [code: string, character: string])[];

const dataEscapes: Escapes = [
  ['%0D', '\r'],
  ['%0A', '\n'],
  ['%25', '%'],
];
const propertyEscapes: Escapes = [
  ['%0D', '\r'],
  ['%0A', '\n'],
  ['%3A', ':'],
  ['%2C', ','],
  ['%25', '%'],
];
const legacyEscapes: Escapes = [
  ['%3B', ';'],
  ['%0D', '\r'],
  ['%0A', '\n'],
  ['%5D', ']'],
  ['%25', '%'],
];

function unescapeAll(text: string, escapes: Escapes): string {
  return escapes.reduce((done, [code, character]) => done.replaceAll(code, character), text);
}

/** What .NET's `TrimStart` takes away. */
const leadingBlanks = /^[\t-\r\x85\p{Z}]+/u;

/** `name key=value,key=value`; a pair without name or value is dropped. */
function readInformation(
  text: string,
  separator: string,
  escapes: Escapes,
): { readonly name: string; readonly properties: ReadonlyMap<string, string> } {
  const space = text.indexOf(' ');
  if (space < 0) return { name: text, properties: new Map() };
  const pairs = text
    .slice(space + 1)
    .trim()
    .split(separator)
    .flatMap((pair): readonly (readonly [string, string])[] => {
      const equals = pair.indexOf('=');
      const [key, value] = [pair.slice(0, equals), pair.slice(equals + 1)];
      return equals < 1 || value === '' ? [] : [[key.toLowerCase(), unescapeAll(value, escapes)]];
    });
  return { name: text.slice(0, space), properties: new Map(pairs) };
}

function parseCurrent(line: string, names: ReadonlySet<string>): Command | null {
  const text = line.replace(leadingBlanks, '');
  const end = text.startsWith('::') ? text.indexOf('::', 2) : -1;
  if (end < 0) return null;
  const { name, properties } = readInformation(text.slice(2, end), ',', propertyEscapes);
  if (!names.has(name.toLowerCase())) return null;
  return { name: name.toLowerCase(), properties, data: unescapeAll(text.slice(end + 2), dataEscapes) };
}

function parseLegacy(line: string, names: ReadonlySet<string>): Command | null {
  const start = line.indexOf('##[');
  const end = start < 0 ? -1 : line.indexOf(']', start);
  if (end < 0) return null;
  const { name, properties } = readInformation(line.slice(start + 3, end), ';', legacyEscapes);
  if (!names.has(name.toLowerCase())) return null;
  return { name: name.toLowerCase(), properties, data: unescapeAll(line.slice(end + 1), legacyEscapes) };
}

/** .NET's culture-sensitive `IndexOf` and `StartsWith` look past these, and past NUL. */
const ignorable = /[\0\p{Default_Ignorable_Code_Point}]/gu;

/** The command in a line; null where there is none of these names (lower case): `::name k=v::data`, `##[name k=v]data`. */
export function parseCommand(line: string, names: ReadonlySet<string>): Command | null {
  const visible = line.replace(ignorable, '');
  return (
    parseCurrent(line, names) ??
    parseLegacy(line, names) ??
    (visible === line ? null : (parseCurrent(visible, names) ?? parseLegacy(visible, names)))
  );
}
