"""Writes the sample prompts: python prompts.py MODEL OUT

Six held-out prompts of about 1,000 to 16,000 tokens, one of each kind. A file is a whole prompt, up to where its answer begins: feed it as it is.
Where the model answers the first one wrongly the next seed is taken, and the table says how many were tried.
"""
import os
import sys

import torch

from evaluate import held_out, load, text_and_answer

PLAN = [("needle", 15500), ("kv", 4096), ("vt", 2048), ("docs", 3072), ("mixed", 7680), ("copy", 1024)]
NAMES = {"vt": "variables", "docs": "documents", "copy": "copying"}
TRIES = 8


@torch.no_grad()
def right(model, ids, places):
    x = torch.tensor(ids + [0] * (-len(ids) % 64))[None]
    where = torch.tensor(places)
    return bool((model.logits(model.hidden(x)[0, where - 1]).argmax(-1) == x[0, where]).all())


def main(folder, out):
    model, tasks = load(folder)
    os.makedirs(out, exist_ok=True)
    print("| file | tokens | question | expected answer | this model |\n|---|---|---|---|---|")
    for task, n in PLAN:
        for i in range(TRIES):
            ids, places = held_out(tasks, task, n, i, "prompt")
            answered = right(model, ids, places)
            if answered:
                break
        text, answer = text_and_answer(tasks, task, n, i, "prompt")
        name = NAMES.get(task, task)
        with open(f"{out}/{name}.txt", "w") as f:
            f.write(text)
        question = text.rstrip().split("\n")[-1]
        print(f"| `{name}.txt` | {len(tasks.tok.encode(text).ids)} | {question} | `{answer.strip()}` | {'right' if answered else 'wrong'} ({i + 1} tried) |", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:3])
