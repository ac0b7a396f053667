"""The files under some paths, and what of them has changed since they were last looked at."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence

from netproof_specs.frozen import Frozen, field
from netproof_specs.problems import Problem
from netproof_specs.sources.finding import (
    Content,
    Origin,
    again,
    found_files,
    read_source,
)
from netproof_specs.sources.folders import Exclusion

Mark = tuple[int, int, int]
"""What tells one state of a file from another, as far as its folder knows."""


class Listing(Frozen):
    """What a load of paths knows besides texts: the order of the files, and what was left out.

    `paths` are those that read the same input again.
    """

    names: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()


class Look(Frozen):
    """What is new: files with another content, and None for those that are gone.

    With `problems` in it some files could not be read, or not even be found; these are as they
    were, and are looked at again the next time.
    """

    edits: dict[str, Content | None] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


class _Known(Frozen):
    """A file as it was when it was read."""

    mark: Mark
    content: Content


class Files:
    """The manifests under some paths.

    A class because it remembers what it has seen: only what may have changed is read again.
    """

    def __init__(self, paths: Sequence[str], but: Sequence[str], exclude: Sequence[str]) -> None:
        self.paths, self._but, self._exclude = tuple(paths), tuple(but), tuple(exclude)
        self._known: dict[str, _Known] = {}
        self._places: dict[str, str] = {}
        self._in_doubt = True
        self.listing = Listing()

    def settle(self, but: Sequence[str], exclude: Sequence[str]) -> None:
        """Takes other files to be left out, which counts from the next look on."""
        if (self._but, self._exclude) != (tuple(but), tuple(exclude)):
            self._but, self._exclude = tuple(but), tuple(exclude)
            self._in_doubt = True

    def holds(self, touched: Collection[str]) -> bool:
        """Whether the full paths are all of manifests that are known."""
        return all(one in self._places for one in touched)

    def look(self, touched: Collection[str]) -> Look:
        """What has changed, given the full paths that something was heard of.

        Where these are files that are known and still there, nothing else is looked at.
        """
        names = [self._places.get(one) for one in touched]
        known = [one for one in names if one is not None]
        if self._in_doubt or len(known) < len(names) or not all(map(os.path.isfile, known)):
            return self._everywhere(frozenset(known))
        found = [(one, self._known[one].content.origin) for one in dict.fromkeys(known)]
        return self._read(found, [])

    def _everywhere(self, touched: frozenset[str]) -> Look:
        """The same with all files, of which those are read that look other than before."""
        problems: list[Problem] = []
        exclusion = Exclusion(self._exclude)
        found = dict(found_files(self.paths, problems, self._but, exclusion))
        self._in_doubt = bool(problems)
        if problems:
            return Look(problems=tuple(problems))
        changed = [one for one in found.items() if one[0] in touched or self._differs(*one)]
        look = self._read(changed, problems)
        for name in [one for one in self._known if one not in found]:
            del self._known[name]
            look.edits[name] = None
        self._places = {place: name for name in self._known for place in _places(name)}
        paths = again(self.paths, self._but, self._exclude)
        self.listing = Listing(tuple(found), tuple(exclusion.files), paths)
        return look

    def _differs(self, name: str, origin: Origin) -> bool:
        known = self._known.get(name)
        return known is None or known.content.origin is not origin or known.mark != _mark(name)

    def _read(self, files: Sequence[tuple[str, Origin]], problems: list[Problem]) -> Look:
        edits: dict[str, Content | None] = {}
        for name, origin in files:
            # Before it is read, so that whatever is written later is noticed.
            mark = _mark(name)
            content = read_source(name, origin, None, problems)
            if content is None:
                self._in_doubt = True
                continue
            before = self._known.get(name)
            self._known[name] = _Known(mark, content)
            if before is None or before.content != content:
                edits[name] = content
        return Look(edits, tuple(problems))


def _mark(name: str) -> Mark:
    try:
        found = os.stat(name)
    except (OSError, ValueError):
        return 0, 0, 0
    return found.st_mtime_ns, found.st_size, found.st_ino


def _places(name: str) -> tuple[str, str]:
    """The full paths that may be heard of a file."""
    return os.path.abspath(name), os.path.realpath(name)
