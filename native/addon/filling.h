// A job whose result is numbers in arrays that JavaScript brought.
#pragma once

#include <array>
#include <tuple>
#include <utility>

#include "destination.h"
#include "instance.h"

namespace headscope::addon {

// work(Element*..., const Job&) fills memory of the job's own, one pointer an array; the arrays receive it when the promise resolves,
// to undefined. Only counts go to the engine thread with the work: the arrays' references stay on the JavaScript thread.
template <class Work, class... Element>
Napi::Value start_filling(Napi::Env env, int32_t threads, Work work, const Destination<Element>&... into) {
  using Found = std::tuple<Staged<Element>...>;
  const std::array<int64_t, sizeof...(Element)> counts{into.count()...};
  return Instance::of(env).jobs.start(
      env, threads, {},
      [work = std::move(work), counts](const Job& job) {
        Found found = [&]<size_t... at>(std::index_sequence<at...>) { return Found{Destination<Element>::stage(counts[at])...}; }(std::index_sequence_for<Element...>{});
        std::apply([&](const Staged<Element>&... staged) { work(staged.get()..., job); }, found);
        return found;
      },
      [arrays = std::tuple(into...)](Napi::Env e, Found& found) {
        [&]<size_t... at>(std::index_sequence<at...>) { (std::get<at>(arrays).fill(std::get<at>(found).get()), ...); }(std::index_sequence_for<Element...>{});
        return e.Undefined();
      });
}

}  // namespace headscope::addon
