// The numbers of a comparison: what it cost, and how far the two sides' predictions are apart.
import type { Comparison } from '../../engine/protocol/whole_model.ts';
import { Exponents } from '../ui/Exponents.tsx';
import { duration, percent, wholeNumber } from '../ui/numbers.ts';
import { type ComparisonFacts, smallText } from './comparison_facts.ts';

export interface ComparisonFiguresProps {
  result: Comparison;
  facts: ComparisonFacts;
  stale: boolean;
}

export function ComparisonFigures({ result, facts, stale }: ComparisonFiguresProps) {
  const { logits, tail } = result;
  const figures: { what: string; value: string; note: string }[] = [
    { what: 'Whole prefill', value: duration(result.sparseMs), note: `A ${duration(result.denseMs)}` },
    { what: 'Tiles multiplied by B', value: percent(facts.tiles), note: 'of causal tiles' },
    { what: 'Heads B ran dense', value: wholeNumber(facts.ranDense), note: `of ${wholeNumber(facts.heads)}` },
    {
      what: 'Most drift',
      value: facts.mostDrift ? percent(facts.mostDrift.relL2, 2) : '—',
      note: facts.mostDrift ? `after L${facts.mostDrift.layer}` : 'too large to keep both',
    },
    { what: 'Same next token', value: `${wholeNumber(tail.top1Same)} of ${wholeNumber(tail.rows)}`, note: 'last rows' },
    { what: `KL, last ${wholeNumber(tail.rows)} rows`, value: smallText(tail.meanKl), note: 'nats, mean' },
    { what: 'Worst of them', value: smallText(tail.maxKl), note: `nats, row ${wholeNumber(tail.maxKlRow)}` },
    { what: `Last row, max |Δ logit| ${logits.maxAbs.toPrecision(3)}`, value: smallText(logits.kl), note: 'nats' },
  ];
  return (
    <dl className={stale ? 'cmp-facts is-stale' : 'cmp-facts'}>
      {figures.map(({ what, value, note }) => (
        <div key={what}>
          <dt>{what}</dt>
          <dd>
            <Exponents text={value} />
            <small>{note}</small>
          </dd>
        </div>
      ))}
    </dl>
  );
}
