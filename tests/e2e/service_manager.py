"""A service manager as systemd is one: what it is notified of (sd_notify), and that it is not needed."""

import os
import signal
import socket
import time

from harness import BINARY, Case, Process, main, until
from tcp import Echo, ask, connect

MICROSECONDS = 1_000_000


class Manager:
    """The socket that NOTIFY_SOCKET names."""

    def __init__(self, case, name):
        self.name = name
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("\0" + name[1:] if name.startswith("@") else name)
        case.addCleanup(self.socket.close)
        self.messages = []

    def read(self):
        """All messages so far, and the lines of each."""
        while True:
            try:
                self.messages.append(self.socket.recv(4096, socket.MSG_DONTWAIT).decode().split("\n"))
            except BlockingIOError:
                return self.messages

    def wait_for(self, beginning, after=0):
        """The position of the first message with a line that begins so."""
        def found():
            for i, lines in enumerate(self.read()[after:], after):
                if any(line.startswith(beginning) for line in lines):
                    return i + 1
            return None
        return until(found, f"the service manager receives {beginning}") - 1

    def said(self, beginning):
        return [line for lines in self.read() for line in lines if line.startswith(beginning)]


class Notified(Case):
    def setUp(self):
        super().setUp()
        self.wires = self.cable()

    def manager(self, name=None):
        return Manager(self, name or os.path.join(self.folder, "notify"))

    def end(self, *options, line=None, notify=None, **environment):
        env = {**({"NOTIFY_SOCKET": notify.name} if notify else {}), **environment}
        return self.add(Process("end", [BINARY, *options, *([line] if line else [])], self.folder, env=env))

    def other_end(self, *options):
        return self.add(Process("other", [BINARY, *(options or ["-c", "localhost:9"]), self.wires.b], self.folder))

    def configuration(self, *servers):
        path = os.path.join(self.folder, "links.toml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(f'[[link]]\nport = "{self.wires.a}"\nserver = {list(servers)}\n')
        return path

    def test_ready_is_when_it_listens(self):
        manager = self.manager()
        end = self.end("-s", f"unix:{self.folder}/service", line=self.wires.a, notify=manager)
        manager.wait_for("READY=1")
        self.assertTrue(os.path.exists(f"{self.folder}/service"))
        self.assertNotIn("link ok", end.text())
        self.assertEqual(manager.read()[manager.wait_for("READY=1")], ["READY=1", "STATUS=0 of 1 link up, 0 connections"])

    def test_ready_is_when_the_link_is_up_if_that_is_asked_for(self):
        manager = self.manager(f"@serialtcp-e2e-{os.getpid()}")
        end = self.end("-s", "0", "--ready", "link", line=self.wires.a, notify=manager)
        end.wait_for("listening on")
        manager.wait_for("STATUS=0 of 1 link up")
        self.assertEqual(manager.said("READY"), [])
        self.other_end()
        manager.wait_for("READY=1")
        self.assertIn("link ok", end.text())

    def test_the_status_counts_links_and_connections(self):
        manager = self.manager()
        service = f"{self.folder}/service"
        echo = Echo(self)
        self.end("-s", f"unix:{service}", line=self.wires.a, notify=manager)
        self.other_end("-c", f"localhost:{echo.port}")
        at = manager.wait_for("STATUS=1 of 1 link up, 0 connections")
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(service)
            at = manager.wait_for("STATUS=1 of 1 link up, 1 connection", at)
        manager.wait_for("STATUS=1 of 1 link up, 0 connections", at)

    def test_a_reload_begins_with_the_time_and_ends_with_ready(self):
        manager = self.manager()
        end = self.end("--config", self.configuration(f"unix:{self.folder}/one"), notify=manager)
        at = manager.wait_for("READY=1")
        before = time.clock_gettime(time.CLOCK_MONOTONIC)
        self.configuration(f"unix:{self.folder}/two")
        end.signal(signal.SIGHUP)
        begin = manager.wait_for("RELOADING=1", at + 1)
        lines = manager.read()[begin]
        self.assertEqual(lines[0], "RELOADING=1")
        stamp = int(lines[1].removeprefix("MONOTONIC_USEC="))
        self.assertGreaterEqual(stamp, int(before * MICROSECONDS))
        self.assertLessEqual(stamp, time.clock_gettime(time.CLOCK_MONOTONIC) * MICROSECONDS)
        manager.wait_for("READY=1", begin + 1)
        self.assertTrue(os.path.exists(f"{self.folder}/two"))

    def test_a_reload_that_is_refused_ends_too(self):
        manager = self.manager()
        path = self.configuration(f"unix:{self.folder}/one")
        end = self.end("--config", path, notify=manager)
        at = manager.wait_for("READY=1")
        with open(path, "w", encoding="utf-8") as file:
            file.write("nonsense")
        end.signal(signal.SIGHUP)
        manager.wait_for("READY=1", manager.wait_for("RELOADING=1", at + 1))
        end.wait_for("nothing was changed")

    def test_the_end_asks_for_time_while_it_delivers(self):
        manager = self.manager()
        service = f"{self.folder}/service"
        with socket.socket() as target:  # it accepts, and does not read
            target.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            target.bind(("127.0.0.1", 0))
            target.listen()
            end = self.end("-s", f"unix:{service}", "--drain", "3", line=self.wires.a, notify=manager)
            other = self.other_end("-c", f"127.0.0.1:{target.getsockname()[1]}")
            other.wait_for("link ok")
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(service)
                client.setblocking(False)
                random = os.urandom(1_000_000)  # more than is delivered in the time
                with self.assertRaises(BlockingIOError):
                    while True:
                        client.send(random)
                manager.wait_for("STATUS=1 of 1 link up, 1 connection")
                end.signal(signal.SIGTERM)
                end.wait()
        self.assertEqual(len(manager.said("STOPPING=1")), 1)
        self.assertGreaterEqual(len(manager.said("EXTEND_TIMEOUT_USEC=5000000")), 2)
        self.assertEqual(manager.said("STATUS=ending"), ["STATUS=ending, 1 connection"])

    def test_the_watchdog_is_answered_twice_in_its_time(self):
        manager = self.manager()
        self.end("-s", f"unix:{self.folder}/service", line=self.wires.a, notify=manager, WATCHDOG_USEC="400000")
        begin = time.monotonic()
        until(lambda: len(manager.said("WATCHDOG=1")) >= 11, "10 intervals of half of the time")
        self.assertGreaterEqual(time.monotonic() - begin, 1.5)

    def test_the_watchdog_of_another_process_is_not_answered(self):
        manager = self.manager()
        self.end("-s", f"unix:{self.folder}/service", line=self.wires.a, notify=manager, WATCHDOG_USEC="2000",
                 WATCHDOG_PID="1")
        self.other_end()
        manager.wait_for("STATUS=1 of 1 link up")
        self.assertEqual(manager.said("WATCHDOG"), [])

    def test_programs_do_not_inherit_the_socket(self):
        manager = self.manager()
        self.end("-c", "exec:env", line=self.wires.a, notify=manager, WATCHDOG_USEC="30000000")
        other = self.other_end("-s", f"unix:{self.folder}/service")
        other.wait_for("link ok")
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(f"{self.folder}/service")
            environment = b"".join(iter(lambda: client.recv(65536), b"")).decode()
        self.assertIn("PATH=", environment)
        self.assertNotRegex(environment, "NOTIFY_SOCKET|WATCHDOG")

    def test_without_anybody_at_the_socket_it_says_so_once_and_runs(self):
        echo = Echo(self)
        end = self.end("-c", f"localhost:{echo.port}", line=self.wires.a, NOTIFY_SOCKET=f"{self.folder}/nothing",
                       WATCHDOG_USEC="100000")
        other = self.other_end("-s", "0", "--test-port-file", f"{self.folder}/port")
        other.wait_for("link ok")
        with open(f"{self.folder}/port", encoding="ascii") as file:
            port = int(file.readline())
        with connect(port) as client:
            self.assertEqual(ask(client, b"hello"), b"hello")
        end.signal(signal.SIGTERM)
        self.assertEqual(end.wait(), 0)
        self.assertEqual(end.text().count("could not notify the service manager"), 1)

    def test_a_manager_that_does_not_read_holds_nothing_up(self):
        manager = self.manager()
        end = self.end("-s", f"unix:{self.folder}/service", line=self.wires.a, notify=manager, WATCHDOG_USEC="2000")
        echo = Echo(self)
        self.other_end("-c", f"localhost:{echo.port}")
        end.wait_for("link ok")
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(f"{self.folder}/service")
            self.assertEqual(ask(client, b"hello"), b"hello")
        end.signal(signal.SIGTERM)
        self.assertEqual(end.wait(), 0)
        self.assertNotIn("could not notify", end.text())


if __name__ == "__main__":
    main()
