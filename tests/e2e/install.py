#!/usr/bin/env python3
"""serialtcp install, and --login: onto a "board" that has nothing but a shell or a login prompt on its only serial line.

The board is a pty with a real shell or a real agetty; its program is this machine's own serialtcp-lite, under the name that
scripts/build-boards gives it. Between the two is a wire that a test can make worse.
"""

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
import unittest

import harness
from tcp import Echo, connect, payload, read_exactly

LITE = os.environ.get("SERIALTCP_LITE", "")
ROOT = os.geteuid() == 0
MOST_TO_BRING_OVER = 60_000_000  # not stripped
UP = r"link ok"


class Wire(threading.Thread):
    """Between the pty of serialtcp and the pty of the console: passes bytes on, and keeps what the console has shown.

    `alter`: one byte in so many is another one. `delay`: of what the console says, in seconds. `most`: bytes at once.
    """

    def __init__(self, *, alter=0, delay=0.0):
        super().__init__(daemon=True)
        self.near, self.near_end = os.openpty()
        self.far, self.far_end = os.openpty()
        tty.setraw(self.near_end)
        self.line = os.ttyname(self.near_end)
        self.console = os.ttyname(self.far_end)
        self.shown = b""
        self.typed = b""
        self.alter = alter
        self.delay = delay
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

    def run(self):
        while not self.stopped:
            ready = select.select([self.near, self.far], [], [], 0.01)[0]
            if self.near in ready:
                data = os.read(self.near, 1024)
                self.typed += data
                if not self.cut:
                    os.write(self.far, self.changed(data))
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
        harness.until(lambda: re.sub(rb"\x1b\[[0-9;?]*[a-z]", b"", wire.shown[seen:]).rstrip().endswith(prompts),
                      "the prompt is back")

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


@unittest.skipUnless(ROOT, "needs root, for a machine with mounts of its own")
class Shells(Boards):
    def test_bash(self):
        self.program()
        wire = self.wire()
        self.shell(wire, "bash", "--norc", "-i")
        transcript = os.path.join(self.folder, "transcript")
        end = self.up_and_back(wire, "--transcript", transcript)
        self.assertIn("goes to /dev/shm/.serialtcp", end.text())
        with open(transcript, encoding="utf-8", errors="replace") as file:
            typed = [line for line in file if line.startswith(">>> ")]
        self.assertGreater(len(typed), 10)
        self.assertLessEqual(max(len(line) for line in typed), 250 + len(">>> "))

    def test_a_second_time_it_is_there_already(self):
        self.program()
        wire = self.wire()
        self.shell(wire, "bash", "--norc", "-i")
        self.up_and_back(wire)
        self.assertNotIn("goes to", self.up_and_back(wire).text())

    def test_it_is_kept_where_that_is_wanted_and_found_there(self):
        self.program()
        path = os.path.join(self.folder, "kept")
        wire = self.wire()
        shell = self.shell(wire, "dash", "-i")
        self.up_and_back(wire, "--save", path)
        shell.signal(signal.SIGHUP)
        shell.wait()
        self.assertTrue(os.access(path, os.X_OK))
        self.shell(wire, "dash", "-i")  # as after a boot: nothing is left in memory
        self.assertNotIn("goes to", self.up_and_back(wire, "--save", path).text())

    def test_dash(self):
        self.program()
        wire = self.wire()
        self.shell(wire, "dash", "-i")
        self.up_and_back(wire)

    @unittest.skipUnless(shutil.which("busybox"), "needs busybox")
    def test_busybox_with_all_applets(self):
        self.program()
        wire = self.wire()
        self.shell(wire, "env", "PATH=/nonexistent", shutil.which("busybox"), "ash", "-i")
        self.up_and_back(wire)

    def test_a_coloured_prompt_of_two_lines(self):
        self.program()
        wire = self.wire()
        self.shell(wire, "bash", "--norc", "-i", PS1=r"\[\e[32m\]root@board\[\e[0m\]:/\n\[\e[1m\]# \[\e[0m\]")
        self.up_and_back(wire)

    def test_with_few_tools_and_no_stty_it_is_typed(self):
        self.program(packings=("xz",))
        tools = os.path.join(self.folder, "tools")
        os.mkdir(tools)
        for tool in ("cat", "chmod", "cksum", "uname", "xz"):
            os.symlink(shutil.which(tool), os.path.join(tools, tool))
        wire = self.wire()
        self.shell(wire, "env", f"PATH={tools}", "/bin/dash", "-i", extra="mount --bind /dev/null /bin/busybox")
        end = self.install(wire)
        end.wait_for(UP, deadline=120)
        # Shells on boards take 255.
        lines = wire.typed[:wire.typed.rindex(b"eval")].split(b"\n")
        self.assertGreater(len(lines), 1000)
        self.assertLessEqual(max(len(line) for line in lines), 250)

    def test_one_byte_in_ten_thousand_is_altered(self):
        self.program()
        wire = self.wire(alter=10000)
        self.shell(wire, "bash", "--norc", "-i")
        end = self.install(wire, "-L", "0:127.0.0.1:9")
        end.wait_for(UP, deadline=280)

    def test_the_echo_is_late(self):
        self.program()
        wire = self.wire(delay=0.15)
        self.shell(wire, "bash", "--norc", "-i")
        self.up_and_back(wire)

    def test_the_kernel_talks(self):
        self.program()
        wire = self.wire()
        self.shell(wire, "bash", "--norc", "-i")
        end = self.install(wire, "-L", "0:127.0.0.1:9")
        number = 0
        while not end.popen.poll() and "opened at" not in end.text():
            number += 1
            wire.say(b"[%5d.%06d] usb 1-1: new high-speed USB device number %d\n" % (number, number, number))
            time.sleep(0.02)
        end.wait_for(UP)

    def test_noexec_is_avoided_and_named(self):
        self.program()
        wire = self.wire()
        shell = self.shell(wire, "dash", "-i", extra="mount -o remount,noexec /dev/shm")
        self.assertIn("goes to /run/.serialtcp", self.up_and_back(wire).text())
        shell.signal(signal.SIGHUP)
        shell.wait()
        self.shell(wire, "dash", "-i", HOME="/proc", extra="""mount -o remount,noexec /dev/shm
mount -o remount,ro /run
mkdir /dev/shm/none
mount --bind /dev/shm/none /tmp
mount --bind /dev/shm/none /var/tmp""")
        end = self.install(wire)
        self.assertEqual(end.wait(), 1)
        self.assertRegex(end.text(), r"no place at the other end can be written to and run programs.*/dev/shm: .*denied.*"
                                     r"/run: .*[Rr]ead-only")

    def test_a_machine_without_a_program_lists_those_there_are(self):
        self.program()
        tools = os.path.join(self.folder, "tools")
        os.mkdir(tools)
        with open(os.path.join(tools, "uname"), "w", encoding="ascii") as file:
            file.write("#!/bin/sh\necho sparc64\n")
        os.chmod(os.path.join(tools, "uname"), 0o755)
        wire = self.wire()
        self.shell(wire, "env", f"PATH={tools}:$PATH", "dash", "-i")
        end = self.install(wire)
        self.assertEqual(end.wait(), 1)
        self.assertIn("which is sparc64: there are those for x86_64 aarch64", end.text())
        harness.until(lambda: self.level() == "7", "kernel messages are shown again")

    def test_a_board_that_begins_again_is_waited_for(self):
        self.program()
        wire = self.wire()
        shell = self.shell(wire, "bash", "--norc", "-i")
        end = self.install(wire)
        harness.until(lambda: len(wire.typed) > 50_000, "it is amid the program")
        wire.cut = True
        shell.signal(signal.SIGHUP)
        shell.wait()
        wire.cut = False
        wire.say(b"\r\n[    0.000000] Linux version 6.1.0 (build@host)\r\n")
        self.shell(wire, "bash", "--norc", "-i")
        end.wait_for(UP)
        self.assertEqual(len(re.findall("begun again", end.text())), 1)

    def test_given_up_at_any_step_it_leaves_the_console_as_it_was(self):
        self.program()
        wire = self.wire()
        self.shell(wire, "bash", "--norc", "-i")
        before = wire.modes()
        echoed = b'echo "<"'
        steps = {"at the first command": lambda: echoed in wire.typed, "at the tools": lambda: b"cksum" in wire.typed,
                 "amid a piece": lambda: len(wire.typed) > 100_000}
        for step, reached in steps.items():
            wire.typed = b""
            seen = len(wire.shown)
            end = self.install(wire)
            harness.until(reached, step)
            self.assertEqual(end.stop(), 0, step)
            self.wait_for_prompt(wire, seen)
            harness.until(lambda: wire.modes() == before, f"{step}: the terminal is as it was")
            harness.until(lambda: self.level() == "7", f"{step}: kernel messages are shown again")
        self.up_and_back(wire)

    def test_three_interrupts_at_the_console_give_it_back(self):
        self.program()
        wire = self.wire()
        self.shell(wire, "bash", "--norc", "-i")
        before = wire.modes()
        end = self.install(wire)
        end.wait_for(UP)
        seen = len(wire.shown)
        wire.cut = True
        time.sleep(0.2)  # what is typed has to be apart from what the link has sent
        for _ in range(3):
            wire.key(b"\x03")
            time.sleep(0.1)
        self.wait_for_prompt(wire, seen)
        self.assertEqual(wire.modes(), before)

    def test_without_this_end_the_console_is_back_after_the_hold_time(self):
        self.program()
        wire = self.wire()
        self.shell(wire, "bash", "--norc", "-i")
        before = wire.modes()
        end = self.install(wire, "--hold", "0")
        end.wait_for(UP)
        seen = len(wire.shown)
        self.kill(end)
        self.wait_for_prompt(wire, seen)
        self.assertEqual(wire.modes(), before)


PASSWORD = "correct horse"


@unittest.skipUnless(shutil.which("agetty") and shutil.which("login") and ROOT, "needs agetty, login, and root")
class Logins(Boards):
    def agetty(self, wire):
        """A real one, with users of its own."""
        self.count += 1
        digest = subprocess.run(["openssl", "passwd", "-6", PASSWORD], check=True, capture_output=True, text=True).stdout.strip()
        passwd = os.path.join(self.folder, "passwd")
        shadow = os.path.join(self.folder, "shadow")
        with open(passwd, "w", encoding="ascii") as file:
            file.write(f"root:x:0:0:root:{self.home}:/bin/sh\n")
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

    def test_it_logs_in_and_out(self):
        self.program()
        wire = self.wire()
        self.agetty(wire)
        transcript = os.path.join(self.folder, "transcript")
        end = self.up_and_back(wire, "--login", "root", "--password-file", self.password_file(PASSWORD), "--transcript",
                               transcript, command=())
        self.assertRegex(end.text(), r'a login prompt is there \(it says ".*login:"\): logging in as root')
        with open(transcript, encoding="utf-8", errors="replace") as file:
            text = file.read()
        self.assertNotIn(PASSWORD, text)
        self.assertIn(">>> root", text)
        self.assertIn("(the password)", text)
        harness.until(lambda: wire.shown.rstrip().endswith(b"login:"), "the login prompt is back")

    def test_a_wrong_password_is_tried_once(self):
        self.program()
        wire = self.wire()
        self.agetty(wire)
        end = self.install(wire, "--user", "root", "--password-file", self.password_file("wrong"))
        self.assertEqual(end.wait(), 1)
        self.assertRegex(end.text(), r'has refused the user root or the password, at "Password:": it is not tried again')
        self.assertEqual(wire.typed.count(b"wrong"), 1)

    def test_without_a_terminal_to_ask_it_says_what_to_give(self):
        self.program()
        wire = self.wire()
        self.agetty(wire)
        end = self.install(wire, wrap=["setsid"])
        self.assertEqual(end.wait(), 1)
        self.assertRegex(end.text(), r'says ".*login:", and there is no terminal to ask')


if __name__ == "__main__":
    harness.main()
