#!/usr/bin/env python3
"""The programs that scripts/build-boards has made, under qemu-user where they are for other machines.

    run.py FOLDER ARCH...     the tests below, for each
    run.py --memory PROGRAM   prints what PROGRAM, of this machine's kind, has in memory with 10 connections

The environment variable SERIALTCP names the program of this machine at the other end.
./test --all-architectures builds the programs and calls this. chroot(2) and networks of their own take root; without it, these
tests say that they are skipped.
"""

import os
import pathlib
import shlex
import shutil
import socket
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))
import harness  # noqa: E402
from harness import Case, Process, until  # noqa: E402
from tcp import LOCALHOST, Echo, connect, payload, read_exactly  # noqa: E402

BUILD_BOARDS = pathlib.Path(__file__).resolve().parent.parent.parent / "scripts" / "build-boards"
COUNT = 30_000
FOLDER = pathlib.Path()


def runner(arch):
    """What runs a program of this machine's or another kind."""
    if arch in ("x86_64", "i386") and os.uname().machine == "x86_64":
        return []
    name = subprocess.run([BUILD_BOARDS, "--qemu", arch], check=True, capture_output=True, text=True).stdout.strip()
    path = shutil.which(name)
    if not path:
        sys.exit(f"{name} is missing: install qemu-user-static")
    return [path]


class BoardCase(Case):
    """Tests of one architecture; `arch` is set by the class that is made for it."""

    arch = ""

    def setUp(self):
        super().setUp()
        self.program = FOLDER / f"serialtcp-{self.arch}"
        self.lite = FOLDER / f"serialtcp-{self.arch}-lite"

    def board(self, program, *args, **process):
        return self.add(Process(f"board{len(self.processes)}", [*runner(self.arch), program, *args], self.folder, **process))

    def key(self, program):
        """Made by the board, so that this is tried, too."""
        path = os.path.join(self.folder, f"{program.name}.key")
        subprocess.run([*runner(self.arch), program, "keygen", path], check=True, capture_output=True)
        return ["--key", path]

    def exchange(self, port):
        with connect(port) as client:
            data = payload(COUNT)
            client.sendall(data)
            self.assertTrue(read_exactly(client, COUNT) == data, "the bytes differ")


class Tunnel(BoardCase):
    """The board has the target, this machine the client."""

    def through(self, program, near_line, far_line, options):
        echo = Echo(self)
        board = self.board(program, "-c", f"{LOCALHOST}:{echo.port}", *options, far_line)
        near = self.server_end(near_line, *options)
        near.wait_link()
        board.wait_for(r"link ok")
        self.exchange(near.port)
        self.assertEqual((near.stop(), board.stop()), (0, 0))

    def test_both_programs_on_a_pty_open_and_sealed(self):
        for program in (self.program, self.lite):
            for sealed in (False, True):
                with self.subTest(program=program.name, sealed=sealed):
                    cable = self.cable("--baud", "1000000")
                    self.through(program, cable.a, cable.b, self.key(program) if sealed else [])
                    self.assertEqual(cable.stop(), 0)

    def test_over_a_socket_open_and_sealed(self):
        for sealed in (False, True):
            with self.subTest(sealed=sealed):
                options = self.key(self.program) if sealed else []
                with socket.create_server((LOCALHOST, 0)) as free:
                    port = free.getsockname()[1]
                self.through(self.program, f"listen:{port}", f"socket://{LOCALHOST}:{port}", options)

    def test_the_board_emulates_the_cable_and_listens(self):
        a, b = os.path.join(self.folder, "boardA"), os.path.join(self.folder, "boardB")
        cable = self.board(self.program, "cable", a, b, stdin=subprocess.PIPE)
        cable.wait_for(r"cable ready")
        echo = Echo(self)
        ports = os.path.join(self.folder, "ports")
        self.client_end(echo.port, b)
        self.board(self.program, "-s", "0", "--test-port-file", ports, a)
        until(lambda: os.path.exists(ports), "the board listens")
        with open(ports, encoding="ascii") as file:
            self.exchange(int(file.readline()))


class Alone(BoardCase):
    """In a folder that has nothing but the program and what the test puts there: no libraries, no /etc, no /proc, no /dev."""

    def setUp(self):
        super().setUp()
        if os.geteuid() != 0:
            self.skipTest("needs root for chroot")

    def root_with(self, program, **etc):
        """The folder, and how the program is started in it."""
        root = os.path.join(self.folder, f"root{len(os.listdir(self.folder))}")
        os.mkdir(root)
        inside = []
        for number, path in enumerate([*runner(self.arch), program]):
            shutil.copy(path, os.path.join(root, f"file{number}"))
            inside.append(f"/file{number}")
        for name, text in etc.items():
            os.makedirs(os.path.join(root, "etc"), exist_ok=True)
            with open(os.path.join(root, "etc", name.replace("_", ".")), "w", encoding="ascii") as file:
                file.write(text)
        return root, inside

    def assert_carries(self, *command):
        near = self.server_end("exec:" + shlex.join(command))
        near.wait_link()
        self.exchange(near.port)
        self.assertEqual(near.stop(), 0)

    def test_it_carries_on_a_read_only_root_with_a_foreign_locale(self):
        echo = Echo(self)
        for program in (self.program, self.lite):
            with self.subTest(program=program.name):
                root, inside = self.root_with(program)
                shell = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && exec chroot "$0" "$@"'
                self.assert_carries("env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=tr_TR.UTF-8",
                                    "LANG=xx_XX.ISO-8859-9", "TZ=Nowhere/Land", "unshare", "--mount", "--propagation", "private",
                                    "sh", "-c", shell, root, *inside, "-c", f"{LOCALHOST}:{echo.port}", "-")

    def test_names_are_looked_up_in_etc_hosts_and_by_the_name_server_of_resolv_conf(self):
        if not shutil.which("dnsmasq"):
            self.skipTest("dnsmasq is not installed")
        root, inside = self.root_with(self.lite, hosts="127.0.0.1 box.hosts\n", resolv_conf="nameserver 127.0.0.1\n")
        # In a network of its own, where nobody else has these ports.
        shell = ("ip link set lo up; exec 3>&1; beside() { setpriv --pdeathsig KILL \"$@\" </dev/null >/dev/null 2>&1 3>&- & }; "
                 "beside dnsmasq -k -u root -C /dev/null -R -h --address=/box.served/127.0.0.1 --listen-address=127.0.0.1; "
                 "beside socat TCP-LISTEN:7,bind=127.0.0.1,fork EXEC:cat; "
                 "until grep -q :0035 /proc/net/udp && grep -q :0007 /proc/net/tcp; do sleep 0.05; done; "
                 'exec chroot "$0" "$@" 3>&-')
        for host in ("box.hosts", "box.served"):
            with self.subTest(host):
                self.assert_carries("unshare", "--net", "sh", "-c", shell, root, *inside, "-c", f"{host}:7", "-")


# ---- Memory ----

class Memory(Case):
    """Not a test: 10 connections that have carried something in both directions."""

    program = ""

    def runTest(self):
        echo = Echo(self)
        cable = self.cable("--baud", "3000000")
        far = self.add(Process("far", [self.program, "-c", f"{LOCALHOST}:{echo.port}", cable.b], self.folder))
        near = self.server_end(cable.a)
        near.wait_link()
        clients = [connect(near.port) for _ in range(10)]
        for client in clients:
            client.sendall(payload(COUNT))
            read_exactly(client, COUNT)
        print(f"{far.resident_bytes() / 1e6:.1f} MB", file=sys.stdout)
        for client in clients:
            client.close()


def suite_of(architectures):
    suite = unittest.TestSuite()
    for arch in architectures:
        for case in (Tunnel, Alone):
            made = type(f"{case.__name__}_{arch}", (case,), {"arch": arch})
            suite.addTests(unittest.defaultTestLoader.loadTestsFromTestCase(made))
    return suite


def main():
    global FOLDER
    if not os.access(harness.BINARY, os.X_OK):
        sys.exit("Name the program of this machine in the environment: SERIALTCP=build/test/src/serialtcp")
    if sys.argv[1:2] == ["--memory"]:
        Memory.program = sys.argv[2]
        runner_of_tests = unittest.TextTestRunner(stream=open(os.devnull, "w", encoding="ascii"), resultclass=harness.Result)
        done = runner_of_tests.run(Memory())
    else:
        FOLDER = pathlib.Path(sys.argv[1])
        done = unittest.TextTestRunner(verbosity=2, resultclass=harness.Result).run(suite_of(sys.argv[2:]))
    sys.exit(not done.wasSuccessful())


if __name__ == "__main__":
    main()
