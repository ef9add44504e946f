// For the emulator's own tests: what a launch says, in every order of its threads.
#pragma once

#include <string>

#include "kernels/check/check.h"
#include "launch.h"

namespace headscope::emulator {

inline constexpr Order kOrders[] = {Order::ascending, Order::descending, Order::shuffled};

// Empty if it ran.
template <class Body>
std::string said(int threads, int64_t shared_bytes, Body&& body, Order order = Order::ascending) {
  const OrderScope scope(order);
  try {
    run("kernel", {{1, 1, 1}, threads, shared_bytes}, body);
    return "";
  } catch (const Failure& failure) {
    return failure.what();
  }
}

// The launch says `part` in every order; with "" it runs in every order.
template <class Body>
void expect(const std::string& part, int threads, int64_t shared_bytes, Body&& body) {
  for (const Order order : kOrders) {
    const std::string text = said(threads, shared_bytes, body, order);
    if (part.empty() ? !text.empty() : text.find(part) == std::string::npos)
      testing::fail(part.c_str(), static_cast<int>(order), "the launch said: " + text);
  }
}

}  // namespace headscope::emulator
