"""Which values in the regions of a comparison stand for others as well (D.31)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from netproof.comparisons import Asked, Part, StandIns
from netproof_encodings.meaning.labels import LabelSpace
from netproof_encodings.meaning.spaces import EndpointSpace, NamespaceSpace
from netproof_encodings.obligations.claims import Stage
from netproof_encodings.vocabulary.texts import Tests
from netproof_specs.model.labels import NAME_LABEL


def stand_ins_of(on: Stage) -> tuple[StandIns, ...]:
    """Those of the stage, which are the same at both ends."""
    return tuple(one for one in _of_end(on, on.space.source) if one.values)


def _of_end(on: Stage, end: EndpointSpace) -> Iterator[StandIns]:
    yield from _of_labels(Part.POD_LABEL, end.labels)
    yield from _of_labels(Part.NAMESPACE_LABEL, end.namespace.labels)
    tests = dict(on.scene.vocabulary.namespace_tests).get(NAME_LABEL, ())
    yield _of_namespaces(end.namespace, tests)
    if end.host is not None and end.host.other is not None:
        yield from _of_labels(Part.HOST_LABEL, end.host.other.labels)
    if end.account is not None:
        yield from _of_labels(Part.ACCOUNT_LABEL, end.account.labels)
        others = [name for name in end.account.told if name in end.account.others]
        known = end.account.names
        yield _stand_ins(Part.ACCOUNT_NAME, "", others, end.account.tests, known)


def _of_labels(part: Part, space: LabelSpace) -> Iterator[StandIns]:
    for key, codes in space.items():
        alike = set(codes.alike.values())
        values = [value for value in codes.codes if value in alike]
        mentioned = (value for value in codes.codes if value not in alike)
        yield _stand_ins(part, key, values, codes.tests, mentioned)


def _of_namespaces(space: NamespaceSpace, tests: Tests) -> StandIns:
    return _stand_ins(Part.NAMESPACE_NAME, "", space.passing, tests, space.names)


def _stand_ins(
    part: Part, key: str, values: Iterable[str], tests: Tests, mentioned: Iterable[str]
) -> StandIns:
    asked = tuple((Asked(test.value), text) for test, text in tests)
    return StandIns(part, key, tuple(values), asked, frozenset(mentioned))
