// Exact passes over one head's map, from its log-sum-exp. Functions of native/backend.h.
#pragma once

#include "../../native/backend.h"

namespace headscope::cuda {

hs_status tile(const hs_exec*, const hs_heads*, int32_t head, const float* lse, int64_t q0, int64_t q1, int64_t k0, int64_t k1, int64_t width, int64_t height,
               hs_aggregate aggregate, float* out);
hs_status planes(const hs_exec*, const hs_heads*, int32_t head, const float* lse, const hs_mask* dropped_by, int64_t q0, int64_t q1, int64_t k0, int64_t k1,
                 int64_t width, int64_t height, float* max, float* sum);
hs_status strongest(const hs_exec*, const hs_heads*, int32_t head, const float* lse, const hs_mask* dropped_by, int64_t q0, int64_t q1, int64_t k0, int64_t k1,
                    int64_t count, hs_pair* out, int64_t* found);
hs_status profiles(const hs_exec*, const hs_heads*, int32_t head, const float* lse, double* column_mass, double* distance_mass);
hs_status surface(const hs_exec*, const hs_surface*);
hs_status block_surface(const hs_exec*, const hs_block_surface*);

}  // namespace headscope::cuda
