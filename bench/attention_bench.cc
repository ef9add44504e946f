// Attention and the masks that feed it, two threads, ratios of one run: dense against the measured FMA peak, sparse tiles
// against dense ones, estimate and index against dense attention. Sparse and dense rounds alternate and the fastest of each
// counts, so that a busy machine disturbs the ratios least.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "bench/fma_peak.h"
#include "kernels/cpu/backend.h"
#include "native/core/index_parts.h"
#include "native/core/mask_builder.h"
#include "native/core/thread_pool.h"

using namespace headscope;

namespace {

constexpr int kThreads = 2;

double now_ms() {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count();
}
double time_ms(const std::function<void()>& body) {
  const double start = now_ms();
  body();
  return now_ms() - start;
}

struct Input {
  int32_t d;
  int64_t n;
  std::vector<float> q, k, v, out, lse, sum, max;
  Input(int32_t width, int64_t rows) : d(width), n(rows), q(n * d), k(n * d), v(n * d), out(n * d), lse(n), sum(65536), max(65536) {
    std::mt19937 random(1);
    std::normal_distribution<float> normal;
    for (auto* a : {&q, &k, &v})
      for (float& x : *a) x = normal(random);
  }
  hs_heads heads() const { return {q.data(), k.data(), v.data(), 1, 1, d, n, 1 / std::sqrt(static_cast<float>(d)), 0, 0}; }
};

class Bench {
 public:
  explicit Bench(const char* isa) : isa_(isa), backend_(*cpu::backend_for(isa)), pool_(kThreads), exec_(pool_.exec(nullptr)) {}

  void run() {
    std::printf("%s, %d threads, float32, one head\n", backend_.description, kThreads);
    for (const int32_t d : {64, 128}) dense(d);
    sparse();
  }

 private:
  double attention_ms(Input& in, const MaskIndex* mask, bool overview) {
    hs_attention call{};
    call.heads = in.heads();
    call.masks = &mask;
    call.out = in.out.data();
    call.lse = in.lse.data();
    if (overview) {
      call.overview_sum = in.sum.data();
      call.overview_max = in.max.data();
    }
    hs_status status = HS_OK;
    const double ms = time_ms([&] { status = backend_.attention(&exec_, &call); });
    if (status != HS_OK) {
      std::fprintf(stderr, "attention failed: %s\n", backend_.last_error());
      std::exit(1);
    }
    return ms;
  }

  void dense(int32_t d) {
    Input in(d, 8192);
    double best = 1e30, with_overview = 1e30, peak = 0;
    for (int round = 0; round < 9; ++round) {
      peak = std::max(peak, bench::fma_rate(pool_, isa_));
      best = std::min(best, attention_ms(in, nullptr, false));
      with_overview = std::min(with_overview, attention_ms(in, nullptr, true));
    }
    const double gflops = 2.0 * static_cast<double>(in.n) * static_cast<double>(in.n) * d / best * 1e-6;
    std::printf("  dense  d %3d  N %ld  %8.1f ms  %6.1f GFLOP/s  of FMA peak %6.1f: %.2f  overview %+.1f %%\n", d, static_cast<long>(in.n), best,
                gflops, peak, peak > 0 ? gflops / peak : 0, 100 * (with_overview / best - 1));
  }

  void row(const char* name, Input& in, const Mask& mask, double estimate_and_index_ms) {
    double dense = 1e30, sparse = 1e30;
    for (int round = 0; round < 7; ++round) {
      dense = std::min(dense, attention_ms(in, nullptr, false));
      sparse = std::min(sparse, attention_ms(in, &mask.index, false));
    }
    const double dense_ns = 1e6 * dense / static_cast<double>(mask.causal_tiles());
    const double sparse_ns = 1e6 * sparse / static_cast<double>(mask.executed_tiles());
    std::printf("  %-34s %6ld of %ld tiles  %7.1f ms (dense %7.1f)  %6.0f ns a tile, dense %6.0f: %.2f", name,
                static_cast<long>(mask.executed_tiles()), static_cast<long>(mask.causal_tiles()), sparse, dense, sparse_ns, dense_ns, sparse_ns / dense_ns);
    if (estimate_and_index_ms > 0) std::printf("  estimate+index %.2f ms = %.1f %% of dense", estimate_and_index_ms, 100 * estimate_and_index_ms / dense);
    std::printf("\n");
  }

  void built(const char* name, Input& in, const Pattern& pattern) {
    double least = 1e30;
    std::unique_ptr<Mask> mask;
    for (int round = 0; round < 7; ++round) {
      mask = build_mask(backend_, exec_, in.heads(), 0, pattern, false);
      least = std::min(least, mask->estimate_ms + mask->index_ms);
    }
    row(name, in, *mask, least);
  }

  void sparse() {
    Input in(64, 16384);
    std::mt19937 random(2);
    const auto chosen = [&](std::vector<uint8_t>& kept) {
      std::vector<int32_t> list;
      for (size_t i = 0; i < kept.size(); ++i)
        if (kept[i]) list.push_back(static_cast<int32_t>(i));
      return list;
    };
    std::vector<uint8_t> columns(in.n, 0), clustered(in.n, 0), scattered(in.n, 0);
    for (int i = 0; i < 30; ++i) columns[i] = 1;
    for (int left = 470; left > 0; --left) columns[random() % in.n] = 1;
    for (int i = 0; i < 100; ++i) clustered[i] = scattered[i] = 1;
    for (int cluster = 0; cluster < 12; ++cluster) {
      const size_t first = random() % (in.n - 200);
      for (size_t i = first; i < first + 20 + random() % 120; ++i) clustered[i] = 1;
    }
    for (int left = 60; left > 0; --left) scattered[random() % in.n] = 1;
    row("vertical_slash, clustered slashes", in, *diagonals_mask(in.n, 0, chosen(columns), chosen(clustered)), 0);
    row("vertical_slash, scattered slashes", in, *diagonals_mask(in.n, 0, chosen(columns), chosen(scattered)), 0);
    Pattern p;
    p.kind = PatternKind::vertical_slash;
    p.verticals = 1000;
    p.slashes = 1000;
    built("vertical_slash 1000, 1000, estimated", in, p);
    p.kind = PatternKind::a_shape;
    p.sink = 100;
    p.window = 800;
    built("a_shape 100, 800", in, p);
    p.kind = PatternKind::block_sparse;
    p.blocks = 32;
    built("block_sparse 32 x 64", in, p);
    p.blocks = 64;
    p.block_size = 32;
    built("block_sparse 64 x 32", in, p);
  }

  const char* isa_;
  const headscope_backend_v1& backend_;
  ThreadPool pool_;
  hs_exec exec_;
};

}  // namespace

// Instruction sets to run may be named; without names the vector ones this processor has.
int main(int argc, char** argv) {
  std::vector<const char*> isas(argv + 1, argv + argc);
  if (isas.empty())
    for (const char* const* isa = cpu::available_isas(); *isa; ++isa)
      if (std::string(*isa) != "portable") isas.push_back(*isa);
  for (const char* isa : isas) {
    if (!cpu::backend_for(isa)) {
      std::fprintf(stderr, "no %s here\n", isa);
      return 2;
    }
    Bench(isa).run();
  }
  return 0;
}
