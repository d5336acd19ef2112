#!/usr/bin/env python3
"""IP links with ip:ppp:DEVICE at one end: a device with lwIP's TCP/IP and PPP hangs on a serial port of one machine, and reaches
through the cable the network of the other one: a namespace with a TUN interface, or what ip:slirp gives it."""

import os
import subprocess
import sys
import unittest

from harness import BINARY, LINK_OK, Cable, Case, Process, main
from ip_link import INTERFACE, Namespace, missing
from ip_slirp import HTTP, NAME_SERVER, NOBODY, WEB, SlirpCase, why_not
from net import LWIP_DEVICE, Peer, sum_of
from real_programs import RealCase
from tcp import payload

ADDRESS, GATEWAY = "10.0.2.15", "10.0.2.2"
PREPARE = r"With ip:tun0 there: (.+)\n"


def line_of_device(case):
    """A cable to the device; of the end here, it is end A."""
    os.makedirs(case.path("device"), exist_ok=True)
    return case.add(Cable(case.path("device")))


def lacks():
    return missing() if LWIP_DEVICE else "no lwip_device: install liblwip-dev"


@unittest.skipIf(lacks(), f"ip:ppp IS NOT TESTED ON THIS MACHINE: {lacks()}")
class Routed(RealCase):
    def ends(self, *options, ppp_is="--client"):
        """A device, the end where it is, and the other one, with the addresses of the log."""
        cable, self.line = self.cable(), line_of_device(self)
        place = ",".join((f"ip:ppp:{self.line.a}:115200", *(options or [f"dns={NAME_SERVER}"])))
        self.ppp = self.add(Process("ppp", [BINARY, ppp_is, place, cable.b, "921600"], self.folder))
        command = self.ppp.wait_for(PREPARE).group(1)
        self.space = Namespace(self, "space")
        self.tun = self.add(Process("tun", [BINARY, "--server" if ppp_is == "--client" else "--client", f"ip:{INTERFACE}",
                                            cable.a, "921600"], self.folder, wrap=self.space.wrap))
        self.space.run("sh", "-e", "-c", command.replace("tun0", INTERFACE))
        self.ppp.wait_for(LINK_OK)
        self.tun.wait_for(LINK_OK)

    def dials(self, answer):
        device = self.add(Peer(self.folder, "ppp", self.line.b))
        self.assertEqual(device.command("dial"), answer)
        self.ppp.wait_for("packets pass, of up to 1500 bytes to the device")
        return device

    def web_server(self):
        os.makedirs(self.path("www"), exist_ok=True)
        content = payload(20_000)
        self.write("www/page", content)
        web = self.add(Process("web", [sys.executable, "-u", self.write("web.py", HTTP + "print('ready')\n"), self.path("www")],
                               self.folder, wrap=self.space.wrap))
        web.wait_for("ready")
        return content

    def everything(self, ppp_is):
        self.ends(ppp_is=ppp_is)
        device = self.dials(f"up {ADDRESS} gateway {GATEWAY} dns {NAME_SERVER}")
        content = self.web_server()
        self.assertEqual(device.command(f"ping {GATEWAY}"), "pong")
        self.assertIn("2 received", self.space.run("ping", "-n", "-c", "2", "-i", "0.2", "-W", "20", "-s", "1472", ADDRESS))
        self.assertEqual(device.command(f"fetch {GATEWAY} 80 /page"), f"fetched {len(content)} {sum_of(content)}")
        self.assertEqual(device.command("serve 80 a-page-of-the-device"), "serving")
        self.assertIn("a-page-of-the-device", self.space.run("curl", "-sS", "--max-time", "60", f"http://{ADDRESS}/"))

    def test_a_device_of_the_client(self):
        self.everything("--client")

    def test_a_device_of_the_server(self):
        self.everything("--server")

    def test_addresses_that_are_given_and_others_that_are_dropped(self):
        self.ends("address=10.9.0.2", "gateway=10.9.0.1", "dns=192.0.2.53")
        self.ppp.wait_for(r"the device is 10\.9\.0\.2, its gateway 10\.9\.0\.1 is the other end, its name server 192\.0\.2\.53")
        device = self.dials("up 10.9.0.2 gateway 10.9.0.1 dns 192.0.2.53")
        self.assertEqual(device.command("ping 10.9.0.1"), "pong")
        self.assertEqual(device.command("spoof 10.9.0.77"), "spoofed")
        self.ppp.wait_for(r"packets of the device from other addresses than its own, 10\.9\.0\.2, are dropped")
        self.assertEqual(device.command("ping 10.9.0.1"), "pong")

    def test_a_device_whose_line_goes_away_and_comes_back(self):
        self.ends()
        self.dials(f"up {ADDRESS} gateway {GATEWAY} dns {NAME_SERVER}").stop()
        self.line.stop()
        self.ppp.wait_for(r"lost \S+device/ttyA")
        before = self.ppp.mark()
        self.line = line_of_device(self)
        device = self.add(Peer(self.folder, "ppp", self.line.b))
        self.assertEqual(device.command("dial"), f"up {ADDRESS} gateway {GATEWAY} dns {NAME_SERVER}")
        self.ppp.wait_for("packets pass", after=before)
        self.assertEqual(device.command(f"ping {GATEWAY}"), "pong")


@unittest.skipIf(lacks() or why_not(), f"ip:ppp with ip:slirp IS NOT TESTED ON THIS MACHINE: {lacks() or why_not()}")
class ByNat(SlirpCase):
    def test_a_device_here_has_the_network_of_there(self):
        cable, line = self.cable(), line_of_device(self)
        os.chown(os.path.realpath(cable.b), NOBODY, -1)
        slirp = self.add(Process("slirp", [BINARY, "--client", "ip:slirp", cable.b, "921600"], self.folder, wrap=self.host()))
        ppp = self.add(Process("ppp", [BINARY, "--server", f"ip:ppp:{line.a}:115200,dns={NAME_SERVER}", cable.a, "921600"],
                               self.folder))
        slirp.wait_for(LINK_OK)
        ppp.wait_for(LINK_OK)
        device = self.add(Peer(self.folder, "ppp", line.b))
        self.assertEqual(device.command("dial"), f"up {ADDRESS} gateway {GATEWAY} dns {NAME_SERVER}")
        self.assertEqual(device.command(f"ping {WEB}"), "pong")
        self.assertEqual(device.command(f"resolve www.example.com {NAME_SERVER}"), f"resolved {WEB}")
        content = payload(100_000)
        self.assertEqual(device.command(f"fetch {WEB} 80 /page"), f"fetched {len(content)} {sum_of(content)}")


class BadInput(Case):
    def test_devices_and_options(self):
        for place, why in (("ip:ppp:", "needs a serial port of this machine"),
                           ("ip:ppp:socket://localhost:4000", "needs a serial port of this machine"),
                           ("ip:ppp:/dev/ttyX,address=x", "'x' is not an IPv4 address"),
                           ("ip:ppp:/dev/ttyX,address=127.0.0.1", "127.0.0.1 cannot be the address of a host"),
                           ("ip:ppp:/dev/ttyX,dns=224.0.0.1", "224.0.0.1 cannot be the address of a host"),
                           ("ip:ppp:/dev/ttyX,gateway=10.0.2.15", "they differ"),
                           ("ip:ppp:/dev/ttyX,net=10.1.0.0/24", "net= is for an IP link that is ip:slirp"),
                           ("ip:slirp,address=10.1.0.1", "address= is for an IP link that is ip:ppp:DEVICE")):
            for option in ("--server", "--client"):
                done = subprocess.run([BINARY, option, place, "/dev/null", "115200"], capture_output=True, text=True,
                                      timeout=60, check=False)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertIn(why, done.stderr, place)

    def test_a_port_that_is_no_serial_port(self):
        cable = self.cable()
        done = subprocess.run([BINARY, "--server", "ip:ppp:/dev/null", cable.a, "115200"], capture_output=True, text=True,
                              timeout=60, check=False)
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("Could not open serial port /dev/null: it is not a serial port", done.stderr)


if __name__ == "__main__":
    main()
