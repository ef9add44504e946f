// Layer::evaluate and Layer::measure: one head under a mask against the same head without.
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "error.h"
#include "execution.h"
#include "host_floats.h"
#include "layer.h"
#include "pattern_check.h"

namespace headscope {
namespace {

struct HeadResult {
  Buffer out, lse;
  double ms = 0;
};

HeadResult attend(const headscope_backend_v1& backend, const hs_exec& exec, const hs_heads& head, const Mask* mask) {
  HeadResult r{Buffer(backend, head.rows * head.head_dim), Buffer(backend, head.rows), 0};
  const hs_mask* const masks[1] = {mask ? &mask->index : nullptr};
  hs_attention a{};
  a.heads = head;
  a.masks = masks;
  a.out = r.out.data();
  a.lse = r.lse.data();
  timed(r.ms, [&] { check(backend, backend.attention(&exec, &a)); });
  return r;
}

HostFloats on_host(const Buffer& buffer) {
  HostFloats copy = host_floats(buffer.count(), "a head's output");
  buffer.download(copy.get(), 0, buffer.count());
  return copy;
}

// Kept mass of every row, from the LSE of the kept keys and of all, [N] each.
std::vector<float> row_recall(const Buffer& kept, const Buffer& all) {
  const HostFloats some = on_host(kept), every = on_host(all);
  std::vector<float> recall(static_cast<size_t>(all.count()));
  // What rounding puts above 1 is not mass.
  for (size_t i = 0; i < recall.size(); ++i) recall[i] = std::min(1.0f, std::exp(some[i] - every[i]));
  return recall;
}

void count_index(const MaskIndex& index, Evaluation& e) {
  e.columns = index.column_count;
  e.distances = index.distance_count;
  const int64_t tiles = (index.rows + kTile - 1) / kTile;
  if (index.kind == kMaskBlocks) e.blocks = index.block_start[(index.rows + index.block_size - 1) / index.block_size];
  if (index.kind == kMaskCompat) {
    e.columns = index.column_start[tiles];
    e.distances = 0;
    e.blocks = index.range_start[tiles];
  }
}

void compare_outputs(const Buffer& sparse, const Buffer& dense, Evaluation& e) {
  const HostFloats s = on_host(sparse), d = on_host(dense);
  double difference = 0, norm = 0, largest = 0;
  for (int64_t i = 0; i < dense.count(); ++i) {
    const double x = d[static_cast<size_t>(i)], delta = s[static_cast<size_t>(i)] - x;
    difference += delta * delta;
    norm += x * x;
    largest = std::max(largest, std::fabs(delta));
  }
  e.output_rel_l2 = norm > 0 ? std::sqrt(difference / norm) : difference > 0 ? std::numeric_limits<double>::infinity() : 0;
  e.output_max_abs = largest;
}

}  // namespace

Evaluation Layer::evaluate(int32_t head, const Pattern& pattern, bool compat, const Job& job) {
  check_head(head);
  check_pattern(pattern);
  Execution work(job);
  const std::unique_ptr<Mask> mask = build_mask(backend_, work.exec(), heads_view(), head, pattern, compat);
  Evaluation e;
  e.nominal_cells = mask->nominal_cells;
  e.causal_cells = mask->causal_cells();
  e.executed_tiles = mask->executed_tiles();
  e.causal_tiles = mask->causal_tiles();
  e.index_bytes = mask->bytes;
  e.effective = mask->effective;
  count_index(mask->index, e);

  const hs_heads one = one_head(head);
  const double dense_share = static_cast<double>(e.causal_tiles) / static_cast<double>(e.causal_tiles + e.executed_tiles);
  HeadResult dense = attend(backend_, work.part(0, dense_share, 1, "dense"), one, nullptr);
  const HeadResult sparse = attend(backend_, work.part(dense_share, 1, 1, "sparse"), one, mask.get());
  e.dense_ms = dense.ms;
  e.elapsed_ms = mask->estimate_ms + mask->index_ms + sparse.ms;

  e.row_recall = row_recall(sparse.lse, dense.lse);
  if (v_) {
    compare_outputs(sparse.out, dense.out, e);
  } else {
    e.output_rel_l2 = e.output_max_abs = std::numeric_limits<double>::quiet_NaN();
  }
  Buffer& known = lse_[static_cast<size_t>(head)];
  if (!known) known = std::move(dense.lse);
  return e;
}

Measurement Layer::measure(int32_t head, const Pattern& pattern, bool compat, const Job& job) {
  check_head(head);
  check_pattern(pattern);
  Execution work(job);
  const std::unique_ptr<Mask> mask = build_mask(backend_, work.exec(), heads_view(), head, pattern, compat);
  Measurement m;
  m.nominal_cells = mask->nominal_cells;
  m.causal_cells = mask->causal_cells();
  m.executed_tiles = mask->executed_tiles();
  m.causal_tiles = mask->causal_tiles();
  m.effective = mask->effective;
  if (mask->index.kind == kMaskDense) {
    m.row_recall.assign(static_cast<size_t>(shape_.rows), 1.0f);
    return m;
  }
  const double known = lse_[static_cast<size_t>(head)] ? 0 : 0.6;
  dense_lse(head, work.part(0, known, 1, "dense"));
  Buffer kept(backend_, shape_.rows);
  const hs_mask* const masks[1] = {&mask->index};
  hs_attention a{};
  a.heads = one_head(head);
  a.masks = masks;
  a.lse = kept.data();
  const hs_exec exec = work.part(known, 1, 1, "sparse");
  check(backend_, backend_.attention(&exec, &a));
  m.row_recall = row_recall(kept, lse_[static_cast<size_t>(head)]);
  return m;
}

}  // namespace headscope
