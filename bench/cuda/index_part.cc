// What comes before sparse attention, and what the interface asks for: estimate and index of a layer, exact tiles, a head's overview.
#include <algorithm>
#include <thread>

#include "native/core/mask_builder.h"
#include "native/core/thread_pool.h"
#include "timed_rows.h"

namespace headscope::bench {

std::vector<Row> measure_index(const Bench& bench, const IndexSizes& s) {
  std::vector<Row> rows;
  for (const int64_t n : s.lengths) {
    if (n > bench.options.longest) continue;
    Row row{"index", std::to_string(n) + " tokens, " + std::to_string(s.heads) + " heads", "a layer", {}, 0, 0, -1,
            "estimate and index of vertical_slash " + std::to_string(s.verticals) + ", " + std::to_string(s.slashes)};
    or_say_why(row, [&] {
      const Buffer q = random_buffer(bench.backend, s.heads * n * s.head_dim, 1), k = random_buffer(bench.backend, s.kv_heads * n * s.head_dim, 2);
      const hs_heads heads{q.data(), k.data(), k.data(), s.heads, s.kv_heads, s.head_dim, n, 1 / std::sqrt(static_cast<float>(s.head_dim)), 0, 0};
      ThreadPool pool(static_cast<int32_t>(std::max(1u, std::thread::hardware_concurrency())));
      const hs_exec exec = pool.exec(nullptr);
      Pattern pattern;
      pattern.kind = PatternKind::vertical_slash;
      pattern.verticals = s.verticals;
      pattern.slashes = s.slashes;
      time_row(bench, row, bench.options.rounds, [&] {
        build_masks(bench.backend, exec, heads, std::vector<Pattern>(static_cast<size_t>(s.heads), pattern), false);
      });
    });
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<Row> measure_maps(const Bench& bench, const MapSizes& s) {
  std::vector<Row> rows;
  if (s.length > bench.options.longest) return rows;
  const std::string shape = std::to_string(s.length) + " tokens, ";
  Row tile{"maps", shape + "256 x 256 of " + std::to_string(s.side) + " x " + std::to_string(s.side), "tile", {}, 0, 0, -1, ""};
  Row whole{"maps", shape + "256 x 256 of the whole head", "planes", {}, 0, 0, -1, ""};
  const headscope_backend_v1& b = bench.backend;
  const auto measure = [&](Row& row, bool there, const std::function<void()>& call) {
    if (!there) row.note = "the backend has no such call";
    else or_say_why(row, [&] { time_row(bench, row, bench.options.rounds, call); });
    rows.push_back(row);
  };
  try {
    const Buffer q = random_buffer(b, s.length * s.head_dim, 1), k = random_buffer(b, s.length * s.head_dim, 2), lse(b, s.length);
    const hs_heads heads{q.data(), k.data(), k.data(), 1, 1, s.head_dim, s.length, 1 / std::sqrt(static_cast<float>(s.head_dim)), 0, 0};
    hs_attention dense{};
    dense.heads = heads;
    dense.lse = lse.data();
    check(b, b.attention(bench.exec, &dense));
    std::vector<float> sum(65536), max(65536);
    const int64_t q0 = s.length - s.side, k0 = (s.length - s.side) / 2;
    tile.executed_flops = 2.0 * static_cast<double>(s.side) * static_cast<double>(s.side) * s.head_dim;
    whole.executed_flops = static_cast<double>(s.length) * static_cast<double>(s.length) * s.head_dim;
    measure(tile, b.tile != nullptr, [&] { check(b, b.tile(bench.exec, &heads, 0, lse.data(), q0, s.length, k0, k0 + s.side, 256, 256, HS_SUM, sum.data())); });
    measure(whole, b.planes != nullptr, [&] { check(b, b.planes(bench.exec, &heads, 0, lse.data(), nullptr, 0, s.length, 0, s.length, 256, 256, max.data(), sum.data())); });
  } catch (const std::exception& e) {
    tile.note = e.what();
    rows.push_back(tile);
  }
  return rows;
}

}  // namespace headscope::bench
