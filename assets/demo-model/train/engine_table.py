"""The card's first table, by the engine itself: python engine_table.py [MODEL] [--n 4096] [--count 200] [--task needle]

Held-out prompts are answered greedily three times: dense, with every head A-shape, and with the searched config. The prompt goes through
the model as the pattern says, and what it predicts is the first part of the answer; the rest is decoded densely (see docs/guide.md).
The config is the cheapest that keeps a recall on another held-out prompt; the recall is the highest of RECALLS whose density is within the
limit, which needs long prompts: at 1,024 tokens the window alone is half of the tiles. Blocks are left out: a mean over all rows lets a head
of few rows that matter (those of the answer) fall to blocks that miss the needle. With them the same search answered no prompt at all.
"""
import argparse
import json
import os
import tempfile

from tokenizers import Tokenizer

from engine import ROOT, headscope
from evaluate import text_and_answer
from tasks import TASKS, Tasks

RECALLS = [.95, .9, .8, .7, .6, .5, .45, .4, .35, .3]
A_SHAPE = {"kind": "a_shape", "sink": 64, "window": 256}


def searched(model, prompt, config, limit):
    """Writes the config; returns the recall that was asked for. Where no recall is within the limit the sparsest config stands, and the
    table shows its density."""
    for recall in RECALLS:
        found = headscope("search", "--model", model, "--prompt-file", prompt, "--recall", recall, "--kinds", "a_shape,vertical_slash", "--out", config)
        if found["meanDensity"] <= limit:
            break
    return recall


def main():
    p = argparse.ArgumentParser()
    p.add_argument("model", nargs="?", default=os.path.join(ROOT, "assets", "demo-model"))
    p.add_argument("--n", type=int, default=4096)
    p.add_argument("--count", type=int, default=200)
    p.add_argument("--task", default="needle", choices=TASKS)
    p.add_argument("--density", type=float, default=.25, help="limit of the searched config on its own prompt")
    a = p.parse_args()
    model = os.path.abspath(a.model)
    tasks = Tasks(Tokenizer.from_file(f"{model}/tokenizer.json"))
    with tempfile.TemporaryDirectory() as folder:
        prompts, one, config = (os.path.join(folder, name) for name in ("prompts.jsonl", "search.txt", "config.json"))
        with open(prompts, "w") as f:
            for i in range(a.count):
                text, answer = text_and_answer(tasks, a.task, a.n, i)
                f.write(json.dumps({"text": text, "answer": answer}) + "\n")
        with open(one, "w") as f:
            f.write(text_and_answer(tasks, a.task, a.n, 0, "search")[0])
        recall = searched(model, one, config, a.density)
        ways = {
            "dense": [],
            "every head A-shape (64 first keys, 256 nearest)": ["--pattern", json.dumps(A_SHAPE), "--always-sparse"],
            f"searched config (recall {recall} a head)": ["--patterns", config, "--always-sparse"],
        }
        print(f"| {a.task}, {a.n} tokens, {a.count} prompts | exact | density |\n|---|---|---|")
        for name, options in ways.items():
            made = headscope("generate", "--model", model, "--prompts", prompts, "--max-new", 24, *options)
            print(f"| {name} | {made['accuracy']:.3f} | {made['meanDensity']:.3f} |", flush=True)


if __name__ == "__main__":
    main()
