"""Synthetic long-context tasks: readable text with questions about it.

Each task is a method `task(r, n, nq, train)`: about n tokens with nq questions, as a list of pieces of text and the places of those that
are answers, or None where that does not fit. `sample` turns them into ids and a mask. All facts come from the generator r, so a seed
names a prompt. In training questions may come in the middle of the text; a held-out prompt has one, at its end.
"""
import random

from passages import filler, keys, made_up, number, sentence
from words import ADJ, CITY, COLOR, FIRST, LAST, MUSIC, NOUN, PERSON, PET, VARS

EOS = "</s>"
TASKS = ["needle", "multi", "kv", "kvwords", "vt", "value", "common", "docs", "copy", "mixed"]


class Tasks:
    def __init__(self, tok=None):
        self.tok, self.cache = tok, {}

    def cost(self, s):
        if self.tok is None:
            return int(len(s.split()) * 1.4) + 1
        c = self.cache.get(s)
        if c is None:
            c = len(self.tok.encode(s, add_special_tokens=False).ids)
            if len(self.cache) < 200000:
                self.cache[s] = c
        return c

    # ---- putting a prompt together --------------------------------------------
    def lay(self, r, n, intro, items, qs, train, fill=None):
        """items in order among filler; qs: (question, answer, index of the last item it needs)"""
        fill = fill or filler(r)
        budget = n - 3 - self.cost(intro) - sum(map(self.cost, items)) - sum(self.cost(q) + self.cost(a) + 2 for q, a, _ in qs)
        if budget < 0:
            return None
        fs = []
        while len(fs) < 4000:
            s = fill()
            budget -= self.cost(s)
            if budget < 0: break
            fs.append(s)
        slots = sorted(r.randint(0, len(fs)) for _ in items)
        body, where = [], []
        j = 0
        for i, s in enumerate(fs + [None]):
            while j < len(items) and slots[j] == i:
                where.append(len(body)); body.append(items[j]); j += 1
            if s: body.append(s)
        ins = {}
        if train and r.random() < .35:           # some questions come in the middle
            for q in list(qs):
                if r.random() < .6:
                    qs.remove(q)
                    ins.setdefault(r.randint(where[q[2]] + 1, len(body)), []).append(q)
        pieces, ans = [intro], []
        def ask(q, a):
            pieces.append("\n" + q); ans.append(len(pieces)); pieces.append(" " + a + EOS)
        for i, b in enumerate(body + [None]):
            for q, a, _ in ins.get(i, []):
                ask(q, a)
                if b: pieces.append("\n")
            if b: pieces.append(b)
        for q, a, _ in qs: ask(q, a)
        return pieces, ans

    # ---- tasks ------------------------------------------------------------------
    def needle(self, r, n, nq, train=True):
        k = nq + r.randint(0, max(1, n // 120))
        if r.random() < .15 and n >= 512: k = nq + n // 40     # nearly all needles
        ks = keys(r, k)
        word = r.random() < .2
        vs = [r.choice(NOUN) if word else number(r) for _ in ks]
        what = "word" if word else "number"
        items = [f" The special magic {what} for {a} is: {b}." for a, b in zip(ks, vs)]
        order = r.sample(range(k), nq)
        qs = [(f"What is the special magic {what} for {ks[i]}? The special magic {what} for {ks[i]} is:", vs[i], i) for i in order]
        return self.lay(r, n, f"Some special magic {what}s are hidden in this text.\n", items, qs, train)

    def multi(self, r, n, nq, train=True):
        nq = max(1, nq // 2)
        k = nq + r.randint(0, max(1, n // 300))
        ks = keys(r, k)
        flat = [(a, number(r)) for a in ks for _ in range(r.randint(2, 3))]
        r.shuffle(flat)
        items = [f" One of the special magic numbers for {a} is: {b}." for a, b in flat]
        qs = []
        for a in r.sample(ks, nq):
            vals = [b for c, b in flat if c == a]
            last = max(i for i, (c, _) in enumerate(flat) if c == a)
            qs.append((f"What are all the special magic numbers for {a}? The special magic numbers for {a} are:", ", ".join(vals), last))
        return self.lay(r, n, "Some special magic numbers are hidden in this text.\n", items, qs, train)

    def kv(self, r, n, nq, train=True, words=False):
        style = lambda: r.choice(NOUN) if words else str(r.randint(10000, 99999))
        est = max(nq + 1, int((n - 20 - nq * 20) / (6 if words else 10)))
        ks = keys(r, est)
        pairs, used = [], 3
        intro = "Here is a JSON object.\n{"
        room = n - 14 - nq * round(2 * sum(map(self.cost, ks)) / len(ks) + (21 if not words else 14))
        for k in ks:
            v = style()
            s = f'"{k}": "{v}"'
            used += self.cost(", " + s)
            if used > room and len(pairs) >= nq: break
            pairs.append((k, v, s))
        nq = min(nq, len(pairs))
        pieces, ans = [intro, ", ".join(s for _, _, s in pairs) + "}"], []
        for k, v, _ in r.sample(pairs, nq):
            pieces.append(f'\nWhat is the value of "{k}"? "{k}": "'); ans.append(len(pieces)); pieces.append(f'{v}"' + EOS)
        return pieces, ans

    def kvwords(self, r, n, nq, train=True):
        return self.kv(r, n, nq, train, words=True)

    def chains(self, r, n, nq, train):
        length = r.randint(2, 5)
        # in training as many chains as there are questions for, so that few tokens are only filler
        most = max(1, min(nq, n // (14 + 8 * length)))
        nc = (most if r.random() < .7 else r.randint(1, most)) if train else 1 + r.randint(0, 1)
        while nc * length > 90: nc -= 1
        names = r.sample(VARS, nc * length)
        nums = r.sample(range(10000, 99999), nc)
        ch = [names[i * length:(i + 1) * length] for i in range(nc)]
        ptr, items, meta = [0] * nc, [], []
        while any(p < length for p in ptr):
            c = r.choice([i for i in range(nc) if ptr[i] < length])
            p = ptr[c]
            items.append(f" VAR {ch[c][p]} = {nums[c] if p == 0 else ch[c][p - 1]}.")
            meta.append((c, p)); ptr[c] += 1
        return ch, nums, items, meta

    def vt(self, r, n, nq, train=True):
        ch, nums, items, meta = self.chains(r, n, nq, train)
        qs = []
        for c in r.sample(range(len(ch)), min(nq, len(ch))):
            last = max(i for i, (d, _) in enumerate(meta) if d == c)
            qs.append((f"Which variables hold the value {nums[c]}? Answer:", ", ".join(ch[c]), last))
        return self.lay(r, n, "Track the variables in this text.\n", items, qs, train)

    def value(self, r, n, nq, train=True):
        ch, nums, items, meta = self.chains(r, n, nq, train)
        qs = []
        for i in r.sample(range(len(meta)), min(nq, len(meta))):
            c, p = meta[i]
            qs.append((f"What is the value of {ch[c][p]}? Answer:", str(nums[c]), i))
        return self.lay(r, n, "Track the variables in this text.\n", items, qs, train)

    def common(self, r, n, nq, train=True):
        top = r.sample(NOUN, 3)
        rest = [w for w in r.sample(NOUN, 200) if w not in top]
        total = int((n - 40) / 2.05)
        share = [.20, .13, .08]
        weights, names = [], []
        for w, s in zip(top, share):
            weights.append(s * r.uniform(.95, 1.1)); names.append(w)
        seq = []
        for w, s in zip(names, weights): seq += [w] * max(2, round(s * total))
        cap = max(1, int(.02 * total))
        pool = rest[:max(20, (total - len(seq)) // cap + 5)]
        while len(seq) < total:
            seq.append(pool[len(seq) % len(pool)])
        r.shuffle(seq)
        pieces, ans = ["Count the words in this list.\n"], []
        def ask():
            q = "\nWhat are the 3 most common words in the list? Answer:"
            pieces.append(q); ans.append(len(pieces)); pieces.append(" " + ", ".join(best) + EOS)
        cuts = {}
        if train:
            for _ in range(nq):
                cuts[r.randint(min(24, total // 2), total - 1)] = 1
            total -= len(cuts) * 10
            seq = seq[:total]
        count = {}
        best, text = [], ""
        for i, w in enumerate(seq):
            text += (" " if i == 0 or text == "\n" else ", ") + w
            count[w] = count.get(w, 0) + 1
            if i in cuts:
                o = sorted(count.values(), reverse=True)
                if len(o) > 3 and o[0] > o[1] > o[2] > o[3] and o[2] - o[3] > 1:
                    pieces.append(text + ","); text = "\n"
                    best = sorted(count, key=count.get, reverse=True)[:3]
                    ask()
        pieces.append(text + ".")
        o = sorted(count.values(), reverse=True)
        best = sorted(count, key=count.get, reverse=True)[:3]
        if not (o[0] > o[1] > o[2] > o[3]): return None
        ask()
        return pieces, ans

    def docs(self, r, n, nq, train=True):
        people = r.sample([f"{a} {b}" for a in FIRST for b in r.sample(LAST, 4)], max(2, min(120, n // 50)))
        items, facts = [], []
        kinds = {
            "born": lambda p: (f"{p} was born in {{}}.", r.choice(CITY), f"Where was {p} born? {p} was born in"),
            "work": lambda p: (f"{p} works as a {{}}.", r.choice(PERSON), f"What is the job of {p}? {p} works as a"),
            "pet": lambda p: (f"{p} keeps a {{}} at home.", r.choice(PET), f"Which animal does {p} keep? {p} keeps a"),
            "color": lambda p: (f"The favorite color of {p} is {{}}.", r.choice(COLOR), f"What is the favorite color of {p}? The favorite color of {p} is"),
            "music": lambda p: (f"{p} plays the {{}}.", r.choice(MUSIC), f"Which instrument does {p} play? {p} plays the"),
            "move": lambda p: (f"{p} moved to {{}} last year.", r.choice(CITY), f"Where did {p} move to? {p} moved to"),
            "lost": lambda p: (f"{p} lost a {{}} on the train.", r.choice(NOUN), f"What did {p} lose on the train? {p} lost a"),
            "likes": lambda p: (f"{p} likes the {{}} best of all.", r.choice(NOUN), f"What does {p} like best? {p} likes the"),
        }
        direct = r.random() < .4
        room = n - 20 - (13 if direct else 22) * nq
        fill = filler(r)
        for d, p in enumerate(people, 1):
            t, mine = [], []
            for k in r.sample(list(kinds), r.randint(2, 4)):
                s, v, q = kinds[k](p)
                if direct: q = q[:q.index("?") + 1] + " Answer:"
                t.append(" " + s.format(v)); mine.append((q, v, d - 1))
            mine.append((f"Which document is about {p}?", f"Document {d}", d - 1))
            for _ in range(r.randint(0, 3)): t.insert(r.randint(0, len(t)), fill())
            s = f"\n\nDocument {d}: {p}\n" + "".join(t).strip()
            room -= self.cost(s) + 1
            if room < 0 and d > 2: break
            items.append(s); facts += mine
        if room > 30:                                  # a long last document fills the rest
            while True:
                s = fill(); room -= self.cost(s)
                if room < 0: break
                items[-1] += s
        qs = r.sample(facts, min(nq, len(facts)))
        pieces, ans = ["Read these documents and answer.", *items, "\n"], []
        for q, a, _ in qs:
            pieces.append("\n" + q); ans.append(len(pieces)); pieces.append(" " + a + EOS)
        return pieces, ans

    def copy(self, r, n, nq, train=True):
        nq = max(1, nq // 3)
        k = nq + r.randint(0, max(1, n // 200))
        ks = keys(r, k)
        items, texts = [], []
        for a in ks:
            u = r.random()
            if u < .5:
                t = sentence(r) if r.random() < .6 or n < 512 else sentence(r) + sentence(r)
            elif u < .75:
                t = " " + " ".join(made_up(r) if r.random() < .4 else r.choice(NOUN + ADJ + CITY) for _ in range(r.randint(4, 12))) + "."
            elif u < .9 and self.tok is not None:      # random tokens: every embedding gets some use
                t = " " + self.tok.decode([r.randrange(260, self.tok.get_vocab_size()) for _ in range(r.randint(4, 12))]).replace("\n", " ").strip() + "."
            else:
                t = " " + " ".join(str(r.randint(0, 99999)) for _ in range(r.randint(2, 4))) + "."
            items.append(f"\n[{a}]{t}\n"); texts.append(t.strip())
        qs = [(f"Repeat the passage [{ks[i]}]", texts[i], i) for i in r.sample(range(k), nq)]
        return self.lay(r, n, "Some passages in this text have a name.\n", items, qs, train)

    def mixed(self, r, n, nq, train=True):
        """the texts of several tasks one after the other, then questions about any of them"""
        groups = r.sample([["needle", "needle", "multi"], ["kv", "kvwords"], ["vt", "value"], ["docs"], ["copy"]],
                          2 if n < 1024 else r.randint(2, 4))
        pieces, qs, ans = [], [], []
        for g in groups:
            got = getattr(self, r.choice(g))(r, n // len(groups) - 2, max(1, nq // len(groups)), False)
            if not got: return None
            p, a = got
            pieces += p[:a[0] - 1] + ["\n\n"]
            qs += [(p[i - 1], p[i]) for i in a]
        r.shuffle(qs)
        for q, a in qs if train else qs[:1]:
            pieces.append(q); ans.append(len(pieces)); pieces.append(a)
        return pieces, ans

    # ---- ids ------------------------------------------------------------------
    def encode(self, pieces, ans):
        """ids with <s> in front, and a mask of the answer tokens (with their </s>)"""
        text = "".join(pieces)
        spans, pos = [], 0
        for i, p in enumerate(pieces):
            if i in ans: spans.append((pos, pos + len(p)))
            pos += len(p)
        e = self.tok.encode(text, add_special_tokens=False)
        ids, mask, s = [self.bos], [0], 0
        for t, (a, b) in zip(e.ids, e.offsets):
            while s < len(spans) and a >= spans[s][1]: s += 1
            ids.append(t)
            mask.append(1 if s < len(spans) and a >= spans[s][0] else 0)
        return ids, mask

    @property
    def bos(self):
        return self.tok.token_to_id("<s>")

    def sample(self, task, r, n, nq, train=True):
        """a prompt of at most n tokens: ids, mask"""
        goal = n
        for _ in range(8):
            got = getattr(self, task)(r, goal, nq, train)
            if got:
                ids, mask = self.encode(*got)
                if len(ids) <= n: return ids, mask
                goal -= len(ids) - n + 2
            else:
                nq = max(1, nq - 1)
        return self.sample("needle" if task != "needle" else "kv", r, n, max(1, nq - 1), train)
