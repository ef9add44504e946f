// Which kernels run on Hopper's own instructions (tensor copies, products of warpgroups) and which on mma.sync, which every device has.
//
// No kernel for Hopper is trusted before it has run on the machine at hand: the probe compares each with its mma.sync twin (hopper_check.h), in a process
// that may die, and what agreed is handed to the engine's process. HEADSCOPE_CUDA_PATH overrides it: mma never uses them, hopper always, unchecked.
#pragma once

#include <cstdint>

namespace headscope::cuda {

enum HopperPart : uint32_t { kHopperGemm = 1, kHopperAttention = 2, kHopperParts = 3 };

// Of HopperPart; none until use_hopper(). Set before the first call, not beside one.
uint32_t hopper_in_use();
void use_hopper(uint32_t parts);

// What to use of the parts that were found to agree on this device, by what the environment asks for (`asked` as getenv gives it). An unknown word is
// taken for no word: then the check decides.
uint32_t hopper_parts_for(uint32_t agreeing, int architecture, const char* asked);

}  // namespace headscope::cuda
