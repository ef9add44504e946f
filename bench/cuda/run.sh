#!/bin/sh
# Builds the CUDA backend and its benchmark, measures everything on this machine's GPU, and writes one table to
# bench/results/<gpu>-<date>.md. About ten minutes on an H200. Needs a driver, nvcc 12.4 or newer and CMake; no Node.
# Where a Python has torch (HEADSCOPE_BENCH_PYTHON=..., else python3), its attention and products stand beside ours, Triton's vertical-slash too
# where triton is there.
#
# Usage: bench/cuda/run.sh [--peers-off] [options of cuda_bench, see --help]
# Exit status: 0 measured, 1 something failed, 2 the command line is wrong, 77 there is no device.
set -u
cd "$(dirname "$0")/../.." || exit 1

smi=${NVIDIA_SMI:-nvidia-smi}
with_peers=1
for argument in "$@"; do
  case "$argument" in
    --peers-off) with_peers=0 ;;
    --help) sed -n '2,8s/^# \{0,1\}//p' "$0"; echo; echo "Options of cuda_bench: --parts LIST --rounds N --longest TOKENS --scratch FOLDER"; exit 0 ;;
  esac
done

devices=$("$smi" -L 2>/dev/null | grep -c '^GPU')
if [ "${devices:-0}" -eq 0 ]; then
  echo "bench/cuda: no device. This machine has no NVIDIA GPU that its driver lists, so nothing was built or measured." >&2
  exit 77
fi

gpu=$("$smi" --query-gpu=name --format=csv,noheader -i 0)
clocks() { "$smi" --query-gpu=clocks.sm,clocks.mem,power.draw,temperature.gpu --format=csv,noheader -i 0; }
before=$(clocks)
commit=$(git describe --always --dirty 2>/dev/null || echo unknown)
date=$(date -u +%Y-%m-%d)
mkdir -p build bench/results
out="bench/results/$(printf '%s' "$gpu" | sed 's/NVIDIA //; s/[^A-Za-z0-9]\{1,\}/-/g' | tr 'A-Z' 'a-z')-$date.md"

cmake --preset cuda -Wno-dev || exit 1
cmake --build --preset cuda --target cuda_bench -j "$(nproc)" || exit 1

peers=build/cuda-peers.tsv
: > "$peers"
if [ "$with_peers" -eq 1 ]; then
  "${HEADSCOPE_BENCH_PYTHON:-python3}" bench/cuda/peers.py > "$peers" || echo "bench/cuda: the peers were not measured; the table has ours alone." >&2
fi

for argument in "$@"; do
  shift
  [ "$argument" = --peers-off ] || set -- "$@" "$argument"
done
build/cuda/cuda_bench --commit "$commit" --date "$date" --clocks "$before at the start" --peers "$peers" --out "$out" "$@"
status=$?
[ "$status" -eq 0 ] && echo "Clocks at the end: $(clocks)" >> "$out" && echo "bench/cuda: the table is in $out" >&2
exit "$status"
