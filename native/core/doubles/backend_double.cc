// Libraries for loadable_backend_test.cc: one that works (the CPU's table under another name), and one for each way to misbehave.
// HS_DOUBLE names which this is compiled as.
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "kernels/cpu/backend.h"

#define HS_works 1
#define HS_scores_higher 2
#define HS_no_device 3
#define HS_wrong_abi 4
#define HS_wrong_size 5
#define HS_incomplete 6
#define HS_gives_no_table 7
#define HS_crashes_at_load 8
#define HS_crashes_at_probe 9
#define HS_hangs_at_probe 10
#define HS_exits_at_probe 11
#define HS_prints 12
#define HS_is_none 13
#define HS_NUMBER2(name) HS_##name
#define HS_NUMBER(name) HS_NUMBER2(name)
#define HS_IS(name) (HS_NUMBER(HS_DOUBLE) == HS_##name)

#if HS_IS(crashes_at_load)
__attribute__((constructor)) static void crash() { std::abort(); }
#endif

#if !HS_IS(is_none)
extern "C" {

__attribute__((visibility("default"))) void headscope_backend_probe([[maybe_unused]] hs_backend_probe* probe) {
#if HS_IS(crashes_at_probe)
  signal(SIGSEGV, SIG_DFL);  // a sanitizer's handler would end the process in its own way
  raise(SIGSEGV);
#elif HS_IS(hangs_at_probe)
  for (;;) pause();
#elif HS_IS(exits_at_probe)
  exit(3);
#elif HS_IS(prints)
  std::printf("score 1\ndone\nscore 99\ndone\n");
  std::fflush(stdout);
  std::abort();
#elif HS_IS(no_device)
  probe->score = -1;
  std::strcpy(probe->reason, "There is no device\nof this kind.");
#else
  probe->score = HS_IS(scores_higher) ? 90 : 80;
  probe->architecture = 80;
  probe->memory_bytes = int64_t{24} << 30;
  probe->trusted = 6;
  std::strcpy(probe->device, "Double");
#endif
}

__attribute__((visibility("default"))) const headscope_backend_v1* headscope_backend(uint32_t trusted) {
  static headscope_backend_v1 table = *headscope::cpu::backend();
  table.name = "double";
  table.description = trusted == 6 ? "trusts what it tried" : "trusts nothing";
  if (HS_IS(gives_no_table)) return nullptr;
  if (HS_IS(wrong_abi)) table.abi += 1;
  if (HS_IS(wrong_size)) table.size -= 8;
  if (HS_IS(incomplete)) table.gemm = nullptr, table.surface = nullptr, table.attend_row = nullptr;
  return &table;
}

}  // extern "C"
#endif
