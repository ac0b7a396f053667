"""Finding and reading the files that the user names."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from enum import Enum
from hashlib import sha256
from pathlib import Path, PurePath
from typing import BinaryIO

from netproof_specs.frozen import Frozen
from netproof_specs.locations import Location
from netproof_specs.problems import Problem
from netproof_specs.sources.contents import UnreadableError, file_bytes, reason_of, stream_bytes
from netproof_specs.sources.folders import Exclusion
from netproof_specs.sources.unrendered import unrendered

SUFFIXES = tuple(f".{form}{gz}" for form in ("yaml", "yml", "json") for gz in ("", ".gz"))
STDIN = "-"


class Source(Frozen):
    """One input file under the name that the user gave, or below the folder that he gave."""

    name: str
    sha256: str


class Origin(Enum):
    """Whether the user named a file himself, or a folder that it was found in."""

    NAMED = "named"
    FOUND = "found"


class Content(Frozen):
    """A file's bytes under its name."""

    name: str
    data: bytes
    origin: Origin = Origin.NAMED


def source_of(content: Content) -> Source:
    """The name of a file with the digest of its bytes."""
    return Source(content.name, sha256(content.data).hexdigest())


def read_sources(
    paths: Sequence[str],
    stdin: BinaryIO | None,
    problems: list[Problem],
    but: Sequence[str] = (),
    exclusion: Exclusion | None = None,
) -> Iterator[Content]:
    """The contents of files, folders and `-`, each file once, in the order given.

    The files named in `but` are left out: a folder of manifests may hold the specs as well.

    A folder gives its `.yaml`, `.yml` and `.json` files, packed ones too, at any depth in order of
    their names, but for hidden and for excluded ones; links are followed, each folder once. What
    cannot be read, or has to be rendered first, is added to `problems`.
    """
    for name, origin in found_files(paths, problems, but, exclusion):
        content = read_source(name, origin, stdin, problems)
        if content is not None:
            yield content


def found_files(
    paths: Sequence[str],
    problems: list[Problem],
    but: Sequence[str] = (),
    exclusion: Exclusion | None = None,
) -> Iterator[tuple[str, Origin]]:
    """The files that `read_sources` reads, in its order, and how each was found."""
    seen = {_real(name) for name in but}
    for path in paths:
        origin = Origin.FOUND if _is_folder(path) else Origin.NAMED
        for name in _files(path, problems, exclusion or Exclusion()):
            real = _real(name)
            if real not in seen:
                seen.add(real)
                yield name, origin


def read_source(
    name: str, origin: Origin, stdin: BinaryIO | None, problems: list[Problem]
) -> Content | None:
    """One file, or `None` with a problem."""
    data = _read(name, stdin, problems)
    return None if data is None else Content(name, data, origin)


def again(paths: Sequence[str], but: Sequence[str], globs: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Paths that give the same files where none is left out: files for a folder that holds one."""
    hidden = {_real(name) for name in but}
    found: list[str] = []
    for path in paths:
        files = _files(path, [], Exclusion(globs)) if hidden or globs else [path]
        left = [name for name in files if _real(name) not in hidden]
        found += [path] if left == files and not globs else left
    return tuple(found)


def _real(name: str) -> str:
    """What tells whether two names are of one file."""
    try:
        return STDIN if name == STDIN else os.path.realpath(name)
    except (OSError, ValueError):
        return name


def _files(path: str, problems: list[Problem], exclusion: Exclusion) -> list[str]:
    if not _is_folder(path):
        return [path]
    before = len(problems)
    below = sorted(_below(path, problems, exclusion))
    found = [one for one in below if not exclusion.holds(_within(one, path), one)]
    if not below and len(problems) == before:
        _unreadable(
            path, "the folder holds no manifest", "give `.yaml`, `.yml` or `.json` files", problems
        )
    return found


def _within(file: str, folder: str) -> str:
    """The path of a file below a folder, its parts separated by `/`."""
    return PurePath(os.path.relpath(file, folder)).as_posix()


def _is_folder(path: str) -> bool:
    if path in ("", STDIN):
        return False
    try:
        return Path(path).is_dir()
    except (OSError, ValueError):
        return False


def _below(folder: str, problems: list[Problem], exclusion: Exclusion) -> Iterator[str]:
    def failed(error: OSError) -> None:
        _unreadable(str(error.filename), f"cannot read the folder: {error.strerror}", "", problems)

    seen: set[str] = set()
    for root, folders, files in os.walk(folder, onerror=failed, followlinks=True):
        seen.add(_real(root))
        taken = [one for one in files if not exclusion.fits(_within(str(Path(root) / one), folder))]
        problem = unrendered(root, taken)
        if problem is not None:
            problems.append(problem)
            folders.clear()
            continue
        # In order, because the first of two names of a folder is the one that reports give.
        inner = sorted(name for name in folders if not name.startswith("."))
        folders[:] = [name for name in inner if _first(str(Path(root) / name), seen)]
        for name in files:
            if not name.endswith(SUFFIXES) or name.startswith("."):
                continue
            path = Path(root) / name
            if path.is_file() or not path.exists():
                yield str(path)
            else:
                _unreadable(str(path), "it is no file", "move it out of the folder", problems)


def _first(folder: str, seen: set[str]) -> bool:
    """Iff the folder has not been met before under any name; from now on it has."""
    real = _real(folder)
    if real in seen:
        return False
    seen.add(real)
    return True


def _read(name: str, stdin: BinaryIO | None, problems: list[Problem]) -> bytes | None:
    if not name:
        _unreadable("''", "the empty text names no file", "check the path", problems)
        return None
    try:
        if name != STDIN:
            return file_bytes(name)
        if stdin is not None:
            return stream_bytes(stdin)
        _unreadable(name, "there is no standard input to read", "", problems)
    except FileNotFoundError:
        _unreadable(name, "no such file or folder", "check the path", problems)
    except UnreadableError as error:
        _unreadable(name, str(error), error.suggestion, problems)
    except (OSError, ValueError) as error:
        _unreadable(name, f"cannot read it: {reason_of(error)}", "", problems)
    return None


def _unreadable(name: str, message: str, suggestion: str, problems: list[Problem]) -> None:
    problems.append(Problem(Location(name, 0, 0), message, suggestion, "unreadable-file"))
