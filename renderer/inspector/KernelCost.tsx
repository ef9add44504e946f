// What the head costs to compute: tiles from its numbers, times of one evaluation of this pattern on this machine.
import type { Pattern } from '../../engine/protocol/pattern.ts';
import type { Evaluation } from '../state/evaluations.ts';
import { Button } from '../ui/Button.tsx';
import { duration, percent, wholeNumber } from '../ui/numbers.ts';
import type { HeadNumbers } from './head_numbers.ts';
import { Section } from './Section.tsx';

export interface KernelCostProps {
  rows: number;
  shown: Pattern;
  numbers: HeadNumbers | null;
  evaluation: Evaluation | null;
  /** 'CPU' */
  device: string;
  /** Why nothing can be measured now; undefined where it can. */
  blockedBecause: string | undefined;
  onMeasure: () => void;
}

/** 64x64 tiles on and below the diagonal. */
function causalTiles(rows: number): number {
  const side = Math.ceil(rows / 64);
  return (side * (side + 1)) / 2;
}

export function KernelCost({ rows, shown, numbers, evaluation, device, blockedBecause, onMeasure }: KernelCostProps) {
  const measured = evaluation?.result ?? null;
  const causal = measured?.tiles.causal ?? causalTiles(rows);
  const executed = measured?.tiles.executed ?? (numbers ? Math.round(numbers.executed * causal) : null);
  const longest = measured ? Math.max(measured.elapsedMs, measured.denseMs) : 0;
  const ratio = measured && measured.elapsedMs > 0 ? measured.denseMs / measured.elapsedMs : null;
  const share = (part: number, whole: number) => ({ width: `${whole > 0 ? Math.min(100, (100 * part) / whole) : 0}%` });
  const ground = measured
    ? `${measured.repeats > 1 ? `p50 of ${measured.repeats}` : 'one call'}, ${device}, ${measured.threads} ${measured.threads === 1 ? 'thread' : 'threads'}`
    : device;
  const result = measured && ratio !== null ? `${duration(measured.elapsedMs)}, ${ratio.toFixed(1)}×` : 'not timed';
  return (
    <Section title="Kernel cost" aside={ground} foldable result={result}>
      <div className="insp-cost">
        <span>Tiles kept</span>
        <i className="insp-cost-bar">{executed !== null && <i className="is-kept" style={share(executed, causal)} />}</i>
        <b>{executed === null ? '—' : percent(executed / causal)}</b>
        <span>This head</span>
        <i className="insp-cost-bar">{measured && <i className="is-kept" style={share(measured.elapsedMs, longest)} />}</i>
        <b>{measured ? duration(measured.elapsedMs) : '—'}</b>
        <span>Dense</span>
        <i className="insp-cost-bar">{measured && <i className="is-dense" style={share(measured.denseMs, longest)} />}</i>
        <b>{measured ? duration(measured.denseMs) : '—'}</b>
      </div>
      <p className="insp-cost-says">
        {measured && ratio !== null ? (
          <>
            <b>{`${ratio.toFixed(1)}×`}</b> {ratio >= 1 ? 'the speed of dense' : 'the speed of dense: the pattern does not pay here'}.{' '}
          </>
        ) : evaluation?.status === 'running' ? (
          'Timing this budget. '
        ) : evaluation?.status === 'failed' ? (
          `${evaluation.error} `
        ) : shown.kind === 'dense' ? null : (
          <>
            This budget has not been timed.{' '}
            <Button look="link" small disabledBecause={blockedBecause} onClick={onMeasure}>
              Time it
            </Button>{' '}
          </>
        )}
        {executed !== null && `${wholeNumber(executed)} of ${wholeNumber(causal)} tiles of 64×64. `}
        {measured?.output.relL2 !== null && measured !== null && `Output error ${measured.output.relL2.toExponential(1)} (relative L2).`}
      </p>
    </Section>
  );
}
