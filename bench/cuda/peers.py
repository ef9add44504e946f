"""The peers of bench/cuda on the same GPU: torch's attention and products, and the published vertical-slash algorithm as one Triton kernel.

python peers.py [--rounds 20] [--longest TOKENS]   prints rows for cuda_bench --peers: part, shape, by, milliseconds, executed FLOP, dense FLOP,
note, with tabs between. Exit status 3 where torch or a CUDA device is missing; without triton its rows say so.
"""

import argparse
import sys

HEADS, KV_HEADS, DIM = 32, 8, 128
LENGTHS = (16384, 32768, 65536, 131072)
PRODUCTS = ((1024, 4096, 4096), (1024, 4096, 1024), (1024, 4096, 14336), (1024, 14336, 4096), (8192, 4096, 4096), (8192, 4096, 14336), (8192, 14336, 4096))


def row(part, shape, by, times, executed, dense, note=""):
    cells = (part, shape, by, ",".join(f"{t:.6f}" for t in times), f"{executed:.6g}", f"{dense:.6g}", note)
    return "\t".join(str(c).replace("\t", " ").replace("\n", " ") for c in cells)


def dense_flops(n, heads=HEADS, dim=DIM):
    return 2 * n * n * dim * heads


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--longest", type=int, default=1 << 20)
    return parser.parse_args(arguments)


def main(arguments):
    options = parse(arguments)
    try:
        import torch
        import torch.nn.functional as functional
        from torch.nn.attention import SDPBackend, sdpa_kernel
    except ImportError as missing:
        print(f"peers.py: {missing}", file=sys.stderr)
        return 3
    if not torch.cuda.is_available():
        print("peers.py: torch sees no CUDA device.", file=sys.stderr)
        return 3

    def measure(call):
        call()
        times = []
        for _ in range(options.rounds):
            start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
            start.record()
            call()
            end.record()
            end.synchronize()
            times.append(start.elapsed_time(end))
        return times

    def emit(part, shape, by, executed, dense, make):
        try:
            times, note = measure(make()), ""
        except Exception as failed:  # a backend that this torch was built without, or no memory
            times, note = [], str(failed).splitlines()[0][:120] if str(failed) else type(failed).__name__
            torch.cuda.empty_cache()
        print(row(part, shape, by, times, executed, dense, note), flush=True)

    version = f"torch {torch.__version__}"
    for n in LENGTHS:
        if n > options.longest:
            continue
        q = torch.randn(1, HEADS, n, DIM, device="cuda", dtype=torch.bfloat16)
        k, v = (torch.randn(1, KV_HEADS, n, DIM, device="cuda", dtype=torch.bfloat16).repeat_interleave(HEADS // KV_HEADS, 1) for _ in range(2))
        shape = f"{n} tokens, {HEADS}/{KV_HEADS} heads of {DIM}"
        for name, backend in (("FlashAttention", SDPBackend.FLASH_ATTENTION), ("cuDNN", SDPBackend.CUDNN_ATTENTION)):

            def make(backend=backend, q=q, k=k, v=v):
                def call():
                    with sdpa_kernel([backend]):
                        functional.scaled_dot_product_attention(q, k, v, is_causal=True)

                return call

            emit("attention", shape, f"{version}, {name}", dense_flops(n), dense_flops(n), make)
        del q, k, v
        torch.cuda.empty_cache()

    for rows, inner, outer in PRODUCTS:
        a = torch.randn(rows, inner, device="cuda", dtype=torch.bfloat16)
        w = torch.randn(outer, inner, device="cuda", dtype=torch.bfloat16)
        emit("gemm", f"{rows} x {inner} x {outer}", f"{version}, bfloat16 activations", 2 * rows * inner * outer, 0, lambda a=a, w=w: lambda: a @ w.T)

    try:
        from vertical_slash_triton import measure_vertical_slash
    except ImportError as missing:
        print(row("sparse", "vertical_slash", "Triton", [], 0, 0, f"not measured: {missing}"))
        return 0
    for line in measure_vertical_slash(torch, measure, options.longest):
        print(row(*line), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
