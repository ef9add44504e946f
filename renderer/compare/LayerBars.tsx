// Time per layer on one axis: A's outline behind, B's index and estimate grey, B's attention cyan; and how far the hidden states have come
// apart after the layer.
import type { LayerComparison } from '../../engine/protocol/whole_model.ts';
import { duration, percent } from '../ui/numbers.ts';
import { sparseTotal, speedWords } from './comparison_facts.ts';

export interface LayerBarsProps {
  layers: readonly LayerComparison[];
  /** The axis' end. */
  longestMs: number;
  heads: number;
  /** What the sides are called. */
  a: string;
  b: string;
  /** A's time has its index in it: A is a config too. */
  indexOfA: boolean;
}

const share = (part: number, whole: number) => `${whole > 0 ? (100 * part) / whole : 0}%`;

export function LayerBars({ layers, longestMs, heads, a, b, indexOfA }: LayerBarsProps) {
  const drift = Math.max(0, ...layers.map(({ hidden }) => hidden?.relL2 ?? 0));
  return (
    <section className="cmp-layers" aria-label="Time per layer">
      <div className="cmp-key" aria-hidden="true">
        <span className="b">Attention per layer</span>
        <span>
          <i className="cmp-index" /> B, index and estimate
        </span>
        <span>
          <i className="cmp-attention" /> B, attention
        </span>
        <span>
          <i className="cmp-dense" /> {`A, ${a}${indexOfA ? ', index included' : ''}`}
        </span>
      </div>
      <table className="tbl">
        <thead>
          <tr>
            <th scope="col">Layer</th>
            <th scope="col" className="cmp-axis">
              <span>0</span>
              <span>{duration(longestMs / 2)}</span>
              <span>{duration(longestMs)}</span>
            </th>
            <th scope="col" className="num" title={a}>
              A
            </th>
            <th scope="col" className="num" title={b}>
              B
            </th>
            <th scope="col" className="num cmp-wide">
              B index
            </th>
            <th scope="col" className="num">
              Change
            </th>
            <th scope="col" className="num">
              Tiles
            </th>
            <th scope="col" className="num">
              Ran dense
            </th>
            <th scope="col" className="num" title="‖A − B‖ / ‖A‖ of the hidden state that leaves the layer, over all rows">
              Drift
            </th>
            <th scope="col" className="num cmp-wide" title="The same of the last row alone">
              Last row
            </th>
          </tr>
        </thead>
        <tbody>
          {layers.map((layer, index) => {
            const total = sparseTotal(layer);
            const name = `L${index}`;
            const { hidden } = layer;
            return (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td>
                  <div className="cmp-bar" aria-hidden="true">
                    <i className="cmp-index" style={{ width: share(layer.indexMs, longestMs) }} />
                    <i
                      className="cmp-attention"
                      style={{ left: share(layer.indexMs, longestMs), width: share(layer.sparseMs, longestMs) }}
                    />
                    <i className="cmp-dense" style={{ width: share(layer.denseMs, longestMs) }} />
                  </div>
                </td>
                <td className="num">{duration(layer.denseMs)}</td>
                <td className="num md">{duration(total)}</td>
                <td className="num cmp-wide t2">{duration(layer.indexMs)}</td>
                <td className="num">{speedWords(total > 0 ? layer.denseMs / total : 1)}</td>
                <td className="num">{layer.causal > 0 ? percent(layer.tiles / layer.causal) : '—'}</td>
                <td className="num t2">
                  {layer.ranDense.length} of {heads}
                </td>
                <td className="num cmp-drift">
                  {hidden ? percent(hidden.relL2, 2) : '—'}
                  {hidden && <i aria-hidden="true" style={{ width: share(hidden.relL2, drift) }} />}
                </td>
                <td className="num cmp-wide t2">{hidden ? percent(hidden.lastRelL2, 2) : '—'}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}
