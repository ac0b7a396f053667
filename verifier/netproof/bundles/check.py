"""Checks a bundle of evidence. Needs Python 3.8 or newer, and nothing else: no netproof, no solver.

    python3 check.py BUNDLE.zip        or, unpacked:        python3 check.py FOLDER

A bundle holds a report, what it was made from, and evidence for each verdict. `index.json` has
the SHA-256 of every other file, `index.sha256` its own. Where a verdict says that there is NO
connection of some kind, `obligation.cnf` holds clauses that one would satisfy, and `proof.lrat`
steps that show that nothing satisfies them. This program looks at every hash and every step.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import zipfile


class BundleError(Exception):
    """Something in the bundle is not as it has to be."""


def shown(text: object) -> str:
    """The text with everything escaped that could steer a terminal, or the CI that logs it."""
    return ascii(str(text))[1:-1].replace("##[", "#\\x23[")


def files_of(path: str) -> dict[str, bytes]:
    """Every file of the bundle by its name, `/` between folders."""
    if os.path.isdir(path):
        found = {}
        for folder, _, names in os.walk(path):
            for full in [os.path.join(folder, name) for name in names]:
                with open(full, "rb") as file:
                    found[os.path.relpath(full, path).replace(os.sep, "/")] = file.read()
        return found
    with zipfile.ZipFile(path) as archive:
        if len(set(archive.namelist())) < len(archive.namelist()):
            raise BundleError("a file is in the archive twice")
        return {name: archive.read(name) for name in archive.namelist() if name[-1:] != "/"}


def check_hashes(files: dict[str, bytes], members: dict[str, str]) -> None:
    """The files are those of the index, no more and no fewer, byte for byte."""
    for name in (set(files) - {"index.json", "index.sha256"}) ^ set(members):
        raise BundleError(f"{name} is {'missing' if name in members else 'not in the index'}")
    for name, digest in members.items():
        if hashlib.sha256(files[name]).hexdigest() != digest:
            raise BundleError(f"{name} is not the file that the index was made for")


def clauses_of(text: str) -> dict[int, tuple[int, ...]]:
    """The clauses of a CNF in DIMACS, numbered from 1. A clause says: one of these is true."""
    lines = text.splitlines()
    head = lines[0].split()
    if head[:2] != ["p", "cnf"] or len(head) != 4 or int(head[3]) != len(lines) - 1:
        raise BundleError("the first line of the CNF does not fit the others")
    clauses = {}
    for number, line in enumerate(lines[1:], 1):
        numbers = [int(word) for word in line.split()]
        clauses[number] = tuple(numbers[:-1])
        if numbers[-1:] != [0] or any(not 0 < abs(one) <= int(head[2]) for one in numbers[:-1]):
            raise BundleError(f"clause {number} of the CNF is malformed")
    return clauses


def check_proof(clauses: dict[int, tuple[int, ...]], text: str) -> int:
    """Follows every step of an LRAT proof down to the empty clause; the number of steps.

    A line `NUMBER LITERALS 0 HINTS 0` claims a clause: if every literal of it were false, then the
    clauses of the hints, one after the other, would each leave one literal that must be true,
    until one has none left. A line `ANY d NUMBERS 0` forgets clauses that are not needed again.
    """
    steps, last = 0, len(clauses)
    for line in text.splitlines():
        words = line.split()
        if words[1] == "d":
            if words[-1] != "0":
                raise BundleError(f"a deletion does not end: {line[:60]}")
            for word in words[2:-1]:
                del clauses[int(word)]
            continue
        numbers = [int(word) for word in words]
        end = numbers.index(0)
        name, literals, hints = numbers[0], numbers[1:end], numbers[end + 1 : -1]
        if name <= last or numbers[-1] != 0 or end == len(numbers) - 1:
            raise BundleError(f"step {name} is malformed")
        true = {-literal for literal in literals}
        refuted = False
        for hint in hints:
            # A hint after the contradiction, or one that leaves no single literal, is an error.
            left = {literal for literal in clauses[hint] if -literal not in true}
            if refuted or len(left) > 1 or left & true:
                raise BundleError(f"step {name}: hint {hint} does not lead on")
            refuted = not left
            true.update(left)
        if not refuted:
            raise BundleError(f"step {name}: the hints do not lead to a contradiction")
        clauses[name], last, steps = tuple(literals), name, steps + 1
        if not literals:
            return steps
    raise BundleError("the proof does not reach the empty clause")


def check(path: str) -> None:
    """Prints what holds of the bundle; raises BundleError at the first thing that does not."""
    files = files_of(path)
    index = json.loads(files["index.json"])
    digest = hashlib.sha256(files["index.json"]).hexdigest()
    if files["index.sha256"] != f"{digest}  index.json\n".encode("ascii"):
        raise BundleError("index.sha256 is not the digest of index.json")
    check_hashes(files, index["members"])
    print(f"hashes: all {len(index['members'])} files are those that the index names\n")
    report = json.loads(files["report.json"])
    parts = report.get("clusters", [{"name": None, "report": report}])
    told = [[part["name"], one.get("id", "comparison"), one["verdict"]] for part in parts
            if part["report"] for one in part["report"].get("claims", [part["report"]])]
    if told != [[one.get("cluster"), one["id"], one["verdict"]] for one in index["verdicts"]]:
        raise BundleError("report.json and index.json do not say the same")
    for verdict in index["verdicts"]:
        print(shown(f"{verdict['verdict']}  {verdict['id']}: {verdict['statement']}"))
        for part in verdict["obligations"]:
            print(shown(f"    {part['folder']}: {part['says']}"))
            if not part["proof"]:
                print(shown(f"      no proof, not checked: {part['because']}"))
                continue
            clauses = clauses_of(files[part["folder"] + "/obligation.cnf"].decode("ascii"))
            said = f"{len(clauses)} clauses contradict each other"
            steps = check_proof(clauses, files[part["folder"] + "/proof.lrat"].decode("ascii"))
            print(f"      CHECKED: {said}; steps: {steps}")
        for name in verdict["connections"] + verdict["forms"]:
            print(shown(f"    {name}: evidence that is not judged here"))
    proofs = [part["proof"] for verdict in index["verdicts"] for part in verdict["obligations"]]
    print(f"""
Established: each file is as indexed; {sum(proofs)} obligations contradict themselves.
Without a proof, so not established: {len(proofs) - sum(proofs)} obligations.
Not established: that the clauses say what obligation.smt2 says, that obligation.smt2 says what
inputs/ and the claim say, and what a connection is allowed to do (`netproof recheck` looks at all
of these again); that inputs/ is what the cluster has; who wrote this. The digest for all of it:
{digest}""")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    try:
        check(sys.argv[1])
    except Exception as error:
        sys.exit(shown(f"NOT ACCEPTED: {type(error).__name__}: {error}"))
