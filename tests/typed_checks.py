"""What a load tells, with the typed decoder and without it, for the law that they are alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from unittest.mock import patch

from netproof_specs.documents.located import Manifest
from netproof_specs.loading import Loaded, LoadOptions, load_texts, resolve
from netproof_specs.loading.files import FileReading, Met, read_file
from netproof_specs.problems import InputError
from netproof_specs.sources.finding import Content
from netproof_specs.typed.json_lists import NotAcceptedError

USUAL = LoadOptions()


def told(texts: Mapping[str, bytes], options: LoadOptions = USUAL) -> Any:
    """All that a load of the texts says: the cluster and what is told of it, or its problems."""
    try:
        loaded = load_texts(texts, options)
    except InputError as error:
        return error.problems
    objects = [one.manifest for one in loaded.documents.policies]
    parts = (
        loaded.cluster,
        loaded.sources,
        loaded.skipped,
        loaded.notes,
        loaded.options,
        loaded.dormant,
        loaded.unknown_kinds,
        loaded.without,
        loaded.documents.texts,
    )
    return (
        parts,
        places(loaded),
        [(one.value, one.base) for one in objects],
    )


def places(loaded: Loaded) -> list[Any]:
    """Where all that is in the cluster stands, with line and column."""
    cluster = loaded.cluster
    located = [*cluster.namespaces, *cluster.workloads, *cluster.policies, *cluster.accounts]
    return [None if one.where is None else resolve(one.where, loaded) for one in located]


def told_carefully(texts: Mapping[str, bytes], options: LoadOptions = USUAL) -> Any:
    """The same without the typed decoder."""
    with (
        patch("netproof_specs.loading.files.read_typed", side_effect=NotAcceptedError),
        patch("netproof_specs.loading.objects.typed_of", return_value=None),
    ):
        return told(texts, options)


def assert_alike(texts: Mapping[str, bytes], options: LoadOptions = USUAL) -> None:
    """The law: what the typed decoder accepts means what the readers read."""
    assert told(texts, options) == told_carefully(texts, options)


def read(text: bytes, name: str = "f.json") -> FileReading:
    """One file."""
    found = read_file(Content(name, text), USUAL, Met())
    assert found is not None
    return found


def is_typed(reading: FileReading) -> bool:
    """Iff the typed decoder has accepted every object of the file."""
    return bool(reading.objects) and not any(
        isinstance(one.source, Manifest) for one in reading.objects
    )
