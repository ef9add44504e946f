#include "surface.h"

#include <algorithm>
#include <numeric>
#include <string>

#include "../../kernels/common/window.h"
#include "error.h"
#include "index_parts.h"
#include "interrupts.h"
#include "mask_builder.h"
#include "parallel_for.h"
#include "pattern_check.h"
#include "surface_counts.h"

namespace headscope {
namespace {

constexpr size_t kMostEdges = 254;  // a bin more, in a byte

void check_edges(const std::vector<int32_t>& edges, const char* name) {
  if (edges.empty() || edges.size() > kMostEdges)
    throw Error("INVALID_REQUEST", std::string("A surface needs 1 to 254 ") + name + "; this one has " + std::to_string(edges.size()) + ".");
  if (edges[0] < 0 || !std::is_sorted(edges.begin(), edges.end()))
    throw Error("INVALID_REQUEST", std::string("The ") + name + " of a surface must ascend from 0 or more.");
}

void check_request(const SurfaceRequest& request, int64_t rows) {
  check_edges(request.edges0, "budgets on the first axis");
  if (request.kind != PatternKind::block_sparse) check_edges(request.edges1, "budgets on the second axis");
  const std::vector<int64_t>& bands = request.band_start;
  if (bands.size() < 2 || bands.front() != 0 || bands.back() != rows || !std::is_sorted(bands.begin(), bands.end()))
    throw Error("INVALID_REQUEST", "The row bands of a surface must ascend from 0 to the number of rows, " + std::to_string(rows) + ".");
  Pattern pattern;
  pattern.kind = request.kind;
  pattern.last_queries = request.last_queries;
  pattern.forced_sinks = request.forced_sinks;
  pattern.forced_local = request.forced_local;
  pattern.block_size = request.block_size;
  check_pattern(pattern);
}

// The request as a pattern whose budgets are those of edge (a, b), clamped as any pattern is.
Pattern pattern_at(const SurfaceRequest& request, const hs_heads& heads, int64_t edge0, int64_t edge1) {
  Pattern p;
  p.kind = request.kind;
  p.sink = p.verticals = p.blocks = edge0;
  p.window = p.slashes = edge1;
  p.last_queries = request.last_queries;
  p.forced_sinks = request.forced_sinks;
  p.forced_local = request.forced_local;
  p.block_size = request.block_size;
  return clamp_budgets(p, heads.rows, heads.window);
}

std::vector<int32_t> clamped(const SurfaceRequest& request, const hs_heads& heads, const std::vector<int32_t>& edges, int64_t Pattern::* budget) {
  std::vector<int32_t> out;
  for (const int32_t edge : edges) out.push_back(static_cast<int32_t>(pattern_at(request, heads, edge, edge).*budget));
  return out;
}

std::vector<int32_t> identity(int64_t count) {
  std::vector<int32_t> order(count);
  std::iota(order.begin(), order.end(), 0);
  return order;
}

// Kept mass at every edge from the mass of every bin, table [bands, bins0, bins1] with one bin more than edges: what is missed
// lies in bins after both edges. Sums only grow towards lower edges, so rounding cannot make a larger budget keep less.
std::vector<double> kept_mass(const std::vector<double>& table, int64_t bands, int64_t bins0, int64_t bins1) {
  const int64_t edges0 = bins0 - 1, edges1 = bins1 - 1;
  std::vector<double> kept(bands * edges0 * edges1);
  std::vector<double> missed(bins1);  // mass in bins (> a, >= b) of the band
  for (int64_t band = 0; band < bands; ++band) {
    const double* mass = &table[band * bins0 * bins1];
    std::fill(missed.begin(), missed.end(), 0);
    std::vector<double> missed_at(edges0 * edges1);
    for (int64_t a = bins0 - 1; a >= 0; --a) {
      double tail = 0;
      for (int64_t b = bins1 - 1; b >= 0; --b) missed[b] += tail += mass[a * bins1 + b];
      if (a > 0) std::copy(missed.begin() + 1, missed.end(), missed_at.begin() + (a - 1) * edges1);
    }
    const double total = missed[0];
    for (int64_t c = 0; c < edges0 * edges1; ++c) kept[band * edges0 * edges1 + c] = total - missed_at[c];
  }
  return kept;
}

void diagonals_surface(const headscope_backend_v1& backend, const hs_exec& exec, const hs_heads& heads, const float* lse,
                       const SurfaceRequest& request, Surface& out) {
  const int64_t n = heads.rows, reach = reach_of(n, heads.window), bands = static_cast<int64_t>(request.band_start.size()) - 1;
  const bool estimated = request.kind == PatternKind::vertical_slash;
  std::vector<int32_t> column_order, distance_order;
  if (estimated) {
    const Pattern p = pattern_at(request, heads, 0, 0);
    std::vector<float> column_sum(n), distance_sum(n);
    check(backend, backend.last_rows_estimate(&exec, &heads, request.head, static_cast<int32_t>(p.last_queries), column_sum.data(), distance_sum.data()));
    column_order = budget_order(column_sum.data(), n, p.forced_sinks);
    distance_order = budget_order(distance_sum.data(), reach, forced_distances(p));
  } else {
    column_order = identity(n);
    distance_order = identity(reach);
  }
  const BudgetAxis columns(std::move(column_order), n, clamped(request, heads, request.edges0, estimated ? &Pattern::verticals : &Pattern::sink));
  const BudgetAxis distances(std::move(distance_order), n, clamped(request, heads, request.edges1, estimated ? &Pattern::slashes : &Pattern::window));

  std::vector<double> table(bands * columns.bins() * distances.bins());
  hs_surface call{};
  call.heads = heads;
  call.head = request.head;
  call.lse = lse;
  call.column_bin = columns.bin.data();
  call.distance_bin = distances.bin.data();
  call.column_bins = static_cast<int32_t>(columns.bins());
  call.distance_bins = static_cast<int32_t>(distances.bins());
  call.band_start = request.band_start.data();
  call.bands = static_cast<int32_t>(bands);
  call.table = table.data();
  check(backend, backend.surface(&exec, &call));
  out.band_mass = kept_mass(table, bands, columns.bins(), distances.bins());
  out.nominal_cells = diagonals_nominal(columns, distances, heads.window);
  out.executed_tiles = diagonals_executed(exec, columns, distances, heads.window);
}

void blocks_surface(const headscope_backend_v1& backend, const hs_exec& exec, const hs_heads& heads, const float* lse,
                    const SurfaceRequest& request, Surface& out) {
  const int64_t n = heads.rows, bands = static_cast<int64_t>(request.band_start.size()) - 1;
  const int64_t blocks = (n + request.block_size - 1) / request.block_size;
  const std::vector<int32_t> edges = clamped(request, heads, request.edges0, &Pattern::blocks);
  std::vector<float> scores(blocks * blocks);
  check(backend, backend.pooled_block_scores(&exec, &heads, request.head, static_cast<int32_t>(request.block_size), scores.data()));
  std::vector<uint8_t> block_bin(blocks * blocks, 0);
  parallel_for(exec, blocks, [&](int64_t a) {
    const int64_t first = first_block(heads.window, request.block_size, a);
    const BudgetAxis axis(budget_order(&scores[a * blocks + first], a + 1 - first, 0), a + 1 - first, edges);
    std::fill_n(block_bin.begin() + a * blocks, first, static_cast<uint8_t>(edges.size()));
    std::copy(axis.bin.begin(), axis.bin.end(), block_bin.begin() + a * blocks + first);
  });

  const int64_t bins = static_cast<int64_t>(edges.size()) + 1;
  std::vector<double> table(bands * bins);
  hs_block_surface call{};
  call.heads = heads;
  call.head = request.head;
  call.lse = lse;
  call.block_bin = block_bin.data();
  call.block_size = static_cast<int32_t>(request.block_size);
  call.bins = static_cast<int32_t>(bins);
  call.band_start = request.band_start.data();
  call.bands = static_cast<int32_t>(bands);
  call.table = table.data();
  check(backend, backend.block_surface(&exec, &call));
  // One axis is missed alone: the other one's only edge keeps nothing.
  std::vector<double> plane(2 * table.size(), 0);
  for (size_t c = 0; c < table.size(); ++c) plane[2 * c + 1] = table[c];
  out.band_mass = kept_mass(plane, bands, bins, 2);
  out.nominal_cells = blocks_nominal(n, heads.window, request.block_size, block_bin, static_cast<int64_t>(edges.size()));
  out.executed_tiles = blocks_executed(n, heads.window, request.block_size, block_bin, static_cast<int64_t>(edges.size()));
}

}  // namespace

Surface compute_surface(const headscope_backend_v1& backend, const hs_exec& exec, const hs_heads& heads, const float* lse,
                        const SurfaceRequest& request) {
  const Stopwatch watch;
  if (request.kind == PatternKind::dense) throw Error("PATTERN_INVALID", "A dense pattern has no budget, so it has no surface.");
  check_request(request, heads.rows);
  Surface out;
  if (request.kind == PatternKind::block_sparse) blocks_surface(backend, exec, heads, lse, request, out);
  else diagonals_surface(backend, exec, heads, lse, request, out);
  out.causal_cells = static_cast<double>(attended_pairs(0, heads.rows, 0, heads.rows, heads.window));
  out.causal_tiles = static_cast<double>(dense_tiles_of(heads.rows, heads.window));
  out.elapsed_ms = watch.ms();
  return out;
}

}  // namespace headscope
