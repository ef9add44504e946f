"""What prompts are made of: sentences of filler, made-up words, keys, numbers. All of it comes from the generator `r`."""
from words import ADJ, CITY, FIRST, LAST, NOUN, PERSON, SYL, VERB, WHEN

NOISE = [" The grass is green.", " The sky is blue.", " The sun is yellow.", " Here we go.", " There and back again."]


def made_up(r):
    """A word of several tokens."""
    return "".join(r.choice(SYL) for _ in range(r.randint(2, 4)))


def thing(r):
    noun = r.choice(NOUN)
    return f"{r.choice(ADJ)} {noun}" if r.random() < .5 else noun


def sentence(r):
    a, b, verb, person = thing(r), thing(r), r.choice(VERB), r.choice(PERSON)
    forms = [
        lambda: f" The {person} {verb} the {a} near the {b}.",
        lambda: f" {r.choice(WHEN)}, the {person} {verb} a {a}.",
        lambda: f" {r.choice(FIRST)} {verb} the {a} and {r.choice(VERB)} the {b}.",
        lambda: f" There was a {a} behind the {b}, and nobody {verb} it.",
        lambda: f" {r.choice(FIRST)} and {r.choice(FIRST)} met in {r.choice(CITY)} to talk about the {a}.",
        lambda: f" The {a} was {r.choice(ADJ)}, but the {b} was {r.choice(ADJ)}.",
        lambda: f" It took {r.randint(2, 90)} days to bring the {a} from {r.choice(CITY)} to {r.choice(CITY)}.",
        lambda: f" \"I {verb} your {a},\" said the {person}.",
        lambda: f" Nobody knows why the {person} {verb} the {a}.",
        lambda: f" {r.choice(WHEN)}, {r.choice(FIRST)} {r.choice(LAST)} {verb} the {a} in {r.choice(CITY)}.",
        lambda: f" The {person} who {verb} the {a} was {r.choice(ADJ)} and {r.choice(ADJ)}.",
        lambda: " " + " ".join(made_up(r) if r.random() < .6 else r.choice(NOUN) for _ in range(r.randint(3, 8))).capitalize() + ".",
    ]
    return r.choice(forms)()


def filler(r):
    """A source of sentences, one style for the whole prompt."""
    style = r.random()
    if style < .12:
        turn = iter(range(10 ** 9))
        return lambda: NOISE[next(turn) % 5]
    if style < .22:
        return lambda: " " + " ".join(made_up(r) for _ in range(r.randint(4, 10))) + "."
    return lambda: sentence(r)


def keys(r, count):
    """`count` different keys, of one style where the words suffice."""
    style = r.choices(["word", "pair", "made up"], [.6, .28, .12])[0]
    if style == "word" and count < 200:
        return r.sample(list(dict.fromkeys(NOUN + ADJ)), count)
    found = {}
    while len(found) < count:
        found[made_up(r) if style == "made up" else f"{r.choice(ADJ)}-{r.choice(NOUN)}"] = True
    return list(found)


def number(r):
    return str(r.randint(10 ** 6, 10 ** 7 - 1))
