#include "native/core/generation.h"

#include <algorithm>
#include <atomic>
#include <string>
#include <vector>

#include "kernels/check/check.h"
#include "kernels/cpu/backend.h"
#include "native/core/error.h"
#include "native/core/prefill.h"
#include "native/core/tiny_llama.h"

using namespace headscope;
using namespace headscope::test;

namespace {

Job with_threads(int32_t threads) {
  Job job;
  job.threads = threads;
  return job;
}
PrefillRequest request_for(const std::vector<int32_t>& tokens) {
  PrefillRequest r;
  r.tokens = tokens;
  return r;
}
// Greedy decoding in float64, the whole text through the model for every token.
std::vector<int32_t> by_repetition(const TinyLlama& llama, std::vector<int32_t> text, int64_t vocab, int32_t count) {
  std::vector<int32_t> made;
  for (int32_t i = 0; i < count; ++i) {
    const Matrix logits = llama.forward(text).logits;
    const auto last = logits.end() - vocab;
    made.push_back(static_cast<int32_t>(std::max_element(last, logits.end()) - last));
    text.push_back(made.back());
  }
  return made;
}
template <class Action>
void expect_error(const char* code, Action&& action) {
  try {
    action();
  } catch (const Error& e) {
    HS_CHECK_EQ(std::string(e.code()), std::string(code));
    return;
  }
  HS_CHECK(!"an error was expected");
}

}  // namespace

HS_TEST("decoding writes what a float64 model writes, the whole text through it for every token") {
  for (const char* const* isa = cpu::available_isas(); *isa; ++isa)
    for (const bool biases : {false, true}) {
      TinyShape shape;
      shape.biases = biases;
      shape.tied = !biases;
      shape.dtype = biases ? HS_F32 : HS_BF16;
      OpenTiny tiny(*cpu::backend_for(*isa), shape, 5);
      for (const int64_t rows : {1, 37, 130}) {
        const std::vector<int32_t> tokens = tiny.llama.tokens(rows);
        const auto run = prefill(tiny.model, request_for(tokens), with_threads(2));
        const Generation made = generate(*run, {12, {}}, with_threads(3));
        HS_CHECK(made.tokens == by_repetition(tiny.llama, tokens, shape.vocab, 12));
        HS_CHECK(!made.stopped);
      }
    }
}

HS_TEST("a stop token ends the text and is not part of it") {
  OpenTiny tiny(*cpu::backend(), TinyShape{}, 5);
  const std::vector<int32_t> tokens = tiny.llama.tokens(37);
  const auto run = prefill(tiny.model, request_for(tokens), with_threads(1));
  const std::vector<int32_t> whole = generate(*run, {12, {}}, with_threads(1)).tokens;
  const int32_t stop = whole[5];
  const auto first = std::find(whole.begin(), whole.end(), stop);
  const Generation made = generate(*run, {12, {stop}}, with_threads(1));
  HS_CHECK(made.stopped);
  HS_CHECK(made.tokens == std::vector<int32_t>(whole.begin(), first));
  const Generation none = generate(*run, {12, {whole[0]}}, with_threads(1));
  HS_CHECK(none.stopped && none.tokens.empty());
}

HS_TEST("the first token is the sparse prefill's, and the new tokens see every key") {
  // With one layer the prompt's keys and values do not depend on what its rows attended to: the float64 model can say what follows.
  TinyShape shape;
  shape.layers = 1;
  shape.tied = false;
  OpenTiny tiny(*cpu::backend(), shape, 11);
  std::vector<int32_t> text = tiny.llama.tokens(300);
  PrefillRequest request = request_for(text);
  Pattern window;
  window.kind = PatternKind::a_shape;
  window.sink = 1;
  window.window = 4;
  request.patterns = {{static_cast<size_t>(shape.heads), window}};
  request.dense_where_pays = false;
  const auto sparse = prefill(tiny.model, request, with_threads(2));
  std::vector<float> last(static_cast<size_t>(shape.vocab));
  sparse->logits(299, 300, last.data(), with_threads(1));
  const int32_t first = static_cast<int32_t>(std::max_element(last.begin(), last.end()) - last.begin());
  HS_CHECK(first != by_repetition(tiny.llama, text, shape.vocab, 1)[0]);  // else this input shows nothing
  text.push_back(first);
  std::vector<int32_t> expected = by_repetition(tiny.llama, text, shape.vocab, 6);
  expected.insert(expected.begin(), first);
  HS_CHECK(generate(*sparse, {7, {}}, with_threads(2)).tokens == expected);
}

HS_TEST("generation refuses what it cannot do and stops when it is told") {
  OpenTiny tiny(*cpu::backend(), TinyShape{}, 5);
  PrefillRequest lean = request_for(tiny.llama.tokens(20));
  lean.keep_layer_inputs = false;
  const auto run = prefill(tiny.model, lean, with_threads(1));
  HS_CHECK_EQ(generate(*run, {1, {}}, with_threads(1)).tokens.size(), size_t{1});
  expect_error("INVALID_REQUEST", [&] { generate(*run, {2, {}}, with_threads(1)); });
  expect_error("INVALID_REQUEST", [&] { generate(*run, {0, {}}, with_threads(1)); });
  expect_error("TOKEN_OUT_OF_RANGE", [&] { generate(*run, {2, {101}}, with_threads(1)); });
  std::atomic<int32_t> cancel{1};
  Job cancelled = with_threads(2);
  cancelled.cancel = &cancel;
  expect_error("CANCELLED", [&] { generate(*run, {1, {}}, cancelled); });
}
