"""What a row of the benchmark is measured on: the emulated cable, a pair of programs on it (serialtcp, or socat beside it),
and line_probe, which makes the traffic. Everything ends with its `with`, and only what was started here.
"""

import contextlib
import json
import os
import re
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import time

DEADLINE = 60.0
TICKS = 1e9  # of /proc/PID/schedstat, a second


class Trouble(Exception):
    """A measurement that could not be made, in one line."""


def until(condition, what, deadline=DEADLINE):
    end = time.monotonic() + deadline
    while not (value := condition()):
        if time.monotonic() > end:
            raise Trouble(f"waited {deadline:.0f} s in vain for {what}")
        time.sleep(0.002)
    return value


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def is_listening(port):
    with open("/proc/net/tcp", encoding="ascii") as table:
        return any(f":{port:04X} 00000000:0000 0A" in line for line in table)


class Process:
    """A program that dies with this one, its output in a file."""

    def __init__(self, name, args, folder, **popen):
        self.name = name
        self.log = os.path.join(folder, f"{name}-{time.monotonic_ns()}.log")
        with open(self.log, "ab") as log:
            options = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log, **popen}
            self.popen = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "--", *map(str, args)], **options)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.popen.stdin:
            self.popen.stdin.close()
        if self.popen.poll() is None:
            self.popen.terminate()
        try:
            self.popen.wait(10)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()
        if self.popen.stdout:
            self.popen.stdout.close()

    def text(self):
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return log.read()

    def last_words(self):
        lines = self.text().split("\n")
        return f"ended with status {self.popen.returncode}: {next((line for line in reversed(lines) if line), 'no message')}"

    def wait_for(self, pattern):
        def found():
            text = self.text()
            if not (match := re.search(pattern, text)) and self.popen.poll() is not None:
                raise Trouble(f"{self.name} {self.last_words()}")
            return match
        return until(found, f"{self.name} to say: {pattern}")

    def cpu_seconds(self):
        """User and system time of all its threads."""
        total = 0
        for task in os.listdir(f"/proc/{self.popen.pid}/task"):
            with contextlib.suppress(FileNotFoundError), \
                    open(f"/proc/{self.popen.pid}/task/{task}/schedstat", encoding="ascii") as stat:
                total += int(stat.read().split()[0])
        return total / TICKS

    def resident_bytes(self):
        with open(f"/proc/{self.popen.pid}/statm", encoding="ascii") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class Cable(Process):
    def __init__(self, rig, *options):
        self.a = os.path.join(rig.folder, f"ttyA{time.monotonic_ns()}")
        self.b = self.a.replace("ttyA", "ttyB")
        super().__init__("cable", [rig.program, "cable", self.a, self.b, *options], rig.folder, stdin=subprocess.PIPE)
        self.wait_for("cable ready")

    def stats(self):
        before = len(self.text())
        self.popen.stdin.write(b"stats\n")
        self.popen.stdin.flush()
        answer = until(lambda: re.search(r"ok (.*)\n", self.text()[before:]), "the cable's statistics").group(1)
        return {name: int(value) for name, value in (word.split("=") for word in answer.split())}


class Pair:
    """A program at each end of a cable: connections to `port` come out at `target`."""

    def __init__(self, near, far, port):
        self.near, self.far, self.port = near, far, port

    def cpu_seconds(self):
        return self.near.cpu_seconds() + self.far.cpu_seconds()


class Rig:
    """Where the programs are, and how they are put together."""

    def __init__(self, build):
        self.program = os.path.join(build, "src", "serialtcp")
        self.probe = os.path.join(build, "bench", "line_probe")
        for path in (self.program, self.probe):
            if not os.access(path, os.X_OK):
                raise Trouble(f"{path} is missing: build it, or leave --build away and it is built")
        self.folder = tempfile.mkdtemp(prefix="serialtcp-bench-")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder, ignore_errors=True)

    def cable(self, *options):
        return Cable(self, *options)

    @contextlib.contextmanager
    def serialtcp(self, cable, target, baud, wait=True, options=(), near_options=()):
        port = free_port()
        with Process("near", [self.program, "--server", port, *options, *near_options, cable.a, baud], self.folder) as near, \
                Process("far", [self.program, "--client", f"127.0.0.1:{target}", *options, cable.b, baud],
                        self.folder) as far:
            if wait:
                near.wait_for("link ok")
                far.wait_for("link ok")
                until(lambda: is_listening(port), "serialtcp to listen")
            yield Pair(near, far, port)

    def key_options(self):
        key = os.path.join(self.folder, "cable.key")
        if not os.path.exists(key):
            subprocess.run([self.program, "keygen", key], check=True, stdout=subprocess.DEVNULL)
        return ["--key", key]

    @contextlib.contextmanager
    def sealed(self, cable, target, baud):
        """serialtcp with a key at both ends."""
        with self.serialtcp(cable, target, baud, options=self.key_options()) as pair:
            yield pair

    @contextlib.contextmanager
    def socat(self, cable, target, baud):
        """Raw bytes, both ways, one connection."""
        port = free_port()
        line = f"raw,echo=0,b{baud}"
        with Process("near", ["socat", f"TCP-LISTEN:{port},bind=127.0.0.1,nodelay", f"{cable.a},{line}"],
                     self.folder) as near:
            until(lambda: is_listening(port), "socat to listen")
            with Process("far", ["socat", f"{cable.b},{line}", f"TCP:127.0.0.1:{target},nodelay"], self.folder) as far:
                yield Pair(near, far, port)

    def measure(self, make_pair, cable, baud, **plan):
        """One measurement by a fresh pair on this cable; see Result."""
        with socket.socket() as target:
            target.bind(("127.0.0.1", 0))
            target.listen(1024)
            with make_pair(cable, target.getsockname()[1], baud) as pair:
                if make_pair == self.socat:
                    time.sleep(0.2)  # it opens its device after the connection, and does not say when
                with self.start_probe(target, pair.port, **plan) as probe:
                    self.expect(probe, "ready")
                    before = Snapshot(pair, cable)
                    probe.popen.stdin.write(b"go\n")
                    probe.popen.stdin.flush()
                    answer = json.loads(self.read_line(probe))
                    time.sleep(plan.get("settle", 0))
                    return Result(answer, before, Snapshot(pair, cable))

    def first_echo(self, cable, baud, options=()):
        """Seconds from starting both ends to the first echo."""
        with socket.socket() as target:
            target.bind(("127.0.0.1", 0))
            target.listen(1024)
            port = free_port()
            with self.start_probe(target, port, first_echo=True) as probe:
                time.sleep(0.1)  # it loads its payload first, which is not to count
                began = time.monotonic()
                with Process("near", [self.program, "--server", port, *options, cable.a, baud], self.folder) as near, \
                        Process("far", [self.program, "--client", f"127.0.0.1:{target.getsockname()[1]}", *options, cable.b,
                                        baud], self.folder) as far:
                    self.await_line(probe, near, far)
                    return json.loads(self.read_line(probe))["first_echo_at"] - began

    def handshake_bytes(self, cable, baud):
        """Bytes on the line from the start of both ends until the first of them has a sealed link, as both logs tell."""
        make = self.serialtcp(cable, 9, baud, options=[*self.key_options(), "--debug"])
        with make as pair:
            logs = [process.text() for process in (pair.near, pair.far)]
        up = min(re.search(r"^(.{23}) link ok", log, re.MULTILINE).group(1) for log in logs)
        return sum(int(count) for log in logs
                   for when, count in re.findall(r"^(.{23}) received (\d+) bytes?", log, re.MULTILINE) if when <= up)

    def start_probe(self, target, port, **plan):
        args = [self.probe, "--listen-fd", target.fileno(), "--port", port]
        for name, value in plan.items():
            if name == "settle":
                continue
            args.append("--" + name.replace("_", "-"))
            if isinstance(value, (list, tuple)):
                args += value
            elif value is not True:
                args.append(value)
        return Process("probe", args, self.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                       pass_fds=[target.fileno()])

    def read_line(self, probe):
        if line := probe.popen.stdout.readline():
            return line.decode()
        probe.popen.wait()
        raise Trouble(probe.text().strip() or "line_probe ended without a word")

    def await_line(self, probe, *needed):
        """Until line_probe has something to say. It tries on by itself, so that a program which has ended must be noticed here."""
        while not select.select([probe.popen.stdout], [], [], 0.1)[0]:
            for process in needed:
                if process.popen.poll() is not None:
                    raise Trouble(f"{process.name} {process.last_words()}")

    def expect(self, probe, word):
        if (line := self.read_line(probe).strip()) != word:
            raise Trouble(f"line_probe said {line!r} instead of {word!r}")


class Snapshot:
    def __init__(self, pair, cable):
        self.cpu = pair.cpu_seconds()
        self.near_rss = pair.near.resident_bytes()
        self.far_rss = pair.far.resident_bytes()
        self.stats = cable.stats()


class Result:
    """What line_probe saw, and what happened to the programs and on the line meanwhile."""

    def __init__(self, answer, before, after):
        self.flows = {name: flow["bytes"] / flow["seconds"] if flow["seconds"] else 0.0
                      for name, flow in answer["flows"].items()}
        self.bytes = sum(flow["bytes"] for flow in answer["flows"].values())
        self.samples = answer["samples_ms"]
        self.cpu = after.cpu - before.cpu
        self.rss = max(after.near_rss, after.far_rss)
        self.wire = {end: after.stats[f"{end}.sent"] - before.stats[f"{end}.sent"] for end in ("a_to_b", "b_to_a")}

    @property
    def rate(self):
        return sum(self.flows.values())


def say(text):
    print(text, file=sys.stderr, flush=True)
