#include "layer_object.h"

#include <string>

#include "filling.h"
#include "instance.h"
#include "layer_requests.h"
#include "layer_results.h"
#include "native/core/run.h"
#include "pattern_value.h"
#include "values.h"

namespace headscope::addon {
namespace {

int64_t bytes_of(const Layer& layer) {
  const int64_t kinds = int64_t{layer.heads()} + layer.kv_heads() * (layer.has_v() ? 2 : 1);
  return kinds * layer.rows() * layer.head_dim() * static_cast<int64_t>(sizeof(float));
}

hs_aggregate aggregate(const Napi::Value& value) {
  const std::string name = text(value, "aggregate");
  if (name == "sum") return HS_SUM;
  if (name == "max") return HS_MAX;
  if (name == "mean") return HS_MEAN;
  throw Error("INVALID_REQUEST", "aggregate must be sum, max or mean.");
}

}  // namespace

void LayerObject::define(Napi::Env env, Wrapped<LayerObject>& into) {
  using Class = Wrapped<LayerObject>;
  into.define(env, {Class::method<&LayerObject::copy>("copy"), Class::method<&LayerObject::lse>("lse"), Class::method<&LayerObject::index>("index"),
                    Class::method<&LayerObject::evaluate>("evaluate"), Class::method<&LayerObject::measure>("measure"), Class::method<&LayerObject::surface>("surface"),
                    Class::method<&LayerObject::ranks>("ranks"),
                    Class::method<&LayerObject::tile>("tile"), Class::method<&LayerObject::planes>("planes"),
                    Class::method<&LayerObject::strongest>("strongest"), Class::method<&LayerObject::mask_tile>("maskTile"),
                    Class::method<&LayerObject::profiles>("profiles"), Class::method<&LayerObject::overview>("overview"),
                    Class::method<&LayerObject::close>("close")});
}

Napi::Object LayerObject::make(Napi::Env env, std::shared_ptr<Layer> layer) {
  const Layer& l = *layer;
  Napi::Object made = Instance::of(env).layers.make(env, std::make_unique<LayerObject>(env, layer));
  set_constant(made, "heads", Napi::Number::New(env, l.heads()));
  set_constant(made, "kvHeads", Napi::Number::New(env, l.kv_heads()));
  set_constant(made, "headDim", Napi::Number::New(env, l.head_dim()));
  set_constant(made, "rows", Napi::Number::New(env, static_cast<double>(l.rows())));
  return made;
}

LayerObject::LayerObject(Napi::Env env, std::shared_ptr<Layer> layer) : layer_(std::move(layer)), memory_(env, bytes_of(*layer_)) {}

const std::shared_ptr<Layer>& LayerObject::open() const {
  if (!layer_) throw Error("INVALID_REQUEST", "This layer was closed; ask its run for it again.");
  return layer_;
}

Napi::Value LayerObject::copy(const Napi::CallbackInfo& info) {
  const Layer& layer = *open();
  const std::string which = text(info[0], "which");
  if (which != "q" && which != "k" && which != "v") throw Error("INVALID_REQUEST", "which must be q, k or v.");
  const int64_t heads = which == "q" ? layer.heads() : layer.kv_heads();
  float* into = view<float>(info[1], "into", heads * layer.rows() * layer.head_dim()).data;
  if (which == "q") layer.copy_q(into);
  if (which == "k") layer.copy_k(into);
  if (which == "v") layer.copy_v(into);
  return info.Env().Undefined();
}

Napi::Value LayerObject::lse(const Napi::CallbackInfo& info) {
  const std::shared_ptr<Layer> layer = open();
  const int32_t head = head_number(info[0], *layer);
  const Destination<float> into(info[1], "into", layer->rows());
  const int32_t threads = thread_count(info[2]);
  return start_filling(info.Env(), threads, [layer, head](float* found, const Job& job) { layer->lse(head, found, job); }, into);
}

Napi::Value LayerObject::index(const Napi::CallbackInfo& info) {
  const std::shared_ptr<Layer> layer = open();
  const int32_t head = head_number(info[0], *layer);
  const Pattern wanted = pattern(info[1], "pattern");
  const bool compat = boolean(info[2], "compat");
  const int32_t threads = thread_count(info[3]);
  return Instance::of(info.Env())
      .jobs.start(info.Env(), threads, {}, [layer, head, wanted, compat](const Job& job) { return layer->index(head, wanted, compat, job); },
                  [](Napi::Env env, std::unique_ptr<Mask>& mask) { return index_value(env, *mask); });
}

Napi::Value LayerObject::evaluate(const Napi::CallbackInfo& info) {
  const std::shared_ptr<Layer> layer = open();
  const int32_t head = head_number(info[0], *layer);
  const Pattern wanted = pattern(info[1], "pattern");
  const bool compat = boolean(info[2], "compat");
  const int32_t threads = thread_count(info[3]);
  const Napi::Function on_progress = optional_function(info[4], "onProgress");
  return Instance::of(info.Env())
      .jobs.start(info.Env(), threads, on_progress,
                  [layer, head, wanted, compat](const Job& job) { return layer->evaluate(head, wanted, compat, job); },
                  [](Napi::Env env, Evaluation& found) { return evaluation_value(env, found); });
}

Napi::Value LayerObject::measure(const Napi::CallbackInfo& info) {
  const std::shared_ptr<Layer> layer = open();
  const int32_t head = head_number(info[0], *layer);
  const Pattern wanted = pattern(info[1], "pattern");
  const bool compat = boolean(info[2], "compat");
  const int32_t threads = thread_count(info[3]);
  return Instance::of(info.Env())
      .jobs.start(info.Env(), threads, {}, [layer, head, wanted, compat](const Job& job) { return layer->measure(head, wanted, compat, job); },
                  [](Napi::Env env, Measurement& found) { return measurement_value(env, found); });
}

Napi::Value LayerObject::surface(const Napi::CallbackInfo& info) {
  const std::shared_ptr<Layer> layer = open();
  SurfaceRequest request = surface_request(info[0], *layer);
  const int32_t threads = thread_count(info[1]);
  const Napi::Function on_progress = optional_function(info[2], "onProgress");
  return Instance::of(info.Env())
      .jobs.start(info.Env(), threads, on_progress, [layer, request = std::move(request)](const Job& job) { return layer->surface(request, job); },
                  [](Napi::Env env, Surface& found) { return surface_value(env, found); });
}

Napi::Value LayerObject::ranks(const Napi::CallbackInfo& info) {
  const std::shared_ptr<Layer> layer = open();
  const RankRequest request = rank_request(info[0], *layer);
  const bool two = request.kind == PatternKind::vertical_slash;
  const int64_t blocks = (layer->rows() + request.block_size - 1) / request.block_size;
  const int64_t counts[2] = {two ? layer->rows() : blocks * blocks, two ? layer->rows() : 0};
  const Destination<int32_t> first(info[1], "first", counts[0]);
  const Destination<int32_t> second(info[2], "second", counts[1]);
  const int32_t threads = thread_count(info[3]);
  return start_filling(
      info.Env(), threads, [layer, request](int32_t* firsts, int32_t* seconds, const Job& job) { layer->ranks(request, firsts, seconds, job); }, first, second);
}

Napi::Value LayerObject::tile(const Napi::CallbackInfo& info) {
  const std::shared_ptr<Layer> layer = open();
  const int32_t head = head_number(info[0], *layer);
  const Rect rect = rectangle(info[1], *layer);
  const int64_t width = integer(info[2], "width", 1, layer->rows());
  const int64_t height = integer(info[3], "height", 1, layer->rows());
  const hs_aggregate how = aggregate(info[4]);
  const Destination<float> into(info[5], "into", height * width);
  const int32_t threads = thread_count(info[6]);
  return start_filling(
      info.Env(), threads,
      [layer, head, rect, width, height, how](float* cells, const Job& job) { layer->tile(head, rect, width, height, how, cells, job); }, into);
}

Napi::Value LayerObject::planes(const Napi::CallbackInfo& info) {
  const std::shared_ptr<Layer> layer = open();
  const int32_t head = head_number(info[0], *layer);
  const std::optional<Pattern> dropped = dropped_by(info[1]);
  const Rect rect = rectangle(info[2], *layer);
  const int64_t width = integer(info[3], "width", 1, layer->rows());
  const int64_t height = integer(info[4], "height", 1, layer->rows());
  const Destination<float> max(info[5], "max", height * width);
  const Destination<float> sum(info[6], "sum", height * width);
  const int32_t threads = thread_count(info[7]);
  return start_filling(
      info.Env(), threads,
      [layer, head, dropped, rect, width, height](float* largest, float* sums, const Job& job) {
        layer->planes(head, dropped ? &*dropped : nullptr, rect, width, height, largest, sums, job);
      },
      max, sum);
}

Napi::Value LayerObject::strongest(const Napi::CallbackInfo& info) {
  const std::shared_ptr<Layer> layer = open();
  const int32_t head = head_number(info[0], *layer);
  const std::optional<Pattern> dropped = dropped_by(info[1]);
  const Rect rect = rectangle(info[2], *layer);
  const int64_t count = integer(info[3], "count", 1, 65536);
  const int32_t threads = thread_count(info[4]);
  return Instance::of(info.Env())
      .jobs.start(info.Env(), threads, {},
                  [layer, head, dropped, rect, count](const Job& job) { return layer->strongest(head, dropped ? &*dropped : nullptr, rect, count, job); },
                  [](Napi::Env env, std::vector<hs_pair>& found) { return pairs_value(env, found); });
}

Napi::Value LayerObject::mask_tile(const Napi::CallbackInfo& info) {
  const std::shared_ptr<Layer> layer = open();
  const int32_t head = head_number(info[0], *layer);
  const Pattern wanted = pattern(info[1], "pattern");
  const bool compat = boolean(info[2], "compat");
  const Rect rect = rectangle(info[3], *layer);
  const int64_t width = integer(info[4], "width", 1, layer->rows());
  const int64_t height = integer(info[5], "height", 1, layer->rows());
  const Destination<float> into(info[6], "into", height * width);
  const int32_t threads = thread_count(info[7]);
  return start_filling(
      info.Env(), threads,
      [layer, head, wanted, compat, rect, width, height](float* cells, const Job& job) { layer->mask_tile(head, wanted, compat, rect, width, height, cells, job); },
      into);
}

Napi::Value LayerObject::profiles(const Napi::CallbackInfo& info) {
  const std::shared_ptr<Layer> layer = open();
  const int32_t head = head_number(info[0], *layer);
  const Destination<double> columns(info[1], "columns", layer->rows());
  const Destination<double> distances(info[2], "distances", layer->rows());
  const int32_t threads = thread_count(info[3]);
  return start_filling(
      info.Env(), threads, [layer, head](double* of_columns, double* of_distances, const Job& job) { layer->profiles(head, of_columns, of_distances, job); }, columns,
      distances);
}

Napi::Value LayerObject::overview(const Napi::CallbackInfo& info) {
  const std::shared_ptr<Layer> layer = open();
  constexpr int64_t cells = kOverviewSide * kOverviewSide;
  const int32_t head = head_number(info[0], *layer);
  const Destination<float> sum(info[1], "sum", cells);
  const Destination<float> max(info[2], "max", cells);
  const int32_t threads = thread_count(info[3]);
  return start_filling(
      info.Env(), threads, [layer, head](float* sums, float* largest, const Job& job) { layer->overview(head, sums, largest, job); }, sum, max);
}

Napi::Value LayerObject::close(const Napi::CallbackInfo& info) {
  layer_.reset();
  memory_.release();
  return info.Env().Undefined();
}

}  // namespace headscope::addon
