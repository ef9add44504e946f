// The matrix product at prefill shapes, weights of bfloat16 as models store them.
#include <cstring>

#include "timed_rows.h"

namespace headscope::bench {

std::vector<Row> measure_gemm(const Bench& bench, const std::vector<GemmShape>& shapes) {
  std::vector<Row> rows;
  for (const GemmShape& s : shapes)
    for (const Path& path : bench.gemm_paths) {
      Row row{"gemm", std::to_string(s.rows) + " x " + std::to_string(s.in) + " x " + std::to_string(s.out), path.name, {}, 0, 0, -1, ""};
      row.executed_flops = 2.0 * static_cast<double>(s.rows) * static_cast<double>(s.in) * static_cast<double>(s.out);
      or_say_why(row, [&] {
        path.choose();
        const Buffer a = random_buffer(bench.backend, s.rows * s.in, 1), out(bench.backend, s.rows * s.out);
        // Two bfloat16 to a float's bytes: the high halves of ordinary floats, and of other ordinary floats below them.
        std::mt19937 random(2);
        std::normal_distribution<float> normal;
        std::vector<uint16_t> bits(static_cast<size_t>((s.in * s.out + 1) / 2 * 2));
        for (uint16_t& b : bits) {
          const float x = normal(random);
          uint32_t wide;
          std::memcpy(&wide, &x, 4);
          b = static_cast<uint16_t>(wide >> 16);
        }
        Buffer weights(bench.backend, s.in * s.out / 2 + 1);
        check(bench.backend, bench.backend.upload(weights.data(), bits.data(), static_cast<int64_t>(bits.size() * 2)));
        const hs_weights w{weights.data(), HS_BF16, s.out, s.in};
        time_row(bench, row, bench.options.rounds, [&] { check(bench.backend, bench.backend.gemm(bench.exec, a.data(), s.in, s.rows, &w, nullptr, 0, out.data(), s.out)); });
      });
      rows.push_back(std::move(row));
    }
  return rows;
}

}  // namespace headscope::bench
