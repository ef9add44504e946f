// q, k, v of one layer, from a run or captured elsewhere, and the questions about its heads.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "../backend.h"
#include "buffer.h"
#include "job.h"
#include "mask_builder.h"
#include "pattern.h"
#include "ranks.h"
#include "surface.h"

namespace headscope {

struct HeadsShape {
  int32_t heads = 0, kv_heads = 0, head_dim = 0;
  int64_t rows = 0;
  float scale = 0;  // scores are scale * q.k
  float cap = 0;    // ... then cap tanh(score / cap); 0: none
  int64_t window = 0;  // a row sees itself and the window - 1 keys before it; 0: all
};

struct Evaluation {
  std::vector<float> row_recall;  // [N] exp(LSE of the kept keys - LSE of all)
  // Of the head's output against the dense one: |sparse - dense| / |dense| over all rows, and the largest difference. NaN without v.
  double output_rel_l2 = 0, output_max_abs = 0;
  int64_t nominal_cells = 0, causal_cells = 0;  // kept (i, j), and all that the model attends to
  int64_t executed_tiles = 0, causal_tiles = 0;
  int64_t columns = 0, distances = 0, blocks = 0;  // entries of the index; compat: blocks are its 64-key ranges, summed over tiles
  int64_t index_bytes = 0;
  double elapsed_ms = 0;  // estimate, index and attention of this head
  double dense_ms = 0;    // dense attention of the same head, measured in the same call
  Pattern effective;
};

// What an evaluation says of the mass alone, without outputs: the masked half of the work, once the dense LSE is known.
struct Measurement {
  std::vector<float> row_recall;  // [N] as in Evaluation
  int64_t nominal_cells = 0, causal_cells = 0, executed_tiles = 0, causal_tiles = 0;
  Pattern effective;
};

// Half-open: rows [q0, q1), keys [k0, k1).
struct Rect {
  int64_t q0 = 0, q1 = 0, k0 = 0, k1 = 0;
};

// Heads are numbered from 0. A head, rectangle or size out of range throws INVALID_REQUEST, a budget that is none PATTERN_INVALID;
// a cancelled job throws CANCELLED and leaves what is cached as it was. One job at a time may run on a layer.
class Layer {
 public:
  // Arrays in the backend's memory, taken over. v may be empty. lse: per head [N], or empty where not known yet.
  Layer(const headscope_backend_v1& backend, const HeadsShape& shape, Buffer q, Buffer k, Buffer v, std::vector<Buffer> lse);

  int32_t heads() const { return shape_.heads; }
  int32_t kv_heads() const { return shape_.kv_heads; }
  int32_t head_dim() const { return shape_.head_dim; }
  int64_t rows() const { return shape_.rows; }
  float scale() const { return shape_.scale; }
  bool has_v() const { return static_cast<bool>(v_); }

  // Into host memory: q [H, N, d], k and v [G, N, d].
  void copy_q(float* into) const;
  void copy_k(float* into) const;
  void copy_v(float* into) const;  // throws INVALID_REQUEST without v

  void lse(int32_t head, float* into, const Job& job);  // [N] dense, natural log
  std::unique_ptr<Mask> index(int32_t head, const Pattern& pattern, bool compat, const Job& job);
  Evaluation evaluate(int32_t head, const Pattern& pattern, bool compat, const Job& job);
  Measurement measure(int32_t head, const Pattern& pattern, bool compat, const Job& job);
  Surface surface(const SurfaceRequest& request, const Job& job);
  // first, second: host, see compute_ranks().
  void ranks(const RankRequest& request, int32_t* first, int32_t* second, const Job& job);
  // Probabilities aggregated to [height, width], host; see headscope_backend_v1::tile.
  void tile(int32_t head, const Rect& rect, int64_t width, int64_t height, hs_aggregate aggregate, float* into, const Job& job);
  // The largest and the sum of every cell's probabilities, [height, width] each, host, in one pass; cells as in tile(), none smaller
  // than an element. dropped_by: only the pairs that this pattern's mask does not keep; nullptr: all.
  void planes(int32_t head, const Pattern* dropped_by, const Rect& rect, int64_t width, int64_t height, float* max, float* sum, const Job& job);
  // The most probable pairs of a rectangle, at most `count` (1 .. 65536), larger first, equal ones by row and key.
  std::vector<hs_pair> strongest(int32_t head, const Pattern* dropped_by, const Rect& rect, int64_t count, const Job& job);
  // Fraction of a cell's elements that the model attends to, which the mask keeps, [height, width], cells as in tile(); NaN where a cell has none.
  void mask_tile(int32_t head, const Pattern& pattern, bool compat, const Rect& rect, int64_t width, int64_t height, float* into, const Job& job);
  // Mass of every key column and of every distance, summed over the rows: [N] each.
  void profiles(int32_t head, double* columns, double* distances, const Job& job);
  // [256, 256] sum and max of the head's probabilities over all rows and keys.
  void overview(int32_t head, float* sum, float* max, const Job& job);

 private:
  hs_heads heads_view() const;
  hs_heads one_head(int32_t head) const;
  void check_head(int32_t head) const;
  void check_rect(const Rect& rect, int64_t width, int64_t height) const;
  const float* dense_lse(int32_t head, const hs_exec& exec);
  const MaskIndex& drawn_mask(int32_t head, const Pattern& pattern, const hs_exec& exec);

  const headscope_backend_v1& backend_;
  HeadsShape shape_;
  Buffer q_, k_, v_;
  std::vector<Buffer> lse_;  // [H], empty until computed; entries appear only when complete
  // The last mask that was drawn: a picture asks for it tile by tile.
  struct {
    int32_t head = -1;
    Pattern pattern;
    std::unique_ptr<Mask> mask;
  } drawn_;
};

// A layer of any framework's model: q [H, N, d], k and v [G, N, d] on the host, copied; v may be nullptr.
// Throws CAPTURE_INVALID (a size that contradicts another, a value that is not finite) and OUT_OF_MEMORY.
std::shared_ptr<Layer> capture_layer(const headscope_backend_v1& backend, const float* q, const float* k, const float* v, const HeadsShape& shape);

}  // namespace headscope
