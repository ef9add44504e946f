"""The pipelines of the published tokenizers that Headscope meets, each around a vocabulary trained here on a few sentences.

What decides how text is cut (normalizer, pre-tokenizer, post-processor, decoder, the model's flags) is as published; the vocabulary
is small and our own.
"""
import json

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from corpus import CORPUS

LLAMA3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
QWEN2 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
CL100K = r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+"
TEKKEN = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"
    r"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
O200K = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
DEEPSEEK_V3 = (
    r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+"
    r"| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
CLIP = r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"


def special(content, **options):
    return AddedToken(content, special=True, normalized=False, **options)


def split(pattern, behavior="isolated", invert=False):
    return pre_tokenizers.Split(Regex(pattern), behavior, invert)


def bytes_only():
    return pre_tokenizers.ByteLevel(add_prefix_space=False, trim_offsets=True, use_regex=False)


def begin_with(token, id):
    return processors.TemplateProcessing(single=f"{token} $A", pair=f"{token} $A {token}:1 $B:1", special_tokens=[(token, id)])


def trained(pre, normalizer=None, size=700, alphabet=True, tokens=(), **model):
    """A BPE whose first ids are `tokens`, trained behind `pre` and `normalizer`."""
    tokenizer = Tokenizer(models.BPE(**model))
    if pre is not None:
        tokenizer.pre_tokenizer = pre
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=list(tokens),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet() if alphabet else [],
        show_progress=False,
        limit_alphabet=len(pre_tokenizers.ByteLevel.alphabet()) if alphabet else 250,
        end_of_word_suffix=model.get("end_of_word_suffix") or "",
        continuing_subword_prefix=model.get("continuing_subword_prefix") or "",
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    return tokenizer


def byte_level(pre, normalizer=None, post=None, tokens=(), reserved=(), **model):
    tokenizer = trained(pre, normalizer, tokens=reserved, **model)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([special(token) if isinstance(token, str) else token for token in tokens])
    if post is not None:
        tokenizer.post_processor = post(tokenizer)
    return tokenizer


def bytes_trimmed(tokenizer=None):
    return processors.ByteLevel(add_prefix_space=True, trim_offsets=False)


def gpt2():
    return byte_level(pre_tokenizers.ByteLevel(add_prefix_space=False), None, bytes_trimmed, ["<|endoftext|>"])


def roberta():
    def post(tokenizer):
        return processors.RobertaProcessing(
            ("</s>", tokenizer.token_to_id("</s>")), ("<s>", tokenizer.token_to_id("<s>")), trim_offsets=True, add_prefix_space=True
        )

    tokens = ["<s>", "</s>", special("<mask>", lstrip=True)]
    return byte_level(pre_tokenizers.ByteLevel(add_prefix_space=True), None, post, tokens)


def llama3():
    def post(tokenizer):
        token = "<|begin_of_text|>"
        return processors.Sequence([processors.ByteLevel(trim_offsets=False), begin_with(token, tokenizer.token_to_id(token))])

    pre = pre_tokenizers.Sequence([split(LLAMA3), bytes_only()])
    tokens = ["<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"]
    return byte_level(pre, None, post, tokens, ignore_merges=True)


def qwen2():
    pre = pre_tokenizers.Sequence([split(QWEN2), bytes_only()])
    post = lambda _: processors.ByteLevel(add_prefix_space=False, trim_offsets=False)
    return byte_level(pre, normalizers.NFC(), post, ["<|endoftext|>", "<|im_start|>", "<|im_end|>"])


def cl100k():
    pre = pre_tokenizers.Sequence([split(CL100K), bytes_only()])
    return byte_level(pre, None, lambda _: processors.ByteLevel(trim_offsets=True), ["<|endoftext|>"], ignore_merges=True)


def o200k():
    pre = pre_tokenizers.Sequence([split(O200K), bytes_only()])
    return byte_level(pre, None, None, ["<|endoftext|>", "<|im_start|>"], ignore_merges=True)


def tekken():
    pre = pre_tokenizers.Sequence([split(TEKKEN), bytes_only()])
    post = lambda tokenizer: begin_with("<s>", tokenizer.token_to_id("<s>"))
    return byte_level(pre, None, post, ["<unk>", "<s>", "</s>", "[INST]", "[/INST]"], ignore_merges=True)


def deepseek():
    pre = pre_tokenizers.Sequence([split(r"\p{N}{1,3}"), split("[一-龥぀-ゟ゠-ヿ]+"), split(DEEPSEEK_V3), bytes_only()])
    begin = "<｜begin▁of▁sentence｜>"
    post = lambda tokenizer: begin_with(begin, tokenizer.token_to_id(begin))
    tokenizer = byte_level(pre, normalizers.Sequence([]), post, [begin, "<｜end▁of▁sentence｜>"])
    tokenizer.add_tokens([AddedToken("<think>", normalized=False), AddedToken("<｜User｜>", normalized=False)])
    return tokenizer


def deepseek_coder():
    pre = pre_tokenizers.Sequence(
        [
            split("[\r\n]"),
            split(r"\s?\p{L}+"),
            split(r"\s?\p{P}+"),
            split("[一-龥ࠀ-一가-퟿]+"),
            pre_tokenizers.Digits(individual_digits=True),
            bytes_only(),
        ]
    )
    return byte_level(pre, None, None, ["<｜begin▁of▁sentence｜>", "<|EOT|>"])


def smollm2():
    pre = pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    return byte_level(pre, None, None, ["<|endoftext|>", "<|im_start|>", "<|im_end|>"])


def bloom():
    pre = pre_tokenizers.Sequence([split(r" ?[^(\s|[.,!?…。，、।۔،])]+"), bytes_only()])
    return byte_level(pre, None, bytes_trimmed, ["<unk>", "<s>", "</s>", "<pad>"])


def clip():
    tokens = ["<|startoftext|>", "<|endoftext|>"]
    normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Lowercase()])
    pre = pre_tokenizers.Sequence([split(CLIP, "removed", True), pre_tokenizers.ByteLevel(add_prefix_space=False)])

    def post(tokenizer):
        ids = {token: tokenizer.token_to_id(token) for token in ("<|startoftext|>", "<|endoftext|>")}
        return processors.RobertaProcessing(
            ("<|endoftext|>", ids["<|endoftext|>"]), ("<|startoftext|>", ids["<|startoftext|>"]), trim_offsets=False, add_prefix_space=False
        )

    return byte_level(pre, normalizer, post, tokens, tokens, end_of_word_suffix="</w>", unk_token="<|endoftext|>")


def with_byte_fallback(normalizer, pre, decoder, tokens=(), size=900, fuse_unk=True):
    """A metaspace BPE as SentencePiece converts: <unk>, <s>, </s>, 256 byte tokens, then pieces."""
    base = ["<unk>", "<s>", "</s>"] + [f"<0x{byte:02X}>" for byte in range(256)]
    learned = trained(
        pre if pre is not None else pre_tokenizers.Split("▁", "merged_with_next"), normalizer, size=size, alphabet=False, tokens=base
    )
    model = json.loads(learned.to_str())["model"]
    merges = [tuple(merge) for merge in model["merges"]]
    bpe = models.BPE(vocab=model["vocab"], merges=merges, unk_token="<unk>", fuse_unk=fuse_unk, byte_fallback=True)
    tokenizer = Tokenizer(bpe)
    if normalizer is not None:
        tokenizer.normalizer = normalizer
    if pre is not None:
        tokenizer.pre_tokenizer = pre
    tokenizer.decoder = decoder
    tokenizer.add_special_tokens([special(token) for token in ("<unk>", "<s>", "</s>")])
    tokenizer.add_tokens(list(tokens))
    return tokenizer


def spaces_back(strip):
    steps = [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    return decoders.Sequence(steps + ([decoders.Strip(" ", 1, 0)] if strip else []))


LEGACY = lambda: normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])


def llama2():
    tokenizer = with_byte_fallback(LEGACY(), None, spaces_back(True))
    tokenizer.post_processor = begin_with("<s>", 1)
    return tokenizer


def metaspace_first():
    tokenizer = with_byte_fallback(None, pre_tokenizers.Metaspace("▁", "first", False), spaces_back(True))
    tokenizer.post_processor = begin_with("<s>", 1)
    return tokenizer


def metaspace_always():
    pre = pre_tokenizers.Metaspace("▁", "always", True)
    return with_byte_fallback(None, pre, decoders.Metaspace("▁", "always", True), fuse_unk=False)


def gemma():
    tokens = [AddedToken("<start_of_turn>", special=True, normalized=False), AddedToken("\n\n", normalized=False), AddedToken("▁▁▁▁", normalized=False)]
    tokenizer = with_byte_fallback(
        normalizers.Replace(" ", "▁"), pre_tokenizers.Split(" ", "merged_with_previous"), spaces_back(False), tokens
    )
    tokenizer.post_processor = begin_with("<s>", 1)
    return tokenizer


def phi3():
    tokens = [
        AddedToken("<|endoftext|>", special=True, normalized=False),
        AddedToken("<|assistant|>", special=True, normalized=False, rstrip=True),
        AddedToken("<|user|>", special=True, normalized=False, rstrip=True),
        AddedToken("<|end|>", special=True, normalized=False, rstrip=True),
    ]
    return with_byte_fallback(LEGACY(), None, spaces_back(True), tokens)


def trained_unigram(pre, normalizer, byte_fallback, tokens=()):
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre
    base = ["<unk>", "<s>", "</s>"] + ([f"<0x{byte:02X}>" for byte in range(256)] if byte_fallback else [])
    trainer = trainers.UnigramTrainer(vocab_size=600 if byte_fallback else 500, special_tokens=base, unk_token="<unk>", show_progress=False)
    tokenizer.train_from_iterator(CORPUS, trainer)
    state = json.loads(tokenizer.to_str())
    # Rounded, so that the golden file does not depend on the machine's libm.
    vocab = [(piece, round(score, 4)) for piece, score in state["model"]["vocab"]]
    tokenizer.model = models.Unigram(vocab, state["model"]["unk_id"], byte_fallback)
    tokenizer.add_tokens(list(tokens))
    return tokenizer


def unigram():
    normalizer = normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer = trained_unigram(pre_tokenizers.Metaspace("▁", "always", True), normalizer, False)
    tokenizer.decoder = decoders.Metaspace("▁", "always", True)
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", pair="$A </s> $B </s>", special_tokens=[("</s>", 2)])
    return tokenizer


def unigram_bytes():
    pre = pre_tokenizers.Metaspace("▁", "first", True)
    tokenizer = trained_unigram(pre, normalizers.Replace(Regex(" {2,}"), "▁"), True, [AddedToken("<extra_0>", special=True, normalized=False)])
    tokenizer.decoder = decoders.Sequence([decoders.ByteFallback(), decoders.Metaspace("▁", "first", True)])
    return tokenizer


def unigram_trimmed():
    """Unknown stretches read as their text, spaces included, when a post-processor trims offsets."""
    tokenizer = trained_unigram(None, normalizers.Nmt(), False)
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 1), trim_offsets=True, add_prefix_space=True)
    tokenizer.decoder = decoders.Fuse()
    return tokenizer


def word_classes():
    """\\w by itself and inside brackets are not the same set."""
    tokenizer = Tokenizer(models.WordLevel({"<unk>": 0, "the": 1, "▁": 2}, unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.pre_tokenizer = split(r"\w+|[^\w\s]+")
    tokenizer.decoder = decoders.Fuse()
    return tokenizer


def added_spaces():
    """Added tokens of spaces that take the spaces around them, and so each other."""
    tokenizer = trained(pre_tokenizers.Metaspace("▁", "first", True), alphabet=False, tokens=["<unk>"], unk_token="<unk>", fuse_unk=True)
    tokenizer.add_tokens([AddedToken("  ", lstrip=True, rstrip=True), AddedToken("\n", rstrip=True, normalized=False), AddedToken("\t", lstrip=True)])
    tokenizer.decoder = decoders.Metaspace("▁", "first", True)
    return tokenizer


def wordpiece(lowercase):
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(clean_text=True, handle_chinese_chars=True, strip_accents=None, lowercase=lowercase)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    trainer = trainers.WordPieceTrainer(vocab_size=700, special_tokens=tokens, show_progress=False, limit_alphabet=200)
    tokenizer.train_from_iterator(CORPUS, trainer)
    tokenizer.decoder = decoders.WordPiece("##", cleanup=lowercase)
    return tokenizer


def bert():
    tokenizer = wordpiece(True)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return tokenizer


def bert_cased():
    tokenizer = wordpiece(False)
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return tokenizer


def word_level():
    tokenizer = Tokenizer(models.WordLevel(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Strip(), normalizers.NFD(), normalizers.StripAccents()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Whitespace(), pre_tokenizers.Punctuation("contiguous")])
    trainer = trainers.WordLevelTrainer(vocab_size=300, special_tokens=["[UNK]"], show_progress=False)
    tokenizer.train_from_iterator(CORPUS, trainer)
    return tokenizer


def added():
    """Every flag an added token can have, behind normalizers that change what they match."""
    normalizer = normalizers.Sequence([normalizers.NFKD(), normalizers.StripAccents(), normalizers.Lowercase()])
    tokenizer = byte_level(pre_tokenizers.ByteLevel(add_prefix_space=False), normalizer, lambda _: processors.ByteLevel(trim_offsets=True))
    tokenizer.add_special_tokens([special("<s>"), special("<|left|>", lstrip=True), special("<|both|>", lstrip=True, rstrip=True)])
    tokenizer.add_tokens(
        [
            AddedToken("<|right|>", rstrip=True, normalized=False),
            AddedToken("word", single_word=True, normalized=False),
            AddedToken("Café", normalized=True),
            AddedToken("HELLO", normalized=True, single_word=True, lstrip=True),
            AddedToken("<s>>", normalized=False),
            AddedToken("日本", normalized=False, rstrip=True),
            AddedToken("ing", normalized=True),
        ]
    )
    return tokenizer


def plain_bpe():
    """A BPE without bytes: unknown characters, a prefix inside words, none of it fused."""
    tokenizer = trained(pre_tokenizers.WhitespaceSplit(), None, size=500, alphabet=False, tokens=["<unk>"], unk_token="<unk>", continuing_subword_prefix="@@")
    tokenizer.decoder = decoders.WordPiece("@@", cleanup=True)
    return tokenizer


def suffix_bpe():
    """The first GPT's kind: lower case, words that end in </w>."""
    tokenizer = trained(
        pre_tokenizers.BertPreTokenizer(),
        normalizers.BertNormalizer(lowercase=True),
        size=600,
        alphabet=False,
        tokens=["<unk>"],
        unk_token="<unk>",
        end_of_word_suffix="</w>",
    )
    tokenizer.decoder = decoders.BPEDecoder("</w>")
    return tokenizer


PIPELINES = {
    "gpt2": gpt2,
    "roberta": roberta,
    "llama3": llama3,
    "qwen2": qwen2,
    "cl100k": cl100k,
    "o200k": o200k,
    "tekken": tekken,
    "deepseek": deepseek,
    "deepseek-coder": deepseek_coder,
    "smollm2": smollm2,
    "bloom": bloom,
    "clip": clip,
    "llama2": llama2,
    "metaspace-first": metaspace_first,
    "metaspace-always": metaspace_always,
    "gemma": gemma,
    "phi3": phi3,
    "unigram": unigram,
    "unigram-bytes": unigram_bytes,
    "bert": bert,
    "bert-cased": bert_cased,
    "word-level": word_level,
    "added": added,
    "plain-bpe": plain_bpe,
    "suffix-bpe": suffix_bpe,
    "unigram-trimmed": unigram_trimmed,
    "word-classes": word_classes,
    "added-spaces": added_spaces,
}
