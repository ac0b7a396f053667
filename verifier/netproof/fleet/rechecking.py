"""A bundle of a fleet checked again: the bundle of each cluster, then what joins them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from netproof.bundles.making import tool_data
from netproof.bundles.rechecking import Checked, alike, of_files, recheck_run
from netproof.bundles.runs import Run, VerifyRun
from netproof.fleet.asking import Request, spec_names
from netproof.fleet.bundling import day_of, fleet_members
from netproof.fleet.sheets import FleetReport, Outturn, Unverified
from netproof.fleet.tasks import PAGE
from netproof.fleet.telling import sheet_of
from netproof.reports.failures import Cause
from netproof.reports.verify.data import verify_data
from netproof.solving import Limits, deadline_of, milliseconds_of
from netproof.verifying.standing import Judging
from netproof_specs.frozen import replace
from netproof_specs.locations import Location
from netproof_specs.problems import InputError, Problem
from netproof_specs.sources.finding import Content, Source, source_of
from netproof_specs.spec_files.fleets import Member, read_fleet
from netproof_specs.spec_files.includes import MARK


def recheck_fleet(members: Mapping[str, bytes], index: Mapping[str, Any]) -> Iterator[Checked]:
    """The bundle of each cluster, then what joins them; errors are for `by_index`."""
    listed: Sequence[Mapping[str, Any]] = index["clusters"]
    asked = list(_asked(members, index))
    names = [str(one["name"]) for one in listed]
    fault = "" if names == [one.name for one in asked] else "names other clusters than the index"
    yield Checked(str(index["fleet"]["member"]), fault)
    request = _request(index)
    specs: dict[str, bytes] = {}
    outturns: list[Outturn] = []
    for one, member in zip(listed, asked, strict=False):
        if one["folder"] is None:
            outturns.append(_unverified(one))
            yield Checked(f"{one['name']}: was not verified, so there is nothing to check")
            continue
        files = _below(members, str(one["folder"]))
        runs: list[Run] = []
        for found in recheck_run(files, runs.append):
            yield replace(found, what=f"{one['folder']}: {found.what}")
        if not runs or not isinstance(runs[0], VerifyRun):
            yield Checked(str(one["folder"]), "is no bundle of `netproof verify`")
            return
        as_asked = f"{one['folder']}: asked as the fleet file says"
        yield Checked(as_asked, _otherwise(runs[0], member, request, specs))
        sheet = sheet_of(member.name, None, runs[0].report, frozenset({PAGE}))
        outturns.append(replace(sheet, members=files))
    yield from _joined_again(members, index, outturns)


def _asked(members: Mapping[str, bytes], index: Mapping[str, Any]) -> tuple[Member, ...]:
    file = index["fleet"]
    try:
        return read_fleet(file["name"], members[file["member"]])
    except InputError as error:
        raise ValueError(f"its fleet file is none: {error}") from error


def _below(members: Mapping[str, bytes], folder: str) -> dict[str, bytes]:
    """The files of a folder by their names in it."""
    start = f"{folder}/"
    return {
        name.removeprefix(start): data for name, data in members.items() if name.startswith(start)
    }


def _request(index: Mapping[str, Any]) -> Request:
    """What the command line asked of every cluster, as the index has it."""
    asked = index["options"]
    milliseconds = index["timeoutMilliseconds"] or 0
    day = date.fromisoformat(asked["today"]) if asked["today"] else date.min
    return Request(
        tuple(asked["specs"]),
        tuple(asked["claims"]),
        tuple(asked["select"]),
        Limits(milliseconds, deadline=deadline_of(index["deadlineMilliseconds"])),
        asked["mostPairs"],
        Judging(day, strict=asked["strict"]),
    )


def _otherwise(run: VerifyRun, member: Member, request: Request, specs: dict[str, bytes]) -> str:
    """What of the fleet file and of the command line a cluster's bundle does not keep to.

    `specs` are the spec files of the clusters so far: one name is one file in all of them.
    """
    report, options, reading = run.report, run.report.options, run.report.loaded.options
    files = {one.name: one.data for one in (*run.specs, *run.included) if not _is_part(one)}
    same = {name: specs.setdefault(name, data) for name, data in files.items()}
    today = str(request.judging.today)
    pairs: dict[str, tuple[object, object]] = {
        "world": (options.world, member.world),
        "assumptions": (options.assumptions, member.assumptions),
        "namespace": (reading.namespace, member.reading.namespace),
        "decoding": (reading.decoding, member.reading.decoding),
        "kinds left out": (reading.without, member.reading.without),
        "paths": ([one.name for one in report.loaded.sources if not _below_any(one, member)], []),
        "spec files": (tuple(one.name for one in run.specs), spec_names(member, request)),
        "what a spec file holds elsewhere": (files, same),
        "claims": ((run.claims, run.select), (request.claims, request.select)),
        "strictness": (report.judging.strict, request.judging.strict),
        "day": (day_of(verify_data(report)) or today, today),
        "limits": (_limits(options.limits), _limits(request.limits)),
        "pairs to list": (options.most_pairs, request.most_pairs),
    }
    wrong = [name for name, (one, other) in pairs.items() if one != other]
    return f"differs from it in: {', '.join(wrong)}" if wrong else ""


def _is_part(content: Content) -> bool:
    """Whether it is a catalogue with the parameters of one include, under the id of that one."""
    return content.name.startswith(MARK)


def _below_any(source: Source, member: Member) -> bool:
    """Whether a file that was read lies where the fleet file says that the cluster's files lie."""
    name = os.path.normpath(source.name)
    folders = [os.path.normpath(path.name) for path in member.paths]
    return any(one in {".", name} or name.startswith(f"{one.rstrip('/')}/") for one in folders)


def _limits(limits: Limits) -> tuple[int, int | None]:
    return limits.milliseconds, milliseconds_of(limits.deadline)


def _unverified(one: Mapping[str, Any]) -> Unverified:
    problems = tuple(map(_problem, one["error"]["problems"]))
    return Unverified(one["name"], Cause(one["error"]["cause"]), problems)


def _problem(data: Mapping[str, Any]) -> Problem:
    where = None if data["place"] is None else Location(*data["place"])
    words = (data[key] for key in ("message", "suggestion", "code", "clause", "excerpt"))
    return Problem(where, *words)


def _joined_again(
    members: Mapping[str, bytes], index: Mapping[str, Any], outturns: Sequence[Outturn]
) -> Iterator[Checked]:
    """The reports and the index, as they come out of the clusters now."""
    file = Content(index["fleet"]["name"], members[index["fleet"]["member"]])
    request = _request(index)
    report = FleetReport(source_of(file), tuple(outturns), request.limits)
    fresh = fleet_members(report, file, request)
    same_tool = index["tool"] == tool_data()

    def fault(name: str) -> str:
        both = name in members and name in fresh
        other_tool = both and not same_tool and alike(name, members, fresh)
        same = members.get(name) == fresh.get(name) or other_tool
        return "" if same else "does not come out of the bundles of the clusters as it stands"

    again = "index and reports of the fleet, made again from its clusters"
    yield from of_files({*members, *fresh}, fault, again)
