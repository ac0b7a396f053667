"""The checker of bundles against one that is proved correct: `projects/sat/lrat` of ACL2's books.

Runs where `acl2` with its books is installed (Debian: `acl2`, `acl2-books`), with `-m slow`.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest
from tests.test_bundles import BUNDLED, arguments_of
from tests.test_proofs import CHANGES, CNF, PROOF, accepted, pigeons

from netproof.bundles.archive import unpacked
from netproof.bundles.check import clauses_of
from netproof.cli import main
from netproof.proofs.sat import Sat, installed, learned
from netproof.proofs.trimming import shared, trimmed
from netproof_encodings.logic.cnf import Clause, dimacs

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("acl2"), reason="acl2 is not installed"),
    pytest.mark.skipif(not installed(), reason="python-sat is not installed"),
]

BOOK = "projects/sat/lrat/list-based/lrat-parser"
Case = tuple[str, str]
"""Clauses in DIMACS and a proof in LRAT."""


def verified(cases: Sequence[Case], folder: Path) -> list[bool]:
    """Whether the verified checker takes each proof; what it stops at is not taken."""
    forms = [f'(include-book "{BOOK}" :dir :system)']
    for number, (cnf, proof) in enumerate(cases):
        names = [folder / f"{number}.cnf", folder / f"{number}.lrat"]
        for path, text in zip(names, (cnf, proof), strict=True):
            path.write_text(text, encoding="ascii")
        files = " ".join(f'"{path}"' for path in names)
        forms.append(
            f"(mv-let (erp val state) (lrat::verify-lrat-proof-fn {files} nil state)"
            f' (prog2$ (cw "~%CASE {number} ~x0~%" (and (null erp) (eq val t)))'
            " (mv nil nil state)))"
        )
    forms.append('(prog2$ (cw "~%ALL DONE~%") nil)')
    done = subprocess.run(
        ["acl2"], input="\n".join(forms), capture_output=True, text=True, check=False
    )
    assert "ALL DONE" in done.stdout, done.stdout[-2000:]
    taken = {int(one) for one in re.findall(r"^CASE (\d+) T$", done.stdout, re.MULTILINE)}
    return [number in taken for number in range(len(cases))]


def test_it_tells_proofs_from_others(tmp_path: Path) -> None:
    """Neither checker takes a proof that skips a step, or clauses that something satisfies."""
    cases = [(CNF, PROOF), (CNF, PROOF.replace("7 1 0", "7 3 0")), (CNF, "")]
    assert verified(cases, tmp_path) == [accepted(*one) for one in cases] == [True, False, False]


def test_proofs_of_the_examples(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every proof in the bundle of every example."""
    cases: list[Case] = []
    for command in BUNDLED:
        monkeypatch.chdir(command.parent)
        file = tmp_path / "b.zip"
        file.unlink(missing_ok=True)
        if main([*arguments_of(command), "--bundle", str(file)]) == 2:
            continue
        members = unpacked(file.read_bytes())
        for name in sorted(one for one in members if one.endswith("/proof.lrat")):
            cnf = name.replace("proof.lrat", "obligation.cnf")
            cases.append((members[cnf].decode(), members[name].decode()))
    capsys.readouterr()
    assert len(cases) > 80
    assert all(accepted(*one) for one in cases)
    assert all(verified(cases, tmp_path))


def generated(random: Random) -> list[Clause]:
    """Clauses over seven variables, so many that most of the time nothing satisfies them."""
    variables = [random.sample(range(1, 8), random.randint(1, 3)) for _ in range(40)]
    return [tuple(random.choice((one, -one)) for one in clause) for clause in variables]


def test_proofs_of_generated_contradictions(tmp_path: Path) -> None:
    random, cases = Random(20), []
    for clauses in [pigeons(3), pigeons(4), *(generated(random) for _ in range(300))]:
        lines = learned(clauses, conflicts=10_000)
        if isinstance(lines, Sat):
            continue
        proof = trimmed(shared(clauses), [], lines, 10**7)
        count = max(abs(one) for clause in clauses for one in clause)
        cases.append((dimacs(count, proof.clauses), proof.lrat))
    assert len(cases) > 150
    assert all(accepted(*one) for one in cases)
    assert all(verified(cases, tmp_path))


def is_plain(cnf: str, proof: str) -> bool:
    """Whether the verified checker reads the form at all, as every proof of ours is.

    It refuses empty clauses and repeated literals, and lines after the empty clause is reached.
    """
    clauses = clauses_of(cnf).values()
    last = proof.splitlines()[-1].split()
    ends = [line.split() for line in proof.splitlines() if line.split()[1] == "0"]
    distinct = all(len({*one}) == len(one) > 0 for one in clauses)
    return distinct and len(ends) == 1 and ends[0] == last


def test_what_our_checker_takes_the_verified_one_takes(tmp_path: Path) -> None:
    """Proofs with random changes, of which some are still proofs."""
    random, cases = Random(7), []
    for _ in range(4000):
        texts = [[line.split() for line in text.splitlines()] for text in (CNF, PROOF)]
        for _ in range(random.randint(1, 3)):
            words = random.choice(texts)
            if words and all(words):
                random.choice(CHANGES)(words, random)
        cnf, proof = ("".join(f"{' '.join(line)}\n" for line in words) for words in texts)
        if accepted(cnf, proof) and is_plain(cnf, proof) and (cnf, proof) not in cases:
            cases.append((cnf, proof))
    assert len(cases) > 20
    assert all(verified(cases, tmp_path))
