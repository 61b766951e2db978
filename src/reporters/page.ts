/** A run of text in a page. `text` and `code` are foreign or own words, made neutral before; each format escapes them. */
export type Inline =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'strong'; readonly text: string }
  | { readonly kind: 'code'; readonly text: string }
  /** `url` is Hullcheck's own, never foreign. */
  | { readonly kind: 'link'; readonly text: string; readonly url: string };

export type Content = readonly Inline[];

export type Block =
  | { readonly kind: 'heading'; readonly level: 2 | 3; readonly content: Content }
  | { readonly kind: 'paragraph'; readonly content: Content }
  | { readonly kind: 'list'; readonly items: readonly Content[] }
  | { readonly kind: 'table'; readonly head: readonly string[]; readonly rows: readonly (readonly Content[])[] }
  /** Lines of source, each neutral by itself. */
  | { readonly kind: 'source'; readonly lines: readonly string[] }
  | { readonly kind: 'details'; readonly summary: Content; readonly blocks: readonly Block[] };

export const words = (text: string): Inline => ({ kind: 'text', text });
export const strong = (text: string): Inline => ({ kind: 'strong', text });
export const code = (text: string): Inline => ({ kind: 'code', text });
export const link = (text: string, url: string): Inline => ({ kind: 'link', text, url });

export const heading = (level: 2 | 3, text: string): Block => ({ kind: 'heading', level, content: [words(text)] });
export const paragraph = (...content: Content): Block => ({ kind: 'paragraph', content });

/** Contents with `, ` between them. */
export function joinContents(contents: readonly Content[]): Content {
  return contents.flatMap((content, index) => (index === 0 ? content : [words(', '), ...content]));
}

/** A sentence in which `…` marks code, as messages and fixes are written. */
export function prose(text: string): Content {
  return text.split(/(`[^`]{1,400}`)/).flatMap((part) => {
    if (part === '') return [];
    return part.length > 2 && part.startsWith('`') && part.endsWith('`') ? [code(part.slice(1, -1))] : [words(part)];
  });
}
