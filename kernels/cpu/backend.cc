#include "backend.h"

#include <cstdlib>
#include <cstring>
#include <initializer_list>

#include "kernel_table.h"

namespace headscope::cpu {
namespace {

thread_local const char* last_message = "";

hs_status alloc(int64_t bytes, void** out) {
  *out = nullptr;
  if (bytes < 0) return fail(HS_INVALID, "alloc of a negative size");
  const size_t rounded = (static_cast<size_t>(bytes) + 63) / 64 * 64;
  *out = std::aligned_alloc(64, rounded ? rounded : 64);
  return *out ? HS_OK : fail(HS_OUT_OF_MEMORY, "the system has no memory left");
}
void release(void* p) { std::free(p); }
hs_status copy(void* to, const void* from, int64_t bytes) {
  std::memcpy(to, from, static_cast<size_t>(bytes));
  return HS_OK;
}
const char* last_error() { return last_message; }

headscope_backend_v1 start(const char* description) {
  headscope_backend_v1 t{};
  t.abi = HEADSCOPE_BACKEND_ABI;
  t.size = sizeof t;
  t.name = "cpu";
  t.description = description;
  t.host_memory = 1;
  t.alloc = alloc;
  t.release = release;
  t.upload = copy;
  t.download = copy;
  t.last_error = last_error;
  return t;
}

#define HS_TABLE(isa, text)                  \
  const headscope_backend_v1* isa##_table() { \
    static const headscope_backend_v1 t = [] { \
      headscope_backend_v1 v = start(text);  \
      isa::fill_linear(&v);                  \
      isa::fill_attention(&v);               \
      isa::fill_estimates(&v);               \
      isa::fill_maps(&v);                    \
      isa::fill_surfaces(&v);                \
      isa::fill_decoding(&v);                \
      return v;                              \
    }();                                     \
    return &t;                               \
  }
HS_TABLE(portable, "CPU, portable")
#if HEADSCOPE_HAS_AVX2
HS_TABLE(avx2, "CPU, AVX2")
HS_TABLE(avx512, "CPU, AVX-512")
#endif
#undef HS_TABLE

bool runs(const char* isa) {
  if (!std::strcmp(isa, "portable")) return true;
#if HEADSCOPE_HAS_AVX2
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c") &&
                    __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
  if (!std::strcmp(isa, "avx2")) return avx2;
  if (!std::strcmp(isa, "avx512"))
    return avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
#endif
  return false;
}

}  // namespace

hs_status fail(hs_status status, const char* message) {
  last_message = message;
  return status;
}

const headscope_backend_v1* backend_for(const char* isa) {
  if (!runs(isa)) return nullptr;
#if HEADSCOPE_HAS_AVX2
  if (!std::strcmp(isa, "avx512")) return avx512_table();
  if (!std::strcmp(isa, "avx2")) return avx2_table();
#endif
  return portable_table();
}

const char* const* available_isas() {
  static const struct Names {
    const char* found[4] = {};
    Names() {
      int n = 0;
      for (const char* isa : {"avx512", "avx2", "portable"})
        if (runs(isa)) found[n++] = isa;
    }
  } names;
  return names.found;
}

const headscope_backend_v1* backend() {
  static const headscope_backend_v1* chosen = [] {
    if (const char* asked = std::getenv("HEADSCOPE_CPU_ISA"))
      for (const char* const* isa = available_isas(); *isa; ++isa)
        if (!std::strcmp(*isa, asked)) return backend_for(asked);
    return backend_for(available_isas()[0]);
  }();
  return chosen;
}

}  // namespace headscope::cpu
