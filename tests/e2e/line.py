"""The line: which end starts first, restarts, wrong wiring, wrong speeds, pulled cables, and the device's own settings."""

import os
import signal
import socket
import subprocess
import termios
import threading

from harness import BINARY, Case, Process, main, until
from tcp import LOCALHOST, Echo, Flow, Target, arrives_as_reset, ask, carry, connect, payload

FAST = 921600
SPEEDS_OF_ALL_KINDS = (9600, 74880, 250000, 3_000_000)


class Starting(Case):
    def setUp(self):
        super().setUp()
        self.echo = Echo(self)
        self.wires = self.cable()

    def assert_works(self, server):
        with connect(server.port) as connection:
            self.assertEqual(ask(connection, payload(1000)), payload(1000))

    def test_the_server_may_start_first(self):
        server = self.server_end(self.wires.a)
        client = self.client_end(self.echo.port, self.wires.b)
        client.wait_link()
        self.assert_works(server)

    def test_the_client_may_start_first(self):
        client = self.client_end(self.echo.port, self.wires.b)
        client.wait_for(r"(?m)^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} ")
        server = self.server_end(self.wires.a)
        server.wait_link()
        self.assert_works(server)

    def test_a_connection_made_before_the_far_end_is_there_is_served_later(self):
        server = self.server_end(self.wires.a)
        with connect(server.port) as early:
            early.sendall(b"early")
            self.client_end(self.echo.port, self.wires.b)
            self.assertEqual(early.recv(5, socket.MSG_WAITALL), b"early")

    def test_any_speed_works(self):
        for baud in SPEEDS_OF_ALL_KINDS:
            with self.subTest(baud=baud):
                server = self.server_end(self.wires.a, baud=baud)
                client = self.client_end(self.echo.port, self.wires.b, baud=baud)
                server.wait_link()
                self.assert_works(server)
                self.assertEqual(client.stop(), 0)
                self.assertEqual(server.stop(), 0)

    def test_parity_and_stop_bits_work(self):
        framing = ("--parity", "e", "--stopbits", "2")
        server = self.server_end(self.wires.a, *framing)
        self.client_end(self.echo.port, self.wires.b, *framing)
        server.wait_link()
        self.assert_works(server)


class Restarts(Case):
    def setUp(self):
        super().setUp()
        self.target = Target(self)
        self.wires, self.server, self.client = self.tunnel(self.target.port, baud=FAST)

    def halfway(self):
        """A connection in the middle of transfers both ways."""
        near, far = self.target.pair(self.server.port)
        carry(Flow(near, far, payload(200_000)), Flow(far, near, payload(200_000)), enough=20_000)
        return near, far

    def assert_serves(self, server):
        near, far = self.target.pair(server.port)
        carry(Flow(near, far, payload(20_000), end=True), Flow(far, near, payload(20_000), end=True))

    def test_a_killed_client_end_comes_back_and_old_connections_are_reset(self):
        near, far = self.halfway()
        before = self.server.mark()
        self.kill(self.client)
        self.again(self.client)
        self.server.wait_link(after=before)
        self.assertTrue(arrives_as_reset(near))
        far.close()
        self.assert_serves(self.server)

    def test_a_killed_server_end_comes_back_and_old_connections_are_reset(self):
        near, far = self.halfway()
        before = self.client.mark()
        self.kill(self.server)
        near.close()
        server = self.again(self.server)
        self.client.wait_link(after=before)
        self.assertTrue(arrives_as_reset(far))
        self.assert_serves(server)

    def test_an_end_that_leaves_in_order_resets_its_connections_at_the_other(self):
        for leaving in ("client", "server"):
            with self.subTest(leaving=leaving):
                near, far = self.halfway()
                end, stays = (self.client, far) if leaving == "server" else (self.server, near)
                before = end.mark()
                self.assertEqual((self.client if leaving == "client" else self.server).stop(), 0)
                self.assertTrue(arrives_as_reset(near if leaving == "client" else far))
                stays.close()
                if leaving == "client":
                    self.client = self.again(self.client)
                else:
                    self.server = self.again(self.server)
                end.wait_link(after=before)
                self.assert_serves(self.server)

    def test_both_killed_at_once_come_back(self):
        self.halfway()
        self.kill(self.server)
        self.kill(self.client)
        self.again(self.client)
        server = self.again(self.server)
        server.wait_link()
        self.assert_serves(server)


class WrongLines(Case):
    ECHO = (r"WARNING: Misconfiguration or echo detected\. One side should use --client, "
            r"the other should use --server\.")

    def setUp(self):
        super().setUp()
        self.echo = Echo(self)

    def assert_recovers(self, server):
        server.wait_link()
        with connect(server.port) as connection:
            self.assertEqual(ask(connection, b"at last"), b"at last")

    def test_a_loopback_plug_is_named(self):
        self.server_end("loop://").wait_for(self.ECHO)
        self.client_end(self.echo.port, "loop://").wait_for(self.ECHO)

    def test_an_echoing_line_is_named_until_it_is_mended(self):
        wires = self.cable()
        wires.command("echo on")
        server = self.server_end(wires.a)
        server.wait_for(self.ECHO)
        wires.command("echo off")
        self.client_end(self.echo.port, wires.b)
        self.assert_recovers(server)

    def test_two_servers_are_named_until_one_is_replaced(self):
        wires = self.cable()
        server, wrong = self.server_end(wires.a), self.server_end(wires.b)
        for end in (server, wrong):
            end.wait_for(self.ECHO + r".*Both ends use only --server")
        self.assertEqual(wrong.stop(), 0)
        self.client_end(self.echo.port, wires.b)
        self.assert_recovers(server)

    def test_two_clients_are_named_until_one_is_replaced(self):
        wires = self.cable()
        wrong, client = self.client_end(self.echo.port, wires.a), self.client_end(self.echo.port, wires.b)
        for end in (client, wrong):
            end.wait_for(self.ECHO + r".*Both ends use only --client")
        self.assertEqual(wrong.stop(), 0)
        self.assert_recovers(self.server_end(wires.a))

    def test_different_speeds_are_named_until_they_agree(self):
        wires = self.cable()
        server = self.server_end(wires.a, baud=115200)
        wrong = self.client_end(self.echo.port, wires.b, baud=38400)
        server.wait_for(r"(speed|baud)")
        wrong.wait_for(r"(speed|baud)")
        self.assertEqual(wrong.stop(), 0)
        self.again(wrong, baud=115200)
        self.assert_recovers(server)

    def test_sync_timeout_ends_with_status_2_and_a_message(self):
        wires = self.cable()
        for mode, what in (("--server", "0"), ("--client", "127.0.0.1:9")):
            result = subprocess.run([BINARY, mode, what, "--sync-timeout", "0.3", wires.a], capture_output=True,
                                    text=True, timeout=60, check=False)
            self.assertEqual(result.returncode, 2)
            self.assertIn(f"unable to connect to remote via {wires.a}", result.stderr)


class Missing(Case):
    """A device, or a program at the other end of socket://, that is not there when the program starts."""

    def setUp(self):
        super().setUp()
        self.echo = Echo(self)

    def test_a_missing_device_is_waited_for_with_a_message_and_its_clients_are_carried(self):
        wires = self.cable()
        wires.command("unplug a")
        server = self.server_end(wires.a)
        server.wait_for(rf"waiting for {wires.a}: no such device: is it plugged in\?.*--no-wait")
        client = self.client_end(self.echo.port, wires.b)
        with connect(server.port) as early:
            early.sendall(b"early")
            wires.command("plug a")
            self.assertEqual(early.recv(5, socket.MSG_WAITALL), b"early")
        server.wait_for(rf"{wires.a} is available now")
        self.assertNotIn("waiting for", client.text())

    def test_the_sync_timeout_counts_while_a_device_is_waited_for(self):
        line = os.path.join(self.folder, "ttyUSB7")
        result = subprocess.run([BINARY, "--server", "0", "--sync-timeout", "0.3", line], capture_output=True,
                                text=True, timeout=60, check=False)
        self.assertEqual(result.returncode, 2)
        self.assertIn(f"unable to connect to remote via {line}", result.stderr)

    def test_waiting_for_a_device_ends_in_order(self):
        server = self.server_end(os.path.join(self.folder, "ttyUSB7"))
        server.wait_for("waiting for")
        self.assertEqual(server.stop(), 0)

    def test_a_device_that_comes_and_cannot_be_opened_is_named_and_waited_for(self):
        line = os.path.join(self.folder, "ttyUSB7")
        server = self.server_end(line)
        server.wait_for("waiting for")
        os.mkdir(line)
        server.wait_for(rf"still waiting for {line}: it is a directory")
        os.rmdir(line)
        wires = self.cable()
        self.client_end(self.echo.port, wires.b)
        os.symlink(wires.a, line)
        server.wait_link()

    def test_a_socket_that_nobody_listens_on_is_waited_for(self):
        relay = Relay(self)
        with socket.socket() as keeper:
            keeper.bind((LOCALHOST, 0))
            port = keeper.getsockname()[1]
            server = self.server_end(f"socket://{LOCALHOST}:{port}")
            server.wait_for("waiting for socket://.*nothing listens there")
            keeper.listen()
            relay.ends[0] = Acceptor(keeper)
            self.client_end(self.echo.port, relay.addresses[1])
            relay.join()
            server.wait_link()


class Unplugging(Case):
    OPTIONS = ()

    def setUp(self):
        super().setUp()
        self.target = Target(self)
        self.wires, self.server, self.client = self.tunnel(self.target.port, baud=FAST, options=self.OPTIONS)
        near, far = self.target.pair(self.server.port)
        self.flows = Flow(near, far, payload(150_000, 1), end=True), Flow(far, near, payload(150_000, 2), end=True)
        carry(*self.flows, enough=30_000)

    def test_connections_survive_a_pulled_device(self):
        for side, end in (("a", self.server), ("b", self.client)):
            before = end.mark()
            self.wires.command(f"unplug {side}")
            end.wait_for(r"(?i)(gone|vanished|disappeared|unplugged|lost)", after=before)
            before = end.mark()
            self.wires.command(f"plug {side}")
            end.wait_for(r"(?i)(back|again|reopened)", after=before)
            carry(*self.flows, enough=len(self.flows[0].arrived) + 30_000)
        carry(*self.flows)

    def test_connections_survive_a_cut_wire(self):
        self.wires.command("cut")
        self.assertRaises(AssertionError, carry, *self.flows, deadline=3)
        self.wires.command("join")
        carry(*self.flows)

    def test_both_devices_pulled_at_once_come_back(self):
        self.wires.command("unplug both")
        self.wires.command("plug both")
        carry(*self.flows)


    def test_new_clients_are_let_in_while_the_device_is_away_and_carried_when_it_is_back(self):
        before = self.server.mark()
        self.wires.command("unplug a")
        self.server.wait_for(r"lost .*connections continue if it returns within 300 s", after=before)
        with connect(self.server.port) as new:
            new.sendall(b"hello")
            self.wires.command("plug a")
            with self.target.accept() as far:
                self.assertEqual(far.recv(5, socket.MSG_WAITALL), b"hello")
        carry(*self.flows)

    def test_a_device_is_found_again_under_another_name_behind_the_same_link(self):
        self.assertEqual(self.server.stop(), 0)
        link = os.path.join(self.folder, "usb-FTDI-port0")
        os.symlink(self.wires.a, link)
        server = self.server_end(link, baud=FAST)
        near, far = self.target.pair(server.port)
        flows = Flow(near, far, payload(150_000, 3), end=True), Flow(far, near, payload(150_000, 4), end=True)
        carry(*flows, enough=30_000)
        before = server.mark()
        self.wires.command("unplug a")
        server.wait_for("lost", after=before)
        os.remove(link)
        self.wires.command("plug a")
        new = os.path.join(self.folder, "ttyUSB1")
        os.symlink(os.path.realpath(self.wires.a), new)
        os.symlink(new, link)
        carry(*flows)


class HoldingNothing(Case):
    OPTIONS = ("--hold", "0")

    def test_a_pulled_device_resets_at_once_and_the_next_connection_is_served(self):
        target = Target(self)
        wires, server, _ = self.tunnel(target.port, baud=FAST, options=self.OPTIONS)
        near, far = target.pair(server.port)
        before = server.mark()
        wires.command("unplug a")
        server.wait_for("lost .*connections are reset", after=before)
        self.assertTrue(arrives_as_reset(near))
        wires.command("plug a")
        self.assertTrue(arrives_as_reset(far))
        near, far = target.pair(server.port)
        carry(Flow(near, far, payload(20_000), end=True), Flow(far, near, payload(20_000), end=True))

    def test_a_silent_line_resets_as_soon_as_that_is_certain(self):
        target = Target(self)
        wires, server, _ = self.tunnel(target.port, baud=FAST, options=self.OPTIONS)
        near, _ = target.pair(server.port)
        wires.command("cut")
        near.sendall(b"is anybody there?")
        self.assertTrue(arrives_as_reset(near))


class Device(Case):
    def test_the_settings_are_put_back_on_exit(self):
        wires = self.cable()
        holder = os.open(wires.a, os.O_RDWR | os.O_NOCTTY)
        self.addCleanup(os.close, holder)
        settings = termios.tcgetattr(holder)
        settings[0] |= termios.IXON | termios.ICRNL
        settings[3] |= termios.ICANON | termios.ECHO
        settings[4] = settings[5] = termios.B19200
        termios.tcsetattr(holder, termios.TCSANOW, settings)
        before = termios.tcgetattr(holder)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            with self.subTest(signal=number.name):
                end = self.server_end(wires.a, baud=74880)
                until(lambda: termios.tcgetattr(holder) != before, "the port is set up")
                end.signal(number)
                self.assertEqual(end.wait(), 0)
                self.assertEqual(termios.tcgetattr(holder), before)

    def test_a_second_copy_is_refused(self):
        wires = self.cable()
        self.server_end(wires.a)
        result = subprocess.run([BINARY, "--server", "0", "--no-wait", wires.a], capture_output=True, text=True,
                                timeout=60, check=False)
        self.assertEqual(result.returncode, 1)
        self.assertRegex(result.stderr, rf"(?m)^.*Could not open serial port {wires.a}: .*in use.*$")


class Acceptor:
    """A listening socket as one of the ends of a Relay."""

    def __init__(self, listener):
        self.listener = listener

    def accept(self):
        return self.listener.accept()[0]


class Relay:
    """Connects two connections, like a network cable between two terminal servers; break_off() drops both. `ends`
    accept() the connections, and `addresses` are the lines that connect to them."""

    def __init__(self, case, ends=(), addresses=()):
        self.ends = list(ends) or [Target(case), Target(case)]
        self.addresses = list(addresses) or [f"socket://{LOCALHOST}:{end.port}" for end in self.ends]
        self.sockets = []
        self.case = case

    def join(self):
        self.sockets = [end.accept() for end in self.ends]
        for source, sink in (self.sockets, self.sockets[::-1]):
            threading.Thread(target=self.pass_on, args=(source, sink), daemon=True).start()

    @staticmethod
    def pass_on(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
        except OSError:
            pass

    def break_off(self):
        for one in self.sockets:
            one.shutdown(socket.SHUT_RDWR)
            one.close()


class UnixAcceptor(Acceptor):
    """A unix socket as a virtual machine makes one for its serial port."""

    def __init__(self, case, path):
        listener = socket.socket(socket.AF_UNIX)
        case.addCleanup(listener.close)
        listener.bind(path)
        listener.listen(1)
        super().__init__(listener)


class SocketLine(Case):
    def test_a_tcp_connection_as_the_line_carries_and_comes_back(self):
        self.carries_and_comes_back(Relay(self))

    def test_a_unix_socket_as_the_line_carries_and_comes_back(self):
        paths = [os.path.join(self.folder, name) for name in ("one.sock", "other.sock")]
        self.carries_and_comes_back(Relay(self, [UnixAcceptor(self, path) for path in paths], [f"unix:{path}" for path in paths]))

    def test_a_unix_socket_that_is_not_there_is_waited_for(self):
        echo = Echo(self)
        paths = [os.path.join(self.folder, name) for name in ("one.sock", "other.sock")]
        server = self.server_end(f"unix:{paths[0]}")
        far = self.client_end(echo.port, f"unix:{paths[1]}")
        server.wait_for("waiting for unix:.*there is no such socket: is the virtual machine")
        self.add(Process("socat", ["socat", *(f"UNIX-LISTEN:{path}" for path in paths)], self.folder))
        server.wait_link()
        with connect(server.port) as client:
            self.assertEqual(ask(client, b"through socat"), b"through socat")
        for end in (server, far):  # before the line goes
            self.assertEqual(end.stop(), 0)

    def carries_and_comes_back(self, relay):
        target = Target(self)
        server = self.server_end(relay.addresses[0])
        other = self.client_end(target.port, relay.addresses[1])
        relay.join()
        server.wait_link()
        near, far = target.pair(server.port)
        flows = Flow(near, far, payload(80_000, 1), end=True), Flow(far, near, payload(80_000, 2), end=True)
        carry(*flows, enough=20_000)
        relay.break_off()
        relay.join()
        carry(*flows)
        for end in (server, other):  # before the line goes
            self.assertEqual(end.stop(), 0)


if __name__ == "__main__":
    main()
