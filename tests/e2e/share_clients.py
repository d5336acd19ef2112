#!/usr/bin/env python3
"""Clients of serialtcp share that set the port (RFC 2217), hostile ones, and real programs: pyserial, gensiot, socat, telnet,
QEMU."""

import contextlib
import os
import select
import shutil
import signal
import subprocess
import threading
import unittest

from harness import DEADLINE, main, until
from real_programs import SEARCH
from share_rig import AWKWARD, COM_PORT, DO, IAC, SB, SE, WILL, WONT, ShareCase, TelnetClient, raw
from tcp import LOCALHOST, Echo, Flow, carry, connect, payload, read_exactly

try:
    import serial
except ImportError:
    serial = None

GENSIOT = shutil.which("gensiot", path=SEARCH)
SOCAT = shutil.which("socat", path=SEARCH)
FAKE_PINS = os.environ.get("SERIALTCP_FAKE_PINS", "")
TELNET = shutil.which("telnet", path=SEARCH)
QEMU = shutil.which("qemu-system-x86_64", path=SEARCH)


class Rfc2217(ShareCase):
    def open(self):
        share, device = self.share("--rfc2217", "0", cable=())
        return share, device, self.telnet(share.ports[0], agrees=(0, 1, 3, 44))

    def test_everything_can_be_set_and_is_answered_with_what_is_in_force(self):
        share, _, client = self.open()
        self.assertEqual(client.sub(107)[0] & 0xF0, 0xB0, "the first state of the lines comes unasked: a pty is ready")
        client.send_sub(0)
        self.assertEqual(client.sub(100), f"serialtcp {self.line.a}"[:64].encode())
        for number, value, answer in (
                (1, b"\0\0\xe1\0", b"\0\0\xe1\0"), (1, b"\0\0\0\0", b"\0\0\xe1\0"), (1, b"\xff\xff\xff\xff", b"\0\0\xe1\0"),
                (2, b"\x07", b"\x07"), (2, b"\x09", b"\x07"), (3, b"\x03", b"\x03"), (3, b"\0", b"\x03"), (4, b"\x03", b"\x03"),
                (4, b"\x02", b"\x02"), (5, b"\x02", b"\x02"), (5, b"\x0d", b"\x0f"), (5, b"\x0e", b"\x0e"), (5, b"\0", b"\x02"),
                (5, b"\x03", b"\x03"), (5, b"\x0f", b"\x10"), (5, b"\x11", b"\x03"), (5, b"\x01", b"\x01"), (5, b"\x05", b"\x05"),
                (5, b"\x04", b"\x05"), (5, b"\x06", b"\x06"), (5, b"\x09", b"\x09"), (5, b"\x07", b"\x09"), (5, b"\x0c", b"\x0c"),
                (5, b"\x0a", b"\x0c"), (5, b"\x08", b"\x08"), (10, b"\x1e", b"\x1e"), (11, b"\xff", b"\xff"), (12, b"\x03", b"\x03")):
            with self.subTest(number=number, value=value.hex()):
                client.subs.clear()
                client.send_sub(number, *value)
                self.assertEqual(client.sub(100 + number), answer)
        share.wait_for("it asked for 4294967295 baud; more than 50000000 is not set")
        stty = self.run_program("stty", "-F", self.line.a).stdout
        self.assertIn("speed 57600 baud", stty)
        self.assertIn("cstopb", self.run_program("stty", "-a", "-F", self.line.a).stdout)
        client.close()
        share.wait_for("connection 1: closed")
        until(lambda: "speed 115200" in self.run_program("stty", "-F", self.line.a).stdout, "the settings of the command line")

    def test_suspended_data_waits_and_answers_do_not(self):
        _, device, client = self.open()
        client.send_sub(8)
        client.send_sub(2, 0)
        self.assertEqual(client.sub(102), b"\x08")
        device.write(b"held")
        client.send_sub(4, 0)
        self.assertEqual(client.sub(104), b"\x01")
        client.pump(0.3)
        self.assertEqual(client.data, b"")
        client.send_sub(9)
        self.assertEqual(client.read(4), b"held")

    def test_who_may_not_write_may_not_set(self):
        share, _, first = self.open()
        second = self.telnet(share.ports[0], agrees=(0, 1, 3, 44))
        first.send_sub(2, 7)
        self.assertEqual(first.sub(102), b"\x07")
        second.send_sub(2, 6)
        self.assertEqual(second.sub(102), b"\x07")
        self.assertIn(b"for writing", second.read(20) + second.data)
        second.send_sub(2, 0)
        self.assertEqual(second.sub(102), b"\x07")

    def test_hostile_clients_harm_nobody(self):
        share, device, good = self.open()
        port = share.ports[0]
        long = self.telnet(port, agrees=(0, 1, 3, 44))
        long.send_sub(0, *b"a" * 100)
        long.send_sub(2, 0)
        self.assertEqual(long.sub(102), b"\x08", "the long one is skipped")
        endless = self.client(port)
        with contextlib.suppress(OSError):
            endless.sendall(bytes([IAC, SB, COM_PORT]))
            for _ in range(200):
                endless.sendall(b"x" * 1000)
        share.wait_for("a subnegotiation of telnet has no end")
        loop = TelnetClient(port, agrees=())
        for option in range(200):
            loop.socket.sendall(bytes([IAC, WILL, option, IAC, DO, option, IAC, WONT, 0, IAC, WILL, 0]))
        loop.send(b"")
        share.wait_for("it negotiates telnet's options again and again")
        loop.send_sub(2, 0)
        loop.sub(102)
        self.assertEqual(loop.options_received, 12)
        loop.close()
        asking = self.client(port)
        asking.settimeout(0.3)
        with contextlib.suppress(OSError):
            for _ in range(20_000):
                asking.sendall(bytes([IAC, SB, COM_PORT, 0, IAC, SE]) * 100)
        self.assert_small(share)
        good.send(b"still here")
        self.assertEqual(device.read(10), b"still here")
        device.write(b"and there")
        self.assertEqual(good.read(9), b"and there")

    def test_a_request_in_pieces(self):
        _, _, client = self.open()
        for byte in bytes([IAC, SB, COM_PORT, 1, 0, 0, 0x25, 0x80, IAC, SE]):
            client.socket.sendall(bytes([byte]))
        self.assertEqual(client.sub(101), bytes([0, 0, 0x25, 0x80]))

    def test_clients_at_the_wrong_place_are_named(self):
        share, device = self.share(*raw(), "--telnet", "0")
        plain, confused = self.client(share.ports[1]), self.client(share.ports[0])
        confused.sendall(bytes([IAC, WILL, 1]) + b"x")
        share.wait_for("speaks telnet, and this is a raw port")
        self.assertEqual(device.read(4), bytes([IAC, WILL, 1]) + b"x")
        confused.close()
        share.wait_for("closed")
        plain.sendall(b"no telnet")
        share.wait_for("does not speak telnet, and this is a telnet port")
        self.assertEqual(device.read(9), b"no telnet")


@unittest.skipUnless(serial, "python3-serial is not installed")
class Pins(ShareCase):
    """A driver with pins that is emulated."""

    # Bits of the state of the modem: the pins, and which of them have changed.
    STATE = {"CTS": 0x10, "DSR": 0x20, "RI": 0x40, "CD": 0x80}

    def open(self, env):
        self.pins, self.waits = self.path("pins"), self.path("waits")
        self.set("CTS", "CD")
        for path in (self.path("out"), self.waits):
            open(path, "w", encoding="ascii").close()
        share, _ = self.share("--rfc2217", "0", env={
            "LD_PRELOAD": FAKE_PINS, "FAKE_PINS": self.path("out"), "FAKE_PINS_INPUT": self.pins, **env})
        return share

    def set(self, *names):
        with open(self.pins + ".new", "w", encoding="ascii") as file:
            file.write(" ".join(names))
        os.replace(self.pins + ".new", self.pins)

    def waited(self):
        with open(self.waits, encoding="ascii") as file:
            return file.read().split()

    def changes_are_told(self, client, before=lambda number: None):
        self.assertEqual(client.sub(107), b"\x90")
        for number, (names, changed) in enumerate((
                (("CTS",), 0x08), ((), 0x01), (("DSR",), 0x02), (("DSR", "RI"), 0), (("DSR",), 0x04),
                (("CTS", "DSR", "CD"), 0x09))):
            with self.subTest(names=names):
                before(number)
                client.subs.clear()
                self.set(*names)
                self.assertEqual(client.sub(107), bytes([sum(self.STATE[name] for name in names) | changed]))

    def test_changes_are_waited_for(self):
        share = self.open({"FAKE_PINS_WAITS": self.path("waits")})
        client = self.telnet(share.ports[0], agrees=(0, 1, 3, 44))

        def waits(number):
            until(lambda: self.waited() == ["waits", "changed"] * number + ["waits"], f"it has waited for {number} changes")
        self.changes_are_told(client, waits)
        waits(6)
        client.send_sub(11, 0)
        until(lambda: self.waited()[-1] == "interrupted", "nobody wants to know any more")
        client.send_sub(11, 0xFF)
        until(lambda: self.waited()[-1] == "waits", "somebody does")
        share.signal(signal.SIGTERM)
        self.assertEqual(share.wait(), 0)
        self.assertEqual(self.waited()[-1], "interrupted", "the wait has ended before the program")

    def test_a_driver_that_cannot_wait_is_looked_at(self):
        share = self.open({})
        self.changes_are_told(self.telnet(share.ports[0], agrees=(0, 1, 3, 44)))
        self.assertEqual(self.waited(), [])


class Pyserial(ShareCase):
    def test_rfc2217(self):
        share, device = self.share(*raw(3), "--rfc2217", "0", cable=("--baud", "921600"))
        port = serial.serial_for_url(f"rfc2217://{LOCALHOST}:{share.ports[3]}", baudrate=921600, timeout=DEADLINE)
        self.addCleanup(port.close)
        for name, values in (("baudrate", (9600, 57600, 300, 3_000_000, 115200, 921600)), ("bytesize", (7, 6, 5, 8)),
                             ("parity", "EOMSN"), ("stopbits", (2, 1.5, 1)), ("xonxoff", (True, False)), ("rtscts", (True, False)),
                             ("dtr", (False, True)), ("rts", (False, True)), ("break_condition", (True, False))):
            for value in values:
                setattr(port, name, value)  # pyserial raises if the answer differs, or none comes within 3 s
        self.assertTrue(port.cts and port.dsr and port.cd and not port.ri)
        readers = [self.client(number) for number in share.ports[:3]]
        data = AWKWARD + payload(60_000)
        thread = threading.Thread(target=device.write, args=(data,))
        thread.start()
        self.assertTrue(port.read(len(data)) == data)
        for reader in readers:
            self.assertTrue(read_exactly(reader, len(data)) == data)
        thread.join()
        thread = threading.Thread(target=port.write, args=(data,))
        thread.start()
        self.assertTrue(device.read(len(data)) == data)
        thread.join()
        port.reset_input_buffer()
        port.write(b"x")
        self.assertEqual(device.read(1), b"x")

    def test_socket(self):
        share, device = self.share(*raw())
        with serial.serial_for_url(f"socket://{LOCALHOST}:{share.ports[0]}", timeout=DEADLINE) as port:
            port.write(AWKWARD)
            self.assertEqual(device.read(len(AWKWARD)), AWKWARD)
            device.write(AWKWARD)
            self.assertEqual(port.read(len(AWKWARD)), AWKWARD)


class Programs(ShareCase):
    def piped(self, *args):
        """A program whose standard input and output the test has."""
        process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "--", *[str(arg) for arg in args]], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0)

        def end():
            process.kill()
            process.wait()
            process.stdin.close()
            process.stdout.close()
        self.addCleanup(end)
        return process

    def exchange(self, process, device, data):
        process.stdin.write(data)
        self.assertEqual(device.read(len(data)), data)
        device.write(data)
        received = b""
        while len(received) < len(data):
            self.assertTrue(select.select([process.stdout], [], [], DEADLINE)[0])
            received += os.read(process.stdout.fileno(), 65536)
        self.assertEqual(received, data)

    @unittest.skipUnless(GENSIOT, "gensiot is not installed")
    def test_gensiot(self):
        share, device = self.share(*raw(), "--telnet", "0", "--rfc2217", "0", "--writers", "all")
        for kind, port in zip(("", "telnet,", "telnet(rfc2217),"), share.ports):
            mark = share.mark()
            process = self.piped(GENSIOT, "-i", "stdio(self)", f"{kind}tcp,{LOCALHOST},{port}")
            share.wait_for("from 127.0.0.1", after=mark)
            self.exchange(process, device, AWKWARD[:3000])
            process.kill()

    def test_serialtcp_itself(self):
        share, _ = self.share("--rfc2217", "0", cable=())
        client = self.client_end(Echo(self).port, self.line.b, baud=57600)
        server = self.server_end(f"rfc2217://{LOCALHOST}:{share.ports[0]}?timeout=10", "--stopbits", "2", baud=57600)
        server.wait_for(r"opened at 57600 8N2 \(RFC 2217, binary\)")
        self.assertNotIn("was asked for", server.text())
        server.wait_link()
        with connect(server.port) as connection:
            carry(Flow(connection, connection, AWKWARD + payload(30_000)))
        self.assertEqual(server.stop(), 0)
        self.assertEqual(client.stop(), 0)

    @unittest.skipUnless(SOCAT, "socat is not installed")
    def test_socat(self):
        share, device = self.share(*raw())
        self.exchange(self.piped(SOCAT, "-", f"TCP:{LOCALHOST}:{share.ports[0]}"), device, AWKWARD)

    @unittest.skipUnless(TELNET, "telnet is not installed")
    def test_telnet(self):
        share, device = self.share("--telnet", "0", "--banner", "hello")
        process = self.piped(TELNET, "-E", LOCALHOST, share.ports[0])
        received = b""
        while b"hello" not in received:
            received += os.read(process.stdout.fileno(), 4096)
        process.stdin.write(b"ls")
        self.assertEqual(device.read(2), b"ls")
        device.write(b"file\r\n")
        while b"file" not in received:
            received += os.read(process.stdout.fileno(), 4096)
        self.assertNotIn("WARNING", share.text())

    @unittest.skipUnless(QEMU, "qemu-system-x86_64 is not installed")
    def test_qemu_as_a_client(self):
        share, device = self.share(*raw(), "--telnet", "0", "--writers", "all")
        for kind, port in zip(("tcp", "telnet"), share.ports):
            machine = self.piped(QEMU, "-M", "pc,accel=tcg", "-m", "32", "-nographic", "-nodefaults", "-serial",
                                 f"{kind}:{LOCALHOST}:{port}")
            received = b""
            while b"SeaBIOS" not in received:
                received += device.read(1)
            machine.kill()
            machine.wait()


if __name__ == "__main__":
    main()
