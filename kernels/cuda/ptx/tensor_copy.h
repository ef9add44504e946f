// Tensor copies (TMA, sm_90): one thread asks for a box of a matrix in global memory, a unit brings it to shared memory and counts its bytes
// at an mbarrier. What lies outside the matrix becomes 0, and its bytes count too.
//
// Boxes are 64 columns of bfloat16 (128 bytes) wide, and their rows lie one after another with the 128-byte swizzle: of the row at byte r of
// shared memory, the 16-byte chunk c lies at chunk c ^ (r / 128 % 8). `to` is aligned to 1024 bytes, so that this is the row's own number.
#pragma once

#include "mbarrier.h"
#include "../tensor_map.h"

namespace headscope::cuda {

HS_DEVICE void copy_tensor_box(SharedAddress to, const TensorMap& map, int column, int row, SharedAddress mbarrier) {
#if HS_EMULATED
  if (to % 1024) emulator::Block::current().fail("a tensor copy to byte " + std::to_string(to) + ", which is not aligned to 1024");
  emulator::Block::current().units().begin_tensor_copy(to, map, column, row, 0, mbarrier);
#elif HS_SM90A
  asm volatile("cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1, {%2, %3}], [%4];" ::"r"(to),
               "l"(reinterpret_cast<uint64_t>(&map)), "r"(column), "r"(row), "r"(mbarrier)
               : "memory");
#else
  no_hopper();
#endif
}

// The same of one of the matrices of a map of several.
HS_DEVICE void copy_tensor_box(SharedAddress to, const TensorMap& map, int column, int row, int matrix, SharedAddress mbarrier) {
#if HS_EMULATED
  if (to % 1024) emulator::Block::current().fail("a tensor copy to byte " + std::to_string(to) + ", which is not aligned to 1024");
  emulator::Block::current().units().begin_tensor_copy(to, map, column, row, matrix, mbarrier);
#elif HS_SM90A
  asm volatile("cp.async.bulk.tensor.3d.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1, {%2, %3, %4}], [%5];" ::"r"(to),
               "l"(reinterpret_cast<uint64_t>(&map)), "r"(column), "r"(row), "r"(matrix), "r"(mbarrier)
               : "memory");
#else
  no_hopper();
#endif
}

}  // namespace headscope::cuda
