"""How the weights begin: some heads start as what they would take millions of tokens to become. Training then changes all of them.

Layer 0, heads 0-4, look 1 to 5 tokens back and write what they find into channels of their own. All read the word through the same
projection P, so that what one found can be compared with what another found, or with the word at hand.
Layer 1, heads 0, 2, 4 and 6, look for the token whose past equals the present: each compares a few of the last words (SLOTS) in the
dimensions that do not rotate, and writes the word it lands on: induction (Olsson et al., 2022) over n-grams.
Heads 1, 3, 5 and 7 of layer 1 look at their own token and take its word away, or every answer would begin by repeating it.
Layer 2, heads 0 and 2, read backwards, for variables. Head 0, at the comma of "GB," finds the place behind "RT = GB" and writes what
stood three tokens back there: RT. Head 2, at the colon of "89069? Answer:", finds the place behind "GB = 89069" and writes GB.
All else in layers 2 and 3, every MLP, and heads 5-7 of layer 0 start random, and write nothing at first.
"""
import torch

LOOK_BACKS, CHANNELS = 5, 32          # heads that look back, and the channels each writes
# Per key-value head of layer 1: (tokens back from the query, dimensions). The key looks one further back: at what preceded it.
SLOTS = [[(0, 6), (3, 14)], [(0, 4), (1, 6), (2, 10)], [(0, 10), (1, 10)], [(0, 8), (4, 12)]]
CONSTANT, WORD = 7.0, 1.4             # channel 0 of every embedding, and the spread of the channels that tell words apart
NEAR, MATCH, COPY, REMOVE = 1.15, 2.2, 6.0, 1.5   # strengths: of positions, of matching, of the copy, of taking away
# Heads of layer 2: (tokens back at the query, the same at the key, dimensions), the back whose word must be "=", the back that is written.
BACKWARDS = [([(1, 1, 16)], 2, 3), ([(3, 1, 9), (4, 2, 9)], 4, 5)]
BACK_MATCH, EQUALS, BACK_COPY = 4.0, 4.5, 15.0    # strengths there: of matching, of being behind an equals sign, of the copy


@torch.no_grad()
def seed_heads(m, equals):
    """equals: the token " ="."""
    D, d = m.c.head_dim, m.c.hidden_size
    half, group = D // 2, m.c.num_attention_heads // m.c.num_key_value_heads
    words = d - LOOK_BACKS * CHANNELS                      # channels [1, words) hold the word, the rest what was looked up
    fast = (m.inv_freq > 1e-3).float()
    still = torch.tensor([i for i in range(D) if not fast[i % half]])
    basis = torch.linalg.qr(torch.randn(words - 1, words - 1))[0]

    def projection(rows):
        p = torch.zeros(len(rows), d)
        p[:, 1:words] = basis[rows]
        return p

    embedding = m.model.embed_tokens.weight
    embedding.normal_(0, WORD)
    embedding[:, 0] = CONSTANT
    embedding[:, words:] = 0
    P = projection(torch.arange(CHANNELS))

    def look(attention, head, back, strength):
        """The head's query asks for the position `back` tokens ago."""
        q = attention.q_proj.weight[head * D:(head + 1) * D]
        q.mul_(.05)
        q[:half, 0] = strength * fast * (m.inv_freq * back).cos()
        q[half:, 0] = -strength * fast * (m.inv_freq * back).sin()

    first, second = m.model.layers[0].self_attn, m.model.layers[1].self_attn
    for kv in range(-(-LOOK_BACKS // group)):
        k = first.k_proj.weight[kv * D:(kv + 1) * D]
        k.mul_(.05)
        k[:half, 0] = NEAR * fast
        first.v_proj.weight[kv * D:(kv + 1) * D] = P
    for head in range(LOOK_BACKS):
        look(first, head, head + 1, NEAR)
        to = words + CHANNELS * head
        first.o_proj.weight[to:to + CHANNELS, head * D:(head + 1) * D] = torch.eye(CHANNELS)

    def past(back):
        """Reads the word `back` tokens ago, in the terms of P."""
        if back == 0:
            return P
        read = torch.zeros(CHANNELS, d)
        read[torch.arange(CHANNELS), words + CHANNELS * (back - 1) + torch.arange(CHANNELS)] = 1
        return read

    def match(attention, head, kv, slots, strength):
        """The head compares what stood some tokens back at the query with what stood some back at the key. Returns the dimensions used."""
        q, k = attention.q_proj.weight[head * D:(head + 1) * D], attention.k_proj.weight[kv * D:(kv + 1) * D]
        q.mul_(.05)
        k.mul_(.05)
        at = 0
        for here, there, size in slots:
            mix = torch.linalg.qr(torch.randn(CHANNELS, size))[0].T * (CHANNELS / size) ** .25
            q[still[at:at + size]] = strength * mix @ past(here)
            k[still[at:at + size]] = strength * mix @ past(there)
            at += size
        return q, k, at

    third = m.model.layers[2].self_attn
    sign = P @ embedding[equals]
    for kv, (slots, before, written) in enumerate(BACKWARDS):
        q, k, at = match(third, kv * group, kv, slots, BACK_MATCH)
        q[still[at], 0] = EQUALS
        k[still[at]] = EQUALS * sign / sign.norm() @ past(before)
        third.v_proj.weight[kv * D:(kv + 1) * D] = past(written)
        third.o_proj.weight[:, kv * group * D:(kv * group + 1) * D] = BACK_COPY * P.T

    parts = [torch.arange(kv * 21, kv * 21 + D) % (words - 1) for kv in range(len(SLOTS))]
    shared = torch.zeros(words - 1)
    for rows in parts:
        shared[rows] += 1
    for kv, (slots, rows) in enumerate(zip(SLOTS, parts)):
        matching, own = kv * group, kv * group + 1
        _, k, _ = match(second, matching, kv, [(back, back + 1, size) for back, size in slots], MATCH)
        k[:half, 0] += 1.6 * NEAR * fast
        look(second, own, 0, 1.6 * NEAR)
        p = projection(rows)
        second.v_proj.weight[kv * D:(kv + 1) * D] = p
        second.o_proj.weight[:, matching * D:(matching + 1) * D] = COPY * p.T
        second.o_proj.weight[:, own * D:(own + 1) * D] = -REMOVE * (p / shared[rows][:, None]).T
