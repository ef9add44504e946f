"""How Hugging Face's `tokenizers` sorts every code point -> code-points.json.gz.

    pip install tokenizers==0.23.3 && python test/golden/tokenizers/make_code_points_golden.py

classes: what a regular expression matches, [begin, end) pairs of positions among all code points but the surrogates.
normalizers: the code points (hex) that one changes, with what it makes of them; runs it drops as "first-last".
"""
import gzip
import json
import os
import sys

import tokenizers
from tokenizers import Regex, normalizers, pre_tokenizers

POINTS = [point for point in range(0x110000) if not 0xD800 <= point < 0xE000]
EVERYTHING = "".join(map(chr, POINTS))

CLASSES = [r"\w", r"\s", r"\d", r"\h", "."] + [rf"\p{{{name}}}" for name in "L N P S M Z Lu Ll Lt Lm Lo Nd Nl No Mn Mc Pc Pd Po Sm Sc Sk Cc Cf Co Han Hiragana Hangul Latin Arabic Alphabetic White_Space".split()]
CLASSES += [f"[[:{name}:]]" for name in "alpha alnum punct space upper lower cntrl blank graph print word digit xdigit".split()]
CLASSES += [r"(?i:s)", r"(?i:k)", "(?i:[a-z])", "(?i:é)", r"[^\s\p{L}\p{N}]", r"[\p{L}&&[^a-z]]", r"\P{L}", r"\p{^N}", r"[^\W_]"]


def bert(**options):
    return normalizers.BertNormalizer(**{**dict(clean_text=False, handle_chinese_chars=False, strip_accents=False, lowercase=False), **options})


NORMALIZERS = {
    "clean": bert(clean_text=True),
    "chinese": bert(handle_chinese_chars=True),
    "accents": bert(strip_accents=True),
    "StripAccents": normalizers.StripAccents(),
    "Lowercase": normalizers.Lowercase(),
    "Nmt": normalizers.Nmt(),
    "NFC": normalizers.NFC(),
    "NFD": normalizers.NFD(),
    "NFKC": normalizers.NFKC(),
    "NFKD": normalizers.NFKD(),
}


def pieces(splitter):
    return [edge for _, (begin, end) in splitter.pre_tokenize_str(EVERYTHING) for edge in (begin, end)]


def changed(normalizer):
    result, run = {}, []

    def end_run():
        if run:
            result[f"{run[0]:x}-{run[-1]:x}"] = ""
        run.clear()

    for point in POINTS:
        if 0xAC00 <= point < 0xD7A4:
            continue  # Hangul goes by rule
        text = normalizer.normalize_str(chr(point))
        if text == "" and (not run or run[-1] == point - 1):
            run.append(point)
            continue
        end_run()
        if text == "":
            run.append(point)
        elif text != chr(point):
            result[f"{point:x}"] = text
    end_run()
    return result


classes = {pattern: pieces(pre_tokenizers.Split(Regex(f"(?:{pattern})+"), "removed", True)) for pattern in CLASSES}
classes["not punctuation"] = pieces(pre_tokenizers.Punctuation("removed"))
classes["not white space"] = pieces(pre_tokenizers.WhitespaceSplit())
golden = dict(tokenizers=tokenizers.__version__, classes=classes, normalizers={name: changed(each) for name, each in NORMALIZERS.items()})
path = os.path.join(sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__)), "code-points.json.gz")
with open(path, "wb") as out:
    out.write(gzip.compress(json.dumps(golden, ensure_ascii=False, separators=(",", ":")).encode(), 9, mtime=0))
print(path, os.path.getsize(path), "bytes")
