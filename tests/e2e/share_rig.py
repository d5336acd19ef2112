"""What the tests of serialtcp share have in common: the program on the emulated cable, the device at the cable's other end,
and a telnet client."""

import contextlib
import os
import re
import select
import time
import tty

from harness import BINARY, DEADLINE, Process, until
from real_programs import RealCase
from tcp import LOCALHOST, connect

IAC, DONT, DO, WONT, WILL, SB, SE = 255, 254, 253, 252, 251, 250, 240
COM_PORT = 44
# Every value, CR NUL, CR LF, IAC and what looks like commands of telnet.
AWKWARD = bytes(range(256)) * 4 + b"\r\0\r\n\xff\xff\xff\xfb\x00\xff\xf0\r\r\0\0\x11\x13" * 100


class Share(Process):
    """serialtcp share. `ports` are where its TCP clients connect: raw, telnet, rfc2217."""

    count = 0

    def __init__(self, folder, device, *options, env=None):
        Share.count += 1
        super().__init__(f"share{Share.count}", [BINARY, "share", device, *options], folder, env=env)
        self.places = sum(option in ("--raw", "--telnet", "--rfc2217") for option in options)
        until(self.listens, f"{self.name} listens")
        self.ports = [int(port) for port in re.findall(r"listening on 127\.0\.0\.1:(\d+)", self.text())]

    def listens(self):
        if self.popen.poll() is not None:
            raise AssertionError(f"{self.name} ended with status {self.popen.returncode}: {self.text()}")
        known = re.search(r"opened at|waiting for", self.text())
        return known and len(re.findall(r"listening on 127", self.text())) == self.places


class Device:
    """The other side of the cable: a terminal device, opened raw."""

    def __init__(self, case, path):
        self.fd = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        tty.setraw(self.fd)
        case.addCleanup(self.close)

    def close(self):
        if self.fd >= 0:
            os.close(self.fd)
        self.fd = -1

    def write(self, data):
        """All of it, as fast as the cable takes it."""
        deadline = time.monotonic() + DEADLINE
        while data:
            select.select([], [self.fd], [], 1)
            with contextlib.suppress(BlockingIOError):
                data = data[os.write(self.fd, data):]
            assert time.monotonic() < deadline, f"{len(data)} bytes are not taken"

    def read(self, count):
        data = b""
        deadline = time.monotonic() + DEADLINE
        while len(data) < count:
            if select.select([self.fd], [], [], 0.5)[0]:
                data += os.read(self.fd, min(65536, count - len(data)))
            assert time.monotonic() < deadline, f"{len(data)} of {count} bytes have arrived: {data[-100:]}"
        return data

    def nothing_arrives(self, seconds=0.3):
        return not select.select([self.fd], [], [], seconds)[0]


class TelnetClient:
    """Speaks telnet as RFC 854 has it, and agrees to what `agrees` has as options."""

    def __init__(self, port, agrees=(0, 1, 3)):
        self.socket = connect(port)
        self.agrees = agrees
        self.binary_to_us = False
        self.binary_from_us = False
        self.raw = b""
        self.data = b""
        self.subs = []
        self.options_received = 0
        self.after_cr = False

    def close(self):
        self.socket.close()

    def send(self, data):
        data = data.replace(b"\xff", b"\xff\xff")
        self.socket.sendall(data if self.binary_from_us else data.replace(b"\r", b"\r\0"))

    def send_sub(self, *value):
        self.socket.sendall(bytes([IAC, SB, COM_PORT]) + bytes(value).replace(b"\xff", b"\xff\xff") + bytes([IAC, SE]))

    def pump(self, seconds=0.2):
        """Takes in what has arrived; False at the end."""
        if not select.select([self.socket], [], [], seconds)[0]:
            return True
        more = self.socket.recv(65536)
        self.raw += more
        while self.parse():
            pass
        return bool(more)

    def parse(self):
        raw = self.raw
        if not raw:
            return False
        if raw[0] != IAC:
            end = raw.find(b"\xff")
            self.take(raw if end < 0 else raw[:end])
            self.raw = b"" if end < 0 else raw[end:]
            return True
        if len(raw) < 2:
            return False
        if raw[1] == IAC:
            self.take(b"\xff")
            self.raw = raw[2:]
            return True
        if raw[1] == SB:
            end = raw.find(bytes([IAC, SE]))
            if end < 0:
                return False
            self.subs.append(raw[2:end].replace(b"\xff\xff", b"\xff"))
            self.raw = raw[end + 2:]
            return True
        if len(raw) < 3:
            return False
        self.option(raw[1], raw[2])
        self.raw = raw[3:]
        return True

    def take(self, data):
        if not self.binary_to_us:
            if self.after_cr and data[:1] == b"\0":
                data = data[1:]
            self.after_cr = data.endswith(b"\r")
            data = data.replace(b"\r\0", b"\r")
        self.data += data

    def option(self, verb, option):
        self.options_received += 1
        if verb not in (WILL, DO):
            return
        agrees = option in self.agrees
        answer = {WILL: DO if agrees else DONT, DO: WILL if agrees else WONT}[verb]
        self.socket.sendall(bytes([IAC, answer, option]))
        if option == 0 and agrees and verb == WILL:
            self.binary_to_us = True
        if option == 0 and agrees and verb == DO:
            self.binary_from_us = True

    def read(self, count):
        until(lambda: self.pump(0.05) and len(self.data) >= count, f"{count} bytes of data")
        data, self.data = self.data[:count], self.data[count:]
        return data

    def sub(self, number):
        """The newest value of a subnegotiation of RFC 2217 with this number."""
        def found():
            self.pump(0.05)
            return [sub for sub in self.subs if sub[:2] == bytes([COM_PORT, number])]
        return until(found, f"subnegotiation {number}")[-1][2:]

    def settled(self):
        until(lambda: self.pump(0.05) and self.options_received >= 5, "the options")
        while select.select([self.socket], [], [], 0.2)[0]:
            self.pump()


class ShareCase(RealCase):
    def share(self, *options, cable=("--baud", "0"), device_options=("115200",), env=None):
        """A cable, what shares its end A, and the device at its end B."""
        self.line = self.cable(*cable)
        share = self.add(Share(self.folder, self.line.a, *device_options, *options, env=env))
        return share, Device(self, self.line.b)

    def told(self, writer):
        """What others find in their data when they write."""
        return (f"\r\n[serialtcp: {LOCALHOST}:{writer.getsockname()[1]} has {self.line.a} for writing; what you send is dropped "
                "until it leaves]\r\n").encode()

    def client(self, port):
        client = connect(port)
        self.addCleanup(client.close)
        return client

    def telnet(self, port, **how):
        client = TelnetClient(port, **how)
        self.addCleanup(client.close)
        client.settled()
        return client


def raw(count=1):
    return ["--raw", "0"] * count
