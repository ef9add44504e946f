"""Writes a Qwen2 of 0.5B's shape with random bfloat16 weights, for the prefill benchmark: time does not depend on what they are.

python random_qwen2.py FOLDER
"""

import sys

import torch
from transformers import Qwen2Config, Qwen2ForCausalLM

config = Qwen2Config(
    vocab_size=151936, hidden_size=896, intermediate_size=4864, num_hidden_layers=24, num_attention_heads=14, num_key_value_heads=2,
    max_position_embeddings=32768, tie_word_embeddings=True, rope_parameters={"rope_type": "default", "rope_theta": 1e6},
)
torch.manual_seed(0)
torch.set_default_dtype(torch.bfloat16)
Qwen2ForCausalLM(config).save_pretrained(sys.argv[1])
