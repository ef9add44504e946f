// Attention over tile streams (contract: native/backend.h). One task is a run of neighbouring 64-row tiles of one head; tasks go
// head by head, so that the workers share its keys and values in the cache, and from the longest rows of a head to the shortest.
#include <stdlib.h>

#include "attention_rows.h"
#include "kernel_table.h"
#include "scratch.h"
#include "task.h"

namespace headscope::cpu::HS_ISA {
namespace {

constexpr int32_t kPollTiles = 16;  // key tiles between two looks at the cancel flag: about a millisecond

struct AttentionJob {
  const hs_attention* call;
  int64_t row_tiles, run_tiles, runs;
  MaskIndex whole;  // what a head without a mask keeps: all that the window leaves
  BinRow* edges;  // [heads][runs][2]: the row bins that a run shares with its neighbours; nullptr without an overview
  int64_t done, all;
  const hs_exec* exec;
  Outcome outcome;

  int64_t first_row(int64_t run) const { return run * run_tiles * kTile; }
  int64_t past_row(int64_t run) const {
    const int64_t past = (run + 1) * run_tiles * kTile;
    return past < call->heads.rows ? past : call->heads.rows;
  }
  bool owns(int64_t run, int64_t bin) const {
    return bin_start(bin, call->heads.rows) >= first_row(run) && bin_start(bin + 1, call->heads.rows) <= past_row(run);
  }
  // The row bins of row tile m and where this run keeps them. Bins without a row have none.
  int32_t row_spans(int64_t head, int64_t run, int64_t m, RowSpan* spans) const {
    const int64_t n = call->heads.rows, first = m * kTile, past = first + kTile < n ? first + kTile : n;
    int32_t made = 0;
    for (int64_t row = first; row < past;) {
      const int64_t bin = bin_of(row, n);
      const int64_t end = bin_start(bin + 1, n) < past ? bin_start(bin + 1, n) : past;
      RowSpan span = {(int32_t)(row - first), (int32_t)(end - first), nullptr, nullptr};
      if (owns(run, bin)) {
        const int64_t at = (head * kBins + bin) * kBins;
        span.sum = call->overview_sum + at;
        span.max = call->overview_max + at;
      } else {
        BinRow& edge = edges[(head * runs + run) * 2 + (bin_start(bin, n) >= first_row(run))];
        span.sum = edge.sum;
        span.max = edge.max;
      }
      spans[made++] = span;
      row = end;
    }
    return made;
  }

  void run(int64_t task) {
    const hs_heads& heads = call->heads;
    const int64_t head = task / runs, of_head = runs - 1 - task % runs, n = heads.rows;
    const int32_t d = heads.head_dim;
    float* memory = scratch((row_tile_bytes(d, edges != nullptr) + 3) / 4);
    if (!memory) return outcome.stop(HS_OUT_OF_MEMORY);
    const float* queries = heads.q + head * n * d;
    const int64_t of_group = head / (heads.heads / heads.kv_heads) * n * d;
    const MaskIndex* index = call->masks && call->masks[head] ? call->masks[head] : &whole;
    RowSpan spans[kTile];
    const int64_t past = (of_head + 1) * run_tiles < row_tiles ? (of_head + 1) * run_tiles : row_tiles;
    int64_t tiles = 0, weight = 0;
    for (int64_t m = of_head * run_tiles; m < past; ++m) {
      const RowTile rows = start_rows(memory, queries, n, d, heads.scale, heads.cap, m, edges != nullptr, call->out != nullptr);
      TileStream stream = tile_stream(index, m);
      int32_t until_poll = kPollTiles;
      for (KeyTile tile; next_tile(stream, n, tile); ++tiles) {
        attend_tile(rows, index, tile, heads.k + of_group, call->out ? heads.v + of_group : nullptr);
        if (--until_poll == 0) {
          if (outcome.stopped()) return;
          until_poll = kPollTiles;
        }
      }
      const int32_t span_count = edges ? row_spans(head, of_head, m, spans) : 0;
      finish_rows(rows, call->out ? call->out + head * d : nullptr, call->out_stride ? call->out_stride : (int64_t)heads.heads * d, call->lse ? call->lse + head * n : nullptr, spans, span_count);
      if (outcome.stopped()) return;
      weight += dense_tiles(heads.window, m);
    }
    if (call->executed_tiles) __atomic_fetch_add(call->executed_tiles + head, tiles, __ATOMIC_RELAXED);
    const int64_t so_far = __atomic_add_fetch(&done, weight, __ATOMIC_RELAXED);
    if (exec->progress) exec->progress(exec->progress_owner, (double)so_far / (double)all);
  }

  // Adds up the row bins that several runs share, in the order of the rows.
  void join_edges() const {
    for (int64_t head = 0; head < call->heads.heads; ++head)
      for (int64_t run = 0; run < runs; ++run)
        for (int side = 0; side < 2; ++side) {
          const int64_t bin = bin_of(side ? past_row(run) - 1 : first_row(run), call->heads.rows);
          if (owns(run, bin) || (bin_start(bin, call->heads.rows) >= first_row(run)) != (side == 1)) continue;
          const BinRow& edge = edges[(head * runs + run) * 2 + side];
          float* sum = call->overview_sum + (head * kBins + bin) * kBins;
          float* max = call->overview_max + (head * kBins + bin) * kBins;
          for (int b = 0; b < kBins; ++b) {
            sum[b] += edge.sum[b];
            max[b] = max[b] > edge.max[b] ? max[b] : edge.max[b];
          }
        }
  }
};

const char* refusal(const hs_attention& a) {
  const hs_heads& h = a.heads;
  if (h.head_dim < 8 || h.head_dim > 256 || h.head_dim % 8) return "attention needs a head_dim that is a multiple of 8, from 8 to 256";
  if (h.rows < 1 || h.heads < 1 || h.kv_heads < 1 || h.heads % h.kv_heads) return "attention was called with impossible shapes";
  if (!h.q || !h.k || (a.out ? !h.v : !a.lse)) return "attention was called without an array it needs";
  if (h.window < 0 || !(h.cap >= 0)) return "attention was called with a window or a cap below 0";
  if (a.out_stride && (a.out_stride % 8 || a.out_stride < (int64_t)h.heads * h.head_dim)) return "attention was called with rows of outputs that overlap";
  if (!a.overview_sum != !a.overview_max) return "attention makes both overviews or none";
  for (int32_t i = 0; a.masks && i < h.heads; ++i)
    if (a.masks[i] && (a.masks[i]->window != h.window || (a.masks[i]->kind != kMaskDense && a.masks[i]->rows != h.rows)))
      return "a mask was built for another number of rows or another window";
  return nullptr;
}

hs_status attention(const hs_exec* exec, const hs_attention* call) {
  if (const char* why = refusal(*call)) return fail(HS_INVALID, why);
  const hs_heads& heads = call->heads;
  AttentionJob job = {};
  job.call = call;
  job.exec = exec;
  job.row_tiles = (heads.rows + kTile - 1) / kTile;
  // With an overview a run spans at least a row bin, or two edges a run would be more memory than the overview itself.
  job.run_tiles = call->overview_sum && job.row_tiles > kBins ? (job.row_tiles + kBins - 1) / kBins : 1;
  job.runs = (job.row_tiles + job.run_tiles - 1) / job.run_tiles;
  job.all = heads.heads * dense_tiles_of(heads.rows, heads.window);
  job.whole.rows = heads.rows;
  job.whole.window = heads.window;
  if (call->overview_sum) {
    const size_t cells = (size_t)heads.heads * kBins * kBins;
    __builtin_memset(call->overview_sum, 0, cells * sizeof(float));
    __builtin_memset(call->overview_max, 0, cells * sizeof(float));
    job.edges = (BinRow*)calloc((size_t)(heads.heads * job.runs * 2), sizeof(BinRow));
    if (!job.edges) return fail(HS_OUT_OF_MEMORY, "no memory for the overview's shared bins");
  }
  for (int32_t i = 0; call->executed_tiles && i < heads.heads; ++i) call->executed_tiles[i] = 0;
  const hs_status status = run_tasks(exec, heads.heads * job.runs, job);
  if (status == HS_OK && job.edges) job.join_edges();
  free(job.edges);
  return status;
}

}  // namespace

void fill_attention(headscope_backend_v1* table) { table->attention = attention; }

}  // namespace headscope::cpu::HS_ISA
