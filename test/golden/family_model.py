"""Runs any causal model of transformers in float32 on the CPU and keeps what the family goldens need.

The attention is transformers' own eager one; a wrapper around it records q and k after norm and RoPE. LSE is computed here in
float64 from them: log-sum-exp of the scores after scale, soft cap and window, which the wrapper takes from the call.
"""
from __future__ import annotations

import sys

import numpy as np
import torch

RECORDED: list[tuple[torch.Tensor, torch.Tensor, float, float | None, torch.Tensor]] = []


def record(module: torch.nn.Module) -> None:
    """Puts the wrapper in place of eager_attention_forward in the module that defines this model's attention."""
    space = sys.modules[type(module).__module__]
    own = space.eager_attention_forward
    if getattr(own, "records", False):
        return

    def recording(attention, query, key, value, mask, scaling=None, softcap=None, **rest):
        RECORDED.append((query[0].clone(), key[0].clone(), scaling, softcap, mask))
        more = {} if softcap is None else {"softcap": softcap}
        return own(attention, query, key, value, mask, scaling=scaling, **more, **rest)

    recording.records = True
    space.eager_attention_forward = recording


def lse(q: torch.Tensor, k: torch.Tensor, scale: float, cap: float | None, mask: torch.Tensor, rows: list[int]) -> np.ndarray:
    """[H, len(rows)]"""
    k = k.repeat_interleave(q.shape[0] // k.shape[0], 0).double()
    scores = q.double()[:, rows] @ k.transpose(1, 2) * scale
    if cap is not None:
        scores = cap * torch.tanh(scores / cap)
    if mask is not None:
        scores = scores.masked_fill(mask[0, 0][rows][None] < 0, -torch.inf)
    return torch.logsumexp(scores, -1).numpy().astype(np.float32)


def run(model: torch.nn.Module, tokens: list[int], rows: list[int]) -> dict[str, np.ndarray]:
    """At `rows`: logits [R, vocab]; hidden [layers + 1, R, D], each layer's input and then the final norm's; q [layers, H, R, d],
    k [layers, G, R, d], lse [layers, H, R]; and top1, the most likely token of every row, [N]."""
    inputs: list[torch.Tensor] = []
    decoder = model.model
    record(decoder.layers[0].self_attn)

    def keep(_module, args, kwargs):
        inputs.append((args[0] if args else kwargs["hidden_states"])[0].clone())

    hooks = [module.register_forward_pre_hook(keep, with_kwargs=True) for module in [*decoder.layers, decoder.norm]]
    RECORDED.clear()
    with torch.no_grad():
        logits = model(torch.tensor([tokens]), use_cache=False).logits[0]
    for hook in hooks:
        hook.remove()
    assert len(inputs) == len(decoder.layers) + 1 and len(RECORDED) == len(decoder.layers)
    return {
        "logits": logits[rows].numpy(), "top1": logits.argmax(-1).to(torch.int32).numpy(),
        "hidden": torch.stack(inputs)[:, rows].numpy(),
        "q": torch.stack([q[:, rows] for q, *_ in RECORDED]).numpy(), "k": torch.stack([k[:, rows] for _, k, *_ in RECORDED]).numpy(),
        "lse": np.stack([lse(*recorded, rows) for recorded in RECORDED]),
    }
