import { createHash } from 'node:crypto';

/**
 * A text in the format of a Groq API key whose characters are hash output: it opens nothing, and is made at run time so that
 * no text of a credential stands in the repository.
 */
export function exampleToken(seed = 'example'): string {
  const random = createHash('sha512').update(seed).digest('hex');
  return ['gsk', random.slice(0, 52)].join('_');
}
