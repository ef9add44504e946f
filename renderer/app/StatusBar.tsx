import { useStore } from 'zustand';
import { footprintText } from '../map/footprint.ts';
import { configStore, entryOf, shownPattern } from '../state/config_document.ts';
import { connectionStore } from '../state/connection.ts';
import { type FocusState, focusStore, headName } from '../state/focus.ts';
import { libraryStore, runOf } from '../state/library.ts';
import { isStale, measurementOf, measurementsStore } from '../state/measurements.ts';
import { readoutStore } from '../state/readout.ts';
import { selectionStore } from '../state/selection.ts';
import { Exponents } from '../ui/Exponents.tsx';
import { percent, power, recallText, wholeNumber } from '../ui/numbers.ts';
import { patternText } from '../ui/pattern_words.ts';

/** How often the attention of a uniform row of q + 1 keys: '394×'. */
export function liftText(value: number, q: number): string {
  const lift = value * (q + 1);
  return `${lift >= 10 ? wholeNumber(Math.round(lift)) : Number(lift.toPrecision(2))}×`;
}

function MapStatus({ focus }: { focus: FocusState }) {
  const readout = useStore(readoutStore);
  const { cell, scale, tiles, framesPerSecond } = readout;
  const place = focus.hover ?? cell;
  const known = cell && place && cell.q === place.q && cell.k === place.k ? cell : null;
  const footprint = footprintText(readout);
  return (
    <>
      {place ? (
        <>
          <span>
            q <b>{wholeNumber(place.q)}</b> {known?.queryToken != null && <i className="tok">{known.queryToken}</i>}
          </span>
          <span>
            k <b>{wholeNumber(place.k)}</b> {known?.keyToken != null && <i className="tok">{known.keyToken}</i>}
          </span>
          <span>distance {wholeNumber(place.q - place.k)}</span>
          {known && known.value !== null && (
            <span>
              <b>{Number(known.value.toPrecision(4))}</b> {known.exact ? 'exact' : 'of the drawn cell'}
            </span>
          )}
          {known?.exact && known.value !== null && (
            <span title="Attention against a uniform row">lift {liftText(known.value, place.q)}</span>
          )}
          {known && known.keptBy !== undefined && (
            <span className={known.keptBy === null ? 'c-miss' : 'c-mask'}>
              {known.keptBy === null ? `missed${known.because ?? ''}` : `kept by ${known.keptBy}`}
            </span>
          )}
          {focus.frozen && <span>frozen</span>}
        </>
      ) : (
        <span>{headName(focus)}</span>
      )}
      <i className="grow" />
      {footprint !== null && (
        <span>
          <b>{footprint}</b>
        </span>
      )}
      {scale && (
        <span className="wide-only">
          {/* Of its own: the pieces of a line stand apart, those of a power do not. */}
          <span>
            <Exponents text={`log₂ ${power(2, Math.round(scale.low))} to ${power(2, Math.round(scale.high))}`} />
          </span>
        </span>
      )}
      {tiles && (
        <span className="wide-only">
          {tiles.ready} of {tiles.wanted} tiles
        </span>
      )}
      {framesPerSecond !== null && <span className="wide-only">{Math.round(framesPerSecond)} fps</span>}
    </>
  );
}

function HeadStatus({ focus }: { focus: FocusState }) {
  const config = useStore(configStore);
  const measurements = useStore(measurementsStore);
  const selected = useStore(selectionStore, (state) => state.heads.length);
  const place = focus.hoverHead ?? focus;
  const pattern = shownPattern(config, place);
  const measurement = measurementOf(measurements, focus.runId, place);
  const stale = measurement !== null && isStale(measurement, entryOf(config, place)?.pattern ?? null);
  return (
    <>
      <span>
        <b>{headName(place)}</b>
      </span>
      {pattern && <span>{patternText(pattern)}</span>}
      {measurement && (
        <>
          <span className={stale ? 't3' : undefined}>recall {recallText(measurement.recall)}</span>
          <span className={stale ? 't3' : undefined}>missed {percent(measurement.missed)}</span>
          {stale && <span className="c-warn">stale</span>}
        </>
      )}
      <i className="grow" />
      {selected > 0 && <span>{wholeNumber(selected)} selected</span>}
    </>
  );
}

/** Position, value and why at the left; what the picture is made of at the right. */
export function StatusBar() {
  const focus = useStore(focusStore);
  const info = useStore(connectionStore, (state) => state.info);
  const run = useStore(libraryStore, (state) => runOf(state, focus.runId));
  return (
    <section className="status" data-region="status" tabIndex={-1} aria-label="Status">
      {run === null ? (
        <>
          <span>{info ? `Engine ${info.build}` : 'No engine'}</span>
          <i className="grow" />
          {info && <span>{wholeNumber(info.hardwareThreads)} threads</span>}
        </>
      ) : focus.area === 'map' ? (
        <MapStatus focus={focus} />
      ) : (
        <HeadStatus focus={focus} />
      )}
    </section>
  );
}
