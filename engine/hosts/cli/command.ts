// A command: its words, its options, and what it does with a connected engine.
import type { Client } from '../../protocol/client.ts';
import type { Io } from './io.ts';
import { flag, type OptionTable, type Parsed, type Values } from './options.ts';
import type { ProgressView } from './progress.ts';

export const commonOptions = {
  json: flag('print one JSON object on stdout, progress as JSON lines on stderr'),
  help: flag('print this help'),
} as const;

export interface CommandContext<S extends OptionTable> {
  values: Values<S>;
  positionals: string[];
  io: Io;
  /** Connects on first use. */
  engine: () => Promise<Client>;
  signal: AbortSignal;
  progress: ProgressView;
  /** True where only the JSON object goes to stdout. */
  json: boolean;
  /** A line for people: stdout, or nowhere with --json. */
  say: (line: string) => void;
  /** A warning or note: stderr, always. */
  note: (line: string) => void;
}

/** What `--json` prints; the command has already said it to people. */
export type Answer = Record<string, unknown>;
/** undefined: the command has printed its JSON itself. */
export type Outcome = Promise<Answer | undefined>;

export interface Command {
  name: string;
  summary: string;
  usage: string;
  /** More lines of --help, below the options. */
  details: string;
  options: OptionTable;
  positionals: readonly string[];
  run: (parsed: Parsed<OptionTable>, context: Omit<CommandContext<OptionTable>, 'values' | 'positionals'>) => Outcome;
}

/** Ties a command's options to the values its `run` sees. */
export function command<const S extends OptionTable>(spec: {
  name: string;
  summary: string;
  usage: string;
  details?: string;
  options: S;
  positionals?: readonly string[];
  run: (context: CommandContext<S>) => Outcome;
}): Command {
  return {
    name: spec.name,
    summary: spec.summary,
    usage: spec.usage,
    details: spec.details ?? '',
    options: { ...spec.options, ...commonOptions },
    positionals: spec.positionals ?? [],
    // The values were parsed by this very table.
    run: (parsed, context) => spec.run({ ...context, values: parsed.values as Values<S>, positionals: parsed.positionals }),
  };
}
