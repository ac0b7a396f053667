"""Rules of one version of the policies that another version states again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from netproof_encodings.decision.tiers import Lowered, Rule
from netproof_specs.frozen import replace
from netproof_specs.model.admin_policy import AdminPolicy
from netproof_specs.model.calico import CalicoNetworkPolicy, GlobalNetworkPolicy
from netproof_specs.model.cluster import AnyPolicy
from netproof_specs.model.network_policy import NetworkPolicy
from netproof_specs.model.traffic import Direction
from netproof_specs.sameness import same_but_for_places

_Numbered = Sequence[tuple[int, AnyPolicy]]
_CalicoPolicy = CalicoNetworkPolicy | GlobalNetworkPolicy


def stated_again(old: _Numbered, lowered: Lowered, new: _Numbered) -> Lowered:
    """Those of the rules of OLD that `lowered` has, for the policies of NEW that state the same.

    They are what these would be lowered to, places in files included, beside the same other host
    endpoints: in what Calico's rules ask, only a rule as such knows where it is written.
    """
    if not same_but_for_places(_beside(old), _beside(new)):
        return {}
    known = {_key(one): (index, one) for index, one in old if isinstance(one, _CalicoPolicy)}
    found: Lowered = {}
    for number, policy in new:
        if isinstance(policy, _CalicoPolicy) and (pair := known.get(_key(policy))):
            index, before = pair
            if same_but_for_places(before, policy):
                for way in Direction:
                    if (rules := lowered.get((index, way))) is not None:
                        found[number, way] = _placed(rules, policy, way)
    return found


def _beside(numbered: _Numbered) -> tuple[AnyPolicy, ...]:
    """All that rules can depend on but for the policies: sets, profiles and host endpoints."""
    policies = NetworkPolicy | AdminPolicy | _CalicoPolicy
    return tuple(one for _, one in numbered if not isinstance(one, policies))


def _key(policy: _CalicoPolicy) -> tuple[str, str, type]:
    return policy.namespace, policy.name, type(policy)


def _placed(rules: Iterable[Rule], policy: _CalicoPolicy, way: Direction) -> tuple[Rule, ...]:
    """The rules as they are written in the policy."""
    listed = (policy.spec.ingress if way is Direction.INGRESS else policy.spec.egress) or ()
    return tuple(replace(one, where=listed[one.index].where) for one in rules)
