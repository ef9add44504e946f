#include "layer_requests.h"

#include <limits>
#include <string>
#include <vector>

#include "pattern_value.h"
#include "values.h"

namespace headscope::addon {
namespace {

constexpr int64_t kLargestSide = std::numeric_limits<int32_t>::max();

std::vector<int32_t> ascending(const Napi::Value& value, Name name) {
  std::vector<int32_t> values = copied<int32_t>(value, name);
  for (size_t i = 0; i < values.size(); ++i)
    if (values[i] < 0 || (i > 0 && values[i] <= values[i - 1])) throw Error("INVALID_REQUEST", name + " must be ascending, from 0 on.");
  return values;
}

PatternKind searched_kind(const std::string& kind) {
  if (kind == "vertical_slash") return PatternKind::vertical_slash;
  if (kind == "a_shape") return PatternKind::a_shape;
  if (kind == "block_sparse") return PatternKind::block_sparse;
  throw Error("INVALID_REQUEST", "request.kind must be vertical_slash, a_shape or block_sparse.");
}

// The estimator's settings, which a surface and ranks have in common.
template <class Request>
void read_estimator(const Napi::Object& wanted, Request& r) {
  r.kind = searched_kind(text(wanted.Get("kind"), "request.kind"));
  r.last_queries = integer(wanted.Get("lastQueries"), "request.lastQueries", 1, kLargestSide);
  r.forced_sinks = integer(wanted.Get("forcedSinks"), "request.forcedSinks", 0, kLargestSide);
  r.forced_local = integer(wanted.Get("forcedLocal"), "request.forcedLocal", 0, kLargestSide);
  r.block_size = integer(wanted.Get("blockSize"), "request.blockSize", 16, 1024);
  if (r.block_size & (r.block_size - 1)) throw Error("INVALID_REQUEST", "request.blockSize must be a power of two.");
}

}  // namespace

int32_t head_number(const Napi::Value& value, const Layer& layer) { return static_cast<int32_t>(integer(value, "head", 0, layer.heads() - 1)); }

Rect rectangle(const Napi::Value& value, const Layer& layer) {
  const Napi::Array array = list(value, "rect");
  if (array.Length() != 4) throw Error("INVALID_REQUEST", "rect must be [q0, q1, k0, k1].");
  int64_t edge[4];
  for (uint32_t i = 0; i < 4; ++i) edge[i] = integer(array.Get(i), "rect[" + std::to_string(i) + "]", 0, layer.rows());
  return {edge[0], edge[1], edge[2], edge[3]};
}

std::optional<Pattern> dropped_by(const Napi::Value& value) {
  if (absent(value)) return std::nullopt;
  return pattern(value, "droppedBy");
}

SurfaceRequest surface_request(const Napi::Value& value, const Layer& layer) {
  const Napi::Object wanted = object(value, "request");
  SurfaceRequest r;
  r.head = head_number(wanted.Get("head"), layer);
  read_estimator(wanted, r);

  const Napi::Array edges = list(wanted.Get("edges"), "request.edges");
  if (edges.Length() != 2) throw Error("INVALID_REQUEST", "request.edges must be two Int32Arrays.");
  r.edges0 = ascending(edges.Get(0u), "request.edges[0]");
  r.edges1 = ascending(edges.Get(1u), "request.edges[1]");
  if (r.edges0.empty()) throw Error("INVALID_REQUEST", "request.edges[0] is empty.");
  if (r.edges1.empty() != (r.kind == PatternKind::block_sparse))
    throw Error("INVALID_REQUEST", "request.edges[1] must be empty for block_sparse, and only for it.");

  const std::vector<int32_t> bands = ascending(wanted.Get("bandStart"), "request.bandStart");
  if (bands.size() < 2 || bands.front() != 0 || bands.back() != layer.rows())
    throw Error("INVALID_REQUEST", "request.bandStart must go from 0 to the " + std::to_string(layer.rows()) + " rows.");
  r.band_start.assign(bands.begin(), bands.end());
  return r;
}

RankRequest rank_request(const Napi::Value& value, const Layer& layer) {
  const Napi::Object wanted = object(value, "request");
  RankRequest r;
  r.head = head_number(wanted.Get("head"), layer);
  read_estimator(wanted, r);
  if (r.kind == PatternKind::a_shape) throw Error("INVALID_REQUEST", "request.kind must be vertical_slash or block_sparse; a_shape has no ranks.");
  return r;
}

}  // namespace headscope::addon
