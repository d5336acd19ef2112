"""Several cables in one process, from a configuration file, and the effect of SIGHUP."""

import json
import os
import re
import signal
import socket
import subprocess
import unittest

from harness import BINARY, Cable, Case, End, Process, SANITIZED, main, until
from tcp import LOCALHOST, Echo, Flow, Target, arrives_as_reset, ask, carry, connect, payload

FAST = 921600
MANY = 16


class Configured(Case):
    """Ends that are started with configuration files."""

    def lay(self, name):
        """A cable whose devices are in a folder of its own."""
        folder = os.path.join(self.folder, name)
        os.mkdir(folder)
        return self.add(Cable(folder))

    def write(self, *links, name="links.toml", top=""):
        """Writes a file with these links, each a dictionary of values in the syntax of the file."""
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(top + "\n")
            for link in links:
                file.write("\n[[link]]\n" + "".join(f"{key} = {value}\n" for key, value in link.items()))
        return path

    def link(self, device, **values):
        return {"port": f'"{device}"', "baudrate": FAST,
                **{key.replace("_", "-"): value for key, value in values.items()}}

    def start(self, path, *options, name=None, **process):
        End.count += 1
        return self.add(Process(name or f"configured{End.count}", [BINARY, "--config", path, *options], self.folder,
                                **process))

    def port_of(self, process, device, after=0):
        """Where the link on this device listens."""
        found = process.wait_for(rf"listening on 127\.0\.0\.1:(\d+) for connections to go through {device}\n", after)
        return int(found.group(1))

    def hang_up(self, process):
        """Sends SIGHUP; returns the position in the log before it."""
        before = process.mark()
        process.signal(signal.SIGHUP)
        return before


class TwoCables(Configured):
    """Cables `one` and `two`; a process has the near ends of both, another one their far ends."""

    def setUp(self):
        super().setUp()
        self.one, self.two = self.lay("one"), self.lay("two")
        self.targets = Target(self), Target(self)

    def near_links(self):
        return [self.link(self.one.a, name='"first"', server=0), self.link(self.two.a, name='"second"', server=0)]

    def far_links(self):
        return [self.link(cable.b, client=f'"{LOCALHOST}:{target.port}"')
                for cable, target in zip((self.one, self.two), self.targets)]

    def start_both(self):
        self.near = self.start(self.write(*self.near_links(), name="near.toml"), name="near")
        self.far = self.start(self.write(*self.far_links(), name="far.toml"), name="far")
        for cable in (self.one, self.two):
            self.near.wait_for(f"link ok on {cable.a}")
            self.far.wait_for(f"link ok on {cable.b}")
        self.ports = [self.port_of(self.near, cable.a) for cable in (self.one, self.two)]

    def check(self, cable=0, size=20_000):
        """A connection through one of the cables, both ways."""
        here, there = self.targets[cable].pair(self.ports[cable])
        carry(Flow(here, there, payload(size, 1), end=True), Flow(there, here, payload(size, 2), end=True))

    def test_each_carries_its_own_connections_and_each_line_of_the_log_says_whose_it_is(self):
        self.start_both()
        self.check(0)
        self.check(1)
        for name, cable in (("first", self.one), ("second", self.two)):
            self.assertRegex(self.near.text(), rf"(?m)^\S+ \S+ {name}: link ok on {cable.a}; the other end is serialtcp 2\.1 or later$")
            self.near.wait_for(rf"(?m)^\S+ \S+ {name}: connection 1: closed")
        self.assertRegex(self.far.text(), rf"{self.one.b}: connection 1: to {LOCALHOST}:{self.targets[0].port}")
        self.assertEqual(self.near.stop(), 0)
        self.far.wait_for(rf"{self.one.b}: link down")
        self.far.wait_for(rf"{self.two.b}: link down")

    def test_one_that_is_unplugged_does_not_concern_the_other(self):
        self.start_both()
        self.one.command("unplug a")
        self.near.wait_for("first: lost ")
        self.check(1)
        self.one.command("plug a")
        self.near.wait_for("first: .* is back")
        self.check(0)

    def test_a_hang_up_changes_links_while_a_transfer_goes_on_over_one_that_stays(self):
        self.start_both()
        here, there = self.targets[0].pair(self.ports[0])
        flows = Flow(here, there, payload(300_000, 3), end=True), Flow(there, here, payload(300_000, 4), end=True)
        carry(*flows, enough=20_000)
        first, second = self.near_links()
        third = self.lay("three")

        with connect(self.ports[1]) as lost:
            self.targets[1].accept()
            self.write(first, self.link(third.a, name='"third"', server=0), name="near.toml")
            before = self.hang_up(self.near)
            self.near.wait_for("SIGHUP: .* has been read again: 1 of 2 links are unchanged", before)
            self.assertTrue(arrives_as_reset(lost), "the link that has gone resets what it had")
        self.port_of(self.near, third.a, before)
        self.far.wait_for(rf"{self.two.b}: link down: the other end has left|{self.two.b}: link down")
        self.assertRaises(ConnectionRefusedError, connect, self.ports[1])
        carry(*flows, enough=100_000)

        self.write(first, {**second, "hold": 7}, name="near.toml")
        before = self.hang_up(self.near)
        self.ports[1] = self.port_of(self.near, self.two.a, before)
        self.near.wait_for("second: link ok", before)
        self.check(1)

        self.write(first, {**second, "hold": 8}, name="near.toml")
        before = self.hang_up(self.near)
        self.ports[1] = self.port_of(self.near, self.two.a, before)
        self.near.wait_for("second: link ok", before)
        self.check(1)

        carry(*flows)
        self.assertEqual(len(re.findall("first: link ok", self.near.text())), 1, "it was never touched")

    def test_a_file_with_a_mistake_changes_nothing(self):
        self.start_both()
        here, there = self.targets[0].pair(self.ports[0])
        flow = Flow(here, there, payload(100_000, 3), end=True)
        carry(flow, enough=10_000)
        path = self.write(self.link(self.one.a, server='"0"', hold='"soon"'), name="near.toml")
        before = self.hang_up(self.near)
        self.near.wait_for(rf"{path}:7:8: hold: 'soon' is not a number of seconds", before)
        self.near.wait_for("SIGHUP: nothing was changed", before)
        os.remove(path)
        before = self.hang_up(self.near)
        self.near.wait_for(rf"{path}: no such file", before)
        carry(flow)
        self.check(1)

    def test_a_link_that_cannot_start_after_a_hang_up_is_told_and_the_others_go_on(self):
        self.start_both()
        first, _ = self.near_links()
        taken = Target(self)
        with connect(self.ports[0]) as kept:
            far = self.targets[0].accept()
            self.write(first, self.link(self.two.a, name='"second"', server=taken.port), name="near.toml")
            before = self.hang_up(self.near)
            self.near.wait_for(rf"link second was not replaced, and continues with its old options: Could not listen on .*{taken.port}",
                               before)
            self.check(1)
            kept.sendall(b"still here")
            self.assertEqual(far.recv(100), b"still here")
            taken.socket.close()
            before = self.hang_up(self.near)
            self.near.wait_for("second: link ok", before)
            self.ports[1] = taken.port
            self.check(1)
            kept.sendall(b" and here")
            self.assertEqual(far.recv(100), b" and here")

    def test_a_reload_names_the_links_that_were_not_replaced_and_they_keep_their_connections(self):
        control = os.path.join(self.folder, "near.sock")
        self.near = self.start(self.write(*self.near_links(), name="near.toml"), "--control", control, name="near")
        self.far = self.start(self.write(*self.far_links(), name="far.toml"), name="far")
        self.near.wait_for("second: link ok")
        self.ports = [self.port_of(self.near, cable.a) for cable in (self.one, self.two)]
        first, second = self.near_links()
        reload = lambda: subprocess.run([BINARY, "reload", "--control", control], capture_output=True, text=True, timeout=60, check=False)
        with connect(self.ports[1]) as kept:
            far = self.targets[1].accept()
            self.write({**first, "hold": 7}, {**second, "key": '"/no/such.key"'}, name="near.toml")
            before = self.near.mark()
            done = reload()
            self.assertEqual(done.returncode, 1)
            self.assertRegex(done.stdout, "was read again: 2 links, 0 of them unchanged")
            self.assertRegex(done.stderr, "the link second was not replaced, and continues with its old options: "
                                          "Could not use the key file /no/such.key: no such file")
            self.ports[0] = self.port_of(self.near, self.one.a, before)
            self.near.wait_for("first: link ok", before)
            self.check(0)
            kept.sendall(b"still here")
            self.assertEqual(far.recv(100), b"still here")
            self.write({**first, "hold": 7}, second, name="near.toml")
            done = reload()
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertRegex(done.stdout, "2 links, 2 of them unchanged")
        self.assertEqual(self.near.stop(), 0)

    def test_two_hang_ups_at_once_and_one_before_the_end(self):
        self.start_both()
        first, second = self.near_links()
        for hold in (3, 4, 5):
            self.write(first, {**second, "hold": hold}, name="near.toml")
            before = self.hang_up(self.near)
        self.near.wait_for("second: link ok", before)
        self.check(0)
        self.write(first, name="near.toml")
        self.near.signal(signal.SIGHUP)
        self.near.signal(signal.SIGTERM)
        self.assertEqual(self.near.wait(), 0)


class Starting(Configured):
    def ends_with(self, path, status, text, *options):
        process = self.start(path, *options)
        process.expected_status = status
        self.assertEqual(process.wait(), status, process.text())
        self.assertRegex(process.text(), text)
        return process

    def test_a_link_that_cannot_start_ends_the_program_if_that_is_asked_for_and_is_named(self):
        cable = self.lay("one")
        taken = Target(self)
        good = self.link(cable.a, name='"good"', server=0)
        for bad, text in (
                (self.link(cable.b, name='"bad"', server=taken.port), rf"(?m)^bad: Could not listen on .*{taken.port}"),
                (self.link(cable.b + "x", name='"bad"', server=0, no_wait="true"), "(?m)^bad: Could not open serial port .*no such"),
                (self.link(cable.b, name='"bad"', server=0, key='"/no/such.key"'),
                 "(?m)^bad: Could not use the key file /no/such.key: no such file"),
                (self.link("nonsense://x", name='"bad"', server=0), "(?m)^bad: Could not open serial port nonsense://x")):
            with self.subTest(text):
                self.ends_with(self.write(good, bad, top="strict-start = true"), 1, text)
                self.ends_with(self.write(bad, good), 1, text, "--strict-start")
                if "no-wait" in bad:
                    self.ends_with(self.write(bad, good), 1, text)

    def status(self, process, name):
        """Of one link, as another program reads it."""
        done = subprocess.run([BINARY, "status", name, "--json", "--control", process.control], capture_output=True, text=True,
                              timeout=60, check=True)
        return json.loads(done.stdout)["processes"][0]["links"][0]

    def test_a_link_that_cannot_start_is_shown_with_its_reason_and_starts_when_it_can(self):
        echo, taken, cables = Echo(self), Target(self), [self.lay(f"cable{i}") for i in range(3)]
        key, device = os.path.join(self.folder, "late.key"), os.path.join(self.folder, "device")
        with open(device, "w", encoding="ascii"):
            pass
        self.start(self.write(*(self.link(cable.b, client=f'"{LOCALHOST}:{echo.port}"') for cable in cables), name="far.toml"))
        control = os.path.join(self.folder, "near.sock")
        near = self.start(self.write(
            self.link(cables[0].a, name='"good"', server=0), self.link(cables[1].a, name='"taken"', server=taken.port),
            self.link(cables[2].a, name='"keyless"', server=0, key=f'"{key}"'), self.link(device, name='"file"', server=0)),
            "--control", control, name="near")
        near.control = control
        until(lambda: os.path.exists(control), "the control socket")
        reasons = {"taken": "Could not listen on .*: another program listens there already", "keyless": f"Could not use the key file {key}: no such file",
                   "file": f"Could not open serial port {device}: it is not a serial port"}
        for name, reason in reasons.items():
            near.wait_for(rf"(?m)^\S+ \S+ {name}: {reason}.*; trying again in 1 s")
            status = self.status(near, name)
            self.assertEqual(status["state"], "cannot start")
            self.assertRegex(status["trouble"], reason)
            self.assertLessEqual(status["retry_seconds"], 60)
        self.assertRegex(subprocess.run([BINARY, "status", "file", "--control", control], capture_output=True, text=True, timeout=60,
                                        check=True).stdout, r"file: cannot start for .*, next attempt in ")
        near.wait_for("good: link ok")
        with connect(self.port_of(near, cables[0].a)) as connection:
            self.assertEqual(ask(connection, payload(5000)), payload(5000))

        taken.socket.close()
        near.wait_for("taken: started after")
        near.wait_for("taken: link ok")
        with connect(taken.port) as connection:
            self.assertEqual(ask(connection, payload(5000)), payload(5000))
        subprocess.run([BINARY, "keygen", key], check=True, capture_output=True)
        near.wait_for("keyless: started after")
        os.remove(device)
        os.symlink(cables[2].a, device)
        near.wait_for("file: .*another link or shared port of this program uses it")
        self.assertEqual(near.stop(), 0)

    def test_the_device_of_a_link_that_cannot_listen_is_not_opened_at_each_attempt(self):
        cable, taken = self.lay("one"), Target(self)
        control = os.path.join(self.folder, "near.sock")
        near = self.start(self.write(self.link(cable.a, name='"taken"', server=taken.port),
                                     self.link(os.path.join(self.folder, "none"), name='"other"', server=0)), "--control", control, name="near")
        near.control = control
        near.wait_for("taken: .*; trying again in 1 s")
        until(lambda: self.status(near, "taken")["retry_seconds"] > 2, "it was tried three times")
        self.assertEqual(near.text().count(f"{cable.a} opened at"), 1, "only at the first attempt: each one changes its pins")
        taken.socket.close()
        near.wait_for("taken: started after")
        self.assertEqual(near.text().count(f"{cable.a} opened at"), 2)

    @unittest.skipIf(SANITIZED, "without a free descriptor the sanitizer cannot check pointers")
    def test_a_process_without_descriptors_for_all_links_runs_those_it_can(self):
        cables = [self.lay(f"cable{i}") for i in range(4)]
        path = self.write(*(self.link(cable.a, name=f'"l{i}"', server=[f"s{j}=0" for j in range(6)])
                            for i, cable in enumerate(cables)))
        near = self.start(path, "--no-control", wrap=("prlimit", "--nofile=32:32"), name="near")
        near.wait_for("l0: listening on .*'s5'")
        near.wait_for("l3: .*no file descriptor is free.*; trying again in 1 s")
        self.assertEqual(near.stop(), 0)

    def test_the_program_ends_when_no_link_is_left(self):
        cables = [self.lay("one"), self.lay("two")]
        links = [self.link(cable.a, server=0, sync_timeout=0.5 + i) for i, cable in enumerate(cables)]
        process = self.ends_with(self.write(*links), 2, f"{cables[0].a}: unable to connect to remote via {cables[0].a}")
        self.assertRegex(process.text(), f"{cables[1].a}: unable to connect to remote")

    def test_one_link_in_a_file_is_as_one_on_the_command_line(self):
        cable = self.lay("one")
        process = self.start(self.write(self.link(cable.a, server=0)))
        process.wait_for(r"(?m)^\S+ \S+ listening on")
        self.assertNotIn(f"{cable.a}: ", process.text())
        self.assertEqual(process.stop(), 0)

    def test_a_sealed_link_beside_one_that_is_not(self):
        key = os.path.join(self.folder, "cable.key")
        subprocess.run([BINARY, "keygen", key], check=True, capture_output=True)
        echo = Echo(self)
        cables = [self.lay("one"), self.lay("two")]
        near = self.start(self.write(self.link(cables[0].a, server=0, key=f'"{key}"'), self.link(cables[1].a, server=0)))
        far = self.write(self.link(cables[0].b, client=f'"localhost:{echo.port}"', key=f'"{key}"'),
                         self.link(cables[1].b, client=f'"localhost:{echo.port}"'), name="far.toml")
        self.start(far)
        near.wait_for("link ok on .*one/ttyA, sealed")
        near.wait_for(r"link ok on .*two/ttyA; the other end")
        for cable in cables:
            with connect(self.port_of(near, cable.a)) as connection:
                self.assertEqual(ask(connection, payload(5000)), payload(5000))

    def test_the_log_file_is_opened_again_on_a_hang_up(self):
        cable = self.lay("one")
        log = os.path.join(self.folder, "serialtcp.log")
        path = self.write(self.link(cable.a, server=0), top=f'log = "{log}"')
        process = self.start(path)
        read = lambda name: open(name, encoding="utf-8").read() if os.path.exists(name) else ""
        until(lambda: "listening on" in read(log), "the log is written")
        os.rename(log, log + ".1")
        process.signal(signal.SIGHUP)
        until(lambda: "has been read again" in read(log), "the new log is written")
        self.assertNotIn("has been read again", read(log + ".1"))
        self.assertEqual(process.text(), "")


def free_port():
    with socket.socket() as one:
        one.bind((LOCALHOST, 0))
        return one.getsockname()[1]


class Checking(Configured):
    def check(self, path, *options):
        done = subprocess.run([BINARY, "--check-config", path, *options], capture_output=True, text=True, timeout=60, check=False)
        return done.returncode, done.stdout, done.stderr

    def test_a_good_file_is_said_to_be_good(self):
        cable = self.lay("one")
        path = self.write(self.link(cable.a, server=2222), self.link(cable.b, client='"h:1"'))
        self.assertEqual(self.check(path), (0, f"{path}: 2 links, no mistakes\n", ""))

    def contents(self):
        """Of the test's folder: each path with its size and times."""
        return {path: (status.st_size, status.st_mtime_ns, status.st_mode) for folder, _, names in os.walk(self.folder)
                for path in [folder, *(os.path.join(folder, name) for name in names)] for status in [os.lstat(path)]}

    def test_what_a_start_would_need_is_checked_and_nothing_is_changed(self):
        cable = self.lay("one")
        keys = {name: os.path.join(self.folder, f"{name}.key") for name in ("good", "empty", "open")}
        for name in ("good", "open"):
            subprocess.run([BINARY, "keygen", keys[name]], check=True, capture_output=True)
        os.chmod(keys["open"], 0o644)
        with open(keys["empty"], "w", encoding="ascii"):
            pass
        good = {"server": 0, "key": f'"{keys["good"]}"'}
        for column, values, text in (
                (7, {"key": '"/no/such.key"'}, "Could not use the key file /no/such.key: no such file"),
                (7, {"key": f'"{keys["empty"]}"'}, "Could not use the key file .*: it is empty"),
                (7, {"key": f'"{keys["open"]}"', "strict": "true"}, "Could not use the key file .*: other users can read it"),
                (8, {"port": '"nonsense://x"'}, "Could not open serial port nonsense://x: nonsense:// is not supported"),
                (8, {"port": '"COM3"'}, "'COM3' is no serial port"),
                (8, {"port": '"ttyS0"'}, "'ttyS0' is no serial port: did you mean /dev/ttyS0"),
                (8, {"port": f'"{self.folder}"'}, "Could not open serial port .*: it is a directory"),
                (8, {"port": f'"{keys["good"]}"'}, "Could not open serial port .*: it is not a serial port"),
                (8, {"port": '"/no/such"', "no_wait": "true"}, "Could not open serial port /no/such: no such device"),
                (10, {"server": '"192.0.2.1:80"'}, "Could not listen on 192.0.2.1:80: this machine does not have that address"),
                (19, {"server": '["1111", "u=udp:192.0.2.1:80"]'}, "Could not listen on udp:192.0.2.1:80: this machine does not"),
                (17, {"local_forward": '"192.0.2.1:80:h:1"'}, "Could not listen on 192.0.2.1:80: this machine does not"),
                (19, {"dynamic_forward": '"192.0.2.1:80"'}, "Could not listen on 192.0.2.1:80: this machine does not"),
                (10, {"server": '"unix:/no/such/socket"'}, "Could not listen on unix:/no/such/socket: there is no such folder")):
            with self.subTest(text):
                path = self.write(self.link(cable.a, **{**good, **values}) | ({"port": values["port"]} if "port" in values else {}))
                before = self.contents()
                status, output, errors = self.check(path)
                self.assertEqual((status, output), (2, ""))
                self.assertRegex(errors, rf"(?m)^{path}:\d+:{column}: {text}")
                self.assertEqual(self.contents(), before)

    def test_the_log_must_be_writable(self):
        cable = self.lay("one")
        log = os.path.join(self.folder, "serialtcp.log")
        good = self.write(self.link(cable.a, server=0), top=f'log = "{log}"\ncontrol = "{self.folder}/control"')
        self.assertEqual(self.check(good), (0, f"{good}: 1 link, no mistakes\n", ""))
        self.assertFalse(os.path.exists(log))
        self.assertFalse(os.path.exists(f"{self.folder}/control"))
        for place, text in (("/no/such/log", "no such file"), (self.folder, "directory")):
            path = self.write(self.link(cable.a, server=0), top=f'log = "{place}"')
            status, _, errors = self.check(path)
            self.assertEqual(status, 2)
            self.assertRegex(errors, rf"(?i)^{path}:1:7: Could not open log file {place}: .*{text}")

    def test_warnings_are_no_mistakes(self):
        key = os.path.join(self.folder, "open.key")
        subprocess.run([BINARY, "keygen", key], check=True, capture_output=True)
        os.chmod(key, 0o644)
        path = self.write(self.link("/no/such/device", server=0, key=f'"{key}"'), top='control = "/no/such/folder/socket"')
        status, output, errors = self.check(path)
        self.assertEqual((status, output), (0, f"{path}: 1 link, no mistakes, 3 warnings\n"))
        self.assertRegex(errors, rf"(?m)^{path}:1:11: warning: there would be no control socket at /no/such/folder/socket: ")
        self.assertRegex(errors, rf"(?m)^{path}:4:8: warning: /no/such/device would be waited for: no such device")
        self.assertRegex(errors, rf"(?m)^{path}:7:7: warning: .*other users can read the key file {key}")
        self.assertEqual(len(errors.splitlines()), 3)

    def test_what_the_running_program_uses_is_no_mistake(self):
        cable = self.lay("one")
        path = self.write(self.link(cable.a, server=[f"t={(port := free_port())}", f"u=udp:{port}", f"x=unix:{self.folder}/socket"]))
        process = self.start(path)
        process.wait_for("listening on unix:")
        self.assertEqual(self.check(path), (0, f"{path}: 1 link, no mistakes\n", ""))
        with connect(port):
            pass
        self.assertEqual(process.stop(), 0)

    def test_mistakes_are_told_with_their_places_and_the_file_is_not_run_either(self):
        path = self.write(self.link("/dev/a", server=2222, hold='"soon"', colour=3), self.link("/dev/a", client='"h:1"'))
        status, output, errors = self.check(path)
        self.assertEqual((status, output), (2, ""))
        self.assertRegex(errors, rf"(?m)^{path}:7:8: hold: 'soon' is not .*\n{path}:8:1: unknown key in a link, 'colour'")
        run = subprocess.run([BINARY, "--config", path], capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual((run.returncode, run.stderr), (2, errors))

    def test_files_that_are_none(self):
        huge = os.path.join(self.folder, "huge")
        with open(huge, "wb") as file:
            file.truncate(100_000_000)
        fifo = os.path.join(self.folder, "fifo")
        os.mkfifo(fifo)
        for path, text in ((huge, "it is too large"), (fifo, "it is not a regular file"), (self.folder, "it is a directory"),
                           ("/no/such", "no such file or directory")):
            self.assertEqual(self.check(path)[0], 2)
            self.assertRegex(self.check(path)[2], f"^{path}: {text}")

    def test_the_sample_is_good(self):
        sample = os.path.join(os.path.dirname(__file__), "../../docs/serialtcp.toml")
        self.assertEqual(self.check(sample)[0], 0, self.check(sample)[2])


class Many(Configured):
    """One process with many cables works as well as many processes."""

    def setUp(self):
        super().setUp()
        self.cables = [self.lay(f"cable{i}") for i in range(MANY)]
        self.targets = [Target(self) for _ in self.cables]
        self.near = self.start(self.write(*(self.link(cable.a, server=0) for cable in self.cables), name="near.toml"), name="near")
        self.far = self.start(self.write(*(self.link(cable.b, client=f'"{LOCALHOST}:{target.port}"')
                                           for cable, target in zip(self.cables, self.targets)), name="far.toml"), name="far")
        for cable in self.cables:
            self.near.wait_for(f"link ok on {cable.a}")
        self.ports = [self.port_of(self.near, cable.a) for cable in self.cables]

    def wakes(self, process):
        """How often the process has gone to sleep so far."""
        with open(f"/proc/{process.popen.pid}/status", encoding="ascii") as status:
            return int(re.search(r"(?m)^voluntary_ctxt_switches:\s+(\d+)", status.read()).group(1))

    def test_all_at_once_are_exact_and_an_idle_process_sleeps(self):
        flows = []
        for seed, (port, target) in enumerate(zip(self.ports, self.targets)):
            here, there = target.pair(port)
            flows += [Flow(here, there, payload(60_000, seed), end=True), Flow(there, here, payload(60_000, -seed), end=True)]
        carry(*flows, deadline=180)
        self.assert_small(self.near, self.far)

        def asleep():
            before = self.wakes(self.near), self.wakes(self.far)
            # No event comes: time itself is tested, and a program that wakes up ten times a second fails.
            signal.sigtimedwait([], 1.0)
            return (self.wakes(self.near), self.wakes(self.far)) == before
        until(asleep, "both processes sleep through a second")


if __name__ == "__main__":
    main()
