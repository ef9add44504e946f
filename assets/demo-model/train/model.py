"""A compact Llama in PyTorch whose weight names are those of Hugging Face's LlamaForCausalLM, so that `state_dict()` is the checkpoint."""
import math
from dataclasses import asdict, dataclass, field

import torch
import torch.nn as nn
import torch.nn.functional as F

import causal_attention


def far_sighted():
    """Llama 3's frequency scaling, used to the end: pairs of a wavelength above 1,024 tokens all but stand still, so that what a
    head looks for does not depend on how far away it is. The six fast pairs stay, and tell neighbours apart."""
    return dict(rope_type="llama3", factor=1024.0, low_freq_factor=4.0, high_freq_factor=8.0, original_max_position_embeddings=4096)


@dataclass
class Config:
    vocab_size: int = 4172
    hidden_size: int = 256
    intermediate_size: int = 384
    num_hidden_layers: int = 4
    num_attention_heads: int = 8
    num_key_value_heads: int = 4
    head_dim: int = 32
    rope_theta: float = 1e6
    rms_norm_eps: float = 1e-5
    max_position_embeddings: int = 16384
    rope_scaling: dict = field(default_factory=far_sighted)

    def hugging_face(self, bos, eos, pad):
        return {
            "architectures": ["LlamaForCausalLM"], "model_type": "llama", **asdict(self),
            "hidden_act": "silu", "attention_bias": False, "mlp_bias": False, "attention_dropout": 0.0,
            "tie_word_embeddings": True, "initializer_range": 0.02, "pretraining_tp": 1, "use_cache": True,
            "torch_dtype": "bfloat16", "bos_token_id": bos, "eos_token_id": eos, "pad_token_id": pad,
        }


def frequencies(c):
    """Radians a position of every rotary pair, [head_dim / 2]."""
    plain = c.rope_theta ** (-torch.arange(0, c.head_dim, 2).float() / c.head_dim)
    s = c.rope_scaling
    if not s:
        return plain
    whole, low, high = s["original_max_position_embeddings"], s["low_freq_factor"], s["high_freq_factor"]
    wavelength = 2 * math.pi / plain
    share = (whole / wavelength - low) / (high - low)
    blended = (1 - share) * plain / s["factor"] + share * plain
    return torch.where(wavelength > whole / low, plain / s["factor"], torch.where(wavelength < whole / high, plain, blended))


class RMSNorm(nn.Module):
    def __init__(self, width, eps):
        super().__init__()
        self.weight, self.eps = nn.Parameter(torch.ones(width)), eps

    def forward(self, x):
        return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + self.eps) * self.weight


def rotate(x, cos, sin):
    a, b = x.chunk(2, -1)
    return x * cos + torch.cat((-b, a), -1) * sin


class Attention(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.c = c
        linear = lambda inputs, outputs: nn.Linear(inputs, outputs, bias=False)
        queries, keys = c.num_attention_heads * c.head_dim, c.num_key_value_heads * c.head_dim
        self.q_proj, self.k_proj = linear(c.hidden_size, queries), linear(c.hidden_size, keys)
        self.v_proj, self.o_proj = linear(c.hidden_size, keys), linear(queries, c.hidden_size)

    def forward(self, x, cos, sin):
        """x: [B, N, hidden]; cos, sin: [B, N, 1, head_dim]."""
        c, (B, N, _) = self.c, x.shape
        H, G = c.num_attention_heads, c.num_key_value_heads
        weights = torch.cat((self.q_proj.weight, self.k_proj.weight, self.v_proj.weight))
        heads = F.linear(x, weights).view(B, N, -1, c.head_dim).float()
        turned = rotate(heads[:, :, :H + G], cos, sin)
        y = causal_attention.attend(turned[:, :, :H], turned[:, :, H:], heads[:, :, H + G:])
        return self.o_proj(y.reshape(B, N, -1))


class MLP(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.gate_proj = nn.Linear(c.hidden_size, c.intermediate_size, bias=False)
        self.up_proj = nn.Linear(c.hidden_size, c.intermediate_size, bias=False)
        self.down_proj = nn.Linear(c.intermediate_size, c.hidden_size, bias=False)

    def forward(self, x):
        gate, up = F.linear(x, torch.cat((self.gate_proj.weight, self.up_proj.weight))).chunk(2, -1)
        return self.down_proj(F.silu(gate) * up)


class Block(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.self_attn, self.mlp = Attention(c), MLP(c)
        self.input_layernorm = RMSNorm(c.hidden_size, c.rms_norm_eps)
        self.post_attention_layernorm = RMSNorm(c.hidden_size, c.rms_norm_eps)

    def forward(self, x, cos, sin):
        x = x + self.self_attn(self.input_layernorm(x), cos, sin)
        return x + self.mlp(self.post_attention_layernorm(x))


class Body(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.embed_tokens = nn.Embedding(c.vocab_size, c.hidden_size)
        self.layers = nn.ModuleList(Block(c) for _ in range(c.num_hidden_layers))
        self.norm = RMSNorm(c.hidden_size, c.rms_norm_eps)


class Llama(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.c, self.model = c, Body(c)
        for name, p in self.named_parameters():
            if p.dim() == 2:
                writes = "o_proj" in name or "down_proj" in name      # what writes to the residual starts at nothing
                nn.init.normal_(p, std=0. if writes else 1. if "embed" in name else 1 / math.sqrt(p.shape[1]))
        nn.init.constant_(self.model.norm.weight, 1 / 14)             # large embeddings, yet small logits
        self.register_buffer("inv_freq", frequencies(c), persistent=False)

    def hidden(self, ids, positions=None):
        """ids [B, N] -> what the output head reads, [B, N, hidden]."""
        if positions is None:
            positions = torch.arange(ids.shape[1], device=ids.device)[None]
        angles = positions[..., None].float() * self.inv_freq
        angles = torch.cat((angles, angles), -1)[:, :, None]
        cos, sin = angles.cos(), angles.sin()
        x = self.model.embed_tokens(ids)
        for layer in self.model.layers:
            x = layer(x, cos, sin)
        return self.model.norm(x)

    def logits(self, hidden):
        return hidden @ self.model.embed_tokens.weight.T
