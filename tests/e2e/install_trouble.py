#!/usr/bin/env python3
"""serialtcp install where something is wrong: boards that begin again, are full, or say nothing but an application's output;
short lines, no echo; another version; who gives up, and when; the cable pulled."""

import os
import platform
import pty
import shutil
import signal
import subprocess
import sys
import termios
import time
import unittest

import harness
from board_rig import LITE, PASSWORD, ROOT, UP, Boards

VERSION = "2.0.77"


class Troubled(Boards):
    def root_of(self, shell, path):
        """A folder of the board, which has mounts of its own."""
        return f"/proc/{shell.popen.pid}/root{path}"

    def files(self, shell, path):
        return [name for name in os.listdir(self.root_of(shell, path)) if name.startswith(".serialtcp")]

    def end_shell(self, shell):
        shell.signal(signal.SIGHUP)
        shell.wait()


@unittest.skipUnless(ROOT, "needs root, for a machine with mounts of its own")
class Rooms(Troubled):
    """Of the board, and what is left in them."""

    SMALL = "mount -t tmpfs -o size={}k none {}"

    def small(self, **sizes):
        lines = [self.SMALL.format(size, path.replace("_", "/")) for path, size in sizes.items()]
        return "\n".join([*lines, "mkdir /run/none", "mount --bind /run/none /var/tmp"])

    def test_a_full_place_is_told_and_another_one_is_taken(self):
        self.program()
        wire = self.wire()
        shell = self.shell(wire, "bash", "--norc", "-i", extra=self.small(_dev_shm=300))
        end = self.up_and_back(wire)
        self.assertRegex(end.text(), r"no room in /dev/shm for the program, which takes \d+ bytes on its way: .*space")
        self.assertIn("goes to /run/.serialtcp", end.text())
        self.assertEqual(self.files(shell, "/dev/shm"), [])

    def test_if_all_are_full_nothing_is_left(self):
        self.program()
        wire = self.wire()
        full = self.small(_run=300) + "\nmount --bind /run /dev/shm\nmount --bind /run /tmp\nmount --bind /run /var/tmp"
        shell = self.shell(wire, "bash", "--norc", "-i", extra=full, HOME="/run")
        end = self.install(wire)
        self.assertEqual(end.wait(), 1)
        self.assertRegex(end.text(), r"there is no room in /\S+ for .*; and no other place has room")
        harness.until(lambda: not self.files(shell, "/run"), "nothing is left")
        harness.until(lambda: self.level() == "7", "kernel messages are shown again")

    def test_room_for_the_packed_program_alone_is_too_little(self):
        self.program(packings=("xz",))
        packed = os.path.getsize(os.path.join(self.boards, f"serialtcp-{platform.machine()}-lite.xz"))
        wire = self.wire()
        shell = self.shell(wire, "bash", "--norc", "-i", extra=self.small(_dev_shm=packed * 3 // 2000))
        self.assertIn("goes to /run/.serialtcp", self.up_and_back(wire).text())
        self.assertEqual(self.files(shell, "/dev/shm"), [])

    def test_the_loader_runs_it_where_only_small_places_can_be_executed(self):
        self.program(packings=("xz",))
        self.loader()
        wire = self.wire()
        shell = self.shell(wire, "bash", "--norc", "-i", HOME="/proc", extra="""mount -o remount,noexec /dev/shm
mount -t tmpfs -o size=64k none /run
mkdir /dev/shm/none
mount --bind /dev/shm/none /tmp
mount --bind /dev/shm/none /var/tmp""")
        end = self.up_and_back(wire)
        self.assertRegex(end.text(), "no room in /run for the program")
        self.assertIn("goes to /dev/shm/.serialtcp", end.text())
        self.assertEqual((self.files(shell, "/dev/shm"), self.files(shell, "/run")), ([".serialtcp"], []))
        self.assertNotIn("goes to /dev/shm", self.up_and_back(wire).text())

    def test_what_cannot_be_written_to_is_named(self):
        self.program()
        wire = self.wire()
        self.shell(wire, "dash", "-i", HOME="/proc", extra="""mkdir /dev/shm/none
mount --bind /dev/shm/none /tmp
mount --bind /dev/shm/none /var/tmp
for folder in /dev/shm /run /tmp /var/tmp; do mount -o remount,bind,ro $folder; done""")
        end = self.install(wire)
        self.assertEqual(end.wait(), 1)
        for folder in ("/dev/shm", "/run", "/tmp", "/var/tmp"):
            self.assertRegex(end.text(), rf"no place at the other end .*{folder}: [^;]*[Rr]ead-only")

    def test_on_flash_nothing_is_left_by_who_gives_up(self):
        self.program(packings=())
        wire = self.wire()
        flash = os.path.join(self.folder, "flash")
        os.mkdir(flash)
        shell = self.shell(wire, "bash", "--norc", "-i", HOME="/tmp", extra=f"""mount --bind {flash} /tmp
for folder in /dev/shm /run /var/tmp; do mount --bind /proc/self $folder; done""")
        end = self.install(wire)
        harness.until(lambda: [name for name in os.listdir(flash) if name.startswith(".serialtcp-")], "it is amid the program")
        self.assertEqual(end.stop(), 0)
        harness.until(lambda: os.listdir(flash) == [], "nothing is left")
        self.up_and_back(wire)
        harness.until(lambda: os.listdir(flash) == [], "nothing is left of a link, either")
        self.assertIsNone(shell.popen.poll())


@unittest.skipUnless(ROOT, "needs root, for a machine with mounts of its own")
class Terminals(Troubled):
    def test_lines_of_255_and_505_characters_are_the_longest(self):
        self.program(packings=("xz",))
        for most in (255, 505):
            with self.subTest(most):
                wire = self.wire(most_line=most)
                shell = self.shell(wire, "dash", "-i")
                end = self.up_and_back(wire, "--as", "--allow '*:*' " + "--allow-shell " * 20)
                self.assertIn("goes to", end.text())
                self.assertEqual(wire.cut_lines, 0)
                self.end_shell(shell)

    def test_without_echo(self):
        self.program()
        wire = self.wire()
        self.shell(wire, "dash", "-i")
        subprocess.run(["stty", "-F", wire.console, "-echo"], check=True)
        self.up_and_back(wire)

    def test_a_terminal_with_other_settings_is_left_like_that(self):
        self.program()
        wire = self.wire()
        self.shell(wire, "dash", "-i")
        subprocess.run(["stty", "-F", wire.console, "-isig", "-opost", "-icrnl"], check=True)
        self.up_and_back(wire)

    def test_an_application_gets_nothing(self):
        wire = self.wire()
        end = self.install(wire)
        begun = time.monotonic()
        while "which is no prompt" not in end.text() and time.monotonic() < begun + harness.DEADLINE:
            wire.say(b"temperature 23.5\r\n")
            time.sleep(0.1)
        self.assertIn('the other end says "temperature 23.5", and more like it, which is no prompt', end.text())
        self.assertEqual(end.stop(), 0)
        self.assertEqual(wire.typed, b"")

    def test_two_at_one_device(self):
        self.program()
        wire = self.wire()
        self.shell(wire, "bash", "--norc", "-i")
        first = self.install(wire)
        first.wait_for(UP, deadline=120)
        typed = len(wire.typed)
        second = self.install(wire)
        second.wait_for(rf"process {first.popen.pid}|{first.popen.pid}")
        self.assertEqual(second.stop(), 0)
        self.assertNotIn(b"echo", wire.typed[typed:])
        self.assertNotIn("lost", first.text())


@unittest.skipUnless(ROOT, "needs root, for a machine with mounts of its own")
class Versions(Troubled):
    def setUp(self):
        super().setUp()
        self.program()
        self.bin = os.path.join(self.folder, "bin")
        os.mkdir(self.bin)
        with open(os.path.join(self.bin, "serialtcp-lite"), "w", encoding="ascii") as file:
            file.write(f'#!/bin/sh\n[ "$1" = --version ] && echo serialtcp lite {VERSION} && exit\nexec {LITE} "$@"\n')
        os.chmod(os.path.join(self.bin, "serialtcp-lite"), 0o755)
        self.console = self.wire()
        self.shell(self.console, "bash", "--norc", "-i", PATH=f"{self.bin}:{os.environ['PATH']}")

    def test_another_one_is_told_and_used(self):
        end = self.up_and_back(self.console)
        self.assertRegex(end.text(), rf"serialtcp-lite at the other end is {VERSION}, and this is \S+: it is used; --upgrade")
        self.assertNotIn("goes to", end.text())

    def test_it_is_replaced_where_that_is_wanted(self):
        end = self.up_and_back(self.console, "--upgrade")
        self.assertRegex(end.text(), rf"is {VERSION}, and this is \S+: this one is brought there")
        self.assertIn("goes to /dev/shm/.serialtcp", end.text())
        again = self.up_and_back(self.console)
        self.assertNotIn(VERSION, again.text())
        self.assertNotIn("goes to", again.text())

    def test_what_another_user_has_put_where_it_would_be_is_not_run(self):
        os.remove(os.path.join(self.bin, "serialtcp-lite"))
        place, marker = self.root_of(self.shells[0], "/dev/shm/"), os.path.join(self.folder, "was run")
        for name in (".serialtcp", ".serialtcp.new"):
            with open(place + name, "w", encoding="ascii") as file:
                file.write(f'#!/bin/sh\necho >"{marker}"\nexec {LITE} "$@"\n')
            os.chmod(place + name, 0o777)
            os.chown(place + name, 12345, 12345)
        end = self.up_and_back(self.console)
        self.assertIn("goes to /dev/shm/.serialtcp", end.text())
        self.assertFalse(os.path.exists(marker))
        self.assertEqual(os.stat(place + ".serialtcp").st_uid, os.geteuid())
        self.assertEqual(self.files(self.shells[0], "/dev/shm"), [".serialtcp"])

    def kept(self):
        """An older one, at a path that --save names."""
        path = os.path.join(self.folder, "kept")
        shutil.copy(os.path.join(self.bin, "serialtcp-lite"), path)
        os.remove(os.path.join(self.bin, "serialtcp-lite"))
        with open(path, "rb") as file:
            return path, file.read()

    def content(self, path):
        with open(path, "rb") as file:
            return file.read()

    def test_what_is_kept_is_replaced_when_the_new_one_runs(self):
        path, old = self.kept()
        end = self.up_and_back(self.console, "--save", path, "--upgrade")
        self.assertRegex(end.text(), rf"is {VERSION}, and this is \S+: this one is brought there")
        self.assertNotEqual(self.content(path), old)
        self.assertTrue(os.access(path, os.X_OK))
        self.assertFalse(os.path.exists(path + ".new"))

    def test_one_that_does_not_run_replaces_nothing(self):
        path, old = self.kept()
        for name in os.listdir(self.boards):
            os.remove(os.path.join(self.boards, name))
        with open(os.path.join(self.boards, f"serialtcp-{platform.machine()}-lite"), "w", encoding="ascii") as file:
            file.write("#!/bin/sh\nexit 1\n")
        end = self.install(self.console, "--save", path, "--upgrade")
        self.assertEqual(end.wait(), 1)
        self.assertIn("does not run there", end.text())
        self.assertEqual(self.content(path), old)
        harness.until(lambda: not os.path.exists(path + ".new"), "nothing is left")

    def test_one_that_is_interrupted_replaces_nothing(self):
        path, old = self.kept()
        end = self.install(self.console, "--save", path, "--upgrade")
        harness.until(lambda: len(self.console.typed) > 100_000, "amid a piece")
        self.assertEqual(end.stop(), 0)
        self.assertEqual(self.content(path), old)

    def test_a_folder_is_not_replaced(self):
        path = os.path.join(self.folder, "kept")
        os.mkdir(path)
        os.remove(os.path.join(self.bin, "serialtcp-lite"))
        end = self.install(self.console, "--save", path)
        self.assertEqual(end.wait(), 1)
        self.assertRegex(end.text(), rf'cannot be named {path}: it says "is a folder"')
        self.assertEqual(os.listdir(path), [])
        harness.until(lambda: not os.path.exists(path + ".new"), "nothing is left")


@unittest.skipUnless(ROOT, "needs root, for a machine with mounts of its own")
class Machines(Troubled):
    def test_each_gets_its_program(self):
        """All of them run here: what uname says is made up, and the rest is this machine's, which has no features of arm."""
        tools = os.path.join(self.folder, "tools")
        os.mkdir(tools)
        wire = self.wire()
        shell = self.shell(wire, "bash", "--norc", "-i", PATH=f"{tools}:{os.environ['PATH']}")
        orders = {"little": "mipsel", "big": "mips"}
        for machine, arch in (("aarch64", "aarch64"), ("armv7l", "armel"), ("mips", orders[sys.byteorder]), ("i686", "i386"),
                              ("riscv64", "riscv64"), ("s390x", "s390x")):
            with self.subTest(machine):
                self.program(packings=("gz",), machine=arch)
                uname = os.path.join(tools, "uname")
                with open(uname, "w", encoding="ascii") as file:
                    file.write(f"#!/bin/sh\necho {machine}\n")
                os.chmod(uname, 0o755)
                end = self.up_and_back(wire)
                self.assertIn(f"serialtcp-{arch}-lite goes to", end.text())
                os.remove(self.root_of(shell, "/dev/shm/.serialtcp"))


@unittest.skipUnless(ROOT, "needs root, for a machine with mounts of its own")
class Beginnings(Troubled):
    def begin_again(self, wire, shell):
        wire.cut = True
        subprocess.run(["pkill", "-KILL", "-s", str(shell.popen.pid)], check=False)
        shell.wait()
        subprocess.run(["stty", "-F", wire.console, "sane"], check=True)
        wire.cut = False
        wire.say(b"\r\n[    0.000000] Linux version 6.1.0 (build@host)\r\n")

    def test_a_board_that_begins_again_during_the_link_has_it_again(self):
        self.program()
        wire = self.wire()
        end = None
        for _ in range(2):
            shell = self.shell(wire, "bash", "--norc", "-i")
            end = end or self.install(wire)
            mark = end.mark()
            end.wait_for(UP, after=mark if "goes to" in end.text() else 0, deadline=120)
            if "begun again" not in end.text():
                self.begin_again(wire, shell)
                end.wait_for("the other end has begun again")
        seen = len(wire.shown)
        self.assertEqual(end.stop(), 0)
        self.wait_for_prompt(wire, seen)

    def test_a_program_that_is_killed_is_started_again(self):
        self.program()
        wire = self.wire()
        self.shell(wire, "bash", "--norc", "-i")
        end = self.install(wire)
        end.wait_for(UP, deadline=120)
        mark = end.mark()
        subprocess.run(["pkill", "-KILL", "-t", wire.console.removeprefix("/dev/"), "-f", "[.]serialtcp"], check=True)
        end.wait_for(UP, after=mark)
        self.assertRegex(end.text()[mark:], r"has ended with status 137, and the console is there again")
        self.assertNotIn("goes to", end.text()[mark:])

    def test_three_interrupts_end_the_link_here_as_well(self):
        self.program()
        wire = self.wire()
        self.shell(wire, "bash", "--norc", "-i")
        end = self.install(wire)
        end.wait_for(UP, deadline=120)
        seen = len(wire.shown)
        for _ in range(3):
            time.sleep(0.3)  # what is typed has to be apart from what the link has sent
            wire.key(b"\x03")
        self.wait_for_prompt(wire, seen)
        typed = len(wire.typed)
        self.assertEqual(end.wait(), 0)
        self.assertIn("has ended with status 0, and the console is there again", end.text())
        self.assertNotIn(b"stty", wire.typed[typed:])


@unittest.skipUnless(ROOT, "needs root, for a machine with mounts of its own")
class Pulled(Troubled):
    """A device that goes away, which a pty of the rig cannot."""

    HOLD = 3

    def setUp(self):
        super().setUp()
        self.program()
        self.pulled = self.cable("--baud", "3000000")
        self.console = os.open(self.pulled.b, os.O_RDWR | os.O_NOCTTY)
        self.addCleanup(os.close, self.console)
        subprocess.run(["stty", "sane"], stdin=self.console, check=True)
        command = f"exec bash --norc -i >{self.pulled.b} 2>&1"
        self.shells.append(self.add(harness.Process("shell", ["setsid", "-c", *self.board(), "sh", "-c", command], self.folder,
                                                    stdin=self.console, env={"HOME": self.home, "PS1": "board# "})))
        self.link = self.add(harness.Process("link", [harness.BINARY, "install", "--boards", self.boards, "--hold",
                                                      str(self.HOLD), self.pulled.a, "3000000"], self.folder))
        self.link.wait_for(UP, deadline=120)

    def runs_there(self):
        found = subprocess.run(["pgrep", "-f", f"[.]serialtcp .*--hold {self.HOLD} "], check=False, capture_output=True)
        return found.stdout.split()

    def the_one_there(self):
        """What it starts is for a moment a process with its name."""
        found = self.runs_there()
        return found if len(found) == 1 else None

    def test_back_in_time_the_program_there_goes_on(self):
        before = harness.until(self.the_one_there, "it runs there")
        self.pulled.command("unplug a")
        self.link.wait_for("lost .*connections continue")
        self.pulled.command("plug a")
        self.link.wait_for("serialtcp runs at the other end already")
        self.link.wait_for("is back after")
        self.assertEqual(harness.until(self.the_one_there, "it runs there"), before)


    def test_back_later_it_is_started_there_again(self):
        self.pulled.command("unplug a")
        harness.until(lambda: not self.runs_there(), "the program there has ended")
        mark = self.link.mark()
        self.pulled.command("plug a")
        self.link.wait_for(UP, after=mark)
        self.assertNotIn("goes to", self.link.text()[mark:])
        self.assertTrue(self.runs_there())


@unittest.skipUnless(shutil.which("agetty") and shutil.which("login") and ROOT, "needs agetty, login, and root")
class Questions(Troubled):
    """On the terminal here, which is a pty."""

    def ask(self, wire, *options):
        pid, fd = pty.fork()
        if pid == 0:
            os.execv(harness.BINARY, [harness.BINARY, "install", "--boards", self.boards, *options, wire.line])
        self.addCleanup(os.close, fd)
        self.pid = pid
        return fd

    def read_until(self, fd, text):
        seen = b""
        while text not in seen:
            seen += os.read(fd, 4096)
        return seen

    def test_interrupted_at_a_question_both_terminals_are_as_before(self):
        self.program()
        wire = self.wire()
        self.agetty(wire)
        for options, question in (((), b"login: "), (("--user", "root"), b"Password of root at the other end: ")):
            with self.subTest(question):
                fd = self.ask(wire, *options)
                before = termios.tcgetattr(fd)
                self.read_until(fd, question)
                self.assertEqual(bool(termios.tcgetattr(fd)[3] & termios.ECHO), not options)
                os.write(fd, b"\x03")
                self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1]), 0)
                self.assertEqual(termios.tcgetattr(fd), before)
                harness.until(lambda: wire.shown.rstrip().endswith(b"login:"), "the login prompt is there")
                self.assertNotIn(b"incorrect", wire.shown)

    def test_the_answers_lead_to_a_link(self):
        self.program()
        wire = self.wire()
        self.agetty(wire)
        fd = self.ask(wire)
        self.read_until(fd, b"login: ")
        os.write(fd, b"root\n")
        self.read_until(fd, b"Password of root at the other end: ")
        os.write(fd, PASSWORD.encode() + b"\n")
        shown = self.read_until(fd, b"link ok")
        self.assertNotIn(PASSWORD.encode(), shown)
        self.assertRegex(shown, rb"\[#+ *\] \d+ kB of \d+ kB \(\d+ %\)")
        seen = len(wire.shown)
        os.write(fd, b"\x03")
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1]), 0)
        harness.until(lambda: wire.shown[seen:].rstrip().endswith(b"login:"), "the login prompt is back")

    def test_a_shell_that_ends_at_once_is_told(self):
        self.program()
        wire = self.wire()
        self.agetty(wire, shell="/bin/false")
        end = self.install(wire, "--user", "root", "--password-file", self.password_file(PASSWORD))
        self.assertEqual(end.wait(), 1)
        self.assertRegex(end.text(), "or the shell of root has ended at once")
        self.assertEqual(wire.typed.count(PASSWORD.encode()), 1)


if __name__ == "__main__":
    harness.main()
