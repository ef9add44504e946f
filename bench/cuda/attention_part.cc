// Attention, dense and vertical-slash, through the backend's table.
#include <memory>
#include <numeric>

#include "kernels/common/tile_stream.h"
#include "native/core/index_parts.h"
#include "timed_rows.h"

namespace headscope::bench {
namespace {

class Call {
 public:
  Call(const headscope_backend_v1& backend, const hs_exec* exec, int64_t rows, int32_t heads, int32_t kv_heads, int32_t head_dim)
      : backend_(backend),
        exec_(exec),
        q_(random_buffer(backend, heads * rows * head_dim, 1)),
        k_(random_buffer(backend, kv_heads * rows * head_dim, 2)),
        v_(random_buffer(backend, kv_heads * rows * head_dim, 3)),
        out_(backend, rows * heads * head_dim),
        lse_(backend, heads * rows),
        executed(static_cast<size_t>(heads)) {
    call_.heads = {q_.data(), k_.data(), v_.data(), heads, kv_heads, head_dim, rows, 1 / std::sqrt(static_cast<float>(head_dim)), 0, 0};
    call_.out = out_.data();
    call_.lse = lse_.data();
  }
  void run(const MaskIndex* const* masks) {
    call_.masks = masks;
    call_.executed_tiles = nullptr;
    check(backend_, backend_.attention(exec_, &call_));
  }
  double count_tiles(const MaskIndex* const* masks) {
    call_.masks = masks;
    call_.executed_tiles = executed.data();
    check(backend_, backend_.attention(exec_, &call_));
    return static_cast<double>(std::accumulate(executed.begin(), executed.end(), int64_t{0}));
  }

 private:
  const headscope_backend_v1& backend_;
  const hs_exec* exec_;
  Buffer q_, k_, v_, out_, lse_;
  hs_attention call_{};

 public:
  std::vector<int64_t> executed;
};

std::string shape_of(int64_t rows, int32_t heads, int32_t kv_heads, int32_t head_dim) {
  return std::to_string(rows) + " tokens, " + std::to_string(heads) + "/" + std::to_string(kv_heads) + " heads of " + std::to_string(head_dim);
}

// Slashes as they are found in models: a local band, some clusters, the rest alone. Columns: the first 30, the rest anywhere.
std::vector<int32_t> clustered(std::mt19937& random, int64_t rows, int64_t budget, int64_t first, bool clusters) {
  std::vector<uint8_t> kept(static_cast<size_t>(rows), 0);
  int64_t left = std::min(budget, rows);
  const auto keep = [&](int64_t i) {
    if (left > 0 && i < rows && !kept[static_cast<size_t>(i)]) {
      kept[static_cast<size_t>(i)] = 1;
      --left;
    }
  };
  for (int64_t i = 0; i < first; ++i) keep(i);
  while (left > 0) {
    const int64_t at = static_cast<int64_t>(random() % static_cast<uint64_t>(rows)), length = clusters ? 64 + static_cast<int64_t>(random() % 192) : 1;
    for (int64_t i = 0; i < length; ++i) keep(at + i);
  }
  std::vector<int32_t> list;
  for (int64_t i = 0; i < rows; ++i)
    if (kept[static_cast<size_t>(i)]) list.push_back(static_cast<int32_t>(i));
  return list;
}

}  // namespace

std::vector<Row> measure_attention(const Bench& bench, const AttentionSizes& s) {
  std::vector<Row> rows;
  for (const int64_t n : s.lengths) {
    if (n > bench.options.longest) continue;
    for (const Path& path : bench.attention_paths) {
      Row row{"attention", shape_of(n, s.heads, s.kv_heads, s.head_dim), path.name, {}, 0, dense_attention_flops(n, s.head_dim, s.heads), -1, "dense, causal"};
      or_say_why(row, [&] {
        path.choose();
        Call call(bench.backend, bench.exec, n, s.heads, s.kv_heads, s.head_dim);
        row.executed_flops = tile_flops(call.count_tiles(nullptr), s.head_dim);
        time_row(bench, row, bench.options.rounds, [&] { call.run(nullptr); });
      });
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

std::vector<Row> measure_sparse(const Bench& bench, const SparseSizes& s) {
  std::vector<Row> rows;
  if (s.length > bench.options.longest) return rows;
  for (const Path& path : bench.attention_paths) {
    double dense_ms = 0;
    std::unique_ptr<Call> call;
    const double dense_tiles = static_cast<double>(dense_tiles_of(s.length, 0)) * s.heads;
    Row dense{"sparse", shape_of(s.length, s.heads, s.kv_heads, s.head_dim), path.name, {}, tile_flops(dense_tiles, s.head_dim), dense_attention_flops(s.length, s.head_dim, s.heads), 1,
              "dense: what an ideal kernel takes a tile"};
    or_say_why(dense, [&] {
      path.choose();
      call = std::make_unique<Call>(bench.backend, bench.exec, s.length, s.heads, s.kv_heads, s.head_dim);
      time_row(bench, dense, bench.options.rounds, [&] { call->run(nullptr); });
      dense_ms = median(dense.ms);
    });
    rows.push_back(dense);
    for (const auto& [verticals, slashes] : s.budgets) {
      Row row{"sparse", "vertical_slash " + std::to_string(verticals) + ", " + std::to_string(slashes), path.name, {}, 0, dense.dense_flops, -1, ""};
      or_say_why(row, [&] {
        if (!call) throw std::runtime_error("the dense call failed");
        std::vector<std::unique_ptr<Mask>> masks;
        std::vector<const MaskIndex*> indices;
        std::mt19937 random(7);
        for (int32_t h = 0; h < s.heads; ++h) {
          masks.push_back(diagonals_mask(s.length, 0, clustered(random, s.length, verticals, 30, false), clustered(random, s.length, slashes, 100, true)));
          indices.push_back(&masks.back()->index);
        }
        path.choose();
        const double tiles = call->count_tiles(indices.data());
        row.kept = tiles / dense_tiles;
        row.executed_flops = tile_flops(tiles, s.head_dim);
        time_row(bench, row, bench.options.rounds, [&] { call->run(indices.data()); });
        if (dense_ms > 0) {
          char text[80];
          std::snprintf(text, sizeof text, "%.2f of the dense call's time a tile", median(row.ms) / tiles / (dense_ms / dense_tiles));
          row.note = text;
        }
      });
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

}  // namespace headscope::bench
