/**
 * What the user named wrongly: a missing path, an unknown flag, a broken policy. Printed as one sentence and a hint on
 * stderr, exit code 2, never a stack.
 */
export class UsageError extends Error {
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.name = 'UsageError';
    this.hint = hint;
  }
}
