interface Line {
  readonly text: string;
  /** Where the next line starts. */
  readonly next: number;
  /** Whether a line feed ends it. */
  readonly isEnded: boolean;
}

function readLine(text: string, start: number): Line | null {
  if (start >= text.length) return null;
  const end = text.indexOf('\n', start);
  return end < 0
    ? { text: text.slice(start), next: text.length, isEnded: false }
    : { text: text.slice(start, end), next: end + 1, isEnded: true };
}

interface HereDocument {
  readonly value: string;
  readonly next: number;
}

function readHereDocument(text: string, start: number, delimiter: string): HereDocument {
  let end = start;
  let line = readLine(text, start);
  while (line !== null && line.text !== delimiter) {
    if (!line.isEnded) break;
    end = line.next - 1;
    line = readLine(text, line.next);
  }
  if (line?.text !== delimiter) throw new Error(`Invalid value. Matching delimiter not found '${delimiter}'`);
  return { value: end > start ? text.slice(start, end) : '', next: line.next };
}

/**
 * What stands in GITHUB_OUTPUT, GITHUB_ENV or GITHUB_STATE: `name=value` lines and `name<<delimiter` here-documents
 * (actions/runner, FileCommandManager.cs). Throws where the runner fails the step.
 */
export function parseFileCommands(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (let line = readLine(text, 0); line !== null; line = readLine(text, line.next)) {
    if (line.text === '') continue;
    const [equals, hereDocument] = [line.text.indexOf('='), line.text.indexOf('<<')];
    if (hereDocument >= 0 && (equals < 0 || hereDocument < equals)) {
      const [name, delimiter] = [line.text.slice(0, hereDocument), line.text.slice(hereDocument + 2)];
      if (name === '' || delimiter === '') throw new Error(`Invalid format '${line.text}'`);
      const document = readHereDocument(text, line.next, delimiter);
      values.set(name, document.value);
      line = { ...line, next: document.next };
    } else {
      if (equals < 1) throw new Error(`Invalid format '${line.text}'`);
      values.set(line.text.slice(0, equals), line.text.slice(equals + 1));
    }
  }
  return values;
}
