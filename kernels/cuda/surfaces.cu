// Recall surfaces: every probability of a head added to the bin of its budget, one pass for all budgets.
//
// P(i, j) goes to table[band of i][bin of column j][bin of distance i - j]. Columns are sorted by their bin, so the 64 keys of a block
// (map_walk.h), gathered, share a row of the table, and what is left is the distance's bin. Every thread has bins of its own in shared
// memory, [bin][thread], so that additions need no atomics and never share a bank; a block walks down rows of one band, adds its
// threads' bins up in their order, and those go to the table as integers (fixed_point.h): equal bits every run. The block surface is the same with
// keys in their order and the bin of the block. Where the bins do not fit beside the walk, several passes take a part of them each: 97 fit
// for a head of 128. Float32 inside a thread's bin, 512 terms at most; above that float64 and units of 2^-(60 - log2 N).
// Never run on a device yet.
#include <numeric>
#include <vector>

#include "clear.h"
#include "fixed_point.h"
#include "map_call.h"
#include "maps.h"

namespace headscope::cuda {
namespace {

constexpr int64_t kMostTiles = 16;            // of a block
constexpr int64_t kMostShared = 99 * 1024;    // what every architecture gives a block

// Keys of a block: `count` of the list from 64 t on for tile t, and their row of the table.
struct KeyTile {
  int32_t count, table_row;
};
struct RowRange {
  int64_t first, past;
  int32_t band;
};

struct Surface {
  MapPass map;
  const int32_t* keys;           // [key_tiles, 64]
  const KeyTile* tiles;          // [key_tiles]
  const RowRange* ranges;        // [ranges]
  const uint8_t* distance_bin;   // [n]; nullptr: the bin is block_bin[row / block_size][key / block_size]
  const uint8_t* block_bin;      // [blocks, blocks]
  int64_t blocks, key_tiles, first_block;
  uint32_t block_size;
  uint64_t* table;               // [bands, table_rows, bins]
  int32_t table_rows, bins, first_bin, bins_here;
  double units;
};

__global__ void __launch_bounds__(MapWalk::kThreads, 2) surface_kernel(const __grid_constant__ Surface a) {
  constexpr int kThreads = MapWalk::kThreads;
  MapWalk walk(a.map, shared_start());
  const Shared<float> sums(shared_start() + static_cast<uint32_t>(MapWalk::shared_bytes(a.map)), a.bins_here * kThreads);
  const int64_t block = a.first_block + blockIdx.x, at = block % a.key_tiles;
  const RowRange range = a.ranges[block / a.key_tiles];
  const KeyTile tile = a.tiles[at];
  const int32_t* keys = a.keys + at * kTile;
  if (range.past <= keys[0]) return;
  walk.load_keys(tile.count, [&](int r) { return keys[r]; });
  for (int bin = 0; bin < a.bins_here; ++bin) sums[bin * kThreads + thread_index()] = 0;

  const int32_t key[2] = {walk.key(0), walk.key(1)};
  const uint8_t* bins_of_key[2];
#pragma unroll
  for (int r = 0; r < 2; ++r) bins_of_key[r] = a.distance_bin ? a.distance_bin : a.block_bin + (key[r] == MapWalk::kNoKey ? 0 : static_cast<uint32_t>(key[r])) / a.block_size;
  walk.rows(walk.first_row(range.first), walk.past_row(range.past), [&](int64_t row0, const float (&p)[8][4]) {
    const int row = static_cast<int>(row0) + lane_index() % 4 * 2;
#pragma unroll
    for (int n = 0; n < 8; ++n)
#pragma unroll
      for (int e = 0; e < 2; ++e) {
        const int i = row + 8 * n + e;
        const int64_t of_block = a.distance_bin ? 0 : static_cast<uint32_t>(i) / a.block_size * a.blocks;
#pragma unroll
        for (int r = 0; r < 2; ++r) {
          const float x = p[n][2 * r + e];
          if (!(x > 0)) continue;
          const int bin = bins_of_key[r][a.distance_bin ? i - key[r] : of_block] - a.first_bin;
          if (bin >= 0 && bin < a.bins_here) sums[bin * kThreads + thread_index()] += x;
        }
      }
  });
  sync_block();
  uint64_t* to = a.table + (static_cast<int64_t>(range.band) * a.table_rows + tile.table_row) * a.bins + a.first_bin;
  for (int bin = thread_index(); bin < a.bins_here; bin += kThreads) {
    double sum = 0;
    for (int t = 0; t < kThreads; ++t) {
      const float x = sums[bin * kThreads + (t + bin) % kThreads];  // each lane another bank
      sum += static_cast<double>(x);
    }
    add_fixed(to + bin, sum, a.units);
  }
}

// What both surfaces share: bands as ranges of rows, the table, the passes.
struct Table {
  std::vector<int32_t> keys;
  std::vector<KeyTile> tiles;

  // The keys of one row of the table, ascending.
  void add_row(int32_t table_row, const int32_t* row_keys, int64_t count) {
    for (int64_t first = 0; first < count; first += kTile) {
      const int64_t here = std::min<int64_t>(kTile, count - first);
      keys.insert(keys.end(), row_keys + first, row_keys + first + here);
      keys.resize(keys.size() + static_cast<size_t>(kTile - here), MapWalk::kNoKey);
      tiles.push_back({static_cast<int32_t>(here), table_row});
    }
  }

  // `a` without the walk, the keys, the ranges and the table.
  hs_status run(const hs_exec* exec, const hs_heads& heads, int32_t head, const float* lse, const int64_t* band_start, int32_t bands, Surface a, double* out) const {
    const int64_t n = heads.rows, cells = int64_t{bands} * a.table_rows * a.bins;
    std::vector<RowRange> ranges;
    const int64_t step = rows_of_block(static_cast<int64_t>(tiles.size()), n, kMostTiles);
    for (int32_t b = 0; b < bands; ++b)
      for (int64_t first = band_start[b]; first < band_start[b + 1]; first += step) ranges.push_back({first, std::min(first + step, band_start[b + 1]), b});

    MapInput input;
    DeviceArray<int32_t> keys_there;
    DeviceArray<KeyTile> tiles_there;
    DeviceArray<RowRange> ranges_there;
    DeviceArray<uint64_t> sums;
    hs_status status = input.place(heads, head, lse, 0, n, nullptr);
    if (status == HS_OK) status = keys_there.copy_of(keys.data(), static_cast<int64_t>(keys.size()));
    if (status == HS_OK) status = tiles_there.copy_of(tiles.data(), static_cast<int64_t>(tiles.size()));
    if (status == HS_OK) status = ranges_there.copy_of(ranges.data(), static_cast<int64_t>(ranges.size()));
    if (status == HS_OK) status = sums.make(cells);
    if (status == HS_OK) status = clear(sums.data(), cells * 8);
    if (status != HS_OK) return status;
    a.map = input.pass();
    a.keys = keys_there.data();
    a.tiles = tiles_there.data();
    a.ranges = ranges_there.data();
    a.key_tiles = static_cast<int64_t>(tiles.size());
    a.table = sums.data();
    a.units = units_of_one(n);

    const int64_t walk_bytes = MapWalk::shared_bytes(a.map), bytes_of_bin = MapWalk::kThreads * 4;
    const int32_t most_bins = static_cast<int32_t>((kMostShared - walk_bytes) / bytes_of_bin), passes = (a.bins + most_bins - 1) / most_bins;
    for (int32_t pass = 0; pass < passes; ++pass) {
      a.first_bin = a.bins * pass / passes;
      a.bins_here = a.bins * (pass + 1) / passes - a.first_bin;
      status = in_pieces(exec, static_cast<int64_t>(ranges.size()) * a.key_tiles, step / kTile, [&](int64_t first, int64_t count) {
        a.first_block = first;
        return launch("surface", surface_kernel, {count, MapWalk::kThreads, walk_bytes + a.bins_here * bytes_of_bin}, a);
      });
      if (status != HS_OK) return status;
    }
    std::vector<uint64_t> fixed(static_cast<size_t>(cells));
    status = download(fixed.data(), sums.data(), cells * 8);
    for (int64_t c = 0; status == HS_OK && c < cells; ++c) out[c] = static_cast<double>(fixed[static_cast<size_t>(c)]) / a.units;
    return status;
  }
};

}  // namespace

hs_status surface(const hs_exec* exec, const hs_surface* call) {
  const int64_t n = call->heads.rows;
  if (const char* why = refused_head(call->heads, call->head, call->lse)) return fail(HS_INVALID, why);
  if (const char* why = refused_bands(call->band_start, call->bands, n)) return fail(HS_INVALID, why);
  if (call->column_bins < 1 || call->column_bins > 255 || call->distance_bins < 1 || call->distance_bins > 255)
    return fail(HS_INVALID, "a surface with no bins or more than 255");
  std::vector<std::vector<int32_t>> of_bin(static_cast<size_t>(call->column_bins));
  for (int64_t x = 0; x < n; ++x) {
    if (call->column_bin[x] >= call->column_bins || call->distance_bin[x] >= call->distance_bins) return fail(HS_INVALID, "a bin outside the surface");
    of_bin[call->column_bin[x]].push_back(static_cast<int32_t>(x));
  }
  if (cancelled(exec)) return HS_CANCELLED;
  Table table;
  for (int32_t c = 0; c < call->column_bins; ++c) table.add_row(c, of_bin[static_cast<size_t>(c)].data(), static_cast<int64_t>(of_bin[static_cast<size_t>(c)].size()));
  DeviceArray<uint8_t> distance_bin;
  if (const hs_status status = distance_bin.copy_of(call->distance_bin, n); status != HS_OK) return status;
  Surface a{};
  a.distance_bin = distance_bin.data();
  a.block_size = 1;
  a.table_rows = call->column_bins;
  a.bins = call->distance_bins;
  return table.run(exec, call->heads, call->head, call->lse, call->band_start, call->bands, a, call->table);
}

hs_status block_surface(const hs_exec* exec, const hs_block_surface* call) {
  const int64_t n = call->heads.rows;
  if (const char* why = refused_head(call->heads, call->head, call->lse)) return fail(HS_INVALID, why);
  if (const char* why = refused_bands(call->band_start, call->bands, n)) return fail(HS_INVALID, why);
  if (call->bins < 1 || call->bins > 255) return fail(HS_INVALID, "a surface with no bins or more than 255");
  if (call->block_size < 1) return fail(HS_INVALID, "blocks without keys");
  const int64_t blocks = (n + call->block_size - 1) / call->block_size;
  for (int64_t row = 0; row < blocks; ++row)
    for (int64_t column = 0; column <= row; ++column)
      if (call->block_bin[row * blocks + column] >= call->bins) return fail(HS_INVALID, "a bin outside the surface");
  if (cancelled(exec)) return HS_CANCELLED;
  std::vector<int32_t> keys(static_cast<size_t>(n));
  std::iota(keys.begin(), keys.end(), 0);
  Table table;
  table.add_row(0, keys.data(), n);
  DeviceArray<uint8_t> block_bin;
  if (const hs_status status = block_bin.copy_of(call->block_bin, blocks * blocks); status != HS_OK) return status;
  Surface a{};
  a.block_bin = block_bin.data();
  a.blocks = blocks;
  a.block_size = static_cast<uint32_t>(call->block_size);
  a.table_rows = 1;
  a.bins = call->bins;
  return table.run(exec, call->heads, call->head, call->lse, call->band_start, call->bands, a, call->table);
}

}  // namespace headscope::cuda
