"""Rotary frequencies of transformers' LlamaRotaryEmbedding for configs in both spellings -> rope.json.

    pip install torch transformers && python test/golden/make_rope_golden.py

Each case is a config.json (only the keys that matter) and the float32 bits of inv_freq.
"""
import copy
import json
import os
import tempfile

import torch
import transformers
from transformers import AutoConfig
from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding

BASE = dict(model_type="llama", hidden_size=256, num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=131072)
LLAMA3 = dict(factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0)
CASES = {
    "nothing given": {},
    "theta at top level": dict(rope_theta=500000.0),
    "rope_scaling null": dict(rope_theta=1e6, rope_scaling=None),
    "empty rope_scaling leaves rope_parameters": dict(rope_theta=1e6, rope_scaling={}, rope_parameters=dict(rope_type="default", rope_theta=777.0)),
    "rope_parameters default": dict(rope_parameters=dict(rope_type="default", rope_theta=25000.0)),
    "rope_parameters beats the top level": dict(rope_theta=1e6, rope_parameters=dict(rope_type="default", rope_theta=25000.0)),
    "rope_scaling beats rope_parameters and takes the top theta": dict(
        rope_theta=1e6, rope_scaling=dict(rope_type="default"), rope_parameters=dict(rope_type="default", rope_theta=25000.0)
    ),
    "rope_scaling without any theta drops that of rope_parameters": dict(
        rope_scaling=dict(rope_type="default"), rope_parameters=dict(rope_type="default", rope_theta=25000.0)
    ),
    "rope_type beats type": dict(rope_theta=1e6, rope_scaling=dict(type="llama3", rope_type="default")),
    "llama3, old spelling": dict(rope_theta=500000.0, rope_scaling=dict(type="llama3", original_max_position_embeddings=8192, **LLAMA3)),
    "llama3, new spelling": dict(rope_parameters=dict(rope_type="llama3", rope_theta=500000.0, original_max_position_embeddings=8192, **LLAMA3)),
    "llama3, 3.2 factors, d=128": dict(
        head_dim=128,
        rope_theta=500000.0,
        rope_scaling=dict(rope_type="llama3", original_max_position_embeddings=8192, factor=32.0, low_freq_factor=1.0, high_freq_factor=4.0),
    ),
    "llama3 without the original length": dict(rope_theta=500000.0, rope_scaling=dict(rope_type="llama3", **LLAMA3)),
    "llama3 with the original length at top level": dict(
        rope_theta=500000.0, original_max_position_embeddings=4096, rope_scaling=dict(rope_type="llama3", **LLAMA3)
    ),
    "llama3, odd factors": dict(
        rope_theta=123456.789, rope_scaling=dict(rope_type="llama3", original_max_position_embeddings=3000, factor=3.7, low_freq_factor=0.9, high_freq_factor=5.3)
    ),
    "d=32": dict(head_dim=32, rope_theta=1000000.0),
    "d=80": dict(head_dim=80, rope_theta=100000.0),
    "d=256": dict(head_dim=256, rope_theta=10000.0),
}


def frequencies(config):
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "config.json"), "w") as out:
            json.dump(config, out)
        return LlamaRotaryEmbedding(AutoConfig.from_pretrained(folder)).inv_freq


cases = []
for name, extra in CASES.items():
    config = {**BASE, **copy.deepcopy(extra)}
    bits = frequencies(config).to(torch.float32).view(torch.int32)
    cases.append(dict(name=name, config=config, inverseFrequencyBits=bits.tolist()))

path = os.path.join(os.path.dirname(__file__), "rope.json")
with open(path, "w") as out:
    json.dump(dict(transformers=transformers.__version__, torch=torch.__version__, cases=cases), out)
    out.write("\n")
print(path, os.path.getsize(path), "bytes")
