"""Exact match on held-out prompts: python evaluate.py MODEL [--n 1024 2048] [--count 200] [--tasks needle kv vt]

One question a prompt. A prompt counts when, fed the right answer, the model's most likely token is right at every token of the answer and at
the closing </s>; that is the same as greedy decoding giving exactly the answer.
"""
import argparse
import json
import random

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer

from model import Config, Llama
from tasks import TASKS, Tasks


def load(folder):
    with open(f"{folder}/config.json") as f:
        config = json.load(f)
    model = Llama(Config(**{name: config[name] for name in Config.__dataclass_fields__}))
    model.load_state_dict({k: v.float() for k, v in load_file(f"{folder}/model.safetensors").items()})
    return model.eval(), Tasks(Tokenizer.from_file(f"{folder}/tokenizer.json"))


def held_out(tasks, task, n, i, seed="test"):
    """ids of a prompt with its answer, and the places of the answer's tokens. Training names its seeds otherwise."""
    ids, mask = tasks.sample(task, random.Random(f"{seed}/{task}/{n}/{i}"), n, 1, train=False)
    return ids, [place for place, answer in enumerate(mask) if answer]


def text_and_answer(tasks, task, n, i, seed="test"):
    """The prompt's text up to where the answer begins, and the answer. The space before a number belongs to the prompt: the first token
    that is asked for is one that has to be looked up."""
    ids, places = held_out(tasks, task, n, i, seed)
    begin = places[0]
    if tasks.tok.decode([ids[begin]]) == " ":
        begin += 1
    text = tasks.tok.decode(ids[1:begin], skip_special_tokens=False)
    assert tasks.tok.encode(text).ids == ids[:begin], "the text does not encode to the same tokens"
    return text, tasks.tok.decode(ids[begin:places[-1]], skip_special_tokens=False)


@torch.no_grad()
def exact(model, tasks, task, n, count, seed="test"):
    """Share of `count` prompts of n tokens that are answered exactly."""
    device = model.inv_freq.device
    right = 0
    for i in range(count):
        ids, places = held_out(tasks, task, n, i, seed)
        x = torch.tensor(ids + [0] * (-len(ids) % 64), device=device)[None]
        where = torch.tensor(places, device=device)
        found = model.logits(model.hidden(x)[0, where - 1]).argmax(-1)
        right += bool((found == x[0, where]).all())
    return right / count


def main():
    p = argparse.ArgumentParser()
    p.add_argument("model")
    p.add_argument("--n", type=int, nargs="+", default=[1024, 2048])
    p.add_argument("--count", type=int, default=200)
    p.add_argument("--tasks", nargs="+", default=["needle", "kv", "vt"], choices=TASKS)
    a = p.parse_args()
    model, tasks = load(a.model)
    model.to("cuda" if torch.cuda.is_available() else "cpu")
    print("| task | " + " | ".join(map(str, a.n)) + " |\n" + "|---" * (len(a.n) + 1) + "|")
    for task in a.tasks:
        print(f"| {task} | " + " | ".join(f"{exact(model, tasks, task, n, a.count):.3f}" for n in a.n) + " |", flush=True)


if __name__ == "__main__":
    main()
