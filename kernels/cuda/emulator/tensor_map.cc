// Tensor maps on the emulator, refused where the driver's encoder would refuse them.
#include "../tensor_map.h"

#include "global_memory.h"

namespace headscope::cuda {

hs_status make_tensor_map(const Bf16* from, int64_t rows, int64_t columns, int64_t ld, int box_rows, TensorMap* out) {
  constexpr int64_t kMost = int64_t{1} << 32;
  if (rows < 1 || columns < 1 || rows > kMost || columns > kMost) return fail(HS_INVALID, "tensor_map: a matrix of no size, or of too large a one");
  if (reinterpret_cast<uintptr_t>(from) % 16 || ld % 8 || ld < columns) return fail(HS_INVALID, "tensor_map: the matrix is not aligned to 16 bytes, or its rows overlap");
  if (box_rows < 1 || box_rows > 256) return fail(HS_INVALID, "tensor_map: a box has 1 to 256 rows");
  if (const std::string why = emulator::outside_allocations(from, 2 * ((rows - 1) * ld + columns)); !why.empty()) return fail(HS_INVALID, "tensor_map " + why);
  *out = {from, columns, rows, 2 * ld, kBoxColumns, box_rows};
  return HS_OK;
}

hs_status make_stacked_tensor_map(const Bf16* from, int64_t matrices, int64_t rows, int64_t columns, TensorMap* out, int box_rows) {
  if (matrices < 1 || columns % 8) return fail(HS_INVALID, "tensor_map: no matrices, or rows that are not aligned to 16 bytes");
  if (const hs_status status = make_tensor_map(from, matrices * rows, columns, columns, box_rows, out); status != HS_OK) return status;
  out->rows = rows;
  out->matrices = matrices;
  out->matrix_bytes = 2 * rows * columns;
  return HS_OK;
}

}  // namespace headscope::cuda
