"""serialtcp-lite, the edition for boards, as this machine's compiler makes it; and what scripts/build-boards says to those
who ask for what it cannot do. Programs for other machines: tests/boards."""

import os
import pathlib
import signal
import subprocess
import unittest

from harness import Case, main
from tcp import LOCALHOST, Echo, connect, payload, read_exactly

LITE = os.environ.get("SERIALTCP_LITE", "")
BUILD_BOARDS = pathlib.Path(__file__).resolve().parent.parent.parent / "scripts" / "build-boards"


def run(*args, **options):
    return subprocess.run([str(arg) for arg in args], capture_output=True, text=True, check=False, timeout=60, **options)


class Lite(Case):
    def test_it_is_the_far_end_of_a_sealed_cable_with_services_and_forwards(self):
        key = os.path.join(self.folder, "key")
        made = run(LITE, "keygen", key)
        self.assertEqual(made.returncode, 0, made.stderr)
        echo = Echo(self)
        cable = self.cable()
        far = self.client_end(echo.port, cable.b, "--key", key, "--allow", f"{LOCALHOST}:{echo.port}", binary=LITE)
        near = self.server_end(cable.a, "--key", key, "-L", f"0:{LOCALHOST}:{echo.port}")
        near.wait_link()
        far.wait_link()
        with open(os.path.join(self.folder, f"port{type(near).count}"), encoding="ascii") as file:
            ports = [int(line) for line in file]
        self.assertEqual(len(ports), 2)
        for port in ports:
            with connect(port) as client:
                data = payload(5000)
                client.sendall(data)
                self.assertTrue(read_exactly(client, len(data)) == data, "the bytes differ")

    def test_signals_that_others_reach_the_whole_program_by_do_no_harm(self):
        echo = Echo(self)
        cable = self.cable()
        far = self.client_end(echo.port, cable.b, binary=LITE)
        near = self.server_end(cable.a)
        near.wait_link()
        far.signal(signal.SIGUSR1)
        with connect(near.port) as client:
            client.sendall(b"still there")
            self.assertEqual(read_exactly(client, 11), b"still there")
        self.assertEqual(far.stop(), 0)

    def test_what_it_does_not_have_is_unknown_and_not_in_its_help(self):
        text = run(LITE, "--help").stdout
        for option in ("--config", "--http", "--control", "--dynamic-forward"):
            self.assertNotIn(option, text)
            refused = run(LITE, option, "x", "/dev/null")
            self.assertEqual(refused.returncode, 2)
            self.assertIn(f"unknown option {option}", refused.stderr)
        self.assertIn("--local-forward", text)
        self.assertIn("'status' is no command", run(LITE, "status").stderr)
        self.assertRegex(run(LITE, "--version").stdout, r"^serialtcp lite \d")
        refused = run(LITE, "-s", "1", "telnet://host:1")
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("is not supported: use a", refused.stderr)


class BuildBoards(unittest.TestCase):
    def test_an_unknown_architecture_is_answered_with_those_there_are(self):
        done = run(BUILD_BOARDS, "sparc")
        self.assertEqual(done.returncode, 1)
        self.assertIn("no architecture 'sparc': there are x86_64 aarch64 armhf armel i386 mips mipsel riscv64 s390x", done.stderr)

    def test_a_folder_that_cannot_be_written_is_named(self):
        done = run(BUILD_BOARDS, "--fetch", env={**os.environ, "SERIALTCP_BOARD_SOURCES": "/proc/no/folder"})
        self.assertEqual(done.returncode, 1)
        self.assertIn("the sources cannot be kept in /proc/no/folder", done.stderr)
        done = run(BUILD_BOARDS, "--output", "/proc/no/folder", "armhf")
        self.assertEqual(done.returncode, 1)
        self.assertIn("nothing can be written to /proc/no/folder", done.stderr)


class Mirror(Case):
    def test_a_mirror_without_the_sources_is_named(self):
        nowhere = "http://127.0.0.1:9/debian/"
        done = run(BUILD_BOARDS, "--fetch", env={**os.environ, "SERIALTCP_DEBIAN": nowhere,
                                                 "SERIALTCP_BOARD_SOURCES": os.path.join(self.folder, "sources")})
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"could not be fetched from {nowhere}: is the network up, and has it deb-src", done.stderr)


if __name__ == "__main__":
    main()
