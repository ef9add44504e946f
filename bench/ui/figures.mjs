// A figure beside its target, and whether it was reached.

export class Figures {
  #missed = 0;

  get ok() {
    return this.#missed === 0;
  }

  heading(text) {
    process.stdout.write(`\n-- ${text}\n`);
  }

  /** A figure that has to stay at or below `target`. */
  atMost(name, value, target, unit) {
    const pass = value <= target;
    if (!pass) this.#missed += 1;
    process.stdout.write(
      `${name.padEnd(62)} ${text(value).padStart(8)} ${unit.padEnd(6)} target ${`${target} ${unit}`.padEnd(10)} ${pass ? 'PASS' : 'MISS'}\n`,
    );
  }

  /** A figure that explains another. */
  note(name, value, unit) {
    process.stdout.write(`${`  ${name}`.padEnd(62)} ${text(value).padStart(8)} ${unit}\n`);
  }
}

const text = (value) => (typeof value === 'number' ? (Number.isInteger(value) ? String(value) : value.toFixed(1)) : value);
