// Dates as templates ask for them: strftime's letters, in English, as Python gives them in the C locale.

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];

/** Letters that are not known stay as they are; %-d is without the leading zero. */
export function timeText(date: Date, format: string): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const day = DAYS[date.getDay()] ?? '';
  const month = MONTHS[date.getMonth()] ?? '';
  const hour = date.getHours();
  const start = new Date(date.getFullYear(), 0, 1);
  const dayOfYear =
    Math.round((new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime() - start.getTime()) / 86_400_000) + 1;
  const known: Record<string, string> = {
    Y: String(date.getFullYear()),
    y: two(date.getFullYear() % 100),
    m: two(date.getMonth() + 1),
    d: two(date.getDate()),
    H: two(hour),
    I: two(hour % 12 || 12),
    M: two(date.getMinutes()),
    S: two(date.getSeconds()),
    p: hour < 12 ? 'AM' : 'PM',
    A: day,
    a: day.slice(0, 3),
    B: month,
    b: month.slice(0, 3),
    j: String(dayOfYear).padStart(3, '0'),
    w: String(date.getDay()),
    e: String(date.getDate()).padStart(2, ' '),
    '%': '%',
  };
  known.F = `${known.Y}-${known.m}-${known.d}`;
  known.T = `${known.H}:${known.M}:${known.S}`;
  return format.replace(/%(-?)([A-Za-z%])/g, (whole, bare: string, letter: string) => {
    const text = known[letter];
    return text === undefined ? whole : bare === '' ? text : text.replace(/^[0 ]+(?=\d)/, '');
  });
}
