"""What can be seen from outside: wapiti and sqlmap against a running demo city. Their reports are read here.

Only the loopback is attacked: the city is our own process. Modules of wapiti that ask hosts elsewhere are left out.
"""

import csv
import json
import re
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import httpx

from tests.security.city import Attacked, asked, operations
from tests.security.tools import ROOT, tool

HOME = ROOT / "build" / "security"
MEMORY = Path("/dev/shm")
CRAWL, EACH = 100, 30  # seconds for finding pages, and for each kind of attack
LONGEST = 3600  # for the whole walk, on a machine that has much else to do
# Left out: ssrf, xxe, log4shell, spring4shell (they ask a host elsewhere whether it was called), and what belongs to
# other programs (wp_enum, drupal …) or to the proxy that brings TLS (ssl, https_redirect).
MODULES = (
    "sql,xss,permanentxss,exec,file,redirect,crlf,csrf,upload,methods,cookieflags,http_headers,csp,backup,htaccess"
)
# Whoever signs out, signs in as another, or changes the password, is nobody for the rest of the walk.
NOT_PRESSED = ("sign-out", "sign-in", "password", "sessions", "app", "confirm")
LEAST_KNOWN = 100  # requests that the city must have answered to somebody signed in, or the walk was outside
MEDIUM = 2
# What wapiti says of any city that is served without TLS, as the demo is on the loopback: `deploy` looks at these.
NEEDS_TLS = ("Secure flag is not set", "Strict-Transport-Security is not set")
# Acts in a conversation are proven by its key in the address, which no foreign page knows (docs/adr/0029); wapiti looks for a token.
KEYED = re.compile(r"(/en)?/chat/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/.*")
NO_TOKEN = "Lack of anti CSRF token"

OFFICER, ADMINISTRATOR = "分文人員", "系統管理員"
PUBLIC_LISTS = (
    "/petitions/around/",
    "/petitions/incidents/",
    "/directory/",
    "/figures/",
    "/figures/petitions.received",
)
OFFICER_LISTS = (
    "/desk/", "/desk/search", "/desk/petitions/", "/desk/petitions/statistics/", "/desk/petitions/hops/",
    "/desk/petitions/automatic/rows/", "/desk/petitions/restrictions/", "/desk/petitions/promises/",
    "/desk/petitions/clusters/", "/desk/petitions/alike/", "/desk/petitions/mail/", "/desk/petitions/rules/",
    "/desk/petitions/categories/", "/desk/directory/",
)  # fmt: skip
ADMINISTRATOR_LISTS = ("/desk/accounts/", "/desk/audit/", "/desk/letters/", "/desk/rules/", "/desk/clients/")
OPEN311 = (
    "/open311/v2/requests.json?service_request_id=1&service_code=road&start_date=2020-01-01T00:00:00Z"
    "&end_date=2030-01-01T00:00:00Z&status=open&page=1&page_size=5"
)
NOT_INJECTABLE = "all tested parameters do not appear to be injectable"


# --- wapiti ----------------------------------------------------------------------------------------------------------


def wapiti(city: Attacked, who: str = "") -> list[str]:
    """Walk through the city as somebody, attack every page and form, and read the report."""
    name = "officer" if who else "nobody"
    report = HOME / f"wapiti-{name}.json"
    report.unlink(missing_ok=True)
    start = "/desk/" if who else "/"
    command = [
        str(tool("wapiti") / "wapiti"), "-u", f"{city.url}/", "-s", f"{city.url}{start}", "--scope", "folder",
        "-m", MODULES, "-d", "4", "--max-links-per-page", "40", "--max-files-per-dir", "12", "--tasks", "2",
        "--max-scan-time", str(CRAWL), "--max-attack-time", str(EACH), "-t", "30", "-v", "0", "--no-bugreport",
        "-f", "json", "-o", str(report),
    ]  # fmt: skip
    if who:
        for page in NOT_PRESSED:
            for folder in ("account", "en/account", "desk", "en/desk"):
                command += ["-x", f"{city.url}/{folder}/{page}/*"]
        browser = city.signed_in(who)
        # Not with --drop-set-cookie: that takes these away as well.
        command += ["-C", city.cookies(browser)]
    known = city.answered_to_somebody()
    # What it has seen is kept in memory where that can be: on a busy disk its own tasks lock each other out.
    notes = tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None)
    with notes as store, (HOME / f"wapiti-{name}.log").open("w") as log:
        command += ["--store-session", store]
        done = subprocess.run(command, stdout=log, stderr=log, timeout=LONGEST)
    if not report.exists():
        return [f"wapiti ended without a report ({done.returncode}): see {report.with_suffix('.log')}"]
    found = list(of_wapiti(json.loads(report.read_text(encoding="utf-8"))))
    return [*found, *was_inside(city, browser, known)] if who else found


def was_inside(city: Attacked, browser: httpx.Client, before: int) -> Iterator[str]:
    """Whether an attack was made as somebody who was signed in, from its beginning to its end."""
    if (times := city.answered_to_somebody() - before) < LEAST_KNOWN:
        yield f"only {times} requests came from somebody signed in"
    if not city.knows(browser):
        yield "the session ended before the attack did"


def of_wapiti(report: dict[str, Any]) -> Iterator[str]:
    """The findings of medium or high level, and every fault of the server (500); a report of no page is a finding."""
    pages = report.get("infos", {}).get("crawled_pages_nbr", 0)
    if pages < 10:
        yield f"only {pages} pages were looked at"
    for kind, findings in report["vulnerabilities"].items():
        for one in findings:
            by_key = NO_TOKEN in one["info"] and KEYED.fullmatch(one["path"])
            if one["level"] >= MEDIUM and not by_key and not any(words in one["info"] for words in NEEDS_TLS):
                yield f"{kind}: {one['method']} {one['path']} {one.get('parameter') or ''}: {one['info']}"
    for one in report.get("anomalies", {}).get("Internal Server Error", []):
        yield f"the server failed: {one['method']} {one['path']} {one.get('parameter') or ''}: {one['info']}"


# --- sqlmap ----------------------------------------------------------------------------------------------------------


def sqlmap(city: Attacked) -> list[str]:
    """Try every filter and search box of the lists, the API and Open311."""
    nobody, key = city.browser(), {"X-API-Key": city.api_key}
    description = nobody.get("/api/v1/openapi.json").json()
    return [
        *_try(city, "public", [*(asked(nobody, path) for path in PUBLIC_LISTS), OPEN311]),
        *_try_as(city, "officer", OFFICER, OFFICER_LISTS),
        *_try_as(city, "administrator", ADMINISTRATOR, ADMINISTRATOR_LISTS),
        *_try(city, "api", operations(description), headers=key),
    ]  # fmt: skip


def _try_as(city: Attacked, name: str, who: str, paths: Iterable[str]) -> list[str]:
    """Sign in just before: a session that nobody uses meanwhile ends."""
    browser = city.signed_in(who)
    return _try(city, name, [asked(browser, path) for path in paths], browser=browser)


def _try(
    city: Attacked, name: str, addresses: Iterable[str], *,
    browser: httpx.Client | None = None, headers: dict[str, str] | None = None,
) -> list[str]:  # fmt: skip
    targets, results = HOME / f"sqlmap-{name}.txt", HOME / f"sqlmap-{name}.csv"
    wanted = [f"{city.url}{address}" for address in addresses]
    targets.write_text("".join(f"{one}\n" for one in wanted), encoding="utf-8")
    results.unlink(missing_ok=True)
    command = [
        str(tool("sqlmap") / "sqlmap"), "-m", str(targets), "--batch", "--level=1", "--risk=1", "--technique=BEUT",
        "--time-sec=3", "--dbms=SQLite", "--threads=2", "--timeout=60", "--retries=1", "--skip-waf", "--flush-session",
        "--drop-set-cookie", "--ignore-code=*", "--disable-coloring", f"--output-dir={HOME / 'sqlmap'}",
        f"--results-file={results}",
    ]  # fmt: skip
    command += [f"--cookie={city.cookies(browser)}", "--skip=cookie"] if browser else []
    command += ["--headers=" + "\\n".join(f"{key}: {value}" for key, value in headers.items())] if headers else []
    known = city.answered_to_somebody()
    done = subprocess.run(command, capture_output=True, text=True, timeout=3600)
    (HOME / f"sqlmap-{name}.log").write_text(done.stdout + done.stderr, encoding="utf-8")
    rows = results.read_text(encoding="utf-8") if results.exists() else ""
    found = list(of_sqlmap(name, done.stdout, rows, len(wanted)))
    return [*found, *was_inside(city, browser, known)] if browser else found


def of_sqlmap(name: str, said: str, rows: str, wanted: int) -> Iterator[str]:
    """What sqlmap could inject, but for what it has tried again and taken back; and what it did not get to try."""
    found = [row for row in csv.DictReader(rows.splitlines()) if row.get("Parameter")]
    injectable = [row for row in found if "false positive" not in (row.get("Note(s)") or "")]
    for row in injectable:
        yield f"{name}: {row['Target URL']} {row['Place']} {row['Parameter']}: {row['Technique(s)']}"
    tried = len(re.findall(re.escape(NOT_INJECTABLE), said)) + len({row["Target URL"] for row in injectable})
    if tried < wanted:
        yield f"{name}: only {tried} of {wanted} addresses were tried: see sqlmap-{name}.log"
