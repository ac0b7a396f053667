"""What is asked about: a world over a cluster, or over the part of it that a claim can concern."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import Enum
from typing import overload

from netproof_encodings.decision.conditions import End
from netproof_encodings.parts.atlas import Atlas
from netproof_encodings.parts.extents import EVERYTHING, Extent
from netproof_encodings.parts.pods import classes_at, classes_in, told_apart
from netproof_encodings.vocabulary.classes import Addresses, PodClass, addresses_of, classes_of
from netproof_encodings.vocabulary.mentioned import Vocabulary
from netproof_specs.frozen import Frozen, replace
from netproof_specs.model.cluster import Cluster, Namespace
from netproof_specs.worlds import World


class NewPods(Enum):
    """What is known of the pods of open worlds, which need not exist yet.

    AS_ASSUMED: no address, so that one is there where that is assumed (A.29). PLACED_OR_NOT: each
    may have a known address as well, as pods have that run, and another one none. PASSING: the
    same, and some on their nodes' networks pass host endpoints, by whose selectors nobody finds
    them, and have an address besides (D.1).
    """

    AS_ASSUMED = "as-assumed"
    PLACED_OR_NOT = "placed-or-not"
    PASSING = "passing"


class Scene(Frozen):
    """A world over a cluster; `classes` are those of the cluster's pods over the vocabulary.

    Of a scene that does not hold the whole cluster, they are the classes of the pods that it
    holds at some end. `addresses` are those of all pods.
    """

    world: World
    cluster: Cluster
    vocabulary: Vocabulary
    classes: Sequence[PodClass]
    addresses: Addresses
    extent: Extent = EVERYTHING
    new_pods: NewPods = NewPods.AS_ASSUMED


def scene_of(world: World, cluster: Cluster, vocabulary: Vocabulary) -> Scene:
    """The scene of a world, with the pods in classes."""
    told = told_apart(world, cluster, vocabulary)
    addresses = addresses_of(cluster.workloads)
    return Scene(world, cluster, told, classes_of(cluster, told), addresses)


def part_of(atlas: Atlas, world: World, extent: Extent) -> Scene:
    """The scene of a world that holds so much of the cluster."""
    told = told_apart(world, atlas.cluster, atlas.vocabulary)
    if world is World.SNAPSHOT:
        classes: Sequence[PodClass] = tuple(_numbered(_held_classes(atlas, world, extent)))
    else:
        classes = _ByNeed(lambda: _held_classes(atlas, world, extent))
    return Scene(world, atlas.cluster, told, classes, atlas.addresses, extent)


class _ByNeed(Sequence[PodClass]):
    """Classes that are worked out when somebody asks for them.

    In an open world only connections that are shown are held against them.
    """

    def __init__(self, make: Callable[[], Iterable[PodClass]]) -> None:
        self._make = make
        self._made: tuple[PodClass, ...] | None = None

    def _all(self) -> tuple[PodClass, ...]:
        if self._made is None:
            self._made = tuple(self._make())
        return self._made

    def __len__(self) -> int:
        return len(self._all())

    @overload
    def __getitem__(self, place: int) -> PodClass: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[PodClass]: ...

    def __getitem__(self, place: int | slice) -> PodClass | Sequence[PodClass]:
        return self._all()[place]


def _held_classes(atlas: Atlas, world: World, extent: Extent) -> Iterator[PodClass]:
    """The classes of the pods that are held at some end; in the snapshot, those that are there."""
    sides = [held for held in (extent.at(end) for end in End) if held is not None]
    names = frozenset(atlas.pods)
    if len(sides) == len(End):
        names &= frozenset().union(*(held.namespaces for held in sides))
    found = classes_in(atlas, world, sorted(names))
    if world is not World.SNAPSHOT or len(sides) < len(End):
        return found
    there = {id(one) for held in sides for own in classes_at(atlas, held).values() for one in own}
    return (one for one in found if id(one) in there)


def _numbered(classes: Iterable[PodClass]) -> Iterator[PodClass]:
    """The classes with numbers from 0, which only the snapshot asks for."""
    for number, one in enumerate(classes):
        yield one if one.number == number else replace(one, number=number)


def stated(scene: Scene, end: End) -> Iterator[Namespace]:
    """The namespaces of the cluster whose labels the scene states at the end."""
    held = scene.extent.at(end)
    if held is None or held.labels is None:
        return iter(scene.cluster.namespaces)
    labels = held.labels
    return (one for one in scene.cluster.namespaces if one.name in labels)
