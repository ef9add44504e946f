// The time to the first token: the engine's own prefill (native/core) and the logits of the last row, nothing kept of the layers.
#include <algorithm>
#include <thread>

#include "kernels/common/window.h"
#include "native/core/prefill.h"
#include "random_llama.h"
#include "timed_rows.h"

namespace headscope::bench {
namespace {

constexpr int64_t kColumns = 1024, kFreeSlashes = 4, kFewTokens = 32768;

// Budgets that keep about `kept` of the dense tiles: columns as far as a quarter of that goes, the rest a local band. The band is forced, so that what
// is kept does not hang on random numbers; the estimate and the choice run as always.
Pattern pattern_for(int64_t rows, double kept) {
  const double tiles = kept * static_cast<double>(dense_tiles_of(rows, 0)) / (static_cast<double>(rows) / 64);
  Pattern p;
  p.kind = PatternKind::vertical_slash;
  p.verticals = std::max<int64_t>(30, std::min<int64_t>(kColumns, static_cast<int64_t>(tiles / 4 * 64)));
  // A free slash costs a tile of every row tile that it reaches: half of them.
  p.forced_local = std::max<int64_t>(64, static_cast<int64_t>((tiles - static_cast<double>(p.verticals) / 64 - kFreeSlashes / 2.0) * 64));
  p.slashes = p.forced_local + kFreeSlashes;
  return p;
}

std::vector<int32_t> tokens_for(int64_t rows, int64_t vocab) {
  std::mt19937 random(3);
  std::vector<int32_t> tokens(static_cast<size_t>(rows));
  for (int32_t& t : tokens) t = static_cast<int32_t>(random() % static_cast<uint64_t>(vocab));
  return tokens;
}

}  // namespace

std::vector<Row> measure_prefill(const Bench& bench, const PrefillSizes& s) {
  std::vector<Row> rows;
  std::unique_ptr<RandomLlama> checkpoint;
  std::shared_ptr<const Model> model;
  try {
    bench.say("prefill: random weights");
    checkpoint = std::make_unique<RandomLlama>(s, bench.options.scratch);
    model = Model::open(bench.backend, checkpoint->spec(), {checkpoint->path()});
  } catch (const std::exception& e) {
    return {{"prefill", "random Llama", "engine", {}, 0, 0, -1, e.what()}};
  }
  Job job;
  job.threads = static_cast<int32_t>(std::max(1u, std::thread::hardware_concurrency()));
  const auto measure = [&](int64_t n, bool sparse) {
    if (n > bench.options.longest) return;
    Row row{"prefill", std::to_string(n) + " tokens to the first token", sparse ? "sparse" : "dense", {}, 0, 0, -1, ""};
    const double linear = static_cast<double>(s.hidden) * (2.0 * s.heads * s.head_dim + 2.0 * s.kv_heads * s.head_dim + 3.0 * static_cast<double>(s.inner));
    or_say_why(row, [&] {
      const std::vector<int32_t> tokens = tokens_for(n, s.vocab);
      double executed = 0, dense = 0, attention_ms = 0, linear_ms = 0, index_ms = 0;
      const auto call = [&] {
        PrefillRequest request;
        request.tokens = tokens;
        request.keep_layer_inputs = request.keep_overviews = request.keep_lse = false;
        if (sparse) request.patterns.assign(static_cast<size_t>(s.layers), std::vector<Pattern>(static_cast<size_t>(s.heads), pattern_for(n, s.kept)));
        const std::shared_ptr<Run> run = prefill(model, std::move(request), job);
        std::vector<float> logits(static_cast<size_t>(s.vocab));
        run->logits(n - 1, n, logits.data(), job);
        executed = dense = attention_ms = linear_ms = index_ms = 0;
        for (const LayerTiming& t : run->timings()) {
          for (const double tiles : t.executed_tiles) executed += tiles;
          dense += t.causal_tiles * s.heads;
          attention_ms += t.attention_ms;
          linear_ms += t.linear_ms;
          index_ms += t.index_ms;
        }
      };
      // Whole prefills take seconds: three of a short prompt after one to warm up, one of a long one.
      bench.say("prefill: " + row.shape + ", " + row.by);
      bench.peak_bytes();
      if (n <= kFewTokens) call();
      for (int i = 0; i < (n <= kFewTokens ? 3 : 1); ++i) row.ms.push_back(bench.time(call));
      row.kept = executed / dense;
      row.executed_flops = tile_flops(executed, s.head_dim) + 2.0 * static_cast<double>(n) * linear * s.layers;
      row.dense_flops = dense_attention_flops(n, s.head_dim, s.heads) * s.layers + 2.0 * static_cast<double>(n) * linear * s.layers;
      const int64_t peak = bench.peak_bytes();
      char text[200];
      std::snprintf(text, sizeof text, "the calling thread waited: attention %.0f, linear %.0f, estimate and index %.0f ms; peak of device memory %s", attention_ms, linear_ms, index_ms,
                    peak < 0 ? "unknown" : (std::to_string(peak >> 20) + " MiB").c_str());
      row.note = text;
    });
    rows.push_back(std::move(row));
  };
  for (const int64_t n : s.dense_lengths) measure(n, false);
  for (const int64_t n : s.sparse_lengths) measure(n, true);
  return rows;
}

}  // namespace headscope::bench
