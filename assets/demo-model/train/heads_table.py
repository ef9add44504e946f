"""What each head does, by the engine's recall surfaces: python heads_table.py [MODEL] [--n 4096] [--tasks needle kv docs]

Means over one held-out prompt of each task:
  A    share of the attention in the 64 first keys and the 256 nearest
  VS   largest share that columns and distances keep at a tenth of the causal tiles, BS that 64x64 blocks keep
  kind A-shape-like: A >= 0.95; vertical-slash-like: A < 0.8 and VS >= BS + 0.05; block-local: A < 0.95 and BS >= VS; else mixed
VS and BS rank by MInference's estimators, so they say what a deployed pattern would keep, not what an oracle could.
"""
import argparse
import json
import os
import tempfile

from tokenizers import Tokenizer

from engine import ROOT, headscope
from evaluate import text_and_answer
from tasks import TASKS, Tasks

DENSITY = .1


def best(surface, limit):
    """Largest recall of the cells whose density is within the limit. Surfaces of one budget are lists, of two are tables."""
    flat = lambda x: [cell for row in x for cell in row] if isinstance(x[0], list) else x
    return max((r for r, d in zip(flat(surface["recall"]), flat(surface["executed"])) if d <= limit), default=0.)


def measured(run, layer, head, folder):
    out = os.path.join(folder, "surface.json")
    found = []
    for kind in ("vertical_slash", "block_sparse"):
        headscope("surface", "--run", run, "--layer", layer, "--head", head, "--kind", kind, "--out", out)
        with open(out) as f:
            found.append(best(json.load(f), DENSITY))
    a_shape = json.dumps({"kind": "a_shape", "sink": 64, "window": 256})
    return [headscope("evaluate", "--run", run, "--layer", layer, "--head", head, "--pattern", a_shape)["recall"]["mean"], *found]


def kind(a, vs, bs):
    if a >= .95:
        return "A-shape-like"
    if a < .8 and vs >= bs + .05:
        return "vertical-slash-like"
    return "block-local" if bs >= vs else "mixed"


def main():
    p = argparse.ArgumentParser()
    p.add_argument("model", nargs="?", default=os.path.join(ROOT, "assets", "demo-model"))
    p.add_argument("--n", type=int, default=4096)
    p.add_argument("--tasks", nargs="+", default=["needle", "kv", "docs"], choices=TASKS)
    a = p.parse_args()
    model = os.path.abspath(a.model)
    tasks = Tasks(Tokenizer.from_file(f"{model}/tokenizer.json"))
    with open(f"{model}/config.json") as f:
        config = json.load(f)
    places = [(layer, head) for layer in range(config["num_hidden_layers"]) for head in range(config["num_attention_heads"])]
    sums = {place: [0.] * 3 for place in places}
    with tempfile.TemporaryDirectory() as folder:
        prompt, run = os.path.join(folder, "prompt.txt"), os.path.join(folder, "run")
        for task in a.tasks:
            with open(prompt, "w") as f:
                f.write(text_and_answer(tasks, task, a.n, 0, "heads")[0])
            headscope("prefill", "--model", model, "--prompt-file", prompt, "--save-run", run)
            for place in places:
                sums[place] = [s + x / len(a.tasks) for s, x in zip(sums[place], measured(run, *place, folder))]
    counts = {}
    print("| layer.head | A | VS | BS | kind |\n|---|---|---|---|---|")
    for (layer, head), means in sums.items():
        name = kind(*means)
        counts[name] = counts.get(name, 0) + 1
        print(f"| {layer}.{head} | " + " | ".join(f"{x:.2f}" for x in means) + f" | {name} |")
    print("\n" + ", ".join(f"{n} {name} ({n / len(places):.0%})" for name, n in sorted(counts.items())))


if __name__ == "__main__":
    main()
