// One run of the command line: pick the command, parse, connect, run, answer. Exit 0 ok, 2 usage, 1 a coded failure, 130 interrupted.
import type { Client } from '../../protocol/client.ts';
import { codedError, errorToBody } from '../../protocol/envelope.ts';
import type { Command } from './command.ts';
import { demo } from './commands/demo.ts';
import { doctor } from './commands/doctor.ts';
import { evaluate } from './commands/evaluate.ts';
import { exportConfig } from './commands/export.ts';
import { fetchCommand } from './commands/fetch.ts';
import { generate } from './commands/generate.ts';
import { index } from './commands/index.ts';
import { inspect } from './commands/inspect.ts';
import { map } from './commands/map.ts';
import { prefill } from './commands/prefill.ts';
import { search } from './commands/search.ts';
import { serve } from './commands/serve.ts';
import { surface } from './commands/surface.ts';
import { tokenize } from './commands/tokenize.ts';
import type { Io } from './io.ts';
import { optionLines, parseOptions, UsageError } from './options.ts';
import { progressView } from './progress.ts';

export const EXIT = { ok: 0, failure: 1, usage: 2, interrupted: 130 } as const;

export const commands: readonly Command[] = [
  demo,
  inspect,
  prefill,
  generate,
  map,
  index,
  evaluate,
  surface,
  search,
  exportConfig,
  fetchCommand,
  tokenize,
  doctor,
  serve,
];

export interface CliHost {
  version: string;
  /** Connects a client to an engine in this process; called at most once, and only by a command that needs one. */
  connect: () => Promise<Client>;
}

export function generalHelp(version: string): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  return [
    `headscope ${version}: see what every attention head of a long-context language model looks at,`,
    'find the cheapest sparse pattern that keeps it, run the prefill that way, export the config.',
    '',
    'headscope COMMAND [options]',
    '',
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    'headscope COMMAND --help explains one command. --json prints one JSON object on stdout and progress as JSON',
    'lines on stderr. Exit status: 0 ok, 1 failure (with a coded error), 2 usage, 130 interrupted.',
    '',
  ].join('\n');
}

export function commandHelp(command: Command): string {
  const parts = [`${command.usage}`, '', command.summary, '', optionLines(command.options)];
  if (command.details) parts.push('', command.details);
  return `${parts.join('\n')}\n`;
}

/** Returns the exit status; never throws. */
export async function runCli(argv: readonly string[], io: Io, host: CliHost): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    (name === undefined ? io.stderr : io.stdout).write(generalHelp(host.version));
    return name === undefined ? EXIT.usage : EXIT.ok;
  }
  if (name === '--version' || name === '-v') {
    io.stdout.write(`headscope ${host.version}\n`);
    return EXIT.ok;
  }
  const json = rest.includes('--json');
  const command = commands.find((candidate) => candidate.name === name);
  if (!command) return usageFailure(io, json, `There is no command '${name}'.`, 'headscope --help');
  let client: Promise<Client> | undefined;
  const progress = progressView(io.stderr, json);
  try {
    const parsed = parseOptions(command.options, rest, command.positionals);
    if (parsed.values.help) {
      io.stdout.write(commandHelp(command));
      return EXIT.ok;
    }
    const answer = await command.run(parsed, {
      io,
      json,
      progress,
      signal: io.signal,
      engine: () => {
        client ??= host.connect();
        return client;
      },
      say: (line) => {
        progress.clear();
        if (!json) io.stdout.write(`${line}\n`);
      },
      note: (line) => {
        progress.clear();
        io.stderr.write(json ? `${JSON.stringify({ note: line })}\n` : `note: ${line}\n`);
      },
    });
    progress.clear();
    if (json && answer !== undefined) io.stdout.write(`${JSON.stringify(answer)}\n`);
    return EXIT.ok;
  } catch (error) {
    progress.clear();
    if (error instanceof UsageError) return usageFailure(io, json, error.message, `headscope ${name} --help`);
    return failure(io, json, error);
  } finally {
    // Disconnecting frees what the command left in the engine: runs, models, jobs under way.
    await client?.then(
      (connected) => connected.close(),
      () => {},
    );
  }
}

function usageFailure(io: Io, json: boolean, message: string, help: string): number {
  if (json) io.stdout.write(`${JSON.stringify({ error: { code: 'INVALID_REQUEST', message, data: { usage: help } } })}\n`);
  io.stderr.write(`headscope: ${message} See: ${help}\n`);
  return EXIT.usage;
}

function failure(io: Io, json: boolean, thrown: unknown): number {
  const error = codedError(thrown);
  if (json) io.stdout.write(`${JSON.stringify({ error: errorToBody(error) })}\n`);
  if (io.signal.aborted) {
    io.stderr.write('headscope: interrupted\n');
    return EXIT.interrupted;
  }
  io.stderr.write(`headscope: ${error.message} [${error.code}]\n`);
  return EXIT.failure;
}
