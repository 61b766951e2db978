/** A history entry's `created_by`, brought to the Dockerfile's own form. */
export interface HistoryStep {
  /** Upper case; '' when it cannot be told. */
  readonly keyword: string;
  readonly text: string;
}

const keywords =
  /^(?:ADD|ARG|CMD|COPY|ENTRYPOINT|ENV|EXPOSE|HEALTHCHECK|LABEL|MAINTAINER|ONBUILD|RUN|SHELL|STOPSIGNAL|USER|VOLUME|WORKDIR)\b/;

function stripShell(text: string): string {
  return text
    .replace(/^\|\d{1,3} (?:[A-Za-z_][\w.-]*=\S* )*/, '')
    .replace(/^\/bin\/(?:ba|a|da)?sh (?:-[a-z]+ (?:pipefail )?)*-[a-z]*c /, '')
    .replace(/ # buildkit$/, '');
}

/**
 * Reads the spellings of BuildKit (`RUN /bin/sh -c x # buildkit`, `COPY . . # buildkit`), the classic builder
 * (`/bin/sh -c #(nop) COPY dir:… in /app`) and buildah (`/bin/sh -c x`, `/bin/sh -c #(nop) …`).
 */
export function parseHistoryStep(createdBy: string): HistoryStep {
  const text = createdBy.slice(0, 16 * 1024).trim();
  const declared = /^\/bin\/sh -c #\(nop\)\s+(.*)$/s.exec(text)?.[1] ?? (keywords.test(text) ? text : null);
  if (declared === null) return { keyword: text === '' ? '' : 'RUN', text: stripShell(text) };
  const keyword = keywords.exec(declared)?.[0] ?? '';
  const rest = declared.slice(keyword.length).trim();
  return { keyword, text: keyword === 'RUN' ? stripShell(rest) : rest.replace(/ # buildkit$/, '') };
}

/** Words that tell one instruction from another; hashes of copied content are left out. */
function wordsOf(text: string): ReadonlySet<string> {
  const words = text
    .split(/[\s"'=,;&|()[\]{}]+/)
    .filter((word) => word !== '' && word !== 'in' && !/^(?:dir|file|multi):[0-9a-f]{64}$/.test(word));
  return new Set(words);
}

/** 0 (nothing shared) to 1 (same words). Variables expanded on one side only cost a little. */
export function similarity(a: string, b: string): number {
  const left = wordsOf(a);
  const right = wordsOf(b);
  if (left.size === 0 || right.size === 0) return left.size === right.size ? 1 : 0;
  let shared = 0;
  for (const word of left) if (right.has(word)) shared += 1;
  return shared / Math.max(left.size, right.size);
}
