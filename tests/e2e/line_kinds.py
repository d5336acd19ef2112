"""Lines that are not devices: a program's input and output, our own, and a client that connects. With OpenSSH, socat and
terminals in all modes."""

import os
import pty
import shlex
import shutil
import signal
import socket
import subprocess
import termios
import unittest

from harness import BINARY, SANITIZED, Case, Process, main, until
from real_programs import SshCase
from tcp import LOCALHOST, Echo, closed_port, connect, payload, read_exactly


class Kinds(Case):
    def far(self, *options):
        """The command of a far end on standard input and output."""
        return shlex.join([BINARY, "-c", f"{LOCALHOST}:{self.echo.port}", *options, "-"])

    def setUp(self):
        super().setUp()
        self.echo = Echo(self)

    def assert_carries(self, server, count=30_000):
        data = payload(count)
        with connect(server.port) as client:
            client.sendall(data)
            self.assertTrue(read_exactly(client, count) == data, "the bytes differ")


class Program(Kinds):
    def test_a_program_at_a_socket_pair_and_at_a_terminal(self):
        for kind in ("exec:", "exec,pty:"):
            with self.subTest(kind):
                server = self.server_end(kind + self.far())
                server.wait_link()
                self.assert_carries(server)
                self.assertEqual(server.stop(), 0)

    def test_it_is_started_again_when_it_ends_and_the_log_says_how(self):
        pid = os.path.join(self.folder, "pid")
        server = self.server_end(f"exec:echo $$ >{shlex.quote(pid)}; exec {self.far()}")
        server.wait_link()
        self.assert_carries(server)
        mark = server.mark()
        with open(pid, encoding="ascii") as file:
            os.kill(int(file.read()), signal.SIGKILL)
        server.wait_for(r"the program was ended by signal 9", after=mark)
        server.wait_link(after=mark)
        self.assert_carries(server)

    def test_a_command_that_does_not_exist_is_named_and_tried_more_and_more_slowly(self):
        server = self.server_end("exec:serialtcp-no-such-program --flag")
        server.wait_for(r"not found")
        server.wait_for(r"ended with status 127 \(there is no such command\)")
        self.assertLessEqual(server.text().count("there is no such command"), 2)

    def test_a_flood_on_its_standard_error_and_output_is_bounded(self):
        server = self.server_end("exec:yes 'out' & exec yes 'error' >&2")
        server.wait_for(r"more lines, not shown")
        self.assertLess(len(server.text()), 200_000)
        self.assertEqual(server.stop(), 0)

    def test_it_does_not_outlive_a_kill_of_ours(self):
        pid = os.path.join(self.folder, "pid")
        server = self.server_end(f"exec:trap '' TERM HUP; echo $$ >{shlex.quote(pid)}; while :; do sleep 0.1; done")
        until(lambda: os.path.exists(pid) and os.path.getsize(pid), "the program runs")
        with open(pid, encoding="ascii") as file:
            number = int(file.read())
        self.kill(server)
        until(lambda: not os.path.exists(f"/proc/{number}"), "the program is gone")


class Ssh(SshCase, Kinds):
    def setUp(self):
        super().setUp()
        self.start_sshd()

    def test_with_and_without_a_terminal(self):
        for options in ([], ["-tt"]):
            with self.subTest(options):
                ssh = shlex.join(str(word) for word in self.ssh_args(self.sshd_port, *options, self.host, self.far()))
                server = self.server_end("exec:" + ssh)
                server.wait_link()  # what a terminal shows before the far end has set it raw is not data
                mark = server.mark()
                self.assert_carries(server)
                self.assertNotRegex(server.text()[mark:], r"WARNING|makes no sense|loses data|prompt")
                self.assertEqual(server.stop(), 0)


class StandardInput(Kinds):
    def start_on_terminal(self):
        controller, terminal = pty.openpty()
        self.addCleanup(os.close, controller)
        self.addCleanup(os.close, terminal)
        before = termios.tcgetattr(terminal)
        log = os.path.join(self.folder, "log")
        end = subprocess.Popen([BINARY, "-s", "0", "--log", log, "-"], stdin=terminal, stdout=terminal,
                               stderr=subprocess.DEVNULL)
        self.addCleanup(end.wait)
        self.addCleanup(end.kill)
        until(lambda: not termios.tcgetattr(terminal)[3] & termios.ICANON, "the terminal is raw")
        return end, terminal, before

    def test_a_terminal_is_put_back_on_every_way_out(self):
        signals = [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT]
        if not SANITIZED:  # which handles it itself
            signals.append(signal.SIGSEGV)
        for number in signals:
            with self.subTest(number):
                end, terminal, before = self.start_on_terminal()
                end.send_signal(number)
                end.wait(20)
                self.assertEqual(termios.tcgetattr(terminal), before)

    def test_the_end_of_the_input_is_the_end(self):
        for kill in (False, True):
            with self.subTest(kill), open(os.path.join(self.folder, "log"), "w+", encoding="utf-8") as log:
                end = subprocess.Popen(shlex.split(self.far()), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log)
                self.addCleanup(end.kill)
                self.assertTrue(end.stdout.read(10))  # its hello
                (end.stdout if kill else end.stdin).close()
                self.assertEqual(end.wait(20), 0)
                (end.stdin if kill else end.stdout).close()
                log.seek(0)
                self.assertRegex(log.read(), "can be written to standard output" if kill else "standard input has ended")

    def start_with_one_socket(self, line):
        """For everything, standard error too. The program, and our end."""
        ours, theirs = socket.socketpair()
        self.addCleanup(ours.close)
        end = subprocess.Popen([BINARY, "-c", "localhost:1", line], stdin=theirs, stdout=theirs, stderr=theirs)
        self.addCleanup(end.wait)
        self.addCleanup(end.kill)
        theirs.close()
        ours.settimeout(20)
        return end, ours

    def test_nothing_is_logged_into_the_line(self):
        dump = os.path.join(self.folder, "dump")
        for line in ("-", f"spy://-?file={dump}"):
            with self.subTest(line):
                _, ours = self.start_with_one_socket(line)
                heard = b""
                while len(heard) < 50:
                    heard += ours.recv(4096)
                self.assertNotIn(b"opened", heard)
        with open(dump, encoding="ascii") as file:
            self.assertIn("TX", file.read())

    def test_a_dump_into_the_line_is_refused(self):
        end, _ = self.start_with_one_socket("spy://stdio:")
        self.assertEqual(end.wait(20), 1)

    def test_what_cannot_be_a_line_is_refused(self):
        with open(__file__, "rb") as file:
            for stdin in (subprocess.DEVNULL, file):
                result = subprocess.run([BINARY, "-c", "localhost:1", "-"], stdin=stdin, capture_output=True, timeout=20,
                                        check=False)
                self.assertEqual(result.returncode, 1)
                self.assertRegex(result.stderr, rb"it has to be a terminal, a pipe or a socket")

    @unittest.skipUnless(shutil.which("socat"), "socat is not installed")
    def test_under_socat_in_its_modes(self):
        for modes in ("", ",pipes", ",pty", ",pty,ctty,setsid,stderr", ",pty,raw,echo=0"):
            with self.subTest(modes):
                path = os.path.join(self.folder, "socat.sock")
                socat = self.add(Process("socat", ["socat", f"UNIX-LISTEN:{path}", f'EXEC:"{self.far()}"{modes}'],
                                         self.folder))
                until(lambda: os.path.exists(path), "socat listens")
                server = self.server_end(f"unix:{path}")
                server.wait_link()
                self.assert_carries(server)
                server.stop()
                socat.stop()
                if os.path.exists(path):
                    os.unlink(path)


class Listening(Kinds):
    def test_a_client_is_the_line_and_a_second_one_is_refused(self):
        port = closed_port(self)
        server = self.server_end(f"listen:{port}")
        server.wait_for(r"waiting for listen:\d+: no client has connected to it yet")
        client = self.client_end(self.echo.port, f"socket://{LOCALHOST}:{port}")
        server.wait_link()
        self.assert_carries(server)
        with connect(port) as second:
            self.assertEqual(second.recv(100), b"serialtcp: the line is in use by another client\r\n")
        server.wait_for(r"was refused, because")
        self.assert_carries(server)
        mark = server.mark()
        self.kill(client)
        server.wait_for(r"has closed", after=mark)
        self.again(client)
        server.wait_link(after=mark)
        self.assert_carries(server)

    def test_a_unix_socket_that_is_made_later_or_by_us(self):
        path = os.path.join(self.folder, "vm.sock")
        client = self.client_end(self.echo.port, f"unix:{path}")
        client.wait_for(r"waiting for unix:")
        server = self.server_end(f"listen:unix:{path}")
        server.wait_link()
        self.assert_carries(server)


if __name__ == "__main__":
    main()
