#!/usr/bin/env python3
"""PPP and SLIP with a program that others wrote: slirp-fullbolt, on a pty. The other end is ppp_probe, which is our engine alone."""

import os
import subprocess

from harness import main
from real_programs import RealCase

PROBE = os.environ.get("SERIALTCP_PPP_PROBE", "")
# slirp's own addresses: what it gives to the other end, and what answers for itself.
GIVEN, ANSWERS = "10.0.2.15", "10.0.2.2"
# As whom slirp logs in.
HOST = os.uname().nodename


class Slirp(RealCase):
    def probe(self, *options, slirp=(), protocol="ppp", works=True):
        """What the probe prints. It ends once the link is up and an echo request was answered, with a farewell."""
        home = self.path("home")
        os.makedirs(home, exist_ok=True)
        for name in (".pap-secrets", ".chap-secrets"):
            with open(os.path.join(home, name), "w", encoding="ascii") as file:
                file.write(f"anna * s3cret\n{HOST} * s3cret\n")
            os.chmod(os.path.join(home, name), 0o600)
        result = subprocess.run([PROBE, *options, "slirp-fullbolt", *([protocol] if protocol else []), *slirp], capture_output=True, text=True,
                                timeout=60, env={**os.environ, "HOME": home}, check=False)
        self.assertEqual(result.returncode == 0, works, result.stdout + result.stderr)
        self.assertEqual(", echo" in result.stdout, works, result.stdout)
        return result.stdout

    def test_slirp_gives_an_address(self):
        printed = self.probe("-g", ANSWERS)
        self.assertIn(f"ours {GIVEN} ", printed)
        self.assertRegex(printed, r"dns \d+\.\d+\.\d+\.\d+ mtu 1500 ipv6 0 vj 1")

    def test_slirp_is_given_one(self):
        self.assertIn(f"ours {GIVEN} peers {ANSWERS}", self.probe("-a", f"{GIVEN}:{ANSWERS}"))

    def test_other_settings_of_frames(self):
        self.assertIn("mtu 1500", self.probe("-g", ANSWERS, "-m", "296"))
        self.assertIn("mtu 296", self.probe("-g", ANSWERS, slirp=["mru 296"]))
        self.probe("-g", ANSWERS, slirp=["asyncmap ffffffff"])
        self.assertIn("vj 0", self.probe("-g", ANSWERS, slirp=["-vj"]))

    def test_slirp_demands_a_login(self):
        for kind in ("+pap", "+chap"):
            with self.subTest(kind):
                self.probe("-g", ANSWERS, "-l", "anna:s3cret", slirp=[kind])
                printed = self.probe("-g", ANSWERS, "-l", "anna:guess", "-t", "3", slirp=[kind], works=False)
                self.assertIn('The other end refuses the login "anna"', printed)
        self.assertIn("demands a name and a password", self.probe("-t", "3", slirp=["+chap"], works=False))

    def test_slip(self):
        for compression in ("off", "on"):
            with self.subTest(compression):
                self.probe("-a", f"{GIVEN}:{ANSWERS}", "-s", compression, protocol="")

    def test_slirp_logs_in(self):
        self.probe("-g", ANSWERS, "-d", f"{HOST}:s3cret")
        printed = self.probe("-d", f"{HOST}:other", "-t", "3", works=False)
        self.assertIn(f'has logged in as "{HOST}", and name or password is not one that this end accepts', printed)


if __name__ == "__main__":
    main()
