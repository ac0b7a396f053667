"""The table of kinds that are read: its rows, and that a kind's name alone tells nothing."""

from __future__ import annotations

from unittest.mock import patch

import pytest

from netproof_specs.loading import load_texts
from netproof_specs.model.cluster import Policy
from netproof_specs.problems import InputError
from netproof_specs.readers import table
from netproof_specs.readers.network_policy import read_network_policy
from netproof_specs.readers.table import Item, Reading, ReadKind, Role, Scope, read_kind

POLICY = """
apiVersion: {version}
kind: NetworkPolicy
metadata: {{name: a, namespace: x}}
spec: {{podSelector: {{}}}}
"""


def _other_reader(root: table.Cursor, reading: Reading) -> Item | None:
    return read_network_policy(root, reading.namespace)


OTHER = ReadKind(
    "net.example.org",
    "NetworkPolicy",
    ("v1", "v2"),
    Scope.NAMESPACED,
    Role.POLICY,
    _other_reader,
)
WITH_OTHER = {**table.READ_KINDS, (OTHER.group, OTHER.kind): OTHER}


def _load(*versions: str) -> tuple[Policy, ...]:
    text = "---".join(POLICY.format(version=version) for version in versions)
    with patch.object(table, "READ_KINDS", WITH_OTHER):
        return load_texts({"a.yaml": text}).cluster.policies


def test_each_row_stands_under_its_group_and_kind() -> None:
    assert len(table.READ_KINDS) == len(table._ROWS)
    for (group, kind), row in table.READ_KINDS.items():
        assert (row.group, row.kind) == (group, kind)
        assert all(read_kind(f"{group}/{v}" if group else v, kind) is row for v in row.versions)


@pytest.mark.parametrize(
    ("version", "kind"),
    [
        ("projectcalico.org/v4", "NetworkPolicy"),
        ("networking.k8s.io/v1beta1", "NetworkPolicy"),
        ("v1", "NetworkPolicy"),
        ("v1", "Deployment"),
        ("apps/v1", "Pod"),
    ],
)
def test_a_kind_of_another_group_or_version_is_not_the_one_that_is_read(
    version: str, kind: str
) -> None:
    assert read_kind(version, kind) is None


def test_one_name_in_two_groups_is_two_kinds() -> None:
    """A.51: an object's identity includes the group of its kind."""
    found = _load("networking.k8s.io/v1", "net.example.org/v1")
    assert len(found) == 2


def test_two_versions_of_one_kind_are_one_object() -> None:
    with pytest.raises(InputError, match="another NetworkPolicy `x/a` stands at"):
        _load("net.example.org/v1", "net.example.org/v2")
