// How the config differs from the one it is compared against, by kind of change. A line selects its heads.
import { useStore } from 'zustand';
import { Section } from '../inspector/Section.tsx';
import { referenceStore } from '../state/reference.ts';
import { selectHeads } from '../state/selection.ts';
import { PatternGlyph } from '../ui/Icon.tsx';
import { wholeNumber } from '../ui/numbers.ts';
import { type ConfigRow, changesOf } from './config_rows.ts';

export function selectRows(rows: readonly ConfigRow[]): void {
  selectHeads(rows.map(({ layer, head }) => ({ layer, head })));
}

export function ChangesSection({ rows }: { rows: readonly ConfigRow[] }) {
  const name = useStore(referenceStore, (reference) => reference.name);
  if (!rows.some(({ reference }) => reference !== null)) return null;
  const changes = changesOf(rows);
  const changed = rows.filter((row) => row.changed).length;
  return (
    <Section title="Changes from A" aside={<span className="sm">{`${wholeNumber(changed)} of ${wholeNumber(rows.length)} heads`}</span>}>
      {changes.length === 0 ? (
        <p className="t2">{`Every head is as in ${name}.`}</p>
      ) : (
        <table className="tbl" aria-label="Changes from the file compared against">
          <tbody>
            {changes.map(({ what, kind, rows: own }) => (
              <tr key={what}>
                <td className="c-mask">{kind && <PatternGlyph kind={kind} />}</td>
                <td>
                  <button
                    type="button"
                    className="config-pick"
                    aria-label={`Select ${wholeNumber(own.length)}: ${what}`}
                    onClick={() => selectRows(own)}
                  >
                    {what}
                  </button>
                </td>
                <td className="num md">{wholeNumber(own.length)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Section>
  );
}
