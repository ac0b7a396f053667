"""What a folder holds besides manifests: files that are excluded, and files of other programs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from typing import Any

from netproof_specs.frozen import Frozen, field
from netproof_specs.problems import Problem

_OBJECT_KEYS = frozenset({"apiversion", "kind", "metadata", "spec", "podselector", "policytypes"})
_RULES = ("ingress", "egress")
_CHART_KEYS = frozenset({"apiVersion", "name", "version"})


class Exclusion(Frozen):
    """Which files of folders are left out, and which ones were."""

    globs: tuple[str, ...] = ()
    files: list[str] = field(default_factory=list)

    def fits(self, path: str) -> bool:
        """Whether the path below a folder is excluded."""
        return any(fits(path, glob) for glob in self.globs)

    def holds(self, path: str, name: str) -> bool:
        """Whether the path below a folder is excluded, which is then noted under its name."""
        excluded = self.fits(path)
        if excluded:
            self.files.append(name)
        return excluded


def fits(path: str, glob: str) -> bool:
    """Whether a glob names the path, whose parts `/` separates, or a folder that it lies in.

    A glob without `/` names files and folders at any depth; one with it counts from the folder
    that was given. `*` and `?` stay within a name, `**` stands for any number of folders.
    """
    wanted = glob.strip("/").split("/")
    if "/" not in glob.rstrip("/"):
        wanted = ["**", *wanted]
    parts = path.split("/")
    return any(_fit(parts[:end], wanted) for end in range(1, len(parts) + 1))


def _fit(parts: Sequence[str], wanted: Sequence[str]) -> bool:
    if not wanted:
        return not parts
    first, *rest = wanted
    if first == "**":
        return any(_fit(parts[start:], rest) for start in range(len(parts) + 1))
    return bool(parts) and fnmatchcase(parts[0], first) and _fit(parts[1:], rest)


def is_foreign(values: Iterable[Any]) -> bool:
    """Iff none of a file's documents is, or was meant to be, a Kubernetes object.

    A document with only one of the fields of an object, or with those of a policy at its top, is
    rather a manifest with a mistake.
    """
    return not any(map(_is_object, values))


def _is_object(value: Any) -> bool:
    if isinstance(value, list):
        return any(map(_is_object, value))
    if not isinstance(value, dict):
        return False
    keys = {key for key in value if isinstance(key, str)}
    if _is_object(value.get("items")):
        return True
    if any(isinstance(value.get(key), list) and value[key] for key in _RULES):
        return True
    own = {key for key in keys if key.lower() in _OBJECT_KEYS}
    return bool(own) and not (own == {"apiVersion"} and keys >= _CHART_KEYS)


class Unread(Frozen):
    """The files of folders that were not read: excluded ones, and those of other programs."""

    excluded: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()


NONE_UNREAD = Unread()


def left_out(unread: Unread) -> list[Problem]:
    """Notes on the files of folders that were not read."""
    notes = []
    if unread.excluded:
        message = f"{_files(unread.excluded)} left out, as `--exclude` or a spec says"
        text = f"{message}: {_names(unread.excluded)}"
        notes.append(Problem(None, text, code="excluded-files"))
    if unread.foreign:
        number = _files(unread.foreign)
        message = f"{number} left out, without any Kubernetes object: {_names(unread.foreign)}"
        hint = "name a file itself to have it read"
        notes.append(Problem(None, message, hint, "foreign-files"))
    return notes


def _files(names: Sequence[str]) -> str:
    return "1 file or folder is" if len(names) == 1 else f"{len(names)} files and folders are"


def _names(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
