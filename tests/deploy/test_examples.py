"""The examples for operators: commands have options that there are, and other programs take their files."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
import yaml  # type: ignore[import-untyped]

from game_server.cli.app import app
from tests.cli.test_options import VALUES
from tests.deploy.examples import EXAMPLES, Example, examples
from tests.deploy.proxies import PROGRAMS, adapted

ALWAYS = {"--help", "--version"}
COMMANDS = sorted(VALUES, key=len, reverse=True)  # "bots compare" before "bots"
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
CALL = re.compile(r"(?:^|[\s/`])game-server ((?:[a-z]+ ?)+)(.*)")
HOST = re.compile(r"game-server (host [^&|#\n]*)")


def calls() -> Iterator[tuple[str, str, str]]:
    """Where a command line stands, its command, and what follows."""
    for example in EXAMPLES:
        for line in example.text.splitlines():
            for call in re.split(r"&&|;|\|", line):
                found = CALL.search(call)
                command = next((it for it in COMMANDS if found and f"{found[1]} ".startswith(f"{it} ")), "")
                if found and command:
                    yield str(example), command, found[2].partition(" # ")[0]


CALLS = list(calls())


def test_there_are_examples_of_every_kind() -> None:
    assert {command for _, command, _ in CALLS} >= {"host", "bots", "stop", "move", "drain", "restart", "journal info"}
    assert {example.language for example in EXAMPLES} >= {"nginx", "caddy", "haproxy", "ini", "toml", "yaml"}


@pytest.mark.parametrize(("where", "command", "rest"), CALLS)
def test_a_command_of_an_example_has_only_options_that_there_are(where: str, command: str, rest: str) -> None:
    known = {name for name in VALUES[command] if name.startswith("--")} | ALWAYS
    known |= {f"--no-{name[2:]}" for name in known}
    assert set(OPTION.findall(rest)) <= known, where


def hosts() -> Iterator[tuple[str, list[str]]]:
    """The whole command lines of servers, in blocks and in units."""
    for example in EXAMPLES:
        if example.document.startswith("docs/deploy/") or example.language == "ini":
            for line in HOST.findall(example.text):
                yield str(example), shlex.split(line.replace("%d", "/run/credentials"))
    for example in examples("yaml"):
        for arguments in _lists_of(list(yaml.safe_load_all(example.text)), "args"):
            if arguments[0] == "host":
                yield str(example), [word.replace("$(POD_NAME)", "game-server-0") for word in arguments]


def _lists_of(found: Any, key: str) -> Iterator[list[str]]:
    if isinstance(found, list):
        for item in found:
            yield from _lists_of(item, key)
    elif isinstance(found, dict):
        for name, item in found.items():
            if name == key and isinstance(item, list):
                yield list(map(str, item))
            yield from _lists_of(item, key)


@pytest.mark.parametrize(("where", "words"), list(hosts()))
def test_a_server_of_an_example_can_be_started_so(
    where: str, words: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    words = [word for word in words if word not in ("--config", "/etc/game-server/host.toml")]
    command, _, _ = app.parse_args(words, exit_on_error=False, print_error=False)
    assert command.__name__ == "host", where


# Kubernetes


def manifests() -> list[dict[str, Any]]:
    return [found for example in examples("yaml") for found in yaml.safe_load_all(example.text) if "kind" in found]


def of_kind(kind: str, name: str = "game-server") -> dict[str, Any]:
    [found] = [it for it in manifests() if it["kind"] == kind and it.get("metadata", {}).get("name") == name]
    return found


def test_every_example_in_yaml_can_be_read_and_no_key_is_twice_in_a_map() -> None:
    class Strict(yaml.SafeLoader):  # type: ignore[misc]
        def construct_mapping(self, node: Any, deep: bool = False) -> Any:
            keys = [self.construct_object(key, deep=deep) for key, _ in node.value]
            assert len(keys) == len(set(keys)), node.start_mark
            return super().construct_mapping(node, deep)

    for example in examples("yaml"):
        assert list(yaml.load_all(example.text, Strict)), example


def test_services_and_the_ingress_lead_to_pods_and_ports_that_there_are() -> None:
    pods = of_kind("StatefulSet")
    template = pods["spec"]["template"]
    [container] = template["spec"]["containers"]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    names = {f"{pods['metadata']['name']}-{number}" for number in range(pods["spec"]["replicas"])}
    services = {it["metadata"]["name"]: it["spec"] for it in manifests() if it["kind"] == "Service"}
    assert pods["spec"]["serviceName"] in services
    assert pods["spec"]["selector"]["matchLabels"].items() <= template["metadata"]["labels"].items()
    for rule in of_kind("Ingress")["spec"]["rules"]:
        [path] = rule["http"]["paths"]
        service = services[path["backend"]["service"]["name"]]
        [port] = service["ports"]
        assert port["name"] == path["backend"]["service"]["port"]["name"]
        assert port["port"] == ports[port["name"]]
        named = service["selector"].get("statefulset.kubernetes.io/pod-name")
        if named:
            assert named in names
            assert rule["host"] == f"{named}.play.example.org"
            assert service["publishNotReadyAddresses"]
        else:
            assert service["selector"].items() <= template["metadata"]["labels"].items()
    mounted = {mount["name"] for mount in container["volumeMounts"]}
    claimed = {claim["metadata"]["name"] for claim in pods["spec"]["volumeClaimTemplates"]}
    assert mounted == claimed | {volume["name"] for volume in template["spec"]["volumes"]}


@pytest.mark.parametrize("kind", ["StatefulSet", "Fleet"])
def test_a_pod_has_longer_to_end_than_the_server_drains(kind: str) -> None:
    template = of_kind(kind)["spec"]["template"]
    pod = (template if kind == "StatefulSet" else template["spec"]["template"])["spec"]
    [container] = pod["containers"]
    [seconds] = [int(word.partition("=")[2]) for word in container["args"] if word.startswith("--drain-timeout=")]
    assert pod["terminationGracePeriodSeconds"] >= seconds + 10


def test_the_counters_of_the_fleet_are_those_that_the_server_sets() -> None:
    assert set(of_kind("Fleet")["spec"]["template"]["spec"]["counters"]) == {"players", "matches"}
    assert of_kind("FleetAutoscaler")["spec"]["policy"]["counter"]["key"] == "players"


# Proxies and systemd


@pytest.mark.parametrize("example", [it for it in EXAMPLES if it.language in PROGRAMS], ids=str)
def test_a_proxy_takes_its_example(example: Example, tmp_path: Path) -> None:
    program = PROGRAMS[example.language]
    if not program.path:
        pytest.skip(f"{program.name} is not installed")
    authority = trustme.CA()
    certificate = authority.issue_cert("play.example.org", "*.play.example.org")
    certificate.private_key_and_cert_chain_pem.write_to_path(tmp_path / "cert.pem")
    file = adapted(example, tmp_path, port=0)
    found = subprocess.run(program.check(file, tmp_path), capture_output=True, text=True, timeout=30, check=False)
    assert found.returncode == 0, found.stdout + found.stderr
    assert "warn" not in found.stdout + found.stderr


UNITS = [example for example in examples("ini") if example.file.startswith("/etc/systemd/system/")]


@pytest.mark.parametrize("dropped_in", [None, *(unit for unit in UNITS if ".service.d/" in unit.file)], ids=str)
def test_systemd_takes_the_unit_with_each_drop_in(dropped_in: Example | None, tmp_path: Path) -> None:
    verify = shutil.which("systemd-analyze")
    if not verify:
        pytest.skip("systemd-analyze is not installed")
    [unit] = [unit for unit in UNITS if ".service.d/" not in unit.file]
    program = tmp_path / "game-server"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    for part in (unit, dropped_in):
        if part:
            file = tmp_path / Path(part.file).relative_to("/etc/systemd/system")
            file.parent.mkdir(exist_ok=True)
            file.write_text(part.text.replace("/opt/game-server/bin/game-server", str(program)))
    found = subprocess.run(
        [verify, "verify", "--man=no", str(tmp_path / "game-server.service")],
        capture_output=True, text=True, timeout=30, check=False, env={"SYSTEMD_UNIT_PATH": f"{tmp_path}:"},
    )  # fmt: skip
    assert found.returncode == 0, found.stderr
    assert "game-server" not in found.stderr


def test_a_stop_gives_the_server_longer_than_it_drains() -> None:
    [unit] = [unit for unit in UNITS if "--drain-timeout" in unit.text]
    found = re.findall(r"(--drain-timeout|TimeoutStopSec)[= ](\d+)", unit.text)
    seconds = {name: int(count) for name, count in found}
    assert seconds["TimeoutStopSec"] >= seconds["--drain-timeout"] + 10
