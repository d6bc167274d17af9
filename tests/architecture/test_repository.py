"""What lies in the repository: no private host or path, no foreign host in pages, no package that nobody uses."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ADDRESS = re.compile(r"https?://([A-Za-z0-9.\-\[\]:]+)")
# Reserved for examples (RFC 2606, RFC 6761) and this machine.
NOWHERE = re.compile(
    r"(.*\.)?(example(\.(org|com|net))?|test|invalid|localhost)|localhost|127\.0\.0\.1|\[::1\]|testserver|x"
)
KNOWN_HOSTS = {
    "www.w3.org": "names of formats",
    "schema.org": "names of formats",
    "json-schema.org": "names of formats",
    "www.opengis.net": "names of standards, and of coordinate systems",
    "schema.oparl.org": "names of formats",
    "www.apache.org": "the licence",
    "wiki.open311.org": "the specification of Open311",
    "openfontlicense.org": "the font's licence",
    "github.com": "sponsors in package-lock.json",
    "opencollective.com": "sponsors in package-lock.json",
    "app.hubspot.com": "sponsors in package-lock.json",
    "vega.github.io": "the name of Vega-Lite's form",
    "paulmillr.com": "sponsors in package-lock.json",
    "opendata.moi.gov.tw": "the source of boundaries",
    "data.gov.tw": "the licence of open data",
    "project-open-data.cio.gov": "names of formats",
    "spdx.org": "names of formats",
    "www.iana.org": "names of formats",
    "api.line.me": "the door of LINE",
    "api-data.line.me": "the door of LINE for pictures",
    "mutmut.readthedocs.io": "the tool that changes rules, in docs/testing.md",
}
PRIVATE_PATH = re.compile(r"(?<![\w.])/(?:work|root|Users|home/(?!\$)\w+)/")
# Addresses of private networks are wrong in what people get, and right as samples in tests.
PRIVATE_NETWORK = re.compile(r"\b10(?:\.\d{1,3}){3}\b|\b192\.168(?:\.\d{1,3}){2}\b")
NOT_TEXT = {".png", ".jpg", ".woff2", ".ico", ".heic", ".pdf", ".gz", ".parquet", ".mp4", ".npz", ".zip"}


def tracked() -> list[Path]:
    git = shutil.which("git")
    listed = git and subprocess.run([git, "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if not listed or listed.returncode:
        pytest.skip("this is no git checkout")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def texts() -> list[tuple[str, str]]:
    return [
        (path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8"))
        for path in tracked()
        if path.suffix not in NOT_TEXT
    ]


class TestTrackedFiles:
    def test_name_no_private_path_or_address(self):
        found = [
            f"{name}: {line.strip()[:100]}"
            for name, text in texts()
            for line in text.splitlines()
            if (PRIVATE_PATH.search(line) and name != Path(__file__).relative_to(ROOT).as_posix())
            or (PRIVATE_NETWORK.search(line) and "tests/" not in name)
        ]

        assert found == []

    def test_name_only_known_hosts(self):
        hosts = {
            (host.split(":")[0].rstrip("."), name)
            for name, text in texts()
            for host in ADDRESS.findall(text)
            if not NOWHERE.fullmatch(host.split(":")[0].rstrip(".") if not host.startswith("[") else "[::1]")
        }

        assert sorted((host, name) for host, name in hosts if host not in KNOWN_HOSTS) == []

    @pytest.mark.parametrize(
        "text", ["see " + "/".join(("", "work", "x")), "cd /home/anna/city", "http at 10.0.3.4", "/root/.npmrc"]
    )
    def test_the_reader_finds_what_is_private(self, text):
        assert PRIVATE_PATH.search(text) or PRIVATE_NETWORK.search(text)

    def test_no_secret_lies_there(self):
        keys = re.compile(r"BEGIN (?:RSA |EC |OPENSSH )?PRIVATE" + r" KEY|AKIA[0-9A-Z]{16}|ghp_[A-Za-z0-9]{30}")

        assert [name for name, text in texts() if keys.search(text)] == []

    def test_are_no_larger_than_they_need_be(self):
        assert [(path.name, path.stat().st_size) for path in tracked() if path.stat().st_size > 2_000_000] == []


INLINE = re.compile(r"<script(?![^>]*\bsrc=)[^>]*>|\sstyle=[\"']|\son[a-z]+=[\"']|javascript:|<style", re.IGNORECASE)
FOREIGN = re.compile(r"""(?:src|href|action|poster|data)=["'](?:https?:)?//|url\(["']?(?:https?:)?//""", re.IGNORECASE)
# A document that is handed out as one file brings its own style and, being read offline, no policy.
ALONE = {"src/cityhall/report/templates/report/document.html"}
# A letter is read in a mail program, which knows no style sheets of ours.
LETTERS = "/templates/letters/"
STYLE = re.compile(r"\sstyle=")


class TestTemplates:
    def test_hold_nothing_inline_and_nothing_from_elsewhere(self):
        pages = sorted((ROOT / "src").rglob("templates/**/*.html"))
        wrong = [
            f"{path.relative_to(ROOT)}: {match[0]}"
            for path in pages
            if path.relative_to(ROOT).as_posix() not in ALONE
            for pattern in (INLINE, FOREIGN)
            for match in pattern.finditer(path.read_text(encoding="utf-8"))
            if not (LETTERS in path.as_posix() and STYLE.match(match[0]))
        ]

        assert len(pages) > 50
        assert wrong == []


IMPORTS = {
    "argon2-cffi": "argon2", "axe-playwright-python": "axe_playwright_python", "django-allauth": "allauth",
    "django-csp": "csp", "django-ninja": "ninja", "pillow": "PIL", "psycopg": "psycopg", "pypandoc-binary": "pypandoc",
    "scikit-learn": "sklearn", "odfpy": "odf", "justmytype-intl-cjk": "justmytype", "PyJWT": "jwt",
    "prometheus-client": "prometheus_client", "Django": "django", "fonttools": "fontTools", "pillow-heif": "pillow_heif",
    "dj-database-url": "dj_database_url", "charset-normalizer": "charset_normalizer",
    "duckdb-extension-spatial": "duckdb_extension_spatial", "ibis-framework": "ibis",
}  # fmt: skip
LOADED_BY_NAME = {"psycopg"}  # Django loads it for a postgresql:// address


class TestPackages:
    def test_of_the_program_are_all_used(self):
        wanted = (ROOT / "requirements" / "run.in").read_text(encoding="utf-8").splitlines()
        names = [re.split(r"[\[<>=~ ]", line)[0] for line in wanted if line and not line.startswith(("#", "-r"))]
        code = "\n".join(
            path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py") if "tests" not in path.parts
        )

        unused = [
            name
            for name in names
            if name not in LOADED_BY_NAME and not re.search(rf"\b{IMPORTS.get(name, name)}\b", code, re.IGNORECASE)
        ]

        assert len(names) > 20
        assert unused == []

    @pytest.mark.parametrize("part", ["run", "dev", "node"])
    def test_are_locked_with_hashes_and_without_hosts(self, part):
        lock = (ROOT / "requirements" / f"{part}.lock").read_text(encoding="utf-8")
        pins = re.findall(r"^[A-Za-z0-9._-]+(?:\[[^\]]*\])?==[^ ]+", lock, re.MULTILINE)

        assert pins
        assert "://" not in lock
        for block in re.split(r"\n(?=[A-Za-z0-9])", lock):
            if "==" in block.splitlines()[0]:
                assert "--hash=sha256:" in block


def test_a_day_is_one_of_taipei():
    """Between midnight and eight in the morning the UTC day is yesterday: an instant becomes a day by `day_of`."""
    wrong = re.compile(r"\b(?:now|at|when|\w+_at)(?:\(\))?\.date\(\)")

    sources = [path for path in (ROOT / "src").rglob("*.py") if "tests" not in path.parts]
    found = [path for path in sources if wrong.search(path.read_text(encoding="utf-8"))]

    assert found == []
