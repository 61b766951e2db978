/** Why a registry's image cannot be read: the end of a sentence that begins with the image's name, and what to do. */
export class RegistryError extends Error {
  readonly hint: string;

  constructor(problem: string, hint: string) {
    super(problem);
    this.name = 'RegistryError';
    this.hint = hint;
  }
}
