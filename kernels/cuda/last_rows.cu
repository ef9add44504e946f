// MInference's online estimate: the softmax of the last rows over all keys, summed along columns and along distances.
//
// 64 rows at a time, in three launches. Scores [64, keys] on mma.sync, a block for 64 keys: queries and keys float32, rounded to
// bfloat16 on their way into shared memory, sums float32, in powers of two and -infinity where a row does not see the key. Then each
// row's largest and total, a block a row. Then the sums, a thread a column and a thread a distance, over the rows in their order:
// no atomics, equal bits every run. The scores are written once and read three times, 256 bytes a key and head: 32 MB at 128K. As many heads as
// fit in kScoreBytes share a launch.
// Never run on a device yet.
#include <algorithm>

#include "cancel.h"
#include "clear.h"
#include "device_array.h"
#include "estimates.h"
#include "ptx/barrier.h"
#include "score_scale.h"
#include "score_tile.h"

namespace headscope::cuda {
namespace {

constexpr int kRows = kTile, kThreads = ScoreTile::kThreads, kSumThreads = 256;
constexpr int64_t kScoreBytes = int64_t{512} << 20;

struct LastRows {
  const float *q, *k;    // [heads, n, head_dim], [heads / group, n, head_dim]
  const int32_t* heads;  // which, of this launch
  float* scores;         // [of launch, kRows, stride], column j - first_key
  float *top, *share;    // [of launch, kRows] of a row: its largest score, and 1 / total
  float* sums;           // [of launch, 2, n] along columns, along distances: added to
  int64_t n, first, rows, first_key, stride, window;
  int32_t head_dim, group;
  ScoreScale scale;
};

__global__ void __launch_bounds__(kThreads) score_rows_kernel(const __grid_constant__ LastRows a) {
  const ScoreTile tile(shared_start(), a.head_dim, 1);
  const int64_t key0 = a.first_key + static_cast<int64_t>(blockIdx.x) * kTile, past = a.first + a.rows;
  const int32_t head = a.heads[blockIdx.y];
  const float* const keys = a.k + head / a.group * a.n * a.head_dim;
  tile.load_queries(a.q + (head * a.n + a.first) * a.head_dim, a.rows, a.scale.sign);
  const int chunks = tile.chunks_of_row();
  for (int at = thread_index(); at < kTile * chunks; at += kThreads) {
    const int t = at / chunks, chunk = at % chunks;
    Vec<uint32_t, 4> eight{{0, 0, 0, 0}};
    if (key0 + t < past && chunk * 8 < a.head_dim) {
      const auto* from = reinterpret_cast<const Vec<float, 4>*>(keys + (key0 + t) * a.head_dim + chunk * 8);
      const Vec<float, 4> x = from[0], y = from[1];
      eight = {{pack_bf16(x[0], x[1]), pack_bf16(x[2], x[3]), pack_bf16(y[0], y[1]), pack_bf16(y[2], y[3])}};
    }
    tile.keys()[tile.key_chunk(0, t, chunk)] = eight;
  }
  sync_block();

  float s[8][4];
  tile.multiply(0, s);
  const int row = warp_index() * 16 + lane_index() / 4, column = lane_index() % 4 * 2;
#pragma unroll
  for (int r = 0; r < 2; ++r) {
    const int64_t i = a.first + row + 8 * r;
    if (i >= past) continue;
    const uint64_t seen = causal_keys(a.window, i, key0);
    float* to = a.scores + (static_cast<int64_t>(blockIdx.y) * kRows + row + 8 * r) * a.stride + (key0 - a.first_key) + column;
#pragma unroll
    for (int n = 0; n < 8; ++n) {
      Vec<float, 2> x;
#pragma unroll
      for (int e = 0; e < 2; ++e) x[e] = seen >> (8 * n + column + e) & 1 ? a.scale.log2(s[n][2 * r + e]) : -kInfinity;
      *reinterpret_cast<Vec<float, 2>*>(to + 8 * n) = x;
    }
  }
}

// One block a row.
__global__ void __launch_bounds__(kSumThreads) row_totals_kernel(const __grid_constant__ LastRows a) {
  constexpr int kWarps = kSumThreads / kWarp;
  const Shared<float> of_warp(shared_start(), 2 * kWarps);
  const int64_t at = static_cast<int64_t>(blockIdx.y) * kRows + blockIdx.x;
  const float* scores = a.scores + at * a.stride;
  const int64_t count = a.first + a.rows - a.first_key;
  float top = -kInfinity;
  for (int64_t j = thread_index(); j < count; j += kSumThreads) top = fmaxf(top, scores[j]);
  top = warp_max(top);
  if (lane_index() == 0) of_warp[warp_index()] = top;
  sync_block();
  for (int w = 0; w < kWarps; ++w) {
    const float other = of_warp[w];
    top = fmaxf(top, other);
  }
  float sum = 0;
  for (int64_t j = thread_index(); j < count; j += kSumThreads) sum += exp2_fast(scores[j] - top);
  sum = warp_sum(sum);
  if (lane_index() == 0) of_warp[kWarps + warp_index()] = sum;
  sync_block();
  if (thread_index() != 0) return;
  float total = 0;
  for (int w = 0; w < kWarps; ++w) {
    const float other = of_warp[kWarps + w];
    total += other;
  }
  a.top[at] = top;
  a.share[at] = 1 / total;
}

// blockIdx.y 0: a thread a column; 1: a thread a distance. blockIdx.z: the head.
__global__ void __launch_bounds__(kSumThreads) last_sums_kernel(const __grid_constant__ LastRows a) {
  const int64_t at = static_cast<int64_t>(blockIdx.x) * kSumThreads + thread_index(), past = a.first + a.rows;
  if (at >= past) return;
  const bool along_distance = blockIdx.y == 1;
  const int64_t row0 = static_cast<int64_t>(blockIdx.z) * kRows;
  float sum = 0;
  for (int r = 0; r < a.rows; ++r) {
    const int64_t key = along_distance ? a.first + r - at : at;
    if (key >= a.first_key && key < past) sum += exp2_fast(a.scores[(row0 + r) * a.stride + key - a.first_key] - a.top[row0 + r]) * a.share[row0 + r];
  }
  a.sums[(2 * static_cast<int64_t>(blockIdx.z) + (along_distance ? 1 : 0)) * a.n + at] += sum;
}

}  // namespace

const char* refused_estimate(const hs_heads& h, int32_t head) {
  if (h.head_dim < 8 || h.head_dim > 256 || h.head_dim % 8) return "an estimate needs a head_dim that is a multiple of 8, from 8 to 256";
  if (h.rows < 1 || h.heads < 1 || h.kv_heads < 1 || h.heads % h.kv_heads || head < 0 || head >= h.heads) return "an estimate was called with impossible shapes";
  return nullptr;
}

hs_status sum_last_rows(const hs_exec* exec, const hs_heads& heads, const int32_t* which, int32_t count, int32_t last, float* sums) {
  LastRows a{};
  a.q = heads.q;
  a.k = heads.k;
  a.n = heads.rows;
  a.window = heads.window;
  a.head_dim = heads.head_dim;
  a.group = heads.heads / heads.kv_heads;
  a.scale = ScoreScale(heads.scale, heads.cap);
  a.stride = (a.n + kTile - 1) / kTile * kTile;
  const int64_t together = std::clamp<int64_t>(kScoreBytes / (kRows * a.stride * 4), 1, count);
  DeviceArray<float> scores, of_rows;
  DeviceArray<int32_t> which_there;
  hs_status status = scores.make(together * kRows * a.stride);
  if (status == HS_OK) status = of_rows.make(2 * together * kRows);
  if (status == HS_OK) status = which_there.copy_of(which, count);
  if (status != HS_OK) return status;
  a.scores = scores.data();
  a.top = of_rows.data();
  a.share = of_rows.data() + together * kRows;
  for (int64_t done = 0; done < count; done += together) {
    const auto here = static_cast<int>(std::min<int64_t>(together, count - done));
    a.heads = which_there.data() + done;
    a.sums = sums + 2 * done * a.n;
    for (a.first = a.n - last; a.first < a.n; a.first += kRows) {
      if (cancelled(exec)) return HS_CANCELLED;
      a.rows = a.n - a.first < kRows ? a.n - a.first : kRows;
      a.first_key = a.window > 0 && a.first >= a.window ? (a.first - a.window + 1) / kTile * kTile : 0;
      const int64_t past = a.first + a.rows;
      status = launch("score_rows", score_rows_kernel, {(past - a.first_key + kTile - 1) / kTile, kThreads, ScoreTile::shared_bytes(a.head_dim, 1), here}, a);
      if (status == HS_OK) status = launch("row_totals", row_totals_kernel, {a.rows, kSumThreads, 2 * kSumThreads / kWarp * 4, here}, a);
      if (status == HS_OK) status = launch("last_sums", last_sums_kernel, {(past + kSumThreads - 1) / kSumThreads, kSumThreads, 0, 2, here}, a);
      if (status != HS_OK) return status;
    }
  }
  return HS_OK;
}

hs_status last_rows_estimate(const hs_exec* exec, const hs_heads* heads, int32_t head, int32_t last, float* column_sum, float* distance_sum) {
  if (const char* why = refused_estimate(*heads, head)) return fail(HS_INVALID, why);
  const int64_t n = heads->rows;
  if (last < 1 || last > n) return fail(HS_INVALID, "the last rows of an estimate are 1 .. N");
  DeviceArray<float> sums;
  hs_status status = sums.make(2 * n);
  if (status == HS_OK) status = clear(sums.data(), 2 * n * 4);
  if (status == HS_OK) status = sum_last_rows(exec, *heads, &head, 1, last, sums.data());
  if (status == HS_OK) status = download(column_sum, sums.data(), n * 4);
  return status == HS_OK ? download(distance_sum, sums.data() + n, n * 4) : status;
}

}  // namespace headscope::cuda
