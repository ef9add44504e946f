// Tensor maps by the driver's own encoder, found at run time, so that the library loads where there is no driver.
#include "tensor_map.h"

#include <cudaTypedefs.h>

namespace headscope::cuda {
namespace {

PFN_cuTensorMapEncodeTiled_v12000 encoder() {
  static const auto found = [] {
    void* function = nullptr;
    cudaDriverEntryPointQueryResult result{};
#if CUDART_VERSION >= 12050
    const cudaError_t status = cudaGetDriverEntryPointByVersion("cuTensorMapEncodeTiled", &function, 12000, cudaEnableDefault, &result);
#else
    const cudaError_t status = cudaGetDriverEntryPoint("cuTensorMapEncodeTiled", &function, cudaEnableDefault, &result);
#endif
    return status == cudaSuccess && result == cudaDriverEntryPointSuccess ? reinterpret_cast<PFN_cuTensorMapEncodeTiled_v12000>(function) : nullptr;
  }();
  return found;
}

hs_status encode(const Bf16* from, uint32_t rank, const cuuint64_t* size, const cuuint64_t* stride, int box_rows, TensorMap* out) {
  static_assert(sizeof(CUtensorMap) == sizeof(TensorMap) && alignof(CUtensorMap) <= alignof(TensorMap));
  if (!encoder()) return fail(HS_UNSUPPORTED, "tensor_map: the driver has no tensor maps");
  const cuuint32_t box[3] = {kBoxColumns, static_cast<cuuint32_t>(box_rows), 1}, steps[3] = {1, 1, 1};
  const CUresult status = encoder()(reinterpret_cast<CUtensorMap*>(out), CU_TENSOR_MAP_DATA_TYPE_BFLOAT16, rank, const_cast<Bf16*>(from), size, stride, box, steps,
                                    CU_TENSOR_MAP_INTERLEAVE_NONE, CU_TENSOR_MAP_SWIZZLE_128B, CU_TENSOR_MAP_L2_PROMOTION_L2_256B, CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE);
  return status == CUDA_SUCCESS ? HS_OK : fail(HS_INVALID, "tensor_map: the driver refused it, error " + std::to_string(static_cast<int>(status)));
}

}  // namespace

hs_status make_tensor_map(const Bf16* from, int64_t rows, int64_t columns, int64_t ld, int box_rows, TensorMap* out) {
  const cuuint64_t size[2] = {static_cast<cuuint64_t>(columns), static_cast<cuuint64_t>(rows)}, stride[1] = {static_cast<cuuint64_t>(2 * ld)};
  return encode(from, 2, size, stride, box_rows, out);
}

hs_status make_stacked_tensor_map(const Bf16* from, int64_t matrices, int64_t rows, int64_t columns, TensorMap* out, int box_rows) {
  const cuuint64_t size[3] = {static_cast<cuuint64_t>(columns), static_cast<cuuint64_t>(rows), static_cast<cuuint64_t>(matrices)};
  const cuuint64_t stride[2] = {static_cast<cuuint64_t>(2 * columns), static_cast<cuuint64_t>(2 * columns * rows)};
  return encode(from, 3, size, stride, box_rows, out);
}

}  // namespace headscope::cuda
