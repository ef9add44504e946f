#include "native/core/model.h"

#include <unistd.h>

#include <cstring>
#include <functional>
#include <limits>
#include <string>

#include "kernels/check/check.h"
#include "kernels/cpu/backend.h"
#include "native/core/error.h"
#include "native/core/tiny_llama.h"

using namespace headscope;
using namespace headscope::test;

namespace {

// Spoils a good spec and returns the code and message of the refusal.
struct Refusal {
  std::string code = "opened", message;
};
Refusal refused(const std::function<void(ModelSpec&)>& spoil, const TinyShape& shape = {}) {
  TinyLlama llama(shape);
  const TemporaryFile file(llama.bytes());
  spoil(llama.spec);
  try {
    Model::open(*cpu::backend(), llama.spec, {file.path()});
    return {};
  } catch (const Error& e) {
    return {e.code(), e.what()};
  }
}
void expect(const Refusal& r, const char* code, const char* names) {
  HS_CHECK_EQ(r.code, std::string(code));
  if (r.message.find(names) == std::string::npos) HS_CHECK_EQ(r.message, std::string(names));
}

}  // namespace

HS_TEST("a good checkpoint opens, its weights in place and unaligned") {
  const OpenTiny tiny(*cpu::backend(), TinyShape{});
  HS_CHECK_EQ(tiny.model->embedding().out, int64_t{101});
  HS_CHECK_EQ(tiny.model->embedding().in, int64_t{44});
  HS_CHECK(reinterpret_cast<uintptr_t>(tiny.model->embedding().data) % 4 != 0);
  HS_CHECK(tiny.model->lm_head().data == tiny.model->embedding().data);
  HS_CHECK_EQ(tiny.model->weight_bytes(), static_cast<int64_t>(tiny.llama.bytes().size()) - 13);
}

HS_TEST("half types widen exactly, subnormals and infinities too") {
  const uint16_t halves[] = {0x0000, 0x8001, 0x03ff, 0x0400, 0x3c00, 0xc000, 0x7bff, 0x7c00, 0xfc00, 0x3555};
  for (const hs_dtype dtype : {HS_F16, HS_BF16}) {
    char unaligned[1 + sizeof halves];
    std::memcpy(unaligned + 1, halves, sizeof halves);
    float wide[10];
    widen({unaligned + 1, dtype, 10, 1}, wide);
    for (int i = 0; i < 10; ++i) {
      float expected;
      if (dtype == HS_F16) {
        _Float16 h;
        std::memcpy(&h, &halves[i], 2);
        expected = static_cast<float>(h);
      } else {
        const uint32_t bits = static_cast<uint32_t>(halves[i]) << 16;
        std::memcpy(&expected, &bits, 4);
      }
      HS_CHECK(std::memcmp(&expected, &wide[i], 4) == 0);
    }
  }
}

HS_TEST("sizes that contradict each other are named") {
  expect(refused([](ModelSpec& s) { s.kv_heads = 4; }), "CHECKPOINT_INVALID", "num_key_value_heads");
  expect(refused([](ModelSpec& s) { s.heads = 0; }), "CHECKPOINT_INVALID", "num_attention_heads");
  expect(refused([](ModelSpec& s) { s.hidden_size = -44; }), "CHECKPOINT_INVALID", "hidden_size");
  expect(refused([](ModelSpec& s) { s.head_dim = 20; }), "UNSUPPORTED_ARCHITECTURE", "head_dim");
  expect(refused([](ModelSpec& s) { s.layers = 3; }), "CHECKPOINT_INVALID", "num_hidden_layers 3");
  expect(refused([](ModelSpec& s) { s.rms_norm_eps = -1; }), "CHECKPOINT_INVALID", "rms_norm_eps");
  expect(refused([](ModelSpec& s) { s.rms_norm_eps = std::numeric_limits<float>::quiet_NaN(); }), "CHECKPOINT_INVALID", "rms_norm_eps");
  expect(refused([](ModelSpec& s) { s.rotaries[0].frequencies.clear(); }), "CHECKPOINT_INVALID", "rotation frequencies");
  expect(refused([](ModelSpec& s) { s.rotaries[0].frequencies[2] = std::numeric_limits<float>::infinity(); }), "CHECKPOINT_INVALID", "rope_theta");
}

HS_TEST("a tensor of another shape or place is named") {
  expect(refused([](ModelSpec& s) { s.tensors[1].k.shape = {33, 44}; }), "CHECKPOINT_INVALID", "model.k has shape [33, 44]; config.json asks for [32, 44]");
  expect(refused([](ModelSpec& s) { std::swap(s.tensors[0].gate.shape[0], s.tensors[0].gate.shape[1]); }), "CHECKPOINT_INVALID", "model.gate");
  expect(refused([](ModelSpec& s) { s.final_norm.shape = {44, 1}; }), "CHECKPOINT_INVALID", "model.norm");
  expect(refused([](ModelSpec& s) { s.tensors[0].o.end -= 4; }), "CHECKPOINT_INVALID", "model.o takes bytes");
  expect(refused([](ModelSpec& s) { s.tensors[0].o.dtype = HS_BF16; }), "CHECKPOINT_INVALID", "model.o takes bytes");
  expect(refused([](ModelSpec& s) { s.embedding.begin = s.lm_head.begin = -4; }), "CHECKPOINT_INVALID", "model.embedding");
  expect(refused([](ModelSpec& s) { s.tensors[1].down.file = 1; }), "CHECKPOINT_INVALID", "model.down");
  expect(refused([](ModelSpec& s) { s.lm_head.shape = {100, 44}; }), "CHECKPOINT_INVALID", "model.embedding");
  TinyShape biased;
  biased.biases = true;
  expect(refused([](ModelSpec& s) { s.tensors[0].v_bias->shape = {96}; }, biased), "CHECKPOINT_INVALID", "model.v_bias");
}

HS_TEST("a truncated file is refused before anything is read past its end") {
  TinyLlama llama({});
  const TemporaryFile file(llama.bytes());
  HS_CHECK_EQ(truncate(file.path().c_str(), static_cast<off_t>(llama.bytes().size()) - 1), 0);
  try {
    Model::open(*cpu::backend(), llama.spec, {file.path()});
    HS_CHECK(!"refused");
  } catch (const Error& e) {
    HS_CHECK_EQ(std::string(e.code()), std::string("CHECKPOINT_INVALID"));
    HS_CHECK(std::string(e.what()).find("truncated") != std::string::npos);
  }
}

HS_TEST("a missing file is named") {
  const TinyLlama llama({});
  try {
    Model::open(*cpu::backend(), llama.spec, {"/tmp/no-such-folder-of-headscope/x"});
    HS_CHECK(!"refused");
  } catch (const Error& e) {
    HS_CHECK_EQ(std::string(e.code()), std::string("FILE_NOT_FOUND"));
  }
}
