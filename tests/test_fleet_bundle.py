"""The bundle of a fleet: whole, the same twice, accepted by both checkers, not to be changed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from random import Random

import pytest
from tests.fleets import CLAIMS, FLEET, write_fleet
from tests.test_bundles import check_schemas

from netproof.bundles import archive, check
from netproof.bundles.archive import INDEX, SEAL, packed, unpacked
from netproof.bundles.making import seal
from netproof.cli import main
from netproof.rechecking import recheck

Members = dict[str, bytes]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """That of two clusters that were verified and two that were not, the same both times."""
    folder = tmp_path_factory.mktemp("fleet")
    write_fleet(folder)
    patch = pytest.MonkeyPatch()
    patch.chdir(folder)
    try:
        for name in ("one.zip", "two.zip"):
            words = ("--jobs", "1", "--bundle", name, "--certificates", "unpacked")
            assert main(["fleet", "fleet.yaml", *words]) == 1
    finally:
        patch.undo()
    one, two = ((folder / name).read_bytes() for name in ("one.zip", "two.zip"))
    assert one == two
    for name, data in unpacked(one).items():
        assert (folder / "unpacked" / name).read_bytes() == data
    return one


def first_fault(data: bytes) -> str:
    """The first thing that `recheck` finds wrong, empty if nothing is."""
    return next((f"{one.what}: {one.fault}" for one in recheck(data) if one.fault), "")


def test_it_holds(bundle: bytes) -> None:
    told = [one.what for one in recheck(bundle)]
    assert first_fault(bundle) == ""
    assert "clusters/good: asked as the fleet file says" in told
    assert "wrong: was not verified, so there is nothing to check" in told
    assert told[-1] == "index and reports of the fleet, made again from its clusters"


def test_its_parts(bundle: bytes) -> None:
    members = unpacked(bundle)
    check_schemas(members)
    index = json.loads(members[INDEX])
    assert [one["name"] for one in index["clusters"]] == ["good", "open", "wrong", "gone"]
    assert [one["folder"] for one in index["clusters"]][1:] == ["clusters/open", None, None]
    assert len(index["verdicts"]) == 8
    inner = {
        name.removeprefix("clusters/good/"): data
        for name, data in members.items()
        if name.startswith("clusters/good/")
    }
    assert first_fault(packed(inner)) == "", "that of a cluster stands alone"


NAMED = """
specs: [more.yaml, 'catalogue:dns-allowed']
namespace: shop
clusters:
  dots: {paths: [../sub/./good/../good], exclude: [junk], without: [CiliumNetworkPolicy]}
  several: {paths: [./open/., good/pods.yaml], world: any-pods, assume: {host-network: pod}}
  revision: {paths: [open], revision: one, lenient: true}
  below: {paths: ['git:one:./good'], specs: ['../extra.yaml']}
  whole: {paths: [FOLDER]}
"""


def test_it_holds_however_files_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Paths with dots, absolute ones, revisions, specs elsewhere: none is taken for a forgery."""
    folder = tmp_path / "sub"
    folder.mkdir()
    write_fleet(folder)
    monkeypatch.chdir(folder)
    author = ("-c", "user.name=t", "-c", "user.email=t@example.com")
    for words in (["init", "-q"], ["add", "."], [*author, "commit", "-qm", "one"], ["tag", "one"]):
        subprocess.run(["git", *words], check=True)
    include = "include: [claims.yaml, {catalogue: metadata-egress, id: MD}]\n"
    Path("more.yaml").write_text(f"{include}exclude: [nothing.yaml]\n")
    Path("good/nothing.yaml").write_text("a: [")
    Path("../extra.yaml").write_text("claims: [{id: EX, claim: external cannot reach ns:shop}]")
    Path("fleet.yaml").write_text(NAMED.replace("FOLDER", str(folder / "good")))
    words = ["--spec", "../extra.yaml", "--claim", "anything may reach pods(app=db)", "--strict"]
    further = ["--all", "--timeout", "60", "--today", "2030-01-01", "--bundle", "b.zip"]
    assert main(["fleet", "fleet.yaml", "--jobs", "1", *words, *further]) == 1
    data = Path("b.zip").read_bytes()
    assert first_fault(data) == ""
    folders = [one["folder"] for one in json.loads(unpacked(data)[INDEX])["clusters"]]
    assert None not in folders


def test_python_alone(bundle: bytes, tmp_path: Path) -> None:
    file = tmp_path / "b.zip"
    file.write_bytes(bundle)
    checker = tmp_path / "check.py"
    checker.write_bytes(unpacked(bundle)["check.py"])
    command = [sys.executable, "-I", "-S", str(checker), str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "PROVED  ONLY: on good: only pods(app=web)" in done.stdout
    assert "REFUTED  ONLY: on open: only pods(app=web)" in done.stdout


@pytest.mark.parametrize("kind", ["fewer claims", "two clusters", "no report of one"])
def test_python_alone_compares_report_and_index(
    kind: str, bundle: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    members = unpacked(bundle)
    report = json.loads(members["report.json"])
    first, second = report["clusters"][:2]
    match kind:
        case "fewer claims":
            second["report"]["claims"] = []
        case "two clusters":
            first["name"], second["name"] = second["name"], first["name"]
        case _:
            second["report"] = None
    members["report.json"] = json.dumps(report).encode()
    file = tmp_path / "b.zip"
    file.write_bytes(resealed(members, unpacked(bundle)))
    with pytest.raises(check.BundleError, match=r"report\.json and index\.json do not say"):
        check.check(str(file))


# --- what is found ---------------------------------------------------------------------------


def resealed(members: Members, whole: Members) -> bytes:
    """The archive with all hashes put right."""
    index = json.loads(whole[INDEX] if INDEX not in members else members[INDEX])
    index["members"] = {
        name: sha256(data).hexdigest()
        for name, data in sorted(members.items())
        if name not in (INDEX, SEAL)
    }
    text = (json.dumps(index, indent=2, sort_keys=True) + "\n").encode()
    return packed({**members, INDEX: text, SEAL: seal(text)})


def edited(name: str, old: str, new: str) -> Callable[[Members], None]:
    """Exchanges some text of a member."""

    def edit(members: Members) -> None:
        assert old.encode() in members[name]
        members[name] = members[name].replace(old.encode(), new.encode(), 1)

    return edit


def exchanged(one: str, other: str) -> Callable[[Members], None]:
    """Exchanges two members."""

    def exchange(members: Members) -> None:
        members[one], members[other] = members[other], members[one]

    return exchange


def without(name: str) -> Callable[[Members], None]:
    """Leaves a member out."""
    return lambda members: members.__delitem__(name)


REPORT = "clusters/open/report.json"
FORGED = {
    "a verdict in the report": edited("report.json", '"REFUTED"', '"PROVED"'),
    "a verdict in the page": edited("report.html", "REFUTED", "PROVED"),
    "a verdict in the index": edited(INDEX, '"verdict": "REFUTED"', '"verdict": "PROVED"'),
    "a verdict of a cluster": edited(REPORT, '"verdict": "REFUTED"', '"verdict": "PROVED"'),
    "two clusters": exchanged("clusters/good/report.json", REPORT),
    "an input": edited("clusters/open/inputs/open/policy.yaml", "5432", "5433"),
    "another world": edited("fleet/fleet.yaml", "world: any-pods", "world: any-cluster"),
    "one cluster less": edited("fleet/fleet.yaml", "  gone: {paths: [gone]}\n", ""),
    "an error": edited(INDEX, "podSelecter", "podSelector"),
    "a cluster called not verified": edited(INDEX, '"folder": "clusters/open"', '"folder": null'),
    "no report": without("report.json"),
    "no index of a cluster": without(f"clusters/good/{INDEX}"),
    "no fleet file": without("fleet/fleet.yaml"),
}


@pytest.mark.parametrize("kind", FORGED)
def test_forgeries_with_right_hashes(kind: str, bundle: bytes) -> None:
    members = unpacked(bundle)
    FORGED[kind](members)
    assert first_fault(resealed(members, unpacked(bundle))) != ""


EASY = CLAIMS.replace("only pods(app=web) can", "only pods() can")
FORGERIES: dict[str, tuple[dict[str, str], tuple[str, ...], str]] = {
    # What the forger has instead of the files, or gives on his command line; what is told.
    "another cluster in its place": (
        {"fleet.yaml": FLEET.replace("[open]", "[good]")}, (), "differs from it in: paths"),
    "an easier spec file": (
        {"fleet.yaml": FLEET.replace("[claims.yaml]", "[easy.yaml]"), "easy.yaml": EASY},
        (), "differs from it in: spec files"),
    "fewer claims of all": ({}, ("--select", "net"), "differs from it in: claims"),
    "a later day": ({}, ("--today", "2029-01-01"), "differs from it in: day"),
}  # fmt: skip


@pytest.mark.parametrize("kind", FORGERIES)
def test_a_run_of_something_else(
    kind: str, bundle: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bundle that holds by itself is none for a fleet file or options that say otherwise."""
    files, words, told = FORGERIES[kind]
    write_fleet(tmp_path)
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    main(["fleet", "fleet.yaml", "--jobs", "1", "--bundle", "b.zip", *words])
    forged, true = unpacked(Path("b.zip").read_bytes()), unpacked(bundle)
    assert first_fault(packed(forged)) == ""
    index = json.loads(forged[INDEX])
    forged["fleet/fleet.yaml"] = true["fleet/fleet.yaml"]
    index["options"] = json.loads(true[INDEX])["options"]
    forged[INDEX] = json.dumps(index).encode()
    assert told in first_fault(resealed(forged, true))


def test_one_spec_file_for_all(bundle: bytes, tmp_path: Path) -> None:
    """A cluster that was asked easier claims of the same name."""
    write_fleet(tmp_path)
    (tmp_path / "claims.yaml").write_text(EASY)
    patch = pytest.MonkeyPatch()
    patch.chdir(tmp_path)
    try:
        main(["fleet", "fleet.yaml", "--jobs", "1", "--bundle", "b.zip"])
        easy = unpacked(Path("b.zip").read_bytes())
    finally:
        patch.undo()
    members = unpacked(bundle)
    there = {name: data for name, data in easy.items() if name.startswith("clusters/open/")}
    kept = {name: data for name, data in members.items() if not name.startswith("clusters/open/")}
    told = [one.fault for one in recheck(resealed({**kept, **there}, members))]
    assert any("what a spec file holds elsewhere" in one for one in told)


# --- endless ones ----------------------------------------------------------------------------


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there are no devices")
@pytest.mark.parametrize("where", ["itself", "in a folder", "a baseline"])
def test_what_has_no_end_is_not_read(
    where: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "index.json").symlink_to("/dev/zero")
    words = {
        "itself": ["recheck", "/dev/zero"],
        "in a folder": ["recheck", str(tmp_path)],
        "a baseline": ["verify", ".", "--claim", "x cannot reach y", "--baseline", "/dev/zero"],
    }
    assert main(words[where]) == 2
    told = capsys.readouterr().err
    assert "cannot read /dev/zero: the file is not text" in told or "it is no file" in told


def test_an_archive_that_claims_to_hold_very_much(
    bundle: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = sum(map(len, unpacked(bundle).values()))
    monkeypatch.setattr(archive, "MOST", size)
    assert first_fault(bundle) == ""
    monkeypatch.setattr(archive, "MOST", size - 1)
    assert first_fault(bundle) == "archive: would unpack to more than 0 GiB"


# --- any byte --------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(40))
def test_any_byte(seed: int, bundle: bytes) -> None:
    """A flipped byte of any member is found by hashes alone, in Python alone too."""
    random = Random(seed)
    members = unpacked(bundle)
    name = random.choice(sorted(members))
    at = random.randrange(len(members[name]))
    data = bytearray(members[name])
    data[at] ^= 1 << random.randrange(8)
    members[name] = bytes(data)
    assert first_fault(packed(members)) != ""
    if name != "check.py":
        with pytest.raises(Exception):  # noqa: B017, PT011 (whatever it is, it is not accepted)
            check_members(members)


def check_members(members: Members) -> None:
    """What `check.py` does with the files."""
    index = json.loads(members[INDEX])
    digest = sha256(members[INDEX]).hexdigest()
    assert members[SEAL] == f"{digest}  {INDEX}\n".encode()
    check.check_hashes(members, index["members"])
