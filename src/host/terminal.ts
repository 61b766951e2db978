/** Where a command's words go. */
export interface Terminal {
  /** Results, to stdout. */
  write(text: string): void;
  /** Whether stdout shows colours. */
  readonly color: boolean;
  /** Width of stdout in columns. */
  readonly columns: number;
  /** Asks a yes-or-no question; null when there is nobody to ask. */
  readonly confirm: ((question: string) => Promise<boolean>) | null;
}
