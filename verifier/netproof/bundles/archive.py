"""A bundle as one file or as a folder; the same members always give the same bytes."""

from __future__ import annotations

import errno
import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

Members = Mapping[str, bytes]
"""The files of a bundle by name, `/` between folders."""

INDEX = "index.json"
SEAL = "index.sha256"
"""The digest of the index, which has those of all others."""

MOST = 4 << 30
"""Bytes that an archive may unpack to: a small one can claim to hold any number of them."""

_EARLIEST = (1980, 1, 1, 0, 0, 0)


class ArchiveError(Exception):
    """A file that is no bundle, or a folder that cannot take one; says why in one line."""


def packed(members: Members) -> bytes:
    """The archive: members in order of their names, without times and owners."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name in sorted(members):
            info = zipfile.ZipInfo(name, _EARLIEST)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system, info.external_attr = 3, 0o100644 << 16
            archive.writestr(info, members[name])
    return out.getvalue()


def unpacked(data: bytes) -> dict[str, bytes]:
    """The members of an archive; raises ArchiveError, also for bytes that are no part of any."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
            if sum(one.file_size for one in archive.infolist()) > MOST:
                raise ArchiveError(f"would unpack to more than {MOST >> 30} GiB")
            members = {name: archive.read(name) for name in names}
    except (zipfile.BadZipFile, zlib.error, ValueError, RuntimeError, OSError, EOFError) as error:
        raise ArchiveError(f"cannot be unpacked: {error}") from error
    if len(members) < len(names):
        raise ArchiveError("holds a member twice")
    return members


def read_folder(folder: Path) -> dict[str, bytes]:
    """The files below the folder; raises OSError."""
    files = sorted(path for path in folder.rglob("*") if _is_file(path))
    return {path.relative_to(folder).as_posix(): read_file(path) for path in files}


def read_file(path: Path) -> bytes:
    """The bytes of a file; raises OSError, also for a device or a pipe, which may have no end."""
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "it is no file", str(path))
    return path.read_bytes()


def named(name: str) -> PurePosixPath:
    """The name as a path below a folder; raises ArchiveError where it leads out of it."""
    path = PurePosixPath(name)
    if path.is_absolute() or not path.parts or ".." in path.parts or "\\" in name:
        raise ArchiveError(f"holds a member outside of itself: {name!r}")
    return path


def write_folder(members: Members, folder: Path) -> None:
    """Writes the members below the folder, in place of those of an earlier run.

    Raises ArchiveError where the folder holds anything else, and OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    empty_folder(folder)
    for name in sorted(members):
        path = folder / named(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(members[name])


def empty_folder(folder: Path) -> None:
    """Removes what an earlier run wrote: what its index names, and folders that are empty then.

    Raises ArchiveError where the folder holds anything else, and OSError.
    """
    if not folder.exists():
        return
    earlier = _indexed(folder)
    present = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if _is_file(path)}
    if strange := sorted(present - earlier):
        raise ArchiveError(
            f"{folder} holds files that no earlier run wrote, such as {strange[0]!r}; "
            "name a new or an empty folder"
        )
    for name in sorted(present):
        (folder / name).unlink()
    for path in sorted((one for one in folder.rglob("*") if one.is_dir()), reverse=True):
        path.rmdir()


def _is_file(path: Path) -> bool:
    return path.is_symlink() or not path.is_dir()


def _indexed(folder: Path) -> set[str]:
    """The files that an index in the folder names, itself among them."""
    try:
        index = json.loads((folder / INDEX).read_bytes())
        return {INDEX, SEAL, *(named(name).as_posix() for name in index["members"])}
    except (OSError, ValueError, LookupError, TypeError, ArchiveError):
        return set()
