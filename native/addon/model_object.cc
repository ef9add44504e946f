#include "model_object.h"

#include <limits>

#include "instance.h"
#include "native/core/memory_plan.h"
#include "native/core/prefill.h"
#include "native/core/speed.h"
#include "pattern_value.h"
#include "values.h"

namespace headscope::addon {
namespace {

std::vector<std::vector<Pattern>> patterns(const Napi::Value& value, const ModelSpec& spec) {
  std::vector<std::vector<Pattern>> all;
  if (absent(value)) return all;
  const Napi::Array layers = list(value, "request.patterns");
  if (layers.Length() != static_cast<uint32_t>(spec.layers))
    throw Error("CONFIG_MISMATCH",
                "The config has patterns of " + std::to_string(layers.Length()) + " layers; this model has " + std::to_string(spec.layers) + ".");
  for (uint32_t l = 0; l < layers.Length(); ++l) {
    const std::string name = "request.patterns[" + std::to_string(l) + "]";
    const Napi::Array heads = list(layers.Get(l), name);
    if (heads.Length() != static_cast<uint32_t>(spec.heads))
      throw Error("CONFIG_MISMATCH", "The config has patterns of " + std::to_string(heads.Length()) + " heads in layer " + std::to_string(l) +
                                         "; this model has " + std::to_string(spec.heads) + ".");
    std::vector<Pattern>& row = all.emplace_back();
    for (uint32_t h = 0; h < heads.Length(); ++h) row.push_back(pattern(heads.Get(h), name + "[" + std::to_string(h) + "]"));
  }
  return all;
}

}  // namespace

void ModelObject::define(Napi::Env env, Wrapped<ModelObject>& into) {
  into.define(env, {Wrapped<ModelObject>::method<&ModelObject::plan>("plan"), Wrapped<ModelObject>::method<&ModelObject::prefill>("prefill"),
                    Wrapped<ModelObject>::method<&ModelObject::speed>("speed"), Wrapped<ModelObject>::method<&ModelObject::restore_run>("restoreRun"),
                    Wrapped<ModelObject>::method<&ModelObject::close>("close")});
}

Napi::Object ModelObject::make(Napi::Env env, std::shared_ptr<const Model> model) {
  return Instance::of(env).models.make(env, std::make_unique<ModelObject>(std::move(model)));
}

const std::shared_ptr<const Model>& ModelObject::open() const {
  if (!model_) throw Error("INVALID_REQUEST", "This model was closed; open it again.");
  return model_;
}

Napi::Value ModelObject::plan(const Napi::CallbackInfo& info) {
  const auto& model = open();
  const Napi::Object wanted = object(info[1], "request");
  PlanRequest request;
  request.rows = integer(info[0], "n", 1, std::numeric_limits<int32_t>::max());
  request.threads = thread_count(wanted.Get("threads"));
  request.keep_layer_inputs = boolean(wanted.Get("keepLayerInputs"), "request.keepLayerInputs");
  request.keep_overviews = boolean(wanted.Get("keepOverviews"), "request.keepOverviews");
  request.keep_lse = boolean(wanted.Get("keepLse"), "request.keepLse");
  request.spill = !absent(wanted.Get("spillFolder"));

  const std::vector<PlanPlace> places = plan_prefill(*model, request);
  Napi::Array all = Napi::Array::New(info.Env(), places.size());
  for (uint32_t i = 0; i < places.size(); ++i) {
    Napi::Object place = Napi::Object::New(info.Env());
    place.Set("name", places[i].name);
    place.Set("bytes", Napi::Number::New(info.Env(), static_cast<double>(places[i].bytes)));
    all.Set(i, place);
  }
  return all;
}

Napi::Value ModelObject::prefill(const Napi::CallbackInfo& info) {
  const std::shared_ptr<const Model> model = open();
  const Napi::Object wanted = object(info[0], "request");
  const int32_t threads = thread_count(wanted.Get("threads"));
  PrefillRequest request;
  request.patterns = patterns(wanted.Get("patterns"), model->spec());
  request.compat = boolean(wanted.Get("compat"), "request.compat");
  request.keep_layer_inputs = boolean(wanted.Get("keepLayerInputs"), "request.keepLayerInputs");
  request.keep_overviews = boolean(wanted.Get("keepOverviews"), "request.keepOverviews");
  request.keep_lse = boolean(wanted.Get("keepLse"), "request.keepLse");
  if (const Napi::Value folder = wanted.Get("spillFolder"); !absent(folder)) request.spill_folder = text(folder, "request.spillFolder");
  request.dense_where_pays = boolean(wanted.Get("denseWherePays"), "request.denseWherePays");
  const Napi::Function on_progress = optional_function(info[1], "onProgress");
  request.tokens = copied<int32_t>(wanted.Get("tokens"), "request.tokens");

  return Instance::of(info.Env())
      .jobs.start(info.Env(), threads, on_progress,
                  [model, request = std::move(request)](const Job& job) { return headscope::prefill(model, request, job); },
                  [](Napi::Env env, std::shared_ptr<Run>& run) { return RunObject::make(env, std::move(run)); });
}

Napi::Value ModelObject::speed(const Napi::CallbackInfo& info) {
  const std::shared_ptr<const Model> model = open();
  const int32_t threads = thread_count(info[0]);
  return Instance::of(info.Env())
      .jobs.start(info.Env(), threads, {}, [model](const Job& job) { return measure_speed(*model, job); },
                  [](Napi::Env env, Speed& found) {
                    Napi::Object speed = Napi::Object::New(env);
                    speed.Set("linearFlopsPerMs", found.linear_flops_per_ms);
                    speed.Set("tileMs", found.tile_ms);
                    return speed;
                  });
}

Napi::Value ModelObject::restore_run(const Napi::CallbackInfo& info) {
  const auto& model = open();
  const ModelSpec& spec = model->spec();
  const Napi::Array inputs = list(info[1], "layerInputs");
  if (static_cast<int64_t>(inputs.Length()) != int64_t{spec.layers} + 1)
    throw Error("RUN_INVALID", "The run has " + std::to_string(inputs.Length()) + " layer inputs; this model's runs have " +
                                   std::to_string(int64_t{spec.layers} + 1) + ". It was made with another model.");

  // Every JavaScript value is fetched before any memory is looked at: fetching may run a getter.
  std::vector<Napi::Value> arrays;
  for (uint32_t i = 0; i < inputs.Length(); ++i) arrays.push_back(inputs.Get(i));
  Napi::Value sums, maxima;
  const bool has_overviews = !absent(info[3]);
  if (has_overviews) {
    const Napi::Object overviews = object(info[3], "overviews");
    sums = overviews.Get("sum");
    maxima = overviews.Get("max");
  }
  std::vector<int32_t> tokens = copied<int32_t>(info[0], "tokens");
  const int64_t rows = static_cast<int64_t>(tokens.size());
  std::vector<const float*> layer_inputs;
  for (const Napi::Value& array : arrays) layer_inputs.push_back(view<float>(array, "layerInputs", rows * spec.hidden_size).data);
  const int64_t heads = int64_t{spec.layers} * spec.heads;
  const float* lse = absent(info[2]) ? nullptr : view<float>(info[2], "lse", heads * rows).data;
  const float* sum = has_overviews ? view<float>(sums, "overviews.sum", heads * kOverviewSide * kOverviewSide).data : nullptr;
  const float* max = has_overviews ? view<float>(maxima, "overviews.max", heads * kOverviewSide * kOverviewSide).data : nullptr;
  return RunObject::make(info.Env(), headscope::restore_run(model, std::move(tokens), layer_inputs, lse, sum, max));
}

Napi::Value ModelObject::close(const Napi::CallbackInfo& info) {
  model_.reset();
  return info.Env().Undefined();
}

}  // namespace headscope::addon
