"""Loading manifests: from paths or texts to a cluster, or to every reason why not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import BinaryIO

from netproof_specs.collecting import collector_off
from netproof_specs.decoding import Decoding
from netproof_specs.frozen import Frozen, replace
from netproof_specs.loading.assembling import assembled
from netproof_specs.loading.files import FileReading, Met, read_file
from netproof_specs.loading.merging import merged
from netproof_specs.loading.results import (
    AS_USUAL,
    UNKNOWN_KIND,
    Documents,
    Duplicates,
    KindCount,
    Loaded,
    LoadOptions,
    resolve,
)
from netproof_specs.locations import Location
from netproof_specs.problems import Problem
from netproof_specs.readers.kinds import LeftOut
from netproof_specs.sources.finding import Content, Source, again, read_sources
from netproof_specs.sources.folders import NONE_UNREAD, Exclusion, Unread, left_out
from netproof_specs.steps import Step, Watch, unwatched

__all__ = [
    "UNKNOWN_KIND",
    "Decoding",
    "Documents",
    "Duplicates",
    "KindCount",
    "LeftOut",
    "LoadOptions",
    "Loaded",
    "Source",
    "load",
    "load_texts",
    "resolve",
]


def load(
    paths: Sequence[str],
    options: LoadOptions = AS_USUAL,
    stdin: BinaryIO | None = None,
    but: Sequence[str] = (),
    watch: Watch = unwatched,
) -> Loaded:
    """The cluster that files, folders and `-` (standard input) state, the files in `but` aside.

    Raises `InputError` with every problem found, in input order.
    """
    gathering = Gathering([], Exclusion(options.exclude))
    contents = read_sources(paths, stdin, gathering.problems, but, gathering.exclusion)
    loaded = load_contents(contents, options, gathering, watch)
    return replace(loaded, paths=again(paths, but, options.exclude))


class Gathering(Frozen):
    """What is found out while files are gathered."""

    problems: list[Problem]
    exclusion: Exclusion
    unread: Unread = NONE_UNREAD


def load_contents(
    contents: Iterable[Content], options: LoadOptions, gathering: Gathering, watch: Watch
) -> Loaded:
    """The cluster that files state, read as they are gathered; errors as in `load`."""
    with collector_off():
        return _load(contents, options, gathering, watch)


def load_texts(
    texts: Mapping[str, bytes | str],
    options: LoadOptions = AS_USUAL,
    watch: Watch = unwatched,
    unread: Unread = NONE_UNREAD,
) -> Loaded:
    """The cluster that texts state, each under the name of its file; errors as in `load`.

    `unread` are files that were not read, for the notes on them.
    """
    contents = (
        Content(name, text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text)
        for name, text in texts.items()
    )
    with collector_off():
        return _load(contents, options, Gathering([], Exclusion(), unread), watch)


def _load(
    contents: Iterable[Content], options: LoadOptions, gathering: Gathering, watch: Watch
) -> Loaded:
    met = Met()
    readings: list[FileReading] = []
    foreign = [*gathering.unread.foreign]
    watch(Step("reading"))
    for content in contents:
        found = read_file(content, options, met, _counted(watch, len(readings)))
        if found is None:
            foreign.append(content.name)
        else:
            readings.append(found)
    excluded = (*gathering.unread.excluded, *gathering.exclusion.files)
    unread = Unread(excluded, tuple(foreign))
    return _joined(readings, options, gathering.problems, unread)


def joined(
    readings: Sequence[FileReading], options: LoadOptions, unread: Unread = NONE_UNREAD
) -> Loaded:
    """The cluster that files state which were read before with the same options.

    `unread` are the files that were left out. Raises `InputError` with every problem.
    """
    with collector_off():
        return _joined(readings, options, (), unread)


def _joined(
    readings: Sequence[FileReading],
    options: LoadOptions,
    problems: Sequence[Problem],
    unread: Unread,
) -> Loaded:
    merge = merged(readings, options)
    merge.problems[:0] = problems
    merge.notes[:0] = left_out(unread)
    if not merge.problems and not any(one.documents for one in readings):
        merge.problems.append(_nothing(readings))
    return replace(assembled(merge, readings, options), unread=unread)


def _counted(watch: Watch, files: int) -> Watch:
    """Tells of steps with the number of files that are done."""
    return lambda step: watch(replace(step, done=files))


def _nothing(readings: Sequence[FileReading]) -> Problem:
    where = Location(readings[0].source.name, 0, 0) if readings else None
    hint = "give files or folders with manifests"
    return Problem(where, "the input holds no object", hint, "no-object")
