// Attention on Hopper's instructions against float64 and against the kernel on mma.sync: masks of every kind, within the same gates, and equal bits in every
// order of threads. It runs on the emulator, and where a device is sm_90.
#include "attention_check.h"

using headscope::blocks_mask;
using headscope::compat_mask;
using headscope::diagonals_mask;
using headscope::Mask;
using headscope::MaskIndex;
using namespace headscope::cuda;
using namespace headscope::cuda::testing;

namespace {

#if !HS_EMULATED
const bool is_hopper = [] {
  if (device().architecture == 90) return true;
  std::fprintf(stderr, "skipped: the device is not sm_90\n");
  std::exit(77);
}();
#endif

void expect_hopper(const AttentionInput& in, const std::vector<const Mask*>& masks, const std::string& name, bool every_order = false, bool overview = false) {
  expect_masked(in, masks, name, every_order, overview, AttentionPath::hopper);
}

HS_TEST("Hopper: dense attention at row counts around the edges of tiles and pairs of them") {
  for (const int64_t n : {1, 63, 64, 65, 127, 128, 129, 191, 257}) expect_hopper(rounded(AttentionInput(1, 1, 64, n, static_cast<uint32_t>(n))), {}, "dense", n == 129 || n == 257);
}

HS_TEST("Hopper: every kernel, heads between their sizes, and rings that go round") {
  for (const int32_t d : {40, 64, 80, 96, 128}) expect_hopper(rounded(AttentionInput(1, 1, d, 200, static_cast<uint32_t>(d))), {}, "d " + std::to_string(d), d == 128 || d == 40);
  expect_hopper(rounded(AttentionInput(1, 1, 64, 900, 1)), {}, "long");
}

HS_TEST("Hopper: query heads share key-value heads, and keys past a head's end are not the next head's") {
  expect_hopper(rounded(AttentionInput(4, 2, 64, 130, 1)), {}, "4 heads over 2");
  AttentionInput in = rounded(AttentionInput(2, 2, 64, 70, 2));
  for (int64_t i = 0; i < 70 * 64; ++i) in.v[70 * 64 + i] = in.k[70 * 64 + i] = 1e30f;  // the second head's
  const Result got = run(in, nullptr, false, false, AttentionPath::hopper);
  expect_head(in, 0, got, reference_attention(in, 0, headscope::testing::keep_all), "neighbour");
}

HS_TEST("Hopper: windows, caps, scales of either sign and large logits") {
  for (const int64_t window : {1, 65, 130}) {
    AttentionInput in(1, 1, 64, 257, static_cast<uint32_t>(window));
    in.window = window;
    expect_hopper(rounded(in), {}, "window " + std::to_string(window));
  }
  for (const float scale : {-0.3f, 0.0f, 2.0f}) {
    AttentionInput in(1, 1, 64, 129, 3);
    in.scale = scale;
    expect_hopper(rounded(in), {}, "scale");
    in.cap = 30;
    expect_hopper(rounded(in), {}, "cap");
  }
  for (const float logits : {10.0f, 100.0f}) expect_hopper(rounded(AttentionInput(1, 1, 64, 200, 4, logits)), {}, "large logits");
}

HS_TEST("Hopper: columns and distances, shared by both row tiles and wanted by one alone") {
  std::mt19937 random(1);
  for (const int64_t n : {65, 257, 500, 900})
    for (const int64_t window : {0, 100}) {
      AttentionInput in(1, 1, 64, n, static_cast<uint32_t>(n), 2);
      in.window = window;
      in = rounded(in);
      const int64_t reach = window > 0 ? std::min(n, window) : n;
      const auto expect = [&](std::vector<int32_t> columns, std::vector<int32_t> distances, const char* name, bool every_order) {
        const auto mask = diagonals_mask(n, window, std::move(columns), std::move(distances));
        expect_hopper(in, {mask.get()}, std::string(name) + ", window " + std::to_string(window), every_order);
      };
      expect({}, {0}, "distance 0", false);
      expect(random_set(random, n, n / 4), random_set(random, reach, 3, 0), "columns, few distances", n == 500);
      expect(random_set(random, n, 3), random_set(random, reach, n / 5, 0), "many distances", n == 257);
      expect(first(10), first(std::min<int64_t>(reach, 130)), "a band", n == 500);
      if (n == 900 && window == 0) {  // every range lies 64 before the other tile's, and many are apart: more of one tile's in a row than there are stages
        std::vector<int32_t> apart;
        for (int32_t d = 0; d < 900; d += 70) apart.push_back(d);
        expect({}, apart, "ranges apart", true);
      }
    }
}

HS_TEST("Hopper: blocks, also rows without any, and MInference's lists") {
  std::mt19937 random(3);
  for (const int64_t n : {64, 200, 400})
    for (const int32_t size : {16, 32, 64, 128}) {
      const AttentionInput in = rounded(AttentionInput(1, 1, 64, n, static_cast<uint32_t>(n + size)));
      for (const uint32_t one_in : {1u, 4u, 1000000u}) {
        const auto mask = blocks_mask(n, 0, size, random_blocks(random, n, 0, size, one_in));
        expect_hopper(in, {mask.get()}, "blocks of " + std::to_string(size), n == 200 && one_in == 4);
      }
    }
  for (const int64_t n : {130, 500}) {
    const AttentionInput in = rounded(AttentionInput(1, 1, 64, n, static_cast<uint32_t>(n)));
    const auto mask = compat_mask(n, 0, random_set(random, n, n / 10), random_set(random, n, n / 80 + 1, 0));
    expect_hopper(in, {mask.get()}, "compat", n == 130);
  }
}

HS_TEST("Hopper: heads of different patterns in one launch, with their overviews") {
  std::mt19937 random(5);
  const int64_t n = 330;
  const AttentionInput in = rounded(AttentionInput(6, 2, 128, n, 30));
  const auto slashes = diagonals_mask(n, 0, random_set(random, n, 40), random_set(random, n, 12, 0));
  const auto a_shape = diagonals_mask(n, 0, first(10), first(65));
  const auto blocks = blocks_mask(n, 0, 32, random_blocks(random, n, 0, 32, 4));
  const auto compat = compat_mask(n, 0, random_set(random, n, 20), random_set(random, n, 3, 0));
  expect_hopper(in, {blocks.get(), nullptr, slashes.get(), compat.get(), slashes.get(), a_shape.get()}, "mixed", true, true);
}

HS_TEST("Hopper gives what mma.sync gives, but for the rounding of products") {
  std::mt19937 random(6);
  const AttentionInput in = rounded(AttentionInput(2, 1, 128, 400, 31));
  const auto mask = diagonals_mask(400, 0, random_set(random, 400, 60), random_set(random, 400, 9, 0));
  const MaskIndex* const masks[2] = {&mask->index, nullptr};
  const Result one = run(in, masks, false), other = run(in, masks, false, false, AttentionPath::hopper);
  HS_CHECK(one.executed == other.executed);
  for (size_t i = 0; i < one.lse.size(); ++i) HS_CHECK_NEAR(one.lse[i], other.lse[i], 1e-5);
  for (size_t i = 0; i < one.out.size(); ++i) HS_CHECK_NEAR(one.out[i], other.out[i], 1e-2);
}

}  // namespace
