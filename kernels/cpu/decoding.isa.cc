// Attention of one new token over the keys and values of all before it (contract: native/backend.h).
#include <float.h>

#include "kernel_table.h"
#include "scratch.h"
#include "task.h"

namespace headscope::cpu::HS_ISA {
namespace {

// Keys whose values are summed before they are added to the output, so that rounding grows with the blocks and not with the keys; the
// cancel flag is looked at once a block.
constexpr int64_t kBlock = 512;

// One task a query head: scores of every key, their softmax, the weighted values.
struct RowAttention {
  const hs_row_attention& call;
  Outcome outcome;

  void run(int64_t head) {
    const hs_heads& all = call.heads;
    const int64_t d = all.head_dim, whole = d / kLanes * kLanes;
    const int64_t first = all.window > 0 && call.row >= all.window ? call.row - all.window + 1 : 0, count = call.row + 1 - first;
    const int64_t start = (head / (all.heads / all.kv_heads) * all.rows + first) * d;
    const float* q = all.q + (head * all.rows + call.row) * d;
    const float* keys = all.k + start;
    const float* values = all.v + start;
    float* out = call.out + head * d;
    float* scores = scratch(count + kLanes + d);
    if (!scores) return outcome.stop(HS_OUT_OF_MEMORY);
    float* part = scores + count + kLanes;

    float top = -FLT_MAX;
    for (int64_t j = 0; j < count; ++j) {
      if (j % kBlock == 0 && outcome.stopped()) return;
      const float* k = keys + j * d;
      f32v sums = splat(0);
      for (int64_t c = 0; c < whole; c += kLanes) sums = fma(load(q + c), load(k + c), sums);
      float score = reduce_add(sums);
      for (int64_t c = whole; c < d; ++c) score += q[c] * k[c];
      score *= all.scale;
      if (all.cap > 0) score = all.cap * __builtin_tanhf(score / all.cap);
      scores[j] = score;
      if (score > top) top = score;
    }

    // Lanes past the last key hold a score whose exp is 0.
    for (int t = 0; t < kLanes; ++t) scores[count + t] = -__builtin_inff();
    double total = 0;
    for (int64_t j = 0; j < count; j += kLanes) {
      const f32v p = exp(load(scores + j) - splat(top));
      store(scores + j, p);
      total += (double)reduce_add(p);
    }

    for (int64_t c = 0; c < d; ++c) out[c] = 0;
    for (int64_t block = 0; block < count; block += kBlock) {
      if (outcome.stopped()) return;
      const int64_t end = block + kBlock < count ? block + kBlock : count;
      for (int64_t c = 0; c < d; ++c) part[c] = 0;
      for (int64_t j = block; j < end; ++j) {
        const float* v = values + j * d;
        const f32v p = splat(scores[j]);
        for (int64_t c = 0; c < whole; c += kLanes) store(part + c, fma(p, load(v + c), load(part + c)));
        for (int64_t c = whole; c < d; ++c) part[c] += scores[j] * v[c];
      }
      for (int64_t c = 0; c < d; ++c) out[c] += part[c];
    }
    const float inverse = (float)(1 / total);
    for (int64_t c = 0; c < d; ++c) out[c] *= inverse;
  }
};

hs_status attend_row(const hs_exec* exec, const hs_row_attention* call) {
  const hs_heads& a = call->heads;
  if (!a.q || !a.k || !a.v || !call->out) return fail(HS_INVALID, "attend_row without an array");
  if (a.heads < 1 || a.kv_heads < 1 || a.heads % a.kv_heads) return fail(HS_INVALID, "heads that no key-value heads divide");
  if (a.head_dim < HEADSCOPE_HEAD_DIM_STEP || a.head_dim > HEADSCOPE_HEAD_DIM_MAX || a.head_dim % HEADSCOPE_HEAD_DIM_STEP)
    return fail(HS_UNSUPPORTED, "a head_dim that no kernel runs");
  if (call->row < 0 || call->row >= a.rows) return fail(HS_INVALID, "a row that the cache has no place for");
  RowAttention pass{*call, {}};
  return run_tasks(exec, a.heads, pass);
}

}  // namespace

void fill_decoding(headscope_backend_v1* table) { table->attend_row = attend_row; }

}  // namespace headscope::cpu::HS_ISA
