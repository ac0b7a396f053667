"""What is wrong with an input: one value per mistake, all of them raised together."""

from __future__ import annotations

from netproof_specs.frozen import Frozen
from netproof_specs.locations import Location


class Problem(Frozen):
    """One mistake, where it stands, and what to write instead.

    `message` says what is wrong, with the user's text in backticks; `suggestion` says what would
    be right, or is empty; `code` is a short stable word such as `unknown-field`; `clause` names
    the rule of docs/semantics.md that rejects it, or is empty. `excerpt` is a few lines ready to
    print under the message (a caret under the offending word), or empty.
    """

    where: Location | None
    message: str
    suggestion: str = ""
    code: str = "invalid"
    clause: str = ""
    excerpt: str = ""

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where is not None else ""
        clause = f" ({self.clause})" if self.clause else ""
        text = f"{place}{self.message}{clause}"
        if self.excerpt:
            text += "\n" + self.excerpt
        if self.suggestion:
            text += f"\n    {self.suggestion}"
        return text


class InputError(Exception):
    """The input cannot be analysed; `problems` holds every reason, in input order."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems
