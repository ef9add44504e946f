// Attention of one new token over the keys and values of all before it: float32 throughout, for it reads every key and value once and
// multiplies little.
//
// Two launches. A block takes kKeys keys of one key-value head, for every query head that reads it, one after another: what it reads comes from
// the first-level cache from the second head on. A warp multiplies a key by the query, lanes along the head, the block takes the
// softmax of its keys, and a thread sums a column of the values. It leaves a largest score, a total and a sum of values per query head; a block a query
// head then adds those in the order of the keys. No atomics: equal bits every run. Scores in powers of two. Never run on a device yet.
#include "decoding.h"

#include "cancel.h"
#include "device_array.h"
#include "ptx/barrier.h"
#include "ptx/shared.h"
#include "ptx/warp.h"
#include "score_scale.h"

namespace headscope::cuda {
namespace {

constexpr int kThreads = 128, kWarps = kThreads / kWarp, kKeys = 128;
constexpr float kInfinity = __builtin_inff();

struct RowAttention {
  const float *q, *k, *v;  // [heads, rows, d], [kv_heads, rows, d]
  float* parts;            // [heads, chunks, d] sums of values
  float* totals;           // [heads, chunks, 2] the largest score, and the sum of 2^(score - largest)
  float* out;              // [heads, d]
  int64_t rows, row, first, chunks;
  int32_t group, d;
  ScoreScale scale;
};

__global__ void __launch_bounds__(kThreads) attend_keys_kernel(const __grid_constant__ RowAttention a) {
  const Shared<float> query(shared_start(), a.d), scores(shared_start() + static_cast<uint32_t>(a.d * 4), kKeys),
      of_warp(shared_start() + static_cast<uint32_t>((a.d + kKeys) * 4), 2 * kWarps);
  const int64_t key0 = a.first + static_cast<int64_t>(blockIdx.x) * kKeys;
  const int count = static_cast<int>(a.row + 1 - key0 < kKeys ? a.row + 1 - key0 : kKeys);
  const float* keys = a.k + (blockIdx.y * a.rows + key0) * a.d;
  const float* values = a.v + (blockIdx.y * a.rows + key0) * a.d;
  for (int h = 0; h < a.group; ++h) {
    const int64_t head = static_cast<int64_t>(blockIdx.y) * a.group + h;
    for (int c = thread_index(); c < a.d; c += kThreads) query[c] = a.q[(head * a.rows + a.row) * a.d + c] * a.scale.sign;
    sync_block();
    for (int t = warp_index(); t < kKeys; t += kWarps) {
      float score = -kInfinity;
      if (t < count) {
        float sum = 0;
        for (int c = lane_index(); c < a.d; c += kWarp) {
          const float x = query[c];
          sum = fmaf(x, keys[static_cast<int64_t>(t) * a.d + c], sum);
        }
        score = a.scale.log2(warp_sum(sum));
      }
      if (lane_index() == 0) scores[t] = score;
    }
    sync_block();
    // kKeys is kThreads: a score a thread.
    const float mine = scores[thread_index()];
    const float top_of_warp = warp_max(mine);
    if (lane_index() == 0) of_warp[warp_index()] = top_of_warp;
    sync_block();
    float top = -kInfinity;
    for (int w = 0; w < kWarps; ++w) {
      const float other = of_warp[w];
      top = fmaxf(top, other);
    }
    const float weight = exp2_fast(mine - top), sum_of_warp = warp_sum(weight);
    scores[thread_index()] = weight;
    if (lane_index() == 0) of_warp[kWarps + warp_index()] = sum_of_warp;
    sync_block();
    const int64_t part = head * a.chunks + blockIdx.x;
    if (thread_index() == 0) {
      float total = 0;
      for (int w = 0; w < kWarps; ++w) {
        const float other = of_warp[kWarps + w];
        total += other;
      }
      a.totals[part * 2] = top;
      a.totals[part * 2 + 1] = total;
    }
    for (int c = thread_index(); c < a.d; c += kThreads) {
      float sum = 0;
      for (int t = 0; t < count; ++t) {
        const float w = scores[t];
        sum = fmaf(w, values[static_cast<int64_t>(t) * a.d + c], sum);
      }
      a.parts[part * a.d + c] = sum;
    }
    sync_block();  // the next head's query and scores come where these are
  }
}

__global__ void __launch_bounds__(kThreads) add_parts_kernel(const __grid_constant__ RowAttention a) {
  const int64_t first = blockIdx.x * a.chunks;
  float top = -kInfinity;
  for (int64_t p = first; p < first + a.chunks; ++p) top = fmaxf(top, a.totals[p * 2]);
  float total = 0;
  for (int64_t p = first; p < first + a.chunks; ++p) total = fmaf(a.totals[p * 2 + 1], exp2_fast(a.totals[p * 2] - top), total);
  for (int c = thread_index(); c < a.d; c += kThreads) {
    float sum = 0;
    for (int64_t p = first; p < first + a.chunks; ++p) sum = fmaf(a.parts[p * a.d + c], exp2_fast(a.totals[p * 2] - top), sum);
    a.out[static_cast<int64_t>(blockIdx.x) * a.d + c] = sum / total;
  }
}

}  // namespace

hs_status attend_row(const hs_exec* exec, const hs_row_attention* call) {
  const hs_heads& h = call->heads;
  if (!h.q || !h.k || !h.v || !call->out) return fail(HS_INVALID, "attend_row without an array");
  if (h.heads < 1 || h.kv_heads < 1 || h.kv_heads > 65535 || h.heads % h.kv_heads) return fail(HS_INVALID, "heads that no key-value heads divide");
  if (h.head_dim < 8 || h.head_dim > 256 || h.head_dim % 8) return fail(HS_INVALID, "attend_row needs a head_dim that is a multiple of 8, from 8 to 256");
  if (h.window < 0 || !(h.cap >= 0)) return fail(HS_INVALID, "a window or a cap below 0");
  if (call->row < 0 || call->row >= h.rows) return fail(HS_INVALID, "a row that the cache has no place for");
  if (cancelled(exec)) return HS_CANCELLED;
  RowAttention a{};
  a.q = h.q;
  a.k = h.k;
  a.v = h.v;
  a.out = call->out;
  a.rows = h.rows;
  a.row = call->row;
  a.first = h.window > 0 && call->row >= h.window ? call->row - h.window + 1 : 0;
  a.chunks = (call->row + 1 - a.first + kKeys - 1) / kKeys;
  a.group = h.heads / h.kv_heads;
  a.d = h.head_dim;
  a.scale = ScoreScale(h.scale, h.cap);
  DeviceArray<float> parts, totals;
  hs_status status = parts.make(h.heads * a.chunks * a.d);
  if (status == HS_OK) status = totals.make(h.heads * a.chunks * 2);
  if (status != HS_OK) return status;
  a.parts = parts.data();
  a.totals = totals.data();
  status = launch("attend_keys", attend_keys_kernel, {a.chunks, kThreads, (a.d + kKeys + 2 * kWarps) * 4, h.kv_heads}, a);
  return status == HS_OK ? launch("add_parts", add_parts_kernel, {h.heads, kThreads}, a) : status;
}

}  // namespace headscope::cuda
