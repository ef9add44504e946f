// What the atlas says of one head: a thumbnail, six facts, three keys. It never covers the row it speaks of.
import { useLayoutEffect, useRef } from 'react';
import { StaleBadge } from '../ui/Chip.tsx';
import type { ThemeName } from '../ui/colour_maps.ts';
import { PatternGlyph } from '../ui/Icon.tsx';
import { Kbd } from '../ui/Kbd.tsx';
import { percent, recallText, wholeNumber } from '../ui/numbers.ts';
import { paintingOn } from '../ui/painting.ts';
import { budgetText, PATTERN_NAMES } from '../ui/pattern_words.ts';
import { type AtlasHead, missedOf } from './atlas_heads.ts';
import type { Box } from './layout.ts';
import type { Thumbnails } from './use_thumbnails.ts';

export interface HoverCardProps {
  head: AtlasHead;
  rank: number | null;
  ranked: number;
  /** 'searched', 'imported', 'edited', 'default' */
  origin: string | null;
  /** The cell, in pixels of the zone the card lies in. */
  cell: Box;
  zone: { width: number; height: number };
  thumbnails: Thumbnails;
  theme: ThemeName;
}

const WIDTH = 264;
const HEIGHT = 196;
const THUMBNAIL = 96;

function placeOf(cell: Box, zone: { width: number; height: number }): { left: number; top: number } {
  const below = cell.y + cell.height + 8;
  const top = below + HEIGHT <= zone.height || cell.y - HEIGHT - 8 < 0 ? below : cell.y - HEIGHT - 8;
  const left = Math.max(8, Math.min(cell.x + cell.width + 8, zone.width - WIDTH - 8));
  return { left, top: Math.max(8, Math.min(top, Math.max(8, zone.height - HEIGHT - 8))) };
}

export function HoverCard({ head, rank, ranked, origin, cell, zone, thumbnails, theme }: HoverCardProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { painted, version } = thumbnails;
  const picture = painted?.get(head.layer, head.head, theme) ?? null;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the picture's canvas is painted again in place.
  useLayoutEffect(() => {
    const target = canvas.current;
    const context = target && paintingOn(target);
    if (!target || !context || !picture) return;
    context.clearRect(0, 0, target.width, target.height);
    context.drawImage(picture, 0, 0, target.width, target.height);
  }, [picture, theme, version]);
  const missed = missedOf(head);
  const refusal = thumbnails.refusal(head.layer, head.head);
  return (
    <div className="atlas-card" style={{ ...placeOf(cell, zone), width: WIDTH }} aria-hidden="true">
      <div className="atlas-card-top">
        <b>
          L{head.layer} H{head.head}
        </b>
        <span className="t3 grow">{rank === null ? 'not ranked' : `rank ${wholeNumber(rank)} of ${wholeNumber(ranked)}`}</span>
        {head.pattern && <PatternGlyph kind={head.pattern.kind} />}
      </div>
      <div className="atlas-card-body">
        <div className={picture ? 'atlas-card-map' : 'atlas-card-map atlas-hatched'}>
          <canvas ref={canvas} width={THUMBNAIL * 2} height={THUMBNAIL * 2} hidden={!picture} />
          {!picture && <span>{refusal ? 'no overview' : ''}</span>}
        </div>
        <dl className="atlas-pairs">
          <dt>Recall</dt>
          <dd className={head.stale ? 'is-stale' : ''}>{head.numbers ? recallText(head.numbers.recall) : '—'}</dd>
          <dt>Missed</dt>
          <dd className={head.stale ? 'is-stale' : 'is-missed'}>{missed === null ? '—' : percent(missed)}</dd>
          <dt>Budget</dt>
          <dd>{head.pattern ? budgetText(head.pattern) : '—'}</dd>
          <dt>Tiles</dt>
          <dd className={head.stale ? 'is-stale' : ''}>{head.numbers ? percent(head.numbers.executed) : '—'}</dd>
          <dt>Origin</dt>
          <dd>{origin ?? '—'}</dd>
          <dt>Map</dt>
          <dd>{head.captured ? 'exact' : 'not captured'}</dd>
        </dl>
      </div>
      <div className="atlas-card-name">
        {head.pattern ? PATTERN_NAMES[head.pattern.kind] : 'No pattern'}
        {head.stale && <StaleBadge />}
      </div>
      <div className="atlas-card-keys">
        <span>
          <Kbd keys="Enter" /> open
        </span>
        <span>
          <Kbd keys=" " /> select
        </span>
        <span>
          <Kbd keys="P" /> pin
        </span>
      </div>
    </div>
  );
}
