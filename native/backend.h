/* The contract between the engine's core and the arithmetic that runs it: a versioned C struct of functions.
 *
 * Every backend (the CPU one is linked in, others are loaded) fills one headscope_backend_v1. No exception and no C++ library
 * type crosses it: sizes and strides are explicit, errors are return codes with a message. Pointers named here are addresses
 * in the backend's own memory, taken from alloc(), unless marked "host". All arrays are row-major, float32 unless said.
 * Shapes: N rows (tokens), H query heads, G key-value heads, d head_dim; query head h reads key-value head h / (H / G). */
#ifndef HEADSCOPE_BACKEND_H
#define HEADSCOPE_BACKEND_H

#include <stdint.h>

#ifdef __cplusplus
#include "../kernels/common/mask_index.h"
extern "C" {
#endif

#define HEADSCOPE_BACKEND_ABI 4u

/* Every backend runs heads whose head_dim is a multiple of 8, from 8 to 256. */
#define HEADSCOPE_HEAD_DIM_STEP 8
#define HEADSCOPE_HEAD_DIM_MAX 256

typedef enum hs_status {
  HS_OK = 0,
  HS_CANCELLED = 1,
  HS_OUT_OF_MEMORY = 2,
  HS_INVALID = 3,     /* an argument outside the contract: a bug of the caller */
  HS_UNSUPPORTED = 4, /* a valid request this backend has no kernel for */
  HS_LOST = 5         /* the device failed; nothing can be read back */
} hs_status;

typedef enum hs_dtype { HS_F32 = 0, HS_F16 = 1, HS_BF16 = 2 } hs_dtype;

/* How a call runs. `parallel` runs task(arg, index, worker) for every index in [0, tasks), worker in [0, workers), and
 * returns when all are done; indices are handed out in ascending order. Kernels poll `cancel` (host, may be NULL) at least
 * every 20 ms of work and then return HS_CANCELLED. `progress` (may be NULL) is called from any worker. */
typedef void (*hs_task)(void* arg, int64_t index, int32_t worker);
typedef struct hs_exec {
  void* pool;
  void (*parallel)(void* pool, int64_t tasks, hs_task task, void* arg);
  int32_t workers;
  const int32_t* cancel;
  void* progress_owner;
  void (*progress)(void* owner, double done_fraction);
} hs_exec;

/* Weights of a linear layer, [out, in] row-major as checkpoints store them; may lie unaligned (mapped files). */
typedef struct hs_weights {
  const void* data;
  hs_dtype dtype;
  int64_t out, in;
} hs_weights;

/* One layer's projected heads after RoPE. q: [H, N, d]; k, v: [G, N, d]. The score of a pair is s = scale * q.k, or
 * cap * tanh(s / cap) where cap > 0. Row i attends to the keys j with 0 <= i - j, and i - j < window where window > 0: what
 * follows calls those pairs the causal ones, and a probability outside them is 0. */
typedef struct hs_heads {
  const float* q;
  const float* k;
  const float* v;
  int32_t heads, kv_heads, head_dim;
  int64_t rows;
  float scale;
  float cap;      /* 0: none */
  int64_t window; /* 0: none */
} hs_heads;

/* A rotation of the first 2 * pairs elements of a head by position: cos, sin [rows, pairs]. Pair i is (i, i + pairs), or
 * (2 i, 2 i + 1) where interleaved. */
typedef struct hs_rotation {
  const float* cos;
  const float* sin;
  int32_t pairs;
  int32_t interleaved;
} hs_rotation;

typedef enum hs_aggregate { HS_SUM = 0, HS_MAX = 1, HS_MEAN = 2 } hs_aggregate;

#ifdef __cplusplus
using hs_mask = headscope::MaskIndex;
#else
typedef struct hs_mask hs_mask;
#endif

typedef struct hs_attention {
  hs_heads heads;
  const hs_mask* const* masks; /* host, [H], each built for this window; NULL, or a NULL entry: dense */
  float* out;                  /* [N, H * d]; a row that keeps no key is 0. NULL: no outputs, v is not read and lse must be there */
  int64_t out_stride;          /* elements from a row of out to the next, a multiple of 8, H * d or more; 0: H * d */
  float* lse;                  /* [H, N] natural log of the sum over kept keys; -inf where none. May be NULL */
  float* overview_sum;         /* [H, 256, 256] or NULL: cell (a, b) sums the kept probabilities of rows bin a, keys bin b, */
  float* overview_max;         /* [H, 256, 256] or NULL: ... and their largest. Bin x of n: [x n / 256, (x + 1) n / 256) */
  int64_t* executed_tiles;     /* host, [H] 64x64 tiles multiplied. May be NULL */
} hs_attention;

/* The recall surface (docs/architecture.md section 5). Probability P(i, j) of a causal cell is added to
 * table[band of i][column_bin[j]][distance_bin[i - j]]. */
typedef struct hs_surface {
  hs_heads heads;
  int32_t head;
  const float* lse;              /* [N] of this head, dense */
  const uint8_t* column_bin;     /* host, [N] */
  const uint8_t* distance_bin;   /* host, [N] */
  int32_t column_bins, distance_bins; /* 1 .. 255 */
  const int64_t* band_start;     /* host, [bands + 1], ascending from 0 to N */
  int32_t bands;
  double* table;                 /* host, [bands, column_bins, distance_bins], written */
} hs_surface;

/* The block surface: P(i, j) is added to table[band of i][block_bin[i / block_size][j / block_size]]. */
typedef struct hs_block_surface {
  hs_heads heads;
  int32_t head;
  const float* lse;           /* [N] */
  const uint8_t* block_bin;   /* host, [ceil(N / block_size)]^2 */
  int32_t block_size, bins;
  const int64_t* band_start;  /* host, [bands + 1] */
  int32_t bands;
  double* table;              /* host, [bands, bins], written */
} hs_block_surface;

/* A causal pair of tokens, query q and key k <= q, and its probability. */
typedef struct hs_pair {
  int64_t q, k;
  float p;
} hs_pair;

/* Attention of one row over all keys up to its own: heads.rows is the capacity of q, k and v, of which rows [0, row] are there; scale,
 * cap and window as everywhere. */
typedef struct hs_row_attention {
  hs_heads heads;
  int64_t row;
  float* out; /* [H * d] */
} hs_row_attention;

/* The keys that a budget takes by the estimate of last_rows_estimate: the first `forced` columns (or distances), then those of the largest sums, equal
 * sums (both zeros are equal) in ascending order of the index, NaN after all. Distances are those below the window, where there is one. */
typedef struct hs_diagonals_choice {
  int32_t head;
  int32_t last;               /* rows of the estimate, 1 .. N */
  int32_t forced_columns, columns;      /* 0 <= columns <= N; forced ones count */
  int32_t forced_distances, distances;  /* the same, up to min(N, window) */
  int32_t* column_list;       /* host, [columns], written ascending */
  int32_t* distance_list;     /* host, [distances], written ascending */
} hs_diagonals_choice;

typedef struct headscope_backend_v1 {
  uint32_t abi;  /* HEADSCOPE_BACKEND_ABI */
  uint32_t size; /* sizeof(headscope_backend_v1) as the backend was compiled */
  const char* name;        /* "cpu" */
  const char* description; /* e.g. "CPU, AVX2" */
  int32_t host_memory;     /* 1: the backend's memory is host memory, so mapped weights are read in place; 0: they are uploaded */

  /* Memory. alloc gives 64-byte aligned memory, zeroed nowhere. upload and download copy from and to host memory. */
  hs_status (*alloc)(int64_t bytes, void** out);
  void (*release)(void* p);
  hs_status (*upload)(void* to, const void* from_host, int64_t bytes);
  hs_status (*download)(void* to_host, const void* from, int64_t bytes);

  /* out[r, o] = (add ? out[r, o] : 0) + bias[o] + sum_i a[r, i] w[o, i]. a: [rows, w.in] with row stride lda; out: [rows, w.out]
   * with row stride ldo; bias may be NULL. float32 accumulation on widened weights. */
  hs_status (*gemm)(const hs_exec*, const float* a, int64_t lda, int64_t rows, const hs_weights* w, const float* bias, int add,
                    float* out, int64_t ldo);
  /* out[r, :] = row ids[r] of the table (host ids, each in [0, table.out)). */
  hs_status (*embed)(const hs_exec*, const hs_weights* table, const int32_t* ids, int64_t rows, float* out);
  /* out[r, i] = x[r, i] / sqrt(mean_i x^2 + eps) * weight[i]. x, out: [rows, width], out may be x; weight.out = width, weight.in = 1. */
  hs_status (*rms_norm)(const hs_exec*, const float* x, int64_t rows, int64_t width, const hs_weights* weight, float eps, float* out);
  /* x: [rows, ldx] holds `heads` heads of d side by side starting at column 0; writes out[h, first_row + r, :] of an
   * [heads, total_rows, d] array, rotated (cos and sin of these rows); rotation NULL: copied. */
  hs_status (*split_heads)(const hs_exec*, const float* x, int64_t ldx, int64_t rows, int32_t heads, int32_t head_dim,
                           const hs_rotation* rotation, float* out, int64_t first_row, int64_t total_rows);
  /* gate[r, i] = silu(gate[r, i]) * up[r, i] over [rows, width], row stride ld of both. */
  hs_status (*gated_silu)(const hs_exec*, float* gate, const float* up, int64_t rows, int64_t width, int64_t ld);
  /* The same with gelu's tanh form: gate = gate / 2 (1 + tanh(sqrt(2 / pi) (gate + 0.044715 gate^3))) * up. */
  hs_status (*gated_gelu)(const hs_exec*, float* gate, const float* up, int64_t rows, int64_t width, int64_t ld);
  /* x[i] = scale * x[i], then cap * tanh(x[i] / cap) where cap > 0. In place, count elements. */
  hs_status (*scale_cap)(const hs_exec*, float* x, int64_t count, float scale, float cap);
  /* out[ids[r], :] += scale * weights[r] * x[r, :] over [rows, width]. ids, weights: host, [rows] (no id twice), or NULL: r, and 1. */
  hs_status (*add_rows)(const hs_exec*, const float* x, int64_t rows, int64_t width, const int32_t* ids, const float* weights, float scale,
                        float* out);

  hs_status (*attention)(const hs_exec*, const hs_attention*);

  /* Sums of the softmax of the last `last` rows (1 .. N) over all keys, causal: column_sum[j] (host, [N]) over those rows, and
   * distance_sum[d] (host, [N]) over the cells with i - j = d. MInference's online estimate. */
  hs_status (*last_rows_estimate)(const hs_exec*, const hs_heads*, int32_t head, int32_t last, float* column_sum, float* distance_sum);
  /* scores[a, b] (host, [B, B], B = ceil(N / block_size)) = mean-pooled q of block a . mean-pooled k of block b for b <= a
   * (each divided by block_size, the zero padding of a short last block counted), unscaled and without cap; -inf for b > a and for blocks that no row of a has in its window. */
  hs_status (*pooled_block_scores)(const hs_exec*, const hs_heads*, int32_t head, int32_t block_size, float* scores);

  /* Probabilities P(i, j) = exp(score(i, j) - lse[i]) of causal pairs, else 0, of rows [q0, q1) and keys [k0, k1), aggregated to
   * out (host, [height, width]): cell (y, x) covers rows [q0 + y R / height, q0 + (y + 1) R / height) with R = q1 - q0, the keys
   * likewise; a cell narrower than one element takes the element that holds its start. mean divides by the cell's causal elements
   * (0 where none). height = R and width = k1 - k0 give the exact elements. */
  hs_status (*tile)(const hs_exec*, const hs_heads*, int32_t head, const float* lse, int64_t q0, int64_t q1, int64_t k0, int64_t k1,
                    int64_t width, int64_t height, hs_aggregate aggregate, float* out);
  /* Two pictures of a rectangle in one pass: the largest and the sum of every cell's probabilities, host, [height, width] each, cells
   * as in tile(), none smaller than an element. dropped_by (host; NULL: all pairs count): only pairs that this mask does not keep. */
  hs_status (*planes)(const hs_exec*, const hs_heads*, int32_t head, const float* lse, const hs_mask* dropped_by, int64_t q0, int64_t q1,
                      int64_t k0, int64_t k1, int64_t width, int64_t height, float* max, float* sum);
  /* The most probable pairs of a rectangle, at most `count` (1 .. 65536), to out (host): larger first, equal ones by row and key.
   * dropped_by as in planes(). Pairs of probability 0 are left out; *found: how many were written. */
  hs_status (*strongest)(const hs_exec*, const hs_heads*, int32_t head, const float* lse, const hs_mask* dropped_by, int64_t q0, int64_t q1,
                         int64_t k0, int64_t k1, int64_t count, hs_pair* out, int64_t* found);
  /* column_mass[j] = sum_i P(i, j), distance_mass[d] = sum_i P(i, i - d). host, [N] each. */
  hs_status (*profiles)(const hs_exec*, const hs_heads*, int32_t head, const float* lse, double* column_mass, double* distance_mass);
  hs_status (*surface)(const hs_exec*, const hs_surface*);
  hs_status (*block_surface)(const hs_exec*, const hs_block_surface*);
  /* NULL where a backend cannot decode. */
  hs_status (*attend_row)(const hs_exec*, const hs_row_attention*);

  /* What follows may be NULL too: the caller then does the same by other calls and on the host. */
  /* *usable: 1 where every |x[i]|, i in [0, count), is at most `largest`, else (a NaN is not) 0. */
  hs_status (*all_usable)(const hs_exec*, const float* x, int64_t count, float largest, int32_t* usable);
  /* The estimates and choices of several heads of a layer at once; what last_rows_estimate and a selection on the host would give, to the index. */
  hs_status (*choose_diagonals)(const hs_exec*, const hs_heads*, int32_t count, const hs_diagonals_choice* choices /* host */);
  /* Of the device's memory, now: what alloc() could still give, and all there is. */
  hs_status (*memory)(int64_t* free_bytes, int64_t* total_bytes);

  /* host: what the last failed call on this thread says, a sentence without addresses. */
  const char* (*last_error)(void);
} headscope_backend_v1;

/* What a loadable backend finds on this machine. Called in a process of its own before the engine loads it: it may start the device
 * and run kernels. The caller sets abi and size to its own; a backend that differs leaves the rest and sets a reason. */
typedef struct hs_backend_probe {
  uint32_t abi, size;
  int32_t score;         /* below 0: there is no device of its kind, which is no fault; 0: not usable here; reason says why; of several usable backends the highest is taken */
  int32_t architecture;  /* CUDA: 10 major + minor of the compute capability */
  int64_t memory_bytes;  /* of the device */
  char device[96];       /* e.g. "NVIDIA H200" */
  char reason[256];      /* a sentence */
  uint32_t trusted;      /* the backend's own: of its faster ways to compute, those that were tried here and agreed with the plain ones */
} hs_backend_probe;

/* The two symbols of a loadable backend, libheadscope_<name>.so. The entry takes what the probe wrote to `trusted` (0: nothing was tried) and gives NULL
 * where the machine cannot run it. */
#define HEADSCOPE_BACKEND_SYMBOL "headscope_backend"
#define HEADSCOPE_PROBE_SYMBOL "headscope_backend_probe"
typedef const headscope_backend_v1* (*headscope_backend_entry)(uint32_t trusted);
typedef void (*headscope_probe_entry)(hs_backend_probe*);

#ifdef __cplusplus
}
#endif
#endif
