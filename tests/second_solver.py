"""Other solvers, which read certificates as any third party would.

`bitwuzla` and `cvc5` share no code with Z3. Each takes a whole SMT-LIB script and answers its one
`check-sat`. Our own clauses with a SAT solver are the third, where that is installed: what it
calls contradictory comes with a proof, and the checker of bundles has to accept that.
"""

from __future__ import annotations

from collections.abc import Callable

from netproof.bundles.check import check_proof, clauses_of
from netproof.bundles.solvers import OTHERS
from netproof.proofs.sat import Sat, installed, learned
from netproof.proofs.trimming import shared, trimmed
from netproof.solving import Answer
from netproof_encodings.logic.cnf import Clauses, dimacs
from netproof_encodings.logic.scripts import Reading


def by_clauses(script: str) -> Answer:
    """What our clauses say of a script; the checker accepts the proof where it is `unsat`."""
    translated = Clauses()
    for term in Reading().read(script):
        translated.require(term)
    lines = learned(translated.clauses, conflicts=100_000)
    if isinstance(lines, Sat):
        return Answer.SAT if lines is Sat.SATISFIABLE else Answer.UNKNOWN
    proof = trimmed(shared(()), translated.clauses, lines, 10**8)
    assert {*proof.clauses} <= {*translated.clauses}
    assert check_proof(clauses_of(dimacs(translated.variables, proof.clauses)), proof.lrat) > 0
    return Answer.UNSAT


SOLVERS: dict[str, Callable[[str], Answer]] = {**OTHERS}
if installed():
    SOLVERS["clauses"] = by_clauses
