"""The original's protocol at the other end: an independent peer on pyserial, in both roles, over the emulated cable."""

import os
import re
import select
import socket
import sys
import threading

from harness import Case, End, Process, main, until
from tcp import Echo, Target, closed_port, connect, is_reset, payload, read_exactly, read_to_end, reset

PEER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "original_peer.py")
ORIGINAL = r"in the original serialtcp's protocol"


class Original(Process):
    count = 0

    def __init__(self, folder, option, address, device, baud=115200):
        Original.count += 1
        super().__init__(f"original{Original.count}", [sys.executable, PEER, option, address, device, baud], folder)

    def port(self):
        return int(self.wait_for(r"listening on (\d+)").group(1))


class WithOriginal(Case):
    def original(self, option, address, device, baud=115200):
        return self.add(Original(self.folder, option, address, device, baud))

    def check_echo(self, port, count=3000, seed=1):
        """One connection to an echo; the client ends it once it has everything."""
        with connect(port) as connection:
            data = payload(count, seed)
            connection.sendall(data)
            self.assertEqual(read_exactly(connection, count), data)


class OriginalServer(WithOriginal):
    """The original listens; our client end connects to the targets."""

    def setUp(self):
        super().setUp()
        self.echo = Echo(self)
        self.line = self.cable()
        self.server = None

    def start(self, *options):
        self.server = self.original("--server", 0, self.line.a)
        self.client = self.client_end(self.echo.port, self.line.b, *options)

    def test_is_found_and_served(self):
        self.start()
        self.client.wait_for(ORIGINAL)
        for seed in range(3):
            self.check_echo(self.server.port(), seed=seed)

    def test_is_found_when_it_was_there_first(self):
        self.server = self.original("--server", 0, self.line.a)
        self.server.port()
        self.client = self.client_end(self.echo.port, self.line.b)
        self.client.wait_for(ORIGINAL)
        self.check_echo(self.server.port())

    def test_is_served_with_the_protocol_named(self):
        self.start("--protocol", "original")
        self.client.wait_for(ORIGINAL)
        self.check_echo(self.server.port())

    def test_hears_of_a_target_that_refuses(self):
        self.server = self.original("--server", 0, self.line.a)
        self.client = self.client_end(closed_port(self), self.line.b)
        self.client.wait_for(ORIGINAL)
        with connect(self.server.port()) as connection:
            self.assertEqual(read_to_end(connection), b"")
        self.server.wait_for("failed")
        self.client.wait_for("refused the connection")

    def test_what_a_target_says_before_it_closes_arrives(self):
        target = Target(self)
        self.server = self.original("--server", 0, self.line.a)
        self.client = self.client_end(target.port, self.line.b)
        self.client.wait_for(ORIGINAL)
        near, far = target.pair(self.server.port())
        data = payload(20_000)
        far.sendall(data)
        far.close()
        self.assertEqual(read_to_end(near), data)

    def test_is_restarted(self):
        self.start()
        self.check_echo(self.server.port())
        self.server.kill()
        self.server = self.original("--server", 0, self.line.a)
        self.server.wait_for("link ok")
        self.check_echo(self.server.port())


class OriginalClient(WithOriginal):
    """The original connects to the targets; our server end listens."""

    def setUp(self):
        super().setUp()
        self.target = Target(self)
        self.line = self.cable()

    def start(self, *options):
        self.client = self.original("--client", f"127.0.0.1:{self.target.port}", self.line.b)
        self.server = self.server_end(self.line.a, *options)
        self.server.wait_for(ORIGINAL)

    def test_is_found_and_served(self):
        self.start()
        for seed in range(3):
            near, far = self.target.pair(self.server.port)
            data = payload(5000, seed)
            near.sendall(data)
            self.assertEqual(read_exactly(far, 5000), data)
            far.sendall(data)
            self.assertEqual(read_exactly(near, 5000), data)
            near.close()
            self.assertEqual(read_to_end(far), b"")

    def test_a_reset_of_the_client_ends_only_its_connection(self):
        self.start("--protocol", "original")
        near, far = self.target.pair(self.server.port)
        near.sendall(b"hello")
        self.assertEqual(read_exactly(far, 5), b"hello")
        reset(near)
        self.assertEqual(read_to_end(far), b"")
        near, far = self.target.pair(self.server.port)
        far.sendall(b"still here")
        self.assertEqual(read_exactly(near, 10), b"still here")

    def test_clients_are_served_one_after_another(self):
        self.start()
        first, first_far = self.target.pair(self.server.port)
        second = connect(self.server.port)
        second.sendall(b"waited")
        first.sendall(b"first")
        self.assertEqual(read_exactly(first_far, 5), b"first")
        first.close()
        self.assertEqual(read_to_end(first_far), b"")
        second_far = self.target.accept()
        self.assertEqual(read_exactly(second_far, 6), b"waited")

    def test_a_target_that_refuses_resets_the_client(self):
        self.original("--client", f"127.0.0.1:{closed_port(self)}", self.line.b)
        server = self.server_end(self.line.a)
        server.wait_for(ORIGINAL)
        self.assertTrue(is_reset(server.port))
        server.wait_for("could not be connected to")

    def test_gives_way_to_our_own_program_and_comes_back(self):
        self.start()
        self.client.kill()
        mark = self.server.mark()
        ours = self.client_end(self.target.port, self.line.b)
        ours.wait_link()
        self.server.wait_for(r"link ok on [^\n,]+\n", after=mark)
        near, far = self.target.pair(self.server.port)
        near.sendall(b"ours")
        near.shutdown(socket.SHUT_WR)
        self.assertEqual(read_to_end(far), b"ours")
        self.kill(ours)
        mark = self.server.mark()
        self.original("--client", f"127.0.0.1:{self.target.port}", self.line.b)
        self.server.wait_for(ORIGINAL, after=mark)
        near, far = self.target.pair(self.server.port)
        near.sendall(b"back")
        self.assertEqual(read_exactly(far, 4), b"back")


class SlowTarget(WithOriginal):
    """Over a line with flow control: here TCP, with the test instead of the original server."""

    TOTAL = 24_000_000

    def synchronised(self, target):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.client_end(target.port, f"socket://127.0.0.1:{listener.getsockname()[1]}", "--protocol", "original")
            line, _ = listener.accept()
        self.addCleanup(line.close)
        line.settimeout(60)
        self.assertEqual(read_exactly(line, 6), b"\x1fD\x1fD\x1f\xc1")
        line.sendall(b"\x1f\xe1\x1f\xe2\x1f\xe3\x1fC")
        self.assertEqual(read_exactly(line, 8), b"\x1f\xc2\x1f\xc3\x1fc\x1fs")
        line.sendall(b"\x1fs")
        return line

    def test_loses_nothing_and_keeps_its_connection(self):
        target = Target(self)
        line = self.synchronised(target)
        far = target.accept()
        data = payload(1_000_003)
        wire = data.replace(b"\x1f", b"\x1f\x1f")
        total = wire * (self.TOTAL // len(data))
        sent = 0
        # Until nothing was sent for a while: the target reads nothing, and all buffers are full.
        while select.select([], [line], [], 2.0)[1] and sent < len(total):
            sent += line.send(total[sent:sent + 65536])
        self.assertLess(sent, len(total), "it holds more than it may")
        self.assert_small(self.processes[-1])
        rest = threading.Thread(target=lambda: (line.sendall(total[sent:] + b"\x1fD"), None))
        rest.start()
        self.addCleanup(rest.join)
        self.assertTrue(read_to_end(far) == data * (self.TOTAL // len(data)), "every byte arrives")


class Alone(WithOriginal):
    def test_two_of_ours_can_be_told_to_speak_it(self):
        echo = Echo(self)
        line = self.cable()
        server = self.server_end(line.a, "--protocol", "original")
        client = self.client_end(echo.port, line.b, "--protocol", "original")
        server.wait_for(ORIGINAL)
        client.wait_for(ORIGINAL)
        self.check_echo(server.port, 30_000)

    def test_a_sync_timeout_ends_with_status_2(self):
        line = self.cable()
        for protocol in ("auto", "original", "2"):
            end = End(self.folder, "--client", "127.0.0.1:1", line.a, "--sync-timeout", "0.3", "--protocol", protocol)
            self.assertEqual(end.wait(), 2)
            self.assertRegex(end.text(), f"unable to connect to remote via {re.escape(line.a)}")

    def test_two_servers_are_told_so(self):
        line = self.cable()
        self.original("--server", 0, line.b)
        server = self.server_end(line.a)
        server.wait_for(r"WARNING: Misconfiguration or echo detected. One side should use --client, the other should "
                        r"use --server\.")


if __name__ == "__main__":
    main()
