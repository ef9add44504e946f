#!/usr/bin/env python3
"""Golden of SmolLM2-135M-Instruct (as test/real/smollm2_to_hf.py writes it) from transformers in float32.

    python test/golden/make_smollm2_golden.py CHECKPOINT_DIR

Writes test/golden/smollm2/golden.safetensors: the first 1,024 tokens of assets/prompts/mixed.txt, the last row's 64 largest logits,
the 32 largest logits of 16 rows, every head's LSE at 16 rows, four layers' inputs at the last row.
"""
from __future__ import annotations

import hashlib
import json
import pathlib
import sys

import numpy as np
import torch
from safetensors.numpy import save_file
from tokenizers import Tokenizer

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from reference_model import causal_lse, run  # noqa: E402

TOKENS = 1024
ROWS = np.array([0, 1, 2, 17, 63, 64, 65, 127, 255, 256, 400, 511, 640, 800, 1022, 1023])
HIDDEN_LAYERS = np.array([0, 10, 20, 30])


def top(logits: torch.Tensor, count: int) -> tuple[np.ndarray, np.ndarray]:
    values, ids = logits.topk(count, -1)
    return ids.to(torch.int32).numpy(), values.numpy()


def main() -> None:
    folder = pathlib.Path(sys.argv[1])
    text = (HERE.parents[1] / "assets" / "prompts" / "mixed.txt").read_text(encoding="utf-8")
    tokens = Tokenizer.from_file(str(folder / "tokenizer.json")).encode(text).ids[:TOKENS]
    assert len(tokens) == TOKENS
    result = run(str(folder), tokens)
    last_ids, last = top(result["logits"][-1], 64)
    row_ids, rows = top(result["logits"][torch.as_tensor(ROWS)], 32)
    golden = {
        "tokens": np.array(tokens, np.int32), "rows": ROWS.astype(np.int32), "hidden_layers": HIDDEN_LAYERS.astype(np.int32),
        "last_ids": last_ids, "last_logits": last, "row_ids": row_ids, "row_logits": rows,
        "lse": np.stack([causal_lse(q, k, ROWS) for q, k, _ in result["layers"]]).astype(np.float32),
        "hidden": result["hidden"][torch.as_tensor(HIDDEN_LAYERS), -1].numpy(),
    }
    out = HERE / "smollm2"
    out.mkdir(exist_ok=True)
    save_file({name: np.ascontiguousarray(array) for name, array in golden.items()}, out / "golden.safetensors")
    weights = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    (out / "source.json").write_text(json.dumps({"model.safetensors sha256": weights, "torch": torch.__version__}, indent=2) + "\n")
    print((out / "golden.safetensors").stat().st_size, "bytes; weights sha256", weights)


if __name__ == "__main__":
    main()
