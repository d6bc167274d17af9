"""What can be seen in the sources: bandit, our own rules for semgrep, secrets, and Django's check for a city in service."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.security.tools import ROOT, environment, tool

HERE = Path(__file__).parent
RULES = HERE / "rules"
SEMGREP = ("semgrep", "scan", "--metrics=off", "--disable-version-check", "--timeout=60")
# Words that stand where a secret would: names of steps and roles, and samples of addresses in documents.
NO_SECRETS = r"^(password|[A-Z_]+|identity:[a-z_]+)$"
TESTS_OWN = r"(^|/)tests/"
PRODUCTION = {
    "CITYHALL_SECURE": "1",
    "CITYHALL_HOSTS": "city.example",
    "CITYHALL_TRUSTED_ORIGINS": "https://city.example",
    "CITYHALL_SITE_URL": "https://city.example",
}


def bandit() -> list[str]:
    """What bandit finds in src, at any severity."""
    command = [sys.executable, "-m", "bandit", "-q", "-c", str(HERE / "bandit.yaml"), "-r", "src", "-f", "json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    report = json.loads(done.stdout)
    return [f"not read: {one['filename']}: {one['reason']}" for one in report["errors"]] + [
        f"{one['filename']}:{one['line_number']} {one['test_id']} {one['issue_severity']}: {one['issue_text']}"
        for one in report["results"]
    ]


def own_rules_tried() -> list[str]:
    """Whether each of our rules finds what its example says, and leaves alone what it says."""
    command = [*SEMGREP, "--test", "--config", str(RULES), str(RULES)]
    done = subprocess.run(command, cwd=ROOT, env=environment(tool("semgrep")), capture_output=True, text=True)
    said = done.stdout + done.stderr
    return [] if done.returncode == 0 and "All tests passed" in said else said.splitlines()[-20:]


def own_rules() -> list[str]:
    """What our own rules find in src."""
    command = [*SEMGREP, "--config", str(RULES), "--json", "-q", "--exclude", "tests", "src"]
    done = subprocess.run(command, cwd=ROOT, env=environment(tool("semgrep")), capture_output=True, text=True)
    if not done.stdout:
        return [done.stderr.strip()[-500:] or "semgrep said nothing"]
    report = json.loads(done.stdout)
    return [f"not read: {one.get('path')}: {one.get('type')}" for one in report["errors"]] + [
        f"{one['path']}:{one['start']['line']} {one['check_id'].rpartition('.')[2]}: {one['extra']['message'].strip()}"
        for one in report["results"]
    ]


def secrets() -> list[str]:
    """Keys and passwords in what git tracks. Tests may make up passwords, but hold no key of a known provider."""
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    program = str(tool("secrets") / "detect-secrets")
    quiet = ["--disable-plugin", "Base64HighEntropyString", "--disable-plugin", "HexHighEntropyString"]
    ours = [name for name in tracked if name and "/tests/" not in f"/{name}"]
    theirs = [name for name in tracked if name and "/tests/" in f"/{name}"]
    return [
        *_secrets([program, "scan", *quiet, "--exclude-secrets", NO_SECRETS, *ours]),
        *_secrets(
            [
                program,
                "scan",
                *quiet,
                "--disable-plugin",
                "KeywordDetector",
                "--disable-plugin",
                "BasicAuthDetector",
                *theirs,
            ]
        ),
    ]


def _secrets(command: list[str]) -> Iterator[str]:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        yield done.stderr.strip()[-500:]
        return
    for name, found in json.loads(done.stdout)["results"].items():
        yield from (f"{name}:{one['line_number']} {one['type']}" for one in found)


def deployed(home: Path) -> list[str]:
    """`cityhall check --deploy` with the settings of a city behind TLS; a warning is a finding (but for W021: see settings)."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("CITYHALL_")}
    env |= {**PRODUCTION, "CITYHALL_DATA_DIR": str(home), "PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-m", "cityhall.project.command", "check", "--deploy", "--fail-level", "WARNING"]
    done = subprocess.run(command, env=env, capture_output=True, text=True)
    said = done.stdout + done.stderr
    return [] if done.returncode == 0 and "no issues" in said else said.strip().splitlines()
