"""IP links: two network namespaces whose only way to each other is a serial cable with serialtcp at both ends: ping, TCP by
iperf3, ssh and scp, IPv4 and IPv6, packets that are too long or have a spoofed source, and what is said when
something is wrong. Where the machine has no TUN interfaces, or does not let this user make namespaces, the tests say so and
are skipped."""

import json
import os
import shutil
import subprocess
import unittest

from harness import BINARY, LINK_OK, Case, Process, main, until
from real_programs import SSHD, SshCase, checksum

INTERFACE = "stcp0"
HERE, THERE = "10.9.0.1", "10.9.0.2"
HERE_6, THERE_6 = "fd00:9::1", "fd00:9::2"
TARGET_GONE = r"the other end has none: start it there with --client ip:INTERFACE"


def missing():
    """What this machine lacks for these tests; empty: nothing."""
    if not os.path.exists("/dev/net/tun"):
        return "there is no /dev/net/tun (mknod /dev/net/tun c 10 200)"
    for program in ("ip", "ping", "iperf3", "unshare", "nsenter"):
        if not shutil.which(program):
            return f"{program} is not installed"
    made = subprocess.run([*unshare(), "ip", "tuntap", "add", "dev", INTERFACE, "mode", "tun"], capture_output=True, text=True,
                          check=False)
    return made.stderr.strip() if made.returncode else ""


def unshare():
    return ("unshare", "--net") if os.geteuid() == 0 else ("unshare", "--user", "--map-root-user", "--net")


class Namespace:
    """A network of its own, which lasts as long as its process; with addresses, if they are given."""

    def __init__(self, case, name, address=None, address_6=None, peer=None, mtu=1500):
        self.process = case.add(Process(name, [*unshare(), "sh", "-c", "echo ready; exec sleep 1000"], case.folder))
        self.process.wait_for("ready")
        user = () if os.geteuid() == 0 else ("--user", "--preserve-credentials")
        self.wrap = ("nsenter", "-t", str(self.process.popen.pid), "--net", *user, "--")
        self.run("ip", "link", "set", "dev", "lo", "up")
        self.run("ip", "tuntap", "add", "dev", INTERFACE, "mode", "tun")
        self.run("ip", "link", "set", "dev", INTERFACE, "mtu", str(mtu), "up")
        if address:
            self.run("ip", "address", "add", address, "peer", peer, "dev", INTERFACE)
            self.run("ip", "-6", "address", "add", f"{address_6}/64", "dev", INTERFACE, "nodad")

    def run(self, *command, check=True):
        done = subprocess.run([*self.wrap, *command], capture_output=True, text=True, timeout=120, check=False)
        if check and done.returncode:
            raise AssertionError(f"{' '.join(command)}: {done.stdout}{done.stderr}")
        return done.stdout + done.stderr


@unittest.skipIf(missing(), f"IP LINKS ARE NOT TESTED ON THIS MACHINE: {missing()}")
class IpLink(SshCase):
    def networks(self, mtu=1500):
        self.here = Namespace(self, "here", HERE, HERE_6, THERE, mtu)
        self.there = Namespace(self, "there", THERE, THERE_6, HERE)

    def ends(self, *, server=f"ip:{INTERFACE}", client=f"ip:{INTERFACE}", baud=921600):
        cable = self.cable()
        self.server = self.add(Process("server", [BINARY, "--server", server, cable.a, str(baud)], self.folder,
                                       wrap=self.here.wrap))
        self.client = self.add(Process("client", [BINARY, "--client", client, cable.b, str(baud)], self.folder,
                                       wrap=self.there.wrap))
        self.server.wait_for(LINK_OK)
        self.client.wait_for(LINK_OK)

    def test_ping_of_both_versions_and_full_size(self):
        self.networks()
        self.ends()
        for address in (THERE, THERE_6):
            self.assertIn("3 received", self.here.run("ping", "-n", "-c", "3", "-i", "0.2", "-W", "20", address))
        self.assertIn("1 received", self.there.run("ping", "-n", "-c", "1", "-W", "20", "-s", "1472", "-M", "do", HERE))
        self.client.wait_for(rf"IP packets of ip:{INTERFACE}")

    def test_tcp_in_both_directions_beside_ping(self):
        self.networks()
        self.ends()
        for number, options in enumerate((("-c", THERE), ("-c", THERE, "-R"), ("-6", "-c", THERE_6))):
            # One for each transfer: between two of them it resets who comes.
            served = self.add(Process(f"iperf3-{number}", ["iperf3", "-s", "-1"], self.folder, wrap=self.there.wrap))
            until(lambda: ":5201 " in self.there.run("ss", "-ltn"), "iperf3 listens")
            ping = self.add(Process(f"ping-{number}", ["ping", "-n", "-c", "5", "-i", "0.2", "-W", "20", THERE], self.folder,
                                    wrap=self.here.wrap))
            report = json.loads(self.here.run("iperf3", *options, "-n", "200K", "-J"))
            self.assertNotIn("error", report)
            # The receiver stops counting when the sender has given its last byte to its system, where much of it waits.
            self.assertGreater(report["end"]["sum_received"]["bytes"], 0)
            ping.wait_for(r"5 received")
            served.wait()

    @unittest.skipUnless(SSHD and os.geteuid() == 0, "sshd changes groups, which needs root")
    def test_ssh_and_scp(self):
        self.networks()
        self.ends()
        self.add(Process("sshd", [*self.there.wrap, *self.sshd(THERE, 22)], self.folder)).wait_for("Server listening")
        self.assertEqual(self.here.run(*self.ssh_args("22", f"root@{THERE}", "echo $((40000+2))")), "40002\n")
        sent = self.write("sent", os.urandom(60_000))
        self.here.run("scp", *self.ssh_options, sent, f"root@{THERE}:{self.path('received')}")
        self.assertEqual(checksum(self.path("received")), checksum(sent))

    def test_a_packet_that_is_too_long_is_answered(self):
        self.networks(mtu=4000)
        self.ends()
        self.server.wait_for(rf"the interface {INTERFACE} has an MTU of 4000")
        output = self.here.run("ping", "-n", "-c", "2", "-W", "5", "-s", "3000", "-M", "do", THERE, check=False)
        self.assertRegex(output, r"mtu ?= ?1500")
        self.assertIn("1 received", self.here.run("ping", "-n", "-c", "1", "-W", "20", "-s", "1472", "-M", "do", THERE))

    def test_spoofed_sources_are_dropped(self):
        self.networks()
        self.ends(client=f"ip:{INTERFACE},from={HERE}/32")
        self.here.run("ip", "address", "add", "10.8.0.1/32", "dev", "lo")
        self.assertIn("1 received", self.here.run("ping", "-n", "-c", "1", "-W", "20", THERE))
        self.assertIn("0 received", self.here.run("ping", "-n", "-c", "2", "-W", "1", "-I", "10.8.0.1", THERE, check=False))
        self.server.stop()
        # Beside both pings, what IPv6 says by itself.
        self.client.wait_for(r", ([2-9]|\d\d+) of the other end refused for their source")

    def test_the_other_end_has_another_service(self):
        self.networks()
        self.ends(client="127.0.0.1:9")
        self.server.wait_for(TARGET_GONE)
        self.client.wait_for(r"it is an IP link for the service without a name, and this end has none of that name")

    def test_an_interface_that_goes_and_comes_back(self):
        self.networks()
        self.ends()
        self.assertIn("1 received", self.here.run("ping", "-n", "-c", "1", "-W", "20", THERE))
        self.there.run("ip", "link", "delete", "dev", INTERFACE)
        self.client.wait_for(rf"The interface {INTERFACE} has gone")
        self.there.run("ip", "tuntap", "add", "dev", INTERFACE, "mode", "tun")
        self.there.run("ip", "link", "set", "dev", INTERFACE, "up")
        self.there.run("ip", "address", "add", THERE, "peer", HERE, "dev", INTERFACE)
        until(lambda: " 1 received" in self.here.run("ping", "-n", "-c", "1", "-W", "2", THERE, check=False), "a ping", 90)


class BadInput(Case):
    def ended(self, *arguments, wrap=()):
        done = subprocess.run([*wrap, BINARY, *arguments], capture_output=True, text=True, timeout=60, check=False)
        return done.returncode, done.stdout + done.stderr

    def test_names_and_options(self):
        for place, why in (("ip:", "it is empty"), ("ip:a-name-that-is-too-long", "more than 15 characters"),
                           ("ip:a/b", "characters that the system does not allow"), ("ip:tun%d", "does not allow"),
                           ("ip:tun0,from=10.9.0.0", "is not a network"), ("ip:tun0,from=10.9.0.0/33", "is not a network"),
                           ("ip:tun0,from=x/8", "is not a network"), ("ip:tun0,mode=600", "mode= is"),
                           ("ip:tun0,from=10.0.0.0/8,from=11.0.0.0/8", "twice"), ("ip:tun0,refuse", "nobody waits")):
            status, output = self.ended("--server", place, "/dev/null", "115200")
            self.assertEqual(status, 2, output)
            self.assertIn(why, output)

    def test_an_interface_that_is_not_there(self):
        cable = self.cable()
        status, output = self.ended("--server", "ip:stcp-none", cable.a, "115200")
        self.assertNotEqual(status, 0)
        if os.path.exists("/dev/net/tun"):
            self.assertRegex(output, r"ip tuntap add dev stcp-none mode tun user \S+ && ip link set dev stcp-none up")
        else:
            self.assertIn("this system has no /dev/net/tun", output)

    @unittest.skipIf(missing(), f"IP LINKS ARE NOT TESTED ON THIS MACHINE: {missing()}")
    def test_an_interface_of_another_program_or_kind(self):
        space = Namespace(self, "space", HERE, HERE_6, THERE)
        cable = self.cable()
        first = self.add(Process("first", [BINARY, "--server", f"ip:{INTERFACE}", cable.a, "115200"], self.folder,
                                 wrap=space.wrap))
        first.wait_for(rf"ip:{INTERFACE}")
        status, output = self.ended("--server", f"ip:{INTERFACE}", cable.b, "115200", wrap=space.wrap)
        self.assertNotEqual(status, 0)
        self.assertIn("another program uses it", output)
        status, output = self.ended("--server", "ip:lo", cable.b, "115200", wrap=space.wrap)
        self.assertNotEqual(status, 0)
        self.assertRegex(output, r"no interface of mode tun")


if __name__ == "__main__":
    main()
