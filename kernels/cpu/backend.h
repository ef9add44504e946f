// The CPU backend: one table per instruction set, the best the processor has chosen at run time.
#pragma once

#include "../../native/backend.h"

namespace headscope::cpu {

// The table for this processor. HEADSCOPE_CPU_ISA=portable|avx2|avx512 in the environment asks for a lower one (an unknown
// or unsupported name is ignored), so that tests reach every path.
const headscope_backend_v1* backend();

// A table by name ("portable", "avx2", "avx512"); nullptr where this build or this processor lacks it.
const headscope_backend_v1* backend_for(const char* isa);

// Every name this processor can run, best first, ending with nullptr.
const char* const* available_isas();

// For the kernels: the message last_error() returns on this thread. Returns `status`.
hs_status fail(hs_status status, const char* message);

}  // namespace headscope::cpu
