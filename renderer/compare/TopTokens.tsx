// The most likely next tokens after the last row, of both sides beside each other: where one side's token stands on the other, and by how
// much its probability differs.
import type { Comparison } from '../../engine/protocol/whole_model.ts';
import { visibleToken } from '../tokens/visible_text.ts';
import { Exponents } from '../ui/Exponents.tsx';
import { smallText } from './comparison_facts.ts';
import type { TokenNames } from './use_token_names.ts';

type Likely = Comparison['logits']['dense'][number];

export interface TopTokensProps {
  logits: Comparison['logits'];
  names: TokenNames;
  a: string;
  b: string;
}

export function TopTokens({ logits, names, a, b }: TopTokensProps) {
  const ranks = Math.max(logits.dense.length, logits.sparse.length);
  return (
    <table className="tbl cmp-tokens" aria-label="Most likely next tokens of both sides">
      <thead>
        <tr>
          <th scope="col">
            <span className="visually-hidden">Rank</span>
          </th>
          <th scope="col" className="trunc">{`A, ${a}`}</th>
          <th scope="col" className="num">
            p
          </th>
          <th scope="col" className="trunc">{`B, ${b}`}</th>
          <th scope="col" className="num">
            p
          </th>
          <th scope="col" className="num">
            Rank in A
          </th>
        </tr>
      </thead>
      <tbody>
        {Array.from({ length: ranks }, (_, rank) => {
          const [left, right] = [logits.dense[rank], logits.sparse[rank]];
          const was = right ? logits.dense.findIndex(({ id }) => id === right.id) : -1;
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: a rank is its own name
            <tr key={rank}>
              <th scope="row" className="t3">
                {rank + 1}
              </th>
              <TokenCells likely={left} names={names} />
              <TokenCells likely={right} names={names} />
              <td className={was === rank ? 'num t3' : 'num md'}>{right ? (was < 0 ? `> ${logits.dense.length}` : was + 1) : ''}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function TokenCells({ likely, names }: { likely: Likely | undefined; names: TokenNames }) {
  if (!likely) return <td colSpan={2} />;
  const text = names.get(likely.id);
  return (
    <>
      <td title={`token ${likely.id}`}>
        <bdi className="cmp-token">{text === undefined ? `#${likely.id}` : visibleToken(text)}</bdi>
      </td>
      <td className="num">
        <Exponents text={smallText(likely.probability)} />
      </td>
    </>
  );
}
