"""The files of deploy/ are well-formed, name commands that exist, and give as few rights as they promise."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli_runner import run

REPOSITORY = Path(__file__).parents[1]
DEPLOY = REPOSITORY / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.*"))
SERVICES = [unit for unit in UNITS if unit.suffix == ".service"]
NETWORKED = {"paperchat.service", "paperchat-digest.service"}

pytestmark = pytest.mark.skipif(not DEPLOY.is_dir(), reason="deploy/ is only in the repository")


def unit_of(file: Path) -> ConfigParser:
    parser = ConfigParser(interpolation=None, strict=True, delimiters=("=",), comment_prefixes=("#",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(file.read_text(encoding="utf-8"))
    return parser


def assert_is_command(words: list[str]) -> None:
    """Check the options of a command of paperchat, by its help."""
    assert Path(words[0]).name == "paperchat"
    command = words[1 : 3 if words[1] in ("digest", "keys") else 2]
    described = run(*command, "--help").out
    options = [word for word in words if word.startswith("--")]
    assert described
    assert [option for option in options if option not in described] == []


@pytest.mark.parametrize("file", SERVICES, ids=lambda file: file.name)
def test_services_run_commands_that_exist_with_few_rights(file: Path) -> None:
    service = dict(unit_of(file)["Service"])
    words = shlex.split(service["ExecStart"])
    if words[0] == "/bin/sh":
        words = shlex.split(words[2])[1:]
    assert_is_command(words)
    assert service["User"] == "paperchat"
    assert {service[name] for name in ("ProtectHome", "NoNewPrivileges", "PrivateTmp", "PrivateDevices")} == {"yes"}
    assert (service["ProtectSystem"], service["CapabilityBoundingSet"], service["UMask"]) == ("strict", "", "0077")
    assert service.get("PrivateNetwork", "no") == ("no" if file.name in NETWORKED else "yes")
    assert "landlock_restrict_self seccomp" not in service["SystemCallFilter"]  # the groups come first
    assert {"@system-service", "seccomp", "landlock_restrict_self"} <= {*service["SystemCallFilter"].split()}


def test_timers_start_services_that_are_there() -> None:
    timers = [unit for unit in UNITS if unit.suffix == ".timer"]
    assert len(timers) == 2
    for timer in timers:
        assert timer.with_suffix(".service") in SERVICES
        assert unit_of(timer)["Timer"]["OnCalendar"]
        assert unit_of(timer)["Install"]["WantedBy"] == "timers.target"


def test_systemd_takes_the_units() -> None:
    analyze = shutil.which("systemd-analyze")
    if not analyze:
        pytest.skip("there is no systemd-analyze")
    done = subprocess.run([analyze, "verify", *map(str, UNITS)], capture_output=True, text=True, check=False)
    said = [line for line in done.stderr.splitlines() if "is not executable: No such file" not in line]
    assert [line for line in said if "paperchat" in line] == []


def test_the_image_has_the_locked_packages_and_a_user_without_rights() -> None:
    lines = re.sub(r"\\\n", " ", (DEPLOY / "Containerfile").read_text(encoding="utf-8")).splitlines()
    instructions = [tuple(line.split(maxsplit=1)) for line in lines if line and not line.startswith("#")]
    of = {name: [given for found, given in instructions if found == name] for name, _ in instructions}
    assert {match[1] for given in of["FROM"] if (match := re.match(r"python:(3\.1[123])-", given))} == {"3.12"}
    assert any("--require-hashes -r requirements.lock" in given for given in of["RUN"])
    assert of["USER"] == ["10001"]
    assert instructions.index(("USER", "10001")) > max(instructions.index(("RUN", given)) for given in of["RUN"])
    assert "/healthz" in of["HEALTHCHECK"][0]
    assert_is_command(yaml.safe_load(of["CMD"][0]))
    for given in of["COPY"]:
        sources = [word for word in given.split()[:-1] if not word.startswith("--from=build") and word[0] != "/"]
        assert [source for source in sources if not (REPOSITORY / source).exists()] == []


def test_the_image_has_nothing_that_a_linter_minds() -> None:
    linter = Path(sys.executable).with_name("hadolint")
    if not linter.exists():
        pytest.skip("there is no hadolint for this platform")
    done = subprocess.run([linter, DEPLOY / "Containerfile"], capture_output=True, text=True, check=False)
    assert (done.stdout + done.stderr, done.returncode) == ("", 0)


def test_the_compose_file_opens_only_the_proxy() -> None:
    composed: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    served, proxy = composed["services"]["paperchat"], composed["services"]["proxy"]
    assert_is_command(served["command"])
    assert "ports" not in served
    assert served["networks"] == ["inside"]
    assert composed["networks"]["inside"]["internal"] is True
    assert served["read_only"] is True
    assert served["cap_drop"] == ["ALL"]
    subnet = composed["networks"]["inside"]["ipam"]["config"][0]["subnet"]
    assert served["environment"]["PAPERCHAT_TRUSTED_PROXIES"] == subnet
    assert proxy["networks"] == ["inside", "outside"]
    assert (DEPLOY / served["build"]["context"] / served["build"]["dockerfile"]).is_file()
    used = {volume.partition(":")[0] for service in (served, proxy) for volume in service["volumes"]}
    assert used == composed["volumes"].keys()
