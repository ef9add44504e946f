#include "launch.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace headscope::emulator {
namespace {

constexpr int64_t kMostShared = 227 * 1024;

thread_local Order launch_order = Order::ascending;
thread_local uint32_t launch_seed = 1;

}  // namespace

OrderScope::OrderScope(Order order, uint32_t seed) : order_before_(launch_order), seed_before_(launch_seed) {
  launch_order = order;
  launch_seed = seed;
}
OrderScope::~OrderScope() {
  launch_order = order_before_;
  launch_seed = seed_before_;
}

void run(const std::string& kernel, const Shape& shape, const std::function<void()>& body) {
  const Dim3 g = shape.grid;
  if (shape.threads <= 0 || shape.threads > 1024 || shape.threads % 32) throw std::invalid_argument(kernel + ": a block of " + std::to_string(shape.threads) + " threads");
  if (shape.shared_bytes < 0 || shape.shared_bytes > kMostShared) throw std::invalid_argument(kernel + ": " + std::to_string(shape.shared_bytes) + " bytes of shared memory");
  if (g.x < 1 || g.y < 1 || g.z < 1 || g.x > 0x7fffffff || g.y > 65535 || g.z > 65535) throw std::invalid_argument(kernel + ": a grid no device takes");

  std::vector<int64_t> blocks(static_cast<size_t>(g.x) * g.y * g.z);
  std::iota(blocks.begin(), blocks.end(), int64_t{0});
  if (launch_order == Order::descending) std::reverse(blocks.begin(), blocks.end());
  if (launch_order == Order::shuffled) std::shuffle(blocks.begin(), blocks.end(), std::mt19937(launch_seed));
  for (const int64_t b : blocks) {
    const Dim3 index{static_cast<unsigned>(b % g.x), static_cast<unsigned>(b / g.x % g.y), static_cast<unsigned>(b / g.x / g.y)};
    Block(kernel, shape, index, launch_order, launch_seed + static_cast<uint32_t>(b)).run(body);
  }
}

}  // namespace headscope::emulator
