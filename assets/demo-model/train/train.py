"""Trains the model: python train.py OUT [--tokens 12e6]

On a CPU two processes of one thread each share a step; with CUDA one process takes larger steps, more tokens and longer prompts.
What ends a run is the last token or a SIGTERM; OUT/state.*.pt holds weights and optimisers, and the same command goes on from there.
"""
import argparse
import json
import os
import signal
import subprocess
import sys
import time
from datetime import timedelta

import torch
import torch.distributed as dist
import torch.nn.functional as F
from safetensors.torch import save_file
from tokenizers import Tokenizer

import tokenizer as tokenizer_file
from batches import batch, generator, positions
from evaluate import exact
from model import Config, Llama
from muon import Muon, add_up
from seeds import seed_heads
from tasks import Tasks

WEIGHTS = dict(needle=.25, kv=.25, kvwords=.03, vt=.26, docs=.08, copy=.08, multi=.05)
# Until a share of the tokens, shares of the lengths. Most tokens are short: they teach the same, and attention costs least there.
STAGES = [(.5, {256: .20, 512: .40, 1024: .25, 2048: .12, 4096: .03}), (1., {512: .20, 1024: .25, 2048: .27, 4096: .22, 8192: .06})]
CUDA_STAGES = [(.3, {256: .2, 512: .4, 1024: .4}), (.7, {512: .2, 1024: .4, 2048: .4}), (1., {1024: .25, 2048: .3, 4096: .3, 8192: .15})]
TOKENS, CUDA_TOKENS = 4096, 65536         # a step
LONGEST = 12288                           # positions that jumps reach
TEXT_SHARE = .05                          # of the tokens that are no answers, learned at a tenth of the weight


def arguments():
    p = argparse.ArgumentParser()
    p.add_argument("out")
    p.add_argument("--tokens", type=float, default=0, help="of the whole training (default: 12 million on a CPU, 400 million with CUDA)")
    p.add_argument("--seed", type=int, default=41)
    p.add_argument("--rate", type=float, default=.003, help="Muon's step; the embeddings take two thirds of it")
    p.add_argument("--jumps", type=float, default=0., help="share of rows whose positions jump")
    p.add_argument("--hidden", type=int, default=256)
    p.add_argument("--port", default="29541", help="where the two processes meet")
    return p.parse_args()


class Training:
    def __init__(self, a, rank, processes, device):
        self.a, self.rank, self.processes, self.device = a, rank, processes, device
        self.tasks = Tasks(Tokenizer.from_file(f"{a.out}/tokenizer.json"))
        self.model = Llama(Config(vocab_size=self.tasks.tok.get_vocab_size(), hidden_size=a.hidden))
        seed_heads(self.model, self.tasks.tok.token_to_id("Ġ="))
        self.model.to(device)
        named = list(self.model.named_parameters())
        matrix = lambda name, p: p.dim() == 2 and "embed" not in name
        matrices = [(n, p) for n, p in named if matrix(n, p)]
        self.matrices = [p for _, p in matrices]
        self.rest = [p for n, p in named if not matrix(n, p)]
        self.muon = Muon(self.matrices, ["o_proj" in n or "down_proj" in n for n, _ in matrices], rank, processes)
        groups = [{"params": [p for p in self.rest if p.dim() == 2], "share": 1.}, {"params": [p for p in self.rest if p.dim() == 1], "share": .1}]
        self.adam = torch.optim.AdamW(groups, betas=(.9, .97), weight_decay=0.)
        self.step = self.seen = 0
        self.whole = a.tokens or (400e6 if device == "cuda" else 12e6)
        self.path = f"{a.out}/state.{rank}.pt"
        if os.path.exists(self.path):
            self.load()

    def load(self):
        s = torch.load(self.path, map_location=self.device)
        self.model.load_state_dict(s["model"])
        self.adam.load_state_dict(s["adam"])
        for buffer, kept in zip(self.muon.buffers, s["muon"]):
            buffer.copy_(kept)
        self.step, self.seen = s["step"], s["seen"]

    def save(self):
        state = dict(model=self.model.state_dict(), adam=self.adam.state_dict(), muon=self.muon.buffers, step=self.step, seen=self.seen)
        torch.save(state, self.path + ".tmp")
        os.replace(self.path + ".tmp", self.path)
        if self.rank == 0:
            write_model(self.model, self.a.out, self.tasks.tok)

    def one_step(self):
        """Returns the length and the losses of answers and text."""
        a, cuda, done = self.a, self.device == "cuda", self.seen / self.whole
        lengths = next(table for until, table in (CUDA_STAGES if cuda else STAGES) if done <= until)
        length = generator("length", a.seed, self.step).choices(list(lengths), list(lengths.values()))[0]
        r = generator("train", a.seed, self.step, self.rank)
        rows = max(1, (CUDA_TOKENS if cuda else TOKENS) // length // self.processes)
        ids, mask = batch(self.tasks, r, length, rows, WEIGHTS)
        place = positions(r, rows, length, a.jumps, LONGEST)
        chosen = torch.tensor([r.random() < TEXT_SHARE for _ in range(rows * (length - 1))])
        ids, mask, place, chosen = (t.to(self.device) for t in (ids, mask, place, chosen))
        with torch.autocast(self.device, torch.bfloat16):
            h = self.model.hidden(ids, place)[:, :-1].reshape(-1, self.model.c.hidden_size)
            target, answers = ids[:, 1:].reshape(-1), mask[:, 1:]
            w = (answers / answers.sum(1, keepdim=True).clamp(min=1).sqrt()).reshape(-1)      # long answers count less a token
            asked = ((w > 0) | (chosen & (target != 0))).nonzero()[:, 0]
            logits = self.model.logits(h[asked])
        losses = F.cross_entropy(logits.float(), target[asked], reduction="none")
        answer = w[asked] > 0
        answer_loss, text_loss = (losses * w[asked]).sum() / w.sum(), losses[~answer].mean()
        ((answer_loss + .1 * text_loss) / self.processes).backward()
        add_up([p.grad for p in self.matrices + self.rest], self.processes)
        # Warm up; hold; fall to a twentieth over the second half.
        rate = a.rate * min(1., (self.step + 1) / 20) * min(1., .05 + .95 * (1 - done) / .5)
        torch.nn.utils.clip_grad_norm_(self.rest, 1.)
        for group in self.adam.param_groups:
            group["lr"] = rate * 2 / 3 * group["share"]
        self.adam.step()
        self.muon.step(rate)
        self.model.zero_grad()
        self.step += 1
        self.seen += rows * length * self.processes
        return length, answer_loss.item(), text_loss.item()

    def same_clock(self, stopping):
        """Seconds since 1970 of the first process, or -1 once it was asked to stop."""
        clock = torch.tensor([-1. if stopping else time.time()], dtype=torch.float64)
        if self.processes > 1:
            dist.broadcast(clock, 0)
        return clock.item()


def write_model(model, out, tok):
    ids = [tok.token_to_id(t) for t in ("<s>", "</s>", "<pad>")]
    with open(f"{out}/config.json", "w") as f:
        json.dump(model.c.hugging_face(*ids), f, indent=2)
    weights = {k: v.to("cpu", torch.bfloat16).contiguous() for k, v in model.state_dict().items()}
    save_file(weights, f"{out}/model.safetensors.tmp", {"format": "pt"})
    os.replace(f"{out}/model.safetensors.tmp", f"{out}/model.safetensors")


def run(a, rank, processes, device):
    torch.manual_seed(a.seed)
    if device == "cpu":
        torch.set_num_threads(1)
    t = Training(a, rank, processes, device)
    say = lambda *words: rank == 0 and print(*words, flush=True)
    say(sum(p.numel() for p in t.model.parameters()), "parameters; goes on from step", t.step)
    asked = []
    signal.signal(signal.SIGTERM, lambda *_: asked.append(True))
    begun, first = time.time(), t.seen
    saved = said = begun
    mean = {}
    while t.seen < t.whole and (now := t.same_clock(bool(asked))) >= 0:
        length, answer, text = t.one_step()
        for name, loss in ((f"answers at {length}", answer), ("text", text)):
            mean[name] = .9 * mean.get(name, loss) + .1 * loss
        if now - said > 20:
            said = now
            losses = ", ".join(f"{k} {v:.3f}" for k, v in sorted(mean.items()))
            say(f"{(now - begun) / 60:6.1f} min, step {t.step}, {t.seen / 1e6:.2f} M tokens, {(t.seen - first) / (now - begun):.0f}/s, loss {losses}")
        if now - saved > 170:
            saved = now
            t.save()
    t.save()
    if rank == 0:
        for task in ("needle", "kv", "vt"):
            say(task, {n: exact(t.model, t.tasks, task, n, 20, "quick") for n in (512, 1024)})


def main():
    a = arguments()
    os.makedirs(a.out, exist_ok=True)
    if torch.cuda.is_available():
        tokenizer_file.write(a.out)
        return run(a, 0, 1, "cuda")
    rank = int(os.environ.get("DEMO_MODEL_RANK", 0))
    if rank == 0:
        tokenizer_file.write(a.out)
        subprocess.Popen([sys.executable, *sys.argv], env={**os.environ, "DEMO_MODEL_RANK": "1"})
    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=a.port)
    dist.init_process_group("gloo", rank=rank, world_size=2, timeout=timedelta(hours=6))
    run(a, rank, 2, "cpu")


if __name__ == "__main__":
    main()
