#include "speed.h"

#include <algorithm>
#include <limits>
#include <vector>

#include "error.h"
#include "execution.h"
#include "projection.h"

namespace headscope {
namespace {

constexpr int32_t kRepeats = 3;
constexpr int64_t kRows = kChunkRows;

}  // namespace

Speed measure_speed(const Model& model, const Job& job) {
  model.check_files();
  const headscope_backend_v1& b = model.backend();
  const ModelSpec& s = model.spec();
  Execution work(job);
  const hs_exec exec = work.exec();

  std::vector<int32_t> tokens(static_cast<size_t>(kRows));
  for (size_t i = 0; i < tokens.size(); ++i) tokens[i] = static_cast<int32_t>(static_cast<int64_t>(i) % s.vocab_size);
  Buffer x(b, kRows * s.hidden_size), out(b, kRows * s.heads * s.head_dim), lse(b, s.heads * kRows);
  check(b, b.embed(&exec, &model.embedding(), tokens.data(), kRows, x.data()));
  Projection projection(model, kRows, exec);
  LayerHeads heads(model, kRows);
  const double width = static_cast<double>(s.heads + 2 * s.kv_heads) * s.head_dim;
  const double flops = 2.0 * static_cast<double>(kRows) * static_cast<double>(s.hidden_size) * width;
  const double tiles = static_cast<double>(s.heads * dense_tiles_of(kRows, model.kind(0).window));

  double linear_ms = std::numeric_limits<double>::infinity(), attention_ms = linear_ms;
  for (int32_t repeat = 0; repeat < kRepeats; ++repeat) {
    work.stop_if_cancelled();
    work.say(repeat, kRepeats, "speed");
    ProjectionTimes times;
    projection.run(exec, 0, x.data(), 0, kRows, heads, times);
    linear_ms = std::min(linear_ms, times.linear_ms);
    hs_attention a{};
    a.heads = heads.view(model, 0, kRows);
    a.out = out.data();
    a.lse = lse.data();
    double ms = 0;
    timed(ms, [&] { check(b, b.attention(&exec, &a)); });
    attention_ms = std::min(attention_ms, ms);
  }
  return {flops / linear_ms, attention_ms / tiles};
}

}  // namespace headscope
