#!/usr/bin/env python3
"""Goldens of every family the engine opens, from transformers in float32: tiny random checkpoints and what they compute.

    python test/golden/make_family_goldens.py [--check] [--only NAME] [--lengths 4100 --out FOLDER]

Writes test/golden/families/NAME/{config.json,model.safetensors,golden.safetensors}. --check writes nothing and compares what it
would write with what is there. --lengths and --out make goldens of other lengths from the committed checkpoints, for
HEADSCOPE_GOLDENS=FOLDER npx vitest run test/golden/families.test.ts.
Needs torch, transformers, safetensors, numpy. See README.md for the versions used.
"""
from __future__ import annotations

import argparse
import json
import pathlib
import sys

import numpy as np
import torch
from safetensors.numpy import load_file, save_file
from safetensors.torch import load_file as load_torch, save_file as save_torch
from transformers import AutoConfig, AutoModelForCausalLM

HERE = pathlib.Path(__file__).resolve().parent
FOLDER = HERE / "families"
sys.path.insert(0, str(HERE))
from family_configs import FAMILIES  # noqa: E402
from family_model import run  # noqa: E402

LENGTHS = (1, 2, 63, 64, 65, 300, 1025)


def tokens(n: int, vocab: int) -> list[int]:
    """The same in families.test.ts."""
    return [(i * i * 7 + i * 3 + 5) % 1009 % vocab for i in range(n)]


def random_weights(model: torch.nn.Module, seed: int) -> dict[str, torch.Tensor]:
    """Large enough that heads differ and softmax rows are far from uniform; norms around what leaves a value as it is."""
    generator = torch.Generator().manual_seed(seed)
    gemma = model.config.model_type.startswith("gemma")
    out = {}
    for name, tensor in model.state_dict().items():
        values = torch.randn(tensor.shape, generator=generator)
        if "norm" in name:
            values = (0.0 if gemma else 1.0) + values * 0.2
        elif name.endswith(".bias"):
            values *= 0.3
        elif "embed_tokens" in name:
            values *= 0.3 if gemma else 1.0
        elif tensor.dim() >= 2:
            values *= 1.5 * tensor.shape[-1] ** -0.5
        out[name] = values.to(torch.bfloat16)
    return out


def write_checkpoint(folder: pathlib.Path, family: dict, seed: int) -> None:
    """The config as the family's published checkpoints spell it, and weights by the names they use."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(family["config"], indent=1) + "\n")
    model = build(family, folder)
    model.load_state_dict(random_weights(model, seed))
    model.to(torch.bfloat16).save_pretrained(folder / "as_saved")
    weights = load_torch(folder / "as_saved" / "model.safetensors")
    for file in (folder / "as_saved").iterdir():
        file.unlink()
    (folder / "as_saved").rmdir()
    weights = family.get("rename", lambda w: w)(weights)
    save_torch({name: tensor.contiguous() for name, tensor in weights.items()}, folder / "model.safetensors", metadata={"format": "pt"})


def build(family: dict, folder: pathlib.Path) -> torch.nn.Module:
    config = AutoConfig.for_model(**family["as"]) if "as" in family else AutoConfig.from_pretrained(folder)
    return AutoModelForCausalLM.from_config(config)


def load(family: dict, folder: pathlib.Path) -> torch.nn.Module:
    """In float32. Checkpoints in a spelling that transformers does not read are given back their names first."""
    if "as" not in family:
        return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
    model = build(family, folder)
    model.load_state_dict({name: tensor.float() for name, tensor in family["unname"](load_torch(folder / "model.safetensors")).items()})
    model.set_attn_implementation("eager")
    return model.float().eval()


def golden(model: torch.nn.Module, lengths: tuple[int, ...]) -> dict[str, np.ndarray]:
    """For every length the last row, and two more of the longer ones."""
    arrays = {"lengths": np.array(lengths, np.int32)}
    vocab = model.config.get_text_config().vocab_size
    for n in lengths:
        rows = sorted({0, n // 2, n - 1} if n > 65 else {n - 1})
        result = run(model, tokens(n, vocab), rows)
        arrays |= {f"rows.{n}": np.array(rows, np.int32)} | {f"{name}.{n}": value for name, value in result.items()}
    return arrays


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--check", action="store_true")
    arguments.add_argument("--only")
    arguments.add_argument("--lengths", type=int, nargs="+")
    arguments.add_argument("--out", type=pathlib.Path)
    asked = arguments.parse_args()
    worst = 0.0
    for seed, (name, family) in enumerate(FAMILIES.items()):
        if asked.only and asked.only != name:
            continue
        folder = FOLDER / name
        if not asked.check and not asked.out:
            write_checkpoint(folder, family, 2000 + seed)
        made = golden(load(family, folder), tuple(asked.lengths or LENGTHS))
        if asked.check:
            kept = load_file(folder / "golden.safetensors")
            difference = max(float(np.abs(array.astype(np.float64) - kept[key]).max()) for key, array in made.items())
            worst = max(worst, difference)
            print(f"{name}: {difference:.2e}")
            continue
        to = (asked.out / name if asked.out else folder) / "golden.safetensors"
        to.parent.mkdir(parents=True, exist_ok=True)
        save_file({key: np.ascontiguousarray(array) for key, array in made.items()}, to)
        print(name, *(file.stat().st_size for file in sorted(folder.iterdir())), "bytes")
    if asked.check:
        print(f"largest difference from the committed goldens: {worst:.2e}")
    return 0 if worst <= 1e-4 else 1


if __name__ == "__main__":
    raise SystemExit(main())
