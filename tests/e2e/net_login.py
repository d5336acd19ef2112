#!/usr/bin/env python3
"""serialtcp net --login: PAP and CHAP in both directions, with ppp_probe (our engine alone) as a device and with
slirp-fullbolt, which others wrote; what is refused, and how it is said."""

import os
import subprocess
import unittest

from harness import BINARY, main
from net import ADDRESS, GATEWAY, LWIP_DEVICE, Gateway, NetCase, Peer
from real_programs import RealCase

PROBE = os.environ.get("SERIALTCP_PPP_PROBE", "")
HOST = os.uname().nodename


class LoginCase(RealCase):
    def logins(self, text, mode=0o600):
        path = self.write("logins", text)
        os.chmod(path, mode)
        return path


class Logins(LoginCase):
    def probe(self, text, *options, works, net=""):
        """What the probe prints, and the log of serialtcp net, which is the program at its pty."""
        log = self.path("net.log")
        command = f'exec {BINARY} net --ppp {net} --login {self.logins(text)} - 2> {log}'
        result = subprocess.run([PROBE, *options, "sh", "-c", command], capture_output=True, text=True, timeout=60, check=False,
                                env={**os.environ, "RUNTIME_DIRECTORY": "/proc/none"})
        with open(log, encoding="utf-8") as file:
            told = file.read()
        self.assertEqual(result.returncode == 0, works, result.stdout + result.stderr + told)
        self.assertEqual(", echo" in result.stdout, works, result.stdout + told)
        self.assertNotIn("s3cret", told)
        return result.stdout, told

    def test_the_device_logs_in(self):
        for name in ("anna", "bert"):
            with self.subTest(name):
                printed, told = self.probe("anna s3cret\nbert s3cret of bert\n", "-l", "anna:s3cret" if name == "anna" else
                                           "bert:s3cret of bert", works=True)
                self.assertIn(f"ours {ADDRESS} peers {GATEWAY}", printed)
                self.assertIn("the device has to log in, with PPP", told)
                self.assertIn(f'The other end has logged in as "{name}"', told)

    def test_a_wrong_password_and_an_unknown_name(self):
        for login in ("anna:guess", "eve:s3cret", "anna:s3cre"):
            with self.subTest(login):
                printed, told = self.probe("anna s3cret\n", "-l", login, "-t", "3", works=False)
                name = login.split(":")[0]
                self.assertIn(f'The other end refuses the login "{name}"', printed)
                line = f'has logged in as "{name}", and name or password is not one that this end accepts'
                self.assertEqual(told.count(line), 1, told)

    def test_a_device_that_does_not_say_who_it_is(self):
        printed, told = self.probe("anna s3cret\n", "-t", "20", works=False)
        self.assertIn("demands a name and a password", printed)
        self.assertIn("refuses to say who it is", told)

    def test_the_device_demands_it_of_this_end_which_is_the_first_line(self):
        text = "anna s3cret\nbert s3cret of bert\n"
        self.probe(text, "-l", "bert:s3cret of bert", "-d", "anna:s3cret", works=True)
        _, told = self.probe(text, "-l", "bert:s3cret of bert", "-d", "anna:other", "-t", "3", works=False)
        self.assertIn('The other end refuses the login "anna"', told)

    def test_only_this_end_logs_in(self):
        for secret, works in (("s3cret", True), ("other", False)):
            printed, told = self.probe("anna s3cret\n", "-d", f"anna:{secret}", "-t", "3" if not works else "10", works=works,
                                       net="--noauth")
            self.assertEqual('The other end has logged in as "anna".' in printed, works, printed)
            self.assertNotIn("the device has to log in", told)


class Slirp(LoginCase):
    """slirp-fullbolt demands a login, and proves that it is this host."""

    def net(self, kind, text):
        home = self.path("home")
        os.makedirs(home, exist_ok=True)
        for name in (".pap-secrets", ".chap-secrets"):
            with open(os.path.join(home, name), "w", encoding="ascii") as file:
                file.write(f"anna * s3cret\n{HOST} * s3cret\n")
            os.chmod(os.path.join(home, name), 0o600)
        os.environ["HOME"], before = home, os.environ.get("HOME", "")
        self.addCleanup(os.environ.__setitem__, "HOME", before)
        return self.add(Gateway(self.folder, "--ppp", "--login", self.logins(text), f"exec:exec slirp-fullbolt ppp {kind}"))

    def test_this_end_logs_in_by_pap_and_by_chap_and_slirp_does(self):
        for kind in ("+pap", "+chap"):
            with self.subTest(kind):
                net = self.net(kind, f"anna s3cret\n{HOST} s3cret\n")
                net.wait_for(f'The other end has logged in as "{HOST}"')
                net.stop()

    def test_this_end_has_the_wrong_password(self):
        for kind in ("+pap", "+chap"):
            with self.subTest(kind):
                net = self.net(kind, f"anna guess\n{HOST} s3cret\n")
                net.wait_for('The other end refuses the login "anna"')
                self.assertNotIn("has logged in as", net.text())
                net.stop()


@unittest.skipUnless(LWIP_DEVICE, "no lwip_device: install liblwip-dev")
class WithoutPpp(NetCase, LoginCase):
    def test_nobody_gets_in_by_slip(self):
        gateway = self.gateway("--login", self.logins("anna s3cret\n"))
        device = self.add(Peer(self.folder, "slip", self.line.b))
        device.command(f"up {ADDRESS} {GATEWAY}")
        self.assertIn("failed", device.command(f"ping {GATEWAY}"))
        gateway.wait_for("the device speaks SLIP, in which nobody can log in: with --login, only PPP is answered")
        self.assertEqual(gateway.status()["received_packets"], 0)

    def test_by_slip_where_nobody_has_to(self):
        self.gateway("--login", self.logins("anna s3cret\n"), "--noauth")
        device = self.add(Peer(self.folder, "slip", self.line.b))
        device.command(f"up {ADDRESS} {GATEWAY}")
        self.assertEqual(device.command(f"ping {GATEWAY}"), "pong")


class Files(LoginCase):
    def refused(self, status, why, *words):
        result = self.run_program(BINARY, "net", *words, self.path("ttyX"))
        self.assertEqual(result.returncode, status, result.stderr)
        self.assertIn(why, result.stderr)
        self.assertNotIn("s3cret", result.stderr)

    def test_that_cannot_be_used(self):
        good = self.logins("anna s3cret\n", 0o644)
        self.refused(1, f"Could not use the login file {good}: other users can read it: chmod 600 {good}", "--login", good)
        bad = self.logins("anna s3cret\nbert\n")
        self.refused(1, "line 2: NAME PASSWORD is expected", "--login", bad)
        self.refused(1, "no such file or directory", "--login", self.path("none"))
        self.refused(2, "--login is of PPP", "--slip", "--login", bad)
        self.refused(2, "--noauth is of --login, which is not given", "--noauth")

    def test_that_cannot_be_used_by_a_configuration(self):
        text = f'[[net]]\nport = "{self.path("ttyX")}"\nlogin = "{self.logins("bert")}"\n'
        result = self.run_program(BINARY, "--check-config", self.write("net.toml", text))
        self.assertEqual(result.returncode, 2, result.stderr)
        self.assertIn("3:9: Could not use the login file", result.stderr)


if __name__ == "__main__":
    main()
