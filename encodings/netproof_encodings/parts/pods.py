"""The pods of the manifests in classes, by namespace: which there are, and which a stage holds."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

from netproof_encodings.decision.conditions import (
    All,
    Any,
    End,
    InNamespace,
    Labelled,
    Match,
    Whose,
)
from netproof_encodings.parts.atlas import Atlas
from netproof_encodings.parts.extents import Held
from netproof_encodings.parts.members import members_of
from netproof_encodings.vocabulary.classes import PodClass, classes_of
from netproof_encodings.vocabulary.mentioned import Vocabulary, with_accounts, with_hosts
from netproof_specs.claims import EndpointSet
from netproof_specs.frozen import replace
from netproof_specs.model.cluster import Cluster
from netproof_specs.worlds import World


def told_apart(world: World, cluster: Cluster, vocabulary: Vocabulary) -> Vocabulary:
    """What the world tells apart: in `any-pods` also the declared service accounts.

    Their names count as mentioned, since they have labels.
    """
    vocabulary = with_hosts(vocabulary, cluster.hosts)
    if world is not World.ANY_PODS:
        return vocabulary
    return with_accounts(vocabulary, (one.name for one in cluster.accounts))


def classes_in(atlas: Atlas, world: World, namespaces: Iterable[str]) -> Iterator[PodClass]:
    """The classes of the pods of the namespaces, in order; their numbers mean nothing.

    No class spans namespaces, so that they are worked out once for all stages, and for all worlds
    that tell the same apart.
    """
    if world is not World.ANY_PODS or not atlas.vocabulary.account_labels:
        world = World.SNAPSHOT
    names = list(namespaces)
    missing = [name for name in names if (world, name) not in atlas.classes]
    if missing:
        told = told_apart(world, atlas.cluster, atlas.vocabulary)
        pods = replace(atlas.cluster, workloads=atlas.workloads_of(missing))
        atlas.classes.update(((world, name), []) for name in missing)
        for one in classes_of(pods, told):
            atlas.classes[world, one.namespace].append(one)
    for name in names:
        yield from atlas.classes[world, name]


def classes_at(atlas: Atlas, held: Held) -> Mapping[str, Sequence[PodClass]]:
    """By namespace, in order, the classes of the snapshot that are there at an end.

    Of some sets each class is asked once, for all stages and both ends.
    """
    names = sorted(held.namespaces & atlas.pods.keys())
    known = atlas.among.setdefault(held.among, {})
    missing: dict[str, list[PodClass]] = {name: [] for name in names if name not in known}
    for one in filter(those_among(held.among), classes_in(atlas, World.SNAPSHOT, missing)):
        missing[one.namespace].append(one)
    known.update(missing)
    return {name: known[name] for name in names}


def those_at(held: Held | None) -> Callable[[PodClass], bool]:
    """Whether a class is there at an end; its members are alike in all that groups mention."""
    if held is None:
        return lambda _: True
    belongs = those_among(held.among)
    return lambda one: one.namespace in held.namespaces and belongs(one)


def those_among(sets: Sequence[EndpointSet] | None) -> Callable[[PodClass], bool]:
    """False only of classes whose pods are in none of the sets; None is any."""
    if sets is None:
        return lambda _: True
    tests = [members_of(one) for one in sets]
    return lambda one: any(belongs(one.members[0]) for belongs in tests)


def can_meet(one: PodClass, condition: Match, end: End) -> bool:
    """False only if no pod of the class meets the condition at the end."""
    match condition:
        case All(parts):
            return all(can_meet(one, part, end) for part in parts)
        case Any(parts):
            return any(can_meet(one, part, end) for part in parts)
        case InNamespace(at, name) if at is end:
            return one.namespace == name
        case Labelled(at, Whose.POD, key, values) if at is end:
            value = one.labels.get(key)
            return value is not None and (values is None or value in values)
        case _:
            return True


def is_carried_by_none(condition: Match, carried: Collection[tuple[str, str]], end: End) -> bool:
    """Whether the condition asks at the end for a label that is not among those `carried`.

    It is then met by no class that carries no others: this is quicker than to look at each.
    """
    parts = condition.parts if isinstance(condition, All) else (condition,)
    return any(
        isinstance(part, Labelled)
        and part.end is end
        and part.whose is Whose.POD
        and part.values is not None
        and not any((part.key, value) in carried for value in part.values)
        for part in parts
    )
