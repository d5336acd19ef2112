#!/usr/bin/env python3
"""serialtcp net --tun: a device at a serial line reaches, and is reached by, the kernel of a network namespace through a TUN
interface that was prepared for an ordinary user; and what is said when it was not."""

import os
import pwd
import re
import subprocess
import sys
import unittest

from harness import BINARY, Process, main, until
from ip_link import missing, unshare
from net import LWIP_DEVICE, Gateway, NetCase, Peer, sum_of
from tcp import payload

PROBE = os.environ.get("SERIALTCP_PPP_PROBE", "")
TUN = "stcp0"
OURS, DEVICE = "10.9.0.1", "10.9.0.2"
NOBODY = pwd.getpwnam("nobody").pw_uid


@unittest.skipUnless(LWIP_DEVICE, "no lwip_device: install liblwip-dev")
@unittest.skipIf(os.geteuid() != 0 or missing(), f"TUN INTERFACES ARE NOT TESTED HERE: {missing() or 'only root may be another user'}")
class Tun(NetCase):
    def namespace(self, user="nobody", address=(OURS, "peer", DEVICE)):
        """Whose only interface but loopback is made for that user."""
        process = self.add(Process("namespace", [*unshare(), "sh", "-c", "echo ready; exec sleep 1000"], self.folder))
        process.wait_for("ready")
        self.wrap = ("nsenter", "-t", str(process.popen.pid), "--net", "--")
        self.inside("ip", "link", "set", "dev", "lo", "up")
        if user:
            self.inside("ip", "tuntap", "add", "dev", TUN, "mode", "tun", "user", user)
            self.inside("ip", "link", "set", "dev", TUN, "up")
        if address:
            self.inside("ip", "address", "add", *address, "dev", TUN)

    def inside(self, *command, check=True):
        done = subprocess.run([*self.wrap, *command], capture_output=True, text=True, timeout=60, check=False)
        if check and done.returncode:
            raise AssertionError(f"{' '.join(command)}: {done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    def as_nobody(self, *words):
        return [*self.wrap, "setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--", BINARY, "net", *words]

    def gateway_inside(self, *options):
        os.chmod(self.folder, 0o755)
        self.line = self.cable()
        os.chown(os.path.realpath(self.line.a), NOBODY, -1)
        set_user = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--")
        gateway = self.add(Gateway(self.folder, "--tun", TUN, *options, self.line.a, wrap=(*self.wrap, *set_user), owner=NOBODY))
        gateway.wait_for("opened")
        return gateway

    def exchanges(self, device):
        content = payload(30_000)
        page = self.write("page", content)
        server = self.add(Process("web", [sys.executable, "-u", "-m", "http.server", "8000", "--bind", OURS,
                                          "--directory", os.path.dirname(page)], self.folder, wrap=self.wrap))
        until(lambda: ":8000 " in self.inside("ss", "-ltn"), "the web server listens")
        self.assertEqual(device.command(f"ping {OURS}"), "pong")
        self.assertEqual(device.command(f"fetch {OURS} 8000 /page"), f"fetched {len(content)} {sum_of(content)}")
        server.stop()
        self.assertIn("2 received", self.inside("ping", "-n", "-c", "2", "-i", "0.2", "-W", "10", DEVICE))
        self.assertEqual(device.command("serve 80 a-page-of-the-device"), "serving")
        self.assertEqual(self.inside("curl", "-s", "--max-time", "20", f"http://{DEVICE}/"), "a-page-of-the-device")

    def test_by_ppp_as_an_ordinary_user(self):
        self.namespace()
        gateway = self.gateway_inside("--dns", "192.0.2.53")
        gateway.wait_for(f"the device is {re.escape(DEVICE)} in {re.escape(DEVICE)}/32, its gateway {re.escape(OURS)}, "
                         r"its name server 192\.0\.2\.53")
        gateway.wait_for(f"through its interface {TUN}")
        device = self.add(Peer(self.folder, "ppp", self.line.b))
        self.assertEqual(device.command("dial"), f"up {DEVICE} gateway {OURS} dns 192.0.2.53")
        self.exchanges(device)

    def test_by_slip_and_no_other_sources(self):
        self.namespace(address=(f"{OURS}/24",))
        gateway = self.gateway_inside("--slip")
        gateway.wait_for("its name server none")
        device = self.add(Peer(self.folder, "slip", self.line.b))
        self.assertEqual(device.command(f"up {DEVICE} {OURS}"), f"up {DEVICE}")
        self.exchanges(device)
        device.command("spoof 192.168.7.7")
        gateway.wait_for(rf"packets from 192\.168\.7\.7 are dropped: the device is {re.escape(DEVICE)}/32")
        device.command(f"spoof {OURS}")
        until(lambda: gateway.status()["spoofed_packets"] == 2, "two were dropped")
        self.assertGreater(gateway.status()["received_packets"], 10)

    def test_ipv6_of_the_interface_and_no_other(self):
        self.namespace()
        self.inside("ip", "-6", "address", "add", "fd00:9::1/64", "dev", TUN, "nodad")
        for source, works in (("fd00:9::2", True), ("fd00:8::2", False)):
            log = self.path("net.log")
            net = f"exec {BINARY} net --ppp --tun {TUN} - 2> {log}"
            result = self.run_program(*self.wrap, PROBE, "-6", f"{source},fd00:9::1", "-t", "4", "sh", "-c", net)
            with open(log, encoding="utf-8") as file:
                told = file.read()
            self.assertEqual(", echo" in result.stdout, works, result.stdout + result.stderr + told)
            self.assertEqual("packets from fd00:8::2 are dropped" in told, not works, told)

    def test_the_network_that_is_told(self):
        self.namespace(address=("10.0.2.2/24",))
        gateway = self.gateway_inside("--slip", "--net", "10.0.2.0/24")
        gateway.wait_for(r"the device is 10\.0\.2\.15 in 10\.0\.2\.0/24, its gateway 10\.0\.2\.2")
        device = self.add(Peer(self.folder, "slip", self.line.b))
        device.command("up 10.0.2.77 10.0.2.2")
        self.assertEqual(device.command("ping 10.0.2.2"), "pong")

    def test_segments_fit_a_slow_line_with_slip_in_both_directions(self):
        self.namespace()
        os.chmod(self.folder, 0o755)
        self.line = self.cable("--baud", "0")
        gateway = self.add(Gateway(self.folder, "--slip", "--tun", TUN, self.line.a, "9600", wrap=self.wrap))
        gateway.wait_for("packets pass")
        device = self.add(Peer(self.folder, "slip", self.line.b))
        device.command(f"up {DEVICE} {OURS}")
        self.assertEqual(device.command("serve 80 " + "x" * 2000), "serving")
        # What the kernel sends and has received at most (struct tcp_info: tcpi_snd_mss, tcpi_rcv_mss).
        sizes = ("import socket, struct\n"
                 f"s = socket.create_connection(('{DEVICE}', 80))\n"
                 "s.sendall(b'GET / HTTP/1.0\\r\\n\\r\\n')\n"
                 "data = s.recv(1)\n"
                 "while data.count(b'x') < 2000: data += s.recv(4096)\n"
                 "print(*struct.unpack_from('II', s.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104), 16))\n")
        self.assertEqual(self.inside(sys.executable, "-c", sizes).strip(), "256 256")

    def test_an_interface_that_is_removed(self):
        self.namespace()
        gateway = self.gateway_inside("--slip")
        self.inside("ip", "link", "delete", "dev", TUN)
        gateway.wait_for(f"The interface {TUN} has gone")
        self.assertEqual(gateway.wait(), 1)

    def refused(self, *words):
        result = self.run_program(*self.as_nobody(*words, self.path("ttyX")))
        self.assertNotEqual(result.returncode, 0)
        return result.stderr

    def test_what_is_missing_is_said(self):
        self.namespace(user="", address=())
        told = self.refused("--tun", TUN)
        self.assertIn(f"Could not use the interface {TUN}: there is none. An administrator makes it: ip tuntap add dev {TUN} mode tun "
                      f"user nobody && ip link set dev {TUN} up", told)
        self.inside("ip", "tuntap", "add", "dev", TUN, "mode", "tun", "user", "daemon")
        told = self.refused("--tun", TUN)
        self.assertIn("it was not made for this user", told)
        self.assertIn(f"ip tuntap add dev {TUN} mode tun user nobody", told)
        self.inside("ip", "tuntap", "del", "dev", TUN, "mode", "tun")
        self.inside("ip", "tuntap", "add", "dev", TUN, "mode", "tun", "user", "nobody")
        told = self.refused("--tun", TUN)
        self.assertIn(f"the interface {TUN} has no IPv4 address", told)
        self.assertIn(f"ip address add 10.0.2.2 peer 10.0.2.15 dev {TUN}", told)

    def test_what_is_missing_is_said_of_a_configuration(self):
        self.namespace(user="", address=())
        file = self.write("net.toml", f'[[net]]\nport = "{self.path("ttyX")}"\ntun = "{TUN}"\n')
        told = self.inside(BINARY, "--check-config", file, check=False)
        self.assertIn(f"3:7: Could not use the interface {TUN}: there is none. An administrator makes it: ip tuntap add dev {TUN}", told)
        self.inside("ip", "tuntap", "add", "dev", TUN, "mode", "tun")
        self.assertIn(f"3:7: the interface {TUN} has no IPv4 address", self.inside(BINARY, "--check-config", file, check=False))
        self.inside("ip", "address", "add", OURS, "peer", DEVICE, "dev", TUN)
        self.assertIn("0 links, 1 network, no mistakes", self.inside(BINARY, "--check-config", file))

    def test_options_that_exclude_it(self):
        self.namespace(user="", address=())
        for words in (["--allow", "*:80"], ["-L", "8080:device:80"]):
            self.assertIn("behind an interface, routes and firewall of the system decide", self.refused("--tun", TUN, *words))
        self.assertIn("is no name of an interface", self.refused("--tun", "a b"))


if __name__ == "__main__":
    main()
