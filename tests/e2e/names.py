"""Names and addresses: how a host may be written, names that are not answered, and localhost in both families."""

import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import threading
import time
import unittest

from harness import BINARY, End, Process, main, until
from services import FAST, Services
from tcp import LOCALHOST, Echo, ask, closed_port, connect, is_reset, read_exactly

NOBODY = 65534
GRANTED = 0


class EchoOverIpv6:
    """Returns what it receives, at the IPv6 loopback address only."""

    def __init__(self, case):
        self.listener = socket.socket(socket.AF_INET6)
        self.listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        self.listener.bind(("::1", 0))
        self.listener.listen(50)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()
        case.addCleanup(self.listener.close)

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.answer, args=(connection,), daemon=True).start()

    @staticmethod
    def answer(connection):
        with connection:
            while data := connection.recv(65536):
                connection.sendall(data)


class Names(Services):
    def setUp(self):
        super().setUp()
        self.cable_ = self.cable()

    def fake(self):
        return {**os.environ, "LD_PRELOAD": os.environ["SERIALTCP_FAKE_RESOLVER"]}

    def start(self, name, line, *options, **process):
        return self.add(Process(name, [BINARY, *options, line, str(FAST)], self.folder, **process))

    def ends(self, near, far, near_env=None, far_env=None):
        self.far = self.start("far", self.cable_.b, *far, env=far_env)
        self.near = self.start("near", self.cable_.a, *near, env=near_env)
        self.near.wait_for("link ok")
        self.far.wait_for("link ok")

    @staticmethod
    def ask_socks(port, host, target_port, command=1):
        """The connection, and the reply of the SOCKS server."""
        connection = connect(port)
        name = host.encode()
        connection.sendall(b"\5\1\0")
        read_exactly(connection, 2)
        connection.sendall(b"\5" + bytes([command]) + b"\0\3" + bytes([len(name)]) + name + struct.pack(">H", target_port))
        head = read_exactly(connection, 4)
        rest = read_exactly(connection, {1: 4, 4: 16}[head[3]] + 2)
        return connection, head[1], rest


class Allowed(Names):
    def test_no_spelling_of_an_address_passes_for_a_name(self):
        four, six = Echo(self), EchoOverIpv6(self)
        socks = closed_port(self)
        self.ends(["-D", str(socks)], ["--allow", "*.lan:*", "--allow", "board.test:*"], far_env=self.fake())
        tried = {four.port: ["127.0.0.1", "127.1", "0x7f000001", "2130706433", "017700000001", "::ffff:127.0.0.1",
                             "::ffff:127.0.0.1%x.lan", "::ffff:127.0.0.1%1.lan.", "::ffff:7f00:1%.lan", "127.0.0.1%x.lan",
                             "127.1.", "0.0.0.0", "localhost"],
                 six.port: ["::1", "::1%x.lan", "::1%.lan", "0:0:0:0:0:0:0:1%lo.lan", "::%x.lan", "fe80::1%lo.lan", "[::1].lan"]}
        for port, hosts in tried.items():
            for host in hosts:
                with self.subTest(host=host):
                    connection, answer, _ = self.ask_socks(socks, host, port)
                    connection.close()
                    self.assertNotEqual(answer, GRANTED)
        self.far.wait_for(r"'::1%x\.lan' is neither an address nor a name")
        connection, answer, _ = self.ask_socks(socks, "board.test", four.port)
        with connection:
            self.assertEqual(answer, GRANTED, "a name that is allowed")
            self.assertEqual(ask(connection, b"hello"), b"hello")

    def test_an_allowed_name_does_not_stand_for_every_interface(self):
        port = closed_port(self)
        self.ends(["-R", f"any.test:{port}:{LOCALHOST}:9"], ["--allow-listen", "any.test:*"], far_env=self.fake())
        self.far.wait_for(r"the other end wants to listen on any\.test:\d+: not allowed")

    def test_a_listener_that_others_can_reach_is_warned_of_where_it_listens(self):
        self.ends(["-R", f"*:0:{LOCALHOST}:9", "-R", f"0:{LOCALHOST}:9"], ["--allow-listen", "*:*"])
        self.far.wait_for(r"listening on 127\.0\.0\.1:\d+ as requested by the other end")
        self.far.wait_for(r"listening on \[::1\]:\d+ as requested by the other end")
        self.far.wait_for(r"WARNING: whoever can reach 0\.0\.0\.0:\d+ can connect through the cable to the other end")
        self.assertNotRegex(self.far.text(), r"WARNING: whoever can reach (127|\[::1)")


class WithoutAnAnswer(Names):
    """Name servers that are silent."""

    HANG = 30  # seconds that fake_resolver takes

    def hang(self, socks, count):
        connections = []
        for number in range(count):
            connection = connect(socks)
            name = f"hang{number}.test".encode()
            connection.sendall(b"\5\1\0\5\1\0\3" + bytes([len(name)]) + name + b"\0\x50")
            connections.append(connection)
        return connections

    def check_others(self, socks, echo):
        for host in (LOCALHOST, "localhost", "board.example", "board.test"):
            with self.subTest(host=host):
                began = time.monotonic()
                connection, answer, _ = self.ask_socks(socks, host.replace("board.example", "board.test"), echo.port)
                with connection:
                    self.assertEqual(answer, GRANTED)
                self.assertLess(time.monotonic() - began, self.HANG / 6)

    def test_of_clients_that_have_left_delay_nobody(self):
        echo = Echo(self)
        socks = closed_port(self)
        self.ends(["-D", str(socks)], ["--allow", "*:*"], far_env=self.fake())
        for connection in self.hang(socks, 40):
            connection.close()
        self.check_others(socks, echo)

    def test_of_clients_that_wait_delay_nobody(self):
        echo = Echo(self)
        socks = closed_port(self)
        self.ends(["-D", str(socks)], ["--allow", "*:*"], far_env=self.fake())
        connections = self.hang(socks, 40)
        self.check_others(socks, echo)
        for connection in connections:
            connection.close()

    def test_to_listen_at_stop_no_other_cable_and_no_other_service(self):
        echo = Echo(self)
        port, other = closed_port(self), closed_port(self)
        path = os.path.join(self.folder, "config")
        link = f'[[link]]\nname = "one"\nport = "{self.cable_.a}"\nbaudrate = {FAST}\nserver = "{port}"\n'
        with open(path, "w", encoding="ascii") as file:
            file.write(link)
        near = self.add(Process("near", [BINARY, "--config", path], self.folder, env=self.fake()))
        self.start("far", self.cable_.b, "--client", f"{LOCALHOST}:{echo.port}")
        near.wait_for("link ok")
        with connect(port) as connection:
            self.assertEqual(ask(connection, b"before"), b"before")
            with open(path, "a", encoding="ascii") as file:
                file.write(f'[[link]]\nname = "two"\nport = "{self.folder}/none"\n'
                           f'server = ["slow.test:{other}", "b=udp:slow.test:0", "c={other}"]\n')
            near.signal(signal.SIGHUP)
            near.wait_for("has been read again")
            for number in range(20):
                began = time.monotonic()
                self.assertEqual(ask(connection, b"%d" % number), b"%d" % number)
                self.assertLess(time.monotonic() - began, self.HANG / 6)
            near.wait_for(rf"two: listening on 127\.0\.0\.1:{other} for connections of 'c'")
            near.wait_for(rf"two: not listening on slow\.test:{other} yet: no name server has answered for 'slow\.test'")
            # And it can be ended meanwhile.
            near.signal(signal.SIGTERM)
            began = time.monotonic()
            self.assertEqual(near.wait(), 0)
            self.assertLess(time.monotonic() - began, self.HANG / 3)

    def test_to_listen_at_is_said_in_the_end_with_status_1(self):
        for place in ("missing.test:0", "udp:missing.test:0"):
            end = self.start(f"missing{len(place)}", self.cable_.a, "--server", place, env=self.fake())
            self.assertEqual(end.wait(), 1)
            self.assertRegex(end.text(), rf"Could not listen on {re.escape(place)}: there is no host of that name")
        for option in ("-L", "-D"):
            place = "missing.test:0" + (":a:1" if option == "-L" else "")
            end = self.start(f"missing{option}", self.cable_.a, option, place, env=self.fake())
            self.assertEqual(end.wait(), 1)
            self.assertRegex(end.text(), r"Could not listen on missing\.test:0: there is no host of that name")


class Localhost(Names):
    def test_targets_are_looked_for_in_both_families(self):
        six = EchoOverIpv6(self)
        socks = closed_port(self)
        self.ends(["-D", str(socks), "--server", "0", "-L", f"0:localhost:{six.port}", "--test-port-file",
                   os.path.join(self.folder, "ports")],
                  ["--client", f"localhost:{six.port}", "--allow", "localhost:*"])
        for port in until(lambda: self.ports(self.near, os.path.join(self.folder, "ports")), "the near end listens")[:2]:
            with connect(port) as connection:
                self.assertEqual(ask(connection, b"six"), b"six")
        connection, answer, _ = self.ask_socks(socks, "localhost", six.port)
        with connection:
            self.assertEqual(answer, GRANTED)
            self.assertEqual(ask(connection, b"six"), b"six")

    def test_listeners_are_in_both_families_under_one_port(self):
        echo = Echo(self)
        self.start("far", self.cable_.b, "--client", f"{LOCALHOST}:{echo.port}")
        for options, hosts, others in ((["--server", "0"], [LOCALHOST, "::1"], []),
                                       (["--server", "*:0"], [LOCALHOST, "::1"], []),
                                       (["--server", "localhost:0"], [LOCALHOST, "::1"], []),
                                       (["-4", "--server", "0"], [LOCALHOST], ["::1"]),
                                       (["-4", "--server", "*:0"], [LOCALHOST], ["::1"]),
                                       (["-6", "--server", "0"], ["::1"], [LOCALHOST]),
                                       (["-6", "--server", "*:0"], ["::1"], [LOCALHOST]),
                                       (["--server", "[::]:0"], ["::1"], [LOCALHOST])):
            with self.subTest(options=options):
                near = self.end(self.cable_.a, *options)
                near.wait_for("link ok")
                for host in hosts:
                    with socket.create_connection((host, near.ports[0]), timeout=60) as connection:
                        self.assertEqual(ask(connection, b"hello"), b"hello")
                for host in others:
                    with self.assertRaises(ConnectionRefusedError):
                        socket.create_connection((host, near.ports[0]), timeout=60)
                self.assertEqual(near.stop(), 0)

    def test_families_exclude_each_other(self):
        end = self.start("both", self.cable_.a, "-4", "-6", "--server", "0")
        self.assertEqual(end.wait(), 2)
        self.assertIn("--ipv4 and --ipv6 exclude each other", end.text())

    @unittest.skipUnless(os.geteuid() == 0 and shutil.which("unshare"), "takes root and unshare")
    def test_a_machine_without_ipv6_has_only_ipv4(self):
        inside = ("import subprocess, sys, time\n"
                  "subprocess.run(['ip', 'link', 'set', 'lo', 'up'], check=True)\n"
                  "open('/proc/sys/net/ipv6/conf/all/disable_ipv6', 'w').write('1')\n"
                  "p = subprocess.Popen(sys.argv[1:], stderr=subprocess.PIPE, text=True)\n"
                  "time.sleep(2)\n"
                  "p.terminate()\n"
                  "print(p.communicate()[1])\n"
                  "sys.exit(p.returncode)\n")
        result = subprocess.run(["unshare", "-n", "/usr/bin/python3", "-c", inside, BINARY, "--server", "0", "--server", "u=udp:0",
                                 "loop://"], capture_output=True, text=True, timeout=60, check=False)
        if "ip" in result.stderr and "No such file" in result.stderr:
            self.skipTest("no ip")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertIn("listening on 127.0.0.1:", result.stdout)
        self.assertIn("listening on udp:127.0.0.1:", result.stdout)


class UnixTargets(Names):
    def test_a_path_that_does_not_exist_is_said_at_both_ends(self):
        port = closed_port(self)
        self.ends(["--server", str(port)], ["--client", f"unix:{self.folder}/none"])
        self.assertTrue(is_reset(port))
        for end in (self.near, self.far):
            end.wait_for("the target cannot be reached: no file has its path")

    @unittest.skipUnless(os.geteuid() == 0 and shutil.which("setpriv"), "takes root and setpriv, to be somebody else")
    def test_a_path_that_may_not_be_used_is_said_at_both_ends(self):
        path = os.path.join(self.folder, "socket")
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path)
            listener.listen()
            os.chmod(path, 0o600)
            os.chmod(self.folder, 0o755)
            os.chmod(self.cable_.b, 0o666)
            program = shutil.copy(BINARY, self.folder)
            self.far = self.add(Process("far", ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", program,
                                                "--client", f"unix:{path}", self.cable_.b, str(FAST)], self.folder))
            port = closed_port(self)
            self.near = self.start("near", self.cable_.a, "--server", str(port))
            self.near.wait_for("link ok")
            self.assertTrue(is_reset(port))
            for end in (self.near, self.far):
                end.wait_for("permission denied for the path of the target")


@unittest.skipUnless(shutil.which("git"), "no git")
class Git(Names):
    """The recipe of the README: what fails at the other end fails here, and at once."""

    def git(self, *words):
        return subprocess.run(["git", *words], capture_output=True, text=True, timeout=60, check=False,
                              env={**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"})

    def clone(self, port, name):
        return self.git("clone", f"git://localhost:{port}/{name}", os.path.join(self.folder, "clone"))

    def test_a_repository_is_cloned_and_one_that_is_missing_is_said_to_be(self):
        self.assertEqual(self.git("init", "-q", os.path.join(self.folder, "x.git")).returncode, 0)
        self.assertEqual(self.git("-C", os.path.join(self.folder, "x.git"), "-c", "user.name=x", "-c", "user.email=x@example.com",
                                  "commit", "-q", "--allow-empty", "-m", "first").returncode, 0)
        port = closed_port(self)
        self.ends(["--server", f"git={port}"], ["--client", f"git=exec:git daemon --inetd --export-all --base-path={self.folder}"])
        result = self.clone(port, "x.git")
        self.assertEqual(result.returncode, 0, result.stderr)
        began = time.monotonic()
        self.assertNotEqual(self.clone(port, "missing.git").returncode, 0)
        self.assertLess(time.monotonic() - began, 30)

    def test_a_program_that_fails_ends_the_connection(self):
        port = closed_port(self)
        self.ends(["--server", f"git={port}"], ["--client", f"git=exec:git daemon --inetd --no-such-option {self.folder}"])
        began = time.monotonic()
        self.assertNotEqual(self.clone(port, "x.git").returncode, 0)
        self.assertLess(time.monotonic() - began, 30)


if __name__ == "__main__":
    main()
