"""Two other solvers, which read certificates as any third party would.

`bitwuzla` and `cvc5` share no code with Z3. Each takes a whole SMT-LIB script and answers its one
`check-sat`.
"""

from __future__ import annotations

from collections.abc import Callable

import bitwuzla
import cvc5

from netproof.solving import Answer

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


SOLVERS: dict[str, Callable[[str], Answer]] = {"bitwuzla": by_bitwuzla, "cvc5": by_cvc5}
