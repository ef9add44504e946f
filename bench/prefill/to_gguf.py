"""Writes the weights of a Llama or Qwen2 folder as GGUF, for the llama.cpp peer of bench/prefill: no tokenizer, prompts are ids.

python to_gguf.py MODEL_DIR OUT.gguf f16|bf16

Needs gguf, numpy, safetensors and torch. Matrices take the asked type, norms and biases stay float32. bfloat16 weights are exact in bf16,
and rounded in f16 only where they are below its normal range.
"""

import json
import pathlib
import sys

import gguf
import torch
from safetensors import safe_open

LAYER = {
    "input_layernorm": "attn_norm", "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output", "post_attention_layernorm": "ffn_norm", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
OUTSIDE = {"model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output"}


def gguf_name(name: str) -> str:
    stem, kind = name.rsplit(".", 1)
    if stem in OUTSIDE:
        return f"{OUTSIDE[stem]}.{kind}"
    _, _, layer, part = stem.split(".", 3)
    return f"blk.{layer}.{LAYER[part]}.{kind}"


def interleaved(rows: torch.Tensor, heads: int) -> torch.Tensor:
    """llama.cpp turns neighbours (2 i, 2 i + 1) of a Llama head where the checkpoint's pairs are (i, i + d / 2)."""
    return rows.view(heads, 2, rows.shape[0] // heads // 2, -1).transpose(1, 2).reshape(rows.shape)


def main() -> None:
    folder, out, kind = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    config = json.loads((folder / "config.json").read_text())
    arch, heads = config["model_type"], config["num_attention_heads"]
    if arch not in ("llama", "qwen2") or config.get("rope_scaling"):
        raise SystemExit(f"only plain Llama and Qwen2 are converted, not {arch}")
    kv_heads = config.get("num_key_value_heads", heads)
    theta = config.get("rope_theta") or config["rope_parameters"]["rope_theta"]
    writer = gguf.GGUFWriter(out, arch)
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(heads)
    writer.add_head_count_kv(kv_heads)
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_rope_freq_base(theta)
    writer.add_rope_dimension_count(config["hidden_size"] // heads)
    writer.add_vocab_size(config["vocab_size"])
    writer.add_tokenizer_model("none")
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16 if kind == "f16" else gguf.LlamaFileType.MOSTLY_BF16)
    with safe_open(folder / "model.safetensors", "pt") as tensors:
        for name in tensors.keys():
            values = tensors.get_tensor(name).float()
            if arch == "llama" and (".q_proj." in name or ".k_proj." in name):
                values = interleaved(values, heads if ".q_proj." in name else kv_heads)
            if values.dim() == 1:
                writer.add_tensor(gguf_name(name), values.numpy())
            elif kind == "f16":
                writer.add_tensor(gguf_name(name), values.half().numpy())
            else:
                bits = values.bfloat16().contiguous().view(torch.uint8).numpy()
                writer.add_tensor(gguf_name(name), bits, raw_dtype=gguf.GGMLQuantizationType.BF16)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    main()
