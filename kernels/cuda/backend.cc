#include "backend.h"

#include "attention.h"
#include "decoding.h"
#include "estimates.h"
#include "gemm.h"
#include "maps.h"
#include "rows.h"
#include "runtime.h"

namespace headscope::cuda {

const headscope_backend_v1* backend() {
  static const headscope_backend_v1 table = [] {
    headscope_backend_v1 t{};
    t.abi = HEADSCOPE_BACKEND_ABI;
    t.size = sizeof t;
    t.name = "cuda";
    t.description = "CUDA";
    t.host_memory = 0;
    t.alloc = allocate;
    t.release = release;
    t.upload = upload;
    t.download = download;
    t.last_error = last_error;
    t.gemm = gemm;
    t.embed = embed;
    t.rms_norm = rms_norm;
    t.split_heads = split_heads;
    t.gated_silu = gated_silu;
    t.gated_gelu = gated_gelu;
    t.scale_cap = scale_cap;
    t.add_rows = add_rows;
    t.attention = attention;
    t.last_rows_estimate = last_rows_estimate;
    t.pooled_block_scores = pooled_block_scores;
    t.tile = tile;
    t.planes = planes;
    t.strongest = strongest;
    t.profiles = profiles;
    t.surface = surface;
    t.block_surface = block_surface;
    t.attend_row = attend_row;
    t.all_usable = all_usable;
    t.choose_diagonals = choose_diagonals;
    t.memory = device_memory;
    return t;
  }();
  return &table;
}

}  // namespace headscope::cuda
