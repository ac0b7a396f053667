"""The SAT solvers that tell what they learned; the only module that knows python-sat."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from importlib.util import find_spec
from typing import Any

from netproof_encodings.logic.cnf import Clause


class Sat(Enum):
    """What the solver says of clauses where it has no lines to show."""

    SATISFIABLE = "satisfiable"
    UNKNOWN = "unknown"


def installed() -> bool:
    """Whether there is a SAT solver; `netproof[proofs]` installs it."""
    return find_spec("pysat") is not None


def learned(*parts: Sequence[Clause], conflicts: int) -> tuple[Clause, ...] | Sat:
    """The clauses that a solver learned on the way to a contradiction, in order.

    `conflicts` bounds its search, a measure that every machine agrees on. Glucose is asked first:
    it learns some dozens of clauses where CaDiCaL, which simplifies before it searches, writes
    thousands. CaDiCaL is asked what Glucose does not decide quickly.
    """
    found = _lines(FIRST, parts, min(conflicts, QUICK))
    return _lines(SECOND, parts, conflicts) if found is Sat.UNKNOWN else found


FIRST, SECOND = "glucose4", "cadical195"
"""The solvers, as python-sat calls them."""

QUICK = 5_000
"""The conflicts after which the second solver is asked."""


def _lines(
    name: str, parts: Sequence[Sequence[Clause]], conflicts: int
) -> tuple[Clause, ...] | Sat:
    from pysat.solvers import Solver  # noqa: PLC0415 (an extra)

    solver: Any = Solver(name, with_proof=True)
    try:
        for clauses in parts:
            solver.append_formula(clauses)
        solver.conf_budget(conflicts)
        answer = solver.solve_limited()
        if answer is None:
            return Sat.UNKNOWN
        if answer:
            return Sat.SATISFIABLE
        return tuple(_line(text) for text in solver.get_proof() or () if text[0] != "d")
    finally:
        solver.delete()


def _line(text: str) -> Clause:
    return tuple(map(int, text.split()[:-1]))


def versions() -> dict[str, str]:
    """The solver's name and version, empty where it is not installed."""
    if not installed():
        return {}
    from importlib.metadata import version  # noqa: PLC0415 (slow to import)

    return {"glucose": "4.1", "cadical": "1.9.5", "python-sat": version("python-sat")}
