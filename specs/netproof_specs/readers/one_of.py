"""Mappings of which exactly one field may be given."""

from __future__ import annotations

from netproof_specs.decoding import Cursor, Decoding, Fields, Shape, refuse


def only_field(cursor: Cursor, given: Fields, shape: Shape, clause: str) -> str | None:
    """The one field that is given, nulls aside, or `None` with a problem (C.10).

    Where strict decoding has reported an unknown field, that no known one is given is not said.
    """
    if not given.readable:
        return None
    present = [name for name in shape.fields if given.get(name) is not None]
    if len(present) == 1:
        return present[0]
    if not present and given.unknown and cursor.report.decoding is Decoding.STRICT:
        return None
    names = ", ".join(f"`{name}`" for name in shape.fields)
    found = " and ".join(f"`{name}`" for name in present)
    message = f"must have exactly one of {names}, not {found or 'none'}"
    if given.unknown:
        message += f", after dropping the unknown field `{'`, `'.join(given.unknown)}`"
    hint = "write each as an element of its own" if present else ""
    if not present and given.nulls:
        hint = f"`{given.nulls[0]}:` without a value counts as absent"
    refuse(cursor, message, hint, code="one-of", clause=clause)
    return None
