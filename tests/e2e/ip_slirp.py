#!/usr/bin/env python3
"""IP links with ip:slirp at one end: a machine (a network namespace with a TUN interface) that has the network of another one (a
namespace with addresses, a web server and a name server of its own) through a serial cable, where nobody is root."""

import json
import os
import subprocess
import sys
import unittest

from harness import BINARY, LINK_OK, Case, Process, main, until
from ip_link import INTERFACE, Namespace, missing
from net import FAKE_DNS
from real_programs import RealCase
from tcp import payload

WEB, WEB_6 = "192.0.2.7", "2001:db8::7"
GATEWAY, GATEWAY_6, NAME_SERVER = "10.0.2.2", "fd73:6572:6961:6c00::2", "10.0.2.3"
HTTP = """
import functools, http.server, socket, sys, threading
class Server(http.server.ThreadingHTTPServer):
    address_family = socket.AF_INET6
page = functools.partial(http.server.SimpleHTTPRequestHandler, directory=sys.argv[1])
for port in (80, 81):
    server = Server(("::", port), page)
    threading.Thread(target=server.serve_forever).start()
"""
NOBODY = 65534
PREPARE = r"With ip:tun0 there: (.+); for IPv6: (.+)\n"


def why_not():
    if os.geteuid() != 0:
        return "only root may make namespaces with a name server"
    if not os.environ.get("SERIALTCP_HAS_SLIRP"):
        return "the program was built without libslirp"
    return missing()


@unittest.skipIf(why_not(), f"ip:slirp IS NOT TESTED ON THIS MACHINE: {why_not()}")
class SlirpCase(RealCase):
    def host(self, *extra):
        """The machine with a network: what a program in it begins with."""
        os.makedirs(self.path("www"), exist_ok=True)
        os.chmod(self.folder, 0o755)
        self.content = payload(100_000)
        self.write("www/page", self.content)
        resolver = self.write("resolv.conf", "nameserver 127.0.0.1\n")
        dns, web, ready = self.write("dns.py", FAKE_DNS), self.write("web.py", HTTP), self.path("ready")
        script = self.write("run", "\n".join([
            "ip link set lo up", f"ip address add {WEB}/24 dev lo", f"ip address add {WEB_6}/128 dev lo nodad", *extra,
            "echo 0 2147483647 > /proc/sys/net/ipv4/ping_group_range",
            f"mount --bind {resolver} /etc/resolv.conf",
            f"setpriv --pdeathsig KILL {sys.executable} {dns} {ready} &",
            f"setpriv --pdeathsig KILL {sys.executable} {web} {self.path('www')} &",
            f"until [ -e {ready} ] && ss -ltn | grep -q ':81 '; do sleep 0.05; done",
            f"exec setpriv --reuid {NOBODY} --regid {NOBODY} --clear-groups --pdeathsig KILL \"$@\""]))
        return "unshare", "--net", "--mount", "--", "sh", "-e", script

    def ends(self, place="ip:slirp", *, slirp_is="--client", extra=()):
        """Both ends, and the commands of the log are obeyed at the other one."""
        cable = self.cable()
        os.chown(os.path.realpath(cable.b), NOBODY, -1)
        self.slirp = self.program("slirp", slirp_is, place, cable.b, "921600", user=NOBODY, wrap=self.host(*extra))
        commands = self.slirp.wait_for(PREPARE).groups()
        self.space = Namespace(self, "space")
        self.tun = self.program("tun", "--server" if slirp_is == "--client" else "--client", f"ip:{INTERFACE}", cable.a,
                                "921600", wrap=self.space.wrap)
        for command in commands:
            self.space.run("sh", "-e", "-c", command.replace("tun0", INTERFACE))
        self.slirp.wait_for(LINK_OK)
        self.tun.wait_for(LINK_OK)

    def asks(self, process, *words):
        """What a command for its control socket prints."""
        return subprocess.run([BINARY, *words], env={**os.environ, "RUNTIME_DIRECTORY": process.control}, capture_output=True,
                              text=True, check=True).stdout

    def status(self, process):
        """Of the only IP link of this process."""
        return json.loads(self.asks(process, "status", "--json"))["processes"][0]["links"][0]["ip_links"][0]

    def program(self, name, *words, user=0, **process):
        """serialtcp with a control socket, for status(); `user` is who it becomes."""
        control = self.path(f"run-{name}")
        os.mkdir(control, 0o700)
        os.chown(control, user, -1)
        made = self.add(Process(name, [BINARY, *words], self.folder, env={"RUNTIME_DIRECTORY": control}, **process))
        made.control = control
        return made

    def pings(self, address, *options):
        return self.space.run("ping", "-n", "-c", "2", "-i", "0.2", "-W", "20", *options, address, check=False)

    def curl(self, url, *options):
        """Status, and what it has got."""
        done = subprocess.run([*self.space.wrap, "curl", "-sS", "--max-time", "60", *options, url], capture_output=True,
                              check=False)
        return done.returncode, done.stdout or done.stderr


class Reaches(SlirpCase):
    def everything(self, slirp_is):
        self.ends(slirp_is=slirp_is)
        self.slirp.wait_for("ip:slirp: the other end reaches everything but loopback and link-local addresses")
        for address in (GATEWAY, WEB, GATEWAY_6):
            self.assertIn("2 received", self.pings(address), address)
        self.assertIn("Administratively prohibited", self.pings(WEB_6))  # libslirp has no echo of IPv6 to others
        self.assertEqual(self.curl(f"http://{WEB}/page"), (0, self.content))
        self.assertEqual(self.curl(f"http://[{WEB_6}]/page"), (0, self.content))
        resolver = self.write("resolv.tun", f"nameserver {NAME_SERVER}\n")
        fetched = subprocess.run([*self.space.wrap, "unshare", "--mount", "sh", "-e", "-c",
                                  f"mount --bind {resolver} /etc/resolv.conf; curl -sS http://www.example.com/page"],
                                 capture_output=True, timeout=120, check=False)
        self.assertEqual(fetched.stdout, self.content, fetched.stderr)
        top = self.asks(self.tun, "top", "-b", "-n", "1")
        self.assertRegex(top, rf"(?m)^\S+#ip +up +ip:{INTERFACE} .*\n  \S.*; [1-9]\d* packets sent, [1-9]\d* received, \d+ wait")

    def test_the_network_of_the_client(self):
        self.everything("--client")

    def test_the_network_of_the_server(self):
        self.everything("--server")

    def test_another_network_and_one_that_this_machine_is_in(self):
        self.ends(extra=("ip address add 10.0.2.77/24 dev lo",))
        self.slirp.wait_for(r"in a network with addresses of 10\.0\.2\.0/24: the other end is in 10\.\d+\.\d+\.0/24 instead")
        self.assertEqual(self.curl(f"http://{WEB}/page"), (0, self.content))
        self.assertEqual(self.curl("http://10.0.2.77/page"), (0, self.content))


class Permissions(SlirpCase):
    def test_only_what_is_allowed_and_refused_at_once(self):
        self.ends(f"ip:slirp,allow={WEB}:80,net=192.168.77.0/24")
        self.slirp.wait_for("the other end reaches only what allow= names")
        self.assertEqual(self.curl(f"http://{WEB}/page"), (0, self.content))
        status, why = self.curl(f"http://{WEB}:81/page")
        self.assertEqual(status, 7, why)  # refused
        self.slirp.wait_for(rf"ip:slirp: the other end may not reach {WEB}:81: allow= would permit it")
        here, there = self.status(self.tun), self.status(self.slirp)
        self.assertEqual((here["network"], here["state"], there["network"], there["state"]),
                         (f"ip:{INTERFACE}", "up", "ip:slirp", "up"))
        self.assertIn("192.168.77.15", here["addresses"])
        self.assertEqual(there["addresses"], ["other end 192.168.77.15 in 192.168.77.0/24", "gateway 192.168.77.2",
                                              "name server 192.168.77.3"])
        self.assertGreaterEqual(there["refused_packets"], 1)
        self.assertGreater(there["sent_bytes"], len(self.content))
        self.assertGreater(here["received_packets"], len(self.content) / 1500)

    def test_the_loopback_is_closed_unless_it_is_named(self):
        self.ends()
        self.assertEqual(self.curl(f"http://{GATEWAY}/page")[0], 7)
        self.assertIn("0 received", self.pings("169.254.1.1"))

    def test_the_loopback_that_is_named(self):
        self.ends("ip:slirp,allow=localhost:80")
        self.assertEqual(self.curl(f"http://{GATEWAY}/page"), (0, self.content))
        self.assertEqual(self.curl(f"http://{GATEWAY}:81/page")[0], 7)

    def test_spoofed_sources_are_dropped(self):
        self.ends()
        self.space.run("ip", "address", "add", "10.8.0.1/32", "dev", "lo")
        self.assertIn("0 received", self.pings(GATEWAY, "-I", "10.8.0.1", "-W", "1"))
        self.slirp.wait_for(r"packets from 10\.8\.0\.1 are dropped: the other end is to have an address in 10\.0\.2\.0/24, such "
                            r"as 10\.0\.2\.15; or start with another net=")
        self.assertIn("2 received", self.pings(GATEWAY))
        self.assertGreaterEqual(self.status(self.slirp)["spoofed_packets"], 2)


class BadInput(Case):
    def test_options(self):
        for place, why in (("ip:slirp,net=10.0.2.1/24", "bits after the prefix are not 0"),
                           ("ip:slirp,net=8.8.8.0/24", "is not private"),
                           ("ip:slirp,net=10.1.0.0/24,net=10.2.0.0/24", "net= is given twice"),
                           ("ip:slirp,allow=x", "is not HOST:PORT"),
                           ("ip:slirp,allow=*.lan:80", "packets have addresses, not names"),
                           ("ip:slirp,mode=600", "mode= is"),
                           ("ip:tun0,net=10.1.0.0/24", "net= is for an IP link that is ip:slirp"),
                           ("ip:tun0,allow=*:*", "allow= is for an IP link that is ip:slirp")):
            for option in ("--server", "--client"):
                done = subprocess.run([BINARY, option, place, "/dev/null", "115200"], capture_output=True, text=True,
                                      timeout=60, check=False)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertIn(why, done.stderr, place)


if __name__ == "__main__":
    main()
