"""The bundle of a run checked again: what can be made anew is, and the rest is followed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Any

from netproof.bundles.archive import INDEX, SEAL
from netproof.bundles.check import BundleError, check_proof, clauses_of
from netproof.bundles.making import members_of, seal, tool_data
from netproof.bundles.runs import Run, VerifyRun, run_again
from netproof.bundles.solvers import solvers
from netproof.proofs.certifying import NoProof, Translation
from netproof.proofs.trimming import Proof
from netproof.replay import DisagreementError
from netproof.reports.words import counted
from netproof.solving import Answer, SolverError
from netproof.verdicts import Certificate
from netproof.verifying.baselines import BaselineError
from netproof_specs.frozen import Frozen
from netproof_specs.problems import InputError
from netproof_specs.sources.finding import Content
from netproof_specs.spec_files.includes import MARK, catalogue_alone
from netproof_specs.spec_files.reading import read_spec


class Checked(Frozen):
    """One thing that was looked at; `fault` says what is wrong, and is empty iff it holds."""

    what: str
    fault: str = ""


Keep = Callable[[Run], None]
"""Told of the run that was made again."""


def _forget(_: Run) -> None:
    return


def recheck_run(members: Mapping[str, bytes], keep: Keep = _forget) -> Iterator[Checked]:
    """Everything that was looked at in the files of one run, in order."""
    yield from by_index(members, lambda index: made_again(members, index, keep))


def by_index(
    members: Mapping[str, bytes], rest: Callable[[Mapping[str, Any]], Iterator[Checked]]
) -> Iterator[Checked]:
    """Whether the files are those of their index, and the rest; one that is none ends it early."""
    try:
        index: dict[str, Any] = json.loads(members[INDEX])
        yield from _hashes(members, index)
        yield from rest(index)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        yield Checked(INDEX, f"is no index of a bundle: {type(error).__name__}: {error}")


def _hashes(members: Mapping[str, bytes], index: Mapping[str, Any]) -> Iterator[Checked]:
    """The members are those of the index, byte for byte."""
    listed = dict(index["members"])
    if members.get(SEAL) != seal(members[INDEX]):
        yield Checked(SEAL, f"is not the digest of {INDEX}")

    def fault(name: str) -> str:
        if name not in members:
            return "is missing"
        if name not in listed:
            return "is not in the index"
        same = sha256(members[name]).hexdigest() == listed[name]
        return "" if same else "is not the file that the index was made for"

    names = {*members, *listed} - {INDEX, SEAL}
    yield from of_files(names, fault, f"SHA-256 of {len(listed)} members")


def of_files(names: Iterable[str], fault: Callable[[str], str], *fine: str) -> Iterator[Checked]:
    """What is wrong with each file, in order; where nothing is, what holds of all of them."""
    wrong = [Checked(name, found) for name in sorted(names) if (found := fault(name))]
    yield from wrong or map(Checked, fine)


class _Proofs:
    """The bundle's own proofs, each followed step by step on clauses of the translation.

    A class because what is wrong with them is told apart from what is made of them.
    """

    def __init__(self, members: Mapping[str, bytes]) -> None:
        self._members = members
        self.checked: list[Checked] = []

    def of(self, folder: str, translation: Translation, _: Certificate) -> Proof | NoProof:
        """The proof of the obligation in the folder, if it is one."""
        name = f"{folder}/proof.lrat"
        lrat = self._members.get(name)
        if lrat is None:
            return NoProof(self._because(folder))
        try:
            text = self._members[f"{folder}/obligation.cnf"].decode("ascii")
            clauses = clauses_of(text)
            if not {*clauses.values()} <= {*translation.clauses.clauses}:
                raise BundleError("obligation.cnf holds a clause that the script does not give")
            proof = Proof(tuple(clauses.values()), lrat.decode("ascii"))
            steps = check_proof(clauses, proof.lrat)
        except (BundleError, ValueError, LookupError) as error:
            self.checked.append(Checked(name, f"is no proof: {error}"))
            return NoProof("")
        number = counted(len(proof.clauses), "clause")
        said = f"{name}: {number} of the translation, {counted(steps, 'step')}"
        self.checked.append(Checked(said))
        return proof

    def _because(self, folder: str) -> str:
        index = json.loads(self._members[INDEX])
        listed = (part for one in index["verdicts"] for part in one["obligations"])
        return next((str(one["because"]) for one in listed if one["folder"] == folder), "")


def made_again(
    members: Mapping[str, bytes], index: Mapping[str, Any], keep: Keep = _forget
) -> Iterator[Checked]:
    """The run is made again from the bundle's inputs, and with it everything but the proofs."""
    proofs = _Proofs(members)
    try:
        run = run_again(index, members)
        fresh = members_of(run, proofs.of)
    except (InputError, DisagreementError, BaselineError) as error:
        yield Checked("inputs/", f"cannot be verified again: {error}")
        return
    keep(run)
    if isinstance(run, VerifyRun) and index["tool"] == tool_data():
        yield from _catalogues(run)
    yield from _compared(members, fresh, index)
    yield from proofs.checked
    yield from _scripts(fresh)


def _catalogues(run: VerifyRun) -> Iterator[Checked]:
    """The claims of each catalogue are those that this version makes of its parameters.

    A run is made again from the text that the bundle holds, which a later version may word
    otherwise; so it is compared only where the version is the same.
    """
    kept = {one.name: one.data for one in run.included if not one.name.startswith(MARK)}
    found = {one for spec in run.specs for one in read_spec(spec.name, spec.data, kept).included}
    alone = [one for one in run.specs if one.name.startswith(MARK)]
    found |= {Content(one.name, catalogue_alone(one.name).encode()) for one in alone}
    named = [one for one in (*alone, *run.included) if one.name.startswith(MARK)]
    for one in named:
        if one not in found:
            yield Checked(one.name, "is not the catalogue of that name with these parameters")


def _compared(
    members: Mapping[str, bytes], fresh: Mapping[str, bytes], index: Mapping[str, Any]
) -> Iterator[Checked]:
    """Every file is as it comes out now; where versions differ, what they leave alike is."""
    same_tool = index["tool"] == tool_data()
    if not same_tool:
        yield Checked(f"made by {json.dumps(index['tool'])}, checked by {json.dumps(tool_data())}")

    def fault(name: str) -> str:
        if name not in fresh:
            return "does not come out of the inputs"
        if name not in members:
            return "comes out of the inputs and is not there"
        same = members[name] == fresh[name] or (not same_tool and alike(name, members, fresh))
        return "" if same else "does not come out of the inputs as it stands"

    again = f"verdicts and {len(fresh)} files, made again from the inputs"
    connections = counted(sum("/connection" in name for name in fresh), "connection")
    replayed = f"{connections}, replayed by the oracle"
    yield from of_files({*members, *fresh}, fault, again, replayed)


_OF_A_VERSION = ("check.py", "report.html", SEAL)
"""Files that another version may write differently; `report.json` says what the page says."""

_OWN = {"tool", "rlimit"}
"""What a report says of the versions that made it."""


def alike(name: str, members: Mapping[str, bytes], fresh: Mapping[str, bytes]) -> bool:
    """Whether two versions say the same: but for themselves, and but for their own checker."""
    if name in _OF_A_VERSION:
        return True
    if name not in (INDEX, "report.json"):
        return False
    one, other = (json.loads(files[name]) for files in (members, fresh))
    if name == INDEX:
        for part in (one, other):
            for own in ("report.json", *_OF_A_VERSION):
                part["members"].pop(own, None)
    return bool(_without(one) == _without(other))


def _without(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _without(value) for key, value in data.items() if key not in _OWN}
    return [_without(one) for one in data] if isinstance(data, list) else data


def _scripts(fresh: Mapping[str, bytes]) -> Iterator[Checked]:
    """Every solver that is installed finds that no script has a solution."""
    deciding = solvers()
    for name in sorted(one for one in fresh if one.endswith("/obligation.smt2")):
        faults = []
        for solver, decide in deciding.items():
            try:
                answer = decide(fresh[name].decode("ascii"))
            except SolverError as error:
                faults.append(f"{solver} cannot read it: {error}")
                continue
            if answer is not Answer.UNSAT:
                faults.append(f"{solver} answers {answer.value}, not unsat")
        proved = f"{name.removesuffix('obligation.smt2')}proof.lrat" in fresh
        said = f"{name}: decided again by {', '.join(deciding)}{'' if proved else '; no proof'}"
        yield Checked(said if not faults else name, "; ".join(faults))
