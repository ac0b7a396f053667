"""Addresses as they are written, and those of a pod, as its status has them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import ip_address

from netproof_specs.decoding import Cursor, mappings, shown

_BYTE = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
IPV4 = re.compile(rf"{_BYTE}(?:\.{_BYTE}){{3}}")


def addresses_of(status: Cursor | None) -> tuple[str, ...]:
    """Those of a pod's status, at most one of each family: a cluster gives a pod no more."""
    if status is None:
        return ()
    found: dict[int, str] = {}
    for cursor in _address_cursors(status, "podIP", "podIPs"):
        if cursor.value is None or cursor.value == "":
            continue
        text = _address(cursor)
        if text is None:
            continue
        first = found.setdefault(ip_address(text).version, text)
        if first != text:
            cursor.refuse(
                f"a pod has one address of a family, not `{first}` and `{text}`",
                "keep the pod's own",
                code="invalid-address",
            )
    return tuple(found.values())


def addresses_of_host(status: Cursor | None) -> tuple[str, ...]:
    """Those of the node that a pod runs on, as its status has them (A.42)."""
    if status is None:
        return ()
    cursors = _address_cursors(status, "hostIP", "hostIPs")
    found = (_address(one) for one in cursors if one.value not in (None, ""))
    return tuple(dict.fromkeys(one for one in found if one is not None))


def _address_cursors(status: Cursor, one: str, several: str) -> Iterator[Cursor]:
    single = status.value.get(one)
    if single is not None:
        yield status.down(one, single)
    for entry in mappings(status, several, "write `- ip: ...`", "write `ip: ...`"):
        address = entry.value.get("ip")
        if address != single:
            yield entry.down("ip", address)


def _address(cursor: Cursor) -> str | None:
    if not isinstance(cursor.value, str):
        cursor.wrong_type("an address", "")
        return None
    return cursor.value if IPV4.fullmatch(cursor.value) else read_address(cursor)


def read_address(cursor: Cursor, hint: str = "", *, clause: str = "") -> str | None:
    """An address in canonical form, without a length or a zone, or `None` with a problem."""
    text = cursor.string()
    if text is None:
        return None
    try:
        if "%" in text:
            raise ValueError
        return str(ip_address(text))
    except ValueError:
        why = f"`{shown(text)}` is no address"
        cursor.refuse(why, hint, code="invalid-address", clause=clause)
        return None
