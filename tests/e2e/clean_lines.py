"""Lines that eat, change or answer bytes: terminals between the ends in their modes, and real programs that have one."""

import os
import pty
import random
import select
import shlex
import shutil
import socket
import subprocess
import termios
import threading
import time
import unittest

from harness import BINARY, Case, main
from real_programs import SshCase
from tcp import LOCALHOST, Echo, closed_port, connect, read_exactly

MEGABYTE = 1_000_000
LINK_WITHIN = 4.0
# Of a busy machine, for starting programs.
STARTING = 6.0

MODES = {
    "ixon": {"iflag": termios.IXON},
    "icrnl": {"iflag": termios.ICRNL},
    "istrip": {"iflag": termios.ISTRIP},
    "echo": {"lflag": termios.ECHO | termios.ECHOCTL},
    "onlcr": {"oflag": termios.OPOST | termios.ONLCR},
    "together": {"iflag": termios.IXON | termios.ICRNL | termios.ISTRIP, "oflag": termios.OPOST | termios.ONLCR,
                 "lflag": termios.ECHO | termios.ECHOCTL},
}
SANE = {**MODES["together"], "lflag": termios.ECHO | termios.ECHOCTL | termios.ICANON | termios.ISIG | termios.IEXTEN}


def has_telnetd():
    if not shutil.which("busybox"):
        return False
    return "telnetd" in subprocess.run(["busybox", "--list"], capture_output=True, text=True, check=False).stdout.split()


class Terminal(threading.Thread):
    """A terminal in these modes, between two unix sockets: end A types, end B is the program at it."""

    def __init__(self, case, iflag=0, oflag=0, lflag=0):
        super().__init__(daemon=True)
        self.paths = [os.path.join(case.folder, f"{name}.sock") for name in "ab"]
        self.listeners = []
        for path in self.paths:
            listener = socket.socket(socket.AF_UNIX)
            listener.bind(path)
            listener.listen()
            case.addCleanup(os.unlink, path)
            case.addCleanup(listener.close)
            self.listeners.append(listener)
        master, slave = pty.openpty()
        modes = termios.tcgetattr(slave)
        modes[0:4] = [iflag, oflag, modes[2], lflag]
        termios.tcsetattr(slave, termios.TCSANOW, modes)
        self.ends = [master, slave]
        for fd in self.ends:
            os.set_blocking(fd, False)
        self.stopping = False
        case.addCleanup(self.stop)
        self.start()

    def stop(self):
        self.stopping = True
        self.join()
        for fd in self.ends:
            os.close(fd)

    def run(self):
        sides = []
        for listener, fd in zip(self.listeners, self.ends):
            connection, _ = listener.accept()
            connection.setblocking(False)
            sides.append((connection.fileno(), fd, connection))
        pairs = [(a, b) for one, other, _ in sides for a, b in ((one, other), (other, one))]
        waiting = {pair: b"" for pair in pairs}
        while not self.stopping:
            readable = [a for a, b in pairs if not waiting[a, b]]
            writable = [b for a, b in pairs if waiting[a, b]]
            readable, writable, _ = select.select(readable, writable, [], 0.05)
            for a, b in pairs:
                try:
                    if a in readable and not waiting[a, b]:
                        waiting[a, b] = os.read(a, 1024)
                    if waiting[a, b]:
                        waiting[a, b] = waiting[a, b][os.write(b, waiting[a, b]):]
                except BlockingIOError:
                    pass
                except OSError:
                    return


class CleanCase(Case):
    def setUp(self):
        super().setUp()
        self.echo = Echo(self)

    def carry(self, server, count):
        """Random bytes there and back."""
        data = random.Random(count).randbytes(count)
        with connect(server.port) as client:
            sender = threading.Thread(target=client.sendall, args=(data,))
            sender.start()
            self.assertTrue(read_exactly(client, count) == data, "the bytes differ")
            sender.join()


class Terminals(CleanCase):
    def link(self, modes, *options):
        terminal = Terminal(self, **modes)
        begin = time.monotonic()
        client = self.client_end(self.echo.port, f"unix:{terminal.paths[1]}", *options)
        server = self.server_end(f"unix:{terminal.paths[0]}", *options)
        server.wait_link()
        self.assertLess(time.monotonic() - begin, LINK_WITHIN + STARTING)
        return server, client

    def key(self):
        path = os.path.join(self.folder, "key")
        subprocess.run([BINARY, "keygen", path], check=True, stdout=subprocess.DEVNULL)
        return path

    def check(self, name, *options):
        server, _ = self.link(MODES[name], *options)
        self.carry(server, MEGABYTE)
        return server

    def test_software_flow_control_if_told(self):
        self.check("ixon", "--clean", "escape")

    def test_software_flow_control(self):
        self.check("ixon").wait_for(r"2 of 256 are escaped")

    def test_all_together(self):
        server, _ = self.link(MODES["together"])
        self.carry(server, 100_000)

    def test_ends_of_lines_of_input(self):
        self.check("icrnl")

    def test_ends_of_lines_of_output(self):
        self.check("onlcr")

    def test_seven_bits(self):
        self.check("istrip").wait_for(r"printable characters only")

    def test_echo(self):
        self.check("echo")

    def test_all_together_if_told(self):
        server, _ = self.link(MODES["together"], "--clean", "7bit")
        self.carry(server, 100_000)

    def test_all_together_sealed_if_told(self):
        server, _ = self.link(MODES["together"], "--clean", "7bit", "--key", self.key())
        self.carry(server, 100_000)

    def test_whole_lines_if_told(self):
        server, _ = self.link(SANE, "--clean", "7bit")
        self.carry(server, 100_000)

    def test_a_clean_line_has_no_coding(self):
        server, client = self.link({})
        self.carry(server, MEGABYTE)
        for end in (server, client):
            self.assertNotRegex(end.text(), r"escaped|printable")


class EmulatedLines(CleanCase):
    """The same model as in the simulation (sim/terminal), in real time."""

    def check(self, *options, says=None, count=20_000):
        cable = self.cable(*options, "--baud", "115200")
        client = self.client_end(self.echo.port, cable.b)
        server = self.server_end(cable.a)
        server.wait_link()
        self.carry(server, count)
        if says:
            server.wait_for(says)
        for end in (server, client):
            self.assertEqual(end.stop(), 0)

    def test_eaten_bytes(self):
        self.check("--eat", "00,01", says=r"2 of 256 are escaped")

    def test_mapped_bytes(self):
        self.check("--map", "0d:0a", says=r"of 256 are escaped")

    def test_seven_bits(self):
        self.check("--strip8", says=r"printable characters only")

    def test_software_flow_control(self):
        """Where both ends are stopped by XOFF, neither XON leaves: the values are avoided from the start."""
        cable = self.cable("--xonxoff", "--baud", "115200")
        self.client_end(self.echo.port, cable.b, "--clean", "escape")
        server = self.server_end(cable.a, "--clean", "escape")
        server.wait_link()
        self.carry(server, 20_000)

    def test_a_cooked_terminal(self):
        self.check("--cooked", says=r"printable characters only", count=2000)

    def test_an_echo(self):
        self.check("--echo", count=2000)


class Programs(CleanCase, SshCase):
    def far(self):
        return shlex.join([BINARY, "-c", f"{LOCALHOST}:{self.echo.port}", "-"])

    def check(self, line, count=200_000):
        server = self.server_end(line)
        server.wait_link()
        self.carry(server, count)
        self.assertEqual(server.stop(), 0)

    def test_ssh_with_a_terminal(self):
        self.start_sshd()
        ssh = self.ssh_args(str(self.sshd_port), "-tt", "-e", "none", self.host, self.far())
        self.check("exec:" + shlex.join(ssh))

    def test_ssh_with_a_terminal_and_its_escape_character(self):
        """Newline, tilde, dot would end it; each value is typed, and the bytes are sent as they are."""
        self.start_sshd()
        ssh = self.ssh_args(str(self.sshd_port), "-tt", self.host, self.far())
        server = self.server_end("exec:" + shlex.join(ssh), "--no-compression")
        server.wait_link()
        data = b"".join(b"\n~.\r~.\r\n~~\n~?%d" % number for number in range(5000))
        with connect(server.port) as client:
            sender = threading.Thread(target=client.sendall, args=(data,))
            sender.start()
            self.assertTrue(read_exactly(client, len(data)) == data, "the bytes differ")
            sender.join()
        self.carry(server, 200_000)
        self.assertNotRegex(server.text(), r"lost|ended")
        self.assertEqual(server.stop(), 0)

    def test_setsid(self):
        self.check(f"exec:setsid sh -c {shlex.quote(self.far())}")

    @unittest.skipUnless(shutil.which("script"), "script is not installed")
    def test_script(self):
        self.check(f"exec,pty:script -qfc {shlex.quote(self.far())} /dev/null")

    @unittest.skipUnless(has_telnetd(), "this busybox has no telnetd")
    def test_telnetd(self):
        port = closed_port(self)
        login = os.path.join(self.folder, "login")
        with open(login, "w", encoding="ascii") as file:
            os.fchmod(file.fileno(), 0o700)
            file.write(f"#!/bin/sh\nexec {self.far()}\n")
        self.start_service("telnetd", port, ["busybox", "telnetd", "-F", "-b", f"{LOCALHOST}:{port}", "-l", login])
        self.check(f"telnet://{LOCALHOST}:{port}")


if __name__ == "__main__":
    main()
