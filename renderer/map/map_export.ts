// The map as a PNG: the picture as shown, in the light theme, over a caption that says what it is of, and with its scales.
import { configStore, shownPattern } from '../state/config_document.ts';
import { focusStore, headName } from '../state/focus.ts';
import { currentRun } from '../state/library.ts';
import { measurementOf, measurementsStore } from '../state/measurements.ts';
import { type MaskMode, preferencesStore } from '../state/preferences.ts';
import { readoutStore } from '../state/readout.ts';
import { lookUp } from '../state/surface_lookup.ts';
import { surfaceOf, surfacesStore } from '../state/surfaces.ts';
import { viewport } from '../state/viewports.ts';
import { attentionMap, type ColourMap, colourTable, TABLE_STEPS } from '../ui/colour_maps.ts';
import { percent, recallText, wholeNumber } from '../ui/numbers.ts';
import { patternText } from '../ui/pattern_words.ts';
import { themeStore } from '../ui/theme.ts';
import { footprintText } from './footprint.ts';
import { mapOnScreen } from './map_actions.ts';
import type { Octaves } from './map_renderer.ts';
import { showsLost } from './map_scene.ts';
import { mapStatusStore } from './map_status.ts';
import { octaveText } from './scale_limits.ts';

const MODES: Readonly<Record<MaskMode, string>> = {
  off: 'no mask drawn',
  outline: 'mask outlined',
  dim: 'missed mass over attention in grey',
  missed: 'missed mass only',
  split: 'missed mass above the diagonal',
};
const LINE = 18;
const MARGIN = 16;

/** What a picture has to say of itself, a line each. */
export function captionLines(): string[] {
  const run = currentRun();
  if (!run) return [];
  const { runId, layer, head } = focusStore.getState();
  const { maskMode, colourMap } = preferencesStore.getState();
  const { q0, q1, k0, k1 } = viewport();
  const { lostEstimated, lostStale } = mapStatusStore.getState();
  const pattern = shownPattern(configStore.getState(), { layer, head });
  const span = (from: number, to: number) => `${wholeNumber(Math.floor(from))} to ${wholeNumber(Math.ceil(to) - 1)}`;
  const counted = !showsLost(maskMode) ? '' : lostEstimated || lostStale ? ' (≈)' : ' (exact)';
  const lines = [
    `${run.info.model.name}, ${run.name}, ${wholeNumber(run.info.rows)} tokens, ${headName({ layer, head })}`,
    `Rows ${span(q0, q1)}, keys ${span(k0, k1)}; ${footprintText(readoutStore.getState()) ?? ''}; log₂ scale, ${colourMap}`,
  ];
  if (pattern) {
    const { surface } =
      pattern.kind === 'dense'
        ? { surface: null }
        : surfaceOf(surfacesStore.getState(), { runId: run.info.runId, layer, head, kind: pattern.kind });
    const point = surface ? lookUp(surface, pattern) : null;
    const recall = pattern.kind === 'dense' ? 1 : (point?.recall ?? measuredRecall(runId, { layer, head }));
    const numbers = recall === null ? 'recall not measured' : `recall ${recallText(recall)}, missed ${percent(1 - recall)}, all rows`;
    lines.push(`${patternText(pattern)}; ${numbers}; ${MODES[maskMode]}${counted}`);
  }
  return lines;
}

function measuredRecall(runId: string | null, place: { layer: number; head: number }): number | null {
  const measured = measurementOf(measurementsStore.getState(), runId, place);
  const pattern = shownPattern(configStore.getState(), place);
  return measured && pattern && JSON.stringify(measured.pattern) === JSON.stringify(pattern) ? measured.recall : null;
}

function drawRamp(
  g: CanvasRenderingContext2D,
  map: ColourMap,
  { low, high }: Octaves,
  title: string,
  x: number,
  y: number,
  ink: string,
): void {
  const table = colourTable(map, 'light');
  for (let step = 0; step < 128; step += 1) {
    const at = 4 * Math.round((step / 127) * (TABLE_STEPS - 1));
    g.fillStyle = `rgb(${table[at]} ${table[at + 1]} ${table[at + 2]})`;
    g.fillRect(x + step, y - 8, 1, 8);
  }
  g.strokeStyle = '#c8cdd4';
  g.strokeRect(x - 0.5, y - 8.5, 129, 9);
  g.fillStyle = ink;
  g.fillText(`${title} ${octaveText(low)} to ${octaveText(high)}`, x + 136, y);
}

/** Rejects where no map is on screen. The name says what it is of. */
export async function mapPicture(): Promise<{ blob: Blob; fileName: string }> {
  const controller = mapOnScreen();
  const run = currentRun();
  if (!controller || !run) throw new Error('No map is on screen.');
  const root = document.documentElement;
  const { theme } = themeStore.getState();
  // Within one task: nothing of it reaches the screen.
  root.dataset.theme = 'light';
  themeStore.setState({ theme: 'light' });
  let picture: HTMLCanvasElement;
  try {
    picture = controller.composed();
  } finally {
    root.dataset.theme = theme;
    themeStore.setState({ theme });
    controller.redraw();
  }
  const ratio = window.devicePixelRatio;
  const lines = captionLines();
  const { limits, lostLimits, mask } = mapStatusStore.getState();
  const { maskMode, colourMap, aggregate } = preferencesStore.getState();
  const missed = showsLost(maskMode) && mask === 'shown';
  const out = document.createElement('canvas');
  out.width = picture.width;
  out.height = picture.height + Math.round((LINE * (lines.length + 1) + MARGIN) * ratio);
  const g = out.getContext('2d');
  if (!g) throw new Error('This browser gave no canvas to compose the picture on.');
  g.fillStyle = '#ffffff';
  g.fillRect(0, 0, out.width, out.height);
  g.drawImage(picture, 0, 0);
  g.setTransform(ratio, 0, 0, ratio, 0, picture.height / ratio);
  g.font = `12px ${getComputedStyle(root).getPropertyValue('--font-ui') || 'system-ui, sans-serif'}`;
  g.fillStyle = '#464e59';
  for (const [at, line] of lines.entries()) g.fillText(line, MARGIN, MARGIN + LINE * at, out.width / ratio - 2 * MARGIN);
  const bottom = MARGIN + LINE * lines.length;
  if (limits)
    drawRamp(g, attentionMap(colourMap), limits, aggregate === 'max' ? 'attention, max,' : 'attention, mass,', MARGIN, bottom, '#464e59');
  if (lostLimits && missed) drawRamp(g, 'missed', lostLimits, 'missed mass', MARGIN + 330, bottom, '#464e59');
  const blob = await new Promise<Blob | null>((resolve) => out.toBlob(resolve, 'image/png'));
  if (!blob) throw new Error('The browser made no PNG of the picture.');
  const { layer, head } = focusStore.getState();
  const name = run.name.replace(/[^\w.-]+/g, '-').replace(/^-+|-+$/g, '');
  return { blob, fileName: `${name || 'run'}-L${layer}-H${head}.png` };
}

const PATIENCE_MS = 20_000;

/** Until every tile on screen is its own and missed mass is counted. Rejects after 20 s. */
export async function untilSharp(): Promise<void> {
  const begin = performance.now();
  // The view that was just asked for has not been drawn yet: two frames.
  for (let frame = 0; frame < 2; frame += 1) await new Promise(requestAnimationFrame);
  for (;;) {
    const { sharp, coarse, empty, lostEstimated, lostStale } = mapStatusStore.getState();
    if (sharp > 0 && coarse + empty === 0 && !lostEstimated && !lostStale) return;
    if (performance.now() - begin > PATIENCE_MS) throw new Error('The picture did not become sharp within 20 s.');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
