"""Workloads that run pods from a template, from typed objects."""

from __future__ import annotations

from typing import Any

from netproof_specs.model.accounts import DEFAULT_ACCOUNT
from netproof_specs.model.cluster import Workload
from netproof_specs.readers.workloads import (
    MOST,
    SEVERAL,
    Known,
    ReadWorkload,
    behind,
    controller_of,
    is_over,
    with_job_name,
)
from netproof_specs.syntax import name_fault
from netproof_specs.typed import workload_forms as forms
from netproof_specs.typed.forms import PodSpec
from netproof_specs.typed.parts import (
    NAME,
    NotPlainError,
    Path,
    Places,
    check_namespace,
    check_networks,
    labels_of,
)
from netproof_specs.typed.pods import ports_of

_NO_POD_SPEC = PodSpec()


def read_workload(
    kind: str, one: forms.Workload | forms.CronJob, known: Known, base: Path, places: Places
) -> ReadWorkload:
    """The workload; raises NotPlainError for one to be read by its reader."""
    metadata, own = one.metadata, one.spec
    home, name, owners = metadata.namespace, metadata.name, metadata.owner_references
    running = own.job_template.spec if isinstance(own, forms.CronJobSpec) else own
    template = running.template
    spec = template.spec or _NO_POD_SPEC
    given = template.metadata.labels if template.metadata else None
    labels = labels_of(given, known) if given else ()
    if template.metadata:
        check_networks(template.metadata.annotations)
    if name_fault(name):
        raise NotPlainError
    if home not in known.namespaces:
        check_namespace(home, known)
    if kind == "Job" and running.manual_selector is not True:
        labels = with_job_name(labels, name)
    controller = controller_of({"ownerReferences": owners}) if owners else None
    count = _count(kind, running)
    if kind == "Job" and one.status and is_over(one.status.conditions):
        count = 0
    ports, init_ports = ports_of(spec, known)
    workload = Workload(
        kind=kind,
        namespace=home,  # type: ignore[arg-type]
        name=name,
        labels=labels,
        ports=ports,
        node=spec.node_name or None,
        host_network=spec.host_network is True,
        replicas=max(1, count),
        owner=None if controller is None else behind(controller, labels),
        init_ports=init_ports,
        service_account=spec.service_account_name or spec.service_account or DEFAULT_ACCOUNT,
        where=places.value(base + NAME),
    )
    return ReadWorkload(workload, controller, count > 0)


def _count(kind: str, running: forms.WorkloadSpec) -> int:
    """How many pods run (A.9)."""
    match kind:
        case "DaemonSet":
            return SEVERAL
        case "Job" | "CronJob":
            return max(1, _number(running.parallelism))
        case _:
            return _number(running.replicas)


def _number(given: Any) -> int:
    """A field that counts pods; one where it is absent or null."""
    if not isinstance(given, int):
        return 1
    if not 0 <= given <= MOST:
        raise NotPlainError
    return given
