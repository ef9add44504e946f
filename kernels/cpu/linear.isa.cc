// The kernels of a transformer layer outside attention: the linear layers' entry, and the row-by-row ones (embed, rms_norm,
// split_heads, the gates, scale_cap, add_rows), which cut their rows into tasks of about kTaskElements elements. Contracts: native/backend.h.
#include "gemm.h"
#include "kernel_table.h"
#include "task.h"
#include "tile_size.h"
#include "weights.h"

namespace headscope::cpu::HS_ISA {
namespace {

typedef double f64v __attribute__((vector_size(kLanes * 8)));

bool known(hs_dtype dtype) { return dtype == HS_F32 || dtype == HS_F16 || dtype == HS_BF16; }

// Calls Job::rows(first, end) for ranges of rows that hold about kTaskElements elements each.
template <class Job>
struct RowTasks {
  Job job;
  int64_t total, task_rows;
  Outcome outcome;
  void run(int64_t index) {
    const int64_t first = index * task_rows, end = first + task_rows;
    job.rows(first, end < total ? end : total);
  }
};
template <class Job>
hs_status run_rows(const hs_exec* exec, int64_t total, int64_t elements_per_row, const Job& job) {
  if (total == 0) return HS_OK;
  const int64_t rows = kTaskElements / elements_per_row;
  RowTasks<Job> tasks{job, total, rows > 1 ? rows : 1, {}};
  return run_tasks(exec, (total + tasks.task_rows - 1) / tasks.task_rows, tasks);
}

hs_status gemm(const hs_exec* exec, const float* a, int64_t lda, int64_t rows, const hs_weights* w, const float* bias, int add,
               float* out, int64_t ldo) {
  if (!known(w->dtype) || w->in < 1 || w->out < 1) return fail(HS_INVALID, "gemm: the weights have no valid shape or type");
  if (rows < 0 || lda < w->in || ldo < w->out) return fail(HS_INVALID, "gemm: a row stride is shorter than its row");
  if (rows == 0) return HS_OK;
  const Linear call = {a, lda, rows, *w, bias, add != 0, out, ldo};
  return rows <= kGemvRows ? gemv(exec, call) : packed_gemm(exec, call);
}

template <hs_dtype T>
struct Embed {
  hs_weights table;
  const int32_t* ids;
  float* out;
  void rows(int64_t first, int64_t end) const {
    const int64_t width = table.in;
    for (int64_t r = first; r < end; ++r) {
      const char* from = (const char*)table.data + ids[r] * width * element_bytes(T);
      float* to = out + r * width;
      int64_t i = 0;
      for (; i + kLanes <= width; i += kLanes) store(to + i, load_weights<T>(from + i * element_bytes(T)));
      if (i < width) store_last(to + i, load_last_weights<T>(from + i * element_bytes(T), width - i), width - i);
    }
  }
};

hs_status embed(const hs_exec* exec, const hs_weights* table, const int32_t* ids, int64_t rows, float* out) {
  if (!known(table->dtype) || table->in < 1 || rows < 0) return fail(HS_INVALID, "embed: the table has no valid shape or type");
  for (int64_t r = 0; r < rows; ++r)
    if (ids[r] < 0 || ids[r] >= table->out) return fail(HS_INVALID, "embed: a token id lies outside the table");
  switch (table->dtype) {
    case HS_F32: return run_rows(exec, rows, table->in, Embed<HS_F32>{*table, ids, out});
    case HS_F16: return run_rows(exec, rows, table->in, Embed<HS_F16>{*table, ids, out});
    case HS_BF16: return run_rows(exec, rows, table->in, Embed<HS_BF16>{*table, ids, out});
  }
  return HS_INVALID;
}

// The squares are summed in float64: no row is too wide for them, and none too large.
template <hs_dtype T>
struct RmsNorm {
  const float* x;
  int64_t width;
  const char* weight;
  double eps;
  float* out;
  void rows(int64_t first, int64_t end) const {
    for (int64_t r = first; r < end; ++r) {
      const float* from = x + r * width;
      float* to = out + r * width;
      f64v squares{};
      int64_t i = 0;
      for (; i + kLanes <= width; i += kLanes) {
        const f64v v = __builtin_convertvector(load(from + i), f64v);
        squares += v * v;
      }
      double sum = 0;
      for (; i < width; ++i) sum += (double)from[i] * from[i];
      for (int t = 0; t < kLanes; ++t) sum += squares[t];
      const f32v scale = splat((float)(1.0 / __builtin_sqrt(sum / (double)width + eps)));
      for (i = 0; i + kLanes <= width; i += kLanes)
        store(to + i, load(from + i) * scale * load_weights<T>(weight + i * element_bytes(T)));
      if (i < width) {
        const int64_t n = width - i;
        store_last(to + i, load_last(from + i, n) * scale * load_last_weights<T>(weight + i * element_bytes(T), n), n);
      }
    }
  }
};

hs_status rms_norm(const hs_exec* exec, const float* x, int64_t rows, int64_t width, const hs_weights* weight, float eps, float* out) {
  if (!known(weight->dtype) || width < 1 || weight->out * weight->in != width || rows < 0)
    return fail(HS_INVALID, "rms_norm: the weights do not have the rows' width");
  const char* w = (const char*)weight->data;
  switch (weight->dtype) {
    case HS_F32: return run_rows(exec, rows, width, RmsNorm<HS_F32>{x, width, w, eps, out});
    case HS_F16: return run_rows(exec, rows, width, RmsNorm<HS_F16>{x, width, w, eps, out});
    case HS_BF16: return run_rows(exec, rows, width, RmsNorm<HS_BF16>{x, width, w, eps, out});
  }
  return HS_INVALID;
}

struct SplitHeads {
  const float* x;
  int64_t ldx;
  int32_t heads;
  int64_t d;
  const hs_rotation* rotation;
  float* out;
  int64_t first_row, total_rows;

  void rows(int64_t first, int64_t end) const {
    for (int64_t r = first; r < end; ++r)
      for (int32_t h = 0; h < heads; ++h) {
        const float* from = x + r * ldx + h * d;
        float* to = out + (h * total_rows + first_row + r) * d;
        int64_t turned = 0;
        if (rotation) {
          const int64_t pairs = rotation->pairs;
          const float *c = rotation->cos + r * pairs, *s = rotation->sin + r * pairs;
          if (rotation->interleaved) rotate_neighbours(from, c, s, pairs, to);
          else rotate_halves(from, c, s, pairs, to);
          turned = 2 * pairs;
        }
        if (turned < d) __builtin_memcpy(to + turned, from + turned, (size_t)(d - turned) * sizeof(float));
      }
  }
  static void rotate_halves(const float* from, const float* c, const float* s, int64_t pairs, float* to) {
    int64_t i = 0;
    for (; i + kLanes <= pairs; i += kLanes) {
      const f32v lo = load(from + i), hi = load(from + pairs + i), cv = load(c + i), sv = load(s + i);
      store(to + i, lo * cv - hi * sv);
      store(to + pairs + i, hi * cv + lo * sv);
    }
    for (; i < pairs; ++i) {
      to[i] = from[i] * c[i] - from[pairs + i] * s[i];
      to[pairs + i] = from[pairs + i] * c[i] + from[i] * s[i];
    }
  }
  static void rotate_neighbours(const float* from, const float* c, const float* s, int64_t pairs, float* to) {
    for (int64_t i = 0; i < pairs; ++i) {
      to[2 * i] = from[2 * i] * c[i] - from[2 * i + 1] * s[i];
      to[2 * i + 1] = from[2 * i + 1] * c[i] + from[2 * i] * s[i];
    }
  }
};

hs_status split_heads(const hs_exec* exec, const float* x, int64_t ldx, int64_t rows, int32_t heads, int32_t head_dim,
                      const hs_rotation* rotation, float* out, int64_t first_row, int64_t total_rows) {
  if (heads < 1 || head_dim < 1 || ldx < (int64_t)heads * head_dim) return fail(HS_INVALID, "split_heads: a row is shorter than its heads");
  if (rows < 0 || first_row < 0 || first_row + rows > total_rows) return fail(HS_INVALID, "split_heads: the rows lie outside the output");
  if (rotation && (!rotation->cos || !rotation->sin || rotation->pairs < 1 || rotation->pairs > head_dim / 2))
    return fail(HS_INVALID, "split_heads: a rotation needs cos and sin, and pairs that lie in the head");
  return run_rows(exec, rows, (int64_t)heads * head_dim, SplitHeads{x, ldx, heads, head_dim, rotation, out, first_row, total_rows});
}

// x / (1 + exp(-x)), by the exponential of a number that is never positive: nothing overflows.
inline f32v silu(f32v x) {
  const f32v e = exp((f32v)((u32v)x | 0x80000000u));
  const u32v below = (u32v)(x < 0.0f);
  const f32v numerator = (f32v)(((u32v)(x * e) & below) | ((u32v)x & ~below));
  return numerator / (e + 1.0f);
}

// x / 2 (1 + tanh(u)) = x / (1 + exp(-2 u)) with u = sqrt(2 / pi) (x + 0.044715 x^3): silu of 2 u, times x / (2 u).
inline f32v gelu_tanh(f32v x) {
  const f32v twice = x * (1.5957691216057308f + 0.071354816272f * x * x);
  const f32v e = exp((f32v)((u32v)twice | 0x80000000u));
  const u32v below = (u32v)(twice < 0.0f);
  const f32v numerator = (f32v)(((u32v)(x * e) & below) | ((u32v)x & ~below));
  return numerator / (e + 1.0f);
}

template <f32v (*kActivation)(f32v)>
struct Gated {
  float* gate;
  const float* up;
  int64_t width, ld;
  void rows(int64_t first, int64_t end) const {
    for (int64_t r = first; r < end; ++r) {
      float* g = gate + r * ld;
      const float* u = up + r * ld;
      int64_t i = 0;
      for (; i + kLanes <= width; i += kLanes) store(g + i, kActivation(load(g + i)) * load(u + i));
      if (i < width) store_last(g + i, kActivation(load_last(g + i, width - i)) * load_last(u + i, width - i), width - i);
    }
  }
};

hs_status gated_silu(const hs_exec* exec, float* gate, const float* up, int64_t rows, int64_t width, int64_t ld) {
  if (rows < 0 || width < 1 || ld < width) return fail(HS_INVALID, "gated_silu: the row stride is shorter than a row");
  return run_rows(exec, rows, width, Gated<silu>{gate, up, width, ld});
}

hs_status gated_gelu(const hs_exec* exec, float* gate, const float* up, int64_t rows, int64_t width, int64_t ld) {
  if (rows < 0 || width < 1 || ld < width) return fail(HS_INVALID, "gated_gelu: the row stride is shorter than a row");
  return run_rows(exec, rows, width, Gated<gelu_tanh>{gate, up, width, ld});
}

struct ScaleCap {
  float* x;
  float scale, cap;
  f32v of(f32v v) const { return cap > 0 ? soft_cap(v * scale, cap) : v * scale; }
  void rows(int64_t first, int64_t end) const {
    int64_t i = first;
    for (; i + kLanes <= end; i += kLanes) store(x + i, of(load(x + i)));
    if (i < end) store_last(x + i, of(load_last(x + i, end - i)), end - i);
  }
};

hs_status scale_cap(const hs_exec* exec, float* x, int64_t count, float scale, float cap) {
  if (count < 0 || !(cap >= 0)) return fail(HS_INVALID, "scale_cap: a count or a cap below 0");
  return run_rows(exec, count, 1, ScaleCap{x, scale, cap});
}

struct AddRows {
  const float* x;
  int64_t width;
  const int32_t* ids;
  const float* weights;
  float scale;
  float* out;
  void rows(int64_t first, int64_t end) const {
    for (int64_t r = first; r < end; ++r) {
      const float* from = x + r * width;
      float* to = out + (ids ? ids[r] : r) * width;
      const f32v factor = splat(weights ? scale * weights[r] : scale);
      int64_t i = 0;
      for (; i + kLanes <= width; i += kLanes) store(to + i, fma(load(from + i), factor, load(to + i)));
      for (; i < width; ++i) to[i] += from[i] * factor[0];
    }
  }
};

hs_status add_rows(const hs_exec* exec, const float* x, int64_t rows, int64_t width, const int32_t* ids, const float* weights, float scale,
                   float* out) {
  if (rows < 0 || width < 1) return fail(HS_INVALID, "add_rows: impossible shapes");
  return run_rows(exec, rows, width, AddRows{x, width, ids, weights, scale, out});
}

}  // namespace

void fill_linear(headscope_backend_v1* table) {
  table->gemm = gemm;
  table->embed = embed;
  table->rms_norm = rms_norm;
  table->split_heads = split_heads;
  table->gated_silu = gated_silu;
  table->gated_gelu = gated_gelu;
  table->scale_cap = scale_cap;
  table->add_rows = add_rows;
}

}  // namespace headscope::cpu::HS_ISA
