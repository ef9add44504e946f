// Options of a command: declared once, parsed strictly, printed by --help. A malformed option is a usage error (exit 2).
import { parseArgs } from 'node:util';
import { MAX_MAP_CELLS } from '../../protocol/limits.ts';

export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UsageError';
  }
}

export interface ValueOption<T> {
  kind: 'value';
  placeholder: string;
  help: string;
  parse: (text: string, name: string) => T;
}
export interface FlagOption {
  kind: 'flag';
  help: string;
}
export type OptionTable = Readonly<Record<string, ValueOption<unknown> | FlagOption>>;

export type Values<S extends OptionTable> = {
  [K in keyof S]: S[K] extends ValueOption<infer T> ? T | undefined : boolean;
};

export function value<T>(placeholder: string, help: string, parse: (text: string, name: string) => T): ValueOption<T> {
  return { kind: 'value', placeholder, help, parse };
}
export const flag = (help: string): FlagOption => ({ kind: 'flag', help });

export const text = (raw: string, name: string): string => {
  if (raw === '') throw new UsageError(`--${name} is empty.`);
  return raw;
};

export const wholeNumber = (raw: string, name: string): number => {
  const number = Number(raw);
  if (!/^\d+$/.test(raw) || number > 0x7fffffff) throw new UsageError(`--${name} takes a whole number from 0 on, not '${raw}'.`);
  return number;
};

export const countingNumber = (raw: string, name: string): number => {
  const number = wholeNumber(raw, name);
  if (number === 0) throw new UsageError(`--${name} takes a whole number from 1 on, not '${raw}'.`);
  return number;
};

export const oneOf =
  <const C extends readonly string[]>(...choices: C) =>
  (raw: string, name: string): C[number] => {
    const found = choices.find((choice) => choice === raw);
    if (found === undefined) throw new UsageError(`--${name} is one of ${choices.join(', ')}, not '${raw}'.`);
    return found;
  };

/** '0,3,5-7' as [0, 3, 5, 6, 7], ascending and unique. */
export const indexList = (raw: string, name: string): number[] => {
  const found = new Set<number>();
  for (const part of raw.split(',')) {
    const range = /^(\d{1,6})(?:-(\d{1,6}))?$/.exec(part.trim());
    const first = Number(range?.[1]);
    const last = Number(range?.[2] ?? range?.[1]);
    if (!range || last < first) throw new UsageError(`--${name} takes indices like 0,3 or a range like 2-5, not '${raw}'.`);
    for (let index = first; index <= last; index += 1) found.add(index);
  }
  return [...found].sort((a, b) => a - b);
};

/** A share above 0, at most 1: '0.95'. */
export const shareAboveZero = (raw: string, name: string): number => {
  const share = Number(raw);
  if (!/^\d*\.?\d+$/.test(raw) || !(share > 0 && share <= 1)) throw new UsageError(`--${name} takes a share like 0.95, not '${raw}'.`);
  return share;
};

/** Some of the choices, each once: 'a_shape,block_sparse'. */
export const someOf =
  <const C extends readonly string[]>(...choices: C) =>
  (raw: string, name: string): C[number][] => [...new Set(raw.split(',').map((part) => oneOf(...choices)(part.trim(), name)))];

/** 'q0,q1,k0,k1', half-open. */
export const rectangle = (raw: string, name: string): [number, number, number, number] => {
  const parts = /^(\d{1,9}),(\d{1,9}),(\d{1,9}),(\d{1,9})$/.exec(raw.replaceAll(' ', ''));
  const [q0, q1, k0, k1] = [Number(parts?.[1]), Number(parts?.[2]), Number(parts?.[3]), Number(parts?.[4])];
  if (!parts || q0 >= q1 || k0 >= k1)
    throw new UsageError(`--${name} takes q0,q1,k0,k1 with q0 < q1 and k0 < k1 (both ends half-open), not '${raw}'.`);
  return [q0, q1, k0, k1];
};

/** 'WxH' in cells. */
export const cellSize = (raw: string, name: string): { width: number; height: number } => {
  const parts = /^([1-9]\d{0,5})[x×]([1-9]\d{0,5})$/.exec(raw);
  if (!parts) throw new UsageError(`--${name} takes WxH, like 512x512, not '${raw}'.`);
  const size = { width: Number(parts[1]), height: Number(parts[2]) };
  if (size.width * size.height > MAX_MAP_CELLS) throw new UsageError(`--${name} ${raw} is more than ${MAX_MAP_CELLS} cells.`);
  return size;
};

/** 'verticals,slashes' for heads that a format cannot call dense. */
export const denseBudget = (raw: string, name: string): { verticals: number; slashes: number } => {
  const parts = /^([1-9]\d{0,8}),([1-9]\d{0,8})$/.exec(raw.replaceAll(' ', ''));
  if (!parts) throw new UsageError(`--${name} takes verticals,slashes, like 1000,6096, not '${raw}'.`);
  return { verticals: Number(parts[1]), slashes: Number(parts[2]) };
};

export interface Parsed<S extends OptionTable> {
  values: Values<S>;
  positionals: string[];
}

/** Throws UsageError for an unknown, doubled or malformed option, or another number of positionals. */
export function parseOptions<S extends OptionTable>(table: S, args: readonly string[], positionals: readonly string[]): Parsed<S> {
  let parsed: ReturnType<typeof parseArgs>;
  try {
    parsed = parseArgs({
      args: [...args],
      strict: true,
      allowPositionals: true,
      options: Object.fromEntries(
        Object.entries(table).map(([name, option]) => [
          name,
          {
            type: option.kind === 'flag' ? ('boolean' as const) : ('string' as const),
            multiple: true,
            ...(name === 'help' ? { short: 'h' } : {}),
          },
        ]),
      ),
    });
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split(/\.\s/)[0] ?? error.message) : String(error);
    throw new UsageError(`${reason}.`);
  }
  const given: Record<string, unknown> = parsed.values;
  const values: Record<string, unknown> = {};
  for (const [name, option] of Object.entries(table)) {
    const all = given[name];
    const list = Array.isArray(all) ? all : [];
    if (list.length > 1) throw new UsageError(`--${name} is given ${list.length} times.`);
    if (option.kind === 'flag') values[name] = list[0] === true;
    else values[name] = typeof list[0] === 'string' ? option.parse(list[0], name) : undefined;
  }
  if (values.help !== true && parsed.positionals.length !== positionals.length) {
    const wanted = positionals.length === 0 ? 'no arguments besides its options' : positionals.join(' ');
    throw new UsageError(`The command takes ${wanted}; ${parsed.positionals.length} given.`);
  }
  const empty = values.help === true ? -1 : parsed.positionals.indexOf('');
  if (empty >= 0) throw new UsageError(`${positionals[empty]} is empty.`);
  // Every entry was parsed by the table's own function.
  return { values: values as Values<S>, positionals: parsed.positionals };
}

/** Throws UsageError where a required option is absent. */
export function required<T>(given: T | undefined, name: string): T {
  if (given === undefined) throw new UsageError(`--${name} is missing.`);
  return given;
}

export function optionLines(table: OptionTable): string {
  const rows = Object.entries(table).map(([name, option]) => [
    `--${name}${option.kind === 'value' ? ` ${option.placeholder}` : ''}`,
    option.help,
  ]);
  const width = Math.max(...rows.map(([left]) => left?.length ?? 0));
  return rows.map(([left, right]) => `  ${left?.padEnd(width)}  ${right}`).join('\n');
}
