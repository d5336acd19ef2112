#!/usr/bin/env python3
"""The loader: the program itself, on this machine; and serialtcp install by it onto boards whose shell has next to nothing."""

import ctypes
import errno
import os
import platform
import pty
import re
import shlex
import shutil
import struct
import subprocess
import termios
import time
import unittest

import harness
from board_rig import LITE, LOADER, ROOT, Boards
from tcp import payload

# `printf abc | cksum` of coreutils 9.1.
CKSUM_OF_ABC = b"1219131554 3"


@unittest.skipUnless(LOADER, "there is no loader for this machine")
class Program(harness.Case):
    def run_it(self, *words, data=b"", status=0, **process):
        done = subprocess.run([LOADER, *words], input=data, capture_output=True, check=False, cwd=self.folder, timeout=60, **process)
        self.assertEqual(done.returncode, status, (words, done.stderr))
        return done.stdout if status == 0 else done.stderr

    def file(self, name, content=b""):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as file:
            file.write(content)
        return path

    def test_it_is_less_than_4_kb(self):
        self.assertLess(os.path.getsize(LOADER), 4096)

    def test_check_values_are_those_of_cksum(self):
        self.assertEqual(self.run_it("c", data=b"abc"), CKSUM_OF_ABC + b"\n")
        self.assertEqual(self.run_it("c"), b"4294967295 0\n")
        for size in (1, 255, 256, 65536, 300_000):
            data = payload(size)
            expected = subprocess.run(["cksum"], input=data, capture_output=True, check=True).stdout
            self.assertEqual(self.run_it("c", data=data), expected)
        self.file("abc", b"abc")
        self.file("empty")
        self.assertEqual(self.run_it("c", "abc", "empty"), CKSUM_OF_ABC + b" abc\n4294967295 0 empty\n")

    def test_files(self):
        one, two = self.file("one", payload(10_000)), self.file("two", b"two\n")
        self.assertEqual(self.run_it("a", one, two), payload(10_000) + b"two\n")
        self.assertEqual(self.run_it("a", data=b"x"), b"x")
        self.run_it("m", "755", one, two)
        self.run_it("m", "640", two)
        self.assertEqual([os.stat(path).st_mode & 0o7777 for path in (one, two)], [0o755, 0o640])
        self.run_it("n", "-f", one, two)
        self.assertFalse(os.path.exists(one))
        self.assertEqual(os.path.getsize(two), 10_000)
        self.run_it("d", "-f", two, "not there")
        self.assertFalse(os.path.exists(two))

    def test_failures_are_told(self):
        file = self.file("file")
        self.assertEqual(self.run_it("c", "none", status=1), b"none: No such file or directory\n")
        self.assertEqual(self.run_it("a", "none", "file", status=1), b"none: No such file or directory\n")
        self.assertEqual(self.run_it("m", "755", "none", status=1), b"none: No such file or directory\n")
        self.assertEqual(self.run_it("n", "-f", "none", file, status=1), b"file: No such file or directory\n".replace(
            b"file", file.encode(), 1))
        self.assertEqual(self.run_it("d", "-f", self.folder, status=1), f"{self.folder}: error 21\n".encode())
        self.assertEqual(self.run_it("x", "none", status=1), b"none: No such file or directory\n")
        self.assertEqual(self.run_it("x", self.file("text", b"text"), status=1), f"{self.folder}/text: Exec format error\n".encode())
        self.assertEqual(self.run_it("s", "-g", status=1), b"terminal: Not a terminal\n")
        with open("/dev/full", "wb") as full:
            self.assertEqual(subprocess.run([LOADER, "a", "/etc/passwd"], stdout=full, stderr=subprocess.PIPE, check=False).stderr,
                             b"/etc/passwd: No space left on device\n")

    def test_wrong_usage_does_nothing(self):
        for words in ((), ("q",), ("cc", "file"), ("m", "755"), ("m", "79", "file"), ("m", "", "file"), ("r", "1", "2"),
                      ("r", "1x", "2", "file"), ("r", "99999999999999999999", "2", "file"), ("n", "-f", "file"), ("d", "-f"),
                      ("x",), ("s", ":short")):
            self.run_it(*words, status=2)
        self.assertEqual(os.listdir(self.folder), [])

    def test_a_program_runs_out_of_memory(self):
        copy = shutil.copy(shutil.which("echo"), os.path.join(self.folder, "echo"))
        os.chmod(copy, 0o644)
        self.assertEqual(self.run_it("x", copy, "a", "b c"), b"a b c\n")

    @unittest.skipUnless(ROOT, "needs root, to mount")
    def test_a_program_runs_out_of_memory_from_a_place_that_is_mounted_noexec(self):
        script = 'mount -t tmpfs -o noexec none "$2" && cp "$(which echo)" "$2" && ! "$2/echo" 2>/dev/null && exec "$1" x "$2/echo" yes'
        done = subprocess.run(["unshare", "--mount", "sh", "-c", script, "sh", LOADER, self.folder], capture_output=True, check=False)
        self.assertEqual((done.returncode, done.stdout), (0, b"yes\n"), done.stderr)


@unittest.skipUnless(LOADER, "there is no loader for this machine")
class Terminal(harness.Case):
    def setUp(self):
        super().setUp()
        self.near, self.far = pty.openpty()
        self.addCleanup(os.close, self.near)
        self.addCleanup(os.close, self.far)
        self.before = termios.tcgetattr(self.far)
        self.into = os.path.join(self.folder, "into")

    def start(self, *words):
        process = subprocess.Popen([LOADER, *words], stdin=self.far, stdout=self.far, stderr=self.far)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def read_until(self, text):
        seen = b""
        while text not in seen:
            seen += os.read(self.near, 1000)
        return seen

    def send(self, data):
        while data:
            data = data[os.write(self.near, data):]

    def content(self):
        with open(self.into, "rb") as file:
            return file.read()

    def test_so_many_bytes_are_read_as_they_are_and_the_terminal_is_as_before(self):
        data = bytes(range(256)) * 60
        process = self.start("r", str(len(data)), "17", self.into)
        self.assertEqual(self.read_until(b"g>\n"), b"<17g>\n")
        raw = termios.tcgetattr(self.far)
        self.assertEqual((raw[0], raw[1] & termios.OPOST, raw[3] & (termios.ECHO | termios.ICANON | termios.ISIG)), (0, 0, 0))
        self.assertEqual(raw[2], self.before[2])
        self.send(data)
        self.assertEqual(process.wait(harness.DEADLINE), 0)
        self.assertEqual(self.content(), data)
        self.assertEqual(termios.tcgetattr(self.far), self.before)

    def test_what_is_missing_ends_it_after_a_while(self):
        process = self.start("r", "100", "1", self.into)
        self.read_until(b"g>\n")
        self.send(b"half")
        begun = time.monotonic()
        self.assertEqual(process.wait(harness.DEADLINE), 0)
        self.assertGreater(time.monotonic() - begun, 2.5)
        self.assertEqual(self.content(), b"half")
        self.assertEqual(termios.tcgetattr(self.far), self.before)

    def test_what_cannot_be_written_is_read_all_the_same(self):
        for path, error in (("/dev/full", b"No space left on device"), ("/proc/none", b"No such file or directory")):
            with self.subTest(path):
                process = self.start("r", "20000", "1", path)
                self.read_until(b"g>\n")
                self.send(b"\n" * 20000)
                self.assertEqual(process.wait(harness.DEADLINE), 1)
                self.read_until(error)
                self.assertEqual(termios.tcgetattr(self.far), self.before)
                os.set_blocking(self.far, False)
                self.assertRaises(BlockingIOError, os.read, self.far, 1)
                os.set_blocking(self.far, True)

    def test_settings_are_kept_in_a_word(self):
        self.start("s", "-g").wait()
        word = self.read_until(b"\n").strip().decode()
        self.assertRegex(word, "^:[a-p]+$")
        subprocess.run(["stty", "-echo", "-icanon", "min", "7"], stdin=self.far, check=True)
        self.assertNotEqual(termios.tcgetattr(self.far), self.before)
        self.assertEqual(self.start("s", word).wait(), 0)
        self.assertEqual(termios.tcgetattr(self.far), self.before)


@unittest.skipUnless(LOADER and platform.machine() == "x86_64", "numbers of system calls are those of x86_64")
class OldKernel(harness.Case):
    """System calls that are not there."""

    MEMFD_CREATE, EXECVEAT = 319, 322

    def run_without(self, number, *words):
        def forbid():
            allow, deny = 0x7FFF0000, 0x00050000 | errno.ENOSYS
            program = b"".join(struct.pack("HBBI", *one) for one in (
                (0x20, 0, 0, 0), (0x15, 0, 1, number), (0x06, 0, 0, deny), (0x06, 0, 0, allow)))
            buffer = ctypes.create_string_buffer(program)
            libc = ctypes.CDLL(None)
            filters = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(buffer))
            libc.prctl(38, 1, 0, 0, 0)  # PR_SET_NO_NEW_PRIVS
            libc.prctl(22, 2, filters, 0, 0)  # PR_SET_SECCOMP
        return subprocess.run([LOADER, *words], capture_output=True, check=False, preexec_fn=forbid)

    def test_without_memfd_it_says_so(self):
        done = self.run_without(self.MEMFD_CREATE, "x", shutil.which("echo"), "hi")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (1, b"", b"memfd: Function not implemented\n"))

    def test_without_execveat_the_program_runs_by_its_name_in_proc(self):
        done = self.run_without(self.EXECVEAT, "x", shutil.which("echo"), "hi")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, b"hi\n", b""))


def libraries_of(*programs):
    """Those of dynamic programs, and their linker."""
    listed = subprocess.run(["ldd", *programs], check=True, capture_output=True, text=True).stdout
    return sorted(set(re.findall(r"(/\S+) \(0x", listed)))


@unittest.skipUnless(ROOT, "needs root, for a machine with mounts of its own")
class Bare(Boards):
    """Machines that have a shell and its libraries, those of the program, and no other program."""

    def setUp(self):
        super().setUp()
        self.program(packings=())
        self.loader()
        self.root = os.path.join(self.folder, "root")

    def put(self, path, to=None):
        target = self.root + (to or path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copy(path, target)

    def put_program(self, name):
        for path in (shutil.which(name), *libraries_of(shutil.which(name))):
            self.put(path)
        self.put(shutil.which(name), f"/bin/{name}")

    def bare(self, wire, shell, *words, name=None, extra="", **env):
        name = name or os.path.basename(shell)
        for library in libraries_of(shell, LITE):
            self.put(library)
        self.put(shell, f"/bin/{name}")
        for folder in ("dev/shm", "run", "tmp", "var/tmp", "proc", "root"):
            os.makedirs(os.path.join(self.root, folder), exist_ok=True)
        lines = f"""mount --bind {self.root} {self.root}
mount --rbind /proc {self.root}/proc
mount --bind /dev {self.root}/dev
mount --bind /dev/shm {self.root}/dev/shm
mount --bind /run {self.root}/run
mount -t tmpfs none {self.root}/tmp
mount -t tmpfs none {self.root}/var/tmp
{extra.format(root=self.root)}
mount -o remount,bind,ro {self.root}"""
        words = [shlex.quote(word) for word in words]
        return self.shell(wire, shutil.which("chroot"), self.root, f"/bin/{name}", *words, extra=lines, PATH="/bin", HOME="/root", **env)

    def files(self, shell, path):
        return [name for name in os.listdir(f"/proc/{shell.popen.pid}/root{path}") if name.startswith(".serialtcp")]

    def assert_nothing_is_left(self, shell, *but):
        def left():
            return [name for path in ("/dev/shm", "/run", "/tmp", "/var/tmp", "/root") for name in self.files(shell, path)]
        harness.until(lambda: left() == list(but), "nothing is left")

    def test_bash_with_nothing_but_its_builtins(self):
        wire = self.wire()
        shell = self.bare(wire, shutil.which("bash"), "--norc", "-i")
        end = self.up_and_back(wire)
        self.assertRegex(end.text(), r"lacks tools: a program of \d{4} bytes is typed first")
        self.assertIn("goes to /dev/shm/.serialtcp", end.text())
        self.assertIn(b"r 16384 16384 ", wire.typed)  # in binary
        self.assert_nothing_is_left(shell, ".serialtcp")
        harness.until(lambda: re.search(rb"<z0>\r\nboard# $", wire.shown), "the prompt after the program")
        wire.key(b"type stty\n")
        harness.until(lambda: b"stty: not found" in wire.shown, "the shell is as it was")
        self.assertNotIn("goes to", self.up_and_back(wire).text())

    @unittest.skipUnless(shutil.which("busybox"), "needs busybox")
    def test_ash_with_xz_and_builtins(self):
        self.program(packings=("xz",))
        self.put_program("xz")
        wire = self.wire()
        shell = self.bare(wire, shutil.which("busybox"), "-i", name="ash")
        self.assertIn("typed first", self.up_and_back(wire).text())
        self.assert_nothing_is_left(shell, ".serialtcp")

    def test_bash_with_an_echo_that_decodes_and_no_printf(self):
        self.program(packings=("xz",))
        self.put_program("xz")
        with open(os.path.join(self.root, "rc"), "w", encoding="ascii") as file:
            file.write("enable -n printf\n")
        wire = self.wire()
        shell = self.bare(wire, shutil.which("bash"), "--rcfile", "/rc", "-i")
        self.assertIn("typed first", self.up_and_back(wire).text())
        self.assertIn(b"echo -ne \"$W0", wire.typed)
        self.assertNotIn(b"printf '", wire.typed)
        self.assert_nothing_is_left(shell, ".serialtcp")

    def test_lines_of_255_characters_are_the_longest(self):
        self.program(packings=("xz",))
        self.put_program("xz")
        wire = self.wire(most_line=255)
        self.bare(wire, "/bin/dash", "-i", name="sh")
        self.assertIn("typed first", self.up_and_back(wire).text())
        self.assertEqual(wire.cut_lines, 0)

    def test_a_console_that_loses_and_alters_bytes_while_it_is_typed(self):
        wire = self.wire(lose=1500, alter=3000)
        shell = self.bare(wire, "/bin/dash", "-i", name="sh")
        end = self.install(wire)
        end.wait_for("goes to", deadline=200)
        wire.lose = wire.alter = 0
        self.assertEqual(end.stop(), 0)
        self.assert_nothing_is_left(shell)

    def test_what_can_run_only_4_kb_runs_the_program_from_memory(self):
        self.program(packings=("xz",))
        self.put_program("xz")
        wire = self.wire()
        noexec = "".join(f"mount -o remount,bind,noexec {{root}}/{place}\n" for place in ("dev/shm", "tmp", "var/tmp"))
        shell = self.bare(wire, shutil.which("bash"), "--norc", "-i", extra=f"""{noexec}
mount -t tmpfs -o size=4k none {{root}}/run""")
        end = self.up_and_back(wire)
        self.assertIn("goes to /dev/shm/.serialtcp", end.text())
        self.assertIn(b"r 16384 16384 ", wire.typed)  # in binary
        self.assert_nothing_is_left(shell, ".serialtcp")
        again = self.up_and_back(wire)
        self.assertNotIn("goes to /dev/shm", again.text())
        self.assert_nothing_is_left(shell, ".serialtcp")

    def test_where_nothing_can_run_it_names_the_places(self):
        wire = self.wire()
        noexec = "".join(f"mount -o remount,bind,noexec {{root}}/{place}\n" for place in ("dev/shm", "run", "tmp", "var/tmp"))
        self.bare(wire, shutil.which("bash"), "--norc", "-i", extra=noexec)
        end = self.install(wire)
        self.assertEqual(end.wait(), 1)
        self.assertRegex(end.text(), "has not chmod, .*noexec.*: /dev/shm: .*map segment.*; /run: .*map segment")
        self.assertRegex(end.text(), r"\$HOME: .*[Rr]ead-only")

    def test_given_up_at_any_step_it_leaves_the_console_as_it_was(self):
        wire = self.wire()
        shell = self.bare(wire, shutil.which("bash"), "--norc", "-i")
        before = wire.modes()
        steps = {"while it is typed": b"V9=", "when it is put together": b"W0=", "at its first word": b"$L c $f",
                 "when it is the tools": b"$L s", "at the places": b"$L m 755 $t", "at the first piece": b"r 16384"}
        for step, typed in steps.items():
            with self.subTest(step):
                wire.typed = b""
                seen = len(wire.shown)
                end = self.install(wire)
                harness.until(lambda text=typed: text in wire.typed, step)
                self.assertEqual(end.stop(), 0)
                self.wait_for_prompt(wire, seen)
                harness.until(lambda: wire.modes() == before, "the terminal is as it was")
                harness.until(lambda: self.level() == "7", "kernel messages are shown again")
                pieces = [name for name in self.files(shell, "/dev/shm") if re.match(r"\.serialtcp-", name)]
                self.assert_nothing_is_left(shell, *pieces)

    def test_without_the_loader_it_says_where_it_would_be(self):
        os.remove(os.path.join(self.boards, f"serialtcp-{platform.machine()}-loader"))
        wire = self.wire()
        self.bare(wire, shutil.which("bash"), "--norc", "-i")
        end = self.install(wire)
        self.assertEqual(end.wait(), 1)
        self.assertRegex(end.text(), rf"has not chmod, .*: serialtcp-{platform.machine()}-loader is not beside {self.boards}")


if __name__ == "__main__":
    harness.main()
