"""serialtcp connect: standard input and output as a stream, of a running process or with a line of its own; as the
ProxyCommand of OpenSSH; what it says when there is no connection, and how it ends."""

import os
import signal
import socket
import subprocess
import time

from control import REFUSED, USAGE, Controlled
from harness import BINARY, Process, main, until
from real_programs import SshCase
from tcp import LOCALHOST, Echo, closed_port, payload, read_exactly, read_to_end


class Listener:
    """A target that a test serves by hand."""

    def __init__(self, case):
        self.socket = socket.create_server((LOCALHOST, 0))
        self.socket.settimeout(60)
        case.addCleanup(self.socket.close)
        self.port = self.socket.getsockname()[1]
        self.case = case

    def accept(self):
        connection, _ = self.socket.accept()
        connection.settimeout(60)
        self.case.addCleanup(connection.close)
        return connection


class Connects(Controlled):
    def ends(self, *far, near=("-D", "0"), baud=3_000_000):
        self.cable_ = self.cable("--baud", str(baud))
        self.near = self.end(self.cable_.a, *near)
        self.far = self.end(self.cable_.b, *(far or ("--allow", f"{LOCALHOST}:*")))
        self.near.wait_for("link ok")
        self.far.wait_for("link ok")
        Controlled.path(self, self.near)

    def end(self, line, *options):
        return self.add(Process(f"end{len(self.processes)}", [BINARY, *options, line, "3000000"], self.folder))

    def dial_by_command(self, *args, **options):
        process = subprocess.Popen([BINARY, "connect", "--control", self.path(self.near), *args], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options)

        def clean_up():
            process.kill()
            for pipe in (process.stdin, process.stdout, process.stderr):
                pipe.close()
            process.wait()
        self.addCleanup(clean_up)
        return process


class Running(Connects):
    def test_each_direction_ends_by_itself(self):
        target = Listener(self)
        self.ends()
        command = self.dial_by_command(f"{LOCALHOST}:{target.port}")
        far = target.accept()
        command.stdin.write(payload(300_000))
        command.stdin.close()
        self.assertTrue(read_to_end(far) == payload(300_000), "the bytes differ")
        self.assertIsNone(command.poll())
        far.sendall(payload(200_000, 2))
        far.shutdown(socket.SHUT_WR)
        self.assertTrue(command.stdout.read() == payload(200_000, 2), "the bytes differ")
        self.assertEqual(command.wait(60), 0)
        self.assertEqual(command.stderr.read(), b"")

    def test_the_end_of_the_other_side_comes_first(self):
        target = Listener(self)
        self.ends()
        command = self.dial_by_command(f"{LOCALHOST}:{target.port}")
        far = target.accept()
        far.sendall(b"bye")
        far.shutdown(socket.SHUT_WR)
        self.assertEqual(command.stdout.read(), b"bye")
        command.stdin.write(b"still here")
        command.stdin.close()
        self.assertEqual(read_to_end(far), b"still here")
        self.assertEqual(command.wait(60), 0)

    def test_files_and_a_target_that_closes_while_the_input_is_open(self):
        target = Listener(self)
        self.ends()
        source, sink = (os.path.join(self.folder, name) for name in ("source", "sink"))
        with open(source, "wb") as file:
            file.write(payload(100_000))
        with open(source, "rb") as stdin, open(sink, "wb") as stdout:
            command = subprocess.Popen([BINARY, "connect", "--control", self.path(self.near), f"{LOCALHOST}:{target.port}"],
                                       stdin=stdin, stdout=stdout)
            self.addCleanup(command.kill)
            far = target.accept()
            self.assertTrue(read_to_end(far) == payload(100_000), "the bytes differ")
            far.sendall(payload(50_000))
            far.close()
            self.assertEqual(command.wait(60), 0)
        with open(sink, "rb") as file:
            self.assertTrue(file.read() == payload(50_000), "the bytes differ")

    def test_a_client_that_stops_for_longer_than_control_clients_may(self):
        target = Listener(self)
        self.ends()
        command = self.dial_by_command(f"{LOCALHOST}:{target.port}")
        far = target.accept()
        far.sendall(payload(10))
        self.assertEqual(command.stdout.read(10), payload(10))
        os.kill(command.pid, signal.SIGSTOP)
        far.setblocking(False)
        sent, stopped_at = 0, time.monotonic() + 2.5  # the limit of control clients is 1 s
        while time.monotonic() < stopped_at:
            try:
                sent += far.send(b"x" * 4096)
            except BlockingIOError:
                time.sleep(0.05)
        os.kill(command.pid, signal.SIGCONT)
        far.settimeout(60)
        self.assertTrue(command.stdout.read(sent) == b"x" * sent, "the bytes differ")
        command.stdin.write(b"on")
        command.stdin.flush()
        self.assertEqual(read_exactly(far, 2), b"on")

    def test_a_reset_is_told(self):
        target = Listener(self)
        self.ends()
        command = self.dial_by_command(f"{LOCALHOST}:{target.port}")
        far = target.accept()
        far.sendall(b"x")
        self.assertEqual(command.stdout.read(1), b"x")  # else it is a connection that could not be made
        far.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        far.close()
        self.assertEqual(command.wait(60), REFUSED)
        self.assertRegex(command.stderr.read(), rb"^serialtcp connect: reset: ")

    def test_a_client_that_is_killed_ends_its_stream(self):
        target = Listener(self)
        self.ends()
        command = self.dial_by_command(f"{LOCALHOST}:{target.port}")
        far = target.accept()
        far.sendall(b"x")
        self.assertEqual(command.stdout.read(1), b"x")
        command.kill()
        self.assertEqual(read_to_end(far), b"")

    def test_nobody_reads_the_output(self):
        target = Listener(self)
        self.ends()
        command = self.dial_by_command(f"{LOCALHOST}:{target.port}")
        far = target.accept()
        command.stdout.close()
        self.assertEqual(command.wait(60), REFUSED)
        self.assertEqual((command.stderr.read(), read_to_end(far)), (b"", b""))

    def test_services_and_links_by_name(self):
        echo, other = Echo(self), Echo(self)
        self.ends("-c", f"{LOCALHOST}:{echo.port}", "-c", f"web={LOCALHOST}:{other.port}", near=("-s", "0", "-s", "web=0"))
        for name in ("web", "", self.cable_.a):
            with self.subTest(name):
                result = subprocess.run([BINARY, "connect", name, "--control", self.path(self.near)], input=b"to and fro",
                                        capture_output=True, timeout=60, check=False)
                self.assertEqual((result.returncode, result.stdout, result.stderr), (0, b"to and fro", b""))


class Refusals(Connects):
    def expect(self, *args, status=REFUSED, says):
        self.assertRegex(self.refused("connect", *args, status=status), says)

    def test_what_the_other_end_refuses(self):
        target = closed_port(self)
        self.ends("--allow", f"{LOCALHOST}:{target}", "-c", f"gone={LOCALHOST}:{target}")
        for what, says in (
                (f"{LOCALHOST}:{target}", rf"no connection to {LOCALHOST}:{target} through .*ttyA: .*refused"),
                ("127.0.0.2:22", r"the other end does not allow it: start it with --allow 127\.0\.0\.2:22"),
                ("gone", r"reset: .*refused"),
                ("web", r"the other end offers no service 'web': start it with --client web=HOST:PORT")):
            with self.subTest(what):
                self.expect(what, "--control", self.path(self.near), says=says)

    def test_nobody_is_there_or_too_many_are(self):
        self.expect("board:22", says="no running serialtcp was found")
        first, second = (os.path.join(self.folder, name) for name in ("first", "second"))
        one = self.end(first, "-D", "0")
        self.path(one)
        self.expect("board:22", says=r"there is no link at .*: the device is not there")
        two = self.end(second, "-D", "0")
        self.path(two)
        says = self.refused("connect", "board:22")
        self.assertRegex(says, r"2 links are running: choose one with --link, or its process with --control: ")
        for process, line in ((one, first), (two, second)):
            self.assertIn(f"{line} of process {process.popen.pid}", says)
        self.expect("board:22", "--link", first, says=r"there is no link at ")
        self.expect("board:22", "--link", "nowhere", says=r"no running serialtcp has a link 'nowhere'")

    def test_wrong_usage(self):
        for args in ((), ("board:",), ("board:0",), ("a b",), ("board:22", "--link"), ("--link", "x"), ("x", "/dev/ttyS0", "-q", "-v"),
                     ("board:22", "-"), ("board:22", "/dev/ttyS0", "--config", "x")):
            with self.subTest(args):
                self.refused("connect", *args, status=USAGE)

    def test_help(self):
        self.assertIn("ProxyCommand", self.done("connect", "--help"))


class Ssh(SshCase, Connects):
    def setUp(self):
        super().setUp()
        self.start_sshd()

    def ssh(self, proxy, command, data=b""):
        words = self.ssh_args(self.sshd_port, "-o", f"ProxyCommand={proxy}", self.host, command)
        return subprocess.run([str(word) for word in words], input=data, capture_output=True, timeout=120, check=False)

    def expect_ssh(self, proxy):
        data = payload(500_000)
        result = self.ssh(proxy, "cat", data)
        self.assertEqual((result.returncode, result.stderr), (0, b""))
        self.assertTrue(result.stdout == data, "the bytes differ")
        self.assertEqual(self.ssh(proxy, "exit 7").returncode, 7)

    def test_as_a_proxy_command(self):
        self.ends()
        self.expect_ssh(f"{BINARY} connect --control {Controlled.path(self, self.near)} %h:%p")

    def test_as_a_proxy_command_with_a_line_of_its_own(self):
        cable = self.cable("--baud", "3000000")
        self.end(cable.b, "--allow", f"{LOCALHOST}:*").wait_for("waiting|opened")
        self.expect_ssh(f"{BINARY} connect %h:%p {cable.a} 3000000")


class OwnLine(Connects):
    def setUp(self):
        super().setUp()
        self.cable_ = self.cable("--baud", "3000000")

    def command(self, target, *options, data=b""):
        return subprocess.run([BINARY, "connect", target, self.cable_.a, "3000000", *options], input=data,
                              capture_output=True, timeout=60, check=False)

    def test_both_directions_and_the_end(self):
        echo = Echo(self)
        self.end(self.cable_.b, "-c", f"{LOCALHOST}:{echo.port}", "--allow", f"{LOCALHOST}:*")
        for target in (f"{LOCALHOST}:{echo.port}", ""):
            with self.subTest(target):
                result = self.command(target, data=payload(100_000))
                self.assertEqual((result.returncode, result.stderr), (0, b""))
                self.assertTrue(result.stdout == payload(100_000), "the bytes differ")

    def test_what_is_refused(self):
        self.end(self.cable_.b, "--allow", f"{LOCALHOST}:1")
        result = self.command(f"{LOCALHOST}:2")
        self.assertEqual(result.returncode, REFUSED)
        self.assertRegex(result.stderr, rb"no connection to 127\.0\.0\.1:2: the other end does not allow it: start it with --allow 127\.0\.0\.1:2")

    def test_no_link_in_time_and_no_device(self):
        result = self.command("board:22", "--sync-timeout", "1")
        self.assertEqual(result.returncode, USAGE)
        self.assertRegex(result.stderr, rb"unable to connect")
        result = subprocess.run([BINARY, "connect", "board:22", os.path.join(self.folder, "none"), "--no-wait"],
                                stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)
        self.assertEqual(result.returncode, REFUSED)
        self.assertRegex(result.stderr, rb"[Cc]ould not open serial port .*none")

    def test_it_ends_on_a_signal_and_leaves_no_process(self):
        target = Listener(self)
        self.end(self.cable_.b, "--allow", f"{LOCALHOST}:*")
        command = subprocess.Popen([BINARY, "connect", f"{LOCALHOST}:{target.port}", self.cable_.a, "3000000"],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)
        self.addCleanup(command.stdout.close)
        self.addCleanup(command.stdin.close)
        self.addCleanup(command.kill)
        target.accept()
        command.send_signal(signal.SIGTERM)
        self.assertEqual(command.wait(60), 0)

        def gone():
            try:
                os.killpg(command.pid, 0)
            except ProcessLookupError:
                return True
            return False
        until(gone, "no process is left")


if __name__ == "__main__":
    main()
