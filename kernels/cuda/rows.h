// The layer's arithmetic outside its matrix products, a row at a time. Functions of native/backend.h, which says what they compute.
#pragma once

#include "../../native/backend.h"

namespace headscope::cuda {

hs_status embed(const hs_exec*, const hs_weights* table, const int32_t* ids, int64_t rows, float* out);
hs_status rms_norm(const hs_exec*, const float* x, int64_t rows, int64_t width, const hs_weights* weight, float eps, float* out);
hs_status split_heads(const hs_exec*, const float* x, int64_t ldx, int64_t rows, int32_t heads, int32_t head_dim, const hs_rotation* rotation,
                      float* out, int64_t first_row, int64_t total_rows);
hs_status gated_silu(const hs_exec*, float* gate, const float* up, int64_t rows, int64_t width, int64_t ld);
hs_status gated_gelu(const hs_exec*, float* gate, const float* up, int64_t rows, int64_t width, int64_t ld);
hs_status scale_cap(const hs_exec*, float* x, int64_t count, float scale, float cap);
hs_status add_rows(const hs_exec*, const float* x, int64_t rows, int64_t width, const int32_t* ids, const float* weights, float scale, float* out);
hs_status all_usable(const hs_exec*, const float* x, int64_t count, float largest, int32_t* usable);

}  // namespace headscope::cuda
