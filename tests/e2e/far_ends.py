"""Difficult far ends: thousands at once, silent ones, ones that do not answer, a shortage of descriptors. Others are
not affected, and memory stays below what docs/architecture.md states."""

import os
import random
import resource
import select
import selectors
import socket
import threading
import time
import unittest

from harness import SANITIZED, FAKE_RESOLVER, Case, main, until
from tcp import (DEADLINE, LOCALHOST, Echo, Flow, Target, arrives_as_reset, ask, carry, connect, payload,
                 read_exactly, reset)

FAST = 3_000_000
# docs/architecture.md, "Limits".
A_CONNECTION = 8 * 1024
A_PIECE = 64 * 1024
STREAMS_SUM = 32 * 1024 * 1024


class Memory:
    """The maximum of a process's memory from now on. The kernel keeps the peak."""

    SPARE = 8 * 1024 * 1024  # what the allocator has not returned, and tables that have grown

    def __init__(self, end):
        self.end = end
        self.start = end.resident_bytes()

    def peak(self):
        with open(f"/proc/{self.end.popen.pid}/status", encoding="ascii") as status:
            return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM:"))

    def assert_below(self, case, bound):
        if not SANITIZED:  # its shadow memory is not bounded in this way
            case.assertLess(self.peak() - self.start, bound + self.SPARE)


class Burst(Case):
    COUNT = 10_000

    def burst(self, port):
        """COUNT clients that connect, send a request and expect their answer; as many at once as this test may have
        descriptors for, as it also holds the targets' ends."""
        limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
        at_once = min(self.COUNT, (limit - 200) // 2)
        selector = selectors.DefaultSelector()
        begun = served = 0
        stop = time.monotonic() + 4 * DEADLINE
        while served < self.COUNT:
            self.assertLess(time.monotonic(), stop, f"{served} of {self.COUNT} were served")
            while begun < self.COUNT and begun - served < at_once:
                client = socket.socket()
                client.setblocking(False)
                client.connect_ex((LOCALHOST, port))
                selector.register(client, selectors.EVENT_WRITE, b"%06d" % begun)
                begun += 1
            for key, events in selector.select(1):
                if events & selectors.EVENT_WRITE:
                    key.fileobj.send(key.data)
                    selector.modify(key.fileobj, selectors.EVENT_READ, key.data)
                    continue
                self.assertEqual(key.fileobj.recv(100), key.data)
                selector.unregister(key.fileobj)
                key.fileobj.close()
                served += 1
        return at_once

    def test_ten_thousand_connections_are_all_served_and_leave_nothing_behind(self):
        echo = Echo(self, backlog=4096)
        _, server, client = self.tunnel(echo.port, baud=FAST)
        memory = [Memory(end) for end in (server, client)]
        at_once = self.burst(server.port)
        for one in memory:
            one.assert_below(self, at_once * A_CONNECTION)
        with connect(server.port) as one:
            self.assertEqual(ask(one, b"and one more"), b"and one more")


class Silent(Case):
    def test_clients_that_never_speak_cost_little_and_hurt_nobody(self):
        echo = Echo(self)
        _, server, client = self.tunnel(echo.port, baud=FAST)
        memory = [Memory(end) for end in (server, client)]
        silent = [connect(server.port) for _ in range(1000)]
        for one in silent:
            self.addCleanup(one.close)
        until(lambda: len(client.text().split("to 127.0.0.1")) > 1000, "all are connected")
        with connect(server.port) as one:
            self.assertEqual(ask(one, payload(10_000)), payload(10_000))
        for one in memory:
            one.assert_below(self, 1000 * A_CONNECTION)
        self.assertEqual(ask(silent[500], b"at last"), b"at last")


class Readers(Case):
    COUNT = 200

    def test_readers_that_have_stopped_stay_within_the_bound_and_lose_nothing(self):
        target = Target(self, receive_buffer=4096)
        _, server, client = self.tunnel(target.port, "--baud", "0", baud=FAST)
        memory = [Memory(end) for end in (server, client)]
        pairs = [target.pair(server.port) for _ in range(self.COUNT)]
        for near, _ in pairs:  # what the kernel itself would hold is not tested here
            near.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16 * 1024)
        sent = {near: 0 for near, _ in pairs}
        block = payload(65536)
        # Until no byte was accepted for a while.
        while True:
            writable = select.select([], list(sent), [], 2)[1]
            if not writable:
                break
            for near in writable:
                near.setblocking(False)
                sent[near] += near.send(block[sent[near] % len(block):])
        for one in memory:
            one.assert_below(self, STREAMS_SUM * 5 // 4 + self.COUNT * (A_CONNECTION + A_PIECE))
        near, far = pairs[random.Random(1).randrange(self.COUNT)]
        near.shutdown(socket.SHUT_WR)
        data = read_exactly(far, sent[near])
        self.assertEqual(data, (block * (len(data) // len(block) + 1))[:len(data)])
        self.assertEqual(far.recv(1), b"")


class Targets(Case):
    def test_targets_that_reset_in_mid_handshake_hurt_nobody(self):
        """Each is gone before the far end has reported that it is connected; half of the clients are gone by then, too.
        """
        target = Target(self)
        _, server, _ = self.tunnel(target.port, baud=FAST)
        near, far = target.pair(server.port)

        def reset_all():
            try:
                while True:
                    reset(target.socket.accept()[0])
            except OSError:
                pass
        resetter = threading.Thread(target=reset_all)
        resetter.start()
        for i in range(100):
            try:
                client = connect(server.port)
                client.sendall(b"early")
            except (ConnectionResetError, BrokenPipeError):
                continue  # the reset was faster than this program
            if i % 2:
                reset(client)
            else:
                self.assertTrue(arrives_as_reset(client))
                client.close()
        carry(Flow(near, far, payload(20_000), end=True), Flow(far, near, payload(20_000), end=True))
        target.socket.shutdown(socket.SHUT_RDWR)
        resetter.join()

    def test_a_name_server_that_never_answers_holds_up_only_those_who_ask_it(self):
        """Every connection is to the same name; those that existed before its server became silent continue."""
        wires = self.cable()
        target = Target(self)
        env = {"LD_PRELOAD": FAKE_RESOLVER, "FAKE_RESOLVER_LOG": os.path.join(self.folder, "lookups")}
        server = self.server_end(wires.a)
        client = self.client_end(f"slow-later.test:{target.port}", wires.b, "--timeout", "3", env=env)
        near, far = target.pair(server.port)
        memory = Memory(client)
        asking = [connect(server.port) for _ in range(50)]
        for one in asking:
            self.addCleanup(one.close)
        carry(Flow(near, far, payload(20_000)), Flow(far, near, payload(20_000)))
        for one in asking:
            self.assertTrue(arrives_as_reset(one))
        server.wait_for("target did not answer in time|name was not found")
        near.sendall(b"still here")
        self.assertEqual(read_exactly(far, 10), b"still here")
        with open(f"/proc/{client.popen.pid}/status", encoding="ascii") as status:
            threads = int(next(line.split()[1] for line in status if line.startswith("Threads:")))
        self.assertLessEqual(threads, 1 + 16)
        memory.assert_below(self, 50 * A_CONNECTION)


@unittest.skipIf(SANITIZED, "without a free descriptor the sanitizer cannot check pointers")
class Descriptors(Case):
    LIMIT = 40
    FEW = ("prlimit", f"--nofile={LIMIT}:{LIMIT}", "--")

    def test_the_shortage_is_told_once_and_not_at_every_client(self):
        echo = Echo(self)
        wires = self.cable()
        server = self.server_end(wires.a, wrap=self.FEW)
        self.client_end(echo.port, wires.b)
        first = connect(server.port)
        self.addCleanup(first.close)
        waiting = []
        for _ in range(self.LIMIT):
            waiting.append(connect(server.port))
            self.addCleanup(waiting[-1].close)
        server.wait_for("ulimit -n")
        for i in range(200):  # some leave, and others take their place
            waiting.pop(0).close()
            waiting.append(connect(server.port))
            self.addCleanup(waiting[-1].close)
            if i % 20 == 0:
                self.assertEqual(ask(first, b"still here"), b"still here")
        for one in waiting[:-1]:
            one.close()
        self.assertEqual(ask(waiting[-1], b"my turn"), b"my turn")
        self.assertLessEqual(server.text().count("ulimit -n"), 2)


if __name__ == "__main__":
    main()
