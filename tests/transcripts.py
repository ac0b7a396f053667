"""Commands and their output as the documents show them, run in a real shell.

`PYTHONPATH=verifier:encodings:specs python -m tests.transcripts FILE...` writes the present
output into the files; read the difference before you commit it.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Transcript:
    """One command of a document and what is printed under it."""

    document: str
    line: int
    command: str
    output: str


def transcripts(document: Path) -> Iterator[Transcript]:
    """The commands of the document's `console` blocks; a block starts with `$ ` and has one."""
    text = document.read_text()
    for block in BLOCK.finditer(text):
        command, output = split(block.group(1))
        line = text.count("\n", 0, block.start()) + 1
        yield Transcript(document.name, line, command, output)


def split(block: str) -> tuple[str, str]:
    """The command, which goes on after a backslash at a line's end, and the output."""
    lines = block.splitlines(keepends=True)
    assert lines[0].startswith("$ "), "a console block starts with its command"
    end = next(number for number, line in enumerate(lines) if not line.endswith("\\\n"))
    return "".join(lines[: end + 1])[2:], "".join(lines[end + 1 :])


def run(command: str, where: Path = ROOT) -> str:
    """What the command prints in that folder, to standard output and standard error."""
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "netproof"
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m netproof "$@"\n')
        program.chmod(0o755)
        rooms = os.pathsep.join(str(ROOT / room) for room in ("verifier", "encodings", "specs"))
        environment = {
            **os.environ,
            "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": rooms,
        }
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=where,
            env=environment,
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
        )
    return done.stdout


def settled(text: str) -> str:
    """The text without the versions that wrote it, which differ from machine to machine."""
    return re.sub(r"^written by: netproof .*$", "written by: netproof", text, flags=re.MULTILINE)


def rewritten(text: str) -> str:
    """The document with the present output of its commands."""

    def fresh(block: re.Match[str]) -> str:
        command, _ = split(block.group(1))
        return f"```console\n$ {command}{run(command)}```"

    return BLOCK.sub(fresh, text)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        Path(name).write_text(rewritten(Path(name).read_text()))
