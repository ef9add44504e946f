// Is a loaded table one this program can call?
#include "loadable_backend.h"

namespace headscope {

std::string missing_functions(const headscope_backend_v1& t) {
  const struct {
    const char* name;
    bool there;
  } functions[] = {
      {"alloc", t.alloc != nullptr},
      {"release", t.release != nullptr},
      {"upload", t.upload != nullptr},
      {"download", t.download != nullptr},
      {"gemm", t.gemm != nullptr},
      {"embed", t.embed != nullptr},
      {"rms_norm", t.rms_norm != nullptr},
      {"split_heads", t.split_heads != nullptr},
      {"gated_silu", t.gated_silu != nullptr},
      {"gated_gelu", t.gated_gelu != nullptr},
      {"scale_cap", t.scale_cap != nullptr},
      {"add_rows", t.add_rows != nullptr},
      {"attention", t.attention != nullptr},
      {"last_rows_estimate", t.last_rows_estimate != nullptr},
      {"pooled_block_scores", t.pooled_block_scores != nullptr},
      {"tile", t.tile != nullptr},
      {"planes", t.planes != nullptr},
      {"strongest", t.strongest != nullptr},
      {"profiles", t.profiles != nullptr},
      {"surface", t.surface != nullptr},
      {"block_surface", t.block_surface != nullptr},
      {"last_error", t.last_error != nullptr},
  };  // attend_row and what follows it may be absent
  std::string missing;
  for (const auto& [name, there] : functions)
    if (!there) missing += (missing.empty() ? "" : ", ") + std::string(name);
  return missing;
}

std::string table_fault(const headscope_backend_v1* table) {
  if (!table) return "It says that this machine cannot run it.";
  if (table->abi != HEADSCOPE_BACKEND_ABI)
    return "It is of version " + std::to_string(table->abi) + "; this program needs " + std::to_string(HEADSCOPE_BACKEND_ABI) + ".";
  if (table->size != sizeof *table) return "Its table has " + std::to_string(table->size) + " bytes, not " + std::to_string(sizeof *table) + ".";
  if (const std::string missing = missing_functions(*table); !missing.empty()) return "It has no " + missing + ".";
  return "";
}

}  // namespace headscope
