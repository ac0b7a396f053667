"""The walk through a bundle prints what the page shows, from its first command to its last.

`PYTHONPATH=verifier:encodings:specs python -m tests.test_evidence_page` writes the present output
into the page.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path

import pytest
from tests.transcripts import BLOCK, ROOT, run, split, transcripts

from netproof.proofs.sat import installed

PAGE = ROOT / "docs" / "evidence.md"


def walk(commands: list[str], folder: Path) -> list[str]:
    """What the commands print, run one after the other in a folder with the examples."""
    shutil.copytree(ROOT / "examples", folder / "examples")
    return [run(command, folder) for command in commands]


def without_digests(text: str) -> str:
    """The text without SHA-256, which change with each version."""
    return re.sub(r"\b[0-9a-f]{64}\b", "SHA-256", text)


@pytest.mark.slow
@pytest.mark.skipif(not installed(), reason="python-sat is not installed")
@pytest.mark.skipif(not all(map(shutil.which, ("unzip", "sha256sum"))), reason="no unzip")
def test_the_walk(tmp_path: Path) -> None:
    shown = [*transcripts(PAGE)]
    assert len(shown) == 6
    printed = walk([one.command for one in shown], tmp_path)
    assert [*map(without_digests, printed)] == [without_digests(one.output) for one in shown]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        text = PAGE.read_text()
        outputs = iter(walk([one.command for one in transcripts(PAGE)], Path(name)))
        PAGE.write_text(
            BLOCK.sub(lambda b: f"```console\n$ {split(b[1])[0]}{next(outputs)}```", text)
        )
