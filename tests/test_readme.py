"""The README and the pages of commands tell the truth: what they show is what is printed.

CI runs the README's test command.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.transcripts import ROOT, Transcript, run, settled, transcripts

README = ROOT / "README.md"
PAGES = [README, ROOT / "docs" / "connections.md", ROOT / "docs" / "lint.md"]
TRANSCRIPTS = [one for page in PAGES for one in transcripts(page)]


@pytest.mark.parametrize("shown", TRANSCRIPTS, ids=lambda one: f"{one.document}:{one.line}")
def test_command_prints_what_is_shown(shown: Transcript) -> None:
    assert settled(run(shown.command)) == settled(shown.output)


def setup_commands() -> list[str]:
    """The commands that set up a fresh machine."""
    return re.findall(r"^python3 -m venv .*$", README.read_text(), re.MULTILINE)


def test_two_commands_do_the_set_up() -> None:
    demo, tests = setup_commands()
    assert "netproof verify examples/" in demo
    assert tests.endswith("-m pytest -n auto")
    script = (ROOT / ".ci" / "run").read_text()
    found = re.search(r"sed -n 's/\^\\\((.*)\\\)\$/", script)
    assert found
    assert re.fullmatch(found.group(1).replace("\\", ""), tests)


@pytest.mark.slow
def test_first_command_in_an_empty_environment(tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    ignored = shutil.ignore_patterns(".git", ".venv", ".*_cache", "__pycache__", ".hypothesis")
    shutil.copytree(ROOT, clone, ignore=ignored)
    demo = setup_commands()[0].replace("python3", sys.executable, 1)
    done = subprocess.run(
        ["bash", "-c", demo], cwd=clone, capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 1, done.stderr
    assert "\nREFUTED " in done.stdout
    assert "  counterexample  " in done.stdout
    assert done.stdout.startswith("PROVED ")
