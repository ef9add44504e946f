"""The llama.cpp peer of bench/prefill, through llama-cpp-python: the same tokens and threads, last-token logits only, an empty cache each time.

python llama_prefill.py MODEL.gguf TOKENS_JSON THREADS  serves one prefill per line read on stdin: prints its seconds and writes the
logits to the file that the line names, if any. The first line printed is "ready". Of flash attention on and off the faster is taken, tried
once before that.
"""

import ctypes
import json
import os
import sys
import time

import llama_cpp
import numpy as np

model_file, tokens_file, threads = sys.argv[1], sys.argv[2], int(sys.argv[3])
with open(tokens_file, encoding="utf-8") as f:
    ids = json.load(f)

# The library tells its life on stderr.
os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
llama_cpp.llama_backend_init()
model = llama_cpp.llama_model_load_from_file(model_file.encode(), llama_cpp.llama_model_default_params())
if not model:
    sys.exit(f"llama.cpp does not open {model_file}")
vocab = llama_cpp.llama_vocab_n_tokens(llama_cpp.llama_model_get_vocab(model))
tokens = (llama_cpp.llama_token * len(ids))(*ids)


def open_context(flash: bool):
    params = llama_cpp.llama_context_default_params()
    params.n_ctx = params.n_batch = len(ids)
    params.n_threads = params.n_threads_batch = threads
    params.flash_attn = flash
    return llama_cpp.llama_init_from_model(model, params)


def prefill(context) -> float:
    llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(context), True)
    start = time.perf_counter()
    status = llama_cpp.llama_decode(context, llama_cpp.llama_batch_get_one(tokens, len(ids)))
    llama_cpp.llama_synchronize(context)
    seconds = time.perf_counter() - start
    if status:
        sys.exit(f"llama_decode returned {status}")
    return seconds


ways = []
for flash in (False, True):
    context = open_context(flash)
    ways.append((prefill(context), flash))
    llama_cpp.llama_free(context)
context = open_context(min(ways)[1])
print("ready", flush=True)
for line in sys.stdin:
    seconds = prefill(context)
    if line.strip():
        logits = ctypes.cast(llama_cpp.llama_get_logits_ith(context, -1), ctypes.POINTER(ctypes.c_float * vocab)).contents
        np.frombuffer(logits, np.float32).tofile(line.strip())
    print(json.dumps({"seconds": seconds, "note": "flash attention" if min(ways)[1] else "no flash attention"}), flush=True)
