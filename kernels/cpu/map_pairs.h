// backend.h's `strongest`, for the table that maps.isa.cc fills in.
#pragma once

#include "map_strips.h"

namespace headscope::cpu::HS_ISA {

hs_status strongest(const hs_exec* exec, const hs_heads* heads, int32_t head, const float* lse, const hs_mask* dropped_by, int64_t q0, int64_t q1, int64_t k0,
                    int64_t k1, int64_t count, hs_pair* out, int64_t* found);

}  // namespace headscope::cpu::HS_ISA
