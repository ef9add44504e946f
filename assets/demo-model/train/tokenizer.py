"""The tokenizer, byte-level BPE trained on generated text: python tokenizer.py OUT

Digits are single while it is trained, so that no merge of them depends on the corpus; then every group of two and three digits becomes a
token of its own and numbers are cut from the left into groups of three, as Llama 3 does. A number of seven digits is three tokens, each
nearly unique in a prompt: a head that copies seldom mistakes one place for another.
"""
import json
import os
import random
import sys

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers

from tasks import TASKS, Tasks

WORDS = 3072                              # before the 1,100 groups of digits
SPECIAL = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>"}


def corpus():
    tasks = Tasks(None)
    for i in range(5000):
        made = getattr(tasks, TASKS[i % len(TASKS)])(random.Random(f"tok/{i}"), 400, 3)
        if made:
            yield "".join(made[0]).replace("</s>", "")


def train():
    tok = Tokenizer(models.BPE())
    tok.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)])
    tok.decoder = decoders.ByteLevel()
    tok.train_from_iterator(corpus(), trainers.BpeTrainer(
        vocab_size=WORDS, special_tokens=["<pad>", "<s>", "</s>"], show_progress=False,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet())))
    bos = tok.token_to_id("<s>")
    tok.post_processor = processors.TemplateProcessing(single="<s> $A", pair="<s> $A $B", special_tokens=[("<s>", bos)])
    return tok


def with_digit_groups(tok):
    content = json.loads(tok.to_str())
    content["pre_tokenizer"]["pretokenizers"][0] = {
        "type": "Split", "pattern": {"Regex": "\\p{N}{1,3}"}, "behavior": "Isolated", "invert": False}
    vocabulary, merges = content["model"]["vocab"], content["model"]["merges"]
    for group in [f"{i:02d}" for i in range(100)] + [f"{i:03d}" for i in range(1000)]:
        vocabulary[group] = len(vocabulary)
        merges.extend([[group[:cut], group[cut:]] for cut in range(len(group) - 1, 0, -1)])
    return Tokenizer.from_str(json.dumps(content))


def write(out):
    """tokenizer.json and its companions, unless they are there."""
    os.makedirs(out, exist_ok=True)
    if os.path.exists(f"{out}/tokenizer.json"):
        return
    tok = with_digit_groups(train())
    tok.save(f"{out}/tokenizer.json")
    ids = {name.replace("token", "token_id"): tok.token_to_id(token) for name, token in SPECIAL.items()}
    files = {
        "tokenizer_config.json": {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 16384,
                                  "clean_up_tokenization_spaces": False, **SPECIAL},
        "special_tokens_map.json": SPECIAL,
        "generation_config.json": {**ids, "do_sample": False, "max_new_tokens": 48},
    }
    for name, content in files.items():
        with open(f"{out}/{name}", "w") as f:
            json.dump(content, f, indent=2)


if __name__ == "__main__":
    write(sys.argv[1])
