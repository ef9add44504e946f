// Time per layer, dense against sparse, on one axis: the dense outline behind, index and estimate grey, attention cyan.
import type { LayerComparison } from '../../engine/protocol/whole_model.ts';
import { duration, percent } from '../ui/numbers.ts';
import { sparseTotal, speedWords } from './comparison_facts.ts';

export interface LayerBarsProps {
  layers: readonly LayerComparison[];
  /** The axis' end. */
  longestMs: number;
  heads: number;
}

const share = (part: number, whole: number) => `${whole > 0 ? (100 * part) / whole : 0}%`;

export function LayerBars({ layers, longestMs, heads }: LayerBarsProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolled region has to be reached by key.
    <section className="cmp-scroll" tabIndex={0} aria-label="Time per layer">
      <table className="tbl cmp-layers">
        <thead>
          <tr>
            <th scope="col">Layer</th>
            <th scope="col" className="cmp-axis">
              <span>0</span>
              <span>{duration(longestMs / 2)}</span>
              <span>{duration(longestMs)}</span>
            </th>
            <th scope="col" className="num">
              Dense
            </th>
            <th scope="col" className="num">
              Sparse
            </th>
            <th scope="col" className="num cmp-wide">
              Index
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
          </tr>
        </thead>
        <tbody>
          {layers.map((layer, index) => {
            const total = sparseTotal(layer);
            const name = `L${index}`;
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
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}
