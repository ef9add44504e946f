// Runs a kernel, compiled as plain C++, over a grid.
#pragma once

#include <functional>
#include <string>

#include "block.h"

namespace headscope::emulator {

// Throws Failure, std::invalid_argument for a shape no device takes. Blocks run one after another, in the order of `order`.
void run(const std::string& kernel, const Shape& shape, const std::function<void()>& body);

// The order of launches on this OS thread while one lives; ascending without one.
class OrderScope {
 public:
  explicit OrderScope(Order order, uint32_t seed = 1);
  ~OrderScope();
  OrderScope(const OrderScope&) = delete;
  OrderScope& operator=(const OrderScope&) = delete;

 private:
  Order order_before_;
  uint32_t seed_before_;
};

}  // namespace headscope::emulator
