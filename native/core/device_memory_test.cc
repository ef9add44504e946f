// Prefills on a backend with memory of its own, too little of it among them: weights sent a layer at a time, heads taken in parts, and what is planned and refused.
#include <algorithm>
#include <functional>

#include "kernels/check/check.h"
#include "kernels/cpu/backend.h"
#include "native/core/error.h"
#include "native/core/memory_plan.h"
#include "native/core/prefill.h"
#include "native/core/tiny_llama.h"

using namespace headscope;
using namespace headscope::test;

namespace {

constexpr int64_t kRows = 1100;  // two chunks
int64_t device_free = 0, device_total = 0, uploaded = 0;

// The CPU's functions behind memory that is not the host's.
const headscope_backend_v1& device_backend() {
  static const headscope_backend_v1 table = [] {
    headscope_backend_v1 t = *cpu::backend();
    t.name = "device";
    t.host_memory = 0;
    t.upload = [](void* to, const void* from, int64_t bytes) {
      uploaded += bytes;
      return cpu::backend()->upload(to, from, bytes);
    };
    t.memory = [](int64_t* free_bytes, int64_t* total_bytes) {
      *free_bytes = device_free;
      *total_bytes = device_total;
      return HS_OK;
    };
    return t;
  }();
  return table;
}

TinyShape tiny_shape() {
  TinyShape shape;
  shape.layers = 3;
  shape.heads = 8;
  shape.kv_heads = 4;
  shape.biases = true;
  return shape;
}

struct Outcome {
  std::vector<float> hidden, lse, sums;
  std::vector<double> tiles;
  bool operator==(const Outcome&) const = default;
};

std::vector<int32_t> tokens() {
  std::vector<int32_t> ids(kRows);
  for (size_t i = 0; i < ids.size(); ++i) ids[i] = static_cast<int32_t>(i * 37 % 101);
  return ids;
}

// A prefill with sparse heads among dense ones.
Outcome outcome(const std::shared_ptr<const Model>& model, int32_t parts) {
  PrefillRequest request;
  request.tokens = tokens();
  request.head_parts = parts;
  std::vector<Pattern> heads(8);
  heads[1].kind = heads[6].kind = PatternKind::vertical_slash;
  heads[1].verticals = heads[6].verticals = 40;
  heads[1].slashes = heads[6].slashes = 120;
  heads[3].kind = PatternKind::a_shape;
  heads[3].sink = 4;
  heads[3].window = 100;
  request.patterns.assign(3, heads);
  Job job;
  job.threads = 2;
  const std::shared_ptr<Run> run = prefill(model, request, job);
  Outcome o;
  o.hidden.resize(static_cast<size_t>(kRows * model->spec().hidden_size));
  o.lse.resize(8 * kRows);
  o.sums.resize(8 * 65536);
  run->copy_layer_input(3, o.hidden.data());
  run->copy_lse(2, o.lse.data());
  for (int32_t h = 0; h < 8; ++h) run->copy_overview_sum(1, h, o.sums.data() + h * 65536);
  for (const LayerTiming& t : run->timings()) o.tiles.insert(o.tiles.end(), t.executed_tiles.begin(), t.executed_tiles.end());
  return o;
}

std::string code_of(const std::function<void()>& action) {
  try {
    action();
    return "";
  } catch (const Error& e) {
    return e.code();
  }
}
int64_t total(const std::vector<PlanPlace>& plan) {
  int64_t sum = 0;
  for (const PlanPlace& place : plan) sum += place.bytes;
  return sum;
}

ModelSpec llama_3_8b() {
  ModelSpec s;
  s.hidden_size = 4096;
  s.intermediate_size = 14336;
  s.layers = 32;
  s.heads = 32;
  s.kv_heads = 8;
  s.head_dim = 128;
  s.vocab_size = 128256;
  s.rotaries.emplace_back().frequencies.resize(64);
  s.tensors.resize(32);
  return s;
}
constexpr int64_t kLayer8b = 2 * (2 * 4096 * 4096 + 2 * 1024 * 4096 + 3 * 4096 * 14336), kOutside8b = 2 * 2 * int64_t{128256} * 4096;

}  // namespace

HS_TEST("weights sent a layer at a time give the bits of weights that stay") {
  device_free = device_total = int64_t{1} << 40;
  const OpenTiny resident(device_backend(), tiny_shape());
  HS_CHECK(!resident.model->weights().streamed);
  const auto streamed = Model::open(device_backend(), resident.llama.spec, {resident.file.path()}, WeightPlacement::streamed);
  HS_CHECK(streamed->weights().streamed);
  HS_CHECK_EQ(streamed->weight_bytes(), resident.model->weight_bytes());
  HS_CHECK_EQ(streamed->weights().outside_layers + 3 * streamed->weights().largest_layer, streamed->weight_bytes());
  HS_CHECK(outcome(streamed, 1) == outcome(resident.model, 1));

  // A layer that is held stays while another one is sent.
  const auto first = streamed->layer(0);
  const int64_t before = uploaded;
  HS_CHECK(streamed->layer(0) == first);
  HS_CHECK_EQ(uploaded, before);
  const float bias = first->q_bias[0];
  const auto second = streamed->layer(1);
  HS_CHECK(uploaded > before);
  HS_CHECK(first->q.data != second->q.data);
  HS_CHECK_EQ(first->q_bias[0], bias);
}

HS_TEST("weights that take more than half of the device's memory are sent a layer at a time") {
  device_free = device_total = int64_t{1} << 40;
  const OpenTiny tiny(device_backend(), tiny_shape());
  device_total = 2 * tiny.model->weight_bytes();
  HS_CHECK(!Model::open(device_backend(), tiny.llama.spec, {tiny.file.path()})->weights().streamed);
  device_total -= 2;
  HS_CHECK(Model::open(device_backend(), tiny.llama.spec, {tiny.file.path()})->weights().streamed);
  HS_CHECK(!Model::open(*cpu::backend(), tiny.llama.spec, {tiny.file.path()})->weights().streamed);
}

HS_TEST("heads in parts give the bits of all heads at once") {
  device_free = device_total = int64_t{1} << 40;
  const OpenTiny tiny(device_backend(), tiny_shape());
  const Outcome whole = outcome(tiny.model, 1);
  for (const int32_t parts : {2, 4}) HS_CHECK(outcome(tiny.model, parts) == whole);
  for (const int32_t parts : {-1, 3, 8}) HS_CHECK_EQ(code_of([&] { outcome(tiny.model, parts); }), "INVALID_REQUEST");
  const OpenTiny on_cpu(*cpu::backend(), tiny_shape());
  HS_CHECK(outcome(on_cpu.model, 2) == whole);
}

HS_TEST("as many parts as the memory needs are taken, and what does not fit is refused with its numbers") {
  device_free = device_total = int64_t{1} << 40;
  const OpenTiny tiny(device_backend(), tiny_shape());
  PrefillRequest request;
  request.tokens = tokens();
  const auto needed = [&](int32_t parts) { return total(plan_device(tiny.model->spec(), tiny.model->weights(), kRows, parts, true, true)) - tiny.model->weight_bytes(); };
  HS_CHECK(needed(4) < needed(2) && needed(2) < needed(1));
  const auto parts_with = [&](int64_t bytes) {
    device_free = bytes * 100 / 94 + 2;
    return head_parts_for(*tiny.model, kRows, request);
  };
  for (const int32_t parts : {1, 2, 4}) HS_CHECK_EQ(parts_with(needed(parts)), parts);
  HS_CHECK_EQ(code_of([&] { parts_with(needed(4) - 1000); }), "PROMPT_TOO_LONG");
  HS_CHECK_EQ(code_of([&] { prefill(tiny.model, request, Job()); }), "PROMPT_TOO_LONG");
}

HS_TEST("the plan of such a backend names the device's places, in the parts that will run") {
  device_free = device_total = int64_t{1} << 40;
  const OpenTiny tiny(device_backend(), tiny_shape());
  const auto has = [&](const std::string& name) {
    for (const PlanPlace& place : plan_prefill(*tiny.model, {kRows, 1, true, true, true}))
      if (place.name == name) return true;
    return false;
  };
  HS_CHECK(has("weights (device)") && has("residual (device)") && has("queries, keys and values of a layer (device)") && has("layer inputs"));
  device_free = (total(plan_device(tiny.model->spec(), tiny.model->weights(), kRows, 4, true, true)) - tiny.model->weight_bytes()) * 100 / 94 + 2;
  HS_CHECK(has("queries, keys and values of 2 of 8 heads (device)"));
}

HS_TEST("an 8B model's 1,048,576 tokens fit 80 GB, and its 524,288 tokens 24 GB, by plan") {
  const ModelSpec s = llama_3_8b();
  const auto least = [&](const WeightBytes& weights, int64_t rows) {
    int64_t bytes = INT64_MAX;
    for (const int32_t parts : {1, 2, 4, 8}) bytes = std::min(bytes, total(plan_device(s, weights, rows, parts, false, true)));
    return static_cast<double>(bytes);
  };
  const WeightBytes resident{kOutside8b + 32 * kLayer8b, kOutside8b, kLayer8b, false};
  WeightBytes streamed = resident;
  streamed.streamed = true;
  HS_CHECK(least(resident, 1 << 20) < 0.94 * 80e9);
  HS_CHECK(least(streamed, 1 << 19) < 0.94 * (24.0 * (int64_t{1} << 30)));
  HS_CHECK(least(resident, 1 << 19) > 24.0 * (int64_t{1} << 30));  // streaming is what makes it fit
}
