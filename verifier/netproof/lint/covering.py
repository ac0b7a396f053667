"""Whether boxes hold a connection that other boxes do not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from netproof.lint.boxes import HOST, OUTSIDE, POD, Box, Space, common, holds
from netproof_encodings.decision.conditions import End

Extent = tuple[tuple[Box, ...], tuple[Box, ...]]
"""Boxes, and what they hold where both ends are in one namespace."""

NOWHERE: Extent = ((), ())


def extent_of(space: Space, boxes: Iterable[Box]) -> Extent:
    """The boxes, and the same where both ends are in one namespace of the one name."""
    listed = tuple(boxes)
    together = (_of_one_name(space, one) for one in listed)
    return listed, tuple(one for one in together if one is not None)


def is_uncovered(space: Space, extent: Extent, others: Extent, step: Callable[[], None]) -> bool:
    """Whether some connection is in the extent and in none of the others; `step` is called for
    each piece that is looked at."""
    return is_beyond(space, extent, lambda near, _: others[near], step)


def is_beyond(
    space: Space,
    extent: Extent,
    others: Callable[[int, Box], Iterable[Box]],
    step: Callable[[], None],
) -> bool:
    """The same where `others` gives those that may meet a box, by whether its ends are in one
    namespace."""
    return any(
        _is_connection(space, piece, near)
        for near, boxes in enumerate(extent)
        for box in boxes
        for each in _of_kinds(space, box, near)
        for piece in outside(space, [each], tuple(others(near, each)), step)
    )


def sample(space: Space, extent: Extent) -> tuple[int, Box] | None:
    """A connection of the extent, and in which of its boxes it is; `None` if none comes to mind."""
    for near, boxes in enumerate(extent):
        for box in boxes:
            for point in map(space.point, _of_kinds(space, box, near)):
                if _is_connection(space, point, near):
                    return near, point
    return None


def outside(
    space: Space, boxes: Iterable[Box], others: tuple[Box, ...], step: Callable[[], None]
) -> Iterator[Box]:
    """What of the boxes is in none of the others."""
    stack = [*boxes]
    while stack:
        step()
        box = stack.pop()
        found = holds(others, box)
        if found is False:
            yield box
        elif found is not True:
            stack += space.split(box, found)


def _of_one_name(space: Space, box: Box) -> Box | None:
    """The connections of the box whose ends are in one namespace; its name is the source's."""
    found = space.in_one_namespace(box)
    if found is None:
        return None
    here, there = map(space.name, End)
    if there in found:
        found[here] = found.pop(there) & found.get(here, -1)
    return found if found.get(here, -1) else None


def _of_kinds(space: Space, box: Box, near: int) -> Iterator[Box]:
    """The box by what its ends are, of which one is a pod or a host endpoint."""
    here, there = map(space.kind, End)
    kinds = [{here: POD, there: POD}]
    if not near:
        kinds += [{here: POD, there: OUTSIDE}, {here: OUTSIDE, there: POD}]
    if not near and space.has_hosts:
        kinds += [{here: HOST}, {here: POD | OUTSIDE, there: HOST}]
    met = (common(box, each) for each in kinds)
    return (one for one in met if one is not None)


def _is_connection(space: Space, box: Box, near: int) -> bool:
    """Whether the box, by what its ends are, holds a connection, of ends that are near or not."""
    return (bool(near) or _has_two_names(space, box)) and space.is_inhabited(box)


def _has_two_names(space: Space, box: Box) -> bool:
    """Whether the box, if its ends are pods, holds some in namespaces of two names."""
    if not all(box.get(space.kind(end), POD) & POD for end in End):
        return True
    names = [box.get(space.name(end), -1) for end in End]
    return names[0] != names[1] or names[0] & (names[0] - 1) != 0
