"""Whether boxes hold a connection that other boxes do not, with a pod of one namespace."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from netproof.lint.boxes import OUTSIDE, POD, Box, Space, common, holds
from netproof_encodings.decision.conditions import End

Extent = tuple[tuple[Box, ...], tuple[Box, ...]]
"""Boxes, and what they hold where both ends are in one namespace."""

NOWHERE: Extent = ((), ())


def extent_of(space: Space, boxes: Iterable[Box]) -> Extent:
    """The boxes, and the same where both ends are in one namespace."""
    listed = tuple(boxes)
    together = (space.in_one_namespace(one) for one in listed)
    return listed, tuple(one for one in together if one is not None)


def is_uncovered(
    where: tuple[Space, str], extent: Extent, others: Extent, step: Callable[[], None]
) -> bool:
    """Whether some connection with a pod of the namespace is in the extent and in none of the
    others; `step` is called for each piece that is looked at."""
    space, namespace = where
    own = space.names([namespace])
    for near, (boxes, beside) in enumerate(zip(extent, others, strict=True)):
        for box in boxes:
            kinds = (common(box, each) for each in _apart(space, own, near))
            pieces = [one for one in kinds if one is not None]
            if any(map(space.is_inhabited, outside(space, pieces, beside, step))):
                return True
    return False


def sample(where: tuple[Space, str], extent: Extent) -> tuple[int, Box] | None:
    """A connection of the extent with a pod of the namespace, and in which of its boxes it is.

    `None` if the first that comes to mind is none.
    """
    space, namespace = where
    own = space.names([namespace])
    for near, boxes in enumerate(extent):
        for box in boxes:
            for each in _apart(space, own, near):
                both = common(box, each)
                if both is not None:
                    point = space.point(both)
                    return (near, point) if space.is_inhabited(point) else None
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


def _apart(space: Space, own: int, near: int) -> Iterator[Box]:
    """Both ends in the namespace, or all else that one end in it can have at the other."""
    kinds, names = [space.kind(end) for end in End], [space.name(end) for end in End]
    if near:
        yield {kinds[0]: POD, kinds[1]: POD, names[0]: own, names[1]: own}
        return
    for here, there in ((0, 1), (1, 0)):
        pod = {kinds[here]: POD, names[here]: own}
        yield {**pod, kinds[there]: OUTSIDE}
        yield {**pod, kinds[there]: POD, names[there]: ~own}
