#!/usr/bin/env python3
"""A serial port as a service (serial:) and a pty that programs here open for it (pty:), through a cable: pyserial, tio,
minicom, and what esptool does to reset a board."""

import os
import pty
import re
import select
import shutil
import subprocess
import threading
import time
import tty
import unittest

from harness import DEADLINE, Cable, main, until
from real_programs import RealCase
from share_rig import AWKWARD, Device
from tcp import LOCALHOST, Echo, connect, payload, read_exactly

try:
    import serial
except ImportError:
    serial = None

FAKE_PINS = os.environ.get("SERIALTCP_FAKE_PINS", "")


class SerialCase(RealCase):
    def setUp(self):
        super().setUp()
        os.mkdir(self.path("board"))
        self.board = self.add(Cable(self.path("board"), "--baud", "0"))

    def link(self, here, there, *options, name="con", env=None):
        """Both ends: this one listens there for this service, and the other one has the port as the service `con`."""
        line = self.cable("--baud", "0")
        near = self.server_end(line.a, *options, what=f"{name}={here}")
        far = self.client_end(f"con=serial:{self.board.a}{there}", line.b, env=env)
        near.wait_link()
        self.device = Device(self, self.board.b)
        return near, far

    def client(self, near):
        client = connect(near.port)
        self.addCleanup(client.close)
        return client

    def speed(self, path):
        return re.search(r"speed (\d+) baud", self.run_program("stty", "-F", path).stdout).group(1)


class Port(SerialCase):
    def test_bytes_are_exact_and_a_second_writer_is_told(self):
        near, far = self.link("0", "")
        first, second = self.client(near), self.client(near)
        data = AWKWARD + payload(60_000)
        thread = threading.Thread(target=first.sendall, args=(data,))
        thread.start()
        self.assertTrue(self.device.read(len(data)) == data)
        thread.join()
        second.sendall(b"dropped")
        told = rb"\r\n\[serialtcp: connection \d+ has .* for writing; what you send is dropped until it leaves\]\r\n"
        received = b""
        while not re.fullmatch(told, received):
            received += read_exactly(second, 1)
        thread = threading.Thread(target=self.device.write, args=(data,))
        thread.start()
        for client in (first, second):
            self.assertTrue(read_exactly(client, len(data)) == data)
        thread.join()
        first.close()
        far.wait_for(r"connection \d+: closed")
        second.sendall(b"second")
        self.assertEqual(self.device.read(6), b"second")

    def test_it_is_open_while_there_is_a_stream_and_has_its_settings(self):
        near, far = self.link("0", ",9600,7E2")
        self.assertNotIn("opened at 9600", far.text())
        client = self.client(near)
        far.wait_for(r"board/ttyA opened at 9600 7E2 for streams")
        client.close()
        # Another program can have it again.
        until(lambda: self.run_program("flock", "-n", self.board.a, "true").returncode == 0, "the port is free")
        self.client(near)
        far.wait_for(r"(?s)opened at 9600 7E2.*opened at 9600 7E2")

    def test_streams_wait_while_the_port_is_away(self):
        near, far = self.link("0", "")
        self.board.command("unplug a")
        client = self.client(near)
        far.wait_for(r"WARNING: streams wait for .*board/ttyA: no such device")
        client.sendall(b"early")
        self.board.command("plug a")
        self.assertEqual(self.device.read(5), b"early")
        self.board.command("unplug a")
        far.wait_for(r"WARNING: lost .*board/ttyA: .*; streams wait until it returns")
        client.sendall(b"late")
        self.board.command("plug a")
        self.assertEqual(self.device.read(4), b"late")

    def test_a_port_that_is_the_line_of_the_link_is_refused(self):
        line = self.cable("--baud", "0")
        near = self.server_end(line.a, what="con=0")
        far = self.client_end(f"con=serial:{line.b}", line.b)
        near.wait_link()
        with self.assertRaises(ConnectionResetError):
            self.client(near).recv(1)
        far.wait_for("could not reach serial:.*ttyB: .*another link or shared port of this program uses it: each needs a device of its own")

    @unittest.skipUnless(serial, "python3-serial is not installed")
    def test_pyserial_sets_it_through_the_tunnel(self):
        near, far = self.link("0", ",rfc2217")
        port = serial.serial_for_url(f"rfc2217://{LOCALHOST}:{near.port}?timeout=20", baudrate=57600, timeout=DEADLINE)
        self.addCleanup(port.close)
        until(lambda: self.speed(self.board.a) == "57600", "the far port has 57600 baud")
        for name, values in (("baudrate", (9600, 921600)), ("bytesize", (7, 8)), ("parity", "EON"), ("stopbits", (2, 1)),
                             ("rtscts", (True, False)), ("dtr", (False, True)), ("rts", (False, True))):
            for value in values:
                setattr(port, name, value)  # pyserial raises if the answer differs
        self.assertEqual(self.speed(self.board.a), "921600")
        data = AWKWARD + payload(20_000)
        thread = threading.Thread(target=port.write, args=(data,))
        thread.start()
        self.assertTrue(self.device.read(len(data)) == data)
        thread.join()
        self.device.write(data)
        self.assertTrue(port.read(len(data)) == data)
        self.assertNotIn("WARNING", far.text())

    @unittest.skipUnless(serial, "python3-serial is not installed")
    def test_the_reset_and_sync_sequence_of_esptool(self):
        pins = self.path("pins")
        near, _ = self.link("0", ",rfc2217", env={"LD_PRELOAD": FAKE_PINS, "FAKE_PINS": pins})
        port = serial.serial_for_url(f"rfc2217://{LOCALHOST}:{near.port}?timeout=20", baudrate=115200, timeout=DEADLINE)
        self.addCleanup(port.close)
        before = 0
        if os.path.exists(pins):  # opening has changed them
            with open(pins, encoding="ascii") as file:
                before = len(file.readlines())
        # What it calls ClassicReset: EN is pulled low by RTS, IO0 by DTR.
        port.dtr = False
        port.rts = True
        time.sleep(0.1)
        port.dtr = True
        port.rts = False
        time.sleep(0.05)
        port.dtr = False
        sync = bytes([0xC0, 0, 8, 36, 0, 0, 0, 0, 0, 7, 7, 0x12, 0x20, *[0x55] * 32, 0xC0])
        port.write(sync)
        self.assertEqual(self.device.read(len(sync)), sync)
        with open(pins, encoding="ascii") as file:
            changes = [tuple(int(word) for word in line.split()) for line in file][before:]
        print("pins (microseconds, DTR, RTS):", [(at - changes[0][0], dtr, rts) for at, dtr, rts in changes])
        self.assertEqual([levels for _, *levels in changes], [[0, 1], [1, 1], [1, 0], [0, 0]])
        # pyserial waits for each answer, so pauses cannot become shorter.
        self.assertGreaterEqual(changes[1][0] - changes[0][0], 100_000)
        self.assertGreaterEqual(changes[3][0] - changes[2][0], 50_000)


class PtyCase(SerialCase):
    def pty_link(self, options="", there=""):
        """The service `con` with a pty at this end."""
        self.place = self.path("pty")
        return self.link("0", there, "-s", f"con=pty:{self.place}{options}", name="unused")

    def exchange(self, program, data):
        thread = threading.Thread(target=program.write, args=(data,))
        thread.start()
        self.assertTrue(self.device.read(len(data)) == data)
        thread.join()
        thread = threading.Thread(target=self.device.write, args=(data,))
        thread.start()
        self.assertTrue(program.read(len(data)) == data)
        thread.join()


class Pty(PtyCase):
    def test_each_opening_is_a_stream_and_bytes_are_exact(self):
        near, far = self.pty_link()
        for _ in range(2):
            mark, far_mark = near.mark(), far.mark()
            program = Device(self, self.place)
            self.exchange(program, AWKWARD + payload(30_000))
            program.close()
            near.wait_for(r"connection \d+: closed", after=mark)
            far.wait_for(r"connection \d+: closed", after=far_mark)

    def test_what_is_written_before_it_is_closed_arrives(self):
        self.pty_link(",rfc2217", ",rfc2217")
        with open(self.place, "wb", buffering=0) as program:
            tty.setraw(program)
            program.write(b"last words\xff")
        self.assertEqual(self.device.read(11), b"last words\xff")

    def test_settings_drive_the_far_port(self):
        near, _ = self.pty_link(",rfc2217", ",9600,rfc2217")
        program = Device(self, self.place)
        until(lambda: self.speed(self.board.a) == "115200", "the far port has the speed of the pty")
        for settings, shown in ((["57600"], "speed 57600 baud"), (["cstopb"], " cstopb"), (["921600", "crtscts"], "speed 921600"),
                                (["-crtscts", "-cstopb", "115200"], "speed 115200")):
            self.run_program("stty", "-F", self.place, *settings)
            until(lambda: shown in self.run_program("stty", "-a", "-F", self.board.a).stdout, f"the far port has {shown}")
        self.exchange(program, AWKWARD + payload(30_000))
        self.assertNotIn("WARNING", near.text())

    def test_a_far_service_without_rfc2217_is_named_and_the_program_hung_up(self):
        near, _ = self.pty_link(",rfc2217")
        program = Device(self, self.place)
        near.wait_for(r"pty:.*/pty is hung up: no serial port with RFC 2217 has answered within 10 s: the other end needs")

        def gone():
            try:
                return os.read(program.fd, 100) == b""
            except BlockingIOError:
                return False
            except OSError:
                return True
        until(gone, "the program sees the end")
        until(lambda: os.path.islink(self.place), "it can open the pty again")

    def test_the_pty_is_there_with_the_program_only(self):
        near, _ = self.pty_link()
        self.assertTrue(os.path.islink(self.place))
        self.assertEqual(near.stop(), 0)
        self.assertFalse(os.path.lexists(self.place))


class Programs(PtyCase):
    def on_terminal(self, *args):
        """A program on a pty of its own; its terminal, and the process."""
        controller, terminal = pty.openpty()
        process = subprocess.Popen([str(arg) for arg in args], stdin=terminal, stdout=terminal, stderr=terminal,
                                   start_new_session=True, env={**os.environ, "TERM": "vt100", "HOME": self.folder})
        os.close(terminal)

        def end():
            process.kill()
            process.wait()
            os.close(controller)
        self.addCleanup(end)
        return controller, process

    def shows(self, controller, pattern):
        text = b""
        end = time.monotonic() + DEADLINE
        while not re.search(pattern, text):
            if select.select([controller], [], [], 0.2)[0]:
                text += os.read(controller, 65536)
            self.assertLess(time.monotonic(), end, text)

    def typed_and_shown(self, controller):
        os.write(controller, b"hello")
        self.assertEqual(self.device.read(5), b"hello")
        self.device.write(b"board> ")
        self.shows(controller, rb"board> ")

    @unittest.skipUnless(shutil.which("tio"), "tio is not installed")
    def test_tio(self):
        self.pty_link(",rfc2217", ",rfc2217")
        controller, process = self.on_terminal("tio", "--baudrate", "57600", self.place)
        self.shows(controller, rb"Connected")
        until(lambda: self.speed(self.board.a) == "57600", "the far port has the speed of tio")
        self.typed_and_shown(controller)
        os.write(controller, b"\x14q")
        self.assertEqual(process.wait(DEADLINE), 0)

    @unittest.skipUnless(shutil.which("minicom"), "minicom is not installed")
    def test_minicom(self):
        self.pty_link(",rfc2217", ",rfc2217")
        controller, process = self.on_terminal("minicom", "-o", "-b", "38400", "-D", self.place)
        self.shows(controller, rb"Press CTRL-A Z")
        until(lambda: self.speed(self.board.a) == "38400", "the far port has the speed of minicom")
        self.typed_and_shown(controller)
        os.write(controller, b"\x01q")
        self.shows(controller, rb"(?i)leave")
        os.write(controller, b"\r")
        self.assertEqual(process.wait(DEADLINE), 0)


if __name__ == "__main__":
    main()
