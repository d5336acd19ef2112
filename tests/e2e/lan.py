"""Peers on a network that loses packets, for a while or for ever. In network namespaces, so only as root."""

import contextlib
import ctypes
import os
import socket
import subprocess
import time
import unittest

from harness import Case, main, until
from tcp import payload, read_exactly

CLONE_NEWNET = 0x40000000
HERE, THERE = "10.81.1.1", "10.81.2.2"


def ip(*args):
    subprocess.run(["ip", *args], check=True, capture_output=True, text=True)


def may_make_namespaces():
    return os.geteuid() == 0 and subprocess.run(["unshare", "-n", "true"], capture_output=True, check=False).returncode == 0


class Lan:
    """Two hosts, `here` and `there`, and a router between them that can silently stop forwarding."""

    def __init__(self, case):
        self.here, self.router, self.there = (f"stcp{os.getpid()}{name}" for name in "hrt")
        for name in (self.here, self.router, self.there):
            ip("netns", "add", name)
            case.addCleanup(ip, "netns", "del", name)
            ip("-n", name, "link", "set", "lo", "up")
        self.join(self.here, HERE, "10.81.1.254", "r0")
        self.join(self.there, THERE, "10.81.2.254", "r1")
        self.forward(True)

    def join(self, host, address, gateway, device):
        ip("link", "add", "e0", "netns", host, "type", "veth", "peer", "name", device, "netns", self.router)
        ip("-n", host, "addr", "add", f"{address}/24", "dev", "e0")
        ip("-n", self.router, "addr", "add", f"{gateway}/24", "dev", device)
        ip("-n", host, "link", "set", "e0", "up")
        ip("-n", self.router, "link", "set", device, "up")
        ip("-n", host, "route", "add", "default", "via", gateway)

    def forward(self, on):
        ip("netns", "exec", self.router, "sysctl", "-q", f"net.ipv4.ip_forward={int(on)}")

    @staticmethod
    def run(namespace):
        """A prefix for a command, which runs it there."""
        return ("ip", "netns", "exec", namespace)

    @staticmethod
    @contextlib.contextmanager
    def inside(namespace):
        """Sockets that this thread makes meanwhile belong to that host."""
        libc = ctypes.CDLL(None, use_errno=True)
        with open("/proc/thread-self/ns/net", encoding="ascii") as own, \
                open(f"/run/netns/{namespace}", encoding="ascii") as other:
            if libc.setns(other.fileno(), CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "setns")
            try:
                yield
            finally:
                libc.setns(own.fileno(), CLONE_NEWNET)


@unittest.skipUnless(may_make_namespaces(), "network namespaces are for root")
class LostPackets(Case):
    """A client and a target that are both behind the router, and a connection through the cable between them."""

    OUTAGE = 30
    # 60 s, and the interval of the checks; on a busy machine a little more.
    NOTICED = (45, 85)

    def setUp(self):
        super().setUp()
        self.lan = Lan(self)
        with self.lan.inside(self.lan.there):
            self.listener = socket.create_server((THERE, 0))
        wires = self.cable()
        here = self.lan.run(self.lan.here)
        self.server = self.server_end(wires.a, what=f"{HERE}:0", wrap=here)
        self.client = self.client_end(f"{THERE}:{self.listener.getsockname()[1]}", wires.b, wrap=here)
        self.server.wait_link()

    def pair(self):
        with self.lan.inside(self.lan.there):
            near = socket.create_connection((HERE, self.server.port), timeout=20)
        far, _ = self.listener.accept()
        for end in (near, far):
            end.settimeout(90)
            self.addCleanup(end.close)
        return near, far

    def resets(self, end):
        return end.text().count(": reset")

    def test_half_a_minute_of_lost_packets_harms_nobody(self):
        idle, busy = self.pair(), self.pair()
        self.lan.forward(False)
        for end in busy:
            end.sendall(b"sent while packets are lost")
        time.sleep(self.OUTAGE)
        self.lan.forward(True)
        for near, far in (idle, busy):
            near.sendall(payload(1000) + b".")
            far.sendall(payload(1000) + b".")
        for end in busy:
            self.assertEqual(read_exactly(end, 27), b"sent while packets are lost")
        for end in (*idle, *busy):
            self.assertEqual(read_exactly(end, 1001), payload(1000) + b".")
        self.assertEqual(self.resets(self.server) + self.resets(self.client), 0)

    def test_idle_peers_that_vanish_are_noticed_after_a_minute(self):
        self.pair()
        self.lan.forward(False)
        began = time.monotonic()
        until(lambda: self.resets(self.server) > 0 and self.resets(self.client) > 0, "both reset", deadline=100)
        self.assertGreater(time.monotonic() - began, self.NOTICED[0])
        self.assertLess(time.monotonic() - began, self.NOTICED[1])

    def test_a_target_that_vanishes_is_noticed_although_data_waits_for_it(self):
        """The client is on this side of the router: only the target has gone."""
        with self.lan.inside(self.lan.here):
            near = socket.create_connection((HERE, self.server.port), timeout=20)
        self.addCleanup(near.close)
        far, _ = self.listener.accept()
        self.addCleanup(far.close)
        self.lan.forward(False)
        began = time.monotonic()
        near.sendall(payload(5000))
        self.client.wait_for(r"acknowledged nothing for 60 s", deadline=100)
        self.assertGreater(time.monotonic() - began, self.NOTICED[0])
        self.assertLess(time.monotonic() - began, self.NOTICED[1])
        near.settimeout(20)
        with self.assertRaises(ConnectionResetError):
            near.recv(1)

    def test_a_client_that_only_does_not_read_is_left_alone(self):
        near, far = self.pair()
        far.setblocking(False)
        sent = 0
        end = time.monotonic() + 75
        while time.monotonic() < end:
            try:
                sent += far.send(payload(1000))
            except BlockingIOError:
                time.sleep(0.05)
        self.assertEqual(self.resets(self.server) + self.resets(self.client), 0)
        self.assertEqual(len(read_exactly(near, 1000)), 1000)


if __name__ == "__main__":
    main()
