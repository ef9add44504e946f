// cuda_bench: every part of bench/cuda on this machine's device, one table. bench/cuda/run.sh builds and runs it.
#include <cstdio>
#include <fstream>

#include "kernels/cuda/backend.h"
#include "kernels/cuda/gemm.h"
#include "kernels/cuda/hopper_check.h"
#include "kernels/cuda/paths.h"
#include "kernels/cuda/runtime.h"
#include "parts.h"

using namespace headscope::bench;
namespace cuda = headscope::cuda;

namespace {

constexpr int kNoDevice = 77;

double time_on_device(const std::function<void()>& work) {
  cudaEvent_t start, end;
  if (cuda::finish() != HS_OK || cudaEventCreate(&start) != cudaSuccess || cudaEventCreate(&end) != cudaSuccess) throw std::runtime_error(cuda::last_error());
  cudaEventRecord(start);
  work();
  cudaEventRecord(end);
  float ms = 0;
  const cudaError_t status = cudaEventSynchronize(end);
  if (status == cudaSuccess) cudaEventElapsedTime(&ms, start, end);
  cudaEventDestroy(start);
  cudaEventDestroy(end);
  if (status != cudaSuccess) throw std::runtime_error(cudaGetErrorString(status));
  return ms;
}

std::vector<Path> paths_of(uint32_t agreeing, uint32_t part) {
  std::vector<Path> paths = {{"mma.sync", [] { cuda::use_hopper(0); }}};
  if (agreeing & part) paths.push_back({"Hopper", [part] { cuda::use_hopper(part); }});
  return paths;
}

template <class Rows>
void append(std::vector<Row>& all, Rows&& rows) {
  all.insert(all.end(), rows.begin(), rows.end());
}

int measure(const Options& options) {
  const uint32_t agreeing = cuda::agreeing_hopper_parts_of_child(60);  // first of all: it forks
  int devices = 0;
  if (cudaGetDeviceCount(&devices) != cudaSuccess || devices == 0) {
    std::fprintf(stderr, "cuda_bench: no device. Nothing was measured.\n");
    return kNoDevice;
  }
  cudaDeviceProp properties{};
  int driver = 0;
  cudaGetDeviceProperties(&properties, 0);
  cudaDriverGetVersion(&driver);
  Facts facts{properties.name, std::to_string(driver / 1000) + "." + std::to_string(driver % 1000 / 10), static_cast<int64_t>(properties.totalGlobalMem), {}};
  if (cuda::device().architecture == 90)
    facts.notes.push_back(std::string("Hopper kernels that agreed with mma.sync here: products ") + (agreeing & cuda::kHopperGemm ? "yes" : "NO") + ", attention " +
                          (agreeing & cuda::kHopperAttention ? "yes" : "NO") + ". What did not agree is not measured.");
  facts.notes.push_back("Products take float32 activations as two bfloat16 (exact), which is twice the multiplications of the counted ones; prefill uses both Hopper kernels where they agreed.");

  const Bench bench{*cuda::backend(), options, nullptr, paths_of(agreeing, cuda::kHopperAttention), paths_of(agreeing, cuda::kHopperGemm), time_on_device,
                    cuda::peak_bytes,
                    [](const std::string& line) { std::fprintf(stderr, "%s\n", line.c_str()); }};
  std::vector<Row> rows;
  if (options.wants("attention")) append(rows, measure_attention(bench));
  if (options.wants("sparse")) append(rows, measure_sparse(bench));
  if (options.wants("gemm")) append(rows, measure_gemm(bench));
  cuda::use_hopper(agreeing);
  if (options.wants("index")) append(rows, measure_index(bench));
  if (options.wants("maps")) append(rows, measure_maps(bench));
  if (options.wants("prefill")) append(rows, measure_prefill(bench));
  bool failed = false;
  for (const Row& row : rows) failed = failed || row.ms.empty();
  if (!options.peers.empty()) {
    std::ifstream in(options.peers);
    append(rows, read_rows(in));
  }
  const std::string text = markdown(options, facts, rows);
  std::fputs(text.c_str(), stdout);
  if (!options.out.empty() && !(std::ofstream(options.out) << text)) {
    std::fprintf(stderr, "cuda_bench: %s cannot be written.\n", options.out.c_str());
    return 1;
  }
  return failed ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const Options options = parse_options({argv + 1, argv + argc});
    if (options.help) {
      std::fputs(usage().c_str(), stdout);
      return 0;
    }
    return measure(options);
  } catch (const BadOption& e) {
    std::fprintf(stderr, "cuda_bench: %s\n%s", e.what(), usage().c_str());
    return 2;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "cuda_bench: %s\n", e.what());
    return 1;
  }
}
