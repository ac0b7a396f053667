"""Proofs that a SAT solver's steps become, and the checker, which takes no wrong one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.profiles import examples

from netproof.bundles.check import BundleError, check_proof, clauses_of
from netproof.proofs import sat
from netproof.proofs.propagation import OutOfReachError
from netproof.proofs.sat import Sat, installed, learned
from netproof.proofs.trimming import Proof, shared, trimmed
from netproof_encodings.logic.cnf import Clause, dimacs

needs_solver = pytest.mark.skipif(not installed(), reason="python-sat is not installed")

CNF = "p cnf 3 5\n1 2 0\n-1 2 0\n1 -2 0\n-1 -2 3 0\n-3 0\n"
PROOF = "6 2 0 1 2 0\n6 d 2 0\n7 1 0 3 6 0\n8 0 7 6 4 5 0\n"
"""Clauses that contradict each other, and why, step by step."""


def accepted(cnf: str, proof: str) -> bool:
    """Whether the checker takes the proof; it may refuse one in any way."""
    try:
        check_proof(clauses_of(cnf), proof)
    except (BundleError, ValueError, LookupError):
        return False
    return True


def has_model(clauses: Sequence[Sequence[int]]) -> bool:
    """Whether some valuation makes every clause true, by trying all of them."""
    count = max((abs(one) for clause in clauses for one in clause), default=0)
    return any(
        all(any(values[abs(one) - 1] is (one > 0) for one in clause) for clause in clauses)
        for values in product((False, True), repeat=count)
    )


def test_the_proof_is_accepted() -> None:
    assert check_proof(clauses_of(CNF), PROOF) == 3


@pytest.mark.parametrize(
    "proof",
    [
        "",
        "6 2 0 1 2 0\n",
        PROOF.replace("8 0 7 6 4 5 0\n", ""),
        PROOF.replace("8 0", "8 3 0"),
        PROOF.replace("8 0", "7 0"),
        PROOF.replace("6 2 0", "5 2 0"),
        PROOF.replace("6 2 0 1 2 0", "6 2 0 2 0"),
        PROOF.replace("6 2 0 1 2 0", "6 2 0 0"),
        PROOF.replace("6 2 0 1 2 0", "6 2 0 1 2 3 0"),
        PROOF.replace("6 2 0 1 2 0", "6 2 0 6 0"),
        PROOF.replace("6 2 0 1 2 0", "6 2 0 7 0"),
        PROOF.replace("6 2 0 1 2 0", "6 2 0 1 9 0"),
        PROOF.replace("6 2 0 1 2 0", "6 2 0 1 2"),
        PROOF.replace("6 2 0 1 2 0", "6 2 0"),
        PROOF.replace("6 2 0 1 2 0", "6 -2 0 1 2 0"),
        PROOF.replace("6 2 0 1 2 0", "6 3 0 1 2 0"),
        PROOF.replace("6 2 0 1 2 0", "6 2 0 -1 2 0"),
        PROOF.replace("6 2 0 1 2 0", "x 2 0 1 2 0"),
        PROOF.replace("6 2 0 1 2 0", ""),
        PROOF.replace("6 d 2 0", "6 d 9 0"),
        PROOF.replace("6 d 2 0", "6 d 2 2 0"),
        PROOF.replace("6 d 2 0", "6 d 4 0"),
        PROOF.replace("6 d 2 0", "6 d 2"),
        PROOF.replace("7 6 4 5 0", "7 6 5 4 1 0"),
        PROOF.replace("7 6 4 5 0", "7 6 4 0"),
        PROOF.replace("7 6 4 5 0", "5 4 0"),
    ],
)
def test_planted_errors_of_proofs_are_found(proof: str) -> None:
    assert proof != PROOF
    assert not accepted(CNF, proof)


@pytest.mark.parametrize(
    "cnf",
    [
        "",
        CNF.replace("p cnf 3 5", "p cnf 3 4"),
        CNF.replace("p cnf 3 5", "p cnf 2 5"),
        CNF.replace("p cnf 3 5\n", ""),
        CNF.replace("p cnf", "p wcnf"),
        CNF.replace("-3 0", "-3"),
        CNF.replace("-3 0", "3 0"),
        CNF.replace("-3 0", "0 -3 0"),
        CNF.replace("-3 0\n", ""),
        CNF.replace("1 2 0\n", "1 2 3 0\n", 1),
        CNF.replace("-1 -2 3 0", "-1 -2 x 0"),
        CNF.replace("1 2 0\n-1 2 0\n", "-1 2 0\n-1 2 0\n"),
    ],
)
def test_planted_errors_of_clauses_are_found(cnf: str) -> None:
    assert cnf != CNF
    assert not accepted(cnf, PROOF)


Text = list[list[str]]
"""Lines of words."""


def drop_word(words: Text, random: Random) -> None:
    line = random.choice(words)
    del line[random.randrange(len(line))]


def change_word(words: Text, random: Random) -> None:
    line = random.choice(words)
    line[random.randrange(len(line))] = str(random.randint(-9, 9))


def swap_words(words: Text, random: Random) -> None:
    line = random.choice(words)
    one, two = random.randrange(len(line)), random.randrange(len(line))
    line[one], line[two] = line[two], line[one]


def drop_line(words: Text, random: Random) -> None:
    del words[random.randrange(len(words))]


def swap_lines(words: Text, random: Random) -> None:
    one, two = random.randrange(len(words)), random.randrange(len(words))
    words[one], words[two] = words[two], words[one]


def double_line(words: Text, random: Random) -> None:
    words.insert(random.randrange(len(words)), list(random.choice(words)))


CHANGES: list[Callable[[Text, Random], None]] = [
    drop_word, change_word, swap_words, drop_line, swap_lines, double_line,
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES, ids=lambda one: one.__name__)
def test_what_is_accepted_has_no_model(change: Callable[[Text, Random], None]) -> None:
    """Thousands of random changes: a changed proof may still be one, but never of a falsehood."""
    random, seen = Random(change.__name__), {True: 0, False: 0}
    for _ in range(3000):
        cnf, proof = ([line.split() for line in text.splitlines()] for text in (CNF, PROOF))
        for _ in range(random.randint(1, 3)):
            words = random.choice((cnf, proof))
            if words and all(words):
                change(words, random)
        texts = ["".join(f"{' '.join(line)}\n" for line in words) for words in (cnf, proof)]
        taken = accepted(*texts)
        seen[taken] += 1
        assert not taken or not has_model([*clauses_of(texts[0]).values()]), texts
    assert seen[False] > 1000


literals = st.integers(1, 7).flatmap(lambda one: st.sampled_from((one, -one)))
cnfs = st.lists(st.lists(literals, min_size=1, max_size=3).map(tuple), min_size=1, max_size=45)


def proof_of(stage: Sequence[Clause], own: Sequence[Clause], lines: Sequence[Clause]) -> Proof:
    """The trimmed proof, which the checker accepts and which uses given clauses only."""
    proof = trimmed(shared(stage), own, lines, 10**7)
    assert {*proof.clauses} <= {*stage, *own}
    check_proof(clauses_of(dimacs(7, proof.clauses)), proof.lrat)
    return proof


@needs_solver
@examples(usual=150, thorough=1000)
@given(clauses=cnfs, cut=st.integers(0, 45))
def test_every_contradiction_gets_a_proof(clauses: list[Clause], cut: int) -> None:
    lines = learned(clauses, conflicts=10_000)
    assert (lines is Sat.SATISFIABLE) is has_model(clauses)
    if not isinstance(lines, Sat):
        proof_of(clauses[:cut], clauses[cut:], lines)


def pigeons(count: int) -> list[Clause]:
    """As many pigeons and one, no two of them in one of so many holes."""
    holes = range(count)
    where = [[pigeon * count + hole + 1 for hole in holes] for pigeon in range(count + 1)]
    apart = [
        (-one[hole], -other[hole])
        for place, one in enumerate(where)
        for other in where[:place]
        for hole in holes
    ]
    return [*map(tuple, where), *apart]


@needs_solver
def test_a_long_proof_is_trimmed_and_forgets_what_it_used() -> None:
    clauses = pigeons(5)
    lines = learned(clauses, conflicts=100_000)
    assert not isinstance(lines, Sat)
    proof = trimmed(shared(clauses), (), lines, 10**8)
    assert check_proof(clauses_of(dimacs(30, proof.clauses)), proof.lrat) > 20
    assert " d " in proof.lrat


@needs_solver
def test_a_stage_serves_many_claims() -> None:
    """What a claim adds is gone when the next one comes."""
    stage: list[Clause] = [(1, 2), (-1, 2), (3, 4, 5)]
    on = shared(stage)
    for own in ([(-2,)], [(1,), (-2,)], [(-3,), (-4,), (-5,)], [(-2,)]):
        lines = learned(stage, own, conflicts=1000)
        assert not isinstance(lines, Sat)
        proof = trimmed(on, own, lines, 10**6)
        assert check_proof(clauses_of(dimacs(5, proof.clauses)), proof.lrat) > 0
        assert {*proof.clauses} <= {*stage, *own}
    assert learned(stage, [(2,)], conflicts=1000) is Sat.SATISFIABLE
    assert learned(pigeons(8), conflicts=10) is Sat.UNKNOWN


@needs_solver
def test_work_is_bounded() -> None:
    clauses = pigeons(4)
    lines = learned(clauses, conflicts=100_000)
    assert not isinstance(lines, Sat)
    with pytest.raises(OutOfReachError):
        trimmed(shared(clauses), (), lines, 50)


def test_lines_that_lead_nowhere_are_no_proof() -> None:
    with pytest.raises(OutOfReachError):
        trimmed(shared([(1, 2)]), [(-1, 2)], [], 1000)
    with pytest.raises(OutOfReachError):
        trimmed(shared([(1, 2), (-1, 2), (1, -2)]), (), [(-1,), ()], 1000)


def test_a_contradiction_that_needs_no_solver() -> None:
    for stage, own in (([(1,), (-1,)], []), ([(1,)], [(-1,)]), ([()], []), ([], [(1, 2), ()])):
        proof_of(stage, own, [])


@needs_solver
def test_few_lines_are_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Glucose is asked first; the other solver, whose lines make a proof too, where it gives up."""
    first = learned(pigeons(6), conflicts=100_000)
    monkeypatch.setattr(sat, "QUICK", 1)
    second = learned(pigeons(6), conflicts=100_000)
    assert not isinstance(first, Sat)
    assert not isinstance(second, Sat)
    assert first != second
    for lines in (first, second):
        proof = trimmed(shared(pigeons(6)), [], lines, 10**8)
        check_proof(clauses_of(dimacs(42, proof.clauses)), proof.lrat)
    assert learned(pigeons(8), conflicts=10) is Sat.UNKNOWN
