"""What all tables of figures are made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from benchmarks.measuring import Figures


def grid(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)


def measured_on(figures: Figures) -> str:
    """How often the figures were measured, and on what."""
    on, number = figures["environment"], figures["runs"]
    runs = f"Medians of {number} runs" if number > 1 else "One run each"
    return f"{runs}; Python {on['python']}, Z3 {on['z3']}, {on['cores']} cores.\n"


def growth(figures: Figures, over: str) -> str:
    """With which powers cost grows, and of what."""
    powers = (f"{name.replace('_', ' ')} {found}" for name, found in figures["exponents"].items())
    return f"Exponents over {over}: {', '.join(powers)}.\n"
