"""Objects of all files together: which of them are one and the same (A.51)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from netproof_specs.documents.json_text import JsonText, resolve_in
from netproof_specs.documents.located import Manifest
from netproof_specs.frozen import Frozen, field, replace
from netproof_specs.loading.files import FileReading
from netproof_specs.loading.objects import Identity, ReadObject, identity_of
from netproof_specs.loading.results import Duplicates, LoadOptions
from netproof_specs.problems import Problem
from netproof_specs.readers.table import Item
from netproof_specs.readers.workloads import ReadWorkload


class Merge(Frozen):
    """The objects of all files, each once, and what was found out on the way."""

    kept: dict[Identity, ReadObject] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)
    json_texts: dict[str, JsonText] = field(default_factory=dict)


def merged(readings: Sequence[FileReading], options: LoadOptions) -> Merge:
    """The objects that files state, and the problems and notes of all files."""
    merge = Merge()
    for reading in readings:
        merge.problems.extend(reading.problems)
        if reading.json_text is not None:
            merge.json_texts[reading.source.name] = reading.json_text
    for reading in readings:
        for one in reading.objects:
            # The first of a name is the rule, and this loop runs for every object.
            if merge.kept.setdefault(one.identity, one) is not one:
                _add_another(one, merge, options)
        merge.notes.extend(reading.notes)
    return merge


def _add_another(later: ReadObject, merge: Merge, options: LoadOptions) -> None:
    """Adds an object where another one has its kind, namespace and name (A.51)."""
    identity = later.identity
    if "*" in identity[-1]:
        _add_numbered(later, merge, options)
        return
    earlier = merge.kept[identity].manifest
    problem = _duplicate(identity, earlier, later.manifest, (merge.json_texts, options))
    if earlier.value == later.manifest.value:
        merge.notes.append(problem)
    elif options.duplicates is Duplicates.REFUSE:
        merge.problems.append(problem)
    else:
        merge.notes.append(problem)
        merge.kept[identity] = later


def _add_numbered(one: ReadObject, merge: Merge, options: LoadOptions) -> None:
    """Adds an object whose name the server would make up, told apart from another such object."""
    group, kind, _, _ = one.identity
    item = _numbered(one.item, len(merge.kept))
    numbered = one._replace(item=item, identity=identity_of(group, kind, item))
    if merge.kept.setdefault(numbered.identity, numbered) is not numbered:
        _add_another(numbered, merge, options)


def _numbered(item: Item, number: int) -> Item:
    if isinstance(item, ReadWorkload):
        workload = item.workload
        return replace(item, workload=replace(workload, name=f"{workload.name}{number}"))
    return replace(item, name=f"{item.name}{number}")


def _duplicate(
    identity: Identity,
    earlier: Manifest,
    later: Manifest,
    of: tuple[Mapping[str, JsonText], LoadOptions],
) -> Problem:
    json_texts, options = of
    _, kind, namespace, name = identity
    title = f"{namespace}/{name}" if namespace else name
    first = resolve_in(earlier.locate_name(), json_texts)
    if earlier.value == later.value:
        return Problem(
            later.locate_name(),
            f"the {kind} `{title}` stands at {first} word for word, and counts once",
            "remove one of the two",
            "repeated-object",
            "A.51",
        )
    last_wins = options.duplicates is Duplicates.LAST_WINS
    outcome = "; this one replaces it" if last_wins else ""
    return Problem(
        later.locate_name(),
        f"another {kind} `{title}` stands at {first}{outcome}",
        "remove one of the two: the later one would replace the earlier when applied",
        "duplicate-object",
        "A.51",
    )
