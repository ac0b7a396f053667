"""Input errors as text: where, what, and what instead."""

from __future__ import annotations

from collections.abc import Sequence

from netproof.reports.words import safe
from netproof_specs.problems import Problem


def problems_text(problems: Sequence[Problem]) -> str:
    """Every problem, then how many there were."""
    lines = [line for problem in problems for line in str(problem).splitlines()]
    number = len(problems)
    count = f"{number} {'error' if number == 1 else 'errors'}"
    if any(problem.code == "unknown-field" for problem in problems):
        lines.append("with --lenient unknown fields are dropped, as servers may do (B.2)")
    return "".join(f"{safe(line)}\n" for line in [*lines, f"{count}; nothing was decided"])
