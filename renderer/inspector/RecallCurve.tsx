// Recall against tiles kept: the frontier of every kind's surface, the candidates, the committed pattern and the one on screen, whose
// point moves along its frontier.
import { scaleLinear } from 'd3-scale';
import { line } from 'd3-shape';
import { type KeyboardEvent, type PointerEvent, useId, useMemo, useRef, useState } from 'react';
import type { Pattern } from '../../engine/protocol/pattern.ts';
import type { SurfaceKind } from '../state/surface_lookup.ts';
import { recallText } from '../ui/numbers.ts';
import { PATTERN_GLYPHS, PATTERN_NAMES, patternText } from '../ui/pattern_words.ts';
import { CurveTarget, targetWordsAt } from './CurveTarget.tsx';
import { type CurveDomain, curveDomain } from './curve_domain.ts';
import { type FrontierPoint, nearestByCost, upperHull } from './frontier.ts';
import { alongLine, labelPlace } from './label_place.ts';

export interface PlanePoint {
  cost: number;
  recall: number;
}

export interface RecallCurveProps {
  width: number;
  /** Undominated points by kind; a kind whose surface is not there is left out. */
  frontiers: ReadonlyMap<SurfaceKind, readonly FrontierPoint[]>;
  shown: Pattern;
  point: PlanePoint | null;
  committed: PlanePoint | null;
  candidates: readonly (PlanePoint & { pattern: Pattern })[];
  target: number;
  /** What uniform attention would keep at this budget; null: not known. */
  uniformFloor: number | null;
  /** Budgets of a frontier point of the shown kind. */
  onMove: (budgets: readonly number[]) => void;
  onCommit: () => void;
  onRevert: () => void;
}

const HEIGHT = 140;
/** Width of 'target 0.95'. */
const TARGET_WORDS = 62;
/** Width of a character of the label, bold 11 px figures. */
const LABEL_CHARACTER = 6.3;
const EDGE = { left: 34, right: 18, top: 6, bottom: 30 };
const DASHES: Record<SurfaceKind, string | undefined> = { vertical_slash: undefined, a_shape: '5 3', block_sparse: '1.5 2.5' };

export function RecallCurve(props: RecallCurveProps) {
  const { width, frontiers, shown, point, committed, candidates, target, uniformFloor, onMove } = props;
  const svg = useRef<SVGSVGElement>(null);
  const clip = useId();
  // The axes stand still while the point is dragged: a scale that follows the hand cannot be aimed at.
  const [held, setHeld] = useState<CurveDomain | null>(null);
  const own = shown.kind === 'dense' ? undefined : frontiers.get(shown.kind);
  const free = useMemo(
    () =>
      curveDomain(
        [...frontiers.values()],
        [point, committed].filter((at) => at !== null),
        target,
      ),
    [frontiers, point, committed, target],
  );
  const { mostCost, leastRecall } = held ?? free;
  const x = scaleLinear([0, mostCost], [EDGE.left, width - EDGE.right]);
  const y = scaleLinear([leastRecall, 1], [HEIGHT - EDGE.bottom, EDGE.top]);
  const inside = ({ cost, recall }: PlanePoint) => cost <= mostCost && recall >= leastRecall;
  const path = line<FrontierPoint>(
    ({ cost }) => x(cost),
    ({ recall }) => y(recall),
  );

  const hulls = useMemo(() => new Map([...frontiers].map(([kind, frontier]) => [kind, upperHull(frontier)])), [frontiers]);
  // Drags stay on the line that is drawn, the hull of all budgets; the arrows also reach the cells just under it.
  const follow = (event: PointerEvent) => {
    const box = svg.current?.getBoundingClientRect();
    const hull = shown.kind === 'dense' ? undefined : hulls.get(shown.kind);
    if (!box || !hull) return;
    const found = nearestByCost(hull, x.invert(((event.clientX - box.left) * width) / Math.max(1, box.width)));
    if (found && found.cost !== point?.cost) onMove(found.budgets);
  };
  const keys = (event: KeyboardEvent) => {
    if (event.key === 'Enter' || event.key === 'Escape') {
      event.preventDefault();
      event.stopPropagation();
      if (event.key === 'Enter') props.onCommit();
      else props.onRevert();
      return;
    }
    const forward = event.key === 'ArrowRight' || event.key === 'ArrowUp';
    if (!own || !point || !(forward || event.key === 'ArrowLeft' || event.key === 'ArrowDown')) return;
    event.preventDefault();
    event.stopPropagation();
    const beyond = forward ? own.filter(({ cost }) => cost > point.cost) : own.filter(({ cost }) => cost < point.cost).reverse();
    const next = beyond[Math.min(beyond.length - 1, event.shiftKey ? 9 : 0)];
    if (next) onMove(next.budgets);
  };

  const floor = uniformFloor !== null && uniformFloor >= leastRecall ? uniformFloor : null;
  const labelText = point ? `${recallText(point.recall)} at ${(100 * point.cost).toFixed(1)} %` : '';
  const obstacles = [
    ...[...hulls.values()].flatMap((hull) =>
      alongLine(
        hull.map(({ cost, recall }) => ({ x: x(cost), y: y(recall) })),
        4,
      ),
    ),
    ...alongLine(
      [
        { x: EDGE.left, y: y(target) },
        { x: width - EDGE.right, y: y(target) },
      ],
      8,
    ),
    // The words of the target's line.
    ...alongLine(
      [
        { x: EDGE.left + 4, y: targetWordsAt(y(target), EDGE.top) - 4 },
        { x: EDGE.left + 4 + TARGET_WORDS, y: targetWordsAt(y(target), EDGE.top) - 4 },
      ],
      4,
    ),
    ...candidates.flatMap(({ cost, recall }) => [-4, 4].map((dx) => ({ x: x(cost) + dx, y: y(recall) }))),
    ...(floor === null
      ? []
      : alongLine(
          [
            { x: EDGE.left, y: y(floor) },
            { x: width - EDGE.right, y: y(floor) },
          ],
          8,
        )),
    ...(point
      ? alongLine(
          [
            { x: x(point.cost), y: y(point.recall) + 8 },
            { x: x(point.cost), y: HEIGHT - EDGE.bottom },
          ],
          4,
        )
      : []),
    ...(point
      ? alongLine(
          [
            { x: EDGE.left, y: y(point.recall) },
            { x: x(point.cost) - 8, y: y(point.recall) },
          ],
          8,
        )
      : []),
    ...(committed ? [{ x: x(committed.cost), y: y(committed.recall) }] : []),
  ];
  const label = labelPlace({ x: x(point?.cost ?? 0), y: y(point?.recall ?? 0) }, LABEL_CHARACTER * labelText.length, obstacles, {
    left: EDGE.left,
    right: width - EDGE.right,
    top: EDGE.top,
    bottom: HEIGHT - EDGE.bottom,
  });
  const percentTick = (cost: number) => (100 * cost).toFixed(mostCost < 0.04 ? 1 : 0);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is no drawing
    <svg
      ref={svg}
      className="curve"
      width={width}
      height={HEIGHT}
      viewBox={`0 0 ${width} ${HEIGHT}`}
      role="group"
      aria-label="Recall against tiles kept"
      onPointerDown={(event) => {
        if (event.button !== 0 || !own || own.length === 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        setHeld({ mostCost, leastRecall });
        follow(event);
      }}
      onPointerMove={(event) => {
        if (event.currentTarget.hasPointerCapture(event.pointerId)) follow(event);
      }}
      onLostPointerCapture={() => setHeld(null)}
    >
      <clipPath id={clip}>
        <rect x={EDGE.left} y={EDGE.top - 1} width={width - EDGE.left - EDGE.right} height={HEIGHT - EDGE.top - EDGE.bottom + 2} />
      </clipPath>
      {y.ticks(4).map((tick) => (
        <g key={tick}>
          <line className="curve-grid" x1={EDGE.left} x2={width - EDGE.right} y1={y(tick)} y2={y(tick)} />
          <text x={EDGE.left - 6} y={y(tick) + 4} textAnchor="end">
            {tick.toFixed(1 - leastRecall < 0.04 ? 3 : 2)}
          </text>
        </g>
      ))}
      {x.ticks(4).map((tick) => (
        <text key={tick} x={x(tick)} y={HEIGHT - 15} textAnchor="middle">
          {percentTick(tick)}
        </text>
      ))}
      <text x={width - EDGE.right} y={HEIGHT - 2} textAnchor="end">
        tiles kept, %
      </text>
      {uniformFloor !== null && (
        <text x={EDGE.left} y={HEIGHT - 2}>
          {`uniform floor ≈ ${uniformFloor.toFixed(2)}${floor === null ? ' ↓' : ''}`}
        </text>
      )}
      {floor !== null && <line className="curve-floor" x1={EDGE.left} x2={width - EDGE.right} y1={y(floor)} y2={y(floor)} />}
      {target >= leastRecall && (
        <CurveTarget
          target={target}
          left={EDGE.left}
          right={width - EDGE.right}
          top={EDGE.top}
          y={y(target)}
          recallAt={(at) => y.invert(at)}
        />
      )}
      <g clipPath={`url(#${clip})`}>
        {[...hulls]
          .sort(([a], [b]) => Number(a === shown.kind) - Number(b === shown.kind))
          .map(([kind, hull]) => (
            <path
              key={kind}
              className={kind === shown.kind ? 'curve-line is-own' : 'curve-line'}
              d={path(hull) ?? ''}
              strokeDasharray={kind === shown.kind ? undefined : DASHES[kind]}
            >
              <title>{PATTERN_NAMES[kind]}</title>
            </path>
          ))}
      </g>
      {endGlyphs(frontiers, mostCost, leastRecall, shown.kind).map(({ kind, recall }, place, all) => (
        <path
          key={kind}
          className={kind === shown.kind ? 'curve-glyph is-own' : 'curve-glyph'}
          d={PATTERN_GLYPHS[kind]}
          transform={`translate(${width - EDGE.right + 5} ${glyphTop(
            all.map((at) => y(at.recall)),
            place,
            y(recall),
          )}) scale(0.83)`}
        />
      ))}
      {candidates.filter(inside).map((candidate) => (
        <path
          key={`${candidate.pattern.kind} ${patternText(candidate.pattern)}`}
          className="curve-glyph"
          d={PATTERN_GLYPHS[candidate.pattern.kind]}
          transform={`translate(${x(candidate.cost) - 5} ${y(candidate.recall) - 5}) scale(0.83)`}
        >
          <title>{`${patternText(candidate.pattern)}, searched`}</title>
        </path>
      ))}
      {committed && inside(committed) && <circle className="curve-committed" cx={x(committed.cost)} cy={y(committed.recall)} r={3.5} />}
      {point && inside(point) && (
        <g
          className="curve-point"
          role="slider"
          tabIndex={own ? 0 : -1}
          aria-label="Budget along the frontier"
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuenow={Math.round(1000 * point.cost) / 10}
          aria-valuetext={`recall ${recallText(point.recall)} at ${(100 * point.cost).toFixed(1)} % of tiles, ${patternText(shown)}`}
          aria-disabled={!own || undefined}
          onKeyDown={keys}
        >
          <path
            className="curve-drop"
            d={`M${x(point.cost)} ${y(point.recall) + 8}V${HEIGHT - EDGE.bottom}M${x(point.cost) - 8} ${y(point.recall)}H${EDGE.left}`}
          />
          <circle className="curve-halo" cx={x(point.cost)} cy={y(point.recall)} r={9} />
          <circle className="curve-dot" cx={x(point.cost)} cy={y(point.recall)} r={5} />
          <text className="curve-says" x={label.x} y={label.y} textAnchor={label.anchor}>
            {labelText}
          </text>
        </g>
      )}
    </svg>
  );
}

/** Where each frontier leaves the plane at the right: its glyph stands there. */
function endGlyphs(frontiers: RecallCurveProps['frontiers'], mostCost: number, leastRecall: number, own: string) {
  return [...frontiers]
    .map(([kind, frontier]) => ({ kind, recall: frontier.filter(({ cost }) => cost <= mostCost).at(-1)?.recall ?? 0 }))
    .filter(({ recall }) => recall >= leastRecall)
    .sort((a, b) => b.recall - a.recall || Number(b.kind === own) - Number(a.kind === own));
}

const GLYPH_STEP = 13;

/** Top of the glyph at `place` of `heights`, ascending: at its curve, or below the glyph above it. */
function glyphTop(heights: readonly number[], place: number, own: number): number {
  let bottom = Number.NEGATIVE_INFINITY;
  for (let above = 0; above < place; above += 1) bottom = Math.max(bottom + GLYPH_STEP, (heights[above] ?? 0) - 5);
  return Math.max(own - 5, bottom + GLYPH_STEP);
}
