"""The addresses of a pod, as its status has them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import ip_address

from netproof_specs.decoding import Cursor, refuse, shown, wrong_type

_BYTE = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
IPV4 = re.compile(rf"{_BYTE}(?:\.{_BYTE}){{3}}")


def addresses_of(status: Cursor | None) -> tuple[str, ...]:
    """Those of a pod's status, at most one of each family: a cluster gives a pod no more."""
    if status is None:
        return ()
    found: dict[int, str] = {}
    for cursor in _address_cursors(status):
        if cursor.value is None or cursor.value == "":
            continue
        text = _address(cursor)
        if text is None:
            continue
        first = found.setdefault(ip_address(text).version, text)
        if first != text:
            refuse(
                cursor,
                f"a pod has one address of a family, not `{first}` and `{text}`",
                "keep the pod's own",
                code="invalid-address",
            )
    return tuple(found.values())


def _address_cursors(status: Cursor) -> Iterator[Cursor]:
    single, several = status.value.get("podIP"), status.value.get("podIPs")
    if single is not None:
        yield status.down("podIP", single)
    if several is None:
        return
    entries = status.down("podIPs", several)
    if not isinstance(several, list):
        wrong_type(entries, "a list", "write `- ip: ...`")
        return
    for position, entry in enumerate(several):
        cursor = entries.down(position, entry)
        if not isinstance(entry, dict):
            wrong_type(cursor, "a mapping", "write `ip: ...`")
        elif entry.get("ip") != single:
            yield cursor.down("ip", entry.get("ip"))


def _address(cursor: Cursor) -> str | None:
    if not isinstance(cursor.value, str):
        wrong_type(cursor, "an address", "")
        return None
    if IPV4.fullmatch(cursor.value):
        return cursor.value
    try:
        if "%" in cursor.value:
            raise ValueError
        return str(ip_address(cursor.value))
    except ValueError:
        refuse(cursor, f"`{shown(cursor.value)}` is no address", code="invalid-address")
        return None
