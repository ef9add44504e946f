"""Writes the held-out prompts that the tests ask the bundled model: python test_prompts.py > test/golden/demo-model-needles.jsonl"""
import json
import os

from tokenizers import Tokenizer

from engine import ROOT
from evaluate import text_and_answer
from tasks import Tasks

if __name__ == "__main__":
    tasks = Tasks(Tokenizer.from_file(os.path.join(ROOT, "assets", "demo-model", "tokenizer.json")))
    for i in range(20):
        text, answer = text_and_answer(tasks, "needle", 1024, i)
        print(json.dumps({"text": text, "answer": answer}))
