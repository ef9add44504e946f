// C [rows, out] = A [rows, in] . W [out, in]^T for many rows, after Goto and van de Geijn, "Anatomy of High-Performance
// Matrix Multiplication" (2008).
//
// A task owns a block of C. For each depth block of `in` it widens and packs its weights once, into panels of kPanel outputs,
// [depth][kPanel], which together stay in the second-level cache; then it walks its rows, packing kGemm.rows of them at a time
// into a slab [depth][kLanes] that stays in the first-level cache, and runs the register tile against every panel.
// Packing A costs about a hundredth and frees the register tile from row strides (a power of two would put all rows in one
// cache set). C is read and written once a depth block. Blocks of C are cut for the workers, but every element's sum runs
// over the same depth blocks in the same order, so the result is the same bits for any number of workers.
//
// bench/gemm_bench, Zen 4, AVX-512, two threads of a machine shared with other work, medians of 7 at 2048^3: 85 % (bfloat16
// weights 83 %) of the multiply-adds measured in the same run, and 1.08 (1.05) of OpenBLAS 0.3.21.
#include "gemm.h"

#include "scratch.h"
#include "task.h"
#include "tile_size.h"
#include "weights.h"

namespace headscope::cpu::HS_ISA {
namespace {

constexpr int kPanel = kGemm.vectors * kLanes;
static_assert(kGemm.rows <= kLanes, "a slab holds one vector of rows a step");

constexpr int64_t blocks_of(int64_t n, int64_t size) { return (n + size - 1) / size; }
constexpr int64_t min(int64_t a, int64_t b) { return a < b ? a : b; }

// r[i][j] becomes r[j][i]. Each round interleaves the first half of the rows with the second; log2(kLanes) rounds transpose.
inline void transpose(f32v (&r)[kLanes]) {
  i32v low, high;
  for (int t = 0; t < kLanes; ++t) {
    low[t] = t / 2 + t % 2 * kLanes;
    high[t] = low[t] + kLanes / 2;
  }
#pragma GCC unroll 4
  for (int round = 1; round < kLanes; round *= 2) {
    f32v next[kLanes];
#pragma GCC unroll 8
    for (int i = 0; i < kLanes / 2; ++i) {
      next[2 * i] = __builtin_shuffle(r[i], r[i + kLanes / 2], low);
      next[2 * i + 1] = __builtin_shuffle(r[i], r[i + kLanes / 2], high);
    }
#pragma GCC unroll 16
    for (int i = 0; i < kLanes; ++i) r[i] = next[i];
  }
}

// Rows [0, rows) x columns [0, depth) of a matrix of T (row stride `stride` bytes) to out[depth][out_stride], kLanes rows
// wide; rows that do not exist are zeros.
template <hs_dtype T>
void pack(const char* from, int64_t stride, int64_t rows, int64_t depth, float* out, int64_t out_stride) {
  const int64_t real = min(rows, kLanes);
  for (int64_t k = 0; k < depth; k += kLanes) {
    const int64_t n = min(kLanes, depth - k);
    const char* p = from + k * element_bytes(T);
    f32v r[kLanes];
    if (real == kLanes && n == kLanes) {
#pragma GCC unroll 16
      for (int i = 0; i < kLanes; ++i) r[i] = load_weights<T>(p + i * stride);
    } else {
      for (int i = 0; i < kLanes; ++i)
        r[i] = i >= real ? f32v{} : n == kLanes ? load_weights<T>(p + i * stride) : load_last_weights<T>(p + i * stride, n);
    }
    transpose(r);
    if (n == kLanes) {
#pragma GCC unroll 16
      for (int i = 0; i < kLanes; ++i) store(out + (k + i) * out_stride, r[i]);
    } else {
      for (int i = 0; i < n; ++i) store(out + (k + i) * out_stride, r[i]);
    }
  }
}

// Where a register tile goes: c + r * ldc, `width` outputs; `from_c` adds what is there, bias (or nullptr) is added once.
struct Tile {
  float* c;
  int64_t ldc, width;
  const float* bias;
  bool from_c;
};

// `#pragma GCC unroll` on every loop over acc: an array that GCC unrolls late stays on the stack, at a third of the speed.
template <int R>
void multiply(int64_t depth, const float* a, const float* b, const Tile& tile) {
  constexpr int V = kGemm.vectors;
  f32v acc[R][V];
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 16
    for (int v = 0; v < V; ++v) acc[r][v] = f32v{};
  for (int64_t k = 0; k < depth; ++k) {
    f32v w[V];
#pragma GCC unroll 16
    for (int v = 0; v < V; ++v) w[v] = load(b + v * kLanes);
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
      const f32v x = splat(a[r]);
#pragma GCC unroll 16
      for (int v = 0; v < V; ++v) acc[r][v] = fma(x, w[v], acc[r][v]);
    }
    a += kLanes;
    b += kPanel;
  }
#pragma GCC unroll 16
  for (int v = 0; v < V; ++v) {
    const int64_t n = min(kLanes, tile.width - v * kLanes);
    const bool whole = n == kLanes;
    if (n <= 0) break;
    float* c = tile.c + v * kLanes;
    f32v bias{};
    if (tile.bias) bias = whole ? load(tile.bias + v * kLanes) : load_last(tile.bias + v * kLanes, n);
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
      f32v sum = acc[r][v] + bias;
      if (whole) {
        if (tile.from_c) sum += load(c + r * tile.ldc);
        store(c + r * tile.ldc, sum);
      } else {
        if (tile.from_c) sum += load_last(c + r * tile.ldc, n);
        store_last(c + r * tile.ldc, sum, n);
      }
    }
  }
}

using Multiply = void (*)(int64_t, const float*, const float*, const Tile&);
template <int R>
constexpr Multiply multiply_rows() {
  if constexpr (R <= kGemm.rows) return multiply<R>;
  return nullptr;
}
constexpr Multiply kMultiply[17] = {
    nullptr,             multiply_rows<1>(),  multiply_rows<2>(),  multiply_rows<3>(),  multiply_rows<4>(),  multiply_rows<5>(),
    multiply_rows<6>(),  multiply_rows<7>(),  multiply_rows<8>(),  multiply_rows<9>(),  multiply_rows<10>(), multiply_rows<11>(),
    multiply_rows<12>(), multiply_rows<13>(), multiply_rows<14>(), multiply_rows<15>(), multiply_rows<16>()};

template <hs_dtype T>
struct GemmJob {
  Linear call;
  int64_t depth;       // of a block of `in`, but for the last
  int64_t task_rows;   // a multiple of kGemm.rows
  int64_t task_width;  // a multiple of kPanel
  int64_t row_tasks;
  Outcome outcome;

  void run(int64_t index) {
    const int64_t row = index % row_tasks * task_rows, row_end = min(row + task_rows, call.rows);
    const int64_t column = index / row_tasks * task_width, column_end = min(column + task_width, call.w.out);
    float* slab = scratch((kLanes + task_width) * depth);
    if (!slab) return outcome.stop(HS_OUT_OF_MEMORY);
    float* panels = slab + kLanes * depth;
    const int64_t stride = call.w.in * element_bytes(T);
    for (int64_t k = 0; k < call.w.in; k += depth) {
      const int64_t n = min(depth, call.w.in - k);
      for (int64_t o = column; o < column_end; o += kLanes)
        pack<T>((const char*)call.w.data + o * stride + k * element_bytes(T), stride, column_end - o, n,
                panels + (o - column) / kPanel * kPanel * n + (o - column) % kPanel, kPanel);
      for (int64_t r = row; r < row_end; r += kGemm.rows) {
        if (outcome.stopped()) return;
        const int64_t rows = min(kGemm.rows, row_end - r);
        pack<HS_F32>((const char*)(call.a + r * call.lda + k), call.lda * 4, rows, n, slab, kLanes);
        for (int64_t o = column; o < column_end; o += kPanel)
          kMultiply[rows](n, slab, panels + (o - column) * n,
                          {call.out + r * call.ldo + o, call.ldo, min(kPanel, column_end - o),
                           call.bias && k == 0 ? call.bias + o : nullptr, call.add || k > 0});
      }
    }
  }
};

// Cuts C so that every worker gets several blocks: by rows while a block keeps enough of them to repay the packing of its
// weights, then by outputs.
template <hs_dtype T>
hs_status run(const hs_exec* exec, const Linear& call) {
  GemmJob<T> job{};
  job.call = call;
  job.depth = blocks_of(blocks_of(call.w.in, blocks_of(call.w.in, kGemm.depth)), kLanes) * kLanes;
  const int64_t panels = blocks_of(call.w.out, kPanel), wanted = exec->workers > 1 ? exec->workers * kTasksPerWorker : 1;
  int64_t column_tasks = blocks_of(panels, kGemm.width / kPanel);
  const int64_t row_tasks = min(blocks_of(call.rows, kGemm.task_rows), blocks_of(wanted, column_tasks));
  if (row_tasks * column_tasks < wanted) column_tasks = min(panels, blocks_of(wanted, row_tasks));
  job.task_rows = blocks_of(blocks_of(call.rows, row_tasks), kGemm.rows) * kGemm.rows;
  job.task_width = blocks_of(panels, column_tasks) * kPanel;
  job.row_tasks = blocks_of(call.rows, job.task_rows);
  return run_tasks(exec, job.row_tasks * blocks_of(call.w.out, job.task_width), job);
}

}  // namespace

hs_status packed_gemm(const hs_exec* exec, const Linear& call) {
  switch (call.w.dtype) {
    case HS_F32: return run<HS_F32>(exec, call);
    case HS_F16: return run<HS_F16>(exec, call);
    case HS_BF16: return run<HS_BF16>(exec, call);
  }
  return HS_INVALID;
}

}  // namespace headscope::cpu::HS_ISA
