#!/usr/bin/env python3
"""[[net]] in the configuration file: networks for devices beside links and shared ports in one process: they pass packets, a
reload leaves alone what has not changed, one that cannot start does not keep the others, mistakes, and the status."""

import json
import os
import re
import socket
import subprocess
import unittest

from harness import BINARY, Cable, Process, main, until
from net import LWIP_DEVICE, ADDRESS, GATEWAY, NetCase, Peer
from real_programs import RealCase
from tcp import closed_port, payload


def net_text(name, device, more=""):
    return f'[[net]]\nname = "{name}"\nport = "{device}"\n{more}\n'


class ConfigCase(RealCase):
    def cables(self, count):
        made = []
        for i in range(count):
            os.mkdir(self.path(f"cable{i}"))
            made.append(self.add(Cable(self.path(f"cable{i}"), "--baud", "0")))
        return made

    def start(self, text, says, **process):
        self.file = self.write("cables.toml", text)
        program = self.add(Process("program", [BINARY, "--config", self.file, "--control", self.path("control")], self.folder,
                                   **process))
        program.wait_for(says)
        until(lambda: self.run_program(BINARY, "status", "--control", self.path("control")).returncode == 0, "the control socket")
        return program

    def reload(self, text):
        self.write("cables.toml", text)
        self.assert_ran(self.run_program(BINARY, "reload", "--control", self.path("control")))

    def nets(self):
        result = self.run_program(BINARY, "status", "--json", "--control", self.path("control"))
        self.assert_ran(result)
        return json.loads(result.stdout)["processes"][0]["nets"]

    def check(self, text):
        return self.run_program(BINARY, "--check-config", self.write("checked.toml", text))


@unittest.skipUnless(LWIP_DEVICE, "no lwip_device: install liblwip-dev")
class Networks(ConfigCase, NetCase):
    def slip_device(self, cable):
        device = self.add(Peer(self.folder, "slip", cable.b))
        self.assertEqual(device.command(f"up {ADDRESS} {GATEWAY}"), f"up {ADDRESS}")
        return device

    def test_several_run_beside_a_link_and_a_reload_leaves_alone_what_has_not_changed(self):
        one, two, three, line = self.cables(4)
        content = payload(20_000)
        web, here = self.web_server(content), closed_port(self)
        link = f'[[link]]\nname = "link"\nport = "{line.a}"\nserver = 0\n'
        stays = net_text("stays", one.a, f'slip = true\nallow = "localhost:{web}"\nlocal-forward = "{here}:device:80"')
        program = self.start(link + stays + net_text("changes", two.a, "slip = true") + net_text("goes", three.a), "goes: .*opened at")
        for text in ("stays: .*the device is", "stays: .*listening on", "changes: .*opened at", "link: .*opened at"):
            program.wait_for(text)
        device = self.slip_device(one)
        self.fetches(device, web, content)
        self.assertEqual(device.command("serve 80 here"), "serving")
        client = socket.create_connection(("127.0.0.1", here))
        self.addCleanup(client.close)
        other = self.slip_device(two)
        self.assertEqual(other.command(f"ping {GATEWAY}"), "pong")
        self.assertEqual([net["name"] for net in self.nets()], ["stays", "changes", "goes"])
        before = self.nets()[0]
        self.assertEqual((before["state"], before["protocol"]), ("up", "SLIP"))
        top = self.run_program(BINARY, "top", "-b", "-n", "1", "--control", self.path("control"))
        self.assert_ran(top)
        self.assertRegex(top.stdout, r"(?m)^stays +up ")
        self.assertRegex(top.stdout, rf"(?m)^stays#ip +SLIP +up +device {re.escape(ADDRESS)} .*\n"
                                     rf"  \S+, gateway {re.escape(GATEWAY)}.*; \d+ packets sent, [1-9]\d* received, 0 wait$")
        self.reload(link + stays + net_text("changes", two.a, 'slip = true\nnet = "10.7.0.0/24"') + net_text("new", three.a))
        for text in ("1 of 3 networks are unchanged", "network goes is no longer there", "network changes has changed",
                     "network new is new", "changes: .*the device is 10.7.0.15 in 10.7.0.0/24", "new: .*opened at"):
            program.wait_for(text)
        # Its connection, too.
        client.sendall(b"GET / HTTP/1.0\r\n\r\n")
        self.assertIn(b"here", client.makefile("rb").read())
        self.fetches(device, web, content)
        self.assertGreater(self.nets()[0]["received_packets"], before["received_packets"])
        self.assertEqual(self.nets()[1]["network"], "10.7.0.0/24")

    def test_one_that_cannot_start_is_tried_again_and_others_run(self):
        one, two = self.cables(2)
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            program = self.start(net_text("bad", one.a, f'local-forward = "{port}:device:80"') + net_text("good", two.a, "slip = true"),
                                 "good: .*opened at")
            program.wait_for("bad: .*another program listens there already")
            self.assertEqual([net["state"] for net in self.nets()][0], "cannot start")
            self.assertEqual(self.slip_device(two).command(f"ping {GATEWAY}"), "pong")
        program.wait_for("bad: started after")

    def test_one_whose_line_is_gone_for_good_is_tried_again_and_others_run(self):
        cable, = self.cables(1)
        program = self.start(net_text("ends", "-", "slip = true") + net_text("good", cable.a, "slip = true"), "good: .*opened at",
                             stdin=subprocess.PIPE, wrap=("bash", "-c", 'exec "$0" "$@" > >(cat)'))
        self.assertEqual([net["state"] for net in self.nets()], ["up", "up"])
        program.popen.stdin.close()
        program.wait_for("ends: .*trying again in")
        until(lambda: self.nets()[0]["state"] == "cannot start", "it is not there")
        self.assertEqual(self.slip_device(cable).command(f"ping {GATEWAY}"), "pong")
        self.assertIsNone(program.popen.poll())


class Files(ConfigCase):
    def test_mistakes_have_their_places(self):
        for text, says in ((net_text("a", "/dev/a", "modme = true"), "4:1: unknown key of a network, 'modme': did you mean 'modem'?"),
                           (net_text("a", "/dev/a", "net = '8.8.8.0/24'"), "4:7: net: '8.8.8.0/24' is not private"),
                           (net_text("a", "/dev/a") + net_text("a", "/dev/b"), "6:8: name: the net at line 1 has the same name"),
                           ("[[net]]\nmodem = true\n", "1:1: port is required")):
            result = self.check(text)
            self.assertEqual(result.returncode, 2, text)
            self.assertIn(says, result.stderr)

    def test_surroundings_are_checked(self):
        cable = self.cable("--baud", "0")
        for device, more, status, says in (
                (cable.a, "", 0, "0 links, 1 network, no mistakes"),
                ("/dev/ttyNONE0", "", 0, "3:8: warning: /dev/ttyNONE0 would be waited for"),
                (self.folder, "", 2, "3:8: Could not open serial port"),
                (cable.a, "local-forward = ['0:device:1', '192.0.2.1:5000:device:1']", 2, "4:32: ")):
            with self.subTest(more or device):
                result = self.check(net_text("a", device, more))
                self.assertEqual(result.returncode, status, result.stderr)
                self.assertIn(says, result.stdout + result.stderr)


if __name__ == "__main__":
    main()
