"""The SAT solver that tells what it learned; the only module that knows python-sat."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from importlib.util import find_spec
from typing import Any

from netproof_encodings.cnf import Clause


class Sat(Enum):
    """What the solver says of clauses where it has no lines to show."""

    SATISFIABLE = "satisfiable"
    UNKNOWN = "unknown"


def installed() -> bool:
    """Whether there is a SAT solver; `netproof[proofs]` installs it."""
    return find_spec("pysat") is not None


def learned(*parts: Sequence[Clause], conflicts: int) -> tuple[Clause, ...] | Sat:
    """The clauses that the solver learned on the way to a contradiction, in order.

    `conflicts` bounds its search, a measure that every machine agrees on.
    """
    from pysat.solvers import Cadical195  # noqa: PLC0415 (an extra)

    solver: Any = Cadical195(with_proof=True)
    try:
        for clauses in parts:
            solver.append_formula(clauses)
        solver.conf_budget(conflicts)
        answer = solver.solve_limited()
        if answer is None:
            return Sat.UNKNOWN
        if answer:
            return Sat.SATISFIABLE
        return tuple(_line(text) for text in solver.get_proof() if text[0] != "d")
    finally:
        solver.delete()


def _line(text: str) -> Clause:
    return tuple(map(int, text.split()[:-1]))


def versions() -> dict[str, str]:
    """The solver's name and version, empty where it is not installed."""
    if not installed():
        return {}
    from importlib.metadata import version  # noqa: PLC0415 (slow to import)

    return {"cadical": "1.9.5", "python-sat": version("python-sat")}
