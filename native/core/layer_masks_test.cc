// The masks of a layer at once are those of its heads one by one, also where the backend chooses columns and distances itself.

#include "../../kernels/check/attention_case.h"
#include "../../kernels/cpu/backend.h"
#include "error.h"
#include "index_parts.h"
#include "mask_builder.h"

using namespace headscope;
using namespace headscope::testing;

namespace {

int choices_made = 0;

// What a backend with such a call gives, by the host's own functions.
hs_status choose(const hs_exec* exec, const hs_heads* heads, int32_t count, const hs_diagonals_choice* choices) {
  for (int32_t i = 0; i < count; ++i) {
    const hs_diagonals_choice& c = choices[i];
    std::vector<float> columns(static_cast<size_t>(heads->rows)), distances(columns);
    const hs_status status = cpu::backend()->last_rows_estimate(exec, heads, c.head, c.last, columns.data(), distances.data());
    if (status != HS_OK) return status;
    const std::vector<int32_t> a = budget_set(columns.data(), heads->rows, c.forced_columns, c.columns);
    const std::vector<int32_t> b = budget_set(distances.data(), reach_of(heads->rows, heads->window), c.forced_distances, c.distances);
    std::copy(a.begin(), a.end(), c.column_list);
    std::copy(b.begin(), b.end(), c.distance_list);
    ++choices_made;
  }
  return HS_OK;
}

std::vector<Pattern> mixed_patterns() {
  std::vector<Pattern> patterns(6);
  for (const size_t h : {0u, 2u, 5u}) patterns[h].kind = PatternKind::vertical_slash;
  patterns[0].verticals = 40;
  patterns[0].slashes = 120;
  patterns[2].verticals = 1000;  // clamped
  patterns[2].slashes = 1000;
  patterns[5].last_queries = 20;
  patterns[5].forced_sinks = 500;  // more than the rows
  patterns[5].forced_local = 0;
  patterns[1].kind = PatternKind::a_shape;
  patterns[1].sink = 5;
  patterns[1].window = 30;
  patterns[4].kind = PatternKind::block_sparse;
  patterns[4].blocks = 2;
  return patterns;  // head 3 is dense
}

HS_TEST("a layer's masks equal those of its heads") {
  headscope_backend_v1 chooses = *cpu::backend();
  chooses.choose_diagonals = choose;
  const Threads threads(2);
  for (const int64_t window : {0, 70})
    for (const bool compat : {false, true})
      for (const headscope_backend_v1* backend : {cpu::backend(), static_cast<const headscope_backend_v1*>(&chooses)}) {
        AttentionInput in(6, 3, 32, 333, 1);
        in.window = window;
        const std::vector<Pattern> patterns = mixed_patterns();
        choices_made = 0;
        const std::vector<std::unique_ptr<Mask>> made = build_masks(*backend, *threads.exec(), in.view(), patterns, compat);
        HS_CHECK_EQ(choices_made, backend == &chooses ? 3 : 0);
        HS_CHECK_EQ(made.size(), 6u);
        HS_CHECK(!made[3]);
        for (int32_t h = 0; h < 6; ++h) {
          if (h == 3) continue;
          const Mask& got = *made[static_cast<size_t>(h)];
          const std::unique_ptr<Mask> want = build_mask(*cpu::backend(), *threads.exec(), in.view(), h, patterns[static_cast<size_t>(h)], compat);
          HS_CHECK(got.effective == want->effective);
          HS_CHECK(got.tiles == want->tiles);
          HS_CHECK_EQ(got.nominal_cells, want->nominal_cells);
          HS_CHECK_EQ(got.index.kind, want->index.kind);
          if (got.index.kind != kMaskDiagonals) continue;
          HS_CHECK(std::vector<int32_t>(got.index.columns, got.index.columns + got.index.column_count) ==
                   std::vector<int32_t>(want->index.columns, want->index.columns + want->index.column_count));
          HS_CHECK(std::vector<int32_t>(got.index.distances, got.index.distances + got.index.distance_count) ==
                   std::vector<int32_t>(want->index.distances, want->index.distances + want->index.distance_count));
        }
      }
}

HS_TEST("a cancelled layer throws, and so does a backend that fails") {
  headscope_backend_v1 fails = *cpu::backend();
  fails.choose_diagonals = [](const hs_exec*, const hs_heads*, int32_t, const hs_diagonals_choice*) { return HS_CANCELLED; };
  const AttentionInput in(6, 3, 32, 100, 1);
  const Threads threads(1);
  try {
    build_masks(fails, *threads.exec(), in.view(), mixed_patterns(), false);
    HS_CHECK(false);
  } catch (const Error& e) {
    HS_CHECK_EQ(std::string(e.code()), "CANCELLED");
  }
}

}  // namespace
