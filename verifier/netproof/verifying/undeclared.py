"""What a snapshot takes as given of objects that its pods refer to and the input does not declare.

Nothing is known of their labels, so they count as having none, and a verdict may rest on that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from netproof_encodings.decision.conditions import Labelled, LabelText, Whose, atoms_of
from netproof_encodings.decision.tiers import matches_of
from netproof_encodings.lowering import Tiers, can_ask_accounts, every_tier, is_calico, lower
from netproof_encodings.vocabulary.mentioned import LONGEST_LABEL, vocabulary_of
from netproof_specs.claims import EndpointSet
from netproof_specs.collecting import collector_off
from netproof_specs.decoding import shown
from netproof_specs.frozen import replace
from netproof_specs.loading import Loaded, resolve
from netproof_specs.locations import Location
from netproof_specs.model.cluster import AnyPolicy, Cluster, Workload
from netproof_specs.model.connections import Endpoint, PodEndpoint
from netproof_specs.model.hosts import HostEndpoint
from netproof_specs.model.labels import NAME_LABEL
from netproof_specs.problems import Problem

UNDECLARED_ACCOUNT = "undeclared-account"
"""The code of a note on service accounts whose labels are not known."""

UNDECLARED_NAMESPACE = "undeclared-namespace"
"""The same of namespaces."""

Policies = Sequence[AnyPolicy]


@collector_off()
def with_undeclared(
    loaded: Loaded,
    *sets: Policies,
    groups: Sequence[EndpointSet] = (),
    shared: Cluster | None = None,
) -> Loaded:
    """The load, with notes where decisions of the sets on its snapshot rest on such labels.

    There is one iff some selector of policies or groups asks for labels of namespaces, but for the
    automatic one, and the input does not declare one that pods are in (A.52). There is another
    iff some policy asks for labels of service accounts, and some pod runs as one that the input
    does not declare and that could hand on labels (D.15, D.24). What the cluster `shared` with the
    other side of a comparison declares is declared too.
    """
    cluster = shared or loaded.cluster
    notes = _undeclared(loaded, cluster, sets, loaded.cluster.workloads, groups)
    return replace(loaded, notes=(*loaded.notes, *notes))


def undeclared_at(loaded: Loaded, ends: Iterable[Endpoint]) -> Iterator[Problem]:
    """The notes where the decision on a connection between the ends rests on such labels."""
    pods = [one for one in ends if isinstance(one, PodEndpoint)]
    runs_as = {(one.namespace.name, one.service_account) for one in pods}
    running = [one for one in loaded.cluster.workloads if _account(one) in runs_as]
    cluster = loaded.cluster
    yield from _undeclared(loaded, cluster, (cluster.every_policy,), running, ())


def _undeclared(
    loaded: Loaded,
    cluster: Cluster,
    sets: Sequence[Policies],
    workloads: Sequence[Workload],
    groups: Sequence[EndpointSet],
) -> Iterator[Problem]:
    declared = {one.name for one in cluster.namespaces if one.declared}
    homes: dict[str, Location | None] = {}
    # The cluster has the namespaces of all its workloads, of which there are many more.
    if not declared.issuperset(one.name for one in loaded.cluster.namespaces):
        homes = _first({one.namespace: one for one in reversed(workloads)}, declared)
    # Only policies of Calico can ask for accounts.
    accounts: dict[str, Location | None] = {}
    if any(map(is_calico, sets)):
        known = {f"{one.namespace}/{one.name}" for one in cluster.accounts}
        running = [one for one in workloads if len(one.service_account) <= LONGEST_LABEL]
        accounts = _first({"/".join(_account(one)): one for one in reversed(running)}, known)
    if not homes and not accounts:
        return
    by_claims = any(key != NAME_LABEL for key, _ in vocabulary_of((), groups, ()).namespace_labels)
    if homes and (by_claims or any(_asks(one, Whose.NAMESPACE) for one in sets)):
        yield _of_namespaces(homes, loaded)
    asking = ([one for one in policies if can_ask_accounts(one)] for policies in sets)
    if accounts and any(_asks(one, Whose.ACCOUNT) for one in asking):
        yield _of_accounts(accounts, loaded)


def _account(workload: Workload) -> tuple[str, str]:
    return workload.namespace, workload.service_account


def _first(found: dict[str, Workload], known: set[str]) -> dict[str, Location | None]:
    """Where the first workload stands that refers to each name which is not known."""
    return {name: one.where for name, one in found.items() if name not in known}


def _asks(policies: Policies, whose: Whose) -> bool:
    """Iff some condition is on a label of theirs, the automatic one of namespaces aside."""
    # The first one found will do, and of many policies it is mostly among the first.
    return any(
        isinstance(atom, Labelled | LabelText)
        and atom.whose is whose
        and (whose, atom.key) != (Whose.NAMESPACE, NAME_LABEL)
        for tiers in _lowered(policies)
        for match in matches_of(every_tier(tiers))
        for atom in atoms_of(match)
    )


def _lowered(policies: Policies) -> Iterator[Tiers]:
    """Their tiers, one by one where that asks the same: profiles count beside host endpoints."""
    if any(isinstance(one, HostEndpoint) for one in policies):
        yield lower(policies)
    else:
        yield from (lower((one,)) for one in policies)


def _of_namespaces(missing: dict[str, Location | None], loaded: Loaded) -> Problem:
    have = "they have" if len(missing) > 1 else "it has"
    return Problem(
        _place(missing, loaded),
        "selectors ask for labels of namespaces, and the input does not declare "
        f"{_names(missing)}, where pods run: in the snapshot {have} no label but the name",
        "give the Namespaces as well, as `kubectl get namespaces -o yaml` prints them",
        UNDECLARED_NAMESPACE,
        "A.52",
    )


def _of_accounts(missing: dict[str, Location | None], loaded: Loaded) -> Problem:
    count = "they count" if len(missing) > 1 else "it counts"
    return Problem(
        _place(missing, loaded),
        "policies select by labels of service accounts, and the input does not declare "
        f"{_names(missing)}, which pods run as: in the snapshot {count} as having no labels",
        "give the ServiceAccounts as well, as `kubectl get serviceaccounts -A -o yaml` prints them",
        UNDECLARED_ACCOUNT,
        "D.15",
    )


def _names(missing: dict[str, Location | None]) -> str:
    more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
    return f"`{shown(min(missing))}`{more}"


def _place(missing: dict[str, Location | None], loaded: Loaded) -> Location | None:
    where = missing[min(missing)]
    return None if where is None else resolve(where, loaded)
