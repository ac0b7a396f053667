"""Every planted error in the map of connections is noticed by the row that its mutant names."""

from __future__ import annotations

import pytest
from tests.connectivity_mutants import CONNECTIVITY_MUTANTS, FAMILY_MUTANTS
from tests.mutants import Mutant, planted
from tests.test_connections_map import listed_as
from tests.truth_tables import Row, row

from netproof.connectivity.mapping import Query, map_of
from netproof.replay import DisagreementError
from netproof_specs.loading import load_texts

FEWEST = 20


def is_right(found: Row) -> bool:
    """Whether the map has the row as the table says, and the oracle does not stop it."""
    try:
        return (listed_as(found) is not None) is found.allowed
    except DisagreementError:
        return False


@pytest.mark.parametrize(
    "mutant", CONNECTIVITY_MUTANTS, ids=lambda one: f"{one.id} {one.killed_by}"
)
def test_mutant_is_killed(mutant: Mutant) -> None:
    found = row(mutant.killed_by)
    assert is_right(found)
    with planted(mutant):
        assert not is_right(found)
    assert is_right(found)


def test_there_are_mutants_enough() -> None:
    assert len(set(CONNECTIVITY_MUTANTS)) >= FEWEST


DUAL = """
apiVersion: v1
kind: Pod
metadata: {name: NAME, namespace: x}
spec: {containers: [{name: c}]}
status: {podIPs: [ADDRESSES]}
---
"""
OF_FAMILIES = {
    "four": ("{ip: 10.0.0.4}", {"0.0.0.0/0"}),
    "six": ('{ip: "2001:db8::6"}', {"::/0"}),
    "both": ('{ip: 10.0.0.5}, {ip: "2001:db8::5"}', {"0.0.0.0/0", "::/0"}),
}


def outside_of_each() -> dict[str, set[str]]:
    """The outside addresses that reach each pod of a cluster without policies."""
    texts = (
        DUAL.replace("NAME", name).replace("ADDRESSES", addresses)
        for name, (addresses, _) in OF_FAMILIES.items()
    )
    found = map_of(load_texts({"m.yaml": "".join(texts)}).cluster, Query())
    return {
        found.destinations[at].name: {cidr for cidrs, _ in blocks for cidr in cidrs}
        for at, blocks in found.entering()
    }


def test_a_pod_has_connections_of_the_families_of_its_addresses() -> None:
    """A.27."""
    expected = {name: cidrs for name, (_, cidrs) in OF_FAMILIES.items()}
    assert outside_of_each() == expected
    for one in FAMILY_MUTANTS:
        with planted(one):
            assert outside_of_each() != expected
    assert outside_of_each() == expected
