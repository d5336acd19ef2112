#!/usr/bin/env python3
"""[[share]] in the configuration file: shared ports beside links in one process, reload, mistakes, and the status."""

import json
import os
import re
import socket
import threading

from harness import BINARY, Cable, Process, main, until
from share_rig import Device, ShareCase
from tcp import LOCALHOST, closed_port, payload, read_exactly, read_to_end


class SharedPorts(ShareCase):
    def cables(self, count):
        made = []
        for i in range(count):
            os.mkdir(self.path(f"cable{i}"))
            made.append(self.add(Cable(self.path(f"cable{i}"), "--baud", "0")))
        return made

    def start(self, text, says="listening on"):
        self.file = self.write("cables.toml", text)
        process = self.add(Process("program", [BINARY, "--config", self.file, "--control", self.path("control")], self.folder))
        process.wait_for(says)
        until(lambda: self.run_program(BINARY, "status", "--control", self.path("control")).returncode == 0, "the control socket")
        return process

    def reload(self, text):
        self.write("cables.toml", text)
        result = self.run_program(BINARY, "reload", "--control", self.path("control"))
        self.assert_ran(result)

    def status(self):
        result = self.run_program(BINARY, "status", "--json", "--control", self.path("control"))
        self.assert_ran(result)
        return json.loads(result.stdout)["processes"][0]

    def share_text(self, name, device, port, more=""):
        return f'[[share]]\nname = "{name}"\nport = "{device}"\nraw = {port}\n{more}\n'

    def test_links_and_shared_ports_run_together(self):
        one, two, line = self.cables(3)
        ports = [closed_port(self) for _ in range(3)]
        program = self.start(self.share_text("one", one.a, ports[0]) + self.share_text("two", two.a, ports[1], "writers = 'all'") +
                             f'[[link]]\nname = "link"\nport = "{line.a}"\nserver = "x={ports[2]}"\n')
        for text in ("one: .*listening on", "two: .*listening on", "link: .*opened at"):
            program.wait_for(text)
        for port, cable in zip(ports, (one, two)):
            device = Device(self, cable.b)
            client = self.client(port)
            client.sendall(b"hello")
            self.assertEqual(device.read(5), b"hello")
        status = self.status()
        self.assertEqual([share["name"] for share in status["shares"]], ["one", "two"])
        share = status["shares"][0]
        self.assertEqual((share["state"], share["clients_now"], share["written_bytes"]), ("open", 1, 5))
        self.assertRegex(share["writer"], f"{LOCALHOST}:\\d+")
        self.assertIn(f"127.0.0.1:{ports[0]}", share["places"][0])
        table = self.run_program(BINARY, "status", "two", "--control", self.path("control")).stdout
        self.assertIn("two: open", table)
        self.assertNotIn("one: open", table)

    def test_a_reload_leaves_alone_what_has_not_changed(self):
        one, two, three = self.cables(3)
        ports = [closed_port(self) for _ in range(4)]
        stays = self.share_text("stays", one.a, ports[0])
        program = self.start(stays + self.share_text("changes", two.a, ports[1]) + self.share_text("goes", three.a, ports[2]), "goes: .*opened at")
        clients = [self.client(port) for port in ports[:3]]
        until(lambda: [share["clients_now"] for share in self.status()["shares"]] == [1, 1, 1], "three clients")
        self.reload(stays + self.share_text("changes", two.a, ports[1], 'baudrate = 9600') + self.share_text("new", three.a, ports[3]))
        for text in ("changes: .*opened at 9600", "new: .*opened at"):
            program.wait_for(text)
        self.assertEqual(read_to_end(clients[1]), b"")
        self.assertEqual(read_to_end(clients[2]), b"")
        device = Device(self, one.b)
        clients[0].sendall(b"still here")
        self.assertEqual(device.read(10), b"still here")
        program.wait_for("1 of 3 shared ports are unchanged")

    def test_one_that_cannot_start_is_tried_again_and_others_run(self):
        one, two = self.cables(2)
        ports = [closed_port(self) for _ in range(2)]
        bad = self.path("folder", "log")
        program = self.start(self.share_text("bad", one.a, ports[0], f'log = "{bad}"') + self.share_text("good", two.a, ports[1]),
                             "good: .*opened at")
        program.wait_for("bad: the log of .* cannot be opened")
        self.assertEqual([share["state"] for share in self.status()["shares"]], ["cannot start", "open"])
        os.mkdir(self.path("folder"))
        program.wait_for("bad: started after")
        until(lambda: self.status()["shares"][0]["state"] == "open", "it is open")

    def test_a_device_that_a_link_gives_up_is_taken_over(self):
        cable = self.cable("--baud", "0")
        port = closed_port(self)
        program = self.start(f'[[link]]\nname = "board"\nport = "{cable.a}"\nserver = {port}\n')
        self.reload(self.share_text("board", cable.a, port))
        program.wait_for("opened at 115200 8N1\n(.*\n)*.*opened at 115200 8N1")
        device = Device(self, cable.b)
        client = self.client(port)
        client.sendall(b"shared")
        until(lambda: device.read(1) and True, "something arrives")

    def test_a_program_of_shared_ports_only_ends_by_a_signal(self):
        cable = self.cable("--baud", "0")
        program = self.start(self.share_text("only", cable.a, 0), "opened at")
        program.signal(15)
        self.assertEqual(program.wait(), 0)

    def test_mistakes_have_their_places(self):
        for text, says in (
                (self.share_text("a", "/dev/a", 1, "rwa = 3"), "5:1: unknown key of a shared port, 'rwa': did you mean 'raw'?"),
                (self.share_text("a", "/dev/a", 1, "max = 0"), "5:7: max: '0' is not a number from 1 to 256"),
                (self.share_text("a", "/dev/a", 1) + self.share_text("a", "/dev/b", 2), "7:8: name: the share at line 1 has the same name"),
                (self.share_text("a", "/dev/a", 1) + self.share_text("b", "/dev/a", 2), "8:8: port: the share at line 1 has the same device"),
                (self.share_text("a", "/dev/a", 1) + '[[link]]\nport = "/dev/a"\nserver = 5\n', "port: the link at line 6 has the same device"),
                (self.share_text("a", "/dev/a", 1) + self.share_text("b", "/dev/b", 1), "localhost:1 is in use by the share at line 1"),
                ('[[share]]\nport = "/dev/a"\n', "where shall clients of /dev/a connect"),
                ('[share]\nport = "/dev/a"\n', "write [[share]] above"),
                ('writers = "all"\n[[link]]\nport = "/dev/a"\nserver = 1\n', "'writers' belongs to a shared port"),
                ('[[share]]\nport = /dev/a\nraw = 1\n', "not TOML: text stands in quotes")):
            result = self.run_program(BINARY, "--check-config", self.write("bad.toml", text))
            self.assertEqual(result.returncode, 2, text)
            self.assertIn(says, result.stderr)

    def test_surroundings_are_checked(self):
        cable = self.cable("--baud", "0")
        taken = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(taken.close)
        free = closed_port(self)
        missing = os.path.join(self.folder, "no-such-folder", "x")
        for device, port, more, status, says in (
                (cable.a, free, "", 0, ""),
                (cable.a, taken.getsockname()[1], "", 0, ""),
                ("/dev/ttyNONE0", free, "", 0, "would be waited for"),
                (self.folder, free, "", 2, "3:8: Could not open serial port"),
                (cable.a, free, f"log = '{missing}'", 2, "nothing could be written to"),
                (cable.a, free, f"log = '{self.folder}'", 2, "is a directory"),
                (cable.a, free, f"unix = '{missing}'", 2, "Could not listen on unix:"),
                (cable.a, free, f"pty = '{missing}'", 2, "5:7: cannot make"),
                (cable.a, free, f"pty = '{self.folder}'", 2, "is not a symbolic link"),
                (cable.a, free, "telnet = '192.0.2.1:5000'", 2, "192.0.2.1")):
            with self.subTest(more or device):
                file = self.write("share.toml", self.share_text("a", device, port, more))
                result = self.run_program(BINARY, "--check-config", file)
                self.assertEqual(result.returncode, status, result.stderr)
                self.assertIn(says or "0 links, 1 shared port, no mistakes", result.stdout + result.stderr)
        self.assertEqual(os.listdir(self.folder).count("no-such-folder"), 0)

    def test_sixteen_clients_of_eight_ports(self):
        cables = self.cables(8)
        ports = [closed_port(self) for _ in range(8)]
        program = self.start("".join(self.share_text(f"p{i}", cables[i].a, ports[i], "writers = 'all'") for i in range(8)), "p7: .*opened at")
        clients = [[self.client(ports[i]) for _ in range(16)] for i in range(8)]
        until(lambda: [share["clients_now"] for share in self.status()["shares"]] == [16] * 8, "128 clients")
        devices = [Device(self, cable.b) for cable in cables]
        data = [payload(20_000)[i:] + bytes([i]) * i for i in range(8)]
        wrong = []

        def read(port, client):
            if read_exactly(client, len(data[port])) != data[port]:
                wrong.append(port)
        threads = [threading.Thread(target=read, args=(i, client)) for i in range(8) for client in clients[i]]
        threads += [threading.Thread(target=devices[i].write, args=(data[i],)) for i in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])
        for i in range(8):
            clients[i][15].sendall(data[i])
            self.assertEqual(devices[i].read(len(data[i])) == data[i], True)
        self.assertEqual(len(re.findall("WARNING", program.text())), 0)


if __name__ == "__main__":
    main()
