// The most probable pairs of a rectangle, exactly: which of all pairs they are does not depend on the order of blocks.
//
// The bits of floats above 0 order as the floats do. A pass over the rectangle counts pairs by the upper 10 bits (a block in shared memory,
// then all in global memory), which says in what bin the count-th pair lies. Where that bin and all above it hold more pairs than there is room
// for, a pass counts the next 11 bits inside it, and one more the last 10: then the threshold is one float. If even its equals are too many
// (rows of equal scores), a pass counts them by row, because of equals the first rows come first. A last pass writes all that may be
// wanted, in any order, to room for `count` pairs and a row (or kRoom); the host sorts them. Usually two passes. Never run on a device yet.
#include <algorithm>
#include <vector>

#include "clear.h"
#include "map_call.h"
#include "maps.h"
#include "ptx/atomic.h"

namespace headscope::cuda {
namespace {

constexpr int kBins = 2048;
constexpr int64_t kMostTiles = 32, kRoom = int64_t{1} << 18;
constexpr int64_t kMostPairs = 65536;

enum Work : int32_t { kCount, kCountRows, kCollect };

struct Pairs {
  MapPass map;
  int64_t k0, k1, key_tiles, rows_of_block, first_block;
  int32_t work;
  // kCount: of pairs whose bits >> known are `prefix`, how many have each value of bits >> shift & last_bin. kCountRows: of pairs whose bits are
  // `prefix`, how many each row has. kCollect: pairs whose bits are above `above`, or not below `prefix` in a row before `tied_past`.
  uint32_t prefix, above;
  int32_t known, shift, last_bin;
  int64_t tied_past;
  uint64_t* bins;        // [kBins]
  uint32_t* of_row;      // [q1 - q0]
  hs_pair* found;        // [room]
  uint32_t* found_count;
  uint32_t room;
};

__global__ void __launch_bounds__(MapWalk::kThreads, 2) pairs_kernel(const __grid_constant__ Pairs a) {
  MapWalk walk(a.map, shared_start());
  const int64_t block = a.first_block + blockIdx.x, key0 = a.k0 + block % a.key_tiles * kTile, chunk = a.map.q0 + block / a.key_tiles * a.rows_of_block;
  const int64_t keys = a.k1 - key0 < kTile ? a.k1 - key0 : kTile, end = chunk + a.rows_of_block < a.map.q1 ? chunk + a.rows_of_block : a.map.q1;
  if (end <= key0) return;
  const Shared<uint32_t> bins(shared_start() + static_cast<uint32_t>(MapWalk::shared_bytes(a.map)), kBins);
  if (a.work == kCount)
    for (int i = thread_index(); i < kBins; i += MapWalk::kThreads) bins[i] = 0;
  walk.load_keys(static_cast<int>(keys), [&](int r) { return static_cast<int32_t>(key0) + r; });
  sync_block();
  walk.rows(walk.first_row(chunk), walk.past_row(end), [&](int64_t row0, const float (&p)[8][4]) {
    const int64_t row_of_lane = row0 + lane_index() % 4 * 2;
#pragma unroll
    for (int n = 0; n < 8; ++n)
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        if (!(p[n][i] > 0)) continue;
        const uint32_t bits = bits_of_float(p[n][i]);
        const int64_t row = row_of_lane + 8 * n + i % 2;
        if (a.work == kCount) {
          if (bits >> a.known == a.prefix) atomic_add(bins, static_cast<int>(bits >> a.shift) & a.last_bin, 1u);
        } else if (a.work == kCountRows) {
          if (bits == a.prefix) atomic_add(a.of_row + (row - a.map.q0), 1u);
        } else if (bits > a.above || (bits >= a.prefix && row < a.tied_past)) {
          const uint32_t at = fetch_add(a.found_count, 1);
          if (at < a.room) a.found[at] = {row, walk.key(i / 2), p[n][i]};
        }
      }
  });
  sync_block();
  if (a.work == kCount)
    for (int i = thread_index(); i < kBins; i += MapWalk::kThreads) {
      const uint32_t count = bins[i];
      if (count > 0) atomic_add(a.bins + i, uint64_t{count});
    }
}

// One call's passes.
class Search {
 public:
  Search(const hs_exec* exec, const MapPass& map, int64_t k0, int64_t k1) : exec_(exec), rows_(map.q1 - map.q0) {
    a_.map = map;
    a_.k0 = k0;
    a_.k1 = k1;
    a_.key_tiles = (k1 - k0 + kTile - 1) / kTile;
    a_.rows_of_block = rows_of_block(a_.key_tiles, rows_, kMostTiles);
  }

  hs_status run(int64_t wanted, std::vector<hs_pair>& out) {
    room_ = std::max(kRoom, wanted + (a_.k1 - a_.k0));
    hs_status status = bins_.make(kBins);
    if (status == HS_OK) status = threshold(wanted);
    if (status == HS_OK) status = collect(out);
    return status;
  }

 private:
  hs_status pass(Work work) {
    a_.work = work;
    const int64_t blocks = (rows_ + a_.rows_of_block - 1) / a_.rows_of_block * a_.key_tiles, bytes = MapWalk::shared_bytes(a_.map) + (work == kCount ? kBins * 4 : 0);
    return in_pieces(exec_, blocks, a_.rows_of_block / kTile, [&](int64_t first, int64_t count) {
      a_.first_block = first;
      return launch("pairs", pairs_kernel, {count, MapWalk::kThreads, bytes}, a_);
    });
  }

  // Finds what kCollect takes: at least the first `wanted` pairs, and no more than there is room for.
  hs_status threshold(int64_t wanted) {
    std::vector<uint64_t> counts(kBins);
    int64_t left = wanted, more = 0;  // `more` pairs lie above all that the prefix stands for; of those it does, the first `left` are wanted
    a_.bins = bins_.data();
    a_.known = 31;
    a_.above = 0xffffffff;
    a_.tied_past = a_.map.q1;
    for (const int32_t shift : {21, 10, 0}) {
      a_.shift = shift;
      a_.last_bin = (1 << (a_.known - shift)) - 1;
      hs_status status = clear(bins_.data(), kBins * 8);
      if (status == HS_OK) status = pass(kCount);
      if (status == HS_OK) status = download(counts.data(), bins_.data(), kBins * 8);
      if (status != HS_OK) return status;
      int bin = a_.last_bin;
      for (; bin > 0 && static_cast<int64_t>(counts[static_cast<size_t>(bin)]) < left; --bin) {
        left -= static_cast<int64_t>(counts[static_cast<size_t>(bin)]);
        more += static_cast<int64_t>(counts[static_cast<size_t>(bin)]);
      }
      a_.prefix = a_.prefix << (a_.known - shift) | static_cast<uint32_t>(bin);
      a_.known = shift;
      if (more + static_cast<int64_t>(counts[static_cast<size_t>(bin)]) <= room_) {
        a_.prefix <<= shift;
        return HS_OK;
      }
    }
    return first_rows(left);
  }

  // Of the pairs that equal the threshold the first `left`, in rows up to the one that holds the last of them.
  hs_status first_rows(int64_t left) {
    DeviceArray<uint32_t> there;
    std::vector<uint32_t> counts(static_cast<size_t>(rows_));
    hs_status status = there.make(rows_);
    if (status == HS_OK) status = clear(there.data(), rows_ * 4);
    a_.of_row = there.data();
    if (status == HS_OK) status = pass(kCountRows);
    if (status == HS_OK) status = download(counts.data(), there.data(), rows_ * 4);
    if (status != HS_OK) return status;
    int64_t row = 0;
    for (; left > static_cast<int64_t>(counts[static_cast<size_t>(row)]) && row + 1 < rows_; ++row) left -= static_cast<int64_t>(counts[static_cast<size_t>(row)]);
    a_.above = a_.prefix;
    a_.tied_past = a_.map.q0 + row + 1;
    return HS_OK;
  }

  hs_status collect(std::vector<hs_pair>& out) {
    DeviceArray<hs_pair> found;
    DeviceArray<uint32_t> found_count;
    uint32_t count = 0;
    hs_status status = found.make(room_);
    if (status == HS_OK) status = found_count.make(1);
    if (status == HS_OK) status = clear(found_count.data(), 4);
    a_.found = found.data();
    a_.found_count = found_count.data();
    a_.room = static_cast<uint32_t>(room_);
    if (status == HS_OK) status = pass(kCollect);
    if (status == HS_OK) status = download(&count, found_count.data(), 4);
    if (status != HS_OK) return status;
    if (count > room_) return fail(HS_LOST, "the device found more pairs than it counted");
    out.resize(count);
    return count ? download(out.data(), found.data(), static_cast<int64_t>(count) * static_cast<int64_t>(sizeof(hs_pair))) : HS_OK;
  }

  const hs_exec* exec_;
  int64_t rows_, room_ = 0;
  Pairs a_{};
  DeviceArray<uint64_t> bins_;
};

}  // namespace

hs_status strongest(const hs_exec* exec, const hs_heads* heads, int32_t head, const float* lse, const hs_mask* dropped_by, int64_t q0, int64_t q1, int64_t k0, int64_t k1,
                    int64_t count, hs_pair* out, int64_t* found) {
  if (const char* why = refused_head(*heads, head, lse)) return fail(HS_INVALID, why);
  if (const char* why = refused_rect(heads->rows, q0, q1, k0, k1)) return fail(HS_INVALID, why);
  if (const char* why = refused_mask(*heads, dropped_by)) return fail(HS_INVALID, why);
  if (count < 1 || count > kMostPairs) return fail(HS_INVALID, "no pairs, or too many, asked for");
  if (cancelled(exec)) return HS_CANCELLED;
  MapInput input;
  std::vector<hs_pair> pairs;
  hs_status status = input.place(*heads, head, lse, q0, q1, dropped_by);
  if (status == HS_OK) status = Search(exec, input.pass(), k0, k1).run(count, pairs);
  if (status != HS_OK) return status;
  *found = std::min(count, static_cast<int64_t>(pairs.size()));
  std::partial_sort(pairs.begin(), pairs.begin() + *found, pairs.end(), [](const hs_pair& a, const hs_pair& b) {
    if (a.p != b.p) return a.p > b.p;
    return a.q != b.q ? a.q < b.q : a.k < b.k;
  });
  std::copy_n(pairs.begin(), *found, out);
  return HS_OK;
}

}  // namespace headscope::cuda
