"""Nothing stalls without a message: vanished peers, settings that others change, ports in use, dead serial servers."""

import contextlib
import fcntl
import os
import re
import select
import signal
import socket
import struct
import subprocess
import threading
import time

from harness import BINARY, Case, Process, main, until
from tcp import LOCALHOST, Echo, Target, ask, connect, payload, read_exactly

TOLD_WITHIN = 10.0
# On a busy machine a process may run a little later than it should.
LATE = 2.0


class Peers(Case):
    def setUp(self):
        super().setUp()
        self.target = Target(self)
        self.wires, self.server, self.client = self.tunnel(self.target.port)

    def silent_since(self, end, began, mark):
        end.wait_for(r"nothing heard from the other end of \S+ for \d+ s: 1 connection is kept for another \d", after=mark)
        self.assertLess(time.monotonic() - began, TOLD_WITHIN + LATE)

    def test_a_killed_peer_is_told_although_the_connection_is_idle(self):
        self.target.pair(self.server.port)
        mark, began = self.server.mark(), time.monotonic()
        self.kill(self.client)
        self.silent_since(self.server, began, mark)
        self.again(self.client)
        self.server.wait_for(r"link down: the other end was restarted", after=mark)

    def test_a_peer_that_stands_still_is_told_at_growing_intervals_and_when_it_is_back(self):
        near, far = self.target.pair(self.server.port)
        mark, began = self.server.mark(), time.monotonic()
        self.client.signal(signal.SIGSTOP)
        self.silent_since(self.server, began, mark)
        until(lambda: time.monotonic() - began > 30, "half a minute is over")
        told = self.server.text()[mark:].count("nothing heard")
        self.assertIn(told, (2, 3))
        self.client.signal(signal.SIGCONT)
        seconds = int(self.server.wait_for(r"answers again, after (\d+) s", after=mark).group(1))
        self.assertGreaterEqual(seconds, 28)
        near.sendall(b"still there")
        self.assertEqual(read_exactly(far, 11), b"still there")

    def test_an_idle_link_that_is_well_has_nothing_to_say(self):
        self.target.pair(self.server.port)
        for end in (self.server, self.client):
            end.wait_for(r"round trip \S+ ms on \S+, speed ")
        marks = self.server.mark(), self.client.mark()
        time.sleep(12)
        self.assertEqual([end.text()[mark:] for end, mark in zip((self.server, self.client), marks)], ["", ""])

    def test_silence_is_told_after_five_seconds(self):
        self.target.pair(self.server.port)
        mark, began = self.server.mark(), time.monotonic()
        self.client.signal(signal.SIGSTOP)
        self.server.wait_for(r"nothing heard from the other end", after=mark)
        self.assertGreater(time.monotonic() - began, 4.5)
        self.assertLess(time.monotonic() - began, 7 + LATE)
        self.client.signal(signal.SIGCONT)
        self.server.wait_for(r"answers again, after", after=mark)

    def test_a_peer_that_died_before_anything_was_measured_is_told(self):
        self.kill(self.client)
        mark, began = self.server.mark(), time.monotonic()
        with connect(self.server.port):
            self.server.wait_for(r"nothing heard from the other end", after=mark)
        self.assertLess(time.monotonic() - began, TOLD_WITHIN)

    def test_a_dead_peer_is_told_to_clients_that_come_later(self):
        self.server.wait_for("round trip")
        self.kill(self.client)
        mark, began = self.server.mark(), time.monotonic()
        first = connect(self.server.port)
        time.sleep(3)  # from now on, clients have to wait
        first.close()
        waiting = [connect(self.server.port) for _ in range(3)]
        self.server.wait_for(r"nothing heard from the other end of \S+ for \d s", after=mark)
        self.assertLess(time.monotonic() - began, TOLD_WITHIN)
        self.server.wait_for(r"3 clients wait for the link on", after=mark)
        for client in waiting:
            client.close()

    def test_clients_that_wait_are_told_and_few_lines_are_enough(self):
        self.assertEqual(self.client.stop(), 0)
        self.server.wait_for("link down")
        mark = self.server.mark()
        clients = [connect(self.server.port) for _ in range(2)]
        self.server.wait_for(r"2 clients wait for the link on " + re.escape(self.wires.a), after=mark, deadline=10)
        end = time.monotonic() + 12
        while time.monotonic() < end:
            clients.append(connect(self.server.port))
            time.sleep(0.1)
        self.assertLessEqual(self.server.text()[mark:].count("wait for the link"), 5)
        for client in clients:
            client.close()

    def test_no_link_is_told(self):
        mark = self.server.mark()
        self.assertEqual(self.client.stop(), 0)
        self.server.wait_for(r"no link on \S+ for \d s, and nothing has been received: start serialtcp", after=mark,
                             deadline=3 + LATE + 1)


class NobodyYet(Case):
    def test_it_is_told_after_three_seconds_with_the_usual_reasons(self):
        wires = self.cable()
        began = time.monotonic()
        server = self.server_end(wires.a)
        server.wait_for(r"nobody answers on \S+ yet, after [345] s\. Usual reasons: .*does not run.*not crossed.*115200")
        self.assertGreater(time.monotonic() - began, 2.5)
        time.sleep(20)
        self.assertLessEqual(server.text().count("nobody answers"), 3)

    def test_a_slow_line_gets_the_time_that_it_needs(self):
        wires = self.cable("--baud", "300")
        server = self.server_end(wires.a, baud=300)
        server.wait_for(r"nobody answers on \S+ yet, after [678] s")


class Settings(Case):
    """Another program opens the port and changes its settings."""

    CHANGES = {
        "speed": (("1200",), r"speed 1200 instead of 115200"),
        "sane": (("sane",), r"input is converted.*echo on.*lines instead of bytes"),
        "flow control": (("ixon", "ixoff"), r"XON/XOFF on"),
        "stop bits": (("cstopb",), r"other stop bits"),
        "a terminal program": (("9600", "sane", "-echo", "min", "0", "time", "1"), r"speed 9600"),
    }

    def setUp(self):
        super().setUp()
        self.echo = Echo(self)
        self.wires, self.server, self.client = self.tunnel(self.echo.port)

    def stty(self, *settings):
        subprocess.run(["stty", "-F", self.wires.a, *settings], check=True)

    def modes(self):
        return subprocess.run(["stty", "-F", self.wires.a, "-a"], check=True, capture_output=True, text=True).stdout

    def test_what_another_program_has_changed_is_set_again_and_told(self):
        before = self.modes()
        with connect(self.server.port) as connection:
            self.assertEqual(ask(connection, payload(300)), payload(300))
            for name, (settings, told) in self.CHANGES.items():
                with self.subTest(name):
                    mark = self.server.mark()
                    self.stty(*settings)
                    # No end can receive the other any more.
                    self.client.signal(signal.SIGSTOP)
                    connection.sendall(payload(300))
                    self.server.wait_for(rf"another program has changed the settings of {self.wires.a}: .*{told}.*set again",
                                         after=mark, deadline=15)
                    self.assertEqual(self.modes(), before)
                    self.client.signal(signal.SIGCONT)
                    self.assertEqual(read_exactly(connection, 300), payload(300))

    def test_a_line_made_unusable_works_again_by_itself(self):
        with connect(self.server.port) as connection:
            for _ in range(2):
                mark = self.server.mark()
                self.stty("sane", "min", "0")
                connection.settimeout(30)
                self.assertEqual(ask(connection, payload(3000)), payload(3000))
                self.server.wait_for(r"another program has changed the settings", after=mark)

    def test_it_is_set_again_also_while_there_is_no_link(self):
        self.assertEqual(self.client.stop(), 0)
        mark = self.server.mark()
        self.stty("sane", "9600")
        self.server.wait_for(r"another program has changed the settings", after=mark, deadline=15)
        self.client = self.again(self.client)
        self.server.wait_link(after=mark)

    def test_a_port_as_it_should_be_is_left_alone(self):
        mark = self.server.mark()
        self.client.signal(signal.SIGSTOP)
        with connect(self.server.port) as connection:
            connection.sendall(payload(300))
            self.server.wait_for(r"nothing heard", after=mark)
            self.client.signal(signal.SIGCONT)
            self.assertEqual(read_exactly(connection, 300), payload(300))
        self.assertNotIn("settings", self.server.text()[mark:])


class Busy(Case):
    def test_a_port_in_use_is_waited_for(self):
        echo = Echo(self)
        wires = self.cable()
        with open(wires.a, "rb+", buffering=0) as other:
            fcntl.flock(other, fcntl.LOCK_EX)
            server = self.server_end(wires.a)
            server.wait_for(rf"waiting for {wires.a}: in use by another program.*--no-wait")
            self.client_end(echo.port, wires.b)
            result = subprocess.run([BINARY, "--server", "0", "--no-wait", wires.a], capture_output=True, text=True,
                                    check=False, timeout=60)
            self.assertEqual(result.returncode, 1)
            self.assertIn("in use by another program", result.stderr)
        server.wait_for(rf"{wires.a} is available now")
        server.wait_link()
        with connect(server.port) as connection:
            self.assertEqual(ask(connection, payload(1000)), payload(1000))

    def test_two_links_of_one_program_cannot_share_a_port(self):
        wires = self.cable()
        other_name = os.path.join(self.folder, "other-name")
        os.symlink(wires.a, other_name)
        path = os.path.join(self.folder, "links.toml")
        with open(path, "w", encoding="ascii") as file:
            for name in (wires.a, other_name):
                file.write(f'[[link]]\nport = "{name}"\nserver = 0\n')
        strict = subprocess.run([BINARY, "--strict-start", "--config", path], capture_output=True, text=True, check=False, timeout=60)
        self.assertEqual(strict.returncode, 1)
        self.assertIn("another link or shared port of this program uses it", strict.stderr)
        near = self.add(Process("near", [BINARY, "--config", path], self.folder))
        near.wait_for(rf"{wires.a} opened at")
        near.wait_for("another link or shared port of this program uses it.*; trying again in 1 s")


class SerialServer:
    """Passes the bytes of one TCP client on to a device of the cable, like a serial server; can lose its power."""

    def __init__(self, case, device):
        self.device = os.open(device, os.O_RDWR | os.O_NOCTTY)
        subprocess.run(["stty", "-F", device, "raw", "-echo"], check=True)
        self.listener = socket.create_server((LOCALHOST, 0))
        self.port = self.listener.getsockname()[1]
        self.powered = True
        self.dead = []
        self.accepted = 0
        self.running = True
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()
        case.addCleanup(self.stop)

    def stop(self):
        self.running = False
        self.thread.join()
        self.listener.close()
        os.close(self.device)

    @staticmethod
    def received(client):
        """Nothing also for a client that has reset its connection: several may have waited while there was no power."""
        try:
            return client.recv(4096)
        except ConnectionError:
            return b""

    def run(self):
        client = None
        while self.running:
            sources = [self.device, self.listener] if self.powered else []
            if not self.powered and client:
                # The state of its kernel is lost: the peer is not notified, and nothing is read any more.
                self.dead.append(client)
                client = None
            if client:
                sources.append(client)
            for ready in select.select(sources, [], [], 0.02)[0]:
                if ready is self.listener:
                    client = self.listener.accept()[0]
                    self.accepted += 1
                elif ready is client:
                    data = self.received(client)
                    if data:
                        os.write(self.device, data)
                    else:
                        client.close()
                        client = None
                        break
                elif data := os.read(self.device, 4096):
                    if client:
                        with contextlib.suppress(ConnectionError):  # reported again when it is read
                            client.sendall(data)
        for connection in [*self.dead, *([client] if client else [])]:
            connection.close()


class PowerLoss(Case):
    """The serial server behind socket:// vanishes silently, and comes back."""

    BACK_WITHIN = 15.0

    def start(self, *options):
        self.target = Target(self)
        wires = self.cable()
        self.box = SerialServer(self, wires.a)
        self.server = self.server_end(f"socket://{LOCALHOST}:{self.box.port}", *options)
        self.client = self.client_end(self.target.port, wires.b)
        self.server.wait_link()
        self.client.wait_link()


    def test_an_idle_connection_goes_on(self):
        self.start()
        near, far = self.target.pair(self.server.port)
        mark = self.server.mark()
        self.box.powered = False
        self.server.wait_for(r"lost socket://.*connection may be dead", after=mark, deadline=TOLD_WITHIN + 5)
        self.box.powered = True
        began = time.monotonic()
        near.sendall(b"after the power came back")
        self.assertEqual(read_exactly(far, 25), b"after the power came back")
        self.assertLess(time.monotonic() - began, self.BACK_WITHIN)

    def test_the_link_comes_back_after_connections_were_given_up(self):
        self.start("--hold", 3)
        near, _ = self.target.pair(self.server.port)
        mark = self.server.mark()
        self.box.powered = False
        self.server.wait_for(r"link down", after=mark, deadline=40)
        near.settimeout(20)
        with self.assertRaises(ConnectionResetError):
            near.recv(1)
        time.sleep(10)
        mark = self.server.mark()
        self.box.powered = True
        began = time.monotonic()
        self.server.wait_link(after=mark)
        self.assertLess(time.monotonic() - began, self.BACK_WITHIN)

    def test_one_that_was_dead_from_the_start_is_found(self):
        target = Target(self)
        wires = self.cable()
        box = SerialServer(self, wires.a)
        box.powered = False
        server = self.server_end(f"socket://{LOCALHOST}:{box.port}")
        self.client_end(target.port, wires.b)
        time.sleep(15)
        box.powered = True
        began = time.monotonic()
        server.wait_link()
        self.assertLess(time.monotonic() - began, self.BACK_WITHIN)


class OneClientOnly(Case):
    """A serial server that already has a client sends a message, and closes."""

    def setUp(self):
        super().setUp()
        self.listener = socket.create_server((LOCALHOST, 0))
        self.addCleanup(self.listener.close)
        self.times = []
        self.refusing = True
        self.thread = threading.Thread(target=self.refuse, daemon=True)

    def refuse(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.times.append(time.monotonic())
            client.sendall(b"Port already in use\r\n\x1b[31m"[:21])
            if len(self.times) % 2 == 0:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset
            client.close()

    def test_it_is_asked_ever_less_often_and_its_text_is_told(self):
        self.thread.start()
        port = self.listener.getsockname()[1]
        server = self.server_end(f"socket://{LOCALHOST}:{port}")
        server.wait_for(r'lost socket://.* text "Port already in use"')
        time.sleep(25)
        pauses = [after - before for before, after in zip(self.times, self.times[1:])]
        self.assertGreater(pauses[-1], 4)
        # It doubles each time; a busy machine makes one interval longer and the next one shorter.
        self.assertTrue(all(after > 0.7 * before for before, after in zip(pauses, pauses[1:])), pauses)
        self.assertLess(len(self.times), 12)
        self.assertLess(server.text().count("lost socket://"), 5)


if __name__ == "__main__":
    main()
