// The host's half of the matrix product: checks it, brings its operands into bfloat16 planes, in pieces that fit the workspace, and
// multiplies those. Weights of bfloat16 whose rows are aligned to 16 bytes are multiplied where they lie.
#include "gemm.h"

#include <algorithm>
#include <memory>

#include "cancel.h"
#include "device_array.h"
#include "gemm_tiles.h"
#include "paths.h"
#include "runtime.h"
#include "weights.h"

namespace headscope::cuda {
namespace {

constexpr int64_t kPieceStep = 128;  // rows and columns of a piece: whole tiles

// Grows, and is kept from call to call: an allocation would wait for the device. Launches of one thread run one after another, so the
// next product may overwrite it. A thread of its own has one of its own.
class Workspace {
 public:
  hs_status reserve(int64_t elements, Bf16** out) {
    if (elements > size_) {
      size_ = 0;
      array_.reset();
      array_ = std::make_unique<DeviceArray<Bf16>>();
      if (const hs_status status = array_->make(elements); status != HS_OK) return status;
      size_ = elements;
    }
    *out = array_->data();
    return HS_OK;
  }

 private:
  std::unique_ptr<DeviceArray<Bf16>> array_;
  int64_t size_ = 0;
};

// How many of `all` rows of `row_elements` each fit into `bytes`: whole tiles, at least one.
int64_t piece(int64_t all, int64_t row_elements, int64_t bytes) {
  return std::min(all, std::max<int64_t>(1, bytes / 2 / row_elements / kPieceStep) * kPieceStep);
}

bool usable_in_place(const hs_weights& w) { return w.dtype == HS_BF16 && w.in % 8 == 0 && reinterpret_cast<uintptr_t>(w.data) % 16 == 0; }

}  // namespace

GemmPath gemm_path(int64_t rows, int64_t out) {
  const auto fills = [&](int64_t tile_rows, int64_t tile_columns) {
    return large_tiles_fill((rows + tile_rows - 1) / tile_rows * ((out + tile_columns - 1) / tile_columns), device().processors);
  };
  if (rows <= SmallTile::rows) return GemmPath::small_tiles;
  if ((hopper_in_use() & kHopperGemm) && fills(HopperTile::rows, HopperTile::columns)) return GemmPath::hopper;
  return fills(LargeTile::rows, LargeTile::columns) ? GemmPath::large_tiles : GemmPath::small_tiles;
}

hs_status gemm_as(const GemmChoice& choice, const hs_exec* exec, const float* a, int64_t lda, int64_t rows, const hs_weights* w, const float* bias, int add, float* out,
                  int64_t ldo) {
  constexpr int64_t kMost = int64_t{1} << 30;
  if (w->out < 1 || w->in < 1 || w->out > kMost || w->in > kMost || !known_type(w->dtype)) return fail(HS_INVALID, "gemm: weights without a shape or a known type");
  if (rows < 0 || rows > kMost || lda < w->in || ldo < w->out) return fail(HS_INVALID, "gemm: rows that overlap, or a negative number of them");
  if (rows == 0) return HS_OK;
  if (cancelled(exec)) return HS_CANCELLED;

  const bool exact = choice.precision == GemmPrecision::exact, in_place = usable_in_place(*w);
  const int a_planes = exact ? 2 : 1, w_planes = exact && w->dtype != HS_BF16 ? 2 : 1;
  const int64_t ld = (w->in + 7) / 8 * 8;
  const int64_t piece_rows = piece(rows, a_planes * ld, choice.workspace_bytes / 2);
  const int64_t piece_columns = in_place ? w->out : piece(w->out, w_planes * ld, choice.workspace_bytes / 2);

  static thread_local Workspace workspace;
  Bf16 *a_there, *w_there;
  const int64_t a_size = (piece_rows * a_planes * ld + 63) / 64 * 64;
  if (const hs_status status = workspace.reserve(a_size + (in_place ? 0 : piece_columns * w_planes * ld), &a_there); status != HS_OK) return status;
  w_there = a_there + a_size;

  for (int64_t column = 0; column < w->out; column += piece_columns) {
    const int64_t columns = std::min(piece_columns, w->out - column);
    Planes w_here{{static_cast<const Bf16*>(w->data), nullptr}, ld};
    if (!in_place) {
      const auto* from = static_cast<const char*>(w->data) + column * w->in * (w->dtype == HS_F32 ? 4 : 2);
      if (const hs_status status = split_to_planes(from, w->dtype, w->in, columns, w->in, w_planes, w_there, &w_here); status != HS_OK) return status;
    }
    for (int64_t row = 0; row < rows; row += piece_rows) {
      if (cancelled(exec)) return HS_CANCELLED;
      const int64_t here = std::min(piece_rows, rows - row);
      GemmProblem p{{}, w_here, bias ? bias + column : nullptr, out + row * ldo + column, ldo, static_cast<int32_t>(here), static_cast<int32_t>(columns), static_cast<int32_t>(ld), add};
      if (const hs_status status = split_to_planes(a + row * lda, HS_F32, lda, here, w->in, a_planes, a_there, &p.a); status != HS_OK) return status;
      if (const hs_status status = choice.path == GemmPath::hopper ? multiply_hopper(p) : multiply_mma(choice.path, p); status != HS_OK) return status;
    }
  }
  return HS_OK;
}

hs_status gemm(const hs_exec* exec, const float* a, int64_t lda, int64_t rows, const hs_weights* w, const float* bias, int add, float* out, int64_t ldo) {
  return gemm_as({gemm_path(rows, w->out)}, exec, a, lda, rows, w, bias, add, out, ldo);
}

}  // namespace headscope::cuda
