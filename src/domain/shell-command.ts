/** One word of a command. `value` has quotes removed; offsets are into the script text handed in. */
export interface CommandWord {
  readonly value: string;
  /** True when the word holds an expansion (`$X`, `$(…)`, a glob), so that `value` is not what will run. */
  readonly isDynamic: boolean;
  readonly start: number;
  readonly end: number;
}

/**
 * A simple command as it would run: wrappers (`sudo`, `env`, `time`, `sh -c "…"`) stripped, variable assignments that
 * hold for it collected (prefix, `env X=1`, `export` earlier in the same script).
 */
export interface SimpleCommand {
  readonly words: readonly CommandWord[];
  readonly environment: Readonly<Record<string, string>>;
  /** Working folder changes seen before it in the same script (`cd web &&`), joined; null when dynamic. */
  readonly directory: string | null;
  readonly start: number;
  readonly end: number;
}
