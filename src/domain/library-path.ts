/** An installed library that a path belongs to, as package managers lay them out. */
export interface LibraryPlace {
  /** The folder of the library, e.g. `app/node_modules/ssh2`. */
  readonly library: string;
  /** Whether it is one of the library's tests, fixtures, examples or documents, which are published with it. */
  readonly isTest: boolean;
}

/** Where libraries lie, with the library's own folder as the last part; the innermost of them counts. */
const libraries =
  /^(?:.*\/)?(?:node_modules\/(?:@[^/]+\/)?[^/]+|(?:site|dist)-packages\/[^/]+|pkg\/mod\/[^@]+@v[^/]+|usr\/local\/go|lib\/python3\.\d+|\.cargo\/registry\/src\/[^/]+\/[^/]+|gems\/[^/]+-\d[^/]*)(?=\/)/;

/** Python puts a library's modules and tests beside each other, so its own name may already say test. */
const pythonTop = /-packages\/([^/]+)$/;

const testPart =
  /^(?:(?:.*[._-])?(?:tests?|spec)(?:[._-].*)?|testing(?:\..*)?|__(?:tests|fixtures|mocks)__|test-?data|(?:test-?)?fixtures?|examples?|samples?|demos?|docs?|bench(?:marks?)?)$/i;
const document = /\.(?:md|mdx|rst|adoc)$/i;

/** The library that `path` is part of; null for what is the image's or the team's own. */
export function libraryPlace(path: string): LibraryPlace | null {
  const library = libraries.exec(path)?.[0];
  if (library === undefined) return null;
  const rest = path.slice(library.length + 1);
  const parts = [...(pythonTop.exec(library)?.slice(1) ?? []), ...rest.split('/')];
  return { library, isTest: document.test(rest) || parts.some((part) => testPart.test(part)) };
}
