// The host's half of attention: checks the call, brings keys and values into bfloat16 and the masks to the device, and has one of the two kernels attend.
// Heads with most tiles are begun first. No order of arithmetic depends on time: equal bits every run.
#include "attention.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "attention_problem.h"
#include "cancel.h"
#include "device_masks.h"
#include "narrow.h"
#include "overview.h"
#include "paths.h"

namespace headscope::cuda {
namespace {

const char* refusal(const hs_attention& call) {
  const hs_heads& h = call.heads;
  if (h.head_dim < 8 || h.head_dim > 256 || h.head_dim % 8) return "attention needs a head_dim that is a multiple of 8, from 8 to 256";
  if (h.rows < 1 || h.heads < 1 || h.kv_heads < 1 || h.heads % h.kv_heads) return "attention was called with impossible shapes";
  if (!h.q || !h.k || (call.out ? !h.v : !call.lse)) return "attention was called without an array it needs";
  if (h.window < 0 || !(h.cap >= 0)) return "attention was called with a window or a cap below 0";
  if (call.out_stride && (call.out_stride % 8 || call.out_stride < static_cast<int64_t>(h.heads) * h.head_dim)) return "attention was called with rows of outputs that overlap";
  if (!call.overview_sum != !call.overview_max) return "attention makes both overviews or none";
  for (int32_t i = 0; call.masks && i < h.heads; ++i)
    if (call.masks[i] && (call.masks[i]->window != h.window || (call.masks[i]->kind != kMaskDense && call.masks[i]->rows != h.rows)))
      return "a mask was built for another number of rows or another window";
  return nullptr;
}

}  // namespace

hs_status attention_on(AttentionPath path, const hs_exec* exec, const hs_attention* call) {
  if (const char* why = refusal(*call)) return fail(HS_INVALID, why);
  if (cancelled(exec)) return HS_CANCELLED;
  const hs_heads& h = call->heads;
  const int64_t row_tiles = (h.rows + kTile - 1) / kTile, keys = h.kv_heads * h.rows * h.head_dim;

  std::vector<int64_t> tiles(static_cast<size_t>(h.heads));
  for (int32_t i = 0; i < h.heads; ++i) tiles[i] = expected_tiles(call->masks ? call->masks[i] : nullptr, h.rows, h.window);
  std::vector<int32_t> order(tiles.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int32_t a, int32_t b) { return tiles[a] > tiles[b]; });

  DeviceArray<Bf16> k, v;
  DeviceArray<float> lse;
  DeviceArray<int32_t> order_there, executed;
  DeviceMasks masks;
  hs_status status = masks.place(call->masks, h.heads, h.rows, h.window);
  if (status == HS_OK) status = order_there.copy_of(order.data(), h.heads);
  if (status == HS_OK) status = k.make(keys);
  if (status == HS_OK) status = narrow(h.k, keys, k.data());
  if (status == HS_OK && call->out) status = v.make(keys);
  if (status == HS_OK && call->out) status = narrow(h.v, keys, v.data());
  if (status == HS_OK && call->overview_sum && !call->lse) status = lse.make(h.heads * h.rows);
  if (status == HS_OK && call->executed_tiles) status = executed.make(h.heads * row_tiles);
  if (status != HS_OK) return status;

  const CancelWatch watch(exec);
  Attention a{};
  a.cancel = watch.flag();
  a.q = h.q;
  a.k = k.data();
  a.v = v.data();
  a.masks = masks.data();
  a.order = order_there.data();
  a.out = call->out;
  a.out_stride = call->out_stride ? call->out_stride : static_cast<int64_t>(h.heads) * h.head_dim;
  a.lse = call->lse ? call->lse : lse.data();
  a.executed = executed.data();
  a.rows = h.rows;
  a.row_tiles = row_tiles;
  a.heads = h.heads;
  a.group = h.heads / h.kv_heads;
  a.head_dim = h.head_dim;
  a.scale = ScoreScale(h.scale, h.cap);
  a.most = std::min(0x1p30f / a.scale.factor, 1e38f);
  if (status = path == AttentionPath::hopper && hopper_takes(a) ? attend_hopper(a) : attend_mma(a); status != HS_OK) return status;
  if (call->overview_sum) {
    const Overview o{a.q, a.k, a.masks, a.order, a.lse, nullptr, nullptr, a.cancel, a.rows, a.row_tiles, a.heads, a.group, a.head_dim, a.scale};
    if (status = overview(o, call->overview_sum, call->overview_max); status != HS_OK) return status;
  }

  if (status = watch.wait(); status != HS_OK) return status;
  if (call->executed_tiles) {
    std::vector<int32_t> of_tile(static_cast<size_t>(h.heads * row_tiles));
    if (status = download(of_tile.data(), executed.data(), static_cast<int64_t>(of_tile.size() * sizeof(int32_t))); status != HS_OK) return status;
    for (int32_t i = 0; i < h.heads; ++i) call->executed_tiles[i] = std::accumulate(of_tile.begin() + i * row_tiles, of_tile.begin() + (i + 1) * row_tiles, int64_t{0});
  }
  if (exec && exec->progress) exec->progress(exec->progress_owner, 1);
  return HS_OK;
}

hs_status attention(const hs_exec* exec, const hs_attention* call) {
  return attention_on(hopper_in_use() & kHopperAttention ? AttentionPath::hopper : AttentionPath::mma, exec, call);
}

}  // namespace headscope::cuda
