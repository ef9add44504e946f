// The rows of the embedding table that the tokens name, widened: one block a row.
#include <vector>

#include "cancel.h"
#include "device_array.h"
#include "rows.h"
#include "weights.h"

namespace headscope::cuda {
namespace {

constexpr int kThreads = 256;

__global__ void __launch_bounds__(kThreads) embed_kernel(Weights table, int64_t width, const int32_t* ids, float* out) {
  const int64_t from = static_cast<int64_t>(ids[blockIdx.x]) * width, to = static_cast<int64_t>(blockIdx.x) * width;
  for (int64_t i = thread_index(); i < width; i += kThreads) out[to + i] = table[from + i];
}

}  // namespace

hs_status embed(const hs_exec* exec, const hs_weights* table, const int32_t* ids, int64_t rows, float* out) {
  if (!known_type(table->dtype)) return fail(HS_INVALID, "embed: a table of an unknown type");
  for (int64_t r = 0; r < rows; ++r)
    if (ids[r] < 0 || ids[r] >= table->out) return fail(HS_INVALID, "embed: a token id outside the table");
  if (rows < 1) return HS_OK;
  if (cancelled(exec)) return HS_CANCELLED;
  DeviceArray<int32_t> on_device;
  if (const hs_status status = on_device.copy_of(ids, rows); status != HS_OK) return status;
  return launch("embed", embed_kernel, {rows, kThreads}, Weights{table->data, table->dtype}, table->in, on_device.data(), out);
}

}  // namespace headscope::cuda
