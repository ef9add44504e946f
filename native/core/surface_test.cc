#include "surface.h"

#include <atomic>
#include <numeric>

#include "../../kernels/check/attention_reference.h"
#include "../../kernels/check/check.h"
#include "../../kernels/common/window.h"
#include "../../kernels/cpu/backend.h"
#include "error.h"
#include "index_parts.h"
#include "mask_builder.h"
#include "thread_pool.h"

using namespace headscope;
using namespace headscope::testing;

namespace {

const headscope_backend_v1& cpu_backend() { return *cpu::backend(); }

// The first `budget` of 0 .. forced - 1 and then the best scores: the selection as a plain stable sort.
std::vector<uint8_t> chosen(const std::vector<float>& score, int64_t forced, int64_t budget) {
  const int64_t n = static_cast<int64_t>(score.size());
  std::vector<int32_t> order(n);
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](int32_t a, int32_t b) {
    if ((a < forced) != (b < forced)) return a < forced;
    return a < forced ? a < b : score[a] > score[b];
  });
  std::vector<uint8_t> kept(n, 0);
  for (int64_t k = 0; k < std::min(budget, n); ++k) kept[order[k]] = 1;
  return kept;
}

struct HeadCase {
  AttentionInput in;
  int32_t head;
  SurfaceRequest request;
  std::vector<double> p;  // [N, N]
  std::vector<float> lse;

  HeadCase(AttentionInput input, int32_t h, SurfaceRequest r) : in(std::move(input)), head(h), request(std::move(r)), p(in.rows * in.rows, 0), lse(in.rows) {
    request.head = head;
    const int64_t n = in.rows;
    request.band_start = {0, n / 3, n / 3, n / 2, n};
    const ReferenceHead reference = reference_attention(in, head, keep_all);
    for (int64_t i = 0; i < n; ++i) {
      lse[i] = static_cast<float>(reference.lse[i]);
      for (int64_t j = 0; j <= i; ++j) p[i * n + j] = !in.attends(i, j) ? 0 : std::exp(in.score(head, i, j) - reference.lse[i]);
    }
  }

  Pattern pattern(int64_t edge0, int64_t edge1) const {
    Pattern t;
    t.kind = request.kind;
    t.sink = t.verticals = t.blocks = edge0;
    t.window = t.slashes = edge1;
    t.last_queries = request.last_queries;
    t.forced_sinks = request.forced_sinks;
    t.forced_local = request.forced_local;
    t.block_size = request.block_size;
    return t;
  }
};

// Which cells a pattern keeps, straight from its definition.
Keep definition(const HeadCase& c, ThreadPool& pool, const Pattern& asked) {
  const int64_t n = c.in.rows;
  const Pattern t = clamp_budgets(asked, n, c.in.window);
  const hs_heads heads = c.in.view();
  const hs_exec exec = pool.exec(nullptr);
  if (t.kind == PatternKind::a_shape) return [t](int64_t i, int64_t j) { return j < t.sink || i - j < t.window; };
  if (t.kind == PatternKind::vertical_slash) {
    std::vector<float> columns(n), distances(n);
    check(cpu_backend(), cpu_backend().last_rows_estimate(&exec, &heads, c.head, static_cast<int32_t>(t.last_queries), columns.data(), distances.data()));
    distances.resize(reach_of(n, c.in.window));
    const auto column = chosen(columns, t.forced_sinks, t.verticals), distance = chosen(distances, std::max<int64_t>(1, t.forced_local), t.slashes);
    return [column, distance](int64_t i, int64_t j) { return column[j] || distance[i - j]; };
  }
  const int64_t blocks = (n + t.block_size - 1) / t.block_size;
  std::vector<float> scores(blocks * blocks);
  check(cpu_backend(), cpu_backend().pooled_block_scores(&exec, &heads, c.head, static_cast<int32_t>(t.block_size), scores.data()));
  std::vector<std::vector<uint8_t>> kept;
  for (int64_t b = 0; b < blocks; ++b) {
    const int64_t first = first_block(c.in.window, t.block_size, b);
    std::vector<uint8_t> own = chosen({scores.begin() + b * blocks + first, scores.begin() + b * blocks + b + 1}, 0, t.blocks);
    own.insert(own.begin(), first, 0);
    kept.push_back(std::move(own));
  }
  return [kept, size = t.block_size](int64_t i, int64_t j) { return kept[i / size][j / size] != 0; };
}

void expect_surface(const HeadCase& c, const std::string& name) {
  ThreadPool pool(2);
  const hs_exec exec = pool.exec(nullptr);
  const hs_heads heads = c.in.view();
  const int64_t n = c.in.rows;
  const bool one_axis = c.request.kind == PatternKind::block_sparse;
  const Surface surface = compute_surface(cpu_backend(), exec, heads, c.lse.data(), c.request);
  const int64_t edges0 = static_cast<int64_t>(c.request.edges0.size()), edges1 = one_axis ? 1 : static_cast<int64_t>(c.request.edges1.size());
  const int64_t bands = static_cast<int64_t>(c.request.band_start.size()) - 1;
  HS_CHECK_EQ(static_cast<int64_t>(surface.band_mass.size()), bands * edges0 * edges1);
  HS_CHECK_EQ(static_cast<int64_t>(surface.nominal_cells.size()), edges0 * edges1);
  HS_CHECK_EQ(static_cast<int64_t>(surface.executed_tiles.size()), edges0 * edges1);

  std::vector<float> out(n * c.in.heads * c.in.head_dim), sparse_lse(n * c.in.heads);
  std::vector<const MaskIndex*> masks(c.in.heads, nullptr);
  for (int64_t a = 0; a < edges0; ++a)
    for (int64_t b = 0; b < edges1; ++b) {
      const int64_t at = a * edges1 + b;
      const Pattern pattern = c.pattern(c.request.edges0[a], one_axis ? 0 : c.request.edges1[b]);
      const std::string where = name + ", edges " + std::to_string(c.request.edges0[a]) + ", " + std::to_string(one_axis ? 0 : c.request.edges1[b]);
      const auto expect = [&](const char* what, double got, double want, double tolerance) {
        if (!(std::fabs(got - want) <= tolerance)) fail(where.c_str(), static_cast<int>(n), both(what, got, want));
      };
      const Keep keep = definition(c, pool, pattern);
      std::vector<double> mass(bands, 0);
      double cells = 0;
      for (int64_t band = 0; band < bands; ++band)
        for (int64_t i = c.request.band_start[band]; i < c.request.band_start[band + 1]; ++i)
          for (int64_t j = 0; j <= i; ++j)
            if (c.in.attends(i, j) && keep(i, j)) mass[band] += c.p[i * n + j], cells += 1;
      for (int64_t band = 0; band < bands; ++band) expect("kept mass", surface.band_mass[band * edges0 * edges1 + at], mass[band], 1e-5 * (1 + mass[band]));
      expect("nominal cells", surface.nominal_cells[at], cells, 0);

      // What a prefill under this mask would run and report.
      const auto mask = build_mask(cpu_backend(), exec, heads, c.head, pattern, false);
      expect("nominal cells of the mask", surface.nominal_cells[at], static_cast<double>(mask->nominal_cells), 0);
      expect("executed tiles of the mask", surface.executed_tiles[at], static_cast<double>(mask->executed_tiles()), 0);
      expect("causal tiles", surface.causal_tiles, static_cast<double>(mask->causal_tiles()), 0);
      masks[c.head] = &mask->index;
      std::vector<int64_t> executed(c.in.heads);
      hs_attention call{};
      call.heads = heads;
      call.masks = masks.data();
      call.out = out.data();
      call.lse = sparse_lse.data();
      call.executed_tiles = executed.data();
      HS_CHECK_EQ(cpu_backend().attention(&exec, &call), HS_OK);
      expect("executed tiles of attention", surface.executed_tiles[at], static_cast<double>(executed[c.head]), 0);
      double recall = 0, total = 0;
      for (int64_t i = 0; i < n; ++i) recall += std::exp(static_cast<double>(sparse_lse[c.head * n + i]) - static_cast<double>(c.lse[i]));
      for (int64_t band = 0; band < bands; ++band) total += surface.band_mass[band * edges0 * edges1 + at];
      expect("recall", total / static_cast<double>(n), recall / static_cast<double>(n), 1e-5);

      for (int64_t band = 0; band < bands; ++band) {
        const double* kept = &surface.band_mass[band * edges0 * edges1];
        if ((a > 0 && kept[at] < kept[at - edges1]) || (b > 0 && kept[at] < kept[at - 1])) expect("a larger budget keeps less", 0, 1, 0);
      }
    }
}

SurfaceRequest vertical_slash(std::vector<int32_t> verticals, std::vector<int32_t> slashes) {
  SurfaceRequest r;
  r.kind = PatternKind::vertical_slash;
  r.edges0 = std::move(verticals);
  r.edges1 = std::move(slashes);
  return r;
}
SurfaceRequest of_kind(PatternKind kind, std::vector<int32_t> edges0, std::vector<int32_t> edges1 = {}, int64_t block_size = 64) {
  SurfaceRequest r = vertical_slash(std::move(edges0), std::move(edges1));
  r.kind = kind;
  r.block_size = block_size;
  return r;
}

const int64_t kRows[] = {1, 2, 40, 63, 64, 65, 130, 321};

}  // namespace

HS_TEST("a vertical-slash surface equals masks and attention at every edge") {
  for (const int64_t n : kRows)
    expect_surface(HeadCase(AttentionInput(2, 1, 32, n, static_cast<uint32_t>(n), 3), 1, vertical_slash({0, 10, 30, 31, 45, 100, 200, 5000}, {0, 50, 51, 100, 130, 250, 9000})),
                   "N " + std::to_string(n));
}

HS_TEST("a vertical-slash surface with other forced parts and estimates") {
  SurfaceRequest r = vertical_slash({0, 1, 2, 5, 9, 60, 150}, {0, 1, 2, 3, 7, 20, 90, 90, 200});
  r.forced_sinks = 0;
  r.forced_local = 0;
  for (const int64_t n : kRows) expect_surface(HeadCase(AttentionInput(2, 2, 32, n, static_cast<uint32_t>(2 * n), 3), 0, r), "nothing forced, N " + std::to_string(n));
  r.forced_sinks = 4;
  r.forced_local = 30;
  r.last_queries = 17;
  expect_surface(HeadCase(AttentionInput(1, 1, 32, 700, 3, 4), 0, r), "17 queries");
}

HS_TEST("the surfaces of a model with a window equal masks and attention at every edge") {
  for (const int64_t n : {1, 64, 65, 130, 321})
    for (const int64_t window : {1, 50, 64, 100, 200}) {
      AttentionInput in(2, 1, 32, n, static_cast<uint32_t>(n + window), 3);
      in.window = window;
      in.cap = 3;
      const std::string name = "N " + std::to_string(n) + ", window " + std::to_string(window);
      expect_surface(HeadCase(in, 1, vertical_slash({0, 30, 45, 100, 5000}, {0, 50, 51, 100, 9000})), name);
      expect_surface(HeadCase(in, 0, of_kind(PatternKind::a_shape, {0, 1, 64, 100, 800}, {0, 1, 64, 129, 801})), name);
      for (const int64_t block_size : {16, 64, 128}) expect_surface(HeadCase(in, 1, of_kind(PatternKind::block_sparse, {0, 1, 2, 5, 100}, {}, block_size)), name);
    }
}

HS_TEST("an A-shape surface equals masks and attention at every edge") {
  for (const int64_t n : kRows)
    expect_surface(HeadCase(AttentionInput(2, 1, 32, n, static_cast<uint32_t>(n), 3), 0, of_kind(PatternKind::a_shape, {0, 1, 63, 64, 65, 100, 250, 800}, {0, 1, 2, 64, 65, 129, 200, 801})),
                   "N " + std::to_string(n));
}

HS_TEST("a block-sparse surface equals masks and attention at every edge") {
  for (const int64_t n : kRows)
    for (const int64_t block_size : {16, 32, 64, 128, 256})
      expect_surface(HeadCase(AttentionInput(2, 1, 32, n, static_cast<uint32_t>(n), 3), 1, of_kind(PatternKind::block_sparse, {0, 1, 2, 3, 5, 8, 100}, {}, block_size)),
                     "N " + std::to_string(n) + ", blocks of " + std::to_string(block_size));
}

HS_TEST("equal scores are taken in ascending order") {
  AttentionInput in(1, 1, 32, 200, 1);
  for (int64_t i = 0; i < in.q.size(); ++i) in.q[i] = 0;
  expect_surface(HeadCase(in, 0, vertical_slash({30, 31, 60, 200}, {50, 100, 101, 150})), "uniform rows");
  expect_surface(HeadCase(in, 0, of_kind(PatternKind::block_sparse, {1, 2, 3}, {}, 16)), "uniform blocks");
}

HS_TEST("the largest budgets keep everything") {
  const int64_t n = 500;
  const HeadCase c(AttentionInput(1, 1, 32, n, 5), 0, vertical_slash({30, 500}, {50, 500}));
  ThreadPool pool(2);
  const Surface s = compute_surface(cpu_backend(), pool.exec(nullptr), c.in.view(), c.lse.data(), c.request);
  double total = 0;
  for (int64_t band = 0; band < 4; ++band) total += s.band_mass[band * 4 + 3];
  HS_CHECK_NEAR(total, n, 1e-3);
  HS_CHECK_EQ(s.nominal_cells[3], n * (n + 1) / 2.0);
  HS_CHECK_EQ(s.executed_tiles[3], s.causal_tiles);
}

HS_TEST("a bad request is refused and a cancelled job ends") {
  const HeadCase c(AttentionInput(1, 1, 32, 300, 5), 0, vertical_slash({30, 100}, {50, 100}));
  ThreadPool pool(2);
  const auto code_of = [&](const SurfaceRequest& r, const std::atomic<int32_t>* cancel = nullptr) -> std::string {
    try {
      compute_surface(cpu_backend(), pool.exec(cancel), c.in.view(), c.lse.data(), r);
    } catch (const Error& e) {
      return e.code();
    }
    return "";
  };
  HS_CHECK_EQ(code_of(c.request), "");
  SurfaceRequest r = c.request;
  r.edges0 = {};
  HS_CHECK_EQ(code_of(r), "INVALID_REQUEST");
  r = c.request;
  r.edges1 = {100, 50};
  HS_CHECK_EQ(code_of(r), "INVALID_REQUEST");
  r = c.request;
  r.edges1 = std::vector<int32_t>(255, 60);
  HS_CHECK_EQ(code_of(r), "INVALID_REQUEST");
  r = c.request;
  r.edges0[0] = -1;
  HS_CHECK_EQ(code_of(r), "INVALID_REQUEST");
  r = c.request;
  r.band_start = {0, 200};
  HS_CHECK_EQ(code_of(r), "INVALID_REQUEST");
  r = c.request;
  r.kind = PatternKind::dense;
  HS_CHECK_EQ(code_of(r), "PATTERN_INVALID");
  r = c.request;
  r.kind = PatternKind::block_sparse;
  r.block_size = 48;
  HS_CHECK_EQ(code_of(r), "PATTERN_INVALID");
  const std::atomic<int32_t> cancel{1};
  HS_CHECK_EQ(code_of(c.request, &cancel), "CANCELLED");
}
