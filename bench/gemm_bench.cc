// The linear layers' speed beside OpenBLAS (which reads float32 weights; ours read what the checkpoint stores).
//   gemm_bench [threads = 2] [repeats = 7] [a part of the shapes' names, such as "1024 x 896"]
// HEADSCOPE_CPU_ISA chooses the instruction set, as in the engine. Every figure is the median of interleaved repeats.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "bench/fma_peak.h"
#include "kernels/cpu/backend.h"
#include "native/core/thread_pool.h"

#if HEADSCOPE_HAS_OPENBLAS
#include <cblas.h>
#endif

using namespace headscope;

namespace {

struct Shape {
  int64_t rows, in, out;
};
// The square; the layers of a 135M, a 0.5B and an 8B model at a chunk of a prefill (1,024 rows, native/core/projection.h) and beyond; few
// rows; the logits of one.
const Shape kShapes[] = {{2048, 2048, 2048},
                         {512, 576, 576},    {512, 576, 192},    {512, 576, 1536},   {512, 1536, 576},
                         {1024, 576, 576},   {1024, 576, 192},   {1024, 576, 1536},  {1024, 1536, 576},
                         {8192, 576, 576},   {8192, 576, 192},   {8192, 576, 1536},  {8192, 1536, 576},
                         {512, 896, 896},    {512, 896, 128},    {512, 896, 4864},   {512, 4864, 896},
                         {1024, 896, 896},   {1024, 896, 128},   {1024, 896, 4864},  {1024, 4864, 896},
                         {8192, 896, 896},   {8192, 896, 128},   {8192, 896, 4864},
                         {1024, 4096, 4096}, {1024, 4096, 1024}, {512, 4096, 14336}, {256, 576, 576}, {64, 576, 1536},
                         {16, 576, 1536},    {8, 576, 1536},     {4, 4096, 4096},    {1, 4096, 4096},    {1, 576, 49152}};

// Seconds a call, of as many as fill about 40 ms.
double seconds_of(const std::function<void()>& call) {
  using clock = std::chrono::steady_clock;
  call();
  int64_t calls = 0;
  double spent = 0;
  for (const auto start = clock::now(); spent < 0.04; spent = std::chrono::duration<double>(clock::now() - start).count()) {
    call();
    ++calls;
  }
  return spent / static_cast<double>(calls);
}

double median(std::vector<double> v) {
  std::nth_element(v.begin(), v.begin() + static_cast<int64_t>(v.size() / 2), v.end());
  return v[v.size() / 2];
}

std::string text(const char* format, double value) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, format, value);
  return buffer;
}

}  // namespace

int main(int argc, char** argv) {
  const int threads = argc > 1 ? std::atoi(argv[1]) : 2, repeats = argc > 2 ? std::atoi(argv[2]) : 7;
  const char* const wanted = argc > 3 ? argv[3] : "";
  if (threads < 1 || repeats < 1) {
    std::fprintf(stderr, "usage: gemm_bench [threads >= 1] [repeats >= 1] [shape]\n");
    return 2;
  }
  ThreadPool pool(threads);
  const hs_exec exec = pool.exec(nullptr);
  const headscope_backend_v1& backend = *cpu::backend();
  const char* isa = "portable";
  for (const char* const* name = cpu::available_isas(); *name; ++name)
    if (cpu::backend_for(*name) == &backend) isa = *name;
  std::printf("%s, %d threads; GFLOP/s, medians of %d interleaved repeats\n", backend.description, threads, repeats);
#if HEADSCOPE_HAS_OPENBLAS
  openblas_set_num_threads(threads);
  std::printf("OpenBLAS: %s\n", openblas_get_config());
#else
  std::printf("OpenBLAS: not installed when this was built (Debian: libopenblas-dev)\n");
#endif
  std::printf("%-18s %-5s %8s %9s %8s %9s %6s\n", "rows x in x out", "type", "ours", "FMA peak", "of peak", "OpenBLAS", "ratio");

  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  for (const Shape& s : kShapes) {
    const std::string shape = std::to_string(s.rows) + " x " + std::to_string(s.in) + " x " + std::to_string(s.out);
    if (shape.find(wanted) == std::string::npos) continue;
    std::vector<float> a(static_cast<size_t>(s.rows * s.in)), w(static_cast<size_t>(s.in * s.out)), c(static_cast<size_t>(s.rows * s.out));
    for (float& x : a) x = normal(random);
    for (float& x : w) x = normal(random);
    std::vector<uint16_t> w16(w.size());
    for (size_t i = 0; i < w.size(); ++i) {
      uint32_t bits;
      std::memcpy(&bits, &w[i], 4);
      w16[i] = static_cast<uint16_t>(bits >> 16);
    }
    const auto ours = [&](const void* data, hs_dtype dtype) {
      const hs_weights weights = {data, dtype, s.out, s.in};
      if (backend.gemm(&exec, a.data(), s.in, s.rows, &weights, nullptr, 0, c.data(), s.out) != HS_OK) std::abort();
    };
    std::vector<double> f32, bf16, blas, peaks;
    for (int repeat = 0; repeat < repeats; ++repeat) {
      peaks.push_back(bench::fma_rate(pool, isa));
      f32.push_back(seconds_of([&] { ours(w.data(), HS_F32); }));
      bf16.push_back(seconds_of([&] { ours(w16.data(), HS_BF16); }));
#if HEADSCOPE_HAS_OPENBLAS
      blas.push_back(seconds_of([&] {
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, static_cast<int>(s.rows), static_cast<int>(s.out), static_cast<int>(s.in), 1.0f,
                    a.data(), static_cast<int>(s.in), w.data(), static_cast<int>(s.in), 0.0f, c.data(), static_cast<int>(s.out));
      }));
      std::this_thread::sleep_for(std::chrono::milliseconds(60));  // its threads spin for a while after a call
#endif
    }
    const double work = 2e-9 * static_cast<double>(s.rows) * static_cast<double>(s.in) * static_cast<double>(s.out);
    const double peak = median(peaks);
    const double other = blas.empty() ? 0 : work / median(blas);
    for (const bool half : {false, true}) {
      const double speed = work / median(half ? bf16 : f32);
      std::printf("%-18s %-5s %8.1f %9.1f %7.0f%% %9s %6s\n", shape.c_str(), half ? "bf16" : "f32", speed, peak, 100 * speed / peak,
                  blas.empty() ? "absent" : text("%.1f", other).c_str(), blas.empty() ? "-" : text("%.2f", speed / other).c_str());
      std::fflush(stdout);
    }
  }
  return 0;
}
