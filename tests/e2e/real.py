"""Real programs through the tunnel: OpenSSH, and curl with a web server; on a clean line, a bad one, and through restarts."""

import os
import shutil
import subprocess
import unittest

from harness import Process, main, until
from real_programs import NGINX, RealCase, SshCase, WebCase, checksum
from tcp import LOCALHOST, closed_port, is_reset, payload

FAST = 921600
FILE_SIZE = 200_000
PAGES = 20
# Cannot connect, cannot send, cannot receive: it depends on when the reset arrives. An orderly end would be 52, "empty
# reply".
CURL_SAYS_RESET = (7, 55, 56)


@unittest.skipUnless(NGINX, "needs nginx")
class ServersThatTimeOut(WebCase):
    """nginx times out when it could not write anything for send_timeout, 60 s by default. At four times the speed and
    less than half of that, it times out if the kernels accept megabytes at once."""

    http_options = "sendfile on; tcp_nopush on; send_timeout 24s;"
    BAUD = 460800

    def setUp(self):
        super().setUp()
        self.start_web()
        self.tunnel_to_web()

    def tunnel_to_web(self):
        _, self.server, _ = self.tunnel(self.web_port, "--baud", self.BAUD, baud=self.BAUD)

    def test_one_large_file(self):
        source = self.write(os.path.join("www", "large"), payload(5_500_000))
        download = self.add(Process("curl", ["curl", "-sS", "-o", self.path("got"),
                                             f"http://{LOCALHOST}:{self.server.port}/large"], self.folder))
        self.assertEqual(download.wait(240), 0, download.text())
        self.assertEqual(checksum(self.path("got")), checksum(source))


class Ssh(SshCase):
    def setUp(self):
        super().setUp()
        self.start_sshd()

    def start_copy(self, server, name, source, sink):
        return self.add(Process(name, ["scp", *self.ssh_options, "-P", server.port, source, sink], self.folder))

    def copy_both_ways(self, server):
        """scp of 200 kB up and down at the same time."""
        up = self.write("up", payload(FILE_SIZE, 1))
        down = self.write("down", payload(FILE_SIZE, 2))
        copies = [self.start_copy(server, "scp-up", up, f"{self.host}:{up}.copy"),
                  self.start_copy(server, "scp-down", f"{self.host}:{down}", f"{down}.copy")]
        for copy in copies:
            self.assertEqual(copy.wait(), 0, copy.text())
        for path in (up, down):
            self.assertEqual(checksum(path + ".copy"), checksum(path))

    def interactive_command(self, server):
        shell = self.add(Process("shell", self.ssh_args(server.port, "-tt", self.host), self.folder,
                                 stdin=subprocess.PIPE))
        shell.popen.stdin.write(b"echo the-answer-is-$((6*7))\n")
        shell.popen.stdin.flush()
        shell.wait_for(r"the-answer-is-42")
        shell.popen.stdin.write(b"exit 3\n")
        shell.popen.stdin.flush()
        self.assertEqual(shell.wait(), 3)

    def pipe_through_cat(self, server):
        data = payload(30_000, 5)
        with open(self.write("piped", data), "rb") as source:
            result = subprocess.run([str(arg) for arg in self.ssh_args(server.port, self.host, "cat")], stdin=source,
                                    capture_output=True, timeout=120, check=False)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertTrue(result.stdout == data, "the bytes differ")

    def test_commands_at_115200(self):
        _, server, _ = self.tunnel(self.sshd_port)
        self.interactive_command(server)
        self.pipe_through_cat(server)

    def test_copies_both_ways_at_once(self):
        _, server, _ = self.tunnel(self.sshd_port, baud=FAST)
        self.copy_both_ways(server)

    def test_all_of_it_on_a_line_with_bit_errors(self):
        _, server, _ = self.tunnel(self.sshd_port, "--ber", "1e-5", "--seed", "3", baud=FAST)
        self.interactive_command(server)
        self.pipe_through_cat(server)
        self.copy_both_ways(server)

    def start_long_copy(self, server):
        """A copy that would take very long, once it has begun."""
        big = self.write("big", payload(20_000_000))
        copy = self.start_copy(server, "scp-big", big, f"{self.host}:{big}.copy")
        until(lambda: os.path.exists(f"{big}.copy") and os.path.getsize(f"{big}.copy") > 50_000, "the copy is under way")
        return copy

    def test_the_client_end_is_killed_in_mid_copy_and_comes_back(self):
        _, server, client = self.tunnel(self.sshd_port, baud=FAST)
        copy = self.start_long_copy(server)
        before = server.mark()
        self.kill(client)
        self.again(client)
        server.wait_link(after=before)
        self.assertNotEqual(copy.wait(), 0)
        self.copy_both_ways(server)

    def test_the_server_end_is_killed_in_mid_copy_and_comes_back(self):
        _, server, client = self.tunnel(self.sshd_port, baud=FAST)
        copy = self.start_long_copy(server)
        before = client.mark()
        self.kill(server)
        server = self.again(server)
        client.wait_link(after=before)
        self.assertNotEqual(copy.wait(), 0)
        self.copy_both_ways(server)


class Web(WebCase):
    def setUp(self):
        super().setUp()
        os.mkdir(self.path("www"))
        self.names = [f"page{number}.bin" for number in range(PAGES)]
        for number, name in enumerate(self.names):
            self.write(f"www/{name}", payload(500 + 1700 * number, number))
        self.start_web()

    def fetch_all(self, server):
        """20 files, 8 connections at once."""
        shutil.rmtree(self.path("got"), ignore_errors=True)
        args = ["curl", "--no-progress-meter", "--fail", "--noproxy", "*", "--parallel", "--parallel-immediate",
                "--parallel-max", "8", "--create-dirs"]
        for name in self.names:
            args += ["-o", self.path("got", name), f"http://{LOCALHOST}:{server.port}/{name}"]
        self.assert_ran(self.run_program(*args))
        for name in self.names:
            self.assertEqual(checksum(self.path("got", name)), checksum(self.path("www", name)), name)

    def test_twenty_files_by_eight_connections(self):
        _, server, _ = self.tunnel(self.web_port, baud=FAST)
        self.fetch_all(server)

    def test_twenty_files_on_a_line_with_bit_errors(self):
        _, server, _ = self.tunnel(self.web_port, "--ber", "1e-5", "--seed", "4", baud=FAST)
        self.fetch_all(server)

    def test_a_killed_end_comes_back_while_files_are_fetched(self):
        _, server, client = self.tunnel(self.web_port)
        args = ["curl", "--no-progress-meter", "--noproxy", "*", "-o", self.path("cut-off"),
                f"http://{LOCALHOST}:{server.port}/{self.names[-1]}"]
        fetch = self.add(Process("curl", args, self.folder))
        until(lambda: os.path.exists(self.path("cut-off")), "the file is being fetched")
        before = server.mark()
        self.kill(client)
        self.again(client)
        server.wait_link(after=before)
        self.assertNotEqual(fetch.wait(), 0)
        self.fetch_all(server)


class ClosedPort(RealCase):
    def test_curl_says_reset_when_the_target_refuses(self):
        for faults in ((), ("--ber", "1e-5")):
            with self.subTest(faults=faults):
                _, server, client = self.tunnel(closed_port(self), *faults)
                result = self.run_program("curl", "--noproxy", "*", f"http://{LOCALHOST}:{server.port}/")
                self.assertIn(result.returncode, CURL_SAYS_RESET, result.stderr)
                self.assertTrue(is_reset(server.port))
                server.wait_for(r"refused")
                for process in (server, client, self.processes[-3]):
                    process.stop()


if __name__ == "__main__":
    main()
