"""Planted semantic errors, of the kind that real tools make, and how to plant them.

Each mutant replaces one function and names the row of the truth tables that must catch it. Its
`says` is the mistake as a tool's author might have made it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any

PROJECT = ("netproof", "netproof_encodings", "netproof_specs")
Function = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Mutant:
    """`function` of `module` answers what `error` makes of it; the row `killed_by` notices.

    `error` is given the right function and returns the wrong one.
    """

    module: str
    function: str
    says: str
    error: Callable[[Function], Function]
    killed_by: str

    @property
    def id(self) -> str:
        """The function and the mistake."""
        return f"{self.module.rpartition('.')[2]}.{self.function}: {self.says}"


@contextmanager
def planted(mutant: Mutant) -> Iterator[None]:
    """The mutant in place of the right function, in every module that has imported it."""
    right = getattr(import_module(mutant.module), mutant.function)
    wrong = mutant.error(right)
    places = [
        (module, name)
        for title, module in sorted(sys.modules.items())
        if title.partition(".")[0] in PROJECT
        for name, value in vars(module).items()
        if value is right
    ]
    for module, name in places:
        setattr(module, name, wrong)
    try:
        yield
    finally:
        for module, name in places:
            setattr(module, name, right)


def mutant(module: str, function: str, error: Callable[[Function], Function], row: str) -> Mutant:
    """A mutant whose mistake is the name of the error."""
    return Mutant(module, function, error.__name__.replace("_", " "), error, row)
