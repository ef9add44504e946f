// A block's dynamic shared memory, the only kind kernels use: byte addresses, and typed arrays at them.
//
// Shared<T> reads like an array. On the emulator an element is a proxy that checks the access, so write the type of what you
// read: `const float x = sums[i];`, not `auto`.
#pragma once

#include "platform.h"

namespace headscope::cuda {

// As PTX instructions take it: an address in the shared state space.
using SharedAddress = uint32_t;

#if !HS_EMULATED

extern __shared__ __align__(1024) unsigned char hs_shared[];

HS_DEVICE SharedAddress shared_start() { return static_cast<SharedAddress>(__cvta_generic_to_shared(hs_shared)); }

template <class T>
class Shared {
 public:
  // `count` elements from byte address `at`.
  HS_DEVICE Shared(SharedAddress at, int /*count*/) : p_(reinterpret_cast<T*>(hs_shared + (at - shared_start()))), at_(at) {}
  HS_DEVICE T& operator[](int i) const { return p_[i]; }
  HS_DEVICE SharedAddress address(int i) const { return at_ + static_cast<uint32_t>(i * static_cast<int>(sizeof(T))); }

 private:
  T* p_;
  SharedAddress at_;
};

template <class T>
HS_DEVICE T atomic_add(const Shared<T>& array, int i, T value) {
  return atomicAdd(&array[i], value);
}

#else

inline SharedAddress shared_start() { return 0; }

template <class T>
class Shared {
  static_assert(sizeof(T) >= 2, "shared memory is watched two bytes at a time");

 public:
  class Element {
   public:
    operator T() const {
      T value;
      emulator::Block& block = emulator::Block::current();
      block.shared().load(block.thread(), at_, sizeof(T), alignof(T), &value);
      return value;
    }
    const Element& operator=(T value) const {
      emulator::Block& block = emulator::Block::current();
      block.shared().store(block.thread(), at_, sizeof(T), alignof(T), &value);
      return *this;
    }
    const Element& operator=(const Element& other) const { return *this = static_cast<T>(other); }
    const Element& operator+=(T value) const { return *this = static_cast<T>(*this) + value; }
    const Element& operator*=(T value) const { return *this = static_cast<T>(*this) * value; }

   private:
    friend class Shared;
    explicit Element(SharedAddress at) : at_(at) {}
    SharedAddress at_;
  };

  Shared(SharedAddress at, int count) : at_(at), count_(count) {}
  Element operator[](int i) const { return Element(address(i)); }
  SharedAddress address(int i) const {
    if (i < 0 || i >= count_)
      emulator::Block::current().fail("element " + std::to_string(i) + " of an array in shared memory that has " + std::to_string(count_));
    return at_ + static_cast<uint32_t>(i) * static_cast<uint32_t>(sizeof(T));
  }

 private:
  SharedAddress at_;
  int count_;
};

template <class T>
T atomic_add(const Shared<T>& array, int i, T value) {
  emulator::Block& block = emulator::Block::current();
  T* p = static_cast<T*>(block.shared().atomic(block.thread(), array.address(i), sizeof(T)));
  const T before = *p;
  *p = before + value;
  return before;
}

#endif

}  // namespace headscope::cuda
