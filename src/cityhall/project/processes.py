"""Child processes that are restarted when they die, and that never outlive the one who started them.

Children are forked, so that the program is loaded once: a restart takes milliseconds and the memory is shared. Each
has a process group of its own; on Linux the kernel ends a child whose parent is gone, even by `kill -9`.
"""

import ctypes
import gc
import json
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

log = logging.getLogger("cityhall.serve")

_PR_SET_PDEATHSIG = 1
TICK = 0.1
SHORT_LIFE = 5.0
LONGEST_PAUSE = 5.0


def die_with_parent(parent: int, how: signal.Signals = signal.SIGKILL) -> None:
    """Ask the kernel to send this process a signal when its parent dies. Only Linux can.

    `parent` is the process that it was when it started us: it may be gone before we can ask.
    """
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(how), 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


@dataclass
class Child:
    """A process to keep running: `run` is what it does, `grace` how long it may take to stop."""

    name: str
    run: Callable[[], None]
    grace: float = 20.0
    when_orphaned: signal.Signals = signal.SIGTERM
    pid: int = 0
    started: float = 0.0
    pause: float = 0.0
    again_at: float = 0.0
    starts: int = field(default=0)


class Supervisor:
    """Keeps children running until it is told to stop; then stops all of them, and what they started."""

    def __init__(self, children: list[Child], *, log_file: Path | None = None, run_file: Path | None = None) -> None:
        self.children = children
        self.log_file = log_file
        self.run_file = run_file
        self.stopping = False
        self.hurried = False

    def stop_on_signals(self) -> None:
        """SIGINT, SIGTERM and a closed terminal stop everything; asked twice, at once."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._stop)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.hurried = self.stopping
        self.stopping = True

    def run(self, each_tick: Callable[[], None] = lambda: None) -> None:
        """Start the children and watch them."""
        try:
            while not self.stopping:
                for child in self.children:
                    if not child.pid and time.monotonic() >= child.again_at:
                        self._start(child)
                self._reap()
                each_tick()
                time.sleep(TICK)
        finally:
            self._end()
            if self.run_file is not None:
                self.run_file.unlink(missing_ok=True)

    def _tell(self) -> None:
        """Write down who runs, for operators and tests: {"supervisor": 1, "children": {"web": 2}}."""
        if self.run_file is not None:
            running = {child.name: child.pid for child in self.children if child.pid}
            draft = self.run_file.with_suffix(".draft")
            draft.write_text(json.dumps({"supervisor": os.getpid(), "children": running}))
            draft.replace(self.run_file)

    def _start(self, child: Child) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        supervisor = os.getpid()
        pid = os.fork()
        if pid == 0:
            self._be(child, supervisor)
        child.pid, child.started = pid, time.monotonic()
        child.starts += 1
        self._tell()
        if child.starts > 1:
            log.warning("%s started again (%s times so far)", child.name, child.starts - 1)

    def _be(self, child: Child, supervisor: int) -> None:
        """What the new process does; it never returns."""
        code = 1
        try:
            os.setsid()
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_DFL)
            die_with_parent(supervisor, child.when_orphaned)
            if self.log_file is not None:
                descriptor = os.open(self.log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
                os.dup2(descriptor, 1)
                os.dup2(descriptor, 2)
            child.run()
            code = 0
        except SystemExit as done:
            code = done.code if isinstance(done.code, int) else 1
        except BaseException:
            log.exception("%s failed", child.name)
        finally:
            for stream in (sys.stdout, sys.stderr):
                stream.flush()
            os._exit(code)

    def _reap(self) -> None:
        for child in self.children:
            if not child.pid:
                continue
            pid, status = os.waitpid(child.pid, os.WNOHANG)
            if pid == 0:
                continue
            _kill_group(child.pid)  # what it left behind would hold its port
            lived = time.monotonic() - child.started
            child.pause = min(max(child.pause * 2, TICK), LONGEST_PAUSE) if lived < SHORT_LIFE else 0.0
            child.again_at = time.monotonic() + child.pause
            child.pid = 0
            self._tell()
            if not self.stopping:
                log.warning("%s ended (%s)", child.name, _how(status))

    def _end(self) -> None:
        """Ask every child to stop, wait for it, and kill what is left."""
        self.stopping = True
        asked = time.monotonic()
        for child in self.children:
            if child.pid:
                _signal(child.pid, signal.SIGTERM)
        while any(child.pid for child in self.children):
            self._reap()
            for child in self.children:
                if child.pid and (self.hurried or time.monotonic() - asked > child.grace):
                    _kill_group(child.pid)
            time.sleep(TICK / 2)


def _how(status: int) -> str:
    if os.WIFSIGNALED(status):
        return signal.Signals(os.WTERMSIG(status)).name
    return f"exit {os.waitstatus_to_exitcode(status)}"


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def _kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass


def keep_what_is_loaded() -> None:
    """What a process has loaded stays: looking through it for garbage again and again takes a tenth of its time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


def only_thread() -> bool:
    """Whether this process may be forked: another thread could hold a lock that nobody would open again."""
    return threading.active_count() == 1
