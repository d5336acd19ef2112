"""The log is bounded, whoever causes its messages: unknown senders on the line, local clients, programs, the peer."""

import contextlib
import os
import random
import resource
import signal
import socket
import time

from harness import BINARY, Case, End, Process, main, until
from tcp import LOCALHOST, Echo, ask, connect, not_accepted_yet, payload, reset

SECONDS = 4.0
CLIENTS = 2000
# By class of messages: bytes at once, and in a second (src/cli/log_limiter.h).
LIMITS = {"trouble": (8_000, 50), "connection": (64_000, 1_000), "program": (32_000, 1_000), "bytes": (256_000, 4_000)}
# Messages at the start, and at the end.
OTHERS = 6_000


class Logs(Case):
    def listen(self):
        listener = socket.socket()
        self.addCleanup(listener.close)
        listener.bind((LOCALHOST, 0))
        listener.listen(50)
        return listener, listener.getsockname()[1]

    def stranger(self, *options):
        """An end whose line is a socket of this test: that end and the socket."""
        listener, port = self.listen()
        end = self.add(End(self.folder, "--server", "0", f"socket://{LOCALHOST}:{port}", *options))
        line, _ = listener.accept()
        self.addCleanup(line.close)
        return end, line

    def setUp(self):
        super().setUp()
        self.started = time.monotonic()

    def flood(self, disturb):
        """Calls disturb() for some seconds."""
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            disturb()

    def assert_bounded(self, end, what, *classes):
        """It ends in order, and its log is no longer than these classes of messages permit."""
        size = len(end.text())
        seconds = time.monotonic() - self.started
        print(f"{what}: {size} bytes of log in {seconds:.0f} s", flush=True)
        bound = OTHERS + sum(LIMITS[one][0] + LIMITS[one][1] * seconds for one in classes)
        self.assertLess(size, bound, f"{size / seconds * 86_400 / 1e9:.2f} GB a day")
        self.assertEqual(end.stop(), 0)
        return end.text()

    def at_line_speed(self, line, pieces):
        """Sends as 115200 baud would deliver, and reads what arrives."""
        line.setblocking(False)
        start = time.monotonic()
        state = {"sent": 0}

        def disturb():
            if state["sent"] < 11_520 * (time.monotonic() - start):
                piece = pieces()
                try:
                    state["sent"] += line.send(piece)
                except BlockingIOError:
                    pass
            else:
                signal.sigtimedwait([], 0.002)
            try:
                line.recv(65536)
            except BlockingIOError:
                pass
        self.flood(disturb)

    def test_whatever_a_stranger_sends(self):
        chance = random.Random(1)
        prompts = [b"login: ", b"Password: ", b"\r\nLogin incorrect\r\n", b"[   1.0] kernel: usb 1-1: new device\r\n"]
        for what, pieces in (("random bytes", lambda: chance.randbytes(100)), ("text", lambda: chance.choice(prompts)),
                             ("both", lambda: chance.choice([chance.randbytes(50), chance.choice(prompts)]))):
            for options in ((), ("--debug",)):
                with self.subTest(what, options=options):
                    end, line = self.stranger(*options)
                    self.at_line_speed(line, pieces)
                    self.assert_bounded(end, f"a stranger's {what} {' '.join(options)}", "trouble", *(["bytes"] if options else []))

    def test_what_the_line_says_comes_back_changed(self):
        """Its own hellos, unchanged and with a changed byte: an echo and noise, alternately."""
        end, line = self.stranger()
        line.settimeout(5)
        heard = line.recv(4096)
        chance = random.Random(2)

        def pieces():
            piece = bytearray(heard)
            if chance.random() < 0.7:
                piece[chance.randrange(len(piece))] = chance.randrange(256)
            return bytes(piece)
        self.at_line_speed(line, pieces)
        self.assert_bounded(end, "its own hellos", "trouble")

    def come_and_go(self, what, target, leave=lambda client: None):
        _, server, client = self.tunnel(target, "--baud", "0", baud=3_000_000)

        for _ in range(CLIENTS):
            with contextlib.suppress(ConnectionResetError), connect(server.port) as connection:
                leave(connection)
        until(lambda: not_accepted_yet(server.port) == 0, "all have been accepted")
        until(lambda: "connection" in client.text(), "some have come through")
        for end in (server, client):
            self.assert_bounded(end, f"{CLIENTS} clients, {what}, {end.mode}", "connection")
        self.assertIn("messages about connections were suppressed", server.text())

    def test_clients_that_come_and_go_in_a_tight_loop(self):
        self.come_and_go("accepted", Echo(self).port)

    def test_clients_that_are_refused_in_a_tight_loop(self):
        self.come_and_go("refused", 1)

    def test_clients_that_reset_in_a_tight_loop(self):
        self.come_and_go("reset", Echo(self).port, reset)

    def test_clients_of_socks_that_talk_nonsense(self):
        cable = self.cable("--baud", "0")
        self.client_end(1, cable.b, "--allow", "*:*", baud=3_000_000)
        port_file = os.path.join(self.folder, "port")
        socks = self.add(Process("socks", [BINARY, "-D", "0", cable.a, "3000000", "--test-port-file", port_file], self.folder))
        socks.wait_for("link ok")
        port = int(until(lambda: os.path.exists(port_file) and open(port_file, encoding="ascii").read(), "it listens"))

        for _ in range(CLIENTS):
            with connect(port) as client:
                client.sendall(b"GET / HTTP/1.0\r\n\r\n")
        self.assert_bounded(socks, f"{CLIENTS} clients that talk HTTP to SOCKS", "connection")

    def test_programs_that_write_to_their_standard_error_for_ever(self):
        cable = self.cable("--baud", "0")
        server = self.server_end(cable.a, baud=3_000_000)
        client = self.client_end("exec:yes 'a rather long line of an error message, again and again' >&2", cable.b, baud=3_000_000)
        server.wait_link()
        clients = [connect(server.port) for _ in range(30)]
        self.flood(lambda: signal.sigtimedwait([], 0.1))
        for one in clients:
            one.close()
        text = self.assert_bounded(client, "30 programs that write to standard error", "program")
        self.assertIn("messages about output of programs were suppressed", text)

    def test_datagrams_from_ever_new_ports(self):
        cable = self.cable("--baud", "0")
        port_file = os.path.join(self.folder, "port")
        server = self.add(Process("udp", [BINARY, "--server", "udp:0", cable.a, "3000000", "--test-port-file", port_file],
                                  self.folder))
        client = self.client_end(f"udp:{LOCALHOST}:9", cable.b, baud=3_000_000)
        server.wait_for("link ok")
        port = int(open(port_file, encoding="ascii").read())

        def disturb():
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stray:
                stray.sendto(b"stray", (LOCALHOST, port))
        self.flood(disturb)
        for end in (server, client):
            self.assert_bounded(end, "stray datagrams", "connection")

    def test_a_full_disk_for_the_log_harms_nothing_and_is_told_when_there_is_room(self):
        echo = Echo(self)
        cable = self.cable()
        log = os.path.join(self.folder, "end.log")
        server = self.server_end(cable.a, "--log", log)
        self.client_end(echo.port, cable.b, "--log", "/dev/full")
        until(lambda: "link ok" in open(log, encoding="utf-8").read(), "the link is up")
        full = os.path.getsize(log) + 10
        resource.prlimit(server.popen.pid, resource.RLIMIT_FSIZE, (full, resource.RLIM_INFINITY))
        for _ in range(3):
            with connect(server.port) as connection:
                self.assertEqual(ask(connection, payload(2000)), payload(2000))
        self.assertLessEqual(os.path.getsize(log), full)
        resource.prlimit(server.popen.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        with connect(server.port) as connection:
            self.assertEqual(ask(connection, payload(2000)), payload(2000))
        until(lambda: "log lines dropped here: file too large" in open(log, encoding="utf-8").read(), "it says what is missing")


if __name__ == "__main__":
    main()
