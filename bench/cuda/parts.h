// What bench/cuda measures. Each part takes a backend's table and calls it as the engine does, so that its times hold what the engine waits
// for: allocations, masks sent to the device, launches. The parts run on any backend (the tests run them on the CPU's, small).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "native/backend.h"
#include "options.h"
#include "report.h"

namespace headscope::bench {

// One of the ways in which the backend can compute the same: chosen, then measured.
struct Path {
  std::string name;
  std::function<void()> choose;
};

struct Bench {
  const headscope_backend_v1& backend;
  const Options& options;
  const hs_exec* exec;  // nullptr where the backend needs no threads of the host
  std::vector<Path> attention_paths, gemm_paths;
  // Milliseconds that `work` keeps the device, its launches finished.
  std::function<double(const std::function<void()>& work)> time;
  std::function<int64_t()> peak_bytes;  // the most device memory in use since the last call; negative: nobody knows
  std::function<void(const std::string&)> say;  // one line of progress
};

struct AttentionSizes {
  int32_t heads = 32, kv_heads = 8, head_dim = 128;
  std::vector<int64_t> lengths = {16384, 32768, 65536, 131072};
};
std::vector<Row> measure_attention(const Bench&, const AttentionSizes& = {});

struct SparseSizes {
  int32_t heads = 32, kv_heads = 8, head_dim = 128;
  int64_t length = 131072;
  std::vector<std::pair<int64_t, int64_t>> budgets = {{1000, 6096}, {500, 700}, {30, 800}, {3500, 100}};
};
std::vector<Row> measure_sparse(const Bench&, const SparseSizes& = {});

struct GemmShape {
  int64_t rows, in, out;
};
std::vector<Row> measure_gemm(const Bench&, const std::vector<GemmShape>& = {{1024, 4096, 4096}, {1024, 4096, 1024}, {1024, 4096, 14336}, {1024, 14336, 4096},
                                                                            {8192, 4096, 4096}, {8192, 4096, 14336}, {8192, 14336, 4096}});

// The estimate and the index of all heads of a layer, by native/core's mask builder.
struct IndexSizes {
  int32_t heads = 32, kv_heads = 8, head_dim = 128;
  std::vector<int64_t> lengths = {8192, 131072};
  int64_t verticals = 1000, slashes = 6096;
};
std::vector<Row> measure_index(const Bench&, const IndexSizes& = {});

struct MapSizes {
  int32_t head_dim = 128;
  int64_t length = 131072, side = 16384;  // of the tile's rectangle
};
std::vector<Row> measure_maps(const Bench&, const MapSizes& = {});

// The time to the first token of a random model of LLaMA-3-8B's shape, by the engine's own prefill.
struct PrefillSizes {
  int64_t hidden = 4096, inner = 14336, vocab = 128256;
  int32_t layers = 32, heads = 32, kv_heads = 8, head_dim = 128;
  std::vector<int64_t> dense_lengths = {8192, 131072}, sparse_lengths = {8192, 131072, 524288, 1048576};
  double kept = 0.05;
};
std::vector<Row> measure_prefill(const Bench&, const PrefillSizes& = {});

}  // namespace headscope::bench
