"""What Hugging Face's `tokenizers` makes of hard strings -> one NAME.json.gz a pipeline, texts.json.

    pip install tokenizers==0.23.3 && python test/golden/tokenizers/make_tokenizers_golden.py

A case is [ids, offsets, plain, decoded, skipped]: ids with special tokens, their offsets in code points (flat: begin, end, ...), how many
of the ids remain without special tokens and their offsets if they differ (null: the same with the added ones cut), the text of the ids
with and without special tokens (null where it is the input itself).
"""
import gzip
import json
import os
import sys

import tokenizers

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from corpus import TEXTS
from pipelines import PIPELINES


def case(tokenizer, text):
    whole = tokenizer.encode(text)
    plain = tokenizer.encode(text, add_special_tokens=False)
    same = lambda decoded: None if decoded == text else decoded
    return [
        whole.ids,
        [edge for pair in whole.offsets for edge in pair],
        plain.ids if plain.ids != whole.ids else None,
        same(tokenizer.decode(whole.ids, skip_special_tokens=False)),
        same(tokenizer.decode(whole.ids, skip_special_tokens=True)),
    ]


def main(here):
    total = 0
    files = {"texts.json": (json.dumps(TEXTS, ensure_ascii=True) + "\n").encode()}
    for name, make in PIPELINES.items():
        tokenizer = tokenizers.Tokenizer.from_str(make().to_str())
        golden = dict(
            tokenizers=tokenizers.__version__, tokenizer=json.loads(tokenizer.to_str()), cases=[case(tokenizer, text) for text in TEXTS]
        )
        text = json.dumps(golden, ensure_ascii=False, separators=(",", ":"))
        files[f"{name}.json.gz"] = gzip.compress(text.encode(), 9, mtime=0)
    for name, content in files.items():
        with open(os.path.join(here, name), "wb") as out:
            out.write(content)
        total += len(content)
    print(len(TEXTS), "texts,", len(PIPELINES), "pipelines,", total, "bytes")


main(sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__)))
