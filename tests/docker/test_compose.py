"""What compose.yaml promises of every service, and that its variables are settings."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from qm.settings import Settings, load

REPOSITORY = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((REPOSITORY / "compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
ENDS_BY_ITSELF = {"topics", "replay"}


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_no_more_rights_than_it_needs(name: str) -> None:
    service = SERVICES[name]
    assert int(service["user"].partition(":")[0]) > 0
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["mem_limit"]
    assert service["cpus"]
    assert service["pids_limit"]
    assert name in ENDS_BY_ITSELF or service["healthcheck"]["test"]


def test_only_the_pages_can_be_reached_from_outside() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["web"]
    assert COMPOSE["networks"]["inside"]["internal"]
    outside = {name for name, service in SERVICES.items() if "outside" in service["networks"]}
    assert outside == {"web", "jobs"}  # the jobs call webhooks


@pytest.mark.parametrize("name", SERVICES)
def test_secrets_come_from_files_that_are_made_and_given(name: str) -> None:
    service = SERVICES[name]
    given = {str(v).removeprefix("/run/secrets/") for v in service.get("environment", {}).values()
             if str(v).startswith("/run/secrets/")}  # fmt: skip
    assert given <= set(service["secrets"]) <= set(COMPOSE["secrets"])
    for variable, value in service.get("environment", {}).items():
        if re.search("PASSWORD|SECRET|TOKEN|DATABASE_URL|CUSTOMER_KEY", variable):
            assert str(value).startswith("/run/secrets/")


@pytest.mark.parametrize("name", [n for n, s in SERVICES.items() if "image" in s and "build" in s])
def test_variables_are_settings(name: str, tmp_path: Path) -> None:
    variables = {k: v for k, v in SERVICES[name]["environment"].items() if k.startswith("QM_")}
    for variable, value in variables.items():
        text = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", str(value))
        setting = variable.removeprefix("QM_").lower()
        if text.startswith("/run/secrets/") and setting not in Settings.model_fields:
            secret = tmp_path / variable
            secret.write_text("made-up")
            text = str(secret)
        load({variable: text})


def test_who_runs_on_a_gpu_asks_for_one() -> None:
    (device,) = SERVICES["worker-gpu"]["deploy"]["resources"]["reservations"]["devices"]
    assert device["capabilities"] == ["gpu"]
    assert (SERVICES["worker"]["profiles"], SERVICES["worker-gpu"]["profiles"]) == (
        ["cpu"],
        ["gpu"],
    )
