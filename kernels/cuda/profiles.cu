// Column and distance mass of a head: one pass over its map.
//
// A block has 64 keys and walks down a range of rows (map_walk.h). A thread sums its two keys' columns in registers. For the distances a
// tile goes through shared memory, where thread t of 64 walks the wrapped diagonal row - key = t mod 64: its upper part has the distance
// row0 - key0 + t - 64, its lower part row0 - key0 + t, which is the upper part of the tile after it; so a tile adds 64 numbers to the
// distances. Both sums end as integers (fixed_point.h): equal bits every run, in units of 2^-(60 - log2 N).
// 16.6 KB of shared memory beside the walk's. Never run on a device yet.
#include <vector>

#include "clear.h"
#include "fixed_point.h"
#include "map_call.h"
#include "maps.h"

namespace headscope::cuda {
namespace {

constexpr int64_t kMostTiles = 32;  // of a block
constexpr int kStride = kTile + 1;  // odd, so that neither rows nor diagonals of a tile share a bank
constexpr int kTileFloats = kTile * kStride;

struct Profiles {
  MapPass map;
  int64_t n, key_tiles, rows_of_block, first_block;
  uint64_t *columns, *distances;  // [n]
  double units;
};

__global__ void __launch_bounds__(MapWalk::kThreads, 2) profiles_kernel(const __grid_constant__ Profiles a) {
  MapWalk walk(a.map, shared_start());
  const SharedAddress after = shared_start() + static_cast<uint32_t>(MapWalk::shared_bytes(a.map));
  const Shared<float> tile(after, kTileFloats);                                // [key][row]
  const Shared<float> halves(after + kTileFloats * 4, 4 * kTile);              // [half of the keys][upper, lower][t]
  const int64_t block = a.first_block + blockIdx.x, key0 = block % a.key_tiles * kTile, chunk = block / a.key_tiles * a.rows_of_block;
  const int keys = static_cast<int>(a.n - key0 < kTile ? a.n - key0 : kTile);
  const int64_t end = chunk + a.rows_of_block < a.n ? chunk + a.rows_of_block : a.n;
  if (end <= key0) return;
  walk.load_keys(keys, [&](int r) { return static_cast<int32_t>(key0) + r; });

  const int key = warp_index() * 16 + lane_index() / 4, column = lane_index() % 4 * 2, t = thread_index() % kTile, half = thread_index() / kTile;
  double mass[2] = {0, 0};
  float lower = 0;  // of the tile before, whose distances are those of this tile's upper part
  const int64_t first = walk.first_row(chunk), past = walk.past_row(end);
  const auto add_distance = [&](int64_t distance, float sum) {
    if (sum > 0) add_fixed(a.distances + distance, static_cast<double>(sum), a.units);
  };
  walk.rows(first, past, [&](int64_t row0, const float (&p)[8][4]) {
#pragma unroll
    for (int r = 0; r < 2; ++r) {
      float sum = 0;
#pragma unroll
      for (int n = 0; n < 8; ++n)
#pragma unroll
        for (int e = 0; e < 2; ++e) {
          tile[(key + 8 * r) * kStride + 8 * n + column + e] = p[n][2 * r + e];
          sum += p[n][2 * r + e];
        }
      mass[r] += static_cast<double>(sum);
    }
    sync_block();
    float of_part[2] = {0, 0};
    for (int i = 0; i < kTile / 2; ++i) {
      const int k = half * (kTile / 2) + i, row = k + t;
      const float x = tile[k * kStride + row % kTile];
      of_part[0] += row < kTile ? 0 : x;
      of_part[1] += row < kTile ? x : 0;
    }
    halves[half * 2 * kTile + t] = of_part[0];
    halves[half * 2 * kTile + kTile + t] = of_part[1];
    sync_block();
    if (half == 0) {
      const float upper0 = halves[t], upper1 = halves[2 * kTile + t], lower0 = halves[kTile + t], lower1 = halves[3 * kTile + t];
      add_distance(row0 - key0 + t - kTile, lower + (upper0 + upper1));
      lower = lower0 + lower1;
    }
  });
  if (first >= past) return;
  const int64_t tiles = (past - first + kTile - 1) / kTile;
  if (half == 0) add_distance(first + tiles * kTile - key0 + t - kTile, lower);
#pragma unroll
  for (int r = 0; r < 2; ++r) {
    mass[r] += shuffle_xor(mass[r], 1);
    mass[r] += shuffle_xor(mass[r], 2);
    if (lane_index() % 4 == 0 && key + 8 * r < keys) add_fixed(a.columns + key0 + key + 8 * r, mass[r], a.units);
  }
}

}  // namespace

hs_status profiles(const hs_exec* exec, const hs_heads* heads, int32_t head, const float* lse, double* column_mass, double* distance_mass) {
  if (const char* why = refused_head(*heads, head, lse)) return fail(HS_INVALID, why);
  if (cancelled(exec)) return HS_CANCELLED;
  const int64_t n = heads->rows;
  MapInput input;
  DeviceArray<uint64_t> sums;
  hs_status status = input.place(*heads, head, lse, 0, n, nullptr);
  if (status == HS_OK) status = sums.make(2 * n);
  if (status == HS_OK) status = clear(sums.data(), 2 * n * 8);
  if (status != HS_OK) return status;

  Profiles a{};
  a.map = input.pass();
  a.n = n;
  a.key_tiles = (n + kTile - 1) / kTile;
  a.rows_of_block = rows_of_block(a.key_tiles, n, kMostTiles);
  a.columns = sums.data();
  a.distances = sums.data() + n;
  a.units = units_of_one(n);
  const int64_t chunks = (n + a.rows_of_block - 1) / a.rows_of_block, bytes = MapWalk::shared_bytes(a.map) + (kTileFloats + 4 * kTile) * 4;
  status = in_pieces(exec, chunks * a.key_tiles, a.rows_of_block / kTile, [&](int64_t first, int64_t count) {
    a.first_block = first;
    return launch("profiles", profiles_kernel, {count, MapWalk::kThreads, bytes}, a);
  });
  std::vector<uint64_t> fixed(static_cast<size_t>(2 * n));
  if (status == HS_OK) status = download(fixed.data(), sums.data(), 2 * n * 8);
  if (status != HS_OK) return status;
  for (int64_t x = 0; x < n; ++x) {
    column_mass[x] = static_cast<double>(fixed[static_cast<size_t>(x)]) / a.units;
    distance_mass[x] = static_cast<double>(fixed[static_cast<size_t>(n + x)]) / a.units;
  }
  return HS_OK;
}

}  // namespace headscope::cuda
