// The online estimates that patterns are built from (contract: native/backend.h).
#include <float.h>
#include <stdlib.h>

#include "../common/mask_bits.h"
#include "attention_tile.h"
#include "kernel_table.h"
#include "scratch.h"
#include "task.h"

namespace headscope::cpu::HS_ISA {
namespace {

constexpr int kRows = 64;                  // query rows estimated at a time
constexpr int kRowPanels = kRows / kPanel;
constexpr int64_t kChunk = 1024;           // keys of a task
constexpr int kStep = 64;                  // keys multiplied at a time

// The softmax of query rows [first, first + rows), rows <= 64, summed along columns and diagonals. Two passes over the keys, so
// that nothing of the size 64 x N is kept: the first finds each row's maximum and total, chunk by chunk.
struct LastRowsJob {
  const float *queries, *keys;  // of the head, [N, d]
  int64_t n, window, first, rows, chunks;
  int32_t d;
  float cap;
  float* panels;   // [kRowPanels][d][kPanel]
  float* maximum;  // [chunks][kRows]; after finish_rows() chunk 0 holds the row's
  float* total;    // [chunks][kRows]; ... and 1 / total
  float* diagonals;  // [chunks][kChunk + kRows]: chunk c's sums at distance first - (its last key) + index
  float* column_sum;
  bool totals_known;
  Outcome outcome;

  int64_t chunk_end(int64_t chunk) const { return (chunk + 1) * kChunk < first + rows ? (chunk + 1) * kChunk : first + rows; }

  // The keys before it lie before every row's window.
  int64_t chunk_start(int64_t chunk) const {
    const int64_t seen = window > 0 ? first - window + 1 : 0;
    return seen > chunk * kChunk ? seen : chunk * kChunk;
  }
  // Lanes of rows [p kPanel + v kLanes, ...) that see key j.
  uint32_t seen(int64_t j, int p, int v) const {
    uint64_t lanes = low_bits(rows);
    if (j > first) lanes &= ~0ull << (j - first);
    lanes &= rows_in_window(window, j, first);
    return (uint32_t)(lanes >> (p * kPanel + v * kLanes));
  }

  void run(int64_t chunk) {
    float* scores = scratch((kStep + kKeySlack) * kPanel);
    if (!scores) return outcome.stop(HS_OUT_OF_MEMORY);
    for (int p = 0; p < kRowPanels; ++p) {
      f32v top[kPanelVectors], sum[kPanelVectors];
      for (int v = 0; v < kPanelVectors; ++v) {
        top[v] = totals_known ? load(maximum + p * kPanel + v * kLanes) : splat(-FLT_MAX);
        sum[v] = totals_known ? load(total + p * kPanel + v * kLanes) : splat(0);
      }
      for (int64_t key = chunk_start(chunk); key < chunk_end(chunk); key += kStep) {
        const float* rows_of_keys[kStep + kKeySlack];
        const int32_t count = (int32_t)(chunk_end(chunk) - key < kStep ? chunk_end(chunk) - key : kStep);
        for (int32_t t = 0; t < count + kKeySlack; ++t) rows_of_keys[t] = keys + (key + (t < count ? t : count - 1)) * d;
        score_panel(panels + p * kPanel * d, d, rows_of_keys, count, scores);
        if (cap > 0) cap_scores(scores, count, cap);
        if (totals_known) add_sums(chunk, key, count, p, scores, top, sum);
        else add_totals(key, count, p, scores, top, sum);
      }
      if (totals_known) continue;
      for (int v = 0; v < kPanelVectors; ++v) {
        store(maximum + chunk * kRows + p * kPanel + v * kLanes, top[v]);
        store(total + chunk * kRows + p * kPanel + v * kLanes, sum[v]);
      }
    }
  }

  void add_totals(int64_t key, int32_t count, int p, float* scores, f32v* top, f32v* sum) const {
    f32v before[kPanelVectors];
    for (int v = 0; v < kPanelVectors; ++v) before[v] = top[v];
    for (int32_t t = 0; t < count; ++t)
      for (int v = 0; v < kPanelVectors; ++v) {
        float* at = scores + t * kPanel + v * kLanes;
        const f32v s = select(seen(key + t, p, v), load(at), -__builtin_inff());
        store(at, s);
        top[v] = max(s, top[v]);
      }
    for (int v = 0; v < kPanelVectors; ++v) sum[v] = sum[v] * exp(before[v] - top[v]);
    for (int32_t t = 0; t < count; ++t)
      for (int v = 0; v < kPanelVectors; ++v) sum[v] += exp(load(scores + t * kPanel + v * kLanes) - top[v]);
  }

  void add_sums(int64_t chunk, int64_t key, int32_t count, int p, const float* scores, const f32v* top, const f32v* inverse) const {
    float* along = diagonals + chunk * (kChunk + kRows);
    for (int32_t t = 0; t < count; ++t) {
      // Rows lie along the lanes, so a key's cells are neighbours on the distance axis.
      float* from = along + (chunk_end(chunk) - 1 - (key + t)) + p * kPanel;
      f32v column = splat(0);
      for (int v = 0; v < kPanelVectors; ++v) {
        const f32v s = select(seen(key + t, p, v), load(scores + t * kPanel + v * kLanes), -__builtin_inff());
        const f32v probability = exp(s - top[v]) * inverse[v];
        column += probability;
        store(from + v * kLanes, load(from + v * kLanes) + probability);
      }
      column_sum[key + t] += reduce_add(column);
    }
  }

  void finish_rows() {
    for (int r = 0; r < kRows; ++r) {
      float top = maximum[r];
      for (int64_t c = 1; c < chunks; ++c) top = top > maximum[c * kRows + r] ? top : maximum[c * kRows + r];
      double sum = 0;
      for (int64_t c = 0; c < chunks; ++c) sum += (double)total[c * kRows + r] * __builtin_exp((double)maximum[c * kRows + r] - (double)top);
      maximum[r] = top;
      total[r] = sum > 0 ? (float)(1 / sum) : 0;
    }
    totals_known = true;
  }

  void join_diagonals(float* distance_sum) const {
    for (int64_t c = 0; c < chunks; ++c) {
      const float* along = diagonals + c * (kChunk + kRows);
      const int64_t nearest = first - (chunk_end(c) - 1), span = chunk_end(c) - c * kChunk + rows - 1;
      for (int64_t i = nearest < 0 ? -nearest : 0; i < span; ++i) distance_sum[nearest + i] += along[i];
    }
  }
};

const char* refusal(const hs_heads& h, int32_t head) {
  if (h.head_dim < 8 || h.head_dim > 256 || h.head_dim % 8) return "an estimate needs a head_dim that is a multiple of 8, from 8 to 256";
  if (h.rows < 1 || h.heads < 1 || h.kv_heads < 1 || h.heads % h.kv_heads || head < 0 || head >= h.heads)
    return "an estimate was called with impossible shapes";
  return nullptr;
}

hs_status last_rows_estimate(const hs_exec* exec, const hs_heads* heads, int32_t head, int32_t last, float* column_sum, float* distance_sum) {
  if (const char* why = refusal(*heads, head)) return fail(HS_INVALID, why);
  const int64_t n = heads->rows;
  if (last < 1 || last > n) return fail(HS_INVALID, "the last rows of an estimate are 1 .. N");
  const int32_t d = heads->head_dim;
  const int64_t most_chunks = (n + kChunk - 1) / kChunk;
  const int64_t floats = kRows * d + most_chunks * (2 * kRows + kChunk + kRows);
  float* memory = (float*)aligned_alloc(64, (size_t)floats * sizeof(float));
  if (!memory) return fail(HS_OUT_OF_MEMORY, "no memory for an estimate");

  LastRowsJob job = {};
  job.queries = heads->q + head * n * d;
  job.keys = heads->k + head / (heads->heads / heads->kv_heads) * n * d;
  job.n = n;
  job.window = heads->window;
  job.cap = heads->cap;
  job.d = d;
  job.panels = memory;
  job.maximum = job.panels + kRows * d;
  job.total = job.maximum + most_chunks * kRows;
  job.diagonals = job.total + most_chunks * kRows;
  job.column_sum = column_sum;
  __builtin_memset(column_sum, 0, sizeof(float) * (size_t)n);
  __builtin_memset(distance_sum, 0, sizeof(float) * (size_t)n);

  hs_status status = HS_OK;
  for (int64_t first = n - last; first < n && status == HS_OK; first += kRows) {
    job.first = first;
    job.rows = n - first < kRows ? n - first : kRows;
    job.chunks = (first + job.rows + kChunk - 1) / kChunk;
    job.totals_known = false;
    for (int p = 0; p < kRowPanels; ++p) {
      const int64_t left = job.rows - p * kPanel;
      transpose_panel(job.queries + (first + p * kPanel) * d, d, left < 0 ? 0 : left < kPanel ? left : kPanel, d, heads->scale,
                      job.panels + p * kPanel * d);
    }
    __builtin_memset(job.diagonals, 0, sizeof(float) * (size_t)(job.chunks * (kChunk + kRows)));
    status = run_tasks(exec, job.chunks, job);
    if (status != HS_OK) break;
    job.finish_rows();
    status = run_tasks(exec, job.chunks, job);
    if (status == HS_OK) job.join_diagonals(distance_sum);
  }
  free(memory);
  return status;
}

// Means of blocks of rows; zero padding of a short last block counts.
struct PoolJob {
  const float *queries, *keys;  // [N, d]
  int64_t n, block_size, blocks;
  int32_t d;
  float *pooled_queries, *pooled_keys;  // [blocks, d]
  Outcome outcome;

  void pool(const float* from, int64_t block, float* to) const {
    const int64_t first = block * block_size, past = first + block_size < n ? first + block_size : n;
    const float share = 1.0f / (float)block_size;
    for (int32_t c = 0; c < d; ++c) to[c] = 0;
    for (int64_t r = first; r < past; ++r)
      for (int32_t c = 0; c < d; ++c) to[c] += from[r * d + c];
    for (int32_t c = 0; c < d; ++c) to[c] *= share;
  }
  void run(int64_t block) {
    pool(queries, block, pooled_queries + block * d);
    pool(keys, block, pooled_keys + block * d);
  }
};

struct BlockScoresJob {
  const float *pooled_queries, *pooled_keys;
  int64_t blocks, block_size, window;
  int32_t d;
  float* scores;  // [blocks, blocks]
  Outcome outcome;

  void run(int64_t task) {
    float* panel = scratch(kPanel * (int64_t)d + (kStep + kKeySlack) * kPanel);
    if (!panel) return outcome.stop(HS_OUT_OF_MEMORY);
    float* block_scores = panel + kPanel * (int64_t)d;
    const int64_t first = task * kPanel, rows = blocks - first < kPanel ? blocks - first : kPanel;
    transpose_panel(pooled_queries + first * d, d, rows, d, 1, panel);
    for (int64_t key = 0; key < first + rows; key += kStep) {
      const float* rows_of_keys[kStep + kKeySlack];
      const int32_t count = (int32_t)(first + rows - key < kStep ? first + rows - key : kStep);
      for (int32_t t = 0; t < count + kKeySlack; ++t) rows_of_keys[t] = pooled_keys + (key + (t < count ? t : count - 1)) * d;
      score_panel(panel, d, rows_of_keys, count, block_scores);
      for (int64_t r = 0; r < rows; ++r)
        for (int32_t t = 0; t < count; ++t) scores[(first + r) * blocks + key + t] = block_scores[t * kPanel + r];
    }
    for (int64_t r = first; r < first + rows; ++r) {
      const int64_t seen = window > 0 && r * block_size >= window ? (r * block_size - window + 1) / block_size : 0;
      for (int64_t b = 0; b < seen; ++b) scores[r * blocks + b] = -__builtin_inff();
      for (int64_t b = r + 1; b < blocks; ++b) scores[r * blocks + b] = -__builtin_inff();
    }
  }
};

hs_status pooled_block_scores(const hs_exec* exec, const hs_heads* heads, int32_t head, int32_t block_size, float* scores) {
  if (const char* why = refusal(*heads, head)) return fail(HS_INVALID, why);
  if (block_size < 1) return fail(HS_INVALID, "a block has one row or more");
  const int64_t n = heads->rows, blocks = (n + block_size - 1) / block_size;
  const int32_t d = heads->head_dim;
  float* pooled = (float*)malloc((size_t)(2 * blocks * d) * sizeof(float));
  if (!pooled) return fail(HS_OUT_OF_MEMORY, "no memory for pooled blocks");
  PoolJob pool = {};
  pool.queries = heads->q + head * n * d;
  pool.keys = heads->k + head / (heads->heads / heads->kv_heads) * n * d;
  pool.n = n;
  pool.block_size = block_size;
  pool.blocks = blocks;
  pool.d = d;
  pool.pooled_queries = pooled;
  pool.pooled_keys = pooled + blocks * d;
  hs_status status = run_tasks(exec, blocks, pool);
  if (status == HS_OK) {
    BlockScoresJob job = {};
    job.pooled_queries = pool.pooled_queries;
    job.pooled_keys = pool.pooled_keys;
    job.blocks = blocks;
    job.block_size = block_size;
    job.window = heads->window;
    job.d = d;
    job.scores = scores;
    status = run_tasks(exec, (blocks + kPanel - 1) / kPanel, job);
  }
  free(pooled);
  return status;
}

}  // namespace

void fill_estimates(headscope_backend_v1* table) {
  table->last_rows_estimate = last_rows_estimate;
  table->pooled_block_scores = pooled_block_scores;
}

}  // namespace headscope::cpu::HS_ISA
