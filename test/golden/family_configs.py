"""The config.json of every family's tiny checkpoint, in the spelling that its published checkpoints have or that a new one would.

A family that transformers does not read in that spelling says under "as" what it is to transformers, and how its tensors are renamed.
"""
from __future__ import annotations

SIZES = {"vocab_size": 48, "hidden_size": 24, "intermediate_size": 40, "num_hidden_layers": 2, "num_attention_heads": 4, "num_key_value_heads": 2,
         "max_position_embeddings": 4096, "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0}
WIDE = {**SIZES, "hidden_size": 32}  # where head_dim is hidden / heads
SHORT, LONG = [1.0, 1.05, 1.1, 1.3], [1.0, 1.7, 4.2, 9.5]


def config(model_type: str, *parts: dict, **more) -> dict:
    merged = {"model_type": model_type, "torch_dtype": "bfloat16"}
    for part in [*parts, more]:
        merged |= part
    return merged


GLM = dict(**SIZES, head_dim=16, attention_bias=True, rms_norm_eps=1.5625e-07, rope_theta=10000.0, partial_rotary_factor=0.5)

# (in GLM, in ChatGLM); the first three are rows of one fused tensor.
CHATGLM_NAMES = [
    ("model.embed_tokens.weight", "transformer.embedding.word_embeddings.weight"),
    ("model.norm.weight", "transformer.encoder.final_layernorm.weight"),
    ("lm_head.weight", "transformer.output_layer.weight"),
    ("model.layers.", "transformer.encoder.layers."),
    ("self_attn.o_proj", "self_attention.dense"),
    ("mlp.gate_up_proj", "mlp.dense_h_to_4h"),
    ("mlp.down_proj", "mlp.dense_4h_to_h"),
]


def to_chatglm(weights: dict) -> dict:
    import torch

    out = {}
    for name, tensor in weights.items():
        if ".k_proj." in name or ".v_proj." in name:
            continue
        if ".q_proj." in name:
            tensor = torch.cat([weights[name.replace(".q_proj.", part)] for part in (".q_proj.", ".k_proj.", ".v_proj.")])
            name = name.replace("self_attn.q_proj", "self_attention.query_key_value")
        for old, new in CHATGLM_NAMES:
            name = name.replace(old, new)
        out[name] = tensor
    return out


def from_chatglm(weights: dict) -> dict:
    out = {}
    for name, tensor in weights.items():
        for old, new in CHATGLM_NAMES:
            name = name.replace(new, old)
        if "query_key_value" not in name:
            out[name] = tensor
            continue
        for part, rows in zip(("q", "k", "v"), tensor.split([64, 32, 32])):
            out[name.replace("self_attention.query_key_value", f"self_attn.{part}_proj")] = rows
    return out


FAMILIES = {
    "llama-linear": {"config": config("llama", WIDE, rope_theta=10000.0, rope_scaling={"type": "linear", "factor": 2.5})},
    "llama-dynamic": {"config": config("llama", WIDE, max_position_embeddings=256, rope_theta=1000.0,
                                       rope_scaling={"rope_type": "dynamic", "factor": 3.0})},
    "llama-yarn": {"config": config("llama", SIZES, head_dim=16, rope_parameters={
        "rope_type": "yarn", "rope_theta": 10000.0, "factor": 8.0, "original_max_position_embeddings": 64, "mscale": 1.2, "mscale_all_dim": 0.7,
        "beta_fast": 24.0, "truncate": False})},
    "qwen2": {"config": config("qwen2", WIDE, rope_theta=1000000.0, use_sliding_window=False, sliding_window=4096, max_window_layers=1,
                               tie_word_embeddings=True)},
    "qwen2-yarn-window": {"config": config("qwen2", WIDE, rope_theta=1000000.0, use_sliding_window=True, sliding_window=50, max_window_layers=1,
                                           rope_scaling={"type": "yarn", "factor": 4.0, "original_max_position_embeddings": 128},
                                           dual_chunk_attention_config={"chunk_size": 64, "local_size": 8})},
    "qwen3": {"config": config("qwen3", SIZES, head_dim=16, rope_parameters={"rope_type": "default", "rope_theta": 1000000.0})},
    "mistral": {"config": config("mistral", WIDE, rope_theta=10000.0, sliding_window=40)},
    "phi3": {"config": config("phi3", WIDE, max_position_embeddings=2048, original_max_position_embeddings=256, rope_theta=10000.0, sliding_window=100,
                              rope_scaling={"type": "longrope", "short_factor": SHORT, "long_factor": LONG})},
    "phi4-mini": {"config": config("phi3", WIDE, hidden_size=64, num_key_value_heads=1, original_max_position_embeddings=64, partial_rotary_factor=0.75,
                                   tie_word_embeddings=True, rope_parameters={
                                       "rope_type": "longrope", "rope_theta": 10000.0, "short_factor": [*SHORT, 1.4, 1.5],
                                       "long_factor": [*LONG, 12.0, 20.0]})},
    "glm": {"config": config("glm", GLM)},
    "glm4": {"config": config("glm4", GLM, tie_word_embeddings=False)},
    "chatglm": {
        "config": config("chatglm", hidden_size=24, ffn_hidden_size=40, num_layers=2, num_attention_heads=4, multi_query_attention=True,
                         multi_query_group_num=2, kv_channels=16, padded_vocab_size=48, layernorm_epsilon=1.5625e-07, seq_length=4096,
                         rope_ratio=50, add_qkv_bias=True, add_bias_linear=False, rmsnorm=True, post_layer_norm=True, original_rope=True,
                         apply_residual_connection_post_layernorm=False, tie_word_embeddings=False),
        "as": dict(model_type="glm", **{**GLM, "rope_theta": 500000.0}), "rename": to_chatglm, "unname": from_chatglm,
    },
    "gemma": {"config": config("gemma", SIZES, head_dim=16, hidden_act="gelu", rope_theta=10000.0)},
    "gemma2": {"config": config("gemma2", SIZES, head_dim=16, rope_theta=10000.0, sliding_window=40, query_pre_attn_scalar=12,
                                attn_logit_softcapping=5.0, final_logit_softcapping=4.0)},
    "gemma3": {"config": config("gemma3_text", SIZES, num_hidden_layers=3, head_dim=16, rope_theta=1000000.0, rope_local_base_freq=10000.0,
                                rope_scaling={"rope_type": "linear", "factor": 8.0}, sliding_window=40, sliding_window_pattern=3,
                                query_pre_attn_scalar=20)},
    "granite": {"config": config("granite", WIDE, rope_theta=10000.0, embedding_multiplier=3.0, residual_multiplier=0.6, attention_multiplier=0.3,
                                 logits_scaling=2.5, tie_word_embeddings=True)},
    "olmo2": {"config": config("olmo2", WIDE, rope_theta=500000.0)},
    "smollm3": {"config": config("smollm3", WIDE, rope_theta=2000000.0, no_rope_layers=[1, 0])},
    "mixtral": {"config": config("mixtral", WIDE, intermediate_size=16, num_local_experts=5, num_experts_per_tok=2, sliding_window=None)},
    "qwen3-moe": {"config": config("qwen3_moe", SIZES, head_dim=16, moe_intermediate_size=16, num_experts=6, num_experts_per_tok=3,
                                   norm_topk_prob=True, mlp_only_layers=[0])},
    "mixtral-window": {"config": config("mixtral", WIDE, intermediate_size=16, num_local_experts=3, num_experts_per_tok=1, sliding_window=50,
                                        tie_word_embeddings=True)},
    "qwen3-moe-step": {"config": config("qwen3_moe", SIZES, num_hidden_layers=3, head_dim=16, moe_intermediate_size=16, num_experts=4,
                                        num_experts_per_tok=2, norm_topk_prob=False, decoder_sparse_step=2, use_sliding_window=True,
                                        sliding_window=70)},
}
