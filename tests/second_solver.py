"""Other solvers, which read certificates as any third party would.

`bitwuzla` and `cvc5` share no code with Z3. Each takes a whole SMT-LIB script and answers its one
`check-sat`. Our own clauses with a SAT solver are the third, where that is installed: what it
calls contradictory comes with a proof, and the checker of bundles has to accept that.
"""

from __future__ import annotations

from collections.abc import Callable

import bitwuzla
import cvc5

from netproof.bundles.check import check_proof, clauses_of
from netproof.proofs.sat import Sat, installed, learned
from netproof.proofs.trimming import shared, trimmed
from netproof.solving import Answer
from netproof_encodings.cnf import Clauses, dimacs
from netproof_encodings.scripts import Reading

BITWUZLA_ANSWERS = {
    bitwuzla.Result.SAT: Answer.SAT,
    bitwuzla.Result.UNSAT: Answer.UNSAT,
    bitwuzla.Result.UNKNOWN: Answer.UNKNOWN,
}


def by_bitwuzla(script: str) -> Answer:
    """What Bitwuzla says of a script."""
    parser = bitwuzla.Parser(bitwuzla.TermManager(), bitwuzla.Options())
    parser.parse(script, parse_only=True, parse_file=False)
    return BITWUZLA_ANSWERS[parser.bitwuzla().check_sat()]


def by_cvc5(script: str) -> Answer:
    """What cvc5 says of a script, with a SAT solver of its own below its bit-vectors."""
    manager = cvc5.TermManager()
    solver = cvc5.Solver(manager)
    solver.setOption("bv-solver", "bitblast-internal")
    parser = cvc5.InputParser(solver)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, script, "certificate")
    symbols = parser.getSymbolManager()
    answers: list[str] = []
    while not (command := parser.nextCommand()).isNull():
        printed = str(command.invoke(solver, symbols)).strip()
        answers += [printed] if printed else []
    (answer,) = answers
    return Answer(answer)


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


SOLVERS: dict[str, Callable[[str], Answer]] = {"bitwuzla": by_bitwuzla, "cvc5": by_cvc5}
if installed():
    SOLVERS["clauses"] = by_clauses
