// The outside of one run of the command line: what a test replaces.

export interface Output {
  write(text: string): void;
  readonly isTTY: boolean;
  readonly columns: number;
  /** Whoever read it went away: what is written is dropped. */
  readonly gone: boolean;
}

export interface Io {
  stdin: AsyncIterable<Uint8Array>;
  stdout: Output;
  stderr: Output;
  /** Fires when the user asks to stop. */
  signal: AbortSignal;
}
