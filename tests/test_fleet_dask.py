"""A fleet on a real cluster of Dask: the same bytes, also when a worker is killed on the way."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.fleets import FLEET, everything, report_of, write_fleet
from tests.reporting import PODS, POLICY

from netproof.cli import main
from netproof.fleet import tasks
from netproof.fleet.on_dask import dask_engine
from netproof.fleet.sheets import Unverified
from netproof_specs.frozen import replace
from netproof_specs.steps import Step

distributed = pytest.importorskip("distributed")
# What the library leaves open when it is torn down is not ours to mend.
pytestmark = pytest.mark.filterwarnings("ignore")
FEW, MANY = 1, 8


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Two processes, each of which is started again when it ends."""
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=2, processes=True, dashboard_address=None
    ) as found:
        yield found


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory: a fleet of several clusters that differ, and of one that is broken."""
    monkeypatch.chdir(tmp_path)
    write_fleet(tmp_path)
    write_clusters(tmp_path, FEW)
    return tmp_path


def write_clusters(folder: Path, count: int) -> None:
    """So many further clusters, each a namespace larger than the one before."""
    text = FLEET
    for number in range(count):
        name = f"c-{number}"
        (folder / name).mkdir(exist_ok=True)
        more = "".join(
            f"---\n{PODS}".replace("namespace: shop", f"namespace: shop-{one}")
            for one in range(number)
        )
        (folder / name / "all.yaml").write_text(f"{PODS}---\n{POLICY}{more}")
        text += f"  {name}: {{paths: [{name}]}}\n"
    (folder / "fleet.yaml").write_text(text)


@pytest.mark.slow
def test_the_command(cluster: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fleet", "fleet.yaml", "--jobs", "1"]) == 1
    here = capsys.readouterr().out
    assert main(["fleet", "fleet.yaml", "--scheduler", cluster.scheduler_address]) == 1
    assert capsys.readouterr().out == here


@pytest.mark.slow
@pytest.mark.parametrize("split", [False, True], ids=["whole", "in batches"])
@pytest.mark.parametrize("count", [FEW, MANY])
def test_a_worker_is_killed(
    count: int, split: bool, cluster: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is lost, and nothing differs."""
    write_clusters(folder, count)
    if split:
        monkeypatch.setattr(tasks, "LARGE", 1)
        monkeypatch.setattr(tasks, "CLAIMS_OF_LARGE", 1)
    here = everything(report_of())
    with distributed.Client(cluster, set_as_default=False) as client:
        pids = sorted(client.run(os.getpid).values())
    killed: list[int] = []

    def kill(step: Step) -> None:
        if step.done and not killed:
            killed.append(pids[0])
            os.kill(pids[0], signal.SIGKILL)

    with dask_engine(cluster.scheduler_address) as engine:
        there = everything(report_of(engine, watch=kill))
    assert killed
    assert there == here


@pytest.mark.slow
def test_other_versions_are_refused(cluster: Any) -> None:
    """Examples might differ, so a worker of another version does nothing."""
    from netproof.fleet.asking import Request, ask  # noqa: PLC0415
    from netproof.fleet.on_dask import for_workers  # noqa: PLC0415
    from netproof.fleet.running import run_fleet  # noqa: PLC0415
    from netproof_specs.spec_files.fleets import read_fleet  # noqa: PLC0415

    members = read_fleet("fleet.yaml", "clusters: {good: {paths: good}}")
    (asked,) = for_workers(ask(members, {}, Request(claims=("external may reach ns:shop",))))
    other = replace(asked, about="netproof 9")
    with dask_engine(cluster.scheduler_address) as engine:
        (found,) = run_fleet([other], engine)
    assert isinstance(found, Unverified)
    assert "this run has netproof 9" in found.problems[0].message


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--scheduler", "tcp://127.0.0.1:1"], "no scheduler of Dask answers at tcp://127.0.0.1:1"),
        (["--scheduler", "nonsense://x"], "no scheduler of Dask answers at nonsense://x"),
        (["--scheduler", "x", "--jobs", "2"], "--jobs counts processes here"),
    ],
)
def test_wrong_addresses(
    options: list[str],
    message: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("netproof.fleet.on_dask.PATIENCE", 1)
    assert main(["fleet", "fleet.yaml", *options]) == 2
    assert message in capsys.readouterr().err


def test_without_dask(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    assert main(["fleet", "fleet.yaml", "--scheduler", "tcp://x:1"]) == 2
    assert "pip install 'netproof[dask]'" in capsys.readouterr().err
