"""A bundle checked again, whether it is that of a run or of a fleet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from netproof.bundles.archive import ArchiveError, packed, unpacked
from netproof.bundles.making import FLEET_KIND
from netproof.bundles.rechecking import Checked, by_index, made_again
from netproof.fleet.rechecking import recheck_fleet


def recheck(data: bytes) -> Iterator[Checked]:
    """Everything that was looked at in the archive, in order."""
    try:
        members = unpacked(data)
    except ArchiveError as error:
        yield Checked("archive", str(error))
        return
    yield _archive(data, members)
    yield from recheck_members(members)


def _archive(data: bytes, members: Mapping[str, bytes]) -> Checked:
    """Nothing stands between the members: packing them again gives the archive."""
    same = packed(members) == data
    fault = "holds bytes that belong to no member, or was packed by another program"
    return Checked("archive, packed again", "" if same else fault)


def recheck_members(members: Mapping[str, bytes]) -> Iterator[Checked]:
    """Everything that was looked at in the files, in order; an index that is none ends it early."""

    def rest(index: Mapping[str, Any]) -> Iterator[Checked]:
        of_kind = recheck_fleet if index["kind"] == FLEET_KIND else made_again
        return of_kind(members, index)

    yield from by_index(members, rest)
