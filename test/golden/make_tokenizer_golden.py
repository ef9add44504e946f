"""Ids and texts of Hugging Face's own tokenizers library on the bundled model -> tokenizer.json.

    pip install tokenizers && python test/golden/make_tokenizer_golden.py
"""
import hashlib
import json
import os

import tokenizers

here = os.path.dirname(os.path.abspath(__file__))
root = os.path.dirname(os.path.dirname(here))
tokenizer = tokenizers.Tokenizer.from_file(os.path.join(root, "assets", "demo-model", "tokenizer.json"))

TEXTS = [
    "",
    " ",
    "a",
    "hello world",
    "  two  spaces  ",
    "line one\nline two\r\n\ttabbed",
    "value 12345, 007 and 3.14159",
    "don't can't we'll they've",
    "Ünïcödé naïve café",
    "e\u0301 combining, \u212b angstrom",
    "漢字 かな 한국어",
    "emoji 🙂👩‍👩‍👧 flags 🇩🇪",
    "\ufeffbyte order mark",
    "zero\u200bwidth and nbsp\u00a0here",
    "<s>inside</s> the <pad> text",
    "<s",
    "x" * 300,
    "def f(x):\n    return {'a': [1, 2, 3]}\n",
    "VAR ABCDE = 12345 ; VAR FGHIJ = ABCDE",
    "\x00\x01\x7f control",
]

cases = []
for text in TEXTS:
    encoding = tokenizer.encode(text)
    cases.append(dict(text=text, ids=encoding.ids, decoded=tokenizer.decode(encoding.ids, skip_special_tokens=False)))

prompts = []
for name in sorted(os.listdir(os.path.join(root, "assets", "prompts"))):
    if not name.endswith(".txt"):
        continue
    with open(os.path.join(root, "assets", "prompts", name), encoding="utf-8", newline="") as file:
        text = file.read()
    ids = tokenizer.encode(text).ids
    prompts.append(dict(name=name, count=len(ids), sha256=hashlib.sha256(",".join(map(str, ids)).encode()).hexdigest()))

path = os.path.join(here, "tokenizer.json")
with open(path, "w", encoding="utf-8") as out:
    json.dump(dict(tokenizers=tokenizers.__version__, vocabSize=tokenizer.get_vocab_size(), cases=cases, prompts=prompts), out, ensure_ascii=True)
    out.write("\n")
print(path, os.path.getsize(path), "bytes")
