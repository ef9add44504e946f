"""The built program, asked from Python: `npx headscope` with --json."""
import json
import os
import subprocess

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), *[os.pardir] * 3)


def headscope(*words):
    """What one command answers. Its progress and notes are dropped unless it fails."""
    made = subprocess.run(["npx", "headscope", *map(str, words), "--json"], cwd=ROOT, capture_output=True, text=True)
    if made.returncode:
        raise SystemExit(f"headscope {words[0]} failed:\n{made.stdout}{made.stderr}")
    return json.loads(made.stdout)
