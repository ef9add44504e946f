#!/usr/bin/env python3
"""Goldens of the Llama graph from transformers: five tiny random checkpoints, and the bundled demo model.

    python test/golden/make_llama_golden.py [--check]

Writes test/golden/llama-*/ (a checkpoint beside golden.safetensors) and test/golden/demo-model.safetensors.
--check writes nothing and compares what it would write with what is there.
Needs torch, transformers, safetensors, tokenizers, numpy. See README.md for the versions used.
"""
from __future__ import annotations

import argparse
import json
import pathlib
import sys

import numpy as np
import torch
from safetensors.numpy import load_file, save_file
from safetensors.torch import save_file as save_torch
from tokenizers import Tokenizer

HERE = pathlib.Path(__file__).resolve().parent
ASSETS = HERE.parents[1] / "assets"
sys.path.insert(0, str(HERE))
from reference_model import causal_lse, run  # noqa: E402

TOKENS = 70  # one 64-row tile and a short one

BASE = {
    "architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": 61, "hidden_size": 24, "intermediate_size": 40,
    "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 8, "hidden_act": "silu",
    "max_position_embeddings": 256, "rms_norm_eps": 1e-5, "attention_bias": False, "mlp_bias": False, "tie_word_embeddings": False,
    "bos_token_id": 1, "eos_token_id": 2,
}
LLAMA3 = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 32}

# name: (config changes, dtype, shards)
VARIANTS = {
    "llama-f32-mha-tied": ({"num_attention_heads": 3, "num_key_value_heads": 3, "head_dim": None, "tie_word_embeddings": True,
                            "rope_parameters": {"rope_type": "default", "rope_theta": 500.0}, "dtype": "float32"}, torch.float32, 1),
    "llama-bf16-gqa-untied": ({"rope_theta": 10000.0, "rope_scaling": None, "torch_dtype": "bfloat16"}, torch.bfloat16, 1),
    "llama-f32-biases": ({"attention_bias": True, "mlp_bias": True, "head_dim": 16, "num_attention_heads": 3, "num_key_value_heads": 1,
                          "num_hidden_layers": 1, "rope_theta": 10000.0, "torch_dtype": "float32"}, torch.float32, 1),
    "llama-rope3-old-f16": ({"head_dim": 16, "rope_theta": 1000.0, "rope_scaling": LLAMA3, "torch_dtype": "float16"}, torch.float16, 1),
    "llama-rope3-new-sharded": ({"head_dim": 16, "rope_parameters": {**LLAMA3, "rope_theta": 1000.0}, "dtype": "bfloat16"}, torch.bfloat16, 2),
}


def random_weights(config: dict, generator: torch.Generator, dtype: torch.dtype) -> dict[str, torch.Tensor]:
    """Weights large enough that heads differ and softmax rows are far from uniform."""
    hidden, inner = config["hidden_size"], config["intermediate_size"]
    d = config.get("head_dim") or hidden // config["num_attention_heads"]
    q, kv = config["num_attention_heads"] * d, config["num_key_value_heads"] * d
    normal = lambda *shape, std: (torch.randn(*shape, generator=generator) * std).to(dtype)
    weights = {"model.embed_tokens.weight": normal(config["vocab_size"], hidden, std=1.0), "model.norm.weight": 1 + normal(hidden, std=0.2)}
    if not config["tie_word_embeddings"]:
        weights["lm_head.weight"] = normal(config["vocab_size"], hidden, std=0.4)
    for layer in range(config["num_hidden_layers"]):
        name = f"model.layers.{layer}."
        for part, rows, columns, bias in [
            ("self_attn.q_proj", q, hidden, config["attention_bias"]), ("self_attn.k_proj", kv, hidden, config["attention_bias"]),
            ("self_attn.v_proj", kv, hidden, config["attention_bias"]), ("self_attn.o_proj", hidden, q, config["attention_bias"]),
            ("mlp.gate_proj", inner, hidden, config["mlp_bias"]), ("mlp.up_proj", inner, hidden, config["mlp_bias"]),
            ("mlp.down_proj", hidden, inner, config["mlp_bias"]),
        ]:
            weights[f"{name}{part}.weight"] = normal(rows, columns, std=1.5 * columns**-0.5)
            if bias:
                weights[f"{name}{part}.bias"] = normal(rows, std=0.3)
        weights[f"{name}input_layernorm.weight"] = 1 + normal(hidden, std=0.2)
        weights[f"{name}post_attention_layernorm.weight"] = 1 + normal(hidden, std=0.2)
    return {name: tensor.to(dtype).contiguous() for name, tensor in weights.items()}


def write_checkpoint(folder: pathlib.Path, config: dict, weights: dict[str, torch.Tensor], shards: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    if shards == 1:
        save_torch(weights, folder / "model.safetensors", metadata={"format": "pt"})
        return
    names, weight_map = sorted(weights), {}
    for shard in range(shards):
        file = f"model-{shard + 1:05}-of-{shards:05}.safetensors"
        mine = names[shard::shards]
        save_torch({name: weights[name] for name in mine}, folder / file, metadata={"format": "pt"})
        weight_map |= {name: file for name in mine}
    total = sum(tensor.numel() * tensor.element_size() for tensor in weights.values())
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {"total_size": total}, "weight_map": weight_map}, indent=1) + "\n")


def sample(result: dict, tokens: list[int], rows: np.ndarray, hidden_rows: np.ndarray, logit_rows: np.ndarray) -> dict[str, np.ndarray]:
    """The layout that llama.test.ts reads; every float is float32."""
    layers = result["layers"]
    pick = lambda tensor, at: tensor[..., torch.as_tensor(at), :].numpy()
    return {
        "tokens": np.array(tokens, np.int32), "rows": rows.astype(np.int32), "state_rows": hidden_rows.astype(np.int32),
        "logit_rows": logit_rows.astype(np.int32),
        "logits": pick(result["logits"], logit_rows), "top1": result["logits"].argmax(-1).to(torch.int32).numpy(),
        "hidden": pick(result["hidden"], hidden_rows),
        "lse": np.stack([causal_lse(q, k, rows) for q, k, _ in layers]).astype(np.float32),
        "q": np.stack([pick(q, hidden_rows) for q, _, _ in layers]), "k": np.stack([pick(k, hidden_rows) for _, k, _ in layers]),
        "v": np.stack([pick(v, hidden_rows) for _, _, v in layers]),
    }


def make(out: pathlib.Path) -> dict[str, dict[str, np.ndarray]]:
    goldens = {}
    for seed, (name, (changes, dtype, shards)) in enumerate(VARIANTS.items()):
        config = {**BASE, **changes}
        if config["head_dim"] is None:
            del config["head_dim"]  # then hidden_size / num_attention_heads
        generator = torch.Generator().manual_seed(1000 + seed)
        write_checkpoint(out / name, config, random_weights(config, generator, dtype), shards)
        tokens = torch.randint(0, config["vocab_size"], (TOKENS,), generator=generator).tolist()
        few = np.array([0, 1, 2, 31, 63, 64, 69])
        goldens[f"{name}/golden.safetensors"] = sample(run(str(out / name), tokens), tokens, np.arange(TOKENS), few, few)
    text = (ASSETS / "prompts" / "mixed.txt").read_text(encoding="utf-8")
    ids = Tokenizer.from_file(str(ASSETS / "demo-model" / "tokenizer.json")).encode(text).ids
    for n in (300, 1025):
        rows = np.unique(np.concatenate([np.arange(0, n, n // 24), [63, 64, n - 2, n - 1]]))
        golden = sample(run(str(ASSETS / "demo-model"), ids[:n]), ids[:n], rows, np.array([1, 64, n - 1]), np.array([n - 1]))
        goldens[f"demo-model-{n}.safetensors"] = golden
    return goldens


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--check", action="store_true")
    check = arguments.parse_args().check
    if not check:
        for file, golden in make(HERE).items():
            save_file({name: np.ascontiguousarray(array) for name, array in golden.items()}, HERE / file)
            print(file, (HERE / file).stat().st_size, "bytes")
        return 0
    import tempfile

    worst = 0.0
    with tempfile.TemporaryDirectory() as out:
        for file, golden in make(pathlib.Path(out)).items():
            kept = load_file(HERE / file)
            for name, array in golden.items():
                worst = max(worst, float(np.abs(array.astype(np.float64) - kept[name]).max()))
    print(f"largest difference from the committed goldens: {worst:.2e}")
    return 0 if worst <= 1e-4 else 1


if __name__ == "__main__":
    raise SystemExit(main())
