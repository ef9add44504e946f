#include <cstring>

#include "../check/attention_reference.h"
#include "../check/check.h"
#include "../check/threads.h"
#include "backend.h"

using namespace headscope;
using namespace headscope::testing;

namespace {

template <class Body>
void on_every_isa(Body body) {
  for (const char* const* isa = cpu::available_isas(); *isa; ++isa) body(*cpu::backend_for(*isa), std::string(*isa));
}

// Every probability of one head in float64, and the log-sum-exp the kernels are given.
struct Map {
  int64_t n, window;
  std::vector<double> p;  // [N, N], 0 where the model does not attend
  GuardedArray lse;
  Map(const AttentionInput& in, int32_t head) : n(in.rows), window(in.window), p(n * n, 0), lse(n) {
    for (int64_t i = 0; i < n; ++i) {
      double top = -1e300, total = 0;
      const int64_t seen = in.window > 0 ? std::max<int64_t>(0, i - in.window + 1) : 0;
      for (int64_t j = seen; j <= i; ++j) top = std::max(top, p[i * n + j] = in.score(head, i, j));
      for (int64_t j = seen; j <= i; ++j) total += std::exp(p[i * n + j] - top);
      for (int64_t j = seen; j <= i; ++j) p[i * n + j] = std::exp(p[i * n + j] - top) / total;
      lse[i] = static_cast<float>(top + std::log(total));
    }
  }
  // One cell of a tile as backend.h defines it.
  double cell(int64_t q0, int64_t q1, int64_t k0, int64_t k1, hs_aggregate aggregate) const {
    double sum = 0, top = 0, causal = 0;
    for (int64_t i = q0; i < q1; ++i)
      for (int64_t j = k0; j < k1 && j <= i; ++j) {
        sum += p[i * n + j];
        top = std::max(top, p[i * n + j]);
        causal += window == 0 || i - j < window;
      }
    return aggregate == HS_SUM ? sum : aggregate == HS_MAX ? top : causal > 0 ? sum / causal : 0;
  }
};

struct Rect {
  int64_t q0, q1, k0, k1, width, height;
};

std::string text(const Rect& r, hs_aggregate aggregate) {
  return "rows " + std::to_string(r.q0) + ".." + std::to_string(r.q1) + ", keys " + std::to_string(r.k0) + ".." + std::to_string(r.k1) + " as " +
         std::to_string(r.width) + "x" + std::to_string(r.height) + ", aggregate " + std::to_string(aggregate);
}

void expect_tile(const AttentionInput& in, int32_t head, const Map& map, const Rect& r, double tolerance = 1e-5) {
  for (const hs_aggregate aggregate : {HS_SUM, HS_MAX, HS_MEAN}) {
    std::vector<double> want(r.width * r.height);
    for (int64_t y = 0; y < r.height; ++y)
      for (int64_t x = 0; x < r.width; ++x) {
        const int64_t a = r.q0 + y * (r.q1 - r.q0) / r.height, b = r.q0 + (y + 1) * (r.q1 - r.q0) / r.height;
        const int64_t c = r.k0 + x * (r.k1 - r.k0) / r.width, e = r.k0 + (x + 1) * (r.k1 - r.k0) / r.width;
        want[y * r.width + x] = map.cell(a, std::max(b, a + 1), c, std::max(e, c + 1), aggregate);
      }
    on_every_isa([&](const headscope_backend_v1& backend, const std::string& isa) {
      GuardedArray out(r.width * r.height);
      const hs_heads heads = in.view();
      HS_CHECK_EQ(backend.tile(Threads(2).exec(), &heads, head, map.lse.data(), r.q0, r.q1, r.k0, r.k1, r.width, r.height, aggregate, out.data()), HS_OK);
      HS_CHECK(out.guards_intact());
      for (int64_t c = 0; c < out.size(); ++c)
        if (!(std::fabs(out[c] - want[c]) <= tolerance * (1 + want[c])))
          fail((isa + ", " + text(r, aggregate)).c_str(), static_cast<int>(c), both("cell", out[c], want[c]));
    });
  }
}

void expect_profiles(const AttentionInput& in, int32_t head, const Map& map) {
  const int64_t n = in.rows;
  std::vector<double> columns(n, 0), distances(n, 0);
  for (int64_t i = 0; i < n; ++i)
    for (int64_t j = 0; j <= i; ++j) {
      columns[j] += map.p[i * n + j];
      distances[i - j] += map.p[i * n + j];
    }
  on_every_isa([&](const headscope_backend_v1& backend, const std::string& isa) {
    std::vector<double> got_columns(n, -1), got_distances(n, -1);
    const hs_heads heads = in.view();
    HS_CHECK_EQ(backend.profiles(Threads(2).exec(), &heads, head, map.lse.data(), got_columns.data(), got_distances.data()), HS_OK);
    for (int64_t x = 0; x < n; ++x) {
      if (!(std::fabs(got_columns[x] - columns[x]) <= 5e-6 * (1 + columns[x]))) fail((isa + " column").c_str(), static_cast<int>(x), both("mass", got_columns[x], columns[x]));
      if (!(std::fabs(got_distances[x] - distances[x]) <= 5e-6 * (1 + distances[x]))) fail((isa + " distance").c_str(), static_cast<int>(x), both("mass", got_distances[x], distances[x]));
    }
  });
}

}  // namespace

HS_TEST("a tile of every element is the map") {
  for (const int64_t n : {1, 2, 31, 33, 64, 97, 300}) {
    const AttentionInput in(2, 1, 32, n, static_cast<uint32_t>(n));
    const Map map(in, 1);
    expect_tile(in, 1, map, {0, n, 0, n, n, n});
  }
  const AttentionInput in(4, 2, 64, 700, 5);
  const Map map(in, 2);
  expect_tile(in, 2, map, {100, 613, 17, 650, 633, 513});
  expect_tile(in, 2, map, {699, 700, 0, 700, 700, 1});
  expect_tile(in, 2, map, {300, 301, 300, 301, 1, 1});
}

HS_TEST("a tile of cells larger and smaller than elements") {
  const AttentionInput in(2, 1, 24, 601, 9);
  const Map map(in, 0);
  for (const Rect& r : {Rect{0, 601, 0, 601, 256, 256}, Rect{0, 601, 0, 601, 1, 1}, Rect{0, 601, 0, 601, 7, 3}, Rect{0, 601, 0, 601, 601, 200},
                        Rect{0, 601, 0, 601, 33, 601}, Rect{10, 20, 3, 15, 40, 25}, Rect{10, 500, 3, 15, 40, 25}, Rect{590, 601, 3, 577, 20, 40},
                        Rect{64, 128, 0, 601, 50, 2}, Rect{5, 6, 0, 6, 4, 3}, Rect{200, 460, 150, 470, 319, 259}, Rect{0, 1, 0, 1, 3, 2}})
    expect_tile(in, 0, map, r);
}

HS_TEST("a tile of random rectangles and sizes") {
  std::mt19937 random(4);
  const AttentionInput in(1, 1, 16, 420, 3, 3);
  const Map map(in, 0);
  const auto below = [&](int64_t limit) { return static_cast<int64_t>(random() % static_cast<uint64_t>(limit)); };
  for (int t = 0; t < 60; ++t) {
    const int64_t q0 = below(420), k0 = below(420), q1 = q0 + 1 + below(420 - q0), k1 = k0 + 1 + below(420 - k0);
    expect_tile(in, 0, map, {q0, q1, k0, k1, 1 + below(90), 1 + below(90)}, 2e-5);
  }
}

HS_TEST("a tile and the profiles of a model with a window and a soft cap") {
  std::mt19937 random(5);
  for (const int64_t window : {1, 33, 64, 100, 399, 5000}) {
    AttentionInput in(1, 1, 16, 420, 6, 3);
    in.window = window;
    in.cap = window % 2 ? 2.5f : 0.0f;
    const Map map(in, 0);
    expect_tile(in, 0, map, {0, 420, 0, 420, 420, 420});
    expect_tile(in, 0, map, {300, 420, 0, 200, 200, 120});
    expect_tile(in, 0, map, {0, 420, 0, 420, 64, 50});
    const auto below = [&](int64_t limit) { return static_cast<int64_t>(random() % static_cast<uint64_t>(limit)); };
    for (int t = 0; t < 20; ++t) {
      const int64_t q0 = below(420), k0 = below(420), q1 = q0 + 1 + below(420 - q0), k1 = k0 + 1 + below(420 - k0);
      expect_tile(in, 0, map, {q0, q1, k0, k1, 1 + below(90), 1 + below(90)}, 2e-5);
    }
    expect_profiles(in, 0, map);
  }
}

HS_TEST("a tile above the diagonal is empty") {
  const AttentionInput in(1, 1, 32, 200, 3);
  const Map map(in, 0);
  expect_tile(in, 0, map, {0, 50, 50, 200, 150, 50});
  expect_tile(in, 0, map, {0, 50, 50, 200, 20, 20});
}

HS_TEST("the sum of all cells is the number of rows") {
  const int64_t n = 1500;
  const AttentionInput in(1, 1, 64, n, 8);
  const Map map(in, 0);
  on_every_isa([&](const headscope_backend_v1& backend, const std::string&) {
    std::vector<float> out(256 * 256);
    const hs_heads heads = in.view();
    HS_CHECK_EQ(backend.tile(Threads(3).exec(), &heads, 0, map.lse.data(), 0, n, 0, n, 256, 256, HS_SUM, out.data()), HS_OK);
    double total = 0;
    for (const float x : out) total += x;
    HS_CHECK_NEAR(total, n, 1e-3);
  });
}

HS_TEST("profiles are the column and distance sums") {
  for (const int64_t n : {1, 2, 63, 64, 65, 130, 700, 1300}) {
    const AttentionInput in(2, 1, n == 700 ? 128 : 32, n, static_cast<uint32_t>(n), 2);
    expect_profiles(in, 1, Map(in, 1));
  }
}

HS_TEST("maps do not depend on the number of workers") {
  const int64_t n = 1400;
  const AttentionInput in(1, 1, 32, n, 12);
  const Map map(in, 0);
  const hs_heads heads = in.view();
  on_every_isa([&](const headscope_backend_v1& backend, const std::string&) {
    std::vector<std::vector<float>> cells;
    std::vector<std::vector<double>> masses;
    for (const int32_t workers : {1, 2, 7}) {
      cells.emplace_back(100 * 3);
      masses.emplace_back(2 * n);
      HS_CHECK_EQ(backend.tile(Threads(workers).exec(), &heads, 0, map.lse.data(), 0, n, 0, n, 100, 3, HS_SUM, cells.back().data()), HS_OK);
      HS_CHECK_EQ(backend.profiles(Threads(workers).exec(), &heads, 0, map.lse.data(), masses.back().data(), masses.back().data() + n), HS_OK);
      HS_CHECK(cells.back() == cells[0]);
      HS_CHECK(masses.back() == masses[0]);
    }
  });
}

HS_TEST("maps hear a cancel and refuse what lies outside the map") {
  const AttentionInput in(2, 1, 32, 300, 2);
  const Map map(in, 0);
  const hs_heads heads = in.view();
  const int32_t cancel = 1;
  on_every_isa([&](const headscope_backend_v1& backend, const std::string&) {
    std::vector<float> out(300 * 300);
    std::vector<double> mass(600);
    const auto tile = [&](const hs_exec* exec, int32_t head, const Rect& r) {
      return backend.tile(exec, &heads, head, map.lse.data(), r.q0, r.q1, r.k0, r.k1, r.width, r.height, HS_SUM, out.data());
    };
    const Threads cancelled(2, &cancel), threads(2);
    HS_CHECK_EQ(tile(cancelled.exec(), 0, {0, 300, 0, 300, 300, 300}), HS_CANCELLED);
    HS_CHECK_EQ(tile(cancelled.exec(), 0, {0, 300, 0, 300, 10, 10}), HS_CANCELLED);
    HS_CHECK_EQ(backend.profiles(cancelled.exec(), &heads, 0, map.lse.data(), mass.data(), mass.data() + 300), HS_CANCELLED);
    HS_CHECK_EQ(tile(threads.exec(), 2, {0, 300, 0, 300, 10, 10}), HS_INVALID);
    HS_CHECK_EQ(tile(threads.exec(), 0, {0, 301, 0, 300, 10, 10}), HS_INVALID);
    HS_CHECK_EQ(tile(threads.exec(), 0, {10, 10, 0, 300, 10, 10}), HS_INVALID);
    HS_CHECK_EQ(tile(threads.exec(), 0, {0, 300, -1, 300, 10, 10}), HS_INVALID);
    HS_CHECK_EQ(tile(threads.exec(), 0, {0, 300, 0, 300, 0, 10}), HS_INVALID);
    HS_CHECK(std::strlen(backend.last_error()) > 0);
  });
}
