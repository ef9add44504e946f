#include "run_object.h"

#include <string>

#include "filling.h"
#include "instance.h"
#include "native/core/generation.h"
#include "values.h"

namespace headscope::addon {
namespace {

constexpr int64_t kOverviewCells = kOverviewSide * kOverviewSide;

int64_t bytes_of(const Run& run) {
  const ModelSpec& s = run.model().spec();
  const int64_t heads = int64_t{s.layers} * s.heads;
  int64_t floats = run.rows() * s.hidden_size * (run.has_layer_inputs() ? int64_t{s.layers} + 1 : 1);
  if (run.has_lse()) floats += heads * run.rows();
  if (run.has_overviews()) floats += 2 * heads * kOverviewCells;
  return floats * static_cast<int64_t>(sizeof(float));
}

Napi::Array timings(Napi::Env env, const std::vector<LayerTiming>& layers) {
  Napi::Array all = Napi::Array::New(env, layers.size());
  for (uint32_t l = 0; l < layers.size(); ++l) {
    const LayerTiming& t = layers[l];
    Napi::Object timing = Napi::Object::New(env);
    timing.Set("attentionMs", t.attention_ms);
    timing.Set("linearMs", t.linear_ms);
    timing.Set("indexMs", t.index_ms);
    timing.Set("otherMs", t.other_ms);
    timing.Set("executedTiles", typed_array(env, t.executed_tiles));
    timing.Set("causalTiles", t.causal_tiles);
    Napi::Array dense = Napi::Array::New(env, t.ran_dense.size());
    for (uint32_t i = 0; i < t.ran_dense.size(); ++i) dense.Set(i, Napi::Number::New(env, t.ran_dense[i]));
    timing.Set("ranDense", dense);
    all.Set(l, timing);
  }
  return all;
}

// The core checks the layer; here it only has to be an integer that fits.
int32_t layer_number(const Napi::Value& value) { return static_cast<int32_t>(integer(value, "layer", 0, 1 << 30)); }

}  // namespace

void RunObject::define(Napi::Env env, Wrapped<RunObject>& into) {
  using Class = Wrapped<RunObject>;
  into.define(env, {Class::method<&RunObject::copy_lse>("copyLse"), Class::method<&RunObject::copy_layer_input>("copyLayerInput"),
                    Class::method<&RunObject::copy_overview>("copyOverview"), Class::method<&RunObject::logits>("logits"),
                    Class::method<&RunObject::layer>("layer"), Class::method<&RunObject::generate>("generate"),
                    Class::method<&RunObject::close>("close")});
}

Napi::Object RunObject::make(Napi::Env env, std::shared_ptr<Run> run) {
  const Run& r = *run;
  Napi::Object made = Instance::of(env).runs.make(env, std::make_unique<RunObject>(env, run));
  set_constant(made, "rows", Napi::Number::New(env, static_cast<double>(r.rows())));
  set_constant(made, "timings", timings(env, r.timings()));
  set_constant(made, "totalMs", Napi::Number::New(env, r.total_ms()));
  return made;
}

RunObject::RunObject(Napi::Env env, std::shared_ptr<Run> run) : run_(std::move(run)), memory_(env, bytes_of(*run_)) {}

const std::shared_ptr<Run>& RunObject::open() const {
  if (!run_) throw Error("INVALID_REQUEST", "This run was closed; open or prefill it again.");
  return run_;
}

Napi::Value RunObject::copy_lse(const Napi::CallbackInfo& info) {
  const Run& run = *open();
  const int32_t layer = layer_number(info[0]);
  run.copy_lse(layer, view<float>(info[1], "into", run.model().spec().heads * run.rows()).data);
  return info.Env().Undefined();
}

Napi::Value RunObject::copy_layer_input(const Napi::CallbackInfo& info) {
  const Run& run = *open();
  const int32_t layer = layer_number(info[0]);
  run.copy_layer_input(layer, view<float>(info[1], "into", run.rows() * run.model().spec().hidden_size).data);
  return info.Env().Undefined();
}

Napi::Value RunObject::copy_overview(const Napi::CallbackInfo& info) {
  const Run& run = *open();
  const int32_t layer = layer_number(info[0]);
  const int32_t head = static_cast<int32_t>(integer(info[1], "head", 0, run.model().spec().heads - 1));
  const std::string kind = text(info[2], "kind");
  if (kind != "sum" && kind != "max") throw Error("INVALID_REQUEST", "kind must be sum or max.");
  float* into = view<float>(info[3], "into", kOverviewCells).data;
  if (kind == "sum")
    run.copy_overview_sum(layer, head, into);
  else
    run.copy_overview_max(layer, head, into);
  return info.Env().Undefined();
}

Napi::Value RunObject::logits(const Napi::CallbackInfo& info) {
  const std::shared_ptr<Run> run = open();
  const int64_t begin = integer(info[0], "begin", 0, run->rows());
  const int64_t end = integer(info[1], "end", begin, run->rows());
  const Destination<float> into(info[2], "into", (end - begin) * run->model().spec().vocab_size);
  const int32_t threads = thread_count(info[3]);
  return start_filling(
      info.Env(), threads, [run, begin, end](float* rows, const Job& job) { run->logits(begin, end, rows, job); }, into);
}

Napi::Value RunObject::layer(const Napi::CallbackInfo& info) {
  const std::shared_ptr<Run> run = open();
  const int32_t layer = static_cast<int32_t>(integer(info[0], "layer", 0, run->model().spec().layers - 1));
  const int32_t threads = thread_count(info[1]);
  return Instance::of(info.Env())
      .jobs.start(info.Env(), threads, {}, [run, layer](const Job& job) { return run->layer(layer, job); },
                  [](Napi::Env env, std::shared_ptr<Layer>& made) { return LayerObject::make(env, std::move(made)); });
}

Napi::Value RunObject::generate(const Napi::CallbackInfo& info) {
  const std::shared_ptr<Run> run = open();
  GenerationRequest request;
  request.max_new = static_cast<int32_t>(integer(info[0], "maxNew", 1, 1 << 30));
  request.stop_tokens = copied<int32_t>(info[1], "stopTokens");
  const int32_t threads = thread_count(info[2]);
  const Napi::Function on_progress = optional_function(info[3], "onProgress");
  return Instance::of(info.Env())
      .jobs.start(info.Env(), threads, on_progress,
                  [run, request = std::move(request)](const Job& job) { return headscope::generate(*run, request, job); },
                  [](Napi::Env env, Generation& made) {
                    Napi::Object found = Napi::Object::New(env);
                    found.Set("tokens", typed_array(env, made.tokens));
                    found.Set("stopped", made.stopped);
                    found.Set("cacheMs", made.cache_ms);
                    found.Set("decodeMs", made.decode_ms);
                    return found;
                  });
}

Napi::Value RunObject::close(const Napi::CallbackInfo& info) {
  run_.reset();
  memory_.release();
  return info.Env().Undefined();
}

}  // namespace headscope::addon
