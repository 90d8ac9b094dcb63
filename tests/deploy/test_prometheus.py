"""prometheus/: what is scraped, and when an operator is told. Needs promtool, which comes with Prometheus."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from prometheus_client import REGISTRY

import pixelmill.telemetry.metrics  # noqa: F401 - registers every metric
from pixelmill.domain.errors import CATALOGUE, Fault
from pixelmill.queue.kept import State
from pixelmill.settings import ApiSettings, CleanupSettings, WorkerSettings
from tests.deploy.conftest import ROOT

FOLDER: Final = ROOT / "prometheus"
RUNBOOKS: Final = ROOT / "docs" / "runbooks"
SECTIONS: Final = ("**Meaning.**", "**Look.**", "**Do.**")


def load(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((FOLDER / name).read_text())
    return loaded


RULES: Final[list[dict[str, Any]]] = [rule for group in load("alerts.yml")["groups"] for rule in group["rules"]]
ALERTS: Final = {rule["alert"]: rule for rule in RULES if "alert" in rule}


@pytest.fixture(scope="module")
def promtool() -> str:
    return shutil.which("promtool") or pytest.skip("promtool is not installed (Debian: apt-get install prometheus)")


@pytest.mark.parametrize(
    "arguments",
    [("check", "config", "prometheus.yml"), ("check", "rules", "alerts.yml"), ("test", "rules", "alerts_test.yml")],
    ids=" ".join,
)
def test_promtool_accepts(promtool: str, arguments: tuple[str, ...]) -> None:
    """The configuration is valid, and every alert fires and stays silent as its tests say."""
    result = subprocess.run([promtool, *arguments], cwd=FOLDER, capture_output=True, text=True, timeout=60, check=False)

    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("alert", ALERTS)
class TestEveryAlert:
    """What an alert owes to whoever it wakes."""

    def test_has_a_page_that_says_what_to_do(self, alert: str) -> None:
        """Named after it, with the same three parts."""
        page = (RUNBOOKS / f"{alert}.md").read_text()

        assert page.startswith(f"# {alert}\n")
        assert [section for section in SECTIONS if section not in page] == []

    def test_leads_to_its_page(self, alert: str) -> None:
        """From the notification itself."""
        assert ALERTS[alert]["annotations"]["runbook"] == f"docs/runbooks/{alert}.md"

    def test_says_how_urgent_it_is(self, alert: str) -> None:
        """In one of two words."""
        assert ALERTS[alert]["labels"]["severity"] in {"critical", "warning"}

    def test_is_tested_both_ways(self, alert: str) -> None:
        """It fires when it should, and does not when it should not."""
        cases = [case for test in load("alerts_test.yml")["tests"] for case in test["alert_rule_test"]]
        fires = {bool(case["exp_alerts"]) for case in cases if case["alertname"] == alert}

        assert fires == {True, False}


def test_no_page_is_left_of_an_alert_that_is_gone() -> None:
    """And every link between the pages leads somewhere."""
    assert {page.stem for page in RUNBOOKS.glob("*.md")} == set(ALERTS)
    links = {link for page in RUNBOOKS.glob("*.md") for link in re.findall(r"\]\(([^)]+)\)", page.read_text())}
    assert {link for link in links if not (RUNBOOKS / link).is_file()} == set()


def test_the_rules_ask_for_metrics_that_exist() -> None:
    """A renamed metric leaves an alert that can never fire."""
    exported = {sample.name for metric in REGISTRY.collect() for sample in metric.samples}
    exported |= {name for metric in REGISTRY.collect() for name in (metric.name, f"{metric.name}_total")}
    asked = {name for rule in RULES for name in re.findall(r"\bpixelmill_\w+", rule["expr"])}

    assert asked
    assert asked - exported == set()


def test_the_rules_ask_for_labels_that_exist() -> None:
    """So does a renamed code or state."""
    codes = {
        code for rule in RULES for found in re.findall(r'code=~?"([^"]+)"', rule["expr"]) for code in found.split("|")
    }
    states = {found for rule in RULES for found in re.findall(r'state="([^"]+)"', rule["expr"])}

    assert codes
    assert codes <= {code for code, error in CATALOGUE.items() if error.fault is Fault.SERVICE}
    assert states == {State.WAITING.value}


def test_every_role_and_server_with_metrics_is_scraped(services: dict[str, dict[str, Any]]) -> None:
    """Under the name of its service and the port it listens on by default."""
    jobs = {job["job_name"]: job["static_configs"][0]["targets"] for job in load("prometheus.yml")["scrape_configs"]}

    assert jobs == {
        "api": [f"api:{ApiSettings().port}"],
        "worker": [f"worker:{WorkerSettings().port}"],
        "cleanup_crew": [f"cleanup_crew:{CleanupSettings().port}"],
        "redis_exporter": ["redis_exporter:9121"],
        "prometheus": ["prometheus:9090"],
    }
    assert set(jobs) <= set(services)


def test_the_folder_holds_what_the_container_mounts(services: dict[str, dict[str, Any]]) -> None:
    """The rule files are found next to the configuration, there and in the copy `pixelmill up` makes."""
    mounts = {
        mount["source"]: mount["target"] for mount in services["prometheus"]["volumes"] if mount["type"] == "bind"
    }

    assert mounts == {str(FOLDER): "/etc/prometheus"}
    assert [(FOLDER / name).is_file() for name in load("prometheus.yml")["rule_files"]] == [True]
    assert not any(Path(name).is_absolute() for name in load("prometheus.yml")["rule_files"])
