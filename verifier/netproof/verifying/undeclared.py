"""What a snapshot takes as given of objects that its pods refer to and the input does not declare.

Nothing is known of their labels, so they count as having none, and a verdict may rest on that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from netproof_encodings.lowering import every_tier, is_calico, lower
from netproof_encodings.vocabulary.mentioned import LONGEST_LABEL, vocabulary_of
from netproof_specs.decoding import shown
from netproof_specs.loading import Loaded, resolve
from netproof_specs.locations import Location
from netproof_specs.model.cluster import AnyPolicy, Workload
from netproof_specs.model.connections import Endpoint, PodEndpoint
from netproof_specs.problems import Problem

UNDECLARED_ACCOUNT = "undeclared-account"
"""The code of a note on service accounts whose labels are not known."""


Policies = Sequence[AnyPolicy]


def with_undeclared(loaded: Loaded, *sets: Policies) -> Loaded:
    """The load, with a note where decisions of the sets on its snapshot rest on such labels.

    That is iff some policy selects by labels of service accounts, and some pod runs as one that
    the input does not declare and that could hand on labels (D.15, D.24).
    """
    notes = _undeclared(loaded, sets, loaded.cluster.workloads)
    return replace(loaded, notes=(*loaded.notes, *notes))


def undeclared_at(loaded: Loaded, ends: Iterable[Endpoint]) -> Iterator[Problem]:
    """The note where the decision on a connection between the ends rests on such labels."""
    runs_as = {
        (one.namespace.name, one.service_account) for one in ends if isinstance(one, PodEndpoint)
    }
    running = (one for one in loaded.cluster.workloads if _account(one) in runs_as)
    yield from _undeclared(loaded, (loaded.cluster.every_policy,), running)


def _undeclared(
    loaded: Loaded, sets: Iterable[Policies], workloads: Iterable[Workload]
) -> Iterator[Problem]:
    """One note on the accounts that the workloads run as, as `with_undeclared` has it."""
    of_calico = [one for one in sets if is_calico(one)]
    if not of_calico:
        return
    declared = {(one.namespace, one.name) for one in loaded.cluster.accounts}
    missing: dict[tuple[str, str], Location | None] = {}
    for one in workloads:
        if _account(one) not in declared and len(one.service_account) <= LONGEST_LABEL:
            missing.setdefault(_account(one), one.where)
    if missing and any(map(_asks, of_calico)):
        yield _unlabelled(missing, loaded)


def _asks(policies: Policies) -> bool:
    """Iff some rule or subject selects by labels of service accounts."""
    return bool(vocabulary_of(every_tier(lower(policies)), (), ()).account_labels)


def _account(workload: Workload) -> tuple[str, str]:
    return workload.namespace, workload.service_account


def _unlabelled(missing: dict[tuple[str, str], Location | None], loaded: Loaded) -> Problem:
    first, more = min(missing), len(missing) - 1
    where = missing[first]
    others = f" and {more} more" if more else ""
    counts = "they count as having no labels" if more else "it counts as having no labels"
    return Problem(
        resolve(where, loaded) if where is not None else None,
        "policies select by labels of service accounts, and the input does not declare "
        f"`{shown('/'.join(first))}`{others}, which pods run as: in the snapshot {counts}",
        "give the ServiceAccounts as well, as `kubectl get serviceaccounts -A -o yaml` prints them",
        UNDECLARED_ACCOUNT,
        "D.15",
    )
