"""Runs a Llama checkpoint in transformers, float32 on the CPU, and keeps what the goldens need.

The attention is transformers' own (SDPA); a wrapper around it only records q, k and v after RoPE. LSE is the log-sum-exp of
q k^T / sqrt(d) over the causal keys, computed here in float64 from those float32 q and k.
"""
from __future__ import annotations

import numpy as np
import torch
from transformers import LlamaForCausalLM
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import ALL_MASK_ATTENTION_FUNCTIONS, sdpa_mask
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

RECORDED: list[tuple[torch.Tensor, torch.Tensor, torch.Tensor]] = []


def recording_attention(module, query, key, value, attention_mask, **kwargs):
    RECORDED.append((query[0].clone(), key[0].clone(), value[0].clone()))
    return sdpa_attention_forward(module, query, key, value, attention_mask, **kwargs)


ALL_ATTENTION_FUNCTIONS.register("recording", recording_attention)
ALL_MASK_ATTENTION_FUNCTIONS.register("recording", sdpa_mask)


def causal_lse(q: torch.Tensor, k: torch.Tensor, rows: np.ndarray) -> np.ndarray:
    """q [H, N, d], k [Hkv, N, d] -> [H, len(rows)] float64 natural log."""
    heads, n, d = q.shape
    k = k.repeat_interleave(heads // k.shape[0], 0).double()
    picked = torch.as_tensor(rows)
    scores = q.double()[:, picked] @ k.transpose(1, 2) / d**0.5
    scores.masked_fill_(torch.arange(n)[None, None, :] > picked[None, :, None], -torch.inf)
    return torch.logsumexp(scores, -1).numpy()


def run(folder: str, tokens: list[int]) -> dict[str, object]:
    """logits [N, vocab], hidden [layers + 1, N, D] (each layer's input, then the final norm's), and per layer (q, k, v)."""
    model = LlamaForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="recording").eval()
    inputs: list[torch.Tensor] = []

    def keep(_module, args, kwargs):
        inputs.append((args[0] if args else kwargs["hidden_states"])[0].clone())

    for module in [*model.model.layers, model.model.norm]:
        module.register_forward_pre_hook(keep, with_kwargs=True)
    RECORDED.clear()
    with torch.no_grad():
        logits = model(torch.tensor([tokens]), use_cache=False).logits[0]
    assert len(inputs) == len(model.model.layers) + 1 and len(RECORDED) == len(model.model.layers)
    return {"logits": logits, "hidden": torch.stack(inputs), "layers": list(RECORDED), "config": model.config}
