// What a family's checkpoints call the tensors of each role.

/** Names without their .weight. Those of a layer follow `layer` and its number and a dot. */
export interface TensorNames {
  /** Tried in this order before embedding, finalNorm and the layers. */
  prefixes: readonly string[];
  embedding: string;
  finalNorm: string;
  /** Whole names, tried in this order. */
  lmHead: readonly string[];
  /** Before the layer's number: 'layers.' */
  layer: string;
  /** One projection each, or all q, all k, all v in one. */
  attention: { q: string; k: string; v: string; o: string } | { qkv: string; o: string };
  /** One projection each, or gate and then up in one. */
  mlp: { gate: string; up: string; down: string } | { gateUp: string; down: string };
  inputNorm: string;
  qNorm: string;
  kNorm: string;
  attentionOutNorm: string;
  postNorm: string;
  mlpOutNorm: string;
  router: string;
  /** Expert n's tensors are experts + n + '.' + the name. */
  experts: string;
  expert: { gate: string; up: string; down: string };
}

export const LLAMA_NAMES: TensorNames = {
  prefixes: ['model.', ''],
  embedding: 'embed_tokens',
  finalNorm: 'norm',
  lmHead: ['lm_head', 'model.lm_head'],
  layer: 'layers.',
  attention: { q: 'self_attn.q_proj', k: 'self_attn.k_proj', v: 'self_attn.v_proj', o: 'self_attn.o_proj' },
  mlp: { gate: 'mlp.gate_proj', up: 'mlp.up_proj', down: 'mlp.down_proj' },
  inputNorm: 'input_layernorm',
  qNorm: 'self_attn.q_norm',
  kNorm: 'self_attn.k_norm',
  attentionOutNorm: 'post_attention_layernorm',
  postNorm: 'post_attention_layernorm',
  mlpOutNorm: 'post_feedforward_layernorm',
  router: 'mlp.gate',
  experts: 'mlp.experts.',
  expert: { gate: 'gate_proj', up: 'up_proj', down: 'down_proj' },
};
