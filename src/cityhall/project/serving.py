"""What `cityhall serve` starts: the web server, the task workers, where wanted the mail door, in the demo the stand-ins."""

import http.client
import json
import os
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connections

from cityhall.project import loopback
from cityhall.project.processes import Child, Supervisor, keep_what_is_loaded, only_thread

LOOPBACK = "127.0.0.1"


class CannotServe(Exception):
    """The sentence says what stands in the way."""


@dataclass(frozen=True)
class Plan:
    """What to serve, and how."""

    port: int
    host: str = LOOPBACK
    web_workers: int = 2
    threads: int = 4
    task_workers: int = 2
    standins: bool = False
    log_file: Path | None = None


def serve(plan: Plan, *, ready: Callable[[], None]) -> None:
    """Serve until told to stop; `ready` is called once, when the first page can be asked for."""
    if _answers(plan.port):
        raise CannotServe(f"port {plan.port} is in use: choose another with PORT=…")
    if not only_thread():
        raise CannotServe("other threads run in this process already")
    _count_together()
    children = [Child("web", lambda: _web(plan), when_orphaned=signal.SIGKILL)]
    if plan.standins:
        children.insert(0, _standins())
    if door := _mail_door(plan):
        children.append(door)
    for slot in range(1, plan.task_workers + 1):
        # The name of a slot on this machine: a restarted worker takes back what the dead one held.
        name = f"{socket.gethostname()}:{plan.port}:{slot}"
        children.append(Child(f"worker {slot}", lambda name=name: _worker(name)))  # type: ignore[misc]
    if plan.host == LOOPBACK and loopback.available(plan.port):
        children.append(Child("loopback", lambda: loopback.hand_on(plan.port), grace=2.0))
    connections.close_all()  # a forked child must not share a connection
    run_file = Path(settings.DATA_DIR) / f"serve-{plan.port}.json"
    supervisor = Supervisor(children, log_file=plan.log_file, run_file=run_file)
    supervisor.stop_on_signals()
    supervisor.run(_once_ready(plan.port, ready))


def _once_ready(port: int, ready: Callable[[], None]) -> Callable[[], None]:
    told = False

    def look() -> None:
        nonlocal told
        if not told and well(port):
            told = True
            ready()

    return look


def well(port: int) -> bool:
    """Whether /healthz answers, with whatever it says."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=5)
    try:
        connection.request("GET", "/healthz", headers={"Host": "localhost"})
        return connection.getresponse().status in {200, 503}
    except OSError:
        return False
    finally:
        connection.close()


def _answers(port: int) -> bool:
    """Whether somebody listens already. granian shares its port, so binding would not tell."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=1):
            return True
    except OSError:
        return False


def _count_together() -> None:
    """Let all web workers keep their counters in one folder, begun anew."""
    from cityhall.web import health

    folder = settings.METRICS_DIR or str(Path(settings.DATA_DIR) / "metrics")
    settings.METRICS_DIR = os.environ["CITYHALL_METRICS_DIR"] = folder
    Path(folder).mkdir(parents=True, exist_ok=True)
    health.forget_counters()


def _web(plan: Plan) -> None:
    from granian.constants import HTTPModes, Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    os.environ["CITYHALL_SERVER_PID"] = str(os.getpid())
    Server(
        "cityhall.project.wsgi:application",
        address=plan.host,
        port=plan.port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        websockets=False,
        workers=plan.web_workers,
        blocking_threads=plan.threads,
        respawn_failed_workers=True,
        respawn_interval=0.1,
        workers_kill_timeout=15,
        log_level=LogLevels.warning,
    ).serve()


def _worker(name: str) -> None:
    from django.utils import timezone

    from cityhall.engines.outbox.worker import Worker

    worker = Worker(timezone.now, name)
    worker.stop_on_signals()
    keep_what_is_loaded()
    worker.run()


def _mail_door(plan: Plan) -> Child | None:
    """The SMTP door, where the settings open one; a demo city has its own on a free port of the loopback."""
    if not settings.MAIL_DOOR and plan.standins and settings.DEMO:
        settings.MAIL_DOOR = f"{LOOPBACK}:{_free_port()}"
    if not settings.MAIL_DOOR:
        return None
    host, _, port = settings.MAIL_DOOR.rpartition(":")
    if not port.isdecimal():
        raise CannotServe("CITYHALL_MAIL_DOOR is host:port, such as 127.0.0.1:2526")
    (Path(settings.DATA_DIR) / "mail-door.json").write_text(json.dumps({"host": host or LOOPBACK, "port": int(port)}))
    return Child("mail door", lambda: _take_mail(host or LOOPBACK, int(port)))


def _take_mail(host: str, port: int) -> None:
    from django.utils import timezone

    from cityhall.engines.mailbox.door import run

    run(host, port, timezone.now)


def _standins() -> Child:
    """The stand-ins, on free ports that every child is told of; a restart finds the same ports."""
    from cityhall.engines.letters.standins.runner import run

    mail_port, http_port = _free_port(), _free_port()
    if "CITYHALL_SMTP_URL" not in os.environ:
        settings.SMTP_URL = f"smtp://{LOOPBACK}:{mail_port}"
    settings.GATEWAYS = {
        name: gateway if gateway[0] else (f"http://{LOOPBACK}:{http_port}/{name}", "stand-in")
        for name, gateway in settings.GATEWAYS.items()
    }
    return Child("standins", lambda: run(mail_port, http_port), grace=5.0)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def unapplied_migrations() -> bool:
    """Whether the database lacks tables that the code needs."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
