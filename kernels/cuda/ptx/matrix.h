// The matrix instructions of a warp (sm_80): 8x8 blocks of bfloat16 from shared memory to registers, and products of them.
//
// Fragments of mma.m16n8k16 over lane = 4 g + t (g in [0, 8), t in [0, 4)); a register holds two columns, the lower in its lower half:
//   A [16, 16]: a[0] = (g, 2t..), a[1] = (g + 8, 2t..), a[2] = (g, 2t + 8..), a[3] = (g + 8, 2t + 8..)
//   B [16, 8], given as rows of its transpose: b[0] = (k 2t.., n g), b[1] = (k 2t + 8.., n g)
//   C, D [16, 8] float32: c[0..1] = (g, 2t..), c[2..3] = (g + 8, 2t..)
// so the C fragments of two neighbouring products, packed to pairs, are the A fragment of the next one.
#pragma once

#include "bfloat16.h"
#include "shared.h"

namespace headscope::cuda {

namespace emulated {
// Of 8x8 blocks: lane l gives the address of row l % 8 of block l / 8 and gets, of each block, the pair at row l / 4, columns
// 2 (l % 4)..; transposed: the pair at column l / 4, rows 2 (l % 4)...
void load_matrices(SharedAddress row, int blocks, bool transposed, uint32_t* to);
// Each output adds its 16 products one by one, k ascending, starting from c, in float32 rounded to nearest.
void multiply_add(float* d, const uint32_t* a, const uint32_t* b);
}  // namespace emulated

// Four 8x8 blocks: lane l names row l % 8 of block l / 8 (16 bytes, aligned to 16). to[i]: block i.
HS_DEVICE void load_matrix_x4(uint32_t (&to)[4], SharedAddress row) {
#if HS_EMULATED
  emulated::load_matrices(row, 4, false, to);
#else
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
               : "r"(row)
               : "memory");
#endif
}
// The same, each block transposed.
HS_DEVICE void load_matrix_x4_transposed(uint32_t (&to)[4], SharedAddress row) {
#if HS_EMULATED
  emulated::load_matrices(row, 4, true, to);
#else
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
               : "r"(row)
               : "memory");
#endif
}
// Two blocks; the addresses of lanes 0 .. 15 count.
HS_DEVICE void load_matrix_x2(uint32_t (&to)[2], SharedAddress row) {
#if HS_EMULATED
  emulated::load_matrices(row, 2, false, to);
#else
  asm volatile("ldmatrix.sync.aligned.m8n8.x2.shared.b16 {%0, %1}, [%2];" : "=r"(to[0]), "=r"(to[1]) : "r"(row) : "memory");
#endif
}
HS_DEVICE void load_matrix_x2_transposed(uint32_t (&to)[2], SharedAddress row) {
#if HS_EMULATED
  emulated::load_matrices(row, 2, true, to);
#else
  asm volatile("ldmatrix.sync.aligned.m8n8.x2.trans.shared.b16 {%0, %1}, [%2];" : "=r"(to[0]), "=r"(to[1]) : "r"(row) : "memory");
#endif
}

// d += a b in float32. A device's order of additions and its rounding are its own: results agree to a few units of the largest
// partial sum, not to the bit.
HS_DEVICE void multiply_add(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
#if HS_EMULATED
  emulated::multiply_add(d, a, b);
#else
  asm volatile("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
               : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
               : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
#endif
}

}  // namespace headscope::cuda
