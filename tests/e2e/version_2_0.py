"""Version 2.0.0 at the other end of the cable, in both roles, in the clear and sealed: everything that both versions
support works."""

import os
import socket
import subprocess
import unittest

from harness import BINARY, Case, main
from tcp import (Echo, Flow, Target, arrives_as_reset, ask, carry, closed_port, connect, is_reset, payload, read_to_end,
                 reset)
from udp import UdpEcho, exchange

OLD = os.environ.get("SERIALTCP_2_0_0", "")
FAST = 921600


class WithTheOldVersion(Case):
    """One end is 2.0.0, the other one is the program under test. The subclasses say which, and whether they share a
    key."""

    old_end = None
    sealed = False

    @classmethod
    def setUpClass(cls):
        if cls.old_end is None:
            raise unittest.SkipTest("says nothing of which end is which")
        if not os.access(OLD, os.X_OK):
            raise unittest.SkipTest("scripts/build-2.0.0 has made no program: its commit is not in this repository")

    def options(self):
        if not self.sealed:
            return []
        key = os.path.join(self.folder, "cable.key")
        if not os.path.exists(key):
            subprocess.run([BINARY, "keygen", key], check=True, capture_output=True, timeout=60)
        return ["--key", key]

    def binary(self, end):
        return OLD if end == self.old_end else BINARY

    def link(self, target, *cable_options, baud=FAST, server_options=(), client_options=(), server="0"):
        self.wires = self.cable(*cable_options)
        self.server = self.server_end(self.wires.a, *self.options(), *server_options, what=server, baud=baud,
                                      binary=self.binary("server"))
        self.client = self.client_end(target, self.wires.b, *self.options(), *client_options, baud=baud,
                                      binary=self.binary("client"))
        self.server.wait_link()
        self.client.wait_link()
        new = self.client if self.old_end == "server" else self.server
        new.wait_for(r"link ok on .*; the other end is serialtcp 2\.0\n")

    def check_streams(self):
        """Bytes both ways at once, the end of one direction, a reset from either side."""
        near, far = self.target.pair(self.server.port)
        carry(Flow(near, far, payload(120_000, 1), end=True), Flow(far, near, payload(120_000, 2), end=True))
        near, far = self.target.pair(self.server.port)
        near.sendall(b"question")
        near.shutdown(socket.SHUT_WR)
        self.assertEqual(read_to_end(far), b"question")
        carry(Flow(far, near, payload(20_000), end=True))
        for resets in (0, 1):
            pair = self.target.pair(self.server.port)
            pair[0].sendall(b"ping")
            self.assertEqual(pair[1].recv(4), b"ping")
            reset(pair[resets])
            self.assertTrue(arrives_as_reset(pair[1 - resets]))


class Both(WithTheOldVersion):
    def test_streams_are_exact_and_end_as_they_should(self):
        self.target = Target(self)
        self.link(self.target.port)
        self.check_streams()

    def test_an_end_that_could_climb_stays_at_its_speed(self):
        self.target = Target(self)
        new = {"server_options" if self.old_end == "client" else "client_options": ("--climb",)}
        self.link(self.target.port, baud=115200, **new)
        self.check_streams()
        said = self.server.text() + self.client.text()
        self.assertNotIn("both ends can raise the speed", said)
        self.assertIn("stays at 115200 baud: the other end cannot raise the speed", said)

    def test_a_refused_connect_arrives_as_a_reset(self):
        self.link(closed_port(self))
        self.assertTrue(is_reset(self.server.port))

    def test_many_connections_at_once_on_a_bad_line(self):
        target = Target(self)
        self.link(target.port, "--ber", "1e-5")
        pairs = [target.pair(self.server.port) for _ in range(20)]
        flows = [Flow(near, far, payload(8000, number), end=True) for number, (near, far) in enumerate(pairs)]
        flows += [Flow(far, near, payload(8000, 100 + number), end=True) for number, (near, far) in enumerate(pairs)]
        carry(*flows)

    def test_connections_survive_a_pulled_device(self):
        target = Target(self)
        self.link(target.port)
        near, far = target.pair(self.server.port)
        flows = [Flow(near, far, payload(150_000, 1), end=True), Flow(far, near, payload(150_000, 2), end=True)]
        for side, end in (("a", self.server), ("b", self.client)):
            carry(*flows, enough=len(flows[0].arrived) + 20_000)
            before = end.mark()
            self.wires.command(f"unplug {side}")
            end.wait_for(r"(?i)lost", after=before)
            self.wires.command(f"plug {side}")
        carry(*flows)

    def test_an_end_that_was_killed_and_started_again_is_served(self):
        echo = Echo(self)
        self.link(echo.port)
        for kill, stay in (("client", "server"), ("server", "client")):
            mark = getattr(self, stay).mark()
            self.kill(getattr(self, kill))
            setattr(self, kill, self.again(getattr(self, kill)))
            getattr(self, kill).wait_link()
            getattr(self, stay).wait_link(after=mark)
            with connect(self.server.port) as connection:
                self.assertEqual(ask(connection, b"once more"), b"once more")

    def test_an_end_that_leaves_is_noticed(self):
        self.link(Echo(self).port)
        mark = self.server.mark()
        self.client.stop()
        self.server.wait_for("the other end was stopped", after=mark)

    def test_datagrams_arrive_whole(self):
        echo = UdpEcho(self)
        self.link(f"udp:127.0.0.1:{echo.port},late=30", server="udp:0,late=30")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(5)
            sock.connect(("127.0.0.1", self.server.port))
            answers = {}
            for size in (0, 1, 97, 1472, 20_000):
                self.assertEqual(exchange(sock, payload(size, size), answers), payload(size, size))

    def test_the_other_end_connects_where_it_is_asked_to_and_allowed(self):
        echo = Echo(self)
        forward = closed_port(self)
        self.link(echo.port, server_options=("-L", f"{forward}:localhost:{echo.port}"),
                  client_options=("--allow", f"localhost:{echo.port}"))
        with connect(forward) as connection:
            self.assertEqual(ask(connection, payload(5000)), payload(5000))


class OldServer(Both):
    old_end = "server"


class OldClient(Both):
    old_end = "client"


class SealedOldServer(Both):
    old_end = "server"
    sealed = True


class SealedOldClient(Both):
    old_end = "client"
    sealed = True


def load_tests(loader, _tests, _pattern):
    """Without the classes that do not say which end is which."""
    suite = unittest.TestSuite()
    for case in (OldServer, OldClient, SealedOldServer, SealedOldClient):
        suite.addTests(loader.loadTestsFromTestCase(case))
    return suite


if __name__ == "__main__":
    main()
