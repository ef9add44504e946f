// The report's style sheet: the tokens of both themes, then the page. Everything is local, so the report opens without a network.
import { missedColour } from '../atlas_figure.ts';
import { MISSED_LIMIT } from '../colour_maps.ts';
import { DARK, LIGHT, type Theme } from '../theme.ts';

/** Cells of the report's atlas take one of so many classes, because the content policy allows no style attributes. */
export const MISSED_CLASSES = 48;
/** Evenly spaced in the square root, so that small losses differ too. */
export const missedOfClass = (step: number) => MISSED_LIMIT * (step / (MISSED_CLASSES - 1)) ** 2;
export const missedClass = (missed: number) =>
  `m${Math.round(Math.sqrt(Math.min(1, Math.max(0, missed) / MISSED_LIMIT)) * (MISSED_CLASSES - 1))}`;

function cellColours(theme: Theme): string {
  const rules = Array.from({ length: MISSED_CLASSES }, (_, step) => {
    const [red, green, blue] = missedColour(missedOfClass(step), theme).map(Math.round);
    const dark = 0.2126 * (red ?? 0) + 0.7152 * (green ?? 0) + 0.0722 * (blue ?? 0) < 120;
    return `.m${step}{fill:rgb(${red},${green},${blue});color:${dark ? '#fff' : '#15181c'}}`;
  });
  return rules.join('');
}

const LIGHT_TOKENS =
  '--bg:#f3f4f6;--surface:#fff;--sunken:#eaecef;--line:#e0e3e7;--line-2:#c8cdd4;--text:#15181c;--text-2:#464e59;--text-3:#5d6673;' +
  '--accent:#3b4cc0;--mask:#086a7d;--mask-soft:#d9eff3;--mask-line:#0891a8;--miss:#bb3e0a;--miss-fill:#e2560f;--warn:#7d5100;--warn-soft:#fbf0d3';
const DARK_TOKENS =
  '--bg:#111316;--surface:#17191d;--sunken:#0c0e10;--line:#282c32;--line-2:#3a4049;--text:#e7e9ec;--text-2:#b1b8c2;--text-3:#8f98a4;' +
  '--accent:#98a6ff;--mask:#46c9dd;--mask-soft:#11343b;--mask-line:#46c9dd;--miss:#ff8d5c;--miss-fill:#ff6f33;--warn:#e3b550;--warn-soft:#352a12';

export const STYLE = `
:root{color-scheme:light dark;${LIGHT_TOKENS}}
${cellColours(LIGHT)}
@media (prefers-color-scheme:dark){:root{${DARK_TOKENS}}${cellColours(DARK)}}
@media print{:root{color-scheme:light;${LIGHT_TOKENS}}${cellColours(LIGHT)}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--text);font:13px/20px -apple-system,"Segoe UI Variable Text","Segoe UI",Inter,Cantarell,Ubuntu,system-ui,sans-serif;font-variant-numeric:tabular-nums}
main{max-width:1240px;margin:0 auto;padding:32px 24px 64px}
h1{font-size:22px;line-height:28px;font-weight:600;margin:0}
h2{font-size:16px;line-height:20px;font-weight:600;margin:0 0 4px}
h3{font-size:13px;line-height:20px;font-weight:600;margin:0}
dl{margin:0}
p{margin:0 0 8px;max-width:84ch;color:var(--text-2)}
section{background:var(--surface);border:1px solid var(--line);border-radius:8px;padding:20px;margin-top:16px}
header .mark{color:var(--text-3);font-weight:500;margin-bottom:4px}
header .facts{color:var(--text-2);margin:4px 0 0}
.numbers{display:grid;grid-template-columns:repeat(6,1fr);padding:0}
section.strip{padding:16px 4px}
.numbers div{padding:0 16px;border-left:1px solid var(--line)}
.numbers div:first-child{border-left:0}
.numbers dt{font-size:11px;line-height:16px;color:var(--text-3)}
.numbers dd{margin:0;font-size:17px;line-height:24px;font-weight:600;white-space:nowrap}
.numbers small{display:block;font-size:11px;line-height:16px;font-weight:400;color:var(--text-3);white-space:normal}
dl.kv{display:grid;grid-template-columns:max-content 1fr;gap:2px 16px;margin:8px 0 0}
dl.kv dt{color:var(--text-3)}dl.kv dd{margin:0;overflow-wrap:anywhere}
.verdict{font-size:13px;color:var(--text)}
.note{background:var(--warn-soft);color:var(--warn);border-radius:5px;padding:8px 12px;max-width:none}
.miss{color:var(--miss)}.kept{color:var(--mask)}.soft{color:var(--text-3)}
code,.token,pre{font-family:"SF Mono","Cascadia Mono","JetBrains Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:12px;font-variant-ligatures:none}
.token{background:var(--sunken);border-radius:3px;padding:1px 3px;unicode-bidi:isolate}
pre{background:var(--sunken);border-radius:5px;padding:12px;margin:8px 0 0;overflow-x:auto;line-height:18px;white-space:pre-wrap;overflow-wrap:anywhere}
.scroll{overflow-x:auto;margin-top:8px}
table{border-collapse:collapse;width:100%;font-size:12px;line-height:16px}
th,td{padding:4px 7px;text-align:right;white-space:nowrap;border-bottom:1px solid var(--line)}
th{font-size:11px;font-weight:500;color:var(--text-3);vertical-align:bottom}
th:first-child,td:first-child{text-align:left}
th.left,td.left{text-align:left}
tbody tr:hover{background:var(--bg)}
tfoot td{font-weight:600;border-bottom:0}
td.won{background:var(--mask-soft);color:var(--mask);font-weight:600}
td small{color:var(--text-3);font-size:10px;font-weight:400;margin-left:4px}
th button{all:unset;cursor:pointer;font:inherit;color:inherit}
th button:focus-visible{outline:2px solid var(--accent);outline-offset:1px}
th[aria-sort] button{color:var(--text);font-weight:600}
th[aria-sort=ascending] button::after{content:" ↑"}th[aria-sort=descending] button::after{content:" ↓"}
svg.atlas{display:block;max-width:100%;height:auto;margin-top:12px;color:var(--text);fill:var(--text-2);font-size:11px}
svg.atlas a:focus-visible rect{stroke:var(--accent);stroke-width:2}
svg .cell{stroke:var(--line);stroke-width:1}svg .glyph{fill:currentColor}svg .quiet{opacity:.55}
svg .bar{fill:var(--miss-fill);opacity:.8}svg .absent{fill:var(--sunken)}svg .tick{stroke:var(--text)}svg .edge{fill:none;stroke:var(--line-2)}
.glyph-inline{width:12px;height:12px;vertical-align:-2px;margin-right:4px;fill:currentColor;color:var(--text-3)}
.bars{display:flex;gap:2px;align-items:center;min-width:140px}
.maps{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,420px),1fr));gap:24px;margin-top:16px}
figure{margin:0;break-inside:avoid}
figure .plot{position:relative;padding:18px 0 0 48px}
figure img{display:block;width:100%;height:auto;border:1px solid var(--line-2)}
figure .key,figure .query{position:absolute;font-size:11px;line-height:14px;color:var(--text-3)}
figure .key{top:0;left:48px;right:0;display:flex;justify-content:space-between}
figure .query{left:0;top:18px;bottom:0;width:42px;display:flex;flex-direction:column;justify-content:space-between;text-align:right}
figcaption{margin-top:8px;color:var(--text-2)}
figcaption .why{color:var(--text);margin:4px 0}
figcaption .scale{font-size:11px;line-height:16px;color:var(--text-3)}
footer{margin-top:24px;font-size:11px;line-height:16px;color:var(--text-3)}
@media (max-width:900px){.numbers{grid-template-columns:repeat(3,1fr);row-gap:12px}}
@media print{.maps{grid-template-columns:1fr 1fr;gap:16px}body{background:#fff}main{max-width:none;padding:0}section{border:0;padding:12px 0;border-top:1px solid var(--line);border-radius:0}.scroll{overflow:visible}table{font-size:9px}th,td{padding:2px 3px}pre{white-space:pre-wrap}}
`;

/** Sorts a table by the column whose heading is pressed; cells carry their number in data-v. */
export const SCRIPT = `
for (const table of document.querySelectorAll('table[data-sort]')) {
  const body = table.tBodies[0];
  table.querySelectorAll('thead th').forEach((th, column) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.append(...th.childNodes);
    th.append(button);
    button.addEventListener('click', () => {
      const down = th.getAttribute('aria-sort') !== 'descending';
      for (const other of th.parentElement.children) other.removeAttribute('aria-sort');
      th.setAttribute('aria-sort', down ? 'descending' : 'ascending');
      const key = (row) => row.cells[column].dataset.v ?? row.cells[column].textContent;
      const compare = (a, b) => {
        const [x, y] = [key(a), key(b)];
        const number = Number(x) - Number(y);
        return Number.isNaN(number) ? x.localeCompare(y) : number;
      };
      const rows = [...body.rows].sort(compare);
      body.append(...(down ? rows.reverse() : rows));
    });
  });
}
`;
