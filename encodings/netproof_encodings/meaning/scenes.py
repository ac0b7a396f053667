"""What is asked about: a world over a cluster, or over the part of it that a claim can concern."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from netproof_encodings.decision.conditions import End
from netproof_encodings.parts.atlas import Atlas
from netproof_encodings.parts.extents import EVERYTHING, Extent
from netproof_encodings.vocabulary.classes import Addresses, PodClass, addresses_of, classes_of
from netproof_encodings.vocabulary.mentioned import Vocabulary, with_accounts, with_hosts
from netproof_specs.model.cluster import Cluster, Namespace
from netproof_specs.worlds import World


@dataclass(frozen=True, slots=True)
class Scene:
    """A world over a cluster; `classes` are those of the cluster's pods over the vocabulary.

    Of a scene that does not hold the whole cluster, they are the classes of the pods that it
    holds at some end. `addresses` are those of all pods.
    """

    world: World
    cluster: Cluster
    vocabulary: Vocabulary
    classes: tuple[PodClass, ...]
    addresses: Addresses
    extent: Extent = EVERYTHING


def scene_of(world: World, cluster: Cluster, vocabulary: Vocabulary) -> Scene:
    """The scene of a world, with the pods in classes."""
    told = _told_apart(world, cluster, vocabulary)
    addresses = addresses_of(cluster.workloads)
    return Scene(world, cluster, told, classes_of(cluster, told), addresses)


def part_of(atlas: Atlas, world: World, extent: Extent) -> Scene:
    """The scene of a world that holds so much of the cluster."""
    sides = [extent.at(end) for end in End]
    names = frozenset(atlas.pods)
    if all(held is not None for held in sides):
        names &= frozenset().union(*(held.namespaces for held in sides if held is not None))
    told = _told_apart(world, atlas.cluster, atlas.vocabulary)
    classes = _classes_in(atlas, world, told, names)
    return Scene(world, atlas.cluster, told, classes, atlas.addresses, extent)


def stated(scene: Scene, end: End) -> Iterator[Namespace]:
    """The namespaces of the cluster whose labels the scene states at the end."""
    held = scene.extent.at(end)
    if held is None or held.labels is None:
        return iter(scene.cluster.namespaces)
    labels = held.labels
    return (one for one in scene.cluster.namespaces if one.name in labels)


def _told_apart(world: World, cluster: Cluster, vocabulary: Vocabulary) -> Vocabulary:
    """What the world tells apart: in `any-pods` also the declared service accounts.

    Their names count as mentioned, since they have labels.
    """
    vocabulary = with_hosts(vocabulary, cluster.hosts)
    if world is not World.ANY_PODS:
        return vocabulary
    return with_accounts(vocabulary, (one.name for one in cluster.accounts))


def _classes_in(
    atlas: Atlas, world: World, told: Vocabulary, names: frozenset[str]
) -> tuple[PodClass, ...]:
    """The classes of the pods of the namespaces, which other stages of the world share.

    No class spans namespaces, so that only their numbers depend on what else is held.
    """
    _know_classes(atlas, world, told, names)
    listed = (one for name in sorted(names) for one in atlas.classes[world, name])
    return tuple(replace(one, number=number) for number, one in enumerate(listed))


def _know_classes(
    atlas: Atlas, world: World, told: Vocabulary, names: Iterable[str]
) -> None:
    """Puts the classes of the namespaces into the atlas, where they are not there yet."""
    missing = [name for name in names if (world, name) not in atlas.classes]
    if missing:
        pods = atlas.workloads_of(missing)
        atlas.classes.update(((world, name), []) for name in missing)
        for one in classes_of(replace(atlas.cluster, workloads=pods), told):
            atlas.classes[world, one.namespace].append(one)


def pods_in(atlas: Atlas, namespaces: Sequence[str]) -> Iterator[PodClass]:
    """The classes of the pods of the manifests in the namespaces, in order; their numbers mean
    nothing.
    """
    world = World.SNAPSHOT
    _know_classes(atlas, world, _told_apart(world, atlas.cluster, atlas.vocabulary), namespaces)
    for name in namespaces:
        yield from atlas.classes[world, name]
