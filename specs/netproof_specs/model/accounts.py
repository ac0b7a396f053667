"""Service accounts: who the pods of a workload run as."""

from __future__ import annotations

from netproof_specs.frozen import Frozen
from netproof_specs.locations import Location
from netproof_specs.model.labels import Labels

DEFAULT_ACCOUNT = "default"
"""The service account of a pod that names none (D.8)."""


class ServiceAccount(Frozen):
    """A service account of a namespace, with the labels of its manifest."""

    namespace: str
    name: str
    labels: Labels = ()
    where: Location | None = None
