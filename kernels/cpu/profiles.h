// backend.h's `profiles`, for the table that maps.isa.cc fills in.
#pragma once

#include "../../native/backend.h"
#include "simd.h"

namespace headscope::cpu::HS_ISA {

hs_status profiles(const hs_exec* exec, const hs_heads* heads, int32_t head, const float* lse, double* column_mass, double* distance_mass);

}  // namespace headscope::cpu::HS_ISA
