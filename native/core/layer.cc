#include "layer.h"

#include <string>
#include <utility>

#include "error.h"
#include "execution.h"
#include "mask_fraction.h"
#include "pattern_check.h"
#include "run.h"

namespace headscope {

Layer::Layer(const headscope_backend_v1& backend, const HeadsShape& shape, Buffer q, Buffer k, Buffer v, std::vector<Buffer> lse)
    : backend_(backend), shape_(shape), q_(std::move(q)), k_(std::move(k)), v_(std::move(v)), lse_(std::move(lse)) {
  lse_.resize(static_cast<size_t>(shape.heads));
}

hs_heads Layer::heads_view() const {
  hs_heads h{};
  h.q = q_.data();
  h.k = k_.data();
  // The kernels read some v; what they make of k in its place is thrown away.
  h.v = v_ ? v_.data() : k_.data();
  h.heads = shape_.heads;
  h.kv_heads = shape_.kv_heads;
  h.head_dim = shape_.head_dim;
  h.rows = shape_.rows;
  h.scale = shape_.scale;
  h.cap = shape_.cap;
  h.window = shape_.window;
  return h;
}

hs_heads Layer::one_head(int32_t head) const {
  hs_heads h = heads_view();
  const int64_t size = shape_.rows * shape_.head_dim, kv_head = head / (shape_.heads / shape_.kv_heads);
  h.q += head * size;
  h.k += kv_head * size;
  h.v += kv_head * size;
  h.heads = h.kv_heads = 1;
  return h;
}

void Layer::check_head(int32_t head) const {
  if (head < 0 || head >= shape_.heads)
    throw Error("INVALID_REQUEST", "Head " + std::to_string(head) + " is not one of 0 to " + std::to_string(shape_.heads - 1) + ".");
}

void Layer::check_rect(const Rect& r, int64_t width, int64_t height) const {
  const int64_t n = shape_.rows;
  if (r.q0 < 0 || r.q0 >= r.q1 || r.q1 > n || r.k0 < 0 || r.k0 >= r.k1 || r.k1 > n)
    throw Error("INVALID_REQUEST", "The rectangle of rows [" + std::to_string(r.q0) + ", " + std::to_string(r.q1) + ") and keys [" + std::to_string(r.k0) +
                                       ", " + std::to_string(r.k1) + ") is empty or leaves the " + std::to_string(n) + " tokens.");
  if (width < 1 || height < 1 || width > n || height > n)
    throw Error("INVALID_REQUEST", "A picture of " + std::to_string(width) + " x " + std::to_string(height) + " cells cannot be made of " +
                                       std::to_string(n) + " tokens; ask for 1 to " + std::to_string(n) + " a side.");
}

void Layer::copy_q(float* into) const { q_.download(into, 0, q_.count()); }
void Layer::copy_k(float* into) const { k_.download(into, 0, k_.count()); }
void Layer::copy_v(float* into) const {
  if (!v_) throw Error("INVALID_REQUEST", "This capture has no v.");
  v_.download(into, 0, v_.count());
}

const float* Layer::dense_lse(int32_t head, const hs_exec& exec) {
  Buffer& known = lse_[static_cast<size_t>(head)];
  if (known) return known.data();
  Buffer found(backend_, shape_.rows);
  hs_attention a{};
  a.heads = one_head(head);
  a.lse = found.data();
  check(backend_, backend_.attention(&exec, &a));
  // An interrupt may have asked for the same meanwhile.
  if (!known) known = std::move(found);
  return known.data();
}

void Layer::lse(int32_t head, float* into, const Job& job) {
  check_head(head);
  Execution work(job);
  dense_lse(head, work.part(0, 1, 1, "log-sum-exp"));
  lse_[static_cast<size_t>(head)].download(into, 0, shape_.rows);
}

std::unique_ptr<Mask> Layer::index(int32_t head, const Pattern& pattern, bool compat, const Job& job) {
  check_head(head);
  check_pattern(pattern);
  Execution work(job);
  return build_mask(backend_, work.exec(), heads_view(), head, pattern, compat);
}

Surface Layer::surface(const SurfaceRequest& request, const Job& job) {
  check_head(request.head);
  Execution work(job);
  const float* lse = dense_lse(request.head, work.part(0, 0.4, 1, "log-sum-exp"));
  return compute_surface(backend_, work.part(0.4, 1, 1, "surface"), heads_view(), lse, request);
}

void Layer::ranks(const RankRequest& request, int32_t* first, int32_t* second, const Job& job) {
  check_head(request.head);
  Execution work(job);
  compute_ranks(backend_, work.part(0, 1, 1, "ranks"), heads_view(), request, first, second);
}

void Layer::tile(int32_t head, const Rect& r, int64_t width, int64_t height, hs_aggregate aggregate, float* into, const Job& job) {
  check_head(head);
  check_rect(r, width, height);
  Execution work(job);
  const float* lse = dense_lse(head, work.part(0, 0.5, 1, "log-sum-exp"));
  const hs_exec exec = work.part(0.5, 1, 1, "map");
  const hs_heads heads = heads_view();
  check(backend_, backend_.tile(&exec, &heads, head, lse, r.q0, r.q1, r.k0, r.k1, width, height, aggregate, into));
}

void Layer::mask_tile(int32_t head, const Pattern& pattern, bool compat, const Rect& r, int64_t width, int64_t height, float* into, const Job& job) {
  check_head(head);
  check_rect(r, width, height);
  check_pattern(pattern);
  Execution work(job);
  const std::unique_ptr<Mask> mask = build_mask(backend_, work.exec(), heads_view(), head, pattern, compat);
  mask_fractions(work.exec(), mask->index, r, width, height, into);
  work.stop_if_cancelled();
}

void Layer::profiles(int32_t head, double* columns, double* distances, const Job& job) {
  check_head(head);
  Execution work(job);
  const float* lse = dense_lse(head, work.part(0, 0.4, 1, "log-sum-exp"));
  const hs_exec exec = work.part(0.4, 1, 1, "profiles");
  const hs_heads heads = heads_view();
  check(backend_, backend_.profiles(&exec, &heads, head, lse, columns, distances));
}

void Layer::overview(int32_t head, float* sum, float* max, const Job& job) {
  check_head(head);
  Execution work(job);
  const float* lse = dense_lse(head, work.part(0, 0.4, 1, "log-sum-exp"));
  const hs_heads heads = heads_view();
  const int64_t n = shape_.rows;
  const hs_exec first = work.part(0.4, 0.7, 1, "overview");
  check(backend_, backend_.tile(&first, &heads, head, lse, 0, n, 0, n, kOverviewSide, kOverviewSide, HS_SUM, sum));
  const hs_exec second = work.part(0.7, 1, 1, "overview");
  check(backend_, backend_.tile(&second, &heads, head, lse, 0, n, 0, n, kOverviewSide, kOverviewSide, HS_MAX, max));
}

}  // namespace headscope
