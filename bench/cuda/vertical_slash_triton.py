"""Vertical-slash attention as it was published (MInference 1.0, section 3.2 and its algorithm 3): a program a 64-row block, first the block's ranges of
64 keys, then its single columns, 64 gathered at a time, one online softmax through both. Written from the paper for this comparison."""

import bisect
import random

import triton
import triton.language as tl

BLOCK = 64


@triton.jit
def attend(q, k, v, out, ranges, range_count, columns, column_count, rows, scale, groups, most_ranges, most_columns, D: tl.constexpr, B: tl.constexpr):
    m, h = tl.program_id(0), tl.program_id(1)
    row = m * B + tl.arange(0, B)
    lane, width = tl.arange(0, B), tl.arange(0, D)
    of_head = h.to(tl.int64) * rows * D
    of_group = (h // groups).to(tl.int64) * rows * D
    queries = tl.load(q + of_head + row[:, None] * D + width[None, :], mask=row[:, None] < rows, other=0.0)
    top = tl.full([B], -float("inf"), tl.float32)
    total = tl.zeros([B], tl.float32)
    sums = tl.zeros([B, D], tl.float32)
    count = tl.load(range_count + m)
    for i in range(count):
        key = tl.load(ranges + m * most_ranges + i) + lane
        there = (key >= 0) & (key < rows)
        kk = tl.load(k + of_group + key[None, :] * D + width[:, None], mask=there[None, :], other=0.0)
        vv = tl.load(v + of_group + key[:, None] * D + width[None, :], mask=there[:, None], other=0.0)
        s = tl.dot(queries, kk) * scale
        s = tl.where(there[None, :] & (key[None, :] <= row[:, None]), s, -float("inf"))
        now = tl.maximum(top, tl.max(s, 1))
        base = tl.where(now == -float("inf"), 0.0, now)
        shrink = tl.exp2(top - base)
        p = tl.exp2(s - base[:, None])
        total = total * shrink + tl.sum(p, 1)
        sums = sums * shrink[:, None] + tl.dot(p.to(vv.dtype), vv)
        top = now
    count = tl.load(column_count + m)
    for first in range(0, count, B):
        there = first + lane < count
        key = tl.load(columns + m * most_columns + first + lane, mask=there, other=0)
        kk = tl.load(k + of_group + key[None, :] * D + width[:, None], mask=there[None, :], other=0.0)
        vv = tl.load(v + of_group + key[:, None] * D + width[None, :], mask=there[:, None], other=0.0)
        s = tl.dot(queries, kk) * scale
        s = tl.where(there[None, :] & (key[None, :] <= row[:, None]), s, -float("inf"))
        now = tl.maximum(top, tl.max(s, 1))
        base = tl.where(now == -float("inf"), 0.0, now)
        shrink = tl.exp2(top - base)
        p = tl.exp2(s - base[:, None])
        total = total * shrink + tl.sum(p, 1)
        sums = sums * shrink[:, None] + tl.dot(p.to(vv.dtype), vv)
        top = now
    result = sums / tl.where(total > 0, total, 1.0)[:, None]
    tl.store(out + of_head + row[:, None] * D + width[None, :], result.to(queries.dtype), mask=row[:, None] < rows)


def chosen(rows, budget, first, clusters, generator):
    """`budget` indices below `rows`: the first ones, then clusters of 64 to 255 or single ones."""
    kept = set(range(min(first, budget)))
    while len(kept) < min(budget, rows):
        at, length = generator.randrange(rows), generator.randrange(64, 256) if clusters else 1
        for i in range(at, min(at + length, rows)):
            if len(kept) < budget:
                kept.add(i)
    return sorted(kept)


def lists_of(rows, columns, distances):
    """Per 64-row block the starts of its 64-key ranges, and the columns outside them. Ranges are the same for every block, counted from its end."""
    chunks, covered = [], 0
    for d in distances:
        start = max(d, covered)
        if start < d + BLOCK:
            chunks.append(start)
            covered = start + BLOCK
    ranges, singles = [], []
    for m in range((rows + BLOCK - 1) // BLOCK):
        end = (m + 1) * BLOCK
        here = chunks[: bisect.bisect_left(chunks, end)]
        ranges.append([end - c - BLOCK for c in here])

        def outside(j, end=end, here=here):
            at = bisect.bisect_right(here, end - 1 - j) - 1
            return at < 0 or end - 1 - j >= here[at] + BLOCK

        singles.append([j for j in columns[: bisect.bisect_left(columns, m * BLOCK)] if outside(j)])
    return ranges, singles


def measure_vertical_slash(torch, measure, longest, rows=131072, heads=32, kv_heads=8, dim=128, budgets=((1000, 6096), (500, 700), (30, 800), (3500, 100))):
    """Yields rows for peers.row()."""
    if rows > longest:
        return
    device = "cuda"
    q = torch.randn(heads, rows, dim, device=device, dtype=torch.bfloat16)
    k, v = (torch.randn(kv_heads, rows, dim, device=device, dtype=torch.bfloat16) for _ in range(2))
    out = torch.empty_like(q)
    blocks = (rows + BLOCK - 1) // BLOCK

    def padded(lists):
        most = max(1, max(len(one) for one in lists))
        table = torch.zeros(len(lists), most, dtype=torch.int32)
        for i, one in enumerate(lists):
            table[i, : len(one)] = torch.tensor(one, dtype=torch.int32)
        return table.to(device), torch.tensor([len(one) for one in lists], dtype=torch.int32, device=device), most

    for verticals, slashes in budgets:
        generator = random.Random(7)
        ranges, singles = lists_of(rows, chosen(rows, verticals, 30, False, generator), chosen(rows, slashes, 100, True, generator))
        tiles = sum(len(r) + (len(c) + BLOCK - 1) // BLOCK for r, c in zip(ranges, singles)) * heads
        range_table, range_count, most_ranges = padded(ranges)
        column_table, column_count, most_columns = padded(singles)

        def call():
            attend[(blocks, heads)](q, k, v, out, range_table, range_count, column_table, column_count, rows, 1.4426950408889634 / dim**0.5,
                                    heads // kv_heads, most_ranges, most_columns, D=dim, B=BLOCK, num_warps=4, num_stages=2)

        shape = f"vertical_slash {verticals}, {slashes}"
        try:
            times, note = measure(call), "the published algorithm, one index for all heads"
        except Exception as failed:
            times, note = [], (str(failed).splitlines() or [type(failed).__name__])[0][:120]
        yield "sparse", shape, f"Triton {triton.__version__}", times, tiles * 4 * BLOCK * BLOCK * dim, 2 * rows * rows * dim * heads, note
