"""A `List` in JSON, as kubectl prints it, object by object."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from msgspec import UNSET, DecodeError, Raw, ValidationError
from msgspec.json import Decoder, Encoder

from netproof_specs.typed.forms import Form
from netproof_specs.typed.kinds import ANY_FORM


class _List(Form):
    """A List of v1."""

    api_version: Literal["v1"]
    kind: Literal["List"]
    items: list[Raw]
    metadata: Any = UNSET


_LISTS = Decoder(_List)
_OBJECTS = Decoder(ANY_FORM)
_VALUES = Decoder()
_WRITE = Encoder().encode
_WRITE_INTO = Encoder().encode_into
_MUCH = 1 << 16
"""So many bytes are written before they are looked at, since each look has its price."""
_BAD = (DecodeError, UnicodeDecodeError, RecursionError)


class NotAcceptedError(Exception):
    """The typed decoder does not accept the text as a whole."""


def listed(data: bytes) -> Iterator[tuple[Form | None, Raw]]:
    """The objects of a `List` in order, with their texts; `None` for one not of the typed forms.

    Raises NotAcceptedError, if need be after the last of them, unless the text is one that
    `read_json` finds nothing wrong with. The decoder takes the last of two equal keys. A member
    that it lost would show: there is a colon for each member, those that stand in texts aside,
    and these are alike in what was read and in what is written of it. Only a colon that is
    written as an escape would not be.
    """
    if b"\\" in data and (b"\\u003a" in data or b"\\u003A" in data):
        raise NotAcceptedError
    try:
        found = _LISTS.decode(data)
        items, found.items = found.items, []
        colons = _WRITE(found).count(b":")
        written = bytearray()
        for raw in items:
            try:
                one = _OBJECTS.decode(raw)
            except ValidationError:
                one = None
            # At once, so that the next one can have its memory: several at a time take longer.
            _WRITE_INTO(value_of(raw) if one is None else one, written, -1)
            if len(written) > _MUCH:
                colons += written.count(b":")
                written.clear()
            yield one, raw
        colons += written.count(b":")
    except _BAD:
        raise NotAcceptedError from None
    if colons != data.count(b":"):
        raise NotAcceptedError


def value_of(raw: Raw) -> Any:
    """A text as plain data."""
    return _VALUES.decode(raw)
