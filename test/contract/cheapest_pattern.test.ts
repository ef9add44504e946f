// The interface reads the cheapest pattern of a recall off surfaces by itself, so that it follows a dragged target; the engine searches by
// the same rule. Both over the same surfaces, of real heads and of made-up ones full of equals.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client } from '../../engine/protocol/client.ts';
import { inProcessPair } from '../../engine/protocol/in_process.ts';
import type { SurfaceResult } from '../../engine/protocol/records.ts';
import { serve } from '../../engine/protocol/server.ts';
import { cheapestReaching as searched, searchTarget, TARGET_KINDS } from '../../engine/search/target.ts';
import type { EngineService } from '../../engine/service/engine_service.ts';
import { reaching, cheapestReaching as read } from '../../renderer/inspector/reaching.ts';
import { model, prompt, startService } from './contract_context.ts';

const TARGETS = [0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.999, 1];

function agree(surfaces: readonly SurfaceResult[], rows: number): number {
  let sparse = 0;
  for (const target of TARGETS) {
    for (const surface of surfaces) {
      const asked = searched(surface, rows, target);
      expect(read(surface, target), `${surface.kind} at ${target}`).toEqual(
        asked && { pattern: asked.pattern, recall: asked.recall, executed: asked.density },
      );
    }
    const [first] = reaching(surfaces, target);
    const { deployed, measured } = searchTarget(surfaces, rows, target);
    expect(first, `of all kinds at ${target}`).toEqual({ pattern: deployed, recall: measured.recall, executed: measured.executed });
    if (deployed.kind !== 'dense') sparse += 1;
  }
  return sparse;
}

/** mulberry32: a stream of numbers in [0, 1) that is the same every time. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Few levels of recall and cost, so that many cells are equal; edges on both sides of the floors. */
function madeUp(kind: SurfaceResult['kind'], next: () => number): SurfaceResult {
  const level = () => Math.floor(11 * next()) / 10;
  const table = (first: number, second: number) => Array.from({ length: first }, () => Array.from({ length: second }, level));
  const flat = (length: number) => Array.from({ length }, level);
  const common = { kind, bands: [], elapsedMs: 0 };
  if (kind === 'block_sparse') {
    const axes = [{ name: 'blocks', edges: [1, 2, 4, 8] }];
    return { ...common, axes, recall: flat(4), nominal: flat(4), executed: flat(4), estimator: { blockSize: 64 } };
  }
  const axes =
    kind === 'a_shape'
      ? [
          { name: 'sink', edges: [0, 1, 16, 128] },
          { name: 'window', edges: [1, 8, 64] },
        ]
      : [
          { name: 'verticals', edges: [1, 29, 30, 128] },
          { name: 'slashes', edges: [49, 50, 256] },
        ];
  const estimator = kind === 'vertical_slash' ? { lastQueries: 64, forcedSinks: 30, forcedLocal: 100 } : {};
  return { ...common, axes, recall: table(4, 3), nominal: table(4, 3), executed: table(4, 3), estimator };
}

describe('the cheapest pattern of a recall', () => {
  let service: EngineService;
  let client: Client;
  beforeAll(() => {
    service = startService();
    const [near, far] = inProcessPair();
    serve(far, service);
    client = new Client(near, { validate: true });
  });
  afterAll(() => {
    client.close();
    service.close();
  });

  it('is the same in the interface and in the search, on the surfaces of heads', async () => {
    const { runId, rows, heads } = await client.call('run.prefill', { model, prompt: prompt(400) });
    let sparse = 0;
    for (const head of Array.from({ length: heads }, (_, index) => index).slice(0, 4)) {
      const place = { runId, layer: 1, head };
      const surfaces: SurfaceResult[] = [];
      for (const kind of TARGET_KINDS) surfaces.push(await client.call('pattern.surface', { ...place, kind }));
      sparse += agree(surfaces, rows);
    }
    expect(sparse).toBeGreaterThan(0);
  });

  it('is the same among equals, below floors, and where nothing reaches it', () => {
    const next = numbers(7);
    let sparse = 0;
    for (let round = 0; round < 200; round += 1)
      sparse += agree(
        TARGET_KINDS.map((kind) => madeUp(kind, next)),
        512,
      );
    expect(sparse).toBeGreaterThan(500);
  });
});
