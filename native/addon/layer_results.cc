#include "layer_results.h"

#include "pattern_value.h"
#include "values.h"

namespace headscope::addon {
namespace {

// Starts of a CSR list; doubles, because JavaScript has no Int64Array that reads as numbers.
Napi::Value starts(Napi::Env env, const int64_t* start, int64_t count) { return typed_array(env, std::vector<double>(start, start + count)); }

Napi::Number counted(Napi::Env env, int64_t value) { return Napi::Number::New(env, static_cast<double>(value)); }

}  // namespace

Napi::Object index_value(Napi::Env env, const Mask& mask) {
  const MaskIndex& m = mask.index;
  const int64_t tiles = static_cast<int64_t>(mask.tiles.size());
  Napi::Object index = Napi::Object::New(env);
  switch (m.kind) {
    case kMaskCompat:  // what was chosen, and what the converter makes of it
      index.Set("rangeStart", starts(env, m.range_start, tiles + 1));
      index.Set("rangeKeys", typed_array(env, m.range_keys, m.range_start[tiles]));
      index.Set("columnStart", starts(env, m.column_start, tiles + 1));
      index.Set("compatColumns", typed_array(env, m.compat_columns, m.column_start[tiles]));
      [[fallthrough]];
    case kMaskDiagonals:
      index.Set("columns", typed_array(env, m.columns, m.column_count));
      index.Set("distances", typed_array(env, m.distances, m.distance_count));
      break;
    case kMaskBlocks: {
      const int64_t block_rows = (m.rows + m.block_size - 1) / m.block_size;
      index.Set("blockSize", m.block_size);
      index.Set("rowStart", starts(env, m.block_start, block_rows + 1));
      index.Set("rowBlocks", typed_array(env, m.blocks, m.block_start[block_rows]));
      break;
    }
    default: break;  // dense: no lists
  }
  index.Set("executedTiles", typed_array(env, mask.tiles));
  std::vector<int32_t> dense;
  for (int64_t t = 0; t < tiles; ++t) dense.push_back(static_cast<int32_t>(dense_tiles(m.window, t)));
  index.Set("causalTiles", typed_array(env, dense));
  index.Set("effective", pattern_value(env, mask.effective));
  index.Set("nominalCells", counted(env, mask.nominal_cells));
  index.Set("bytes", counted(env, mask.bytes));
  index.Set("estimateMs", mask.estimate_ms);
  index.Set("indexMs", mask.index_ms);
  return index;
}

Napi::Object evaluation_value(Napi::Env env, const Evaluation& e) {
  Napi::Object value = Napi::Object::New(env);
  value.Set("rowRecall", typed_array(env, e.row_recall));
  value.Set("outputRelL2", e.output_rel_l2);
  value.Set("outputMaxAbs", e.output_max_abs);
  value.Set("nominalCells", counted(env, e.nominal_cells));
  value.Set("causalCells", counted(env, e.causal_cells));
  value.Set("executedTiles", counted(env, e.executed_tiles));
  value.Set("causalTiles", counted(env, e.causal_tiles));
  value.Set("columns", counted(env, e.columns));
  value.Set("distances", counted(env, e.distances));
  value.Set("blocks", counted(env, e.blocks));
  value.Set("indexBytes", counted(env, e.index_bytes));
  value.Set("elapsedMs", e.elapsed_ms);
  value.Set("denseMs", e.dense_ms);
  value.Set("effective", pattern_value(env, e.effective));
  return value;
}

Napi::Object measurement_value(Napi::Env env, const Measurement& m) {
  Napi::Object value = Napi::Object::New(env);
  value.Set("rowRecall", typed_array(env, m.row_recall));
  value.Set("nominalCells", counted(env, m.nominal_cells));
  value.Set("causalCells", counted(env, m.causal_cells));
  value.Set("executedTiles", counted(env, m.executed_tiles));
  value.Set("causalTiles", counted(env, m.causal_tiles));
  value.Set("effective", pattern_value(env, m.effective));
  return value;
}

Napi::Object pairs_value(Napi::Env env, const std::vector<hs_pair>& pairs) {
  std::vector<int32_t> q, k;
  std::vector<float> p;
  for (const hs_pair& pair : pairs) {
    q.push_back(static_cast<int32_t>(pair.q));
    k.push_back(static_cast<int32_t>(pair.k));
    p.push_back(pair.p);
  }
  Napi::Object value = Napi::Object::New(env);
  value.Set("q", typed_array(env, q));
  value.Set("k", typed_array(env, k));
  value.Set("p", typed_array(env, p));
  return value;
}

Napi::Object surface_value(Napi::Env env, const Surface& s) {
  Napi::Object value = Napi::Object::New(env);
  value.Set("bandMass", typed_array(env, s.band_mass));
  value.Set("nominalCells", typed_array(env, s.nominal_cells));
  value.Set("executedTiles", typed_array(env, s.executed_tiles));
  value.Set("causalCells", s.causal_cells);
  value.Set("causalTiles", s.causal_tiles);
  value.Set("elapsedMs", s.elapsed_ms);
  return value;
}

}  // namespace headscope::addon
