"""Rewrites the `expected.txt` of every example: `python tests/update_examples.py`.

Read the difference before committing it: what is written here is what the tests then expect.
"""

from __future__ import annotations

import contextlib
import io
import os
import shlex
from pathlib import Path

from netproof.cli import main

EXAMPLES = Path(__file__).parents[1] / "examples"


def printed(command: Path) -> str:
    """What the command prints, standard output before standard error, run in its folder."""
    out, err = io.StringIO(), io.StringIO()
    os.chdir(command.parent)
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        main(shlex.split(command.read_text(encoding="utf-8").splitlines()[1])[1:])
    return out.getvalue() + err.getvalue()


if __name__ == "__main__":
    for command in sorted(EXAMPLES.rglob("command")):
        (command.parent / "expected.txt").write_text(printed(command), encoding="utf-8")
