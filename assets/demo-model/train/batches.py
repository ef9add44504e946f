"""Batches: fresh prompts of one length, with several questions each."""
import random

import torch


def questions(length):
    """Questions a prompt: as many as leave half of it to the text."""
    return max(5, length // 64 if length <= 1024 else 8 + length // 128)


def batch(tasks, r, length, rows, weights):
    """ids [rows, length] (0 behind the text) and a mask, 1 on the tokens of answers."""
    ids = torch.zeros(rows, length, dtype=torch.long)
    mask = torch.zeros(rows, length)
    most = questions(length)
    for i in range(rows):
        task = r.choices(list(weights), list(weights.values()))[0]
        tokens, answers = tasks.sample(task, r, length, max(1, r.randint(most // 2, most)))
        ids[i, :len(tokens)] = torch.tensor(tokens)
        mask[i, :len(answers)] = torch.tensor(answers, dtype=torch.float)
    return ids, mask


def positions(r, rows, length, share, longest):
    """0 .. length - 1; in a share of the rows with up to three jumps, ending anywhere up to `longest`: far distances without long
    prompts, while neighbours stay neighbours."""
    places = torch.arange(length).repeat(rows, 1)
    for i in range(rows):
        if r.random() >= share:
            continue
        left = int(r.random() * (min(longest, 16 * length) - length))
        cuts = sorted(r.randrange(1, length) for _ in range(r.randint(1, 3)))
        for j, cut in enumerate(cuts):
            jump = left if j == len(cuts) - 1 else r.randint(0, left)
            places[i, cut:] += jump
            left -= jump
    return places


def generator(*names):
    """Every random choice has a name: the same name, the same choice."""
    return random.Random("/".join(map(str, names)))
