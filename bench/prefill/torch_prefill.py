"""The PyTorch peer of bench/prefill: transformers, SDPA, the same tokens and threads, last-token logits only.

python torch_prefill.py MODEL_DIR TOKENS_JSON THREADS float32|bfloat16  serves one prefill per line read on stdin: prints its seconds and
writes the logits to the file that the line names, if any. The first line printed is "ready"; every prefill keeps no cache, as ours keeps none.
"""

import json
import sys
import time

import torch
from transformers import AutoModelForCausalLM

model_dir, tokens_file, threads, dtype = sys.argv[1], sys.argv[2], int(sys.argv[3]), getattr(torch, sys.argv[4])
torch.set_num_threads(threads)
model = AutoModelForCausalLM.from_pretrained(model_dir, dtype=dtype, attn_implementation="sdpa").eval()
with open(tokens_file, encoding="utf-8") as f:
    ids = torch.tensor([json.load(f)])
print("ready", flush=True)
with torch.inference_mode():
    for line in sys.stdin:
        start = time.perf_counter()
        logits = model(ids, use_cache=False, logits_to_keep=1).logits
        seconds = time.perf_counter() - start
        if line.strip():
            logits[0, -1].float().numpy().tofile(line.strip())
        print(json.dumps({"seconds": seconds}), flush=True)
