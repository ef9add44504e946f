// Pictures of a rectangle of a head's map: the sum, the largest or the mean of the probabilities in every cell of a grid.
//
// A block has 64 keys and walks down a range of rows (map_walk.h). A thread sums, and takes the largest of, its two keys while the rows
// stay in one row of cells, which at 16K tokens and more is most tiles; then a warp adds what it has to the cells, one addition where its
// 16 keys share a cell. Rows of cells lower than eight rows are added pair by pair. Sums go to the cells as integers (fixed_point.h), the
// largest as the bits of floats: no order changes either. A cell of one element is its largest, so elements are exact floats.
// Work 2 R C d multiplications of the causal part; memory 12 bytes a cell and 4 a row and a key. Never run on a device yet.
#include <vector>

#include "clear.h"
#include "fixed_point.h"
#include "kernels/common/window.h"
#include "map_call.h"
#include "maps.h"

namespace headscope::cuda {
namespace {

constexpr int kIndexThreads = 256;
constexpr int64_t kMostTiles = 32;  // of a block

struct Cells {
  MapPass map;
  uint64_t* sums;  // [height, width], or nullptr
  uint32_t* tops;  // [height, width] bits of float32
  const int32_t *of_row, *of_key;  // [q1 - q0], [k1 - k0]: their row and column of cells
  int64_t k0, k1, width, key_tiles, rows_of_block, first_block;
  float units;
};

// of[i]: the cell c of `cells` whose elements [c count / cells, (c + 1) count / cells) hold i.
__global__ void __launch_bounds__(kIndexThreads) index_cells_kernel(int32_t* of, int64_t count, int64_t cells) {
  const int64_t i = static_cast<int64_t>(blockIdx.x) * kIndexThreads + thread_index();
  if (i < count) of[i] = static_cast<int32_t>(((i + 1) * cells - 1) / count);
}

// What a thread has of its two keys in one row of cells.
class Run {
 public:
  HS_DEVICE Run(const Cells& c, int32_t x0, int32_t x1, bool one_cell) : c_(c), x_{x0, x1}, one_cell_(one_cell) {}

  // Into row y of cells from here on, the same for all lanes.
  HS_DEVICE void enter(int32_t y) {
    if (y == y_) return;
    leave();
    y_ = y;
  }
  HS_DEVICE void add(int key, float p) {
    sum_[key] += p;
    top_[key] = fmaxf(top_[key], p);
  }
  // Adds what there is to the cells; all lanes.
  HS_DEVICE void leave() {
    if (y_ >= 0) {
      combine(1, 2);
      if (one_cell_) {
        merge_keys();
        combine(4, 16);
      }
      if (one_cell_ ? lane_index() == 0 : lane_index() % 4 == 0) {
        put(y_, x_[0], sum_[0], top_[0]);
        if (!one_cell_) put(y_, x_[1], sum_[1], top_[1]);
      }
    }
    sum_[0] = sum_[1] = top_[0] = top_[1] = 0;
  }
  // One row of its own, which need not be that of other lanes: p of both keys.
  HS_DEVICE void add_row(int32_t y, float p0, float p1) {
    if (!one_cell_) {
      put(y, x_[0], p0, p0);
      put(y, x_[1], p1, p1);
      return;
    }
    sum_[0] = p0 + p1;
    top_[0] = fmaxf(p0, p1);
    combine(4, 16);
    if (lane_index() < 4) put(y, x_[0], sum_[0], top_[0]);
    sum_[0] = top_[0] = 0;
  }

 private:
  HS_DEVICE void merge_keys() {
    sum_[0] += sum_[1];
    top_[0] = fmaxf(top_[0], top_[1]);
  }
  // Over the lanes that differ in these bits.
  HS_DEVICE void combine(int first, int last) {
    for (int bits = first; bits <= last; bits *= 2)
#pragma unroll
      for (int r = 0; r < 2; ++r) {
        sum_[r] += shuffle_xor(sum_[r], bits);
        top_[r] = fmaxf(top_[r], shuffle_xor(top_[r], bits));
      }
  }
  HS_DEVICE void put(int32_t y, int32_t x, float sum, float top) const {
    if (!(top > 0)) return;
    const int64_t cell = y * c_.width + x;
    if (c_.sums) add_fixed(c_.sums + cell, sum, c_.units);
    atomic_max(c_.tops + cell, bits_of_float(top));
  }

  const Cells& c_;
  int32_t x_[2], y_ = -1;
  bool one_cell_;
  float sum_[2] = {0, 0}, top_[2] = {0, 0};
};

__global__ void __launch_bounds__(MapWalk::kThreads, 2) cells_kernel(const __grid_constant__ Cells c) {
  MapWalk walk(c.map, shared_start());
  const int64_t block = c.first_block + blockIdx.x, key0 = c.k0 + block % c.key_tiles * kTile, chunk = c.map.q0 + block / c.key_tiles * c.rows_of_block;
  const int64_t keys = c.k1 - key0 < kTile ? c.k1 - key0 : kTile, end = chunk + c.rows_of_block < c.map.q1 ? chunk + c.rows_of_block : c.map.q1;
  if (end <= key0) return;
  walk.load_keys(static_cast<int>(keys), [&](int r) { return static_cast<int32_t>(key0) + r; });
  const int64_t past = walk.past_row(end);

  // Keys that are not there take the last one's cell, to which they add nothing.
  const int key = warp_index() * 16 + lane_index() / 4, most = static_cast<int>(keys) - 1;
  const int32_t* of_key = c.of_key + (key0 - c.k0);
  const int strip = warp_index() * 16;
  Run run(c, of_key[key < most ? key : most], of_key[key + 8 < most ? key + 8 : most],
          of_key[strip < most ? strip : most] == of_key[strip + 15 < most ? strip + 15 : most]);
  walk.rows(walk.first_row(chunk), past, [&](int64_t row0, const float (&p)[8][4]) {
    const int32_t* of_row = c.of_row + (row0 - c.map.q0);
    const int last = static_cast<int>(past - row0 < kTile ? past - row0 : kTile) - 1;
    const int32_t y0 = of_row[0], column = lane_index() % 4 * 2;
    if (of_row[last] == y0) {
      run.enter(y0);
#pragma unroll
      for (int n = 0; n < 8; ++n)
#pragma unroll
        for (int i = 0; i < 4; ++i) run.add(i / 2, p[n][i]);
      return;
    }
#pragma unroll
    for (int n = 0; n < 8; ++n) {
      if (8 * n > last) break;
      const int32_t y = of_row[8 * n];
      if (of_row[8 * n + 7 < last ? 8 * n + 7 : last] == y) {
        run.enter(y);
#pragma unroll
        for (int i = 0; i < 4; ++i) run.add(i / 2, p[n][i]);
      } else {
        run.leave();
#pragma unroll
        for (int e = 0; e < 2; ++e) {
          const int t = 8 * n + column + e;
          run.add_row(of_row[t < last ? t : last], p[n][e], p[n][2 + e]);
        }
      }
    }
  });
  run.leave();
}

// What is wanted of a grid of cells no smaller than an element; host.
struct Pictures {
  std::vector<uint64_t> sums;
  std::vector<float> tops;
  double units = 1;
  bool elements = false;  // a cell is an element: its largest is its sum

  double sum(int64_t cell) const { return elements ? static_cast<double>(tops[cell]) : static_cast<double>(sums[cell]) / units; }
};

struct Rect {
  int64_t q0, q1, k0, k1;
};

hs_status draw(const hs_exec* exec, const hs_heads& heads, int32_t head, const float* lse, const MaskIndex* mask, const Rect& rect, int64_t width, int64_t height,
               bool want_sum, bool want_top, Pictures& out) {
  const int64_t rows = rect.q1 - rect.q0, keys = rect.k1 - rect.k0, cells = width * height;
  out.elements = width == keys && height == rows;
  const bool sums_there = want_sum && !out.elements;
  out.units = units_of_one((rows + height - 1) / height);
  if (cancelled(exec)) return HS_CANCELLED;
  MapInput input;
  DeviceArray<uint64_t> sums;
  DeviceArray<uint32_t> tops;
  DeviceArray<int32_t> of_row, of_key;
  hs_status status = input.place(heads, head, lse, rect.q0, rect.q1, mask);
  if (status == HS_OK && sums_there) status = sums.make(cells);
  if (status == HS_OK && sums_there) status = clear(sums.data(), cells * 8);
  if (status == HS_OK) status = tops.make(cells);
  if (status == HS_OK) status = clear(tops.data(), cells * 4);
  if (status == HS_OK) status = of_row.make(rows);
  if (status == HS_OK) status = of_key.make(keys);
  if (status == HS_OK) status = launch("index_cells", index_cells_kernel, {(rows + kIndexThreads - 1) / kIndexThreads, kIndexThreads}, of_row.data(), rows, height);
  if (status == HS_OK) status = launch("index_cells", index_cells_kernel, {(keys + kIndexThreads - 1) / kIndexThreads, kIndexThreads}, of_key.data(), keys, width);
  if (status != HS_OK) return status;

  Cells c{};
  c.map = input.pass();
  c.sums = sums.data();
  c.tops = tops.data();
  c.of_row = of_row.data();
  c.of_key = of_key.data();
  c.k0 = rect.k0;
  c.k1 = rect.k1;
  c.width = width;
  c.key_tiles = (keys + kTile - 1) / kTile;
  c.rows_of_block = rows_of_block(c.key_tiles, rows, kMostTiles);
  c.units = static_cast<float>(out.units);
  const int64_t chunks = (rows + c.rows_of_block - 1) / c.rows_of_block;
  status = in_pieces(exec, chunks * c.key_tiles, c.rows_of_block / kTile, [&](int64_t first, int64_t count) {
    c.first_block = first;
    return launch("cells", cells_kernel, {count, MapWalk::kThreads, MapWalk::shared_bytes(c.map)}, c);
  });
  if (status == HS_OK && sums_there) {
    out.sums.resize(static_cast<size_t>(cells));
    status = download(out.sums.data(), sums.data(), cells * 8);
  }
  if (status == HS_OK && (want_top || out.elements)) {
    out.tops.resize(static_cast<size_t>(cells));
    status = download(out.tops.data(), tops.data(), cells * 4);
  }
  return status;
}

}  // namespace

hs_status tile(const hs_exec* exec, const hs_heads* heads, int32_t head, const float* lse, int64_t q0, int64_t q1, int64_t k0, int64_t k1, int64_t width, int64_t height,
               hs_aggregate aggregate, float* out) {
  if (const char* why = refused_head(*heads, head, lse)) return fail(HS_INVALID, why);
  if (const char* why = refused_rect(heads->rows, q0, q1, k0, k1)) return fail(HS_INVALID, why);
  if (width < 1 || height < 1 || width > INT32_MAX || height > INT32_MAX) return fail(HS_INVALID, "a picture without cells");
  if (aggregate != HS_SUM && aggregate != HS_MAX && aggregate != HS_MEAN) return fail(HS_INVALID, "an unknown aggregate");
  const int64_t rows = q1 - q0, keys = k1 - k0, grid_width = std::min(width, keys), grid_height = std::min(height, rows);
  Pictures made;
  if (const hs_status status = draw(exec, *heads, head, lse, nullptr, {q0, q1, k0, k1}, grid_width, grid_height, aggregate != HS_MAX, aggregate == HS_MAX, made); status != HS_OK)
    return status;
  // Where there are more cells than elements a cell shows the element that holds its start.
  for (int64_t y = 0; y < height; ++y)
    for (int64_t x = 0; x < width; ++x) {
      const int64_t from_y = height > rows ? y * rows / height : y, from_x = width > keys ? x * keys / width : x, cell = from_y * grid_width + from_x;
      double value = aggregate == HS_MAX ? static_cast<double>(made.tops[cell]) : made.sum(cell);
      if (aggregate == HS_MEAN) {
        const int64_t count = attended_pairs(q0 + from_y * rows / grid_height, q0 + (from_y + 1) * rows / grid_height, k0 + from_x * keys / grid_width,
                                             k0 + (from_x + 1) * keys / grid_width, heads->window);
        value = count > 0 ? value / static_cast<double>(count) : 0;
      }
      out[y * width + x] = static_cast<float>(value);
    }
  return HS_OK;
}

hs_status planes(const hs_exec* exec, const hs_heads* heads, int32_t head, const float* lse, const hs_mask* dropped_by, int64_t q0, int64_t q1, int64_t k0, int64_t k1,
                 int64_t width, int64_t height, float* max, float* sum) {
  if (const char* why = refused_head(*heads, head, lse)) return fail(HS_INVALID, why);
  if (const char* why = refused_rect(heads->rows, q0, q1, k0, k1)) return fail(HS_INVALID, why);
  if (const char* why = refused_mask(*heads, dropped_by)) return fail(HS_INVALID, why);
  if (width < 1 || height < 1 || width > k1 - k0 || height > q1 - q0) return fail(HS_INVALID, "a picture without cells, or with cells smaller than an element");
  Pictures made;
  if (const hs_status status = draw(exec, *heads, head, lse, dropped_by, {q0, q1, k0, k1}, width, height, true, true, made); status != HS_OK) return status;
  for (int64_t cell = 0; cell < width * height; ++cell) {
    max[cell] = made.tops[cell];
    sum[cell] = static_cast<float>(made.sum(cell));
  }
  return HS_OK;
}

}  // namespace headscope::cuda
