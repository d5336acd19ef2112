"""Mistakes of users, and faults around the program: one helpful line, the right exit status, and no effect on others."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import unittest

from harness import BINARY, FAKE_RESOLVER, Case, main
from tcp import LOCALHOST, Echo, Target, arrives_as_reset, ask, connect

USAGE, FAILURE = 2, 1
NOBODY = 65534


def run(*args, program=BINARY, **options):
    return subprocess.run([program, *[str(arg) for arg in args]], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=60, check=False, **options)


class Messages(unittest.TestCase):
    def assert_says(self, args, status, pattern, lines=2):
        """One line (a hint may follow) that a person understands: no error numbers, no C++. First words get more lines."""
        with self.subTest(args=args):
            self.check(run(*args), status, pattern, lines)

    def check(self, result, status, pattern, lines=2):
        self.assertEqual(result.returncode, status, result.stderr)
        self.assertRegex(result.stderr, f"(?i){pattern}")
        self.assertLessEqual(len(result.stderr.splitlines()), lines, result.stderr)
        self.assertNotRegex(result.stderr, r"(?i)errno|terminate called|what\(\)|exception|system:\d|asio")
        self.assertEqual(result.stdout, "")


class Usage(Messages):
    LINE = "/dev/null"

    def test_no_arguments(self):
        self.assert_says([], USAGE, r"(?s)what is to go through which serial port\?\n.*--server.*--client", lines=6 + 2 * 32)

    def test_neither_server_nor_client(self):
        self.assert_says([self.LINE], USAGE, rf"(?s)what is to go through {self.LINE}\?\n.*--server.*--client", lines=5)

    def test_services(self):
        for service in ("we b=0", "we:b=0", "=0", "n" * 33 + "=0", "wäb=0", "\x1b=0"):
            self.assert_says(["--server", service, self.LINE], USAGE, r"not a name for a service")
        self.assert_says(["--server", "a=0", "--server", "a=1", self.LINE], USAGE, r"two --server have the name 'a'")
        self.assert_says(["--client", "h:1", "--client", "h:2", self.LINE], USAGE, r"two --client have no name")
        many = [word for number in range(65) for word in ("--server", f"n{number}=0")]
        self.assert_says([*many, self.LINE], USAGE, r"65 services are too many")

    def test_options_of_services(self):
        for option, complaint in (("fast", "not an option"), ("", "not an option"), ("limit=", "not a limit"),
                                  ("limit=0", "not a limit"), ("limit=20x", "not a limit"),
                                  ("bulk,interactive", "exclude each other"), ("mode=0600", "unix socket")):
            self.assert_says(["--server", f"0,{option}", self.LINE], USAGE, complaint)
        self.assert_says(["--client", "h:1,bulk", self.LINE], USAGE, "--server at the other end")

    def test_unix_sockets_and_programs(self):
        self.assert_says(["--server", "unix:", self.LINE], USAGE, "path")
        self.assert_says(["--client", "unix:/" + "x" * 107, self.LINE], USAGE, "too long.*107")
        self.assert_says(["--server", "unix:/nowhere/at/all", "loop://"], FAILURE, "no such folder")
        self.assert_says(["--server", "unix:/dev/null", "loop://"], FAILURE, "not a socket")
        self.assert_says(["--server", "unix:x,mode=rw", self.LINE], USAGE, "octal")
        self.assert_says(["--client", "exec:", self.LINE], USAGE, "command")
        self.assert_says(["--server", "exec:cat", self.LINE], USAGE, "is for --client")

    def test_no_serial_port(self):
        self.assert_says(["--server", "0"], USAGE, r"serial ?port")

    def test_ports(self):
        for port in ("65536", "abc", "", "-1", "1.5", "99999999999999999999"):
            self.assert_says([f"--server={port}", self.LINE], USAGE, r"port")
            self.assert_says([f"--client=host:{port}", self.LINE], USAGE, r"port")
        self.assert_says(["--client", "host:0", self.LINE], USAGE, r"port")

    def test_host_without_port(self):
        for target in ("host", "192.168.0.1", "[::1]", ":22", "", "[::1:22", "::1:22"):
            self.assert_says([f"--client={target}", self.LINE], USAGE, r"HOST:PORT|\[::1\]")

    def test_baud_rates(self):
        for baud in ("0", "fast", "115200x", "99999999999", ""):
            self.assert_says(["--server", "0", self.LINE, baud], USAGE, r"baud")
        self.assert_says(["--server", "0", self.LINE, "--", "-1"], USAGE, r"baud")

    def test_line_settings(self):
        for option, value in (("--parity", "X"), ("--stopbits", "3"), ("--rts", "2"), ("--dtr", "on"),
                              ("--timeout", "soon"), ("--timeout", "-1"), ("--sync-timeout", "never")):
            self.assert_says(["--server", "0", option, value, self.LINE], USAGE, option)

    def test_unknown_options_and_too_many_arguments(self):
        self.assert_says(["--server", "0", "--sever", self.LINE], USAGE, r"--sever")
        self.assert_says(["--server", "0", self.LINE, "9600", "extra"], USAGE, r"extra")

    def test_cable_without_its_names(self):
        self.assert_says(["cable"], USAGE, r"\bA\b|\bB\b")

    def test_help_fits_a_screen_and_shows_the_example(self):
        result = run("--help")
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertIn("serialtcp --server", result.stdout)
        self.assertIn("serialtcp --client", result.stdout)
        self.assertLessEqual(len(result.stdout.splitlines()), 50)
        self.assertLessEqual(max(map(len, result.stdout.splitlines())), 100)
        self.assertNotIn("--test-port-file", result.stdout)

    def test_version(self):
        result = run("--version")
        self.assertEqual(result.returncode, 0)
        self.assertRegex(result.stdout, r"^serialtcp \d+\.\d+\.\d+")


class Devices(Messages):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="serialtcp-e2e-")
        self.addCleanup(shutil.rmtree, self.folder)

    def assert_cannot_open(self, line, pattern, *options):
        self.assert_says(["--server", "0", *options, line], FAILURE,
                         rf"Could not open serial port {line}: .*{pattern}")

    def test_missing_and_not_to_be_waited_for(self):
        self.assert_cannot_open(os.path.join(self.folder, "ttyUSB7"), r"no such device.*plugged in", "--no-wait")

    def test_a_link_that_leads_nowhere_is_a_missing_device(self):
        link = os.path.join(self.folder, "usb-FTDI-port0")
        os.symlink(os.path.join(self.folder, "ttyUSB7"), link)
        self.assert_cannot_open(link, r"no such device.*plugged in", "--no-wait")

    def test_not_a_serial_port(self):
        self.assert_cannot_open("/dev/null", "serial port")
        path = os.path.join(self.folder, "file")
        with open(path, "w", encoding="ascii") as file:
            file.write("hello")
        self.assert_cannot_open(path, "serial port")
        self.assert_cannot_open(self.folder, "serial port|directory")

    def test_other_kinds_of_line(self):
        for line in ("rfc2218://localhost:7000", "cp2110://1234", "SOCKET://localhost:1"):
            self.assert_says(["--server", "0", line], FAILURE, "not supported: use a device, socket://HOST:PORT, telnet://")
        for line, known in (("rfc2217://localhost:7000?speed=9", "known here: ign_set_control, poll_modem, timeout=SECONDS"),
                            ("telnet://localhost:23?poll_modem", "known here: timeout=SECONDS and logging=LEVEL"),
                            ("hwgrep://FTDI&N=2", "known here: n=N and skip_busy"),
                            ("spy:///dev/ttyS0?hex", "known here: file=FILE, raw, all and color"),
                            ("alt:///dev/ttyS0?x", "known here: class=NAME")):
            self.assert_says(["--server", "0", line], FAILURE, known)
        self.assert_says(["--server", "0", "socket://localhost"], FAILURE, r"socket://")
        holder = socket.socket()
        self.addCleanup(holder.close)
        holder.bind((LOCALHOST, 0))
        line = f"socket://{LOCALHOST}:{holder.getsockname()[1]}"
        self.assert_cannot_open(line, "nothing listens there", "--no-wait")

    def test_log_file_that_cannot_be_written(self):
        path = os.path.join(self.folder, "nowhere", "log")
        self.assert_says(["--server", "0", "--log", path, "loop://"], FAILURE, path)


class Addresses(Messages):
    def test_in_use(self):
        holder = socket.socket()
        self.addCleanup(holder.close)
        holder.bind((LOCALHOST, 0))
        holder.listen()
        port = holder.getsockname()[1]
        self.assert_says(["--server", port, "loop://"], FAILURE, rf"{port}.*(in use|listens there already)")

    def test_not_local(self):
        self.assert_says(["--server", "192.0.2.1:0", "loop://"], FAILURE, r"192\.0\.2\.1.*address")

    def test_bind_address_that_does_not_resolve(self):
        result = run("--server", "missing.test:0", "loop://", env={**os.environ, "LD_PRELOAD": FAKE_RESOLVER})
        self.check(result, FAILURE, r"missing\.test")


class Running(Case):
    def setUp(self):
        super().setUp()
        self.echo = Echo(self)

    def test_ipv6_targets_and_listeners(self):
        with socket.socket(socket.AF_INET6) as listener:
            listener.bind(("::1", 0))
            listener.listen()
            listener.settimeout(60)
            wires = self.cable()
            server = self.server_end(wires.a, "-6")
            self.client_end(f"[::1]:{listener.getsockname()[1]}", wires.b)
            with socket.create_connection(("::1", server.port), timeout=60) as near:
                near.sendall(b"six")
                far, _ = listener.accept()
                with far:
                    self.assertEqual(far.recv(3), b"six")

    def test_signals_end_it_in_order(self):
        wires = self.cable()
        client = self.client_end(self.echo.port, wires.b)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(signal=number.name):
                before = client.mark()
                server = self.server_end(wires.a)
                server.wait_link()
                with connect(server.port) as connection:
                    self.assertEqual(ask(connection, b"hello"), b"hello")
                    server.signal(number)
                    self.assertEqual(server.wait(), 0)
                client.wait_for(r"link down|link lost|left", after=before)

    def test_it_works_with_standard_error_closed(self):
        wires = self.cable()
        server = self.server_end(wires.a, wrap=["sh", "-c", 'exec "$@" 0<&- 1>&- 2>&-', "sh"])
        self.client_end(self.echo.port, wires.b)
        with connect(server.port) as connection:
            self.assertEqual(ask(connection, b"hello"), b"hello")

    def test_it_works_when_nobody_reads_standard_error_any_more(self):
        wires = self.cable()
        reader, writer = os.pipe()
        server = self.server_end(wires.a, "--debug", stderr=writer)
        os.close(reader)
        os.close(writer)
        self.client_end(self.echo.port, wires.b)
        with connect(server.port) as connection:
            self.assertEqual(ask(connection, b"hello"), b"hello")

    def test_it_works_when_the_disk_of_the_log_is_full(self):
        wires = self.cable()
        server = self.server_end(wires.a, "--debug", "--log", "/dev/full")
        self.client_end(self.echo.port, wires.b)
        with connect(server.port) as connection:
            self.assertEqual(ask(connection, b"hello"), b"hello")

    def test_log_lines_have_the_time_in_front(self):
        wires = self.cable()
        path = os.path.join(self.folder, "the.log")
        server = self.server_end(wires.a, "--debug", "--log", path)
        self.client_end(self.echo.port, wires.b)
        with connect(server.port) as connection:
            self.assertEqual(ask(connection, b"hello"), b"hello")
        self.assertEqual(server.stop(), 0)
        with open(path, encoding="utf-8") as log:
            lines = log.read().splitlines()
        self.assertTrue(lines)
        for line in lines:
            self.assertRegex(line, r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} \S")


class Permission(Case, Messages):
    def test_no_permission(self):
        wires = self.cable()
        program, options = BINARY, {}
        os.chmod(self.folder, 0o755)
        os.chmod(wires.a, 0o000)
        if os.geteuid() == 0:
            # Root may open everything, so another user tries, with a copy of the program outside root's folders.
            program = shutil.copy(BINARY, self.folder)
            options = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        result = run("--server", "0", wires.a, program=program, **options)
        self.check(result, FAILURE, rf"Could not open serial port {wires.a}: .*permission denied.*dialout")


@unittest.skipIf(os.environ.get("SERIALTCP_SANITIZED"), "without a free descriptor the sanitizer cannot check pointers")
class Descriptors(Case):
    LIMIT = 40
    FEW = ("prlimit", f"--nofile={LIMIT}:{LIMIT}", "--")

    def open_many(self, port, count):
        connections = [connect(port) for _ in range(count)]
        for connection in connections:
            self.addCleanup(connection.close)
        return connections

    def test_an_accepting_end_out_of_descriptors_hurts_nobody_and_serves_the_rest_later(self):
        echo = Echo(self)
        wires = self.cable()
        server = self.server_end(wires.a, wrap=self.FEW)
        self.client_end(echo.port, wires.b)
        established = self.open_many(server.port, 3)
        for connection in established:
            self.assertEqual(ask(connection, b"hello"), b"hello")
        waiting = self.open_many(server.port, self.LIMIT + 20)
        server.wait_for(r"ulimit -n")
        for connection in established:
            self.assertEqual(ask(connection, b"still here"), b"still here")
        for connection in waiting:
            self.assertEqual(ask(connection, b"my turn"), b"my turn")
            connection.close()

    def test_a_connecting_end_out_of_descriptors_resets_only_the_new_ones(self):
        target = Target(self)
        wires = self.cable()
        server = self.server_end(wires.a)
        client = self.client_end(target.port, wires.b, wrap=self.FEW)
        near, far = target.pair(server.port)
        more = self.open_many(server.port, self.LIMIT + 20)
        client.wait_for(r"ulimit -n")
        server.wait_for(r"connection \d+: .*(descriptors|resources|out of)")
        self.assertTrue(arrives_as_reset(more[-1]))
        near.sendall(b"ping")
        self.assertEqual(far.recv(4), b"ping")

    def test_the_device_comes_back_when_no_descriptor_is_left(self):
        echo = Echo(self)
        wires = self.cable()
        server = self.server_end(wires.a, wrap=self.FEW)
        self.client_end(echo.port, wires.b)
        first = self.open_many(server.port, self.LIMIT + 20)[0]
        server.wait_for(r"ulimit -n")
        wires.command("unplug a")
        wires.command("plug a")
        self.assertEqual(ask(first, b"and now"), b"and now")


if __name__ == "__main__":
    main()
