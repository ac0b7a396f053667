"""Where in the user's input a value stands."""

from __future__ import annotations

from netproof_specs.frozen import Frozen

Step = str | int
"""One step into a document: a mapping key or a list index."""


class Location(Frozen, order=True):
    """A place in an input file.

    `line` and `column` count from 1. They are 0 for JSON input, whose positions are worked out
    only when somebody asks (`loading.resolve`), because scanning for them costs more than the
    C parser's whole run. `document` counts the documents of the file from 0; `path` leads from
    that document's root to the value.
    """

    file: str
    line: int
    column: int
    document: int = 0
    path: tuple[Step, ...] = ()

    def __str__(self) -> str:
        # A line end in a file's name would begin a line of its own in a report.
        file = self.file if self.file.isprintable() else self.file.encode("unicode_escape").decode()
        if self.line:
            return f"{file}:{self.line}:{self.column}"
        return f"{file}: {path_text(self.path)}" if self.path else file


def path_text(path: tuple[Step, ...]) -> str:
    """The path as the API server writes it: `spec.ingress[0].from`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif step and all(ch.isalnum() or ch in "_-" for ch in step):
            text += f".{step}" if text else step
        else:
            text += f"[{step!r}]"
    return text
