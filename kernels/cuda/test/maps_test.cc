// Tiles, planes and profiles against float64, on inputs rounded to bfloat16.
#include <memory>

#include "kernels/common/mask_bits.h"
#include "kernels/cuda/map_call.h"
#include "map_reference.h"
#include "native/core/mask_builder.h"
#if HS_EMULATED
#include "kernels/cuda/emulator/bank_conflicts.h"
#endif

using headscope::Mask;
using headscope::Pattern;
using headscope::PatternKind;
using headscope::cuda::backend;
using namespace headscope::cuda::testing;

namespace {

std::string text(const Rect& r, int64_t n) {
  return "N " + std::to_string(n) + ", rows " + std::to_string(r.q0) + ".." + std::to_string(r.q1) + ", keys " + std::to_string(r.k0) + ".." + std::to_string(r.k1) + " as " +
         std::to_string(r.width) + "x" + std::to_string(r.height);
}

// Sum, largest and number of the pairs of every cell.
struct Cell {
  double sum = 0, top = 0, count = 0;
};
template <class Counts>
std::vector<Cell> cells_of(const MapReference& map, const Rect& r, Counts counts) {
  std::vector<Cell> cells(static_cast<size_t>(r.width * r.height));
  for (int64_t y = 0; y < r.height; ++y)
    for (int64_t x = 0; x < r.width; ++x) {
      Cell& cell = cells[static_cast<size_t>(y * r.width + x)];
      const int64_t i0 = r.q0 + y * (r.q1 - r.q0) / r.height, i1 = r.q0 + (y + 1) * (r.q1 - r.q0) / r.height;
      const int64_t j0 = r.k0 + x * (r.k1 - r.k0) / r.width, j1 = r.k0 + (x + 1) * (r.k1 - r.k0) / r.width;
      for (int64_t i = i0; i < std::max(i1, i0 + 1); ++i)
        for (int64_t j = j0; j < std::max(j1, j0 + 1); ++j) {
          if (!map.attends(i, j) || !counts(i, j)) continue;
          cell.sum += map.at(i, j);
          cell.top = std::max(cell.top, map.at(i, j));
          cell.count += 1;
        }
    }
  return cells;
}

void expect_tile(const PlacedMap& there, int32_t head, const MapReference& map, const Rect& r, double tolerance = 1e-5, bool every_order = false) {
  const std::vector<Cell> want = cells_of(map, r, [](int64_t, int64_t) { return true; });
  for (const hs_aggregate aggregate : {HS_SUM, HS_MAX, HS_MEAN}) {
    const auto work = [&] {
      std::vector<float> out(want.size(), -1);
      expect_ok(backend()->tile(nullptr, there.heads(), head, there.lse.data(), r.q0, r.q1, r.k0, r.k1, r.width, r.height, aggregate, out.data()), "tile");
      return out;
    };
    const std::vector<float> got = every_order ? same_in_every_order(work) : work();
    for (size_t c = 0; c < want.size(); ++c) {
      const double value = aggregate == HS_SUM ? want[c].sum : aggregate == HS_MAX ? want[c].top : want[c].count > 0 ? want[c].sum / want[c].count : 0;
      if (!(std::fabs(got[c] - value) <= tolerance * (1 + value)))
        headscope::testing::fail(text(r, map.n).c_str(), static_cast<int>(c), headscope::testing::both("cell", got[c], value));
    }
  }
}

void expect_planes(const PlacedMap& there, const MapReference& map, const Mask* mask, const std::function<bool(int64_t, int64_t)>& dropped, const Rect& r, bool every_order = false) {
  const std::vector<Cell> want = cells_of(map, r, dropped);
  const auto work = [&] {
    std::vector<float> out(2 * want.size(), -1);
    expect_ok(backend()->planes(nullptr, there.heads(), 0, there.lse.data(), mask ? &mask->index : nullptr, r.q0, r.q1, r.k0, r.k1, r.width, r.height, out.data(),
                                out.data() + want.size()),
              "planes");
    return out;
  };
  const std::vector<float> got = every_order ? same_in_every_order(work) : work();
  for (size_t c = 0; c < want.size(); ++c)
    if (!(std::fabs(got[c] - want[c].top) <= 1e-5 * (1 + want[c].top)) || !(std::fabs(got[want.size() + c] - want[c].sum) <= 1e-5 * (1 + want[c].sum)))
      headscope::testing::fail(text(r, map.n).c_str(), static_cast<int>(c),
                               headscope::testing::both("largest", got[c], want[c].top) + headscope::testing::both(", sum", got[want.size() + c], want[c].sum));
}

void expect_profiles(const AttentionInput& in, int32_t head, double tolerance = 5e-6, bool every_order = false) {
  const MapReference map(in, head);
  const PlacedMap there(in, map);
  const auto n = static_cast<size_t>(in.rows);
  std::vector<double> want(2 * n, 0);
  for (int64_t i = 0; i < in.rows; ++i)
    for (int64_t j = 0; j <= i; ++j) {
      want[static_cast<size_t>(j)] += map.at(i, j);
      want[n + static_cast<size_t>(i - j)] += map.at(i, j);
    }
  const auto work = [&] {
    std::vector<double> masses(2 * n, -1);
    expect_ok(backend()->profiles(nullptr, there.heads(), head, there.lse.data(), masses.data(), masses.data() + n), "profiles");
    return masses;
  };
  const std::vector<double> got = every_order ? same_in_every_order(work) : work();
  double total = 0;
  for (size_t x = 0; x < 2 * n; ++x) {
    HS_CHECK_NEAR(got[x], want[x], tolerance * (1 + want[x]));
    total += got[x];
  }
  HS_CHECK_NEAR(total, 2.0 * static_cast<double>(n), 1e-4 * static_cast<double>(n));
}

Pattern pattern(PatternKind kind, int64_t first, int64_t second) {
  Pattern p;
  p.kind = kind;
  p.sink = p.verticals = p.blocks = first;
  p.window = p.slashes = second;
  p.block_size = 16;
  return p;
}

}  // namespace

HS_TEST("a tile of every element is the map") {
  for (const int64_t n : {1, 2, 63, 64, 65, 127, 129, 191}) {
    const AttentionInput in = rounded(AttentionInput(2, 1, 32, n, static_cast<uint32_t>(n)));
    const MapReference map(in, 1);
    expect_tile(PlacedMap(in, map), 1, map, {0, n, 0, n, n, n}, 1e-5, n == 129);
  }
  const AttentionInput in = rounded(AttentionInput(4, 2, 64, 257, 5, 3));
  const MapReference map(in, 2);
  const PlacedMap there(in, map);
  for (const Rect& r : {Rect{100, 213, 17, 250, 233, 113}, Rect{256, 257, 0, 257, 257, 1}, Rect{200, 201, 200, 201, 1, 1}}) expect_tile(there, 2, map, r);
}

HS_TEST("a tile of cells larger and smaller than elements") {
  const AttentionInput in = rounded(AttentionInput(2, 1, 24, 401, 9, 2));
  const MapReference map(in, 0);
  const PlacedMap there(in, map);
  for (const Rect& r : {Rect{0, 401, 0, 401, 256, 256}, Rect{0, 401, 0, 401, 1, 1}, Rect{0, 401, 0, 401, 7, 3}, Rect{0, 401, 0, 401, 401, 100}, Rect{0, 401, 0, 401, 33, 401},
                        Rect{10, 20, 3, 15, 40, 25}, Rect{10, 300, 3, 15, 40, 25}, Rect{390, 401, 3, 377, 20, 40}, Rect{64, 128, 0, 401, 50, 2}, Rect{5, 6, 0, 6, 4, 3},
                        Rect{0, 1, 0, 1, 3, 2}})
    expect_tile(there, 0, map, r, 1e-5, r.width == 256 || r.width == 7);
}

HS_TEST("heads of every size, large logits") {
  for (const int32_t d : {8, 24, 64, 80, 96, 128, 256}) {
    const AttentionInput in = rounded(AttentionInput(1, 1, d, 130, static_cast<uint32_t>(d)));
    const MapReference map(in, 0);
    expect_tile(PlacedMap(in, map), 0, map, {0, 130, 0, 130, 130, 130}, 1e-5, d == 256);
  }
  // An exponent is as exact as float32 holds scores of this size.
  for (const auto& [logits, tolerance] : {std::pair{10.0f, 2e-5}, std::pair{100.0f, 2e-4}}) {
    const AttentionInput in = rounded(AttentionInput(1, 1, 64, 150, 3, logits));
    const MapReference map(in, 0);
    expect_tile(PlacedMap(in, map), 0, map, {0, 150, 0, 150, 50, 30}, tolerance);
    expect_profiles(in, 0, tolerance);
  }
}

HS_TEST("a tile and the profiles of a model with a window, a soft cap or a scale below 0") {
  std::mt19937 random(5);
  for (const int64_t window : {1, 33, 64, 100, 219, 5000}) {
    AttentionInput in = rounded(AttentionInput(1, 1, 16, 220, 6, 3));
    in.window = window;
    in.cap = window % 2 ? 2.5f : 0.0f;
    if (window == 100) in.scale = -in.scale;
    const MapReference map(in, 0);
    const PlacedMap there(in, map);
    for (const Rect& r : {Rect{0, 220, 0, 220, 220, 220}, Rect{150, 220, 0, 100, 100, 70}, Rect{0, 220, 0, 220, 64, 50}}) expect_tile(there, 0, map, r);
    const auto below = [&](int64_t limit) { return static_cast<int64_t>(random() % static_cast<uint64_t>(limit)); };
    for (int t = 0; t < 6; ++t) {
      const int64_t q0 = below(220), k0 = below(220), q1 = q0 + 1 + below(220 - q0), k1 = k0 + 1 + below(220 - k0);
      expect_tile(there, 0, map, {q0, q1, k0, k1, 1 + below(90), 1 + below(90)}, 2e-5);
    }
    expect_profiles(in, 0);
  }
}

#if HS_EMULATED
HS_TEST("matrices of heads of every size are loaded without bank conflicts") {
  for (const int32_t d : {8, 24, 64, 80, 96, 128, 256}) {
    headscope::emulator::bank_count() = {};
    const AttentionInput in = rounded(AttentionInput(1, 1, d, 64, static_cast<uint32_t>(d)));
    const MapReference map(in, 0);
    const PlacedMap there(in, map);
    std::vector<float> out(64 * 64);
    expect_ok(backend()->tile(nullptr, there.heads(), 0, there.lse.data(), 0, 64, 0, 64, 64, 64, HS_SUM, out.data()), "tile");
    HS_CHECK(headscope::emulator::bank_count().blocks > 0);
    HS_CHECK_EQ(headscope::emulator::bank_count().conflicts, 0);
  }
}
#endif

HS_TEST("a tile above the diagonal is empty") {
  const AttentionInput in = rounded(AttentionInput(1, 1, 32, 200, 3));
  const MapReference map(in, 0);
  const PlacedMap there(in, map);
  expect_tile(there, 0, map, {0, 50, 50, 200, 150, 50});
  expect_tile(there, 0, map, {0, 50, 50, 200, 20, 20});
}

HS_TEST("rows of a picture sum to 1, with the log-sum-exp that attention left") {
  const int64_t n = 600;
  const AttentionInput in(1, 1, 64, n, 8, 4);  // not rounded: attention and maps round alike
  const Placed placed(in);
  There<float> lse(n);
  hs_attention call{};
  call.heads = placed.heads;
  call.lse = lse.data();
  expect_ok(backend()->attention(nullptr, &call), "attention");
  std::vector<float> out(static_cast<size_t>(n));
  expect_ok(backend()->tile(nullptr, &placed.heads, 0, lse.data(), 0, n, 0, n, 1, n, HS_SUM, out.data()), "tile");
  for (const float sum : out) HS_CHECK_NEAR(sum, 1, 1e-4);
}

HS_TEST("planes of a whole map and of what a mask drops, of every kind") {
  const int64_t n = 300;
  for (const int64_t window : {0, 130}) {
    AttentionInput in = rounded(AttentionInput(1, 1, 32, n, static_cast<uint32_t>(window + 1), 2));
    in.window = window;
    const MapReference map(in, 0);
    const PlacedMap there(in, map);
    const Rect rects[] = {{0, n, 0, n, 37, 20}, {130, 290, 5, 210, 205, 160}, {64, 256, 64, 192, 128, 3}};
    for (const Rect& r : rects) expect_planes(there, map, nullptr, [](int64_t, int64_t) { return true; }, r, true);
    struct Case {
      Pattern pattern;
      bool compat;
    };
    for (const auto& [p, compat] : {Case{pattern(PatternKind::a_shape, 4, 30), false}, Case{pattern(PatternKind::vertical_slash, 40, 20), false},
                                    Case{pattern(PatternKind::vertical_slash, 40, 20), true}, Case{pattern(PatternKind::block_sparse, 3, 0), false}}) {
      const std::unique_ptr<Mask> mask = headscope::build_mask(*backend(), hs_exec{}, *there.heads(), 0, p, compat);
      const auto dropped = [&](int64_t i, int64_t j) { return !(headscope::row_mask(mask->index, i, j) & 1); };
      for (const Rect& r : rects) expect_planes(there, map, mask.get(), dropped, r, r.width == 205);
    }
  }
}

HS_TEST("profiles are the column and distance sums") {
  for (const int64_t n : {1, 2, 63, 64, 65, 130, 255, 700})
    expect_profiles(rounded(AttentionInput(2, 1, n == 255 ? 128 : 32, n, static_cast<uint32_t>(n), 2)), 1, 5e-6, n == 130 || n == 255);
}

HS_TEST("a long call is cut into pieces that cover its blocks, gives way between them and hears a cancel there") {
  struct Seen {
    std::vector<double> done;
    int32_t gave_way = 0, cancel = 0;
  } seen;
  hs_exec exec{};
  exec.pool = exec.progress_owner = &seen;
  exec.cancel = &seen.cancel;
  exec.progress = [](void* owner, double done) { static_cast<Seen*>(owner)->done.push_back(done); };
  exec.parallel = [](void* pool, int64_t tasks, hs_task task, void* arg) {
    ++static_cast<Seen*>(pool)->gave_way;
    for (int64_t t = 0; t < tasks; ++t) task(arg, t, 0);
  };
  std::vector<int> visits(1000, 0);
  const auto walk = [&](int64_t first, int64_t count) {
    for (int64_t b = first; b < first + count; ++b) ++visits[static_cast<size_t>(b)];
    if (seen.gave_way == 5) seen.cancel = 1;
    return HS_OK;
  };
  HS_CHECK_EQ(headscope::cuda::in_pieces(&exec, 300, 4096, walk), HS_OK);  // 64 blocks a piece
  HS_CHECK_EQ(std::count(visits.begin(), visits.end(), 1), 300);
  HS_CHECK(visits[299] == 1 && visits[300] == 0);
  HS_CHECK_EQ(seen.gave_way, 4);
  HS_CHECK(seen.done.size() == 4 && std::is_sorted(seen.done.begin(), seen.done.end()) && seen.done.back() < 1);
  HS_CHECK_EQ(headscope::cuda::in_pieces(&exec, 1000, 4096, walk), HS_CANCELLED);
  HS_CHECK(visits[2 * 64 - 1] == 2 && visits[3 * 64] == 1);
}

HS_TEST("maps refuse what lies outside the contract, and hear a cancel") {
  const int64_t n = 70;
  const AttentionInput in(2, 1, 32, n, 2);
  const MapReference map(in, 0);
  const PlacedMap there(in, map);
  std::vector<float> out(static_cast<size_t>(n * n));
  std::vector<double> mass(static_cast<size_t>(2 * n));
  const auto tile = [&](const hs_exec* exec, int32_t head, const Rect& r) {
    return backend()->tile(exec, there.heads(), head, there.lse.data(), r.q0, r.q1, r.k0, r.k1, r.width, r.height, HS_SUM, out.data());
  };
  HS_CHECK_EQ(tile(nullptr, 2, {0, n, 0, n, 10, 10}), HS_INVALID);
  HS_CHECK_EQ(tile(nullptr, 0, {0, n + 1, 0, n, 10, 10}), HS_INVALID);
  HS_CHECK_EQ(tile(nullptr, 0, {10, 10, 0, n, 10, 10}), HS_INVALID);
  HS_CHECK_EQ(tile(nullptr, 0, {0, n, -1, n, 10, 10}), HS_INVALID);
  HS_CHECK_EQ(tile(nullptr, 0, {0, n, 0, n, 0, 10}), HS_INVALID);
  HS_CHECK(std::strlen(backend()->last_error()) > 0);
  const auto planes = [&](const hs_exec* exec, const headscope::MaskIndex* mask, int64_t width) {
    return backend()->planes(exec, there.heads(), 0, there.lse.data(), mask, 0, n, 0, n, width, 10, out.data(), out.data());
  };
  headscope::MaskIndex other;
  other.rows = n + 1;
  HS_CHECK_EQ(planes(nullptr, nullptr, n + 1), HS_INVALID);
  HS_CHECK_EQ(planes(nullptr, &other, 10), HS_INVALID);
  const int32_t stop = 1;
  hs_exec exec{};
  exec.cancel = &stop;
  HS_CHECK_EQ(tile(&exec, 0, {0, n, 0, n, 10, 10}), HS_CANCELLED);
  HS_CHECK_EQ(planes(&exec, nullptr, 10), HS_CANCELLED);
  HS_CHECK_EQ(backend()->profiles(&exec, there.heads(), 0, there.lse.data(), mass.data(), mass.data() + n), HS_CANCELLED);
}
