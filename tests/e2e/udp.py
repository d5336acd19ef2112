"""UDP through the cable: a real name server and real queries, datagrams of every size, floods, and the messages when
something is wrong."""

import os
import shutil
import socket
import subprocess
import threading
import time
import unittest

from harness import BINARY, Process, main
from services import Services
from tcp import Echo, ask, closed_port, connect, payload

LOCALHOST = "127.0.0.1"
FAST = 921600


def free_port(case):
    """A port that is free for UDP, and for TCP, which a name server serves as well."""
    while True:
        port = closed_port(case)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            try:
                sock.bind((LOCALHOST, port))
            except OSError:
                continue
            return port


class UdpEcho:
    """Returns what it receives to its sender."""

    def __init__(self, case):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.socket.bind((LOCALHOST, 0))
        self.port = self.socket.getsockname()[1]
        self.count = 0
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()
        case.addCleanup(self.close)

    def run(self):
        while True:
            try:
                datagram, sender = self.socket.recvfrom(65536)
            except OSError:
                return
            if datagram == b"end of the test":
                return
            self.count += 1
            self.socket.sendto(datagram, sender)

    def close(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.sendto(b"end of the test", (LOCALHOST, self.port))
        self.thread.join()
        self.socket.close()


def exchange(sock, datagram, answers):
    """The answer to a datagram. Lost datagrams are not retransmitted, and on a machine that is stopped for long enough
    a datagram does get lost. So this sends the request again, like any user of UDP, and ignores a repeated answer.
    `answers` has the last answer of each socket."""
    for _ in range(12):
        sock.send(datagram)
        try:
            while True:
                answer = sock.recv(65536)
                if answer != answers.get(sock):
                    answers[sock] = answer
                    return answer
        except TimeoutError:
            pass
    raise AssertionError(f"no answer to a datagram of {len(datagram)} bytes")


class Udp(Services):
    def link(self, near, far, baud=FAST):
        """Both ends, with the link up; the ports that the near one listens on."""
        cable = self.cable()
        self.near = self.end(cable.a, *near, baud=baud)
        self.far = self.end(cable.b, *far, baud=baud)
        self.near.wait_for("link ok")
        self.far.wait_for("link ok")
        return self.near.ports

    def setUp(self):
        super().setUp()
        self.answers = {}

    def client(self, port, timeout=5):
        """A socket that receives only from this port."""
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.addCleanup(sock.close)
        sock.connect((LOCALHOST, port))
        sock.settimeout(timeout)
        return sock

    def exchange(self, sock, datagram):
        return exchange(sock, datagram, self.answers)


class NameServer(Udp):
    @unittest.skipUnless(shutil.which("dnsmasq") and shutil.which("dig"), "no dnsmasq or no dig")
    def test_names_are_looked_up_through_the_cable(self):
        dns = free_port(self)
        server = self.add(Process("dnsmasq", ["dnsmasq", "--keep-in-foreground", "--no-resolv", "--no-hosts", "--conf-file=/dev/null",
                                              "--log-facility=-", f"--port={dns}", f"--listen-address={LOCALHOST}", "--bind-interfaces",
                                              "--pid-file=", "--user=", "--address=/board.test/192.0.2.7",
                                              "--txt-record=long.test," + ",".join(["x" * 200] * 5)], self.folder))
        server.wait_for("started")
        port, = self.link(["--server", "dns=udp:0"], ["--client", f"dns=udp:{LOCALHOST}:{dns}"])
        self.assertEqual(self.dig(port, "board.test"), ["192.0.2.7"])
        self.assertEqual("".join(self.dig(port, "+bufsize=4096", "long.test", "TXT")).count("x"), 1000)
        self.near.wait_for(r"listening on udp:127\.0\.0\.1:\d+ for datagrams of 'dns'")
        self.near.wait_for(r"connection \d+: 'dns' UDP from 127\.0\.0\.1:\d+")
        self.far.wait_for(rf"connection \d+: 'dns' to udp:{LOCALHOST}:{dns}")


    @staticmethod
    def dig(port, *args):
        """The lines of the answer, without dig's messages about a try that it had to repeat."""
        result = subprocess.run(["dig", f"@{LOCALHOST}", "-p", str(port), "+tries=12", "+time=5", "+short", *args],
                                capture_output=True, text=True, check=True)
        return [line for line in result.stdout.splitlines() if not line.startswith(";")]


@unittest.skipUnless(shutil.which("dnsmasq") and shutil.which("curl"), "no dnsmasq or no curl")
class Tftp(Udp):
    """A server that answers from another port, like the TFTP servers that boards boot from."""

    def setUp(self):
        super().setUp()
        self.dns, self.tftp = free_port(self), 69
        root = os.path.join(self.folder, "tftp")
        os.mkdir(root)
        os.chmod(self.folder, 0o755)
        os.chmod(root, 0o755)
        self.content = payload(20_000, 7)
        with open(os.path.join(root, "image"), "wb") as file:
            file.write(self.content)
        os.chmod(file.name, 0o644)

    @unittest.skipUnless(os.geteuid() == 0, "dnsmasq serves TFTP at port 69 only")
    def test_files_are_fetched_one_after_the_other(self):
        server = self.add(Process("dnsmasq", ["dnsmasq", "--keep-in-foreground", "--no-resolv", "--no-hosts", "--conf-file=/dev/null",
                                              "--log-facility=-", f"--port={self.dns}", "--listen-address=127.0.0.3", "--bind-interfaces",
                                              "--pid-file=", "--user=", "--enable-tftp", f"--tftp-root={self.folder}/tftp"],
                                  self.folder))
        server.wait_for("TFTP root")
        port, = self.link(["--server", "udp:0,late=30"], ["--client", "udp:127.0.0.3:69,anyport,late=30"], baud=115200)
        for local in ("", "", "30069"):
            result = subprocess.run(["curl", "-sS", "--noproxy", "*", "--max-time", "60", *(["--local-port", local] if local else []),
                                     f"tftp://{LOCALHOST}:{port}/image"], capture_output=True, check=False)
            self.assertEqual((result.returncode, result.stderr), (0, b""))
            self.assertTrue(result.stdout == self.content)


class Paths(Udp):
    def test_answers_come_from_the_address_that_was_written_to(self):
        echo = UdpEcho(self)
        port, = self.link(["--server", "udp:*:0,late=30"], ["--client", f"udp:{LOCALHOST}:{echo.port},late=30"])
        for family, address in ((socket.AF_INET, LOCALHOST), (socket.AF_INET, "127.0.0.2"), (socket.AF_INET6, "::1")):
            with socket.socket(family, socket.SOCK_DGRAM) as sock:
                sock.connect((address, port))  # so that it receives only from there
                sock.settimeout(5)
                self.assertEqual(self.exchange(sock, address.encode()), address.encode())

    @unittest.skipUnless(os.geteuid() == 0, "to send ICMP takes root")
    def test_a_client_hears_that_nobody_is_at_the_target(self):
        nobody = free_port(self)
        port, = self.link(["--server", "udp:0,late=30"], ["--client", f"udp:{LOCALHOST}:{nobody}"])
        sock = self.client(port, timeout=60)
        sock.send(b"anybody?")
        with self.assertRaises(ConnectionRefusedError):
            sock.recv(100)
        self.far.wait_for("nobody listens there: start the program that does")

    def test_localhost_is_the_family_that_listens(self):
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as six:
            six.bind(("::1", 0))
            six.settimeout(60)
            port, = self.link(["--server", "udp:0,late=30"], ["--client", f"udp:localhost:{six.getsockname()[1]},late=30"])
            sock = self.client(port, timeout=60)
            sock.send(b"hello")
            datagram, sender = six.recvfrom(100)
            self.assertEqual(datagram, b"hello")
            six.sendto(b"six", sender)
            self.assertEqual(sock.recv(100), b"six")


class Datagrams(Udp):
    def test_of_every_size_come_back_whole_to_whom_they_belong(self):
        echo = UdpEcho(self)
        # A machine that stands still for a second is no reason to fail.
        port, = self.link(["--server", "udp:0,late=30"], ["--client", f"udp:localhost:{echo.port},late=30"])
        clients = [self.client(port) for _ in range(3)]
        for size in (0, 1, 96, 97, 512, 1472, 9000, 65507):
            for number, sock in enumerate(clients):
                datagram = payload(size, 10 * size + number)
                self.assertEqual(self.exchange(sock, datagram), datagram)

    def test_a_flood_harms_no_other_connection_and_memory_stays_small(self):
        target, bulk = UdpEcho(self), Echo(self)
        ports = self.link(["--server", "udp:0,late=0.2", "--server", "tcp=0"],
                          ["--client", f"udp:{LOCALHOST}:{target.port}", "--client", f"tcp={LOCALHOST}:{bulk.port}"], baud=115200)
        stop = threading.Event()

        def flood():
            sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(50)]
            number = 0
            while not stop.is_set():
                for sock in sockets:
                    number += 1
                    sock.sendto(bytes(number % 1400), (LOCALHOST, ports[0]))
                time.sleep(0.002)
            for sock in sockets:
                sock.close()

        thread = threading.Thread(target=flood)
        thread.start()
        try:
            with connect(ports[1]) as connection:
                for turn in range(20):
                    began = time.monotonic()
                    self.assertEqual(ask(connection, b"ls\n"), b"ls\n")
                    self.assertLess(time.monotonic() - began, 5)
            self.assert_small(self.near, self.far, bound=60_000_000)
        finally:
            stop.set()
            thread.join()
        self.assertGreater(target.count, 0)
        with connect(ports[1]) as connection:
            self.assertEqual(ask(connection, payload(5000, 1)), payload(5000, 1))

    def test_an_association_ends_when_idle_and_begins_anew(self):
        echo = UdpEcho(self)
        port, = self.link(["--server", "udp:0,idle=0.3"], ["--client", f"udp:{LOCALHOST}:{echo.port}"])
        sock = self.client(port)
        self.assertEqual(self.exchange(sock, b"one"), b"one")
        self.near.wait_for(r"closed after 0\.3 s without a datagram, 1 datagrams sent, 1 received")
        self.far.wait_for(r"closed by the other end, 1 datagrams sent, 1 received")
        self.assertEqual(self.exchange(sock, b"two"), b"two")

    def test_nobody_there_yet_is_no_end(self):
        port_there = free_port(self)
        port, = self.link(["--server", "udp:0,late=30"], ["--client", f"udp:{LOCALHOST}:{port_there}"])
        sock = self.client(port)
        sock.send(b"anybody?")
        self.far.wait_for("to udp:")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as late:
            late.bind((LOCALHOST, port_there))
            late.settimeout(60)
            sock.send(b"and now?")
            datagram, sender = late.recvfrom(100)
            if datagram == b"anybody?":
                datagram, sender = late.recvfrom(100)
            self.assertEqual(datagram, b"and now?")
            late.sendto(b"yes", sender)
            sock.settimeout(60)
            self.assertEqual(sock.recv(100), b"yes")


class Unmatched(Udp):
    def test_udp_here_and_tcp_there_is_said(self):
        port, = self.link(["--server", "dns=udp:0,late=30"], ["--client", f"dns={LOCALHOST}:9"])
        self.client(port).send(b"?")
        self.far.wait_for(r"it is UDP for 'dns', which is no UDP at this end: use the same at both, as in --client dns=udp:HOST:PORT")
        self.near.wait_for("the other end offers no service of this name")

    def test_a_port_that_is_taken_ends_the_program_with_a_message(self):
        cable = self.cable()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
            taken.bind((LOCALHOST, 0))
            end = self.add(Process("taken", [BINARY, "--server", f"udp:{taken.getsockname()[1]}", cable.a], self.folder))
            self.assertEqual(end.wait(), 1)
            self.assertIn(f"Could not listen on udp:localhost:{taken.getsockname()[1]}", end.text())


if __name__ == "__main__":
    main()
