"""Other solvers that read the scripts of a bundle, where they are installed."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

from netproof.solving import Answer, Limits, Session


def by_z3(script: str) -> Answer:
    """What Z3 says of a script, in a session of its own."""
    body = script.removeprefix("(set-logic QF_BV)\n").removesuffix("(check-sat)\n")
    return Session(body, Limits()).check(())


def by_bitwuzla(script: str) -> Answer:
    """What Bitwuzla says of a script."""
    import bitwuzla  # noqa: PLC0415 (only where installed)

    library: Any = bitwuzla
    parser = library.Parser(library.TermManager(), library.Options())
    parser.parse(script, parse_only=True, parse_file=False)
    answers = {
        library.Result.SAT: Answer.SAT,
        library.Result.UNSAT: Answer.UNSAT,
        library.Result.UNKNOWN: Answer.UNKNOWN,
    }
    return answers[parser.bitwuzla().check_sat()]


def by_cvc5(script: str) -> Answer:
    """What cvc5 says of a script, with a SAT solver of its own below its bit-vectors."""
    import cvc5  # noqa: PLC0415 (only where installed)

    library: Any = cvc5
    solver = library.Solver(library.TermManager())
    solver.setOption("bv-solver", "bitblast-internal")
    parser = library.InputParser(solver)
    parser.setStringInput(library.InputLanguage.SMT_LIB_2_6, script, "certificate")
    symbols = parser.getSymbolManager()
    answers: list[str] = []
    while not (command := parser.nextCommand()).isNull():
        printed = str(command.invoke(solver, symbols)).strip()
        answers += [printed] if printed else []
    (answer,) = answers
    return Answer(answer)


OTHERS: dict[str, Callable[[str], Answer]] = {"bitwuzla": by_bitwuzla, "cvc5": by_cvc5}


def solvers() -> dict[str, Callable[[str], Answer]]:
    """Z3, and the other solvers that are installed."""
    others = {name: one for name, one in OTHERS.items() if find_spec(name) is not None}
    return {"z3": by_z3, **others}
