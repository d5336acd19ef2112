"""Boards for the tests of serialtcp install: a pty with a real shell or a real agetty, whose program is this machine's own
serialtcp-lite, under the name that scripts/build-boards gives it; and a wire to it that a test can make worse."""

import gzip
import lzma
import os
import platform
import random
import re
import select
import shutil
import signal
import subprocess
import termios
import threading
import time
import tty

import harness
from tcp import Echo, connect, payload, read_exactly

LITE = os.environ.get("SERIALTCP_LITE", "")
LOADER = os.environ.get("SERIALTCP_LOADER", "")
ROOT = os.geteuid() == 0
MOST_TO_BRING_OVER = 60_000_000  # not stripped
UP = r"link ok"
PASSWORD = "correct horse"


class Wire(threading.Thread):
    """Between the pty of serialtcp and the pty of the console: passes bytes on, and keeps what the console has shown.

    `alter`: one byte in so many is another one. `lose`: one in so many of those typed is lost. `delay`: of what the console says,
    in seconds. `most_line`: characters of a line that the console's shell takes; what is more of one is lost.
    """

    def __init__(self, *, alter=0, lose=0, delay=0.0, most_line=None):
        super().__init__(daemon=True)
        self.near, self.near_end = os.openpty()
        self.far, self.far_end = os.openpty()
        tty.setraw(self.near_end)
        self.line = os.ttyname(self.near_end)
        self.console = os.ttyname(self.far_end)
        self.shown = b""
        self.typed = b""
        self.alter = alter
        self.lose = lose
        self.delay = delay
        self.most_line = most_line
        self.line_so_far = 0
        self.cut_lines = 0
        self.random = random.Random(1)
        self.stopped = False
        self.cut = False
        self.late = []
        self.start()

    def changed(self, data):
        if not self.alter:
            return data
        data = bytearray(data)
        for i in range(len(data)):
            if self.random.randrange(self.alter) == 0:
                data[i] ^= 1 << self.random.randrange(8)
        return bytes(data)

    def as_console_takes_it(self, data):
        if not self.lose:
            return data
        return bytes(byte for byte in data if self.random.randrange(self.lose) != 0)

    def as_shell_takes_it(self, data):
        if self.most_line is None or not termios.tcgetattr(self.far_end)[3] & termios.ICANON:
            return data
        taken = bytearray()
        for byte in data:
            self.line_so_far = 0 if byte in b"\n\x03" else self.line_so_far + 1
            if self.line_so_far <= self.most_line:
                taken.append(byte)
            elif self.line_so_far == self.most_line + 1:
                self.cut_lines += 1
        return bytes(taken)

    def run(self):
        while not self.stopped:
            ready = select.select([self.near, self.far], [], [], 0.01)[0]
            if self.near in ready:
                data = os.read(self.near, 1024)
                self.typed += data
                if not self.cut:
                    os.write(self.far, self.as_shell_takes_it(self.as_console_takes_it(self.changed(data))))
            if self.far in ready:
                data = os.read(self.far, 1024)
                self.shown += data
                self.late.append((time.monotonic() + self.delay, data))
            while self.late and self.late[0][0] <= time.monotonic():
                data = self.late.pop(0)[1]
                if not self.cut:
                    os.write(self.near, self.changed(data))

    def say(self, text):
        """As the kernel would, on the console."""
        os.write(self.far_end, text)

    def key(self, text):
        """Typed by somebody at the console."""
        os.write(self.far, text)

    def modes(self):
        return termios.tcgetattr(self.far_end)

    def close(self):
        self.stopped = True
        self.join()
        for fd in (self.near, self.near_end, self.far, self.far_end):
            os.close(fd)


class Boards(harness.Case):
    def setUp(self):
        self.wires = []
        self.addCleanup(lambda: [wire.close() for wire in self.wires])
        super().setUp()
        self.boards = os.path.join(self.folder, "boards")
        os.mkdir(self.boards)
        self.home = os.path.join(self.folder, "home")
        os.mkdir(self.home)
        self.count = 0
        self.shells = []

    def tearDown(self):
        for shell in self.shells:
            shell.signal(signal.SIGHUP)  # interactive ones ignore SIGTERM
            shell.wait()

    def loader(self):
        if not LOADER:
            self.skipTest("there is no loader for this machine")
        shutil.copy(LOADER, os.path.join(self.boards, f"serialtcp-{platform.machine()}-loader"))

    def program(self, packings=("xz", "gz"), machine=None):
        if os.path.getsize(LITE) > MOST_TO_BRING_OVER:
            self.skipTest("the program is too large to be brought over a serial line: it is built with sanitizers")
        path = os.path.join(self.boards, f"serialtcp-{machine or platform.machine()}-lite")
        subprocess.run(["strip", "-o", path, LITE], check=True)
        with open(path, "rb") as file:
            content = file.read()
        if "xz" in packings:
            with open(path + ".xz", "wb") as file:
                file.write(lzma.compress(content, preset=1))
        if "gz" in packings:
            with open(path + ".gz", "wb") as file:
                file.write(gzip.compress(content, 1))

    def wire(self, **worse):
        wire = Wire(**worse)
        self.wires.append(wire)
        return wire

    def board(self, extra=""):
        """A script that makes a machine of its own: in memory, /dev/shm and /run; the level of kernel messages."""
        script = os.path.join(self.folder, f"board{self.count}")
        level = os.path.join(self.folder, "printk")
        with open(level, "w", encoding="ascii") as file:
            file.write("7\t4\t1\t7\n")
        with open(script, "w", encoding="ascii") as file:
            file.write(f"""mount -t tmpfs tmpfs /dev/shm
mount -t tmpfs tmpfs /run
mount --bind {level} /proc/sys/kernel/printk
{extra}
exec "$@"
""")
        return ["unshare", "--mount", "--", "sh", "-e", script]

    def shell(self, wire, *words, extra="", **env):
        self.count += 1
        command = f"exec {' '.join(words)} <{wire.console} >{wire.console} 2>&1"
        seen = len(wire.shown)
        # A session of its own with the console as its terminal, so that Ctrl-C is a signal.
        shell = harness.Process(f"shell{self.count}", ["setsid", "-c", *self.board(extra), "sh", "-c", command], self.folder,
                                stdin=wire.far_end,
                                env={"TERM": "vt100", "HOME": self.home, "ENV": "", "PS1": "board# ", **env})
        self.shells.append(self.add(shell))
        harness.until(lambda: b"board" in wire.shown[seen:], "the shell's prompt")
        return shell

    def level(self):
        with open(os.path.join(self.folder, "printk"), encoding="ascii") as file:
            return file.read().split()[0]

    def install(self, wire, *options, command=("install",), **process):
        self.count += 1
        name = f"install{self.count}"
        return self.add(harness.Process(name, [harness.BINARY, *command, "--boards", self.boards, *options, wire.line],
                                        self.folder, **process))

    def echo_through(self, end, wire_echo, port_file):
        def port():
            if os.path.exists(port_file):
                with open(port_file, encoding="ascii") as file:
                    return file.readline().strip()
            return None
        with connect(int(harness.until(port, "it listens"))) as client:
            data = payload(5000)
            client.sendall(data)
            self.assertTrue(read_exactly(client, len(data)) == data, "the bytes differ")

    def wait_for_prompt(self, wire, seen):
        prompts = (b"#", b"$", b"login:")
        try:
            harness.until(lambda: re.sub(rb"\x1b\[[0-9;?]*[a-z]", b"", wire.shown[seen:]).rstrip().endswith(prompts),
                          "the prompt is back")
        except AssertionError as error:
            raise AssertionError(f"{error}; it shows {wire.shown[seen:][-500:]!r}") from None

    def up_and_back(self, wire, *options, command=("install",)):
        """Installs, sends something through the link, ends it, and expects the console as it was."""
        before = wire.modes()
        echo = Echo(self)
        port_file = os.path.join(self.folder, f"port-{self.count}")
        end = self.install(wire, "-L", f"0:127.0.0.1:{echo.port}", "--test-port-file", port_file, *options, command=command)
        end.wait_for(UP, deadline=120)
        self.echo_through(end, echo, port_file)
        seen = len(wire.shown)
        self.assertEqual(end.stop(), 0)
        self.wait_for_prompt(wire, seen)
        harness.until(lambda: wire.modes() == before, "the terminal is as it was")
        harness.until(lambda: self.level() == "7", "kernel messages are shown again")
        return end

    def agetty(self, wire, shell="/bin/sh"):
        """A real one, with users of its own."""
        self.count += 1
        digest = subprocess.run(["openssl", "passwd", "-6", PASSWORD], check=True, capture_output=True, text=True).stdout.strip()
        passwd = os.path.join(self.folder, "passwd")
        shadow = os.path.join(self.folder, "shadow")
        with open(passwd, "w", encoding="ascii") as file:
            file.write(f"root:x:0:0:root:{self.home}:{shell}\n")
        with open(shadow, "w", encoding="ascii") as file:
            file.write(f"root:{digest}:19000:0:99999:7:::\n")
        os.chmod(shadow, 0o600)
        extra = f"mount --bind {passwd} /etc/passwd\nmount --bind {shadow} /etc/shadow"
        script = os.path.join(self.folder, "again")
        with open(script, "w", encoding="ascii") as file:
            file.write(f"while :; do setsid agetty --local-line 115200 {wire.console.removeprefix('/dev/')} vt100; done\n")
        process = harness.Process(f"agetty{self.count}", [*self.board(extra), "sh", script], self.folder)
        self.shells.append(self.add(process))
        harness.until(lambda: b"login:" in wire.shown, "the login prompt")

    def password_file(self, text):
        path = os.path.join(self.folder, "password")
        with open(path, "w", encoding="ascii") as file:
            file.write(text + "\n")
        return path
