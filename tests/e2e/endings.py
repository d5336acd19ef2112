"""Ends of connections and of the program: what was sent before a reset or before SIGTERM arrives; requests of clients
that have gone are not executed."""

import os
import signal
import socket
import subprocess
import threading
import time

from harness import BINARY, LINK_OK, Case, main, until
from tcp import DEADLINE, LOCALHOST, Target, connect, payload, read_all, read_exactly, read_to_end

OLD = os.environ.get("SERIALTCP_2_0_0", "")


class Listener:
    """Accepts connections and passes each to a function in a thread of its own."""

    def __init__(self, case, serve):
        self.target = Target(case)
        self.port = self.target.port
        self.serve = serve
        self.results = []
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                connection, _ = self.target.socket.accept()
            except OSError:
                return
            connection.settimeout(DEADLINE)
            threading.Thread(target=lambda one=connection: self.results.append(self.serve(one)), daemon=True).start()


class Resets(Case):
    """The program at both ends; the subclasses have 2.0.0 at one of them, or a key."""

    old_end = None
    sealed = False
    SIZES = (1, 8000, 60_000)  # the last: as much as the kernel takes at once
    BAUD = 921600

    def binary(self, end):
        return OLD if end == self.old_end else BINARY

    def setUp(self):
        if self.old_end and not os.access(OLD, os.X_OK):
            self.skipTest("scripts/build-2.0.0 has made no program: its commit is not in this repository")
        super().setUp()

    def link(self, port, baud=None, options=()):
        if self.sealed:
            key = os.path.join(self.folder, "key")
            if not os.path.exists(key):
                subprocess.run([BINARY, "keygen", key], check=True, capture_output=True, timeout=60)
            options = (*options, "--key", key)
        self.wires = self.cable("--baud", str(baud or self.BAUD))
        self.server = self.server_end(self.wires.a, *options, baud=baud or self.BAUD, binary=self.binary("server"))
        self.client = self.client_end(port, self.wires.b, *options, baud=baud or self.BAUD, binary=self.binary("client"))
        self.server.wait_link()
        self.client.wait_link()

    def test_an_answer_arrives_whole_when_the_target_closes_with_the_request_unread(self):
        for size in self.SIZES:
            def serve(connection, size=size):
                read_exactly(connection, 100)
                time.sleep(0.1)
                connection.sendall(payload(size))
                connection.close()
            self.link(Listener(self, serve).port)
            with connect(self.server.port) as client:
                client.sendall(b"x" * 3000)
                self.assertEqual(read_all(client), (payload(size), "ConnectionResetError"))
            self.server.stop()
            self.client.stop()
            self.wires.stop()

    def test_what_a_client_sent_arrives_when_it_closes_with_a_banner_unread(self):
        banner_there = threading.Event()

        def serve(connection):
            connection.sendall(b"220 printer ready\r\n")
            banner_there.wait(DEADLINE)
            return read_all(connection)
        listener = Listener(self, serve)
        self.link(listener.port)
        for size in self.SIZES:
            banner_there.clear()
            listener.results.clear()
            client = connect(self.server.port)
            self.assertEqual(client.recv(3, socket.MSG_PEEK), b"220")
            client.sendall(payload(size))
            client.close()
            banner_there.set()
            data, _ = until(lambda: listener.results, "the target has read all")[0]
            self.assertEqual(data, payload(size))


class SealedResets(Resets):
    sealed = True


class OldServer(Resets):
    old_end = "server"

    def test_what_a_client_sent_arrives_when_it_closes_with_a_banner_unread(self):
        self.skipTest("2.0.0 sends the reset at once: what it has not sent is lost there")


class OldClient(Resets):
    old_end = "client"

    def test_an_answer_arrives_whole_when_the_target_closes_with_the_request_unread(self):
        self.skipTest("2.0.0 sends the reset at once: what it has not sent is lost there")


class Stopping(Case):
    """SIGTERM to one end, some time after a client has sent everything and closed."""

    def link(self, baud, *options):
        self.listener = Listener(self, read_all)
        self.wires = self.cable("--baud", str(baud))
        self.server = self.server_end(self.wires.a, *options, baud=baud)
        self.client = self.client_end(self.listener.port, self.wires.b, *options, baud=baud)
        self.server.wait_link()
        self.client.wait_link()

    def send_and_stop(self, baud, size, pause, end):
        self.link(baud)
        client = connect(self.server.port)
        client.sendall(payload(size))
        client.close()
        time.sleep(pause)
        stopped = getattr(self, end)
        stopped.signal(signal.SIGTERM)
        self.assertEqual(stopped.wait(), 0)
        data, how = until(lambda: self.listener.results, "the target has heard of the end")[0]
        self.assertEqual((len(data), how), (size, "end"))
        self.assertEqual(data, payload(size))
        self.server.stop()
        self.client.stop()
        self.wires.stop()
        return stopped.text()

    def test_what_a_client_has_finished_is_delivered_first_whichever_end_is_stopped(self):
        for end in ("server", "client"):
            for baud, size, pause in ((115200, 20_000, 0.3), (921600, 300_000, 0.05), (921600, 1, 0.0)):
                with self.subTest(end=end, size=size):
                    text = self.send_and_stop(baud, size, pause, end)
                    if size > 1:
                        self.assertRegex(text, r"left to deliver before the end, for up to 10 s; a second signal ends at once")

    def test_many_connections_at_once_are_all_delivered(self):
        self.link(921600)
        for number in range(30):
            client = connect(self.server.port)
            client.sendall(payload(4000, number))
            client.close()
        time.sleep(0.1)
        self.client.signal(signal.SIGTERM)
        self.assertEqual(self.client.wait(), 0)
        until(lambda: len(self.listener.results) == 30, "30 connections have ended")
        self.assertEqual(sorted(data for data, _ in self.listener.results), sorted(payload(4000, n) for n in range(30)))

    def test_idle_connections_do_not_delay_the_end(self):
        self.link(115200)
        idle = [connect(self.server.port) for _ in range(3)]
        for client in idle:
            client.sendall(b"hello")
        time.sleep(1)
        for end in (self.server, self.client):
            begin = time.monotonic()
            end.signal(signal.SIGTERM)
            self.assertEqual(end.wait(), 0)
            self.assertLess(time.monotonic() - begin, 4)
        for client in idle:
            self.assertEqual(read_all(client), (b"", "ConnectionResetError"))

    def test_a_time_that_is_too_short_is_told_and_new_connections_are_refused_meanwhile(self):
        self.link(9600, "--drain", "2")
        client = connect(self.server.port)
        client.sendall(payload(100_000))
        client.close()
        time.sleep(0.5)
        begin = time.monotonic()
        self.server.signal(signal.SIGTERM)
        self.server.wait_for("left to deliver")
        with self.assertRaises(ConnectionRefusedError):
            connect(self.server.port)
        self.assertEqual(self.server.wait(), 0)
        self.assertLess(abs(time.monotonic() - begin - 2), 1.5)
        self.assertRegex(self.server.text(), r"WARNING: .* could not be delivered in time: lost")

    def test_a_second_signal_ends_at_once(self):
        self.link(9600)
        client = connect(self.server.port)
        client.sendall(payload(100_000))
        self.server.signal(signal.SIGTERM)
        self.server.wait_for("left to deliver")
        begin = time.monotonic()
        self.server.expected_status = 128 + signal.SIGTERM
        self.server.signal(signal.SIGTERM)
        self.assertEqual(self.server.wait(), 128 + signal.SIGTERM)
        self.assertLess(time.monotonic() - begin, 1)


class Waiting(Case):
    """Clients that connect while there is no link."""

    def server_alone(self, *options, what="0"):
        def serve(connection):
            request = connection.recv(4096)
            connection.sendall(b"done")
            connection.close()
            return request
        self.listener = Listener(self, serve)
        self.wires = self.cable("--baud", "115200")
        self.server = self.server_end(self.wires.a, *options, what=what)

    def far_end(self):
        self.client = self.client_end(self.listener.port, self.wires.b)
        self.client.wait_link()
        self.server.wait_link()

    def give_up_some(self, count=5):
        for number in range(count):
            with connect(self.server.port) as client:
                client.sendall(f"POST /{number}".encode())
                client.settimeout(0.05)
                with self.assertRaises(TimeoutError):
                    client.recv(1)

    def test_requests_of_clients_that_have_given_up_are_never_carried_out(self):
        self.server_alone()
        self.give_up_some()
        patient = connect(self.server.port)
        patient.sendall(b"GET /patient")
        half_closed = connect(self.server.port)
        half_closed.sendall(b"GET /half-closed")
        half_closed.shutdown(socket.SHUT_WR)
        self.far_end()
        self.assertEqual(read_to_end(patient), b"done")
        self.assertEqual(read_to_end(half_closed), b"done")
        self.server.wait_for("5 clients that closed while waiting for the link: reset, not served")
        self.assertEqual(sorted(self.listener.results), [b"GET /half-closed", b"GET /patient"])

    def test_nor_over_a_unix_socket(self):
        path = os.path.join(self.folder, "sock")
        self.listener = Listener(self, lambda connection: connection.recv(4096))
        self.wires = self.cable("--baud", "115200")
        server = self.server_end(self.wires.a, "--server", f"u=unix:{path}")
        client = None
        for word in (b"gone", b"half"):
            client = socket.socket(socket.AF_UNIX)
            until(lambda: os.path.exists(path), "the unix socket is there")
            client.connect(path)
            client.sendall(word)
            if word == b"gone":
                client.close()
            else:
                client.shutdown(socket.SHUT_WR)
        far = self.client_end(self.listener.port, self.wires.b, "--client", f"u={LOCALHOST}:{self.listener.port}")
        far.wait_link()
        server.wait_for("1 client that closed while waiting")
        until(lambda: self.listener.results, "the half-closed one is served")
        client.close()
        self.assertEqual(self.listener.results, [b"half"])

    def test_while_the_device_is_away_the_same_holds(self):
        self.server_alone()
        self.far_end()
        mark = self.server.mark()
        self.wires.command("unplug a")
        self.server.wait_for(r"(?i)lost", after=mark)
        self.give_up_some(2)
        time.sleep(1.3)
        self.give_up_some(3)
        self.wires.command("plug a")
        with connect(self.server.port) as client:
            client.sendall(b"GET /now")
            self.assertEqual(read_to_end(client), b"done")
        self.assertEqual(self.listener.results, [b"GET /now"])

    def refuses(self):
        with self.assertRaises(ConnectionRefusedError):
            connect(self.server.port)

    def test_clients_are_refused_while_there_is_no_link_where_that_is_wanted(self):
        for options, what in (((), "0,refuse"), (("--no-queue",), "0")):
            self.server_alone(*options, what=what)
            self.refuses()
            self.far_end()
            with connect(self.server.port) as client:
                client.sendall(b"question")
                self.assertEqual(read_to_end(client), b"done")
            mark = self.server.mark()
            self.client.stop()
            self.server.wait_for("the other end was stopped", after=mark)
            self.refuses()
            again = self.again(self.client)
            self.server.wait_for(LINK_OK, after=mark)
            with connect(self.server.port) as client:
                client.sendall(b"question")
                self.assertEqual(read_to_end(client), b"done")
            again.stop()
            self.server.stop()
            self.wires.stop()


if __name__ == "__main__":
    main()
