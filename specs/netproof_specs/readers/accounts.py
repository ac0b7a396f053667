"""Service accounts, whose labels Calico's policies can select by (D.15, D.24)."""

from __future__ import annotations

from collections.abc import Iterable

from netproof_specs.decoding import Cursor, Shape, part
from netproof_specs.frozen import replace
from netproof_specs.model.accounts import ServiceAccount
from netproof_specs.model.cluster import Workload
from netproof_specs.readers.metadata import METADATA, labels_at, read_identity, read_labels
from netproof_specs.readers.misspelt import check_known, check_near

_ACCOUNT = Shape("a ServiceAccount", ("apiVersion", "kind", "metadata"))


def read_service_account(root: Cursor, default: str) -> ServiceAccount | None:
    """A service account, of `default` if it names no namespace; `None` without a name."""
    metadata = part(root, "metadata")
    check_near(root, _ACCOUNT)
    check_known(metadata, METADATA)
    identity = read_identity(metadata, root, "the ServiceAccount")
    found = read_labels(labels_at(metadata))
    if identity is None:
        return None
    where = root.manifest.locate_name()
    return ServiceAccount(identity.namespace or default, identity.name, found, where)


def with_account_labels(
    workloads: tuple[Workload, ...], accounts: Iterable[ServiceAccount]
) -> tuple[Workload, ...]:
    """The workloads with the labels of their service accounts, as far as those are declared."""
    known = {(one.namespace, one.name): one.labels for one in accounts if one.labels}
    if not known:
        return workloads
    return tuple(
        replace(one, account_labels=known.get((one.namespace, one.service_account), ()))
        for one in workloads
    )
