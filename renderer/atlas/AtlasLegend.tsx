// What the colours and signs of the atlas stand for: the ramp with its break, how many heads have each pattern.
import { useLayoutEffect, useRef } from 'react';
import { cssColour } from '../ui/colour_maps.ts';
import { PatternGlyph } from '../ui/Icon.tsx';
import { wholeNumber } from '../ui/numbers.ts';
import { paintingOn } from '../ui/painting.ts';
import { PATTERN_KINDS, PATTERN_NAMES } from '../ui/pattern_words.ts';
import type { AtlasFacts } from './atlas_heads.ts';
import type { ColourScale } from './colour_scale.ts';

const WIDTH = 168;
const HEIGHT = 8;

export function AtlasLegend({ scale, facts, thumbnails }: { scale: ColourScale; facts: AtlasFacts; thumbnails: boolean }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const context = canvas.current && paintingOn(canvas.current);
    if (!context) return;
    for (let x = 0; x < WIDTH; x += 1) {
      context.fillStyle = cssColour(scale.along(x / (WIDTH - 1)));
      context.fillRect(x, 0, 1, HEIGHT);
    }
  }, [scale]);
  return (
    <div className={thumbnails ? 'atlas-legend is-of-thumbnails' : 'atlas-legend'}>
      {thumbnails ? (
        <span>grey: attention, log scale; warm: mass outside the pattern, ≈ inside a cell</span>
      ) : (
        <>
          <span>
            {scale.title} {scale.low}
            <span className="atlas-ramp">
              <canvas ref={canvas} width={WIDTH} height={HEIGHT} />
              {scale.mark && <i style={{ left: `${100 * scale.mark.at}%` }} />}
            </span>
            {scale.high}
          </span>
          {scale.mark && <span className="t3">{scale.mark.label}</span>}
        </>
      )}
      {PATTERN_KINDS.filter((kind) => facts.kinds[kind] > 0).map((kind) => (
        <span key={kind}>
          <PatternGlyph kind={kind} />
          {PATTERN_NAMES[kind]} {wholeNumber(facts.kinds[kind])}
        </span>
      ))}
      {[
        { what: 'not measured', count: facts.captured - facts.measured },
        { what: 'not captured', count: facts.heads - facts.captured },
      ]
        .filter(({ count }) => count > 0)
        .map(({ what, count }) => (
          <span key={what}>
            <i className="atlas-hatched atlas-swatch" />
            {what} {wholeNumber(count)}
          </span>
        ))}
    </div>
  );
}
