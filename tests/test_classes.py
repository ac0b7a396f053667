"""Which pods are one class, and which classes a stage has at an end."""

from __future__ import annotations

import json
import random
from functools import cache

from benchmarks.clusters import Size
from benchmarks.clusters import cluster as written
from hypothesis import given
from hypothesis import strategies as st
from tests.provers import atlas_for
from tests.strategies import claims, clusters

from netproof_encodings.parts.extents import Held
from netproof_encodings.parts.pods import classes_at, classes_in, those_at
from netproof_encodings.vocabulary.classes import classes_of
from netproof_encodings.vocabulary.mentioned import Vocabulary
from netproof_specs.claims import AddressBlock, EndpointSet, PodsWhere
from netproof_specs.loading import load_texts
from netproof_specs.model.cluster import Cluster, Workload
from netproof_specs.model.labels import LabelSelector, Operator, Requirement
from netproof_specs.worlds import World


def told(workload: Workload, vocabulary: Vocabulary) -> object:
    """What the vocabulary tells of a pod that is not on its node's network, written out."""
    keys = {key for key, _ in vocabulary.pod_labels}
    return (
        workload.namespace,
        {key: value for key, value in workload.labels if key in keys},
        {one for one in workload.ports if one.name in vocabulary.port_names},
        {":" in one for one in workload.addresses},
    )


@given(st.data(), clusters())
def test_pods_of_one_class_are_told_apart_by_nothing(data: st.DataObject, cluster: Cluster) -> None:
    """And where no block and no name of a pod is mentioned, those of two classes are."""
    claim = data.draw(claims(cluster, World.SNAPSHOT))
    vocabulary = atlas_for(cluster, [claim]).vocabulary
    classes = [one for one in classes_of(cluster, vocabulary) if not one.host_network]
    kinds = [[told(pod, vocabulary) for pod in one.members] for one in classes]
    assert all(kind == kinds_of[0] for kinds_of in kinds for kind in kinds_of)
    if not vocabulary.blocks and not vocabulary.pods:
        first = [kinds_of[0] for kinds_of in kinds]
        assert all(one not in first[:at] for at, one in enumerate(first))
    members = sorted(place for one in classes_of(cluster, vocabulary) for place in one.places)
    assert members == list(range(len(cluster.workloads)))


def labelled(key: str, value: str) -> EndpointSet:
    return PodsWhere(None, None, LabelSelector((Requirement(key, Operator.IN, (value,)),)))


SETS = (labelled("tier", "db"), labelled("tier", "cache"), AddressBlock("10.0.0.0/26"))


@cache
def large() -> Cluster:
    return load_texts({"all.json": json.dumps(written(Size(6, 300, 12)))}).cluster


@given(st.lists(st.sampled_from([None, SETS[:1], SETS[1:], SETS]), min_size=1), st.integers(0, 99))
def test_the_classes_at_an_end_do_not_depend_on_what_was_asked(
    asked: list[tuple[EndpointSet, ...] | None], seed: int
) -> None:
    atlas, rng = atlas_for(large(), []), random.Random(seed)
    for among in asked:
        held = Held(frozenset(rng.sample(sorted(atlas.pods), rng.randint(0, 6))), among=among)
        found = [one for own in classes_at(atlas, held).values() for one in own]
        every = classes_in(atlas, World.SNAPSHOT, sorted(atlas.pods))
        assert found == [one for one in every if those_at(held)(one)]
