// Typed access to config.json: absent and null are the same, a value of the wrong type is an error that names the key.
import { HeadscopeError } from '../protocol/errors.ts';
import { isJsonObject, type JsonObject, type JsonValue, printable } from './strict_json.ts';

export class ConfigFields {
  private readonly fields: JsonObject;
  private readonly prefix: string;

  constructor(fields: JsonObject, prefix = '') {
    this.fields = fields;
    this.prefix = prefix;
  }

  static empty(name: string): ConfigFields {
    return new ConfigFields({}, `${name}.`);
  }

  /** The same fields with one replaced. */
  with(name: string, value: JsonValue): ConfigFields {
    return new ConfigFields({ ...this.fields, [name]: value }, this.prefix);
  }

  /** The same fields with those of `other` over them. */
  over(other: ConfigFields): ConfigFields {
    return new ConfigFields({ ...this.fields, ...other.fields }, other.prefix);
  }

  get isEmpty(): boolean {
    return Object.keys(this.fields).length === 0;
  }

  /** The keys whose values are objects. */
  objectNames(): string[] {
    return Object.keys(this.fields)
      .filter((name) => isJsonObject(this.value(name)))
      .map(printable);
  }

  private value(name: string): JsonValue {
    return Object.hasOwn(this.fields, name) ? (this.fields[name] ?? null) : null;
  }

  private wrong(name: string, expected: string): never {
    const value = this.value(name);
    const found = typeof value === 'number' ? String(value) : printable(JSON.stringify(value)); // 1e400 is read as Infinity
    throw new HeadscopeError('CHECKPOINT_INVALID', `config.json: ${this.prefix}${name} is ${found}; it must be ${expected}.`, {
      key: this.prefix + name,
    });
  }

  /** The key is there, if only with null. */
  given(name: string): boolean {
    return Object.hasOwn(this.fields, name);
  }

  has(name: string): boolean {
    return this.value(name) !== null;
  }

  /** A finite number. */
  number(name: string): number | null {
    const value = this.value(name);
    if (value === null) return null;
    return typeof value === 'number' && Number.isFinite(value) ? value : this.wrong(name, 'a finite number');
  }

  /** A whole number from 1 to max. */
  count(name: string, max = 2 ** 31 - 1): number | null {
    const value = this.number(name);
    if (value === null || (Number.isInteger(value) && value >= 1 && value <= max)) return value;
    return this.wrong(name, `a whole number from 1 to ${max}`);
  }

  /** A token id or a list of them; none where absent. */
  tokenIds(name: string): number[] {
    const value = this.value(name);
    const list = value === null ? [] : Array.isArray(value) ? value : [value];
    return list.map((id) =>
      typeof id === 'number' && Number.isSafeInteger(id) && id >= 0 ? id : this.wrong(name, 'a token id or a list of them'),
    );
  }

  flag(name: string): boolean | null {
    const value = this.value(name);
    return value === null || typeof value === 'boolean' ? value : this.wrong(name, 'true or false');
  }

  text(name: string): string | null {
    const value = this.value(name);
    return value === null || typeof value === 'string' ? (value === null ? null : printable(value)) : this.wrong(name, 'a string');
  }

  texts(name: string): string[] | null {
    const value = this.value(name);
    if (value === null) return null;
    if (!Array.isArray(value)) return this.wrong(name, 'a list of strings');
    return value.map((entry) => (typeof entry === 'string' ? printable(entry) : this.wrong(name, 'a list of strings')));
  }

  /** Finite numbers. */
  numbers(name: string): number[] | null {
    const value = this.value(name);
    if (value === null) return null;
    if (!Array.isArray(value)) return this.wrong(name, 'a list of numbers');
    return value.map((entry) => (typeof entry === 'number' && Number.isFinite(entry) ? entry : this.wrong(name, 'a list of numbers')));
  }

  object(name: string): ConfigFields | null {
    const value = this.value(name);
    if (value === null) return null;
    return isJsonObject(value) ? new ConfigFields(value, `${this.prefix}${name}.`) : this.wrong(name, 'an object');
  }
}
