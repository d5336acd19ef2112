"""Connections through the tunnel behave like TCP: bytes, ends, resets, failures, many at once."""

import os
import resource
import socket
import threading

from harness import FAKE_RESOLVER, Case, main, until
from tcp import (Echo, Flow, Target, arrives_as_reset, ask, carry, closed_port, connect, is_reset, payload,
                 read_exactly, read_to_end, reset, silent_target)

FAST = 921600
MANY = 1000


class Streams(Case):
    def setUp(self):
        super().setUp()
        self.target = Target(self)
        _, self.server, self.client = self.tunnel(self.target.port, baud=FAST)

    def test_bytes_arrive_exactly_both_ways_at_once(self):
        near, far = self.target.pair(self.server.port)
        carry(Flow(near, far, payload(120_000, 1), end=True), Flow(far, near, payload(120_000, 2), end=True))

    def test_single_bytes_go_to_and_fro(self):
        near, far = self.target.pair(self.server.port)
        for value in range(256):
            near.sendall(bytes([value]))
            self.assertEqual(far.recv(10), bytes([value]))
            far.sendall(bytes([255 - value]))
            self.assertEqual(near.recv(10), bytes([255 - value]))

    def test_end_of_the_clients_input_leaves_the_answer_open(self):
        near, far = self.target.pair(self.server.port)
        near.sendall(b"question")
        near.shutdown(socket.SHUT_WR)
        self.assertEqual(read_to_end(far), b"question")
        carry(Flow(far, near, payload(20_000), end=True))

    def test_end_of_the_targets_output_leaves_the_request_open(self):
        near, far = self.target.pair(self.server.port)
        far.sendall(b"banner")
        far.shutdown(socket.SHUT_WR)
        self.assertEqual(read_to_end(near), b"banner")
        carry(Flow(near, far, payload(20_000), end=True))

    def test_all_bytes_before_an_end_arrive_to_the_target(self):
        near, far = self.target.pair(self.server.port)
        data = payload(60_000)
        near.sendall(data)
        near.close()
        self.assertEqual(read_to_end(far), data)

    def test_all_bytes_before_an_end_arrive_to_the_client(self):
        near, far = self.target.pair(self.server.port)
        data = payload(60_000)
        far.sendall(data)
        far.close()
        self.assertEqual(read_to_end(near), data)

    def test_a_clients_reset_arrives_as_a_reset(self):
        near, far = self.target.pair(self.server.port)
        self.assertEqual(ask_pair(near, far), b"ping")
        reset(near)
        self.assertTrue(arrives_as_reset(far))

    def test_a_targets_reset_arrives_as_a_reset(self):
        near, far = self.target.pair(self.server.port)
        self.assertEqual(ask_pair(near, far), b"ping")
        reset(far)
        self.assertTrue(arrives_as_reset(near))

    def test_a_reset_arrives_after_an_end(self):
        near, far = self.target.pair(self.server.port)
        near.sendall(b"ping")
        near.shutdown(socket.SHUT_WR)
        self.assertEqual(read_to_end(far), b"ping")
        reset(far)
        self.assertTrue(arrives_as_reset(near))

    def test_a_connection_that_ends_leaves_the_others_alone(self):
        near, far = self.target.pair(self.server.port)
        for ending in (reset, socket.socket.close):
            other_near, other_far = self.target.pair(self.server.port)
            self.assertEqual(ask_pair(other_near, other_far), b"ping")
            ending(other_near)
            read_or_reset(other_far)
            self.assertEqual(ask_pair(near, far), b"ping")


class Failures(Case):
    def fake_names(self):
        return {"LD_PRELOAD": FAKE_RESOLVER, "FAKE_RESOLVER_LOG": os.path.join(self.folder, "lookups")}

    def wait_for_lookup(self, name):
        path = os.path.join(self.folder, "lookups")
        until(lambda: os.path.exists(path) and name in open_and_read(path), f"{name} is looked up")

    def refused_with(self, target, options=(), **process):
        """Connects to a target that cannot be reached; returns what each end has logged about it."""
        cable = self.cable()
        server = self.server_end(cable.a)
        client = self.client_end(target, cable.b, *options, **process)
        server.wait_link()
        client.wait_link()
        self.assertTrue(is_reset(server.port))
        return server, client

    def test_a_closed_port_resets_and_says_refused(self):
        port = closed_port(self)
        server, client = self.refused_with(port)
        server.wait_for(r"connection \d+: .*refused")
        client.wait_for(rf"127\.0\.0\.1:{port}.*refused")

    def test_an_unknown_name_resets_and_says_so(self):
        server, client = self.refused_with("missing.test:80", env=self.fake_names())
        server.wait_for(r"connection \d+: .*name")
        client.wait_for(r"missing\.test.*name|name.*missing\.test")

    def test_a_silent_target_resets_and_says_timed_out(self):
        target, _ = silent_target(self)
        server, client = self.refused_with(target.port, ["--timeout", "1"])
        server.wait_for(r"connection \d+: .*did not answer in time")
        client.wait_for(rf"127\.0\.0\.1:{target.port}.*did not answer in time")

    def test_a_name_that_takes_long_delays_only_its_own_connection(self):
        echo = Echo(self)
        cable = self.cable()
        server = self.server_end(cable.a)
        self.client_end(f"slow-later.test:{echo.port}", cable.b, "--timeout", "2", env=self.fake_names())
        with connect(server.port) as quick:
            self.assertEqual(ask(quick, b"hello"), b"hello")
            slow = connect(server.port)
            self.addCleanup(slow.close)
            self.wait_for_lookup("slow-later.test\nslow-later.test")
            self.assertEqual(ask(quick, b"still there"), b"still there")
            self.assertTrue(arrives_as_reset(slow))
            self.assertEqual(ask(quick, b"always there"), b"always there")
        server.wait_for(r"connection 2: .*did not answer in time")

    def test_a_name_that_takes_long_does_not_delay_the_exit(self):
        cable = self.cable()
        server = self.server_end(cable.a)
        client = self.client_end("slow.test:80", cable.b, env=self.fake_names())
        slow = connect(server.port)
        self.addCleanup(slow.close)
        self.wait_for_lookup("slow.test")
        client.popen.terminate()
        self.assertEqual(client.wait(15), 0)

    def test_a_client_may_send_and_end_before_the_far_side_has_connected(self):
        target, fillers = silent_target(self)
        _, server, _ = self.tunnel(target.port)
        near = connect(server.port)
        self.addCleanup(near.close)
        near.sendall(b"early words")
        near.shutdown(socket.SHUT_WR)
        until(lambda: is_connecting_to(target.port), "the far side tries to connect")
        for _ in fillers:
            target.accept()
        far = target.accept()
        self.assertEqual(read_to_end(far), b"early words")
        far.sendall(b"late answer")
        far.close()
        self.assertEqual(read_to_end(near), b"late answer")


class StoppedReader(Case):
    MEMORY = 64 * 2**20

    def stalled(self, writer, reader, other):
        """Writes until nothing more is accepted; `other` continues meanwhile; then everything arrives."""
        written = fill(writer)
        self.assertLess(len(written), 32 * 2**20)
        for _ in range(20):
            self.assertEqual(ask_pair(*other), b"ping")
        self.assert_small(self.server, self.client, bound=self.MEMORY)
        rest = written[len(written) - 1000:]
        writer.settimeout(60)
        sender = threading.Thread(target=lambda: (writer.sendall(rest), writer.shutdown(socket.SHUT_WR)))
        sender.start()
        self.assertTrue(read_to_end(reader) == written + rest, "the bytes differ")
        sender.join()

    def setUp(self):
        super().setUp()
        self.target = Target(self, receive_buffer=8192)
        _, self.server, self.client = self.tunnel(self.target.port, "--baud", "0", baud=3_000_000)

    def test_a_target_that_stops_reading_stalls_only_its_own_connection(self):
        other = self.target.pair(self.server.port)
        near, far = self.target.pair(self.server.port)
        self.stalled(near, far, other)

    def test_a_client_that_stops_reading_stalls_only_its_own_connection(self):
        other = self.target.pair(self.server.port)
        near, far = self.target.pair(self.server.port)
        self.stalled(far, near, other)

    def test_a_reset_overtakes_what_nobody_reads(self):
        near, far = self.target.pair(self.server.port)
        fill(near)
        reset(near)
        self.assertTrue(arrives_as_reset(far))


class Many(Case):
    def setUp(self):
        super().setUp()
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        needed = 2 * MANY + 100
        if soft != resource.RLIM_INFINITY and soft < needed:
            resource.setrlimit(resource.RLIMIT_NOFILE, (needed, max(hard, needed) if os.geteuid() == 0 else hard))

    def test_a_thousand_connections_carry_data_at_once(self):
        echo = Echo(self)
        _, server, client = self.tunnel(echo.port, baud=FAST)
        connections = []
        for _ in range(MANY):
            connections.append(connect(server.port))
            self.addCleanup(connections[-1].close)
        for part in range(2):
            words = [payload(40 + part, seed=n)[-32:] + n.to_bytes(4, "big") for n in range(MANY)]
            for connection, word in zip(connections, words):
                connection.sendall(word)
            for connection, word in zip(connections, words):
                self.assertEqual(read_exactly(connection, len(word)), word)
        for number, connection in enumerate(connections):
            if number % 2:
                connection.shutdown(socket.SHUT_WR)
                self.assertEqual(connection.recv(1), b"")
            else:
                reset(connection)
        until(lambda: descriptors(server) < 50 and descriptors(client) < 50, "both ends close all connections")
        with connect(server.port) as last:
            self.assertEqual(ask(last, b"still there"), b"still there")


def open_and_read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def is_connecting_to(port):
    """Whether a socket of this machine has sent a SYN to loopback's `port` without an answer."""
    syn_sent = f"0100007F:{port:04X} 02"
    return any(syn_sent in line for line in open_and_read("/proc/net/tcp").splitlines())


def descriptors(process):
    return len(os.listdir(f"/proc/{process.popen.pid}/fd"))


def ask_pair(near, far):
    """Sends a word to the target and back."""
    near.sendall(b"ping")
    far.sendall(read_exactly(far, 4))
    return read_exactly(near, 4)


def read_or_reset(connection):
    try:
        read_to_end(connection)
    except ConnectionResetError:
        pass


def fill(connection):
    """Writes until the other side has accepted nothing for a while; returns what was written."""
    written = bytearray()
    block = payload(65536)
    connection.settimeout(1.5)
    try:
        while True:
            count = connection.send(block[len(written) % 65536:])
            written += block[len(written) % 65536:][:count]
    except TimeoutError:
        return bytes(written)


if __name__ == "__main__":
    main()
