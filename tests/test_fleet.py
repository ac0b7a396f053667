"""Many clusters in one run: the same verdicts as one by one, whoever computes them."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import pytest
from tests.fleets import CLAIMS, FLEET, everything, report_of, write_fleet
from tests.reporting import POLICY
from tests.schema_check import checked
from tests.test_reports_markdown import Page

from netproof.cli import main
from netproof.exits import Exit
from netproof.fleet import tasks, working
from netproof.fleet.engines import Engine, Here
from netproof.fleet.sheets import Sheet, Unverified
from netproof.fleet.tasks import PAGE, Task
from netproof.fleet.working import Result
from netproof.reports.failures import Cause
from netproof.reports.fleet.formats import FLEET_FORMATS

ROOT = Path(__file__).parents[1]
ANY_APP = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  ingress:
  - from: [{podSelector: {matchExpressions: [{key: app, operator: Exists}]}}]
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with the fleet in it."""
    monkeypatch.chdir(tmp_path)
    write_fleet(tmp_path)
    return tmp_path


def fleet(*options: str) -> int:
    """The exit code of the command in this process."""
    return main(["fleet", "fleet.yaml", "--jobs", "1", *options])


def fleet_json(capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, Any]:
    """What the command writes as JSON."""
    fleet(*options, "--output", "json")
    return checked(capsys.readouterr().out, "fleet")


# --- verdicts ----------------------------------------------------------------------------------


def test_each_report_is_that_of_verify(capsys: pytest.CaptureFixture[str]) -> None:
    data = fleet_json(capsys)
    for name, world in (("good", "snapshot"), ("open", "any-pods")):
        main(["verify", name, "--spec", "claims.yaml", "--world", world, "--output", "json"])
        alone = json.loads(capsys.readouterr().out)
        (found,) = (one["report"] for one in data["clusters"] if one["name"] == name)
        assert found == alone


def test_the_matrix(capsys: pytest.CaptureFixture[str]) -> None:
    data = fleet_json(capsys)
    assert [one["id"] for one in data["matrix"]["claims"]] == ["ONLY", "PORT", "NONE", "OUT"]
    rows = {one["cluster"]: one["verdicts"] for one in data["matrix"]["rows"]}
    accepted = "REFUTED (accepted until 2099-01-01)"
    assert rows == {
        "good": ["PROVED", "PROVED", accepted, "PROVED"],
        "open": ["REFUTED", "PROVED", accepted, "PROVED"],
        "wrong": None,
        "gone": None,
    }
    summary = data["summary"]
    assert (summary["clusters"], summary["notVerified"], summary["claims"]) == (4, 2, 8)
    assert (summary["proved"], summary["refuted"], summary["failing"]) == (5, 3, 1)
    assert summary["exitCode"] == 1
    (owner,) = summary["byOwner"]
    assert (owner["name"], owner["claims"], owner["proved"], owner["failing"]) == ("us", 2, 1, 1)


def test_errors_of_one_cluster_stop_no_other(capsys: pytest.CaptureFixture[str]) -> None:
    data = fleet_json(capsys)
    errors = {one["name"]: one["error"] for one in data["clusters"] if one["error"]}
    assert set(errors) == {"wrong", "gone"}
    (wrong,) = errors["wrong"]["problems"]
    assert "unknown field `spec.podSelecter`" in wrong["message"]
    assert (wrong["file"], wrong["line"]) == ("wrong/policy.yaml", 7)
    (gone,) = errors["gone"]["problems"]
    assert gone["message"] == "`gone`: no such file or folder"
    assert (gone["file"], gone["line"], gone["column"]) == ("fleet.yaml", 6, 18)


@pytest.mark.parametrize(
    ("clusters", "code"),
    [
        (["good"], 0),
        (["good", "open"], 1),
        (["good", "wrong"], 2),
        (["wrong", "open", "gone"], 1),
        (["gone"], 2),
    ],
)
def test_exit_codes(clusters: list[str], code: int, folder: Path) -> None:
    kept = [one for one in FLEET.splitlines() if one[:2] != "  " or one.split(":")[0].strip()
            in clusters]  # fmt: skip
    (folder / "fleet.yaml").write_text("\n".join(kept))
    assert fleet("--output", "json=out.json") == code
    assert checked(Path("out.json").read_text(), "fleet")["summary"]["exitCode"] == code


def test_what_weighs_more_than_what(folder: Path) -> None:
    """A defect, then what is refuted, what could not be read, and what is unknown."""
    weights = [Cause.INTERNAL, None, Cause.INPUT, Cause.DEADLINE]
    exits = [70, 1, 2, 3]
    report = report_of()
    (open_,) = (one for one in report.sheets if one.name == "open")
    outturns = [open_ if one is None else Unverified("x", one, ()) for one in weights]
    from netproof.fleet.sheets import FleetReport, exit_of_fleet  # noqa: PLC0415

    for at, code in enumerate(exits):
        found = exit_of_fleet(FleetReport(report.file, tuple(reversed(outturns[at:]))))
        assert found == code


def test_a_defect_is_told_and_kept(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = working._done

    def broken(task: Task, placed: Any) -> Result:
        if task.asked.name == "good":
            raise RuntimeError("no good")
        return whole(task, placed)

    monkeypatch.setattr(working, "_done", broken)
    assert fleet("--output", "json=out.json") == Exit.INTERNAL_ERROR
    told = capsys.readouterr().err
    assert "good: internal error: RuntimeError: no good" in told
    file = Path(told.split()[-1])
    assert "RuntimeError: no good" in file.read_text()
    file.unlink()
    verdicts = json.loads(Path("out.json").read_text())["matrix"]["rows"]
    assert [one["verdicts"] is None for one in verdicts] == [True, False, True, True]


# --- what is asked ---------------------------------------------------------------------------


def test_more_claims_and_selection(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = fleet_json(capsys, "--claim", "anything may reach pods(app=db)")
    assert data["matrix"]["claims"][-1] == {
        "id": "claim-1",
        "claim": "anything may reach pods(app=db)",
    }
    data = fleet_json(capsys, "--select", "net")
    assert [one["id"] for one in data["matrix"]["claims"]] == ["ONLY"]
    assert fleet("--select", "nte") == 2
    assert "no claim has the tag `nte`; known are net" in capsys.readouterr().err


def test_a_spec_of_one_cluster(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = FLEET.replace("{paths: [good]}", "{paths: [good], specs: [more.yaml]}")
    (folder / "fleet.yaml").write_text(text)
    (folder / "more.yaml").write_text("claims: [{id: MORE, claim: external cannot reach ns:shop}]")
    data = fleet_json(capsys)
    good, other = data["matrix"]["rows"][:2]
    assert good["verdicts"][4] == "REFUTED"
    assert other["verdicts"][4] is None


def test_one_id_with_two_meanings(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "fleet.yaml").write_text(
        "clusters:\n  good: {paths: [good], specs: [a.yaml]}\n"
        "  open: {paths: [open], specs: [b.yaml]}\n"
    )
    (folder / "a.yaml").write_text("claims: [{id: ONE, claim: external cannot reach ns:shop}]")
    (folder / "b.yaml").write_text("claims: [{id: ONE, claim: external may reach ns:shop}]")
    fleet()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["cluster", "world", "1", "2"]
    assert lines[4] == "1  ONE: external cannot reach ns:shop"
    assert lines[5] == "2  ONE: external may reach ns:shop"


@pytest.mark.parametrize(
    ("claims", "message"),
    [
        (None, "fleet.yaml:1:9: cannot read the spec `claims.yaml`: No such file or directory"),
        ("groups: {a: ns:shop}", "there is no claim for the cluster `good`"),
        ("claims: [a cannot reach b]", "claims.yaml:1:10: "),
    ],
)
def test_wrong_specs(
    claims: str | None, message: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if claims is None:
        (folder / "claims.yaml").unlink()
    else:
        (folder / "claims.yaml").write_text(claims)
    assert fleet() == 2
    assert message in capsys.readouterr().err


def test_wrong_claims_for_one_cluster(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A claim that names a pod that one cluster does not have is an error of that cluster."""
    text = CLAIMS + '  - {id: NAMED, claim: "shop/web can reach shop/db on TCP/5432"}\n'
    (folder / "claims.yaml").write_text(text)
    data = fleet_json(capsys)
    by_name = {one["name"]: one for one in data["clusters"]}
    assert by_name["good"]["report"]["claims"][4]["verdict"] == "PROVED"
    told = [one["message"] for one in by_name["open"]["error"]["problems"]]
    assert "`shop/web` names one pod" in told[0]
    assert "`shop/db` names one pod" in told[1]


def test_a_revision(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (
        "init -q",
        "add .",
        "-c user.name=t -c user.email=t@example.com commit -qm one",
        "tag one",
    ):
        subprocess.run(["git", *words.split()], check=True, cwd=folder)
    (folder / "open" / "policy.yaml").write_text(POLICY)
    text = (
        "specs: claims.yaml\nworld: any-pods\nclusters:\n  now: {paths: [open]}\n"
        "  then: {paths: [open], revision: one}\n  never: {paths: [open], revision: two}\n"
    )
    (folder / "fleet.yaml").write_text(text)
    data = fleet_json(capsys)
    now, then, never = data["clusters"]
    assert now["report"]["claims"][0]["verdict"] == "PROVED"
    assert then["report"]["claims"][0]["verdict"] == "REFUTED"
    assert then["report"]["inputs"][0]["name"] == "git:one:./open/pods.yaml"
    (problem,) = never["error"]["problems"]
    assert "there is no revision `two`" in problem["message"]
    assert (problem["file"], problem["line"]) == ("fleet.yaml", 6)


def test_a_baseline(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "fleet.yaml").write_text(FLEET[: FLEET.index("  wrong")])
    assert fleet("--output", "json=before.json") == 1
    assert fleet("--baseline", "before.json", "--output", "json=after.json") == 0
    rows = json.loads(Path("after.json").read_text())["matrix"]["rows"]
    assert rows[1]["verdicts"][0] == "REFUTED (known from the baseline)"
    (folder / "good" / "policy.yaml").write_text(f"{POLICY}  - {{}}\n")
    assert fleet("--baseline", "before.json") == 1
    main(["verify", "good", "--spec", "claims.yaml", "--output", "json=single.json"])
    assert fleet("--baseline", "single.json") == 2
    assert "it is no report of `netproof fleet --output json`" in capsys.readouterr().err


def test_the_day_counts(folder: Path) -> None:
    (folder / "fleet.yaml").write_text(FLEET[: FLEET.index("  open")])
    assert fleet("--today", "2098-12-31") == 0
    assert fleet("--today", "2099-12-31") == 1


# --- formats ---------------------------------------------------------------------------------


def test_every_format_tells_every_verdict_and_error() -> None:
    report = report_of(None, PAGE)
    for form, text in everything(report).items():
        for word in ("good", "open", "wrong", "gone", "ONLY", "OUT", "podSelecter", "any-pods"):
            # What is proved is left to the forms that have room for it.
            assert word in text or (form, word) == ("code-scanning", "OUT"), (form, word)
        for fact in ("input sha256", "ipblock-matches-pods", "(A.49)", "fleet file"):
            known = {"json", "yaml"}
            assert fact in text or form in known, (form, fact)


def test_a_page_has_every_claim(folder: Path) -> None:
    text = FLEET_FORMATS["html"](report_of(None, PAGE))
    assert text.count('class="claim ') == 8 + 2
    assert "default-src 'none'" in text
    assert "http" not in re.sub(r"https?://\S+", "", text) or "src=" not in text


def test_hostile_names_are_shown_as_they_are(folder: Path) -> None:
    claim = 'claims: [{id: X, claim: external cannot reach ns:shop, reason: "<b>|`a` @you"}]'
    (folder / "claims.yaml").write_text(claim)
    report = report_of(None, PAGE)
    assert "<b>|" not in FLEET_FORMATS["html"](report)
    page = Page(FLEET_FORMATS["markdown"](report))
    assert any("<b>|`a` @you" in one for one in page.shown)


def test_many_claims_are_letters(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    claims = [f"  - {{id: C-{n}, claim: external cannot reach ns:shop}}\n" for n in range(20)]
    (folder / "claims.yaml").write_text("claims:\n" + "".join(claims))
    fleet()
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split() == ["good", "snapshot", *["R"] * 20]
    assert "R REFUTED" in lines


def test_what_was_left_out_is_marked(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "good" / "cilium.yaml").write_text(
        "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\n"
        "metadata: {name: x, namespace: shop}\nspec: {endpointSelector: {}}\n"
    )
    without = FLEET.replace("[good]}", "[good], without: CiliumNetworkPolicy}")
    (folder / "fleet.yaml").write_text(without)
    fleet()
    out = capsys.readouterr().out
    assert re.search(r"^good +snapshot +PROVED\* +PROVED\* +accepted\* +PROVED\*$", out, re.M)
    assert "*: without what was left out of that cluster" in out
    assert "1 cluster without what was left out" in out


# --- whoever works ---------------------------------------------------------------------------


def split_finely(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every cluster is large, and a batch is one claim."""
    monkeypatch.setattr(tasks, "LARGE", 1)
    monkeypatch.setattr(tasks, "CLAIMS_OF_LARGE", 1)


def test_batches_put_together(monkeypatch: pytest.MonkeyPatch) -> None:
    """The report on a cluster whose claims were decided one by one says the same of each."""
    whole = report_of()
    split_finely(monkeypatch)
    split = report_of()
    for one, other in zip(whole.outturns, split.outturns, strict=True):
        if isinstance(one, Sheet) and isinstance(other, Sheet):
            assert [cell.word for cell in one.cells] == [cell.word for cell in other.cells]
            assert one.facts == other.facts
            assert one.summary == other.summary
        else:
            assert one == other


def test_examples_of_a_batch_go_by_what_its_claims_mention(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The example of a claim is another one beside a claim on `app=api`, whichever comes first."""
    first = ("--claim", "only pods(role=x) can reach pods(app=db)")
    second = ("--claim", "pods(app=api) cannot reach external")
    (folder / "open" / "policy.yaml").write_text(ANY_APP)
    (folder / "open" / "pods.yaml").unlink()
    Path("fleet.yaml").write_text("clusters: {open: {paths: [open], world: any-pods}}")

    def labels(report: dict[str, Any]) -> Any:
        (claim,) = (one for one in report["claims"] if one["claim"] == first[1])
        assert claim["verdict"] == "REFUTED"
        return claim["counterexample"]["source"]["labels"]

    def verified(*claims: str) -> Any:
        main(["verify", "open", "--world", "any-pods", *claims, "--output", "json"])
        return labels(json.loads(capsys.readouterr().out))

    assert verified(*first) == {"app": "db"}
    assert verified(*first, *second) == verified(*second, *first) == {"app": "api"}
    split_finely(monkeypatch)
    data = fleet_json(capsys, *first, *second)
    assert labels(data["clusters"][0]["report"]) == {"app": "db"}


class Reluctant:
    """An engine that does the last of its tasks first, and loses its first workers."""

    room = 3

    def __init__(self, losses: int) -> None:
        self.losses = losses
        self.renewed = 0
        self._thread = ThreadPoolExecutor(1)
        self._waiting: list[tuple[Future[Result], Task, Any]] = []

    def place(self, inputs: Any, task: Task) -> Any:
        return inputs

    def submit(self, task: Task, placed: Any) -> Future[Result]:
        future: Future[Result] = Future()
        self._waiting.append((future, task, placed))
        self._thread.submit(self._last)
        return future

    def _last(self) -> None:
        future, task, placed = self._waiting.pop()
        if self.losses:
            self.losses -= 1
            future.set_exception(BrokenProcessPool("gone"))
        else:
            future.set_result(working.work(task, placed))

    def renew(self) -> None:
        self.renewed += 1


def test_the_order_of_work_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    split_finely(monkeypatch)
    text = FLEET[: FLEET.index("  wrong")] + "  again: {paths: [good]}\n"
    Path("fleet.yaml").write_text(text)
    engine: Engine = Reluctant(0)
    assert everything(report_of(engine)) == everything(report_of(Here()))


def test_lost_workers_lose_nothing() -> None:
    Path("fleet.yaml").write_text(FLEET[: FLEET.index("  gone")])
    engine = Reluctant(3)
    assert everything(report_of(engine)) == everything(report_of(Here()))
    assert engine.renewed > 0


POOL = """\
import os, signal, sys
from pathlib import Path
from netproof.cli import main
from netproof.fleet import working
whole = working._done
def done(task, placed):
    mark = Path(f"killed-{task.asked.name}")
    if task.asked.name in sys.argv[2].split(",") and (sys.argv[1] == "always" or not mark.exists()):
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return whole(task, placed)
working._done = done
if __name__ == "__main__":
    sys.exit(main(["fleet", "fleet.yaml", "--jobs", "2", *sys.argv[3:]]))
"""


def in_pool(*words: str) -> subprocess.CompletedProcess[str]:
    """A run on two processes of which some are killed."""
    Path("pool.py").write_text(POOL)
    rooms = os.pathsep.join(str(ROOT / one) for one in ("verifier", "encodings", "specs"))
    return subprocess.run(
        [sys.executable, "pool.py", *words],
        env=os.environ | {"PYTHONPATH": rooms},
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )


needs_fork = pytest.mark.skipif(sys.platform != "linux", reason="a patch lives on in forks alone")


@pytest.mark.slow
@needs_fork
def test_two_processes_give_the_same_bytes(capsys: pytest.CaptureFixture[str]) -> None:
    outputs = [word for form in FLEET_FORMATS for word in ("--output", f"{form}=out.{form}")]
    here = fleet(*outputs)
    found = {form: Path(f"out.{form}").read_bytes() for form in FLEET_FORMATS}
    for killed in ("nobody", "good,wrong"):
        done = in_pool("once", killed, *outputs)
        assert (done.returncode, done.stderr) == (here, "")
        assert {form: Path(f"out.{form}").read_bytes() for form in FLEET_FORMATS} == found
    assert Path("killed-good").exists()


@needs_fork
def test_a_cluster_that_always_ends_its_worker() -> None:
    done = in_pool("always", "open", "--output", "json")
    assert done.returncode == Exit.INTERNAL_ERROR
    data = checked(done.stdout, "fleet")
    by_name = {one["name"]: one["error"] for one in data["clusters"]}
    assert by_name["good"] is None
    assert "each worker that was at it ended" in by_name["open"]["problems"][0]["message"]
    assert by_name["wrong"]["cause"] == "input"


@needs_fork
def test_interrupted() -> None:
    """Ctrl-C reaches the whole group of processes; none is left, and no report looks current."""
    slow = POOL.replace("os.kill(os.getpid(), signal.SIGKILL)", "import time; time.sleep(60)")
    Path("pool.py").write_text(slow)
    Path("out.json").write_text("old")
    rooms = os.pathsep.join(str(ROOT / one) for one in ("verifier", "encodings", "specs"))
    process = subprocess.Popen(
        [sys.executable, "pool.py", "always", "good", "--output", "json=out.json"],
        env=os.environ | {"PYTHONPATH": rooms},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    end = time.monotonic() + 300
    while not Path("killed-good").exists() and time.monotonic() < end:
        time.sleep(0.1)
    assert Path("killed-good").exists(), "the processes did not begin"
    os.killpg(process.pid, signal.SIGINT)
    _, told = process.communicate(timeout=120)
    assert (process.returncode, told) == (130, "\ninterrupted\n")
    assert checked(Path("out.json").read_text(), "error")["error"]["cause"] == "interrupted"
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


# --- time ------------------------------------------------------------------------------------


def test_no_time_at_all(capsys: pytest.CaptureFixture[str]) -> None:
    assert fleet("--deadline", "0.000001", "--output", "json") == 3
    data = checked(capsys.readouterr().out, "fleet")
    assert {one["error"]["cause"] for one in data["clusters"]} == {"deadline"}
    assert data["deadlineMilliseconds"] == 0


def test_time_is_counted_where_the_work_is_done() -> None:
    from netproof.fleet.asking import Request, ask  # noqa: PLC0415
    from netproof.solving import Deadline, Limits  # noqa: PLC0415
    from netproof_specs.spec_files.fleets import read_fleet  # noqa: PLC0415

    elsewhere = Limits(deadline=Deadline(9, 1e12))
    request = Request(claims=("external may reach anything",), limits=elsewhere, until=time.time())
    (asked,) = ask(read_fleet("f.yaml", "clusters: {a: {paths: b}}"), {}, request)
    assert asked.options_here().limits.open_because() == "the deadline of 9 s was reached"
