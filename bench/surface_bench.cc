// What a surface, a profile and a full-size map cost beside one dense attention pass of the same head.
//   surface_bench [threads = 2] [repeats = 5]
// HEADSCOPE_CPU_ISA chooses the instruction set. Every figure is the median of interleaved repeats; the surface is whole, with its
// estimate, order and counts. Scattered: random queries and keys, the worst case of the counts. Clustered: a few strong columns
// and diagonals, as heads have them.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "kernels/cpu/backend.h"
#include "native/core/surface.h"
#include "native/core/thread_pool.h"

using namespace headscope;

namespace {

double milliseconds_of(const std::function<void()>& call) {
  const auto start = std::chrono::steady_clock::now();
  call();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

double median(std::vector<double> v) {
  std::nth_element(v.begin(), v.begin() + static_cast<int64_t>(v.size() / 2), v.end());
  return v[v.size() / 2];
}

void must(hs_status status) {
  if (status != HS_OK) std::abort();
}

// 64 steps, evenly spaced on a logarithmic scale from 1 to `most`, and the budgets of the released candidates.
std::vector<int32_t> slider_edges(int64_t most, std::initializer_list<int32_t> candidates) {
  std::set<int32_t> edges(candidates);
  for (int step = 0; step < 64; ++step) edges.insert(static_cast<int32_t>(std::lround(std::pow(static_cast<double>(most), step / 63.0))));
  while (!edges.empty() && *edges.rbegin() > most) edges.erase(*edges.rbegin());
  return {edges.begin(), edges.end()};
}

struct Head {
  std::vector<float> q, k, v, out, lse;
  hs_heads view;
  Head(int64_t n, int32_t d, bool clustered) : q(n * d), k(n * d), v(n * d), out(n * d), lse(n) {
    std::mt19937 random(7);
    std::normal_distribution<float> normal;
    for (std::vector<float>* x : {&q, &k, &v})
      for (float& value : *x) value = normal(random);
    if (clustered)
      for (int64_t i = 0; i < n; ++i)
        for (int32_t c = 0; c < d; ++c) {
          const float wave = 1.5f * std::cos(static_cast<float>(i) * std::pow(10000.0f, -2.0f * static_cast<float>(c / 2) / static_cast<float>(d)) -
                                      (c & 1 ? 1.5707963f : 0));
          q[i * d + c] = 0.3f * q[i * d + c] + wave;
          k[i * d + c] = (i % 97 == 5 ? 1.5f : 0.3f) * k[i * d + c] + wave;
        }
    view = {q.data(), k.data(), v.data(), 1, 1, d, n, 1 / std::sqrt(static_cast<float>(d)), 0, 0};
  }
};

}  // namespace

int main(int argc, char** argv) {
  const int threads = argc > 1 ? std::atoi(argv[1]) : 2, repeats = argc > 2 ? std::atoi(argv[2]) : 5;
  if (threads < 1 || repeats < 1) {
    std::fprintf(stderr, "usage: surface_bench [threads >= 1] [repeats >= 1]\n");
    return 2;
  }
  ThreadPool pool(threads);
  const hs_exec exec = pool.exec(nullptr);
  const headscope_backend_v1& backend = *cpu::backend();
  std::printf("%s, %d threads, median of %d; ratios to dense attention of the same head\n", backend.description, threads, repeats);
  std::printf("%-22s %-10s %8s %15s %8s %13s %9s %10s\n", "N x d", "head", "dense ms", "vertical_slash", "a_shape", "block_sparse", "profiles",
              "N x N dump");
  for (const int64_t n : {int64_t{4096}, int64_t{8192}})
    for (const int32_t d : {64, 32})
      for (const bool clustered : {false, true}) {
        Head head(n, d, clustered);
        hs_attention attention{};
        attention.heads = head.view;
        attention.out = head.out.data();
        attention.lse = head.lse.data();
        SurfaceRequest request;
        for (int band = 0; band <= 8; ++band) request.band_start.push_back(n * band / 8);
        request.band_start.insert(std::upper_bound(request.band_start.begin(), request.band_start.end(), 2500), 2500);
        const auto surface = [&](PatternKind kind) {
          request.kind = kind;
          request.block_size = kind == PatternKind::block_sparse ? 32 : 64;
          if (kind == PatternKind::block_sparse) request.edges0 = slider_edges((n + 31) / 32, {static_cast<int32_t>((n + 31) / 32 / 8)});
          else if (kind == PatternKind::a_shape) request.edges0 = slider_edges(n, {100}), request.edges1 = slider_edges(n, {801});
          else request.edges0 = slider_edges(n, {30, 100, 500, 3500}), request.edges1 = slider_edges(n, {100, 700, 750, 800});
          compute_surface(backend, exec, head.view, head.lse.data(), request);
        };
        std::vector<double> columns(n), distances(n);
        std::vector<float> rows(512 * n);
        std::vector<std::function<void()>> calls = {
            [&] { must(backend.attention(&exec, &attention)); },
            [&] { surface(PatternKind::vertical_slash); },
            [&] { surface(PatternKind::a_shape); },
            [&] { surface(PatternKind::block_sparse); },
            [&] { must(backend.profiles(&exec, &head.view, 0, head.lse.data(), columns.data(), distances.data())); },
            [&] {
              for (int64_t row = 0; row < n; row += 512)
                must(backend.tile(&exec, &head.view, 0, head.lse.data(), row, row + 512, 0, n, n, 512, HS_SUM, rows.data()));
            }};
        std::vector<std::vector<double>> times(calls.size());
        for (int repeat = -1; repeat < repeats; ++repeat)
          for (size_t c = 0; c < calls.size(); ++c) {
            const double ms = milliseconds_of(calls[c]);
            if (repeat >= 0) times[c].push_back(ms);
          }
        const double dense = median(times[0]);
        const std::string shape = std::to_string(n) + " x " + std::to_string(d);
        std::printf("%-22s %-10s %8.1f %15.2f %8.2f %13.2f %9.2f %10.2f\n", shape.c_str(), clustered ? "clustered" : "scattered", dense,
                    median(times[1]) / dense, median(times[2]) / dense, median(times[3]) / dense, median(times[4]) / dense, median(times[5]) / dense);
        std::fflush(stdout);
      }
  return 0;
}
