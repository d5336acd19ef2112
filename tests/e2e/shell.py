"""serialtcp shell: programs at the other end of the cable, without an sshd there: their three standard files, exit
statuses, terminals, as the ssh of rsync and git; what is refused; that nothing is left running."""

import fcntl
import os
import pty
import select
import shutil
import signal
import struct
import subprocess
import termios
import time

from control import Controlled
from harness import BINARY, Process, main, until
from tcp import payload

FAILED = 255
OLD = os.environ.get("SERIALTCP_2_0_0", "")
LITE = os.environ.get("SERIALTCP_LITE", "")


class Shells(Controlled):
    baud = 3_000_000

    def setUp(self):
        super().setUp()
        self.wires = self.cable("--baud", str(self.baud))

    def end(self, line, *options, binary=BINARY, env=None):
        return self.add(Process(f"end{len(self.processes)}", [binary, *options, line, str(self.baud)], self.folder, env=env))

    def ends(self, *far, near=("-D", "0"), binary=BINARY, env=None):
        self.far = self.end(self.wires.b, *(far or ("--allow-shell",)), binary=binary, env=env)
        self.near = self.end(self.wires.a, *near)
        self.near.wait_for("link ok")
        self.far.wait_for("link ok")
        self.path(self.near)

    def words(self, *args):
        return [BINARY, "shell", *args]

    def shell(self, *args, data=b"", **options):
        return subprocess.run(self.words(*args), input=data, capture_output=True, timeout=120, check=False, **options)

    def command(self, *words, data=b""):
        return self.shell(self.wires.a, *words, data=data)

    def start(self, *args, **options):
        options = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
        process = subprocess.Popen(self.words(*args), **options)

        def clean_up():
            process.kill()
            process.communicate()
        self.addCleanup(clean_up)
        return process

    def refused(self, *args, says, **options):
        result = self.shell(*args, **options)
        self.assertEqual(result.returncode, FAILED)
        self.assertRegex(result.stderr.decode(), says)
        self.assertEqual(result.stdout, b"")

    def marker(self):
        """A command that runs for long, and which no other process of this machine is called like."""
        name = os.path.join(self.folder, f"sleep{time.monotonic_ns()}")
        os.symlink(shutil.which("sleep"), name)
        return name

    def wait_running(self, name):
        until(lambda: running(name), f"{name} runs")

    def wait_gone(self, name):
        until(lambda: not running(name), f"{name} has ended")


def running(name):
    """Numbers of the processes that were started by this name."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/cmdline", "rb") as file:
                    words = file.read().split(b"\0")
            except OSError:
                continue
            if words and words[0] == name.encode():
                found.append(int(entry))
    return found


class Commands(Shells):
    def setUp(self):
        super().setUp()
        self.ends()

    def test_output_errors_and_exit_statuses_are_kept_apart(self):
        result = self.command("echo out; echo err >&2; exit 7")
        self.assertEqual((result.returncode, result.stdout, result.stderr), (7, b"out\n", b"err\n"))
        for command, status in (("true", 0), ("exit 255", 255), ("exit 2", 2), ("kill -TERM $$", 128 + 15),
                                ("no-such-command-here", 127)):
            with self.subTest(command):
                self.assertEqual(self.command(command).returncode, status)

    def test_words_are_joined_by_blanks_and_are_the_shell_s(self):
        self.assertEqual(self.command("echo", "a  b", "-n", "*", ">&2").stderr.split()[:3], [b"a", b"b", b"-n"])
        self.assertEqual(self.command("echo", "'a  b'").stdout, b"a  b\n")

    def test_the_end_of_the_input_is_passed_on_and_3_mb_go_each_way(self):
        data = payload(3_000_000)
        result = self.command("cat", data=data)
        self.assertEqual((result.returncode, result.stderr), (0, b""))
        self.assertTrue(result.stdout == data, "the bytes differ")
        self.assertEqual(self.command("wc -c", data=data).stdout.strip(), b"3000000")

    def test_tar_goes_both_ways(self):
        source = os.path.join(self.folder, "source")
        os.makedirs(os.path.join(source, "deep"))
        for number in range(20):
            with open(os.path.join(source, "deep", str(number)), "wb") as file:
                file.write(payload(3000, number))
        for there, here in (("tar -C {0} -cf - .", "tar -C {1} -xf -"), ("tar -C {1} -xf -", "tar -C {0} -cf - .")):
            target = os.path.join(self.folder, f"target{len(os.listdir(self.folder))}")
            os.mkdir(target)
            far = f"'{BINARY}' shell '{self.wires.a}' '{there.format(source, target)}'"
            near = here.format(source, target)
            pipe = f"{far} | {near}" if "-c" in there else f"{near} | {far}"
            subprocess.run(["bash", "-o", "pipefail", "-c", pipe], check=True, timeout=60)
            subprocess.run(["diff", "-r", source, target], check=True)

    def test_output_that_nobody_takes_holds_neither_errors_nor_input(self):
        process = self.start(self.wires.a, "head -c 2000000 /dev/zero & cat >&2; wait; exit 3")
        process.stdin.write(b"hello")
        process.stdin.close()
        process.stdin = None
        self.assertEqual(process.stderr.read(5), b"hello")
        self.assertEqual(len(process.stdout.read()), 2_000_000)
        self.assertEqual(process.wait(60), 3)

    def test_a_reader_that_goes_away_ends_the_program_as_a_pipe_does(self):
        name = self.marker()
        pipe = f"'{BINARY}' shell '{self.wires.a}' 'yes; echo $? >&2; exit 5' | head -n 1"
        result = subprocess.run(["bash", "-o", "pipefail", "-c", pipe], capture_output=True, timeout=60, check=False)
        self.assertEqual((result.returncode, result.stdout), (5, b"y\n"))
        self.assertEqual(running(name), [])

    def test_input_that_nobody_reads_does_not_hang(self):
        process = self.start(self.wires.a, "exec <&-; sleep 1; exit 4")
        try:
            process.stdin.write(b"x" * 1_000_000)
            process.stdin.close()
        except BrokenPipeError:
            pass
        process.stdin = None
        self.assertEqual(process.wait(60), 4)

    def test_a_login_shell_without_a_terminal_reads_a_script(self):
        result = self.command(data=b"echo $0; cd /; pwd; exit 6\n")
        self.assertEqual(result.returncode, 6)
        self.assertRegex(result.stdout, rb"/\n$")

    def test_variables(self):
        result = self.shell("-o", "SetEnv=GIT_PROTOCOL=version=2", "-o", "SendEnv=LC_TEST", "-o", "SetEnv=LD_PRELOAD=x",
                            self.wires.a, "echo $GIT_PROTOCOL $LC_TEST [$LD_PRELOAD] $HOME $USER",
                            env=os.environ | {"LC_TEST": "there"})
        self.assertRegex(result.stdout, rb"^version=2 there \[\] /\S+ \S+\n$")

    def test_many_at_once(self):
        all_of_them = [self.start(self.wires.a, f"cat; exit {number}") for number in range(12)]
        for number, process in enumerate(all_of_them):
            out, _ = process.communicate(payload(20_000, number), timeout=60)
            self.assertTrue(out == payload(20_000, number), "the bytes differ")
            self.assertEqual(process.returncode, number)

    def test_the_line_may_be_away_for_a_while(self):
        data = payload(400_000)
        process = self.start(self.wires.a, "cat")
        mark = self.near.mark()
        self.wires.command("unplug a")
        self.near.wait_for("(?i)lost", after=mark)
        self.wires.command("plug a")
        out, err = process.communicate(data, timeout=120)
        self.assertEqual((process.returncode, err), (0, b""))
        self.assertTrue(out == data, "the bytes differ")


class Killed(Shells):
    def test_nothing_is_left_when_an_end_or_the_command_is_killed(self):
        hold = ("--hold", "2")
        self.ends("--allow-shell", *hold, near=("-D", "0", *hold))
        for kill in ("command", "near", "far"):
            with self.subTest(kill):
                name = self.marker()
                process = self.start(self.wires.a, f"trap '' HUP TERM; {name} 1000; sleep 1000")
                self.wait_running(name)
                if kill == "command":
                    process.kill()
                else:
                    self.kill(getattr(self, kill))
                    self.assertEqual(process.wait(60), FAILED)
                self.wait_gone(name)
                if kill == "near":
                    self.near = self.end(self.wires.a, "-D", "0", *hold)
                    self.near.wait_for("link ok")
                    self.path(self.near)


class Others(Shells):
    """Programs that run ssh run this instead."""

    def setUp(self):
        super().setUp()
        self.ends()

    def test_rsync(self):
        source, there, back = (os.path.join(self.folder, name) for name in ("source", "there", "back"))
        os.makedirs(os.path.join(source, "deep"))
        for number in range(10):
            with open(os.path.join(source, "deep", f"file {number}"), "wb") as file:
                file.write(payload(50_000, number))
        ssh = f"{BINARY} shell"
        for words in ((f"{source}/", f"ttyA:{there}/"), (f"ttyA:{there}/", f"{back}/")):
            subprocess.run(["rsync", "-a", "-e", ssh, *words], check=True, timeout=60)
        subprocess.run(["diff", "-r", source, back], check=True)

    def test_git(self):
        source, clone = (os.path.join(self.folder, name) for name in ("source", "clone"))
        who = ["-c", "user.name=x", "-c", "user.email=x@x", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", "init", "-q", source], check=True)
        with open(os.path.join(source, "file"), "wb") as file:
            file.write(payload(100_000))
        subprocess.run(["git", "-C", source, "add", "file"], check=True)
        subprocess.run(["git", *who, "-C", source, "commit", "-qm", "x"], check=True)
        trace = os.path.join(self.folder, "trace")
        env = os.environ | {"GIT_SSH_COMMAND": f"{BINARY} shell", "GIT_TRACE_PACKET": trace}
        subprocess.run(["git", "clone", "-q", f"ttyA:{source}", clone], check=True, env=env, timeout=60)
        with open(os.path.join(clone, "file"), "rb") as file:
            self.assertTrue(file.read() == payload(100_000), "the bytes differ")
        with open(trace, encoding="utf-8") as file:
            self.assertIn("version 2", file.read())

    def test_what_has_no_meaning_at_a_cable_is_said(self):
        self.refused("-l", "root", "ttyA", "true", says="programs run as the user that runs the other end")
        self.refused("-p", "22", "ttyA", "true", says="there are no ports at a cable")
        self.refused("root@ttyA", "true", says="leave out what stands before the @")
        self.refused("--nonsense", "ttyA", says="unknown option --nonsense")
        self.refused(says="DEV|NAME is expected")


class Refusals(Shells):
    def test_without_the_option(self):
        self.ends("-c", "localhost:1")
        self.refused(self.wires.a, "true", says=r"the other end does not allow shells: start it with --allow-shell\n$")
        self.far.wait_for("not allowed: start this end with --allow-shell")

    def test_without_the_option_with_a_line_of_its_own(self):
        self.end(self.wires.b, "-c", "localhost:1").wait_for("waiting|opened")
        self.refused("-b", str(self.baud), self.wires.a, "true",
                     says=r"^serialtcp shell: the other end does not allow shells: start it with --allow-shell\n$")

    def test_with_another_key(self):
        keys = [os.path.join(self.folder, name) for name in ("one", "two")]
        for key in keys:
            subprocess.run([BINARY, "keygen", key], check=True, capture_output=True, timeout=60)
        self.end(self.wires.b, "--allow-shell", "--key", keys[0])
        self.refused("-b", str(self.baud), "--key", keys[1], "--sync-timeout", "4", self.wires.a, "true", says="another key|no key")
        result = self.shell("-b", str(self.baud), "--key", keys[0], self.wires.a, "echo yes")
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, b"yes\n", b""))

    def test_version_2_0_0_does_not_know_it(self):
        if not os.access(OLD, os.X_OK):
            self.skipTest("scripts/build-2.0.0 has made no program")
        self.ends("--client", "localhost:1", binary=OLD)
        self.refused(self.wires.a, "true", says="the other end is of an older version, which cannot do this")

    def test_nobody_is_there(self):
        self.refused("nobody", "true", says="'nobody' is no device, and no running serialtcp")
        self.refused("--sync-timeout", "1", "-b", str(self.baud), self.wires.a, "true", says="unable to connect")


class OwnLine(Shells):
    def setUp(self):
        super().setUp()
        self.far = self.end(self.wires.b, "--allow-shell")
        self.far.wait_for("waiting|opened")

    def command(self, *words, data=b""):
        return self.shell("-b", str(self.baud), self.wires.a, *words, data=data)

    def test_everything_as_with_a_running_process(self):
        data = payload(300_000)
        result = self.command("cat; echo err >&2; exit 2", data=data)
        self.assertEqual((result.returncode, result.stderr), (2, b"err\n"))
        self.assertTrue(result.stdout == data, "the bytes differ")
        self.assertEqual(self.command("exit 255").returncode, 255)

    def test_the_other_end_is_killed_for_longer_than_the_hold_time(self):
        name = self.marker()
        process = self.start("-b", str(self.baud), "--hold", "0", self.wires.a, f"{name} 1000")
        self.wait_running(name)
        self.kill(self.far)
        self.assertEqual(process.wait(60), FAILED)
        self.assertRegex(process.stderr.read(), rb"the connection has ended before the program")
        self.wait_gone(name)

    def test_a_signal_ends_it_and_the_program(self):
        name = self.marker()
        process = self.start("-b", str(self.baud), self.wires.a, f"{name} 1000")
        self.wait_running(name)
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        self.wait_gone(name)


class Lite(Shells):
    def test_the_edition_for_boards_is_a_far_end(self):
        self.ends(binary=LITE)
        result = self.command("cat; exit 3", data=b"x" * 1000)
        self.assertEqual((result.returncode, result.stdout), (3, b"x" * 1000))


class Terminal(Shells):
    """What a person sees: serialtcp shell on a pty."""

    def setUp(self):
        super().setUp()
        home = os.path.join(self.folder, "home")
        os.mkdir(home)
        self.ends()

    def open(self, *args, rows=30, columns=100):
        near, theirs = pty.openpty()
        fcntl.ioctl(near, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.addCleanup(os.close, near)
        self.modes = termios.tcgetattr(theirs)
        self.theirs = theirs
        self.addCleanup(os.close, theirs)
        self.seen = b""
        self.screen = near
        self.process = self.start(*args, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
                                  preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
                                  env=os.environ | {"TERM": "xterm-256color"})

    def type(self, keys):
        os.write(self.screen, keys)

    def sees(self, text, after=0):
        def found():
            if select.select([self.screen], [], [], 0.05)[0]:
                self.seen += os.read(self.screen, 65536)
            return self.seen.find(text, after) >= 0
        until(found, f"the screen shows {text}: {self.seen}")
        return self.seen.find(text, after) + len(text)

    def test_a_login_shell_with_size_term_and_ctrl_c(self):
        self.open(self.wires.a)
        self.type(b"exec bash --norc --noprofile\r")
        self.type(b"PS1='>''> '; stty size; echo $TERM-$((1+1))\r")
        self.sees(b"30 100")
        at = self.sees(b"xterm-256color-2")
        fcntl.ioctl(self.screen, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 132, 0, 0))
        os.killpg(self.process.pid, signal.SIGWINCH)
        self.type(b"trap 'stty size' WINCH; while :; do stty size; sleep 0.1; done\r")
        at = self.sees(b"50 132", at)
        self.type(b"\x03")
        self.type(b"echo after-$((2+3))\r")
        self.sees(b"after-5", at)
        self.type(b"exit 9\r")
        self.assertEqual(self.process.wait(60), 9)
        self.assertEqual(termios.tcgetattr(self.theirs), self.modes)

    def test_the_terminal_is_left_by_tilde_dot_and_the_program_is_hung_up(self):
        name = self.marker()
        self.open("-t", self.wires.a, f"echo ready; exec {name} 1000")
        self.sees(b"ready")
        self.type(b"~.")
        self.assertEqual(self.process.wait(60), FAILED)
        self.assertEqual(termios.tcgetattr(self.theirs), self.modes)
        self.wait_gone(name)

    def test_the_terminal_goes_away(self):
        name = self.marker()
        self.open("-t", self.wires.a, f"echo ready; exec {name} 1000")
        self.sees(b"ready")
        self.process.kill()
        self.wait_gone(name)

    def test_the_far_end_is_killed_and_leaves_no_program_of_an_interactive_shell(self):
        self.far.stop()
        self.far = self.end(self.wires.b, "--allow-shell")
        self.far.wait_for("link ok")
        name = self.marker()
        self.open(self.wires.a)
        self.type(b"exec bash --norc --noprofile\r")
        self.type(f"PS1='>''> '; {name} 1000 & {name} 2000\r".encode())
        self.wait_running(name)
        self.kill(self.far)
        self.wait_gone(name)

    def test_a_flood_is_stopped_by_ctrl_c(self):
        self.open("-t", self.wires.a, "yes; echo the-end")
        self.sees(b"y\r\ny\r\n")
        self.type(b"\x03")

        def ended():
            if select.select([self.screen], [], [], 0.05)[0]:
                os.read(self.screen, 65536)
            return self.process.poll() is not None
        until(ended, "the flood has ended")
        self.assertEqual(self.process.returncode, 130)


if __name__ == "__main__":
    main()
