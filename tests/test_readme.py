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
SHOWING = ("connections", "first-claim", "fleet", "lint")
PAGES = [README, *(ROOT / "docs" / f"{name}.md" for name in SHOWING)]
TRANSCRIPTS = [one for page in PAGES for one in transcripts(page)]


@pytest.mark.parametrize("shown", TRANSCRIPTS, ids=lambda one: f"{one.document}:{one.line}")
def test_command_prints_what_is_shown(shown: Transcript) -> None:
    assert undated(settled(run(shown.command))) == undated(settled(shown.output))


def undated(text: str) -> str:
    """The text without the day on which it was printed."""
    return re.sub(r"acceptances as of \d{4}-\d\d-\d\d", "acceptances as of today", text)


def test_every_page_is_linked_from_the_readme() -> None:
    linked = set(re.findall(r"\]\(([^)#]+)", README.read_text(encoding="utf-8")))
    pages = {one.relative_to(ROOT).as_posix() for one in ROOT.glob("docs/*.md")}
    pages |= {one.name for one in ROOT.glob("*.md")} - {"README.md"}
    assert pages <= linked
    assert {"docs/decisions/README.md", "examples/README.md"} <= linked


def test_links_between_pages_lead_somewhere() -> None:
    for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/*.md")]:
        for link in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8")):
            if "://" not in link and not link.startswith("mailto:"):
                assert (page.parent / link).exists(), f"{page.name}: {link}"


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
    assert done.returncode == 0, done.stderr
    assert "\nREFUTED (accepted until " in done.stdout
    assert "  counterexample  " in done.stdout
    assert done.stdout.startswith("PROVED ")
