// Mean-pooled block scores: the mean query of a block of rows times the mean key of another, all float32.
//
// Two launches: the means [2, B, d], a block each, rows added in their order; then the products, 16 x 16 of them a block, from shared
// memory. d a multiple of 8 up to 256; 2 * 16 * 257 * 4 bytes of shared memory at most. Never run on a device yet.
#include <limits>

#include "cancel.h"
#include "device_array.h"
#include "estimates.h"
#include "ptx/barrier.h"
#include "ptx/shared.h"

namespace headscope::cuda {
namespace {

constexpr int kPoolThreads = 64, kSide = 16;

struct Pooled {
  const float *q, *k;  // of the head, [n, d]
  float* means;        // [2, blocks, d] of q, of k
  float* scores;       // [blocks, blocks]
  int64_t n, blocks, window;
  int32_t d, size;
};

__global__ void __launch_bounds__(kPoolThreads) pool_kernel(const __grid_constant__ Pooled p) {
  const float* from = blockIdx.y ? p.k : p.q;
  const int64_t first = static_cast<int64_t>(blockIdx.x) * p.size, past = first + p.size < p.n ? first + p.size : p.n;
  float* to = p.means + (blockIdx.y * p.blocks + blockIdx.x) * p.d;
  for (int c = thread_index(); c < p.d; c += kPoolThreads) {
    float sum = 0;
    for (int64_t r = first; r < past; ++r) sum += from[r * p.d + c];
    to[c] = sum * (1.0f / static_cast<float>(p.size));  // the zeros after a short last block count
  }
}

__global__ void __launch_bounds__(kSide* kSide) block_scores_kernel(const __grid_constant__ Pooled p) {
  const int stride = p.d + 1;  // odd, so that 16 rows lie in 16 banks
  const Shared<float> q(shared_start(), kSide * stride), k(shared_start() + static_cast<uint32_t>(kSide * stride * 4), kSide * stride);
  const int64_t a0 = static_cast<int64_t>(blockIdx.y) * kSide, b0 = static_cast<int64_t>(blockIdx.x) * kSide;
  for (int at = thread_index(); at < kSide * p.d; at += kSide * kSide) {
    const int r = at / p.d, c = at % p.d;
    q[r * stride + c] = a0 + r < p.blocks ? p.means[(a0 + r) * p.d + c] : 0.0f;
    k[r * stride + c] = b0 + r < p.blocks ? p.means[(p.blocks + b0 + r) * p.d + c] : 0.0f;
  }
  sync_block();
  const int y = thread_index() / kSide, x = thread_index() % kSide;
  const int64_t a = a0 + y, b = b0 + x;
  if (a >= p.blocks || b >= p.blocks) return;
  float sum = 0;
  for (int c = 0; c < p.d; ++c) {
    const float left = q[y * stride + c], right = k[x * stride + c];
    sum += left * right;
  }
  const bool hidden = p.window > 0 && a * p.size - (b * p.size + p.size - 1) >= p.window;
  p.scores[a * p.blocks + b] = b > a || hidden ? -__builtin_inff() : sum;
}

}  // namespace

hs_status pooled_block_scores(const hs_exec* exec, const hs_heads* heads, int32_t head, int32_t block_size, float* scores) {
  if (const char* why = refused_estimate(*heads, head)) return fail(HS_INVALID, why);
  if (block_size < 1) return fail(HS_INVALID, "block scores need a block size");
  if (cancelled(exec)) return HS_CANCELLED;
  const int64_t n = heads->rows, blocks = (n + block_size - 1) / block_size, tiles = (blocks + kSide - 1) / kSide;
  if (tiles > 65535) return fail(HS_INVALID, "block scores of more than 1048560 blocks");
  const int32_t d = heads->head_dim;
  DeviceArray<float> means, there;
  hs_status status = means.make(2 * blocks * d);
  if (status == HS_OK) status = there.make(blocks * blocks);
  if (status != HS_OK) return status;
  const Pooled p{heads->q + head * n * d, heads->k + head / (heads->heads / heads->kv_heads) * n * d, means.data(), there.data(), n, blocks, heads->window, d, block_size};
  status = launch("pool", pool_kernel, {blocks, kPoolThreads, 0, 2}, p);
  if (status == HS_OK) status = launch("block_scores", block_scores_kernel, {tiles, kSide * kSide, 2 * kSide * (d + 1) * 4, static_cast<int>(tiles)}, p);
  return status == HS_OK ? download(scores, there.data(), blocks * blocks * 4) : status;
}

}  // namespace headscope::cuda
