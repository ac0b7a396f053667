"""Fleet files: clusters and what is asked of each, read strictly (docs/fleet.md)."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping

from netproof_specs.assumptions import DEFAULTS, READINGS, Assumption
from netproof_specs.claim_language.words import alternatives, closest, quoted
from netproof_specs.decoding import Decoding
from netproof_specs.frozen import Frozen
from netproof_specs.loading import LoadOptions
from netproof_specs.locations import Location
from netproof_specs.problems import InputError
from netproof_specs.readers.kinds import LeftOut, left_out
from netproof_specs.sources.finding import STDIN
from netproof_specs.sources.revisions import PREFIX, is_revision
from netproof_specs.spec_files.includes import MARK
from netproof_specs.spec_files.nodes import (
    Entry,
    Form,
    Value,
    compose_page,
    in_file_order,
)
from netproof_specs.syntax import namespace_fault
from netproof_specs.worlds import World

_SHARED = ("specs", "world", "assume", "exclude", "namespace", "without", "lenient")
_FLEET_KEYS = ("clusters", *_SHARED)
_CLUSTER_KEYS = ("paths", "revision", *_SHARED)
NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?")
FLEET = Form(
    "fleet",
    "`clusters`, and what all of them share",
    "paths of a cluster",
    "say it once for all clusters, beside `clusters`",
)


class Path(Frozen):
    """A path as `verify` or `compare` takes it from the current folder, and where it stands."""

    name: str
    where: Location


class Member(Frozen):
    """One cluster of a fleet: what is read of it, and what is asked.

    `specs` are spec files, from the current folder as well. `chosen` are the assumptions that the
    file fixes, each with whether it holds. `world` None leaves the choice to the input.
    """

    name: str
    paths: tuple[Path, ...]
    specs: tuple[Path, ...]
    world: World | None
    chosen: tuple[tuple[Assumption, bool], ...]
    reading: LoadOptions

    @property
    def assumptions(self) -> frozenset[Assumption]:
        """Every assumption that holds: the defaults but for what the file fixes."""
        without = DEFAULTS - {one for one, _ in self.chosen}
        return without | {one for one, holds in self.chosen if holds}


class _Shared(Frozen):
    """What the fleet says of all of its clusters, or one cluster of itself."""

    specs: tuple[Path, ...] = ()
    world: World | None = None
    chosen: tuple[tuple[Assumption, bool], ...] = ()
    exclude: tuple[str, ...] = ()
    namespace: str = ""
    without: tuple[LeftOut, ...] = ()
    decoding: Decoding | None = None


def read_fleet(name: str, text: bytes | str) -> tuple[Member, ...]:
    """The clusters that a YAML or JSON text states; `name` is the file's name.

    Paths count from the folder of the file. Raises InputError with every mistake of the file, in
    the order of their places.
    """
    root = compose_page(name, text, FLEET)
    parts = root.known_entries(_FLEET_KEYS, "a fleet")
    shared = _read_shared(parts, os.path.dirname(name))
    members = []
    if "clusters" in parts:
        members = [_read_member(one, shared) for one in parts["clusters"].entries("`clusters`")]
        if not members and not root.page.problems:
            parts["clusters"].complain("the fleet has no cluster", _WRITE, "empty")
    elif not root.page.problems:
        root.complain("the file has no `clusters`", _WRITE, "missing-field")
    if root.page.problems:
        raise InputError(in_file_order(root.page.problems))
    return tuple(members)


_WRITE = "write `clusters: {NAME: {paths: [FOLDER]}}`"


def _read_member(entry: Entry, shared: _Shared) -> Member:
    folder = os.path.dirname(entry.at.page.file)
    if not NAME.fullmatch(entry.key):
        hint = "a name is at most 100 letters, digits, `-`, `_` and `.`, as in `prod-eu`"
        entry.at.complain(f"{quoted(entry.key)} cannot be the name of a cluster", hint, "bad-name")
    before = len(entry.at.page.problems)
    parts = entry.value.known_entries(_CLUSTER_KEYS, "a cluster")
    revision = parts["revision"].line("a revision") if "revision" in parts else None
    if "paths" in parts:
        paths = _paths(parts["paths"], "a path", lambda one: _path(one, folder, revision or ""))
    else:
        paths = ()
        if len(entry.at.page.problems) == before:
            message = f"the cluster {quoted(entry.key)} has no `paths`"
            hint = "write `paths: [FOLDER]`, the files or folders of its manifests"
            entry.at.complain(message, hint, "missing-field")
    own = _read_shared(parts, folder)
    chosen = {**dict(shared.chosen), **dict(own.chosen)}
    reading = LoadOptions(
        namespace=own.namespace or shared.namespace or "default",
        decoding=own.decoding or shared.decoding or Decoding.STRICT,
        without=tuple(dict.fromkeys((*shared.without, *own.without))),
        exclude=tuple(dict.fromkeys((*shared.exclude, *own.exclude))),
    )
    specs = {one.name: one for one in (*own.specs, *shared.specs)}
    ordered = dict.fromkeys(one.name for one in (*shared.specs, *own.specs))
    return Member(
        entry.key,
        paths,
        tuple(specs[name] for name in ordered),
        own.world or shared.world,
        tuple(chosen.items()),
        reading,
    )


def _read_shared(parts: Mapping[str, Value], folder: str) -> _Shared:
    def specs(value: Value) -> str | None:
        text = value.line("a spec file")
        return None if text is None else _joined(value, text, folder, "a spec file")

    lenient = parts["lenient"].boolean("`lenient`") if "lenient" in parts else None
    decodings = {None: None, True: Decoding.LENIENT, False: Decoding.STRICT}
    return _Shared(
        _paths(parts["specs"], "a spec file", specs) if "specs" in parts else (),
        _read_world(parts["world"]) if "world" in parts else None,
        tuple(_read_assumptions(parts["assume"])) if "assume" in parts else (),
        _read_globs(parts["exclude"]) if "exclude" in parts else (),
        _read_namespace(parts["namespace"]) if "namespace" in parts else "",
        _read_kinds(parts["without"]) if "without" in parts else (),
        decodings[lenient],
    )


def _texts(value: Value, what: str) -> list[Value]:
    """A list of strings, or one string; notes anything else."""
    if not value.is_string() and not value.is_list():
        value.complain(f"{what} must be a string, or a list of strings", "", "type")
        return []
    return value.one_or_more("the list is empty", f"name {what}, or leave the entry out")


def _paths(value: Value, what: str, read: Callable[[Value], str | None]) -> tuple[Path, ...]:
    named = ((read(one), one) for one in _texts(value, what))
    found = [Path(name, one.where()) for name, one in named if name is not None]
    return tuple({one.name: one for one in reversed(found)}.values())[::-1]


def _path(value: Value, folder: str, revision: str) -> str | None:
    """The path of some manifests, those of a revision as `compare` writes them."""
    text = value.line("a path")
    if text is not None and is_revision(text):
        if not revision:
            return text
        hint = f"write the path alone, or leave `revision` out and write {quoted('git:REV:PATH')}"
        value.complain(f"{quoted(text)} names a revision of its own", hint, "bad-path")
        return None
    joined = None if text is None else _joined(value, text, folder, "a path")
    if joined is None or not revision:
        return joined
    if os.path.isabs(joined):
        hint = "write it from the folder of this file"
        value.complain(f"{quoted(joined)} is not in the repository", hint, "bad-path")
        return None
    return f"{PREFIX}{revision}:./{joined}"


def _joined(value: Value, text: str, folder: str, what: str) -> str | None:
    """A path from the current folder, of one from the folder of the fleet file.

    A catalogue of claims is in no folder.
    """
    if text.startswith(MARK):
        return text
    if text == STDIN:
        hint = "write a file or a folder: the clusters of a fleet are read one by one"
        value.complain(f"{what} cannot be standard input", hint, "bad-path")
        return None
    return os.path.join(folder, text)


def _read_world(value: Value) -> World | None:
    name = value.choice("a world", (one.value for one in World))
    return World(name) if name in {one.value for one in World} else None


def _read_assumptions(value: Value) -> list[tuple[Assumption, bool]]:
    """The assumptions that are fixed; `yes` and `no` are taken as they are written."""
    found: list[tuple[Assumption, bool]] = []
    known = {one.value: one for one in READINGS}
    for entry in value.entries("`assume`"):
        one = known.get(entry.key)
        if one is None:
            close = closest(entry.key, tuple(known))
            hint = f"known are {alternatives(f'`{name}`' for name in known)}"
            hint = f"did you mean `{close}`? {hint}" if close else hint
            entry.at.complain(f"{quoted(entry.key)} is no assumption", hint, "unknown-field")
            continue
        reading, text = READINGS[one], entry.value.scalar()
        if text not in (reading.when_true, reading.when_false):
            hint = f"write `{reading.when_true}` or `{reading.when_false}`"
            entry.value.complain(f"this is no value of `{one.value}`", hint, "bad-value")
            continue
        found.append((one, text == reading.when_true))
    return found


def _read_globs(value: Value) -> tuple[str, ...]:
    globs = [(one.line("a glob"), one) for one in _texts(value, "`exclude`")]
    for glob, at in globs:
        if glob is not None and not glob.strip("/"):
            hint = "write the name of a file or folder"
            at.complain("a glob must not be empty", hint, "empty")
    return tuple(glob for glob, _ in globs if glob is not None)


def _read_namespace(value: Value) -> str:
    name = value.line("a namespace") or ""
    if name and (fault := namespace_fault(name)):
        value.complain(f"{quoted(name)}: {fault}", "", "bad-name")
    return name


def _read_kinds(value: Value) -> tuple[LeftOut, ...]:
    found = []
    for one in _texts(value, "`without`"):
        text = one.line("a kind")
        try:
            found += [left_out(text)] if text is not None else []
        except ValueError as error:
            one.complain(str(error), "write KIND or KIND.GROUP", "bad-value")
    return tuple(found)
