#!/usr/bin/env python3
"""serialtcp share: a pty as a place for clients, the log of what the port receives, resets, and the place of pyserial's
tcp_serial_redirect.py."""

import contextlib
import os
import re
import resource
import select
import shutil
import signal
import socket
import subprocess
import termios
import threading
import time
import tty
import unittest

from harness import BINARY, DEADLINE, Process, main, until
from real_programs import SEARCH
from share_rig import AWKWARD, Device, Share, ShareCase, raw
from tcp import LOCALHOST, closed_port, payload, read_exactly

try:
    import serial
except ImportError:
    serial = None

TIO = shutil.which("tio", path=SEARCH)
PICOCOM = shutil.which("picocom", path=SEARCH)
MINICOM = shutil.which("minicom", path=SEARCH)


def open_pty(case, path):
    """As a program that uses a serial port."""
    fd = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)

    def close():
        with contextlib.suppress(OSError):
            os.close(fd)
    case.addCleanup(close)
    return fd


def read_some(fd, count):
    data = b""
    deadline = time.monotonic() + DEADLINE
    while len(data) < count:
        if select.select([fd], [], [], 0.2)[0]:
            data += os.read(fd, count - len(data))
        assert time.monotonic() < deadline, data
    return data


def write_all(fd, data):
    while data:
        select.select([], [fd], [])
        with contextlib.suppress(BlockingIOError):
            data = data[os.write(fd, data):]


class Pty(ShareCase):
    def with_pty(self, *options, cable=("--baud", "0")):
        path = self.path("board")
        share, device = self.share("--pty", path, *options, cable=cable)
        self.assertTrue(os.path.islink(path))
        return share, device, path

    def speed(self):
        return int(re.search(r"speed (\d+) baud", self.run_program("stty", "-F", self.line.a).stdout)[1])

    def test_bytes_go_both_ways_again_and_again(self):
        share, device, path = self.with_pty()
        for turn in range(3):
            fd = open_pty(self, path)
            data = AWKWARD + payload(20_000)
            write_all(fd, data[:3000])
            self.assertEqual(device.read(3000), data[:3000])
            device.write(data[:3000])
            self.assertEqual(read_some(fd, 3000), data[:3000], turn)
            os.close(fd)
            share.wait_for(f"connection {turn + 1}: closed")
        share.signal(signal.SIGTERM)
        self.assertEqual(share.wait(), 0)
        self.assertFalse(os.path.lexists(path), "the link is removed")

    def test_what_a_program_wrote_that_has_closed_it_already_arrives(self):
        _, device, path = self.with_pty()
        for text in ("one\n", "two\n"):
            self.assert_ran(self.run_program("sh", "-c", f"printf '{text}' > {path}"))
            self.assertEqual(device.read(len(text)), text.encode())

    def test_its_settings_are_those_of_the_port(self):
        _, _, path = self.with_pty()
        for speed, code in ((9600, termios.B9600), (57600, termios.B57600), (1200, termios.B1200)):
            fd = open_pty(self, path)
            modes = termios.tcgetattr(fd)
            tty.setraw(fd)
            modes[2] |= termios.CSTOPB
            modes[3] = 0  # as most programs do: this ends the kernel's notices until they are asked for again
            modes[4] = modes[5] = code
            termios.tcsetattr(fd, termios.TCSANOW, modes)
            until(lambda s=speed: self.speed() == s, f"{speed} baud")
            self.assertIn(" cstopb", self.run_program("stty", "-a", "-F", self.line.a).stdout)
            os.close(fd)
        # Its status counts for nothing: it also compares EXTPROC, which share sets at that moment.
        self.run_program("stty", "-F", path, "38400")
        until(lambda: self.speed() == 38400, "a program that only sets it, and leaves")
        self.assertIn("speed 38400", self.run_program("stty", "-F", path).stdout)

    def test_programs_find_what_others_have_set(self):
        share, _, path = self.with_pty("--rfc2217", "0")
        client = self.telnet(share.ports[0], agrees=(0, 1, 3, 44))
        client.send_sub(1, 0, 0, 0x25, 0x80)
        self.assertEqual(client.sub(101), b"\0\0\x25\x80")
        self.assertIn("speed 9600", self.run_program("stty", "-F", path).stdout)
        self.run_program("stty", "-F", path, "19200")
        # A program that opens it at once may be sooner than share.
        until(lambda: "speed 9600" in self.run_program("stty", "-F", path).stdout, "another one has the port: its speed")

    def test_a_slow_reader_loses_only_its_own_bytes(self):
        share, device, path = self.with_pty(*raw(), cable=("--baud", "921600"))
        slow = open_pty(self, path)
        tty.setraw(slow)
        share.wait_for("connection 1: from")
        client = self.client(share.ports[0])
        data = payload(800_000)
        got = []

        def read():
            got.append(read_exactly(client, len(data)))
        thread = threading.Thread(target=read)
        thread.start()
        device.write(data)
        thread.join()
        self.assertEqual(got[0] == data, True)
        read_so_far = b""
        while b"bytes lost]" not in read_so_far:
            self.assertTrue(select.select([slow], [], [], DEADLINE)[0], "the mark")
            read_so_far += os.read(slow, 65536)
        share.wait_for("it read too slowly")

    def test_input_that_a_program_drops_is_dropped_in_the_middle_too(self):
        share, device, path = self.with_pty()
        fd = open_pty(self, path)
        tty.setraw(fd)
        share.wait_for("connection 1: from")
        sent, last = payload(50_000), b"the last that was sent"
        device.write(sent)
        until(lambda: select.select([fd], [], [], 0)[0], "something has arrived")
        time.sleep(0.3)
        termios.tcflush(fd, termios.TCIFLUSH)
        time.sleep(0.3)
        termios.tcflush(fd, termios.TCIFLUSH)
        # What comes at that moment may be dropped, too; how much has come by then depends on the machine.
        came = b""

        def arrives():
            nonlocal came
            device.write(last)
            while select.select([fd], [], [], 0.3)[0]:
                came += os.read(fd, 65536)
            return came.endswith(last)

        until(arrives, "what is sent later arrives")
        self.assertLess(len(came.replace(last, b"")), len(sent))

    def test_a_path_that_is_taken_is_an_error(self):
        self.write("board", "mine")
        result = self.run_program(BINARY, "share", self.path("ttyX"), "--pty", self.path("board"))
        self.assertEqual(result.returncode, 1)
        self.assertIn("something that is not a symbolic link is there", result.stderr)
        with open(self.path("board")) as file:
            self.assertEqual(file.read(), "mine")

    def test_one_after_the_other_at_once_can_each_set_it(self):
        _, device, path = self.with_pty()
        for turn in range(20):
            speed = 9600 if turn % 2 else 19200
            fd = open_pty(self, path)
            tty.setraw(fd)
            modes = termios.tcgetattr(fd)
            modes[4] = modes[5] = getattr(termios, f"B{speed}")
            termios.tcsetattr(fd, termios.TCSANOW, modes)
            os.write(fd, b"x")
            self.assertEqual(device.read(1), b"x")
            until(lambda s=speed: self.speed() == s, f"{speed} baud, turn {turn}")
            os.close(fd)

    @unittest.skipUnless(serial, "needs python3-serial")
    def test_pyserial(self):
        _, device, path = self.with_pty()
        for baud in (9600, 115200):
            with serial.Serial(path, baud, timeout=DEADLINE) as port:
                until(lambda b=baud: self.speed() == b, f"{baud}")
                port.reset_input_buffer()
                port.write(AWKWARD[:2000])
                self.assertEqual(device.read(2000), AWKWARD[:2000])
                device.write(AWKWARD[:2000])
                self.assertEqual(port.read(2000), AWKWARD[:2000])

    def terminal(self, *words):
        """A terminal program, in a terminal of its own: what it shows, and what is typed."""
        master, slave = os.openpty()
        process = subprocess.Popen(words, stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
                                   env=dict(os.environ, TERM="vt100", HOME=self.folder))
        os.close(slave)

        def end():
            with contextlib.suppress(OSError):
                process.kill()
            process.wait()
            os.close(master)
        self.addCleanup(end)
        return master

    def talk(self, *words):
        _, device, path = self.with_pty()
        master = self.terminal(*words, path)
        until(lambda: self.speed() == 19200, "the speed of the program")
        device.write(b"from the board")
        shown = b""
        while b"from the board" not in shown:
            self.assertTrue(select.select([master], [], [], DEADLINE)[0], shown)
            shown += os.read(master, 4096)
        os.write(master, b"typed")
        self.assertEqual(device.read(5), b"typed")

    @unittest.skipUnless(TIO, "needs tio")
    def test_tio(self):
        self.talk(TIO, "-b", "19200")

    @unittest.skipUnless(PICOCOM, "needs picocom")
    def test_picocom(self):
        self.talk(PICOCOM, "-b", "19200")

    @unittest.skipUnless(MINICOM, "needs minicom")
    def test_minicom(self):
        self.talk(MINICOM, "-b", "19200", "-o", "-D")


class PortLog(ShareCase):
    def text(self, name="log"):
        with contextlib.suppress(FileNotFoundError), open(self.path(name), "rb") as file:
            return file.read()
        return b""

    def test_it_is_what_the_port_receives(self):
        self.write("log", "before ")
        _, device = self.share(*raw(), "--log", self.path("log"))
        device.write(AWKWARD)
        until(lambda: self.text() == b"before " + AWKWARD, "the log")

    def test_times_and_what_is_written(self):
        share, device = self.share(*raw(), "--log", self.path("log"), "--log-written", "--timestamp")
        client = self.client(share.ports[0])
        device.write(b"login: ")
        self.assertEqual(read_exactly(client, 7), b"login: ")
        client.sendall(b"root\n")
        device.read(5)
        device.write(b"Password: ")
        until(lambda: b"Password" in self.text(), "the log")
        when = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}"
        self.assertRegex(self.text().decode(), f"^{when} < login: \n{when} > root\n{when} < Password: $")

    def test_it_is_renamed_before_it_is_large(self):
        share, device = self.share(*raw(), "--log", self.path("log"), "--log-size", "10k", "--log-count", "2")
        client = self.client(share.ports[0])
        data = payload(100_000)
        device.write(data)
        read_exactly(client, len(data))
        files = sorted(name for name in os.listdir(self.folder) if name.startswith("log") and "." in name or name == "log")
        self.assertEqual(files, ["log", "log.1", "log.2"])
        kept = self.text("log.2") + self.text("log.1") + self.text()
        self.assertTrue(data.endswith(kept))
        for name in files:
            self.assertLessEqual(len(self.text(name)), 10240)

    def test_it_is_opened_again_at_sighup(self):
        share, device = self.share(*raw(), "--log", self.path("log"))
        device.write(b"one")
        until(lambda: self.text() == b"one", "the log")
        os.rename(self.path("log"), self.path("log.old"))
        share.signal(signal.SIGHUP)
        until(lambda: os.path.exists(self.path("log")), "another file")
        device.write(b"two")
        until(lambda: self.text() == b"two", "the log")
        self.assertEqual(self.text("log.old"), b"one")

    def test_a_full_disk_delays_nobody(self):
        share, device = self.share(*raw(), "--log", "/dev/full")
        client = self.client(share.ports[0])
        device.write(payload(50_000))
        self.assertEqual(read_exactly(client, 50_000), payload(50_000))
        share.wait_for("nothing is written to /dev/full until there is room")
        self.assertEqual(share.text().count("/dev/full until"), 1)

    def test_what_did_not_fit_is_marked_when_there_is_room_again(self):
        share, device = self.share(*raw(), "--log", self.path("log"))
        client = self.client(share.ports[0])
        resource.prlimit(share.popen.pid, resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))
        device.write(b"x" * 3000)
        read_exactly(client, 3000)
        device.write(b"y")
        read_exactly(client, 1)
        share.wait_for("until there is room")
        resource.prlimit(share.popen.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        device.write(b"room")
        until(lambda: self.text().endswith(b"room"), "the log")
        self.assertRegex(self.text(), rb"^x{1000}\n\[serialtcp: 2001 bytes lost\]\nroom$")

    def test_mistakes_are_told(self):
        for words, says in ((["--log", self.folder], "is a directory"), (["--timestamp"], "there is no --log"),
                            (["--log", "x", "--log-size", "7"], "not a size"), (["--reset-on", "start"], "there is no --reset"),
                            (["--reset", "D3"], "is no step of a reset")):
            result = self.run_program(BINARY, "share", self.path("ttyX"), *raw(), *words)
            self.assertNotEqual(result.returncode, 0)
            self.assertIn(says, result.stderr)


class Reset(ShareCase):
    STEPS = ("--reset", "D0R1 W100 R0 W50")

    def test_a_break_of_a_client_asks_for_it_and_what_it_writes_waits(self):
        share, device = self.share("--telnet", "0", "--rfc2217", "0", *self.STEPS)
        client = self.telnet(share.ports[0])
        client.socket.sendall(b"\xff\xf3")
        share.wait_for("reset of the board: a client asked for it")
        client.send(b"after")
        self.assertTrue(device.nothing_arrives(0.05))
        self.assertEqual(device.read(5), b"after")
        client.close()
        share.wait_for("connection 1: closed")
        setter = self.telnet(share.ports[1], agrees=(0, 1, 3, 44))
        setter.send_sub(5, 5)
        until(lambda: share.text().count("reset of the board") == 2, "another reset")

    def test_1200_baud_on_a_pty_asks_for_it(self):
        share, _ = self.share("--pty", self.path("board"), *self.STEPS)
        self.run_program("stty", "-F", self.path("board"), "1200")
        share.wait_for("reset of the board: a program on the pty chose 1200 baud")
        self.assertIn("speed 115200", self.run_program("stty", "-F", self.line.a).stdout)

    def test_at_the_start_and_for_the_first_client(self):
        share, _ = self.share(*raw(), *self.STEPS, "--reset-on", "start")
        share.wait_for("reset of the board: the port was opened")
        time.sleep(0.2)  # until its end
        self.client(share.ports[0])
        share.wait_for("reset of the board: a client has connected")
        self.client(share.ports[0])
        share.wait_for("connection 2: from")
        self.assertEqual(share.text().count("a client has connected"), 1)


class Status(ShareCase):
    def test_a_shared_port_of_the_command_line_is_shown(self):
        share, device = self.share(*raw(), "--pty", self.path("board"))
        client = self.client(share.ports[0])
        client.sendall(b"hello")
        device.read(5)
        device.write(b"x" * 3000)
        read_exactly(client, 3000)
        result = self.run_program(BINARY, "status", self.line.a)
        self.assert_ran(result)
        for text in (f"{self.line.a}: open", "115200 8N1, shared", "written 5 B", f"listening 127.0.0.1:{share.ports[0]}",
                     f"pty:{self.path('board')} (pty)", "clients   1, 127.0.0.1"):
            self.assertIn(text, result.stdout)


class Redirect(ShareCase):
    """As pyserial's example tcp_serial_redirect.py, by a link of that name."""

    def redirect(self, *options):
        self.line = self.cable("--baud", "0")
        os.symlink(BINARY, self.path("tcp_serial_redirect.py"))
        process = self.add(Process("redirect", [self.path("tcp_serial_redirect.py"), self.line.a, *options], self.folder))
        if "-q" not in options:
            process.wait_for("opened at")
        return process, Device(self, self.line.b)

    def speed_of(self, path):
        return int(re.search(r"speed (\d+) baud", self.run_program("stty", "-F", path).stdout)[1])

    def test_its_defaults(self):
        redirect, device = self.redirect()
        redirect.wait_for("opened at 9600 8N1")
        self.assertIn("listening on 0.0.0.0:7777", redirect.text())
        self.assertIn("every host that can reach this machine", redirect.text())
        client = self.client(7777)
        client.sendall(AWKWARD)
        self.assertEqual(device.read(len(AWKWARD)), AWKWARD)

    def test_one_client_after_the_other(self):
        port = closed_port(self)
        redirect, device = self.redirect("115200", "-P", str(port), "--parity", "e", "--rts", "0", "--dtr", "1")
        redirect.wait_for("opened at 115200 8E1")
        first = self.client(port)
        first.sendall(b"first")
        device.read(5)
        second = self.client(port)
        second.sendall(b"second")
        self.assertTrue(device.nothing_arrives())
        first.close()
        self.assertEqual(device.read(6), b"second")
        redirect.signal(signal.SIGINT)
        self.assertEqual(redirect.wait(), 0)

    def test_as_a_client(self):
        with socket.create_server((LOCALHOST, 0)) as server:
            server.settimeout(DEADLINE)
            redirect, device = self.redirect("-c", f"{LOCALHOST}:{server.getsockname()[1]}", "-q")
            for turn in range(2):  # again 5 s after it has ended
                began = time.monotonic()
                client = server.accept()[0]
                until(lambda: self.speed_of(self.line.a) == 9600, "the port is open")
                if turn:
                    self.assertGreater(time.monotonic() - began, 4)
                client.settimeout(DEADLINE)
                device.write(b"hello")
                self.assertEqual(read_exactly(client, 5), b"hello")
                client.sendall(b"answer")
                self.assertEqual(device.read(6), b"answer")
                client.close()
        self.assertNotIn("connecting", redirect.text())

    def test_its_errors(self):
        os.symlink(BINARY, self.path("tcp_serial_redirect.py"))
        for words, status, says in ((["/dev/ttyNONE", "-P", "0"], 1, "Could not open serial port /dev/ttyNONE"), ([], 2, "SERIALPORT"),
                                    (["/dev/ttyX", "-P", "1", "-c", "host:1"], 2, "exclude each other"),
                                    (["/dev/ttyX", "--bytesize", "9"], 2, "not one of 5, 6, 7, 8")):
            result = self.run_program(self.path("tcp_serial_redirect.py"), *words)
            self.assertEqual(result.returncode, status, words)
            self.assertIn(says, result.stderr)


if __name__ == "__main__":
    main()
