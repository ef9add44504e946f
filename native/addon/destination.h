// A typed array that a job fills. The job writes to memory of its own; the array receives it on the JavaScript thread when the
// promise resolves, because JavaScript may detach or shrink an array while the job runs. Held until then.
#pragma once

#include <napi.h>

#include <cstring>
#include <memory>

#include "native/core/error.h"
#include "values.h"

namespace headscope::addon {

template <class Element>
using Staged = std::unique_ptr<Element[]>;

template <class Element>
class Destination {
 public:
  // Throws INVALID_REQUEST unless `value` is a typed array of `count` elements.
  Destination(const Napi::Value& value, Name name, int64_t count)
      : count_(view<Element>(value, name, count).count), array_(std::make_shared<Napi::ObjectReference>(Napi::Persistent(value.As<Napi::Object>()))) {}

  // On any thread; not initialised.
  static Staged<Element> stage(int64_t count) { return std::make_unique_for_overwrite<Element[]>(static_cast<size_t>(count)); }
  int64_t count() const { return count_; }

  // On the JavaScript thread. Throws INVALID_REQUEST where the array has lost its memory meanwhile.
  void fill(const Element* from) const {
    const View<Element> to = view<Element>(array_->Value(), "The array to fill");
    if (to.count != count_) throw Error("INVALID_REQUEST", "The array to fill was detached or resized while the job ran.");
    if (count_ > 0) std::memcpy(to.data, from, static_cast<size_t>(count_) * sizeof(Element));
  }

 private:
  int64_t count_;
  // Shared because std::function copies; only a job's `finish` holds it, so it dies on the JavaScript thread.
  std::shared_ptr<Napi::ObjectReference> array_;
};

}  // namespace headscope::addon
