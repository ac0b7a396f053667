"""Fields that lenient decoding drops, which can change what a policy means (B.1, B.2)."""

from __future__ import annotations

from collections.abc import Iterator

from netproof.lint.facts import Facts
from netproof.lint.findings import Finding, finding


def dropped_fields(facts: Facts) -> Iterator[Finding]:
    """NP025: each unknown field that was dropped."""
    for note in facts.loaded.notes:
        if note.code == "dropped-field":
            message = f"{note.message}: the object is read as if it were not there"
            yield finding("NP025", note.where, message, note.suggestion)
