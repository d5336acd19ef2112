"""Links sealed with a shared key: keygen, both ends with it, ends that do not match, unusable key files, and where the
key must not be visible."""

import os
import re
import resource
import stat
import subprocess
import unittest

from harness import BINARY, Case, main, until
from tcp import Echo, Target, ask, closed_port, connect, payload

USAGE, FAILURE = 2, 1


def run(*args, **options):
    return subprocess.run([BINARY, *[str(arg) for arg in args]], capture_output=True, text=True, stdin=subprocess.DEVNULL,
                          timeout=60, check=False, **options)


class SealedCase(Case):
    def path(self, name):
        return os.path.join(self.folder, name)

    def keygen(self, name):
        result = run("keygen", self.path(name))
        self.assertEqual(result.returncode, 0, result.stderr)
        return self.path(name)

    def write(self, name, text, mode=0o600):
        with open(self.path(name), "w", encoding="ascii") as file:
            file.write(text)
        os.chmod(self.path(name), mode)
        return self.path(name)


class Keygen(SealedCase):
    def test_writes_a_key_for_its_owner_and_says_what_to_do_next(self):
        result = run("keygen", self.path("cable.key"))
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertRegex(result.stdout, r"other end[\s\S]*--key")
        self.assertEqual(stat.S_IMODE(os.stat(self.path("cable.key")).st_mode), 0o600)
        with open(self.path("cable.key"), encoding="ascii") as file:
            text = file.read()
        self.assertRegex(text, r"\Aserialtcp-key-1:[0-9a-f]{64}\n\Z")
        self.assertNotIn(text[16:-1], result.stdout)

    def test_never_makes_the_same_key_twice_nor_overwrites_one(self):
        with open(self.keygen("one"), encoding="ascii") as one, open(self.keygen("two"), encoding="ascii") as two:
            first = one.read()
            self.assertNotEqual(first, two.read())
        result = run("keygen", self.path("one"))
        self.assertEqual(result.returncode, FAILURE)
        self.assertRegex(result.stderr, "exists already")
        with open(self.path("one"), encoding="ascii") as one:
            self.assertEqual(one.read(), first)

    def test_wants_one_file(self):
        for args in ([], ["a", "b"], [""], ["--force"]):
            result = run("keygen", *args)
            self.assertEqual(result.returncode, USAGE)
            self.assertRegex(result.stderr, "one FILE")
        self.assertRegex(run("keygen", "--help").stdout, "usage: serialtcp keygen FILE")


class Sealed(SealedCase):
    def test_connections_go_through_and_the_line_does_not_show_them(self):
        key = self.keygen("cable.key")
        echo = Echo(self)
        _, server, client = self.tunnel(echo.port, options=("--key", key), client_options=("--debug",))
        self.assertRegex(server.text(), "sealed with the shared key")
        secret = b"a word that nobody shall read " * 40
        with connect(server.port) as connection:
            self.assertEqual(ask(connection, secret), secret)
            data = payload(50_000)
            self.assertEqual(ask(connection, data), data)
        # --debug logs what arrives on the line.
        self.assertIn("received", client.text())
        self.assertNotIn("nobody", client.text())

    def test_a_restarted_end_is_served_again(self):
        key = self.keygen("cable.key")
        echo = Echo(self)
        _, server, client = self.tunnel(echo.port, options=("--key", key))
        mark = server.mark()
        self.kill(client)
        self.again(client).wait_link()
        server.wait_link(after=mark)
        with connect(server.port) as connection:
            self.assertEqual(ask(connection, b"again"), b"again")

    def test_an_end_that_ends_says_so(self):
        key = self.keygen("cable.key")
        _, server, client = self.tunnel(Echo(self).port, options=("--key", key))
        client.stop()
        server.wait_for("the other end was stopped")


class Strangers(SealedCase):
    def check(self, server_options, client_options, server_says, client_says):
        target = Target(self)
        cable = self.cable()
        server = self.server_end(cable.a, *server_options)
        client = self.client_end(target.port, cable.b, *client_options)
        server.wait_for(server_says)
        client.wait_for(client_says)
        self.assertNotRegex(server.text() + client.text(), "link ok")
        target.socket.settimeout(0.5)
        with self.assertRaises(TimeoutError):
            target.accept()

    def test_a_client_without_a_key(self):
        self.check(("--key", self.keygen("cable.key")), (), "start the other end with --key", "start this end with --key")

    def test_a_server_without_a_key(self):
        self.check((), ("--key", self.keygen("cable.key")), "start this end with --key", "start the other end with --key")

    def test_two_keys(self):
        self.check(("--key", self.keygen("one")), ("--key", self.keygen("two")), "another key", "another key")

    def test_the_originals_protocol_at_the_other_end(self):
        key = self.keygen("cable.key")
        cable = self.cable()
        sealed = self.server_end(cable.a, "--key", key)
        self.client_end(closed_port(self), cable.b, "--protocol", "original")
        sealed.wait_for("the other end has no key")
        self.assertNotRegex(sealed.text(), "link ok")


class KeyFiles(SealedCase):
    def check(self, file, pattern, *options):
        result = run("--server", "0", "--key", file, *options, "loop://")
        self.assertEqual(result.returncode, FAILURE, result.stderr)
        self.assertRegex(result.stderr, pattern)
        self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)

    def test_that_are_no_good(self):
        good = "serialtcp-key-1:" + 64 * "a"
        self.check(self.path("missing"), "no such file; serialtcp keygen FILE makes a key")
        self.check(self.write("empty", ""), "empty")
        self.check(self.write("short", good[:-1] + "\n"), "in the middle of the key")
        self.check(self.write("long", good + "\n" + good + "\n"), "more than one key")
        self.check(self.write("other", "PRIVATE KEY\n"), "does not contain a key of serialtcp")
        self.check(self.folder, "it is a directory")
        self.check("/dev/null", "not a regular file")

    def test_that_others_can_read(self):
        key = self.write("cable.key", "serialtcp-key-1:" + 64 * "a" + "\n", 0o644)
        self.check(key, "chmod 600", "--strict")
        end = self.server_end("loop://", "--key", key)
        end.wait_for("WARNING: other users can read the key file .*chmod 600")

    def test_with_the_originals_protocol(self):
        result = run("--server", "0", "--key", "k", "--protocol", "original", "loop://")
        self.assertEqual(result.returncode, USAGE)
        self.assertRegex(result.stderr, "exclude each other")


class Secrecy(SealedCase):
    def test_the_key_is_in_no_log_argument_or_environment_and_no_core_is_written(self):
        key = self.keygen("cable.key")
        with open(key, encoding="ascii") as file:
            digits = file.read()[16:-1]
        cable = self.cable()
        server = self.server_end(cable.a, "--key", key, "--debug")
        client = self.client_end(closed_port(self), cable.b, "--key", key, "--debug")
        server.wait_link()
        client.wait_link()
        for end in (server, client):
            self.assertNotIn(digits, end.text())
        for name in ("cmdline", "environ"):
            with open(f"/proc/{server.popen.pid}/{name}", "rb") as file:
                self.assertNotIn(digits.encode(), file.read())
        # A process that is not dumpable belongs to root in /proc, and its smaps show which pages are excluded from core
        # dumps.
        with open(f"/proc/{server.popen.pid}/smaps", encoding="ascii") as smaps:
            self.assertTrue(any("dd" in line.split() for line in smaps if line.startswith("VmFlags:")),
                            "the keys' pages are marked as not to be dumped")

    @unittest.skipIf(os.environ.get("SERIALTCP_SANITIZED"), "sanitizers end in their own way")
    def test_a_crash_leaves_no_core(self):
        with open("/proc/sys/kernel/core_pattern", encoding="ascii") as file:
            pattern = file.read().strip()
        if pattern.startswith("|") or "/" in pattern:
            self.skipTest("cores go elsewhere on this machine")
        key = self.keygen("cable.key")
        # Without a key there is a core file; otherwise this test would show nothing.
        for options, cores in (((), 1), (("--key", key), 0)):
            folder = self.path(f"cores{cores}")
            os.mkdir(folder)
            process = subprocess.Popen([BINARY, "--server", "0", *options, "loop://"], cwd=folder, stdin=subprocess.DEVNULL,
                                       stderr=subprocess.PIPE, preexec_fn=lambda: resource.setrlimit(
                                           resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY)))
            with process:
                until(lambda p=process: re.search(b"listening", p.stderr.readline()), "it listens")
                process.send_signal(6)
                process.wait(30)
            self.assertEqual(len(os.listdir(folder)), cores, os.listdir(folder))


if __name__ == "__main__":
    main()
