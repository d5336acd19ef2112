#!/usr/bin/env python3
"""serialtcp.exe under wine, and the program of this machine at the other end of a cable.

    run.py PROGRAM.exe [TEST...]     the tests below, or those that are named; --list prints their names

The environment: SERIALTCP names the program of this machine; WINEPREFIX the folder of wine, in which COM3, COM4 and COM5 are the
files of SERIALTCP_WINDOWS_PORTS (scripts/build-windows --tests makes both and calls this). One run at a time: the ports are there
once.
"""

import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))
import harness  # noqa: E402
from harness import BINARY, Case, End, Process, until  # noqa: E402
from tcp import (LOCALHOST, Echo, Flow, Target, arrives_as_reset, ask, carry, closed_port, connect, is_reset,  # noqa: E402
                 payload, read_exactly, read_to_end, reset)

EXE = ""
PORTS = pathlib.Path(os.environ.get("SERIALTCP_WINDOWS_PORTS", "/nowhere"))
# Of the emulated cable; ptys of wine have no other speeds than those of termios.
FAST = 921600


def of_wine(path):
    """A path of this machine, as wine has it."""
    return "Z:" + str(path).replace("/", "\\")


class Exe(Process):
    """serialtcp.exe. It ends as on Ctrl-C, for which wine takes SIGINT."""

    count = 0

    def __init__(self, folder, *args, name=None, **process):
        Exe.count += 1
        super().__init__(name or f"exe{Exe.count}", [EXE, *args], folder, wrap=["wine"], **process)

    def stop(self):
        if self.popen.poll() is None:
            self.popen.send_signal(signal.SIGINT)
        try:
            return self.popen.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"{self.name} did not end within 20 s of Ctrl-C") from None


class ExeEnd(Exe):
    """serialtcp.exe at one end of a line. `port` is where a --server end listens."""

    def __init__(self, folder, mode, what, line, *options, baud=115200, **process):
        self.again_with = (folder, mode, line, options, baud)
        port_file = os.path.join(folder, f"exeport{Exe.count}")
        ports = ["--test-port-file", of_wine(port_file)] if mode == "--server" else []
        super().__init__(folder, mode, what, *ports, *options, line, str(baud), **process)
        self.port = End.read_port(self, port_file) if mode == "--server" else None

    def wait_link(self, after=0):
        return self.wait_for(harness.LINK_OK, after=after)


class WindowsCase(Case):
    def plug_in(self, cable, port="COM3"):
        """The end `a` of the cable is that port from now on."""
        pty = os.path.realpath(cable.a)
        subprocess.run(["stty", "-F", pty, "115200"], check=True)  # wine does not know the speed that an emulated one has
        link = PORTS / port
        link.unlink(missing_ok=True)
        link.symlink_to(pty)
        self.addCleanup(lambda: link.unlink(missing_ok=True))
        return port

    def exe(self, *args, **process):
        """Runs it to its end: status, standard output, standard error."""
        done = subprocess.run(["wine", EXE, *map(str, args)], capture_output=True, text=True, encoding="utf-8",
                              timeout=harness.DEADLINE, stdin=process.pop("stdin", subprocess.DEVNULL), **process)
        return done.returncode, done.stdout, done.stderr

    def end_process(self, process):
        if isinstance(process, Exe):
            status = process.stop()
            self.assertEqual(status, process.expected_status, f"{process.name}: {process.text()[-3000:]}")
        else:
            super().end_process(process)

    def exe_end(self, mode, what, line, *options, **process):
        return self.add(ExeEnd(self.folder, mode, what, line, *options, **process))

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path


class Both(WindowsCase):
    """What is to be the same in both roles: each class below has one."""

    exe_serves = True
    options = ()

    def tunnel_to(self, target, baud=115200, exe_options=(), native_options=()):
        self.cable_ = self.cable("--baud", str(baud))
        port = self.plug_in(self.cable_)
        if self.exe_serves:
            self.near = self.exe_end("--server", "0", port, *self.options, *exe_options, baud=baud)
            self.far = self.client_end(target, self.cable_.b, *self.options, *native_options, baud=baud)
        else:
            self.near = self.server_end(self.cable_.b, *self.options, *native_options, baud=baud)
            self.far = self.exe_end("--client", f"127.0.0.1:{target}", port, *self.options, *exe_options, baud=baud)
        self.near.wait_link()
        self.far.wait_link()

    def streams(self, **options):
        self.target = Target(self)
        self.tunnel_to(self.target.port, **options)
        return self.target.pair(self.near.port)

    def test_bytes_arrive_exactly_both_ways_at_once(self):
        near, far = self.streams(baud=FAST)
        carry(Flow(near, far, payload(120_000, 1), end=True), Flow(far, near, payload(120_000, 2), end=True))

    def test_single_bytes_go_to_and_fro(self):
        near, far = self.streams()
        for value in range(0, 256, 7):
            near.sendall(bytes([value]))
            self.assertEqual(far.recv(10), bytes([value]))
            far.sendall(bytes([255 - value]))
            self.assertEqual(near.recv(10), bytes([255 - value]))

    def test_end_of_the_clients_input_leaves_the_answer_open(self):
        near, far = self.streams()
        near.sendall(b"question")
        near.shutdown(socket.SHUT_WR)
        self.assertEqual(read_to_end(far), b"question")
        carry(Flow(far, near, payload(5_000), end=True))

    def test_end_of_the_targets_output_leaves_the_request_open(self):
        near, far = self.streams()
        far.sendall(b"banner")
        far.shutdown(socket.SHUT_WR)
        self.assertEqual(read_to_end(near), b"banner")
        carry(Flow(near, far, payload(5_000), end=True))

    def test_all_bytes_before_an_end_arrive_to_the_target(self):
        near, far = self.streams(baud=FAST)
        near.sendall(payload(60_000))
        near.close()
        self.assertEqual(read_to_end(far), payload(60_000))

    def test_a_reset_by_the_client_arrives_as_one(self):
        near, far = self.streams()
        near.sendall(b"x")
        self.assertEqual(far.recv(1), b"x")
        reset(near)
        self.assertTrue(arrives_as_reset(far))

    def test_a_reset_by_the_target_arrives_as_one(self):
        near, far = self.streams()
        near.sendall(b"x")
        self.assertEqual(far.recv(1), b"x")
        reset(far)
        self.assertTrue(arrives_as_reset(near))

    def test_a_target_that_refuses_is_a_reset(self):
        self.tunnel_to(closed_port(self))
        self.assertTrue(is_reset(self.near.port))

    def test_fifty_connections_at_once(self):
        echo = Echo(self)
        self.tunnel_to(echo.port, baud=FAST)
        clients = [connect(self.near.port) for _ in range(50)]
        for index, client in enumerate(clients):
            self.addCleanup(client.close)
            client.sendall(bytes([index]) * 100)
        for index, client in enumerate(clients):
            self.assertEqual(read_exactly(client, 100), bytes([index]) * 100)

    def test_a_cable_that_is_cut_and_joined_keeps_its_connections(self):
        near, far = self.streams()
        self.cable_.command("cut")
        near.sendall(payload(3_000))
        self.cable_.command("join")
        self.assertEqual(read_exactly(far, 3_000), payload(3_000))

    def test_with_a_key(self):
        key = os.path.join(self.folder, "the key.txt")
        subprocess.run([BINARY, "keygen", key], check=True, capture_output=True)
        near, far = self.streams(exe_options=("--key", of_wine(key)), native_options=("--key", key))
        carry(Flow(near, far, payload(5_000, 1), end=True), Flow(far, near, payload(5_000, 2), end=True))

    def test_an_end_that_is_started_again_is_found(self):
        echo = Echo(self)
        self.tunnel_to(echo.port)
        before = self.near.mark()
        if self.exe_serves:
            self.far.stop()
            self.far = self.client_end(echo.port, self.cable_.b)
        else:
            self.far.stop()
            self.far = self.exe_end("--client", f"127.0.0.1:{echo.port}", "COM3")
        self.near.wait_link(before)
        with connect(self.near.port) as client:
            self.assertEqual(ask(client, b"again"), b"again")


class ExeServes(Both):
    exe_serves = True

    def test_port_that_is_taken_is_said(self):
        taken = Target(self)
        self.plug_in(self.cable())
        status, _, errors = self.exe("--server", taken.port, "COM3")
        self.assertNotEqual(status, 0)
        self.assertIn("another program listens there already", errors)

    def test_proxy_for_socks(self):
        echo = Echo(self)
        cable = self.cable()
        port = self.plug_in(cable)
        proxy = closed_port(self)
        self.exe_end("--server", "0", port, "-D", str(proxy))
        native = self.client_end(echo.port, cable.b, "--allow", f"127.0.0.1:{echo.port}")
        native.wait_link()
        with connect(proxy) as client:
            client.sendall(b"\x05\x01\x00")
            self.assertEqual(read_exactly(client, 2), b"\x05\x00")
            client.sendall(b"\x05\x01\x00\x01" + socket.inet_aton(LOCALHOST) + echo.port.to_bytes(2, "big"))
            self.assertEqual(read_exactly(client, 10)[:2], b"\x05\x00")
            self.assertEqual(ask(client, b"through the proxy"), b"through the proxy")

    def test_local_forward_is_permitted_there(self):
        echo = Echo(self)
        cable = self.cable()
        port = self.plug_in(cable)
        near = closed_port(self)
        self.exe_end("--server", "0", port, "-L", f"{near}:127.0.0.1:{echo.port}")
        self.client_end(echo.port, cable.b, "--allow", f"127.0.0.1:{echo.port}").wait_link()
        with connect(near) as client:
            self.assertEqual(ask(client, b"forwarded"), b"forwarded")


class ExeConnects(Both):
    exe_serves = False

    def test_remote_forward(self):
        echo = Echo(self)
        cable = self.cable()
        port = self.plug_in(cable)
        near = closed_port(self)
        exe = self.exe_end("--client", f"127.0.0.1:{echo.port}", port, "-R", f"{near}:127.0.0.1:{echo.port}")
        self.server_end(cable.b, "--allow-listen", f"localhost:{near}").wait_link()
        exe.wait_link()

        def reached():
            try:
                return connect(near)
            except ConnectionRefusedError:
                return None
        with until(reached, "the other end listens") as client:
            self.assertEqual(ask(client, b"remote"), b"remote")

    def test_a_program_for_each_connection(self):
        cable = self.cable()
        exe = self.exe_end("--client", "exec:cmd /c echo hello", self.plug_in(cable))
        native = self.server_end(cable.b)
        native.wait_link()
        exe.wait_link()
        with connect(native.port) as client:
            self.assertEqual(read_to_end(client).strip(), b"hello")


class Configured(WindowsCase):
    def start(self, text):
        self.file = self.write("the links.toml", text)
        return self.add(Exe(self.folder, "--config", of_wine(self.file)))

    def link(self, echo):
        return f'[[link]]\nname = "rack"\nport = "COM3"\nclient = "127.0.0.1:{echo.port}"\n'

    def test_a_file_with_a_link_and_its_log(self):
        echo = Echo(self)
        cable = self.cable()
        self.plug_in(cable)
        log = os.path.join(self.folder, "das protokoll.txt")
        exe = self.start(f"log = '{of_wine(log)}'\n{self.link(echo)}")
        native = self.server_end(cable.b)
        native.wait_link()
        with connect(native.port) as client:
            self.assertEqual(ask(client, b"configured"), b"configured")
        until(lambda: os.path.exists(log) and "link ok" in open(log, encoding="utf-8").read(), "the log has the link")
        self.assertEqual(exe.stop(), 0)
        self.assertIn("ending on Ctrl-C", open(log, encoding="utf-8").read())

    def test_it_is_read_again(self):
        first, second = Echo(self), Target(self)
        cable = self.cable()
        self.plug_in(cable)
        exe = self.start(self.link(first))
        native = self.server_end(cable.b)
        native.wait_link()
        mark = native.mark()
        self.write("the links.toml", self.link(second))
        status, out, errors = self.exe("reload")
        self.assertEqual((status, errors), (0, ""), out)
        native.wait_link(mark)
        with connect(native.port):
            second.accept().close()
        self.assertIsNone(exe.popen.poll())

    def test_a_mistake_is_said_with_its_place(self):
        path = self.write("wrong.toml", '[[link]]\nport = "COM3"\nbaudrat = 9600\nclient = "a:22"\n')
        status, _, errors = self.exe("--config", of_wine(path))
        self.assertEqual(status, 2)
        self.assertRegex(errors, r"wrong\.toml:3:\d+: unknown key in a link, 'baudrat': did you mean 'baudrate'")

    def test_what_windows_has_not_is_said(self):
        path = self.write("net.toml", '[[net]]\nport = "COM3"\n')
        status, _, errors = self.exe("--config", of_wine(path))
        self.assertEqual(status, 2)
        self.assertIn("not there on Windows", errors)


class Reached(WindowsCase):
    """A running program, by its named pipe."""

    def setUp(self):
        super().setUp()
        self.echo = Echo(self)
        self.line = self.cable()
        self.running = self.exe_end("--client", f"127.0.0.1:{self.echo.port}", self.plug_in(self.line),
                                    "--allow", f"127.0.0.1:{self.echo.port}")
        self.native = self.server_end(self.line.b, "--allow", f"127.0.0.1:{self.echo.port}")
        self.native.wait_link()
        self.running.wait_link()

    def test_status(self):
        status, out, errors = self.exe("status")
        self.assertEqual((status, errors), (0, ""))
        self.assertIn("COM3", out)
        status, out, _ = self.exe("status", "--json")
        process = json.loads(out)
        self.assertIn("COM3", json.dumps(process))

    def test_log_level(self):
        status, _, errors = self.exe("log", "debug")
        self.assertEqual((status, errors), (0, ""))
        self.running.wait_for("level debug")

    def test_a_connection_is_closed(self):
        with connect(self.native.port) as client:
            self.assertEqual(ask(client, b"x"), b"x")
            status, _, errors = self.exe("close", "COM3#1")
            self.assertEqual((status, errors), (0, ""))
            self.assertTrue(arrives_as_reset(client))

    def test_a_stream_of_standard_input_and_output(self):
        target = f"127.0.0.1:{self.echo.port}"
        done = subprocess.run(["wine", EXE, "connect", target], input=b"to the other end\n", capture_output=True,
                              timeout=harness.DEADLINE)
        self.assertEqual((done.returncode, done.stdout), (0, b"to the other end\n"), done.stderr)

    def test_a_reload_without_a_file_is_refused(self):
        status, _, errors = self.exe("reload")
        self.assertEqual(status, 1)
        self.assertIn("no running serialtcp was started with --config", errors)


class Commands(WindowsCase):
    def test_help_has_what_there_is(self):
        status, out, _ = self.exe("--help")
        self.assertEqual(status, 0)
        self.assertIn("COM3", out)
        for missing in ("--allow-shell", "--login", "serialtcp cable", "install", "/dev/", "unix:", "fd:", "--rs485", "--ready",
                        "signal", "man "):
            self.assertNotIn(missing, out)
        _, out, _ = self.exe("share", "--help")
        for missing in ("--unix", "--pty", "--rs485", "/dev/", "man "):
            self.assertNotIn(missing, out)

    def test_what_windows_has_not_is_no_option(self):
        for option in (("--unix", "x"), ("--pty", "COM9")):
            status, _, errors = self.exe("share", "COM3", *option)
            self.assertEqual(status, 2)
            self.assertIn(option[0], errors)
        status, _, errors = self.exe("-s", "unix:x", "COM3")
        self.assertEqual(status, 2)
        self.assertIn("no unix sockets on Windows", errors)

    def test_keygen_makes_a_key_for_both(self):
        path = os.path.join(self.folder, "schlüssel.txt")
        status, _, errors = self.exe("keygen", of_wine(path))
        self.assertEqual((status, errors), (0, ""))
        os.chmod(path, 0o600)
        status, _, errors = self.exe("keygen", of_wine(path))
        self.assertEqual(status, 1)
        self.assertIn("it exists already", errors)
        cable = self.cable()
        echo = Echo(self)
        exe = self.exe_end("--client", f"127.0.0.1:{echo.port}", self.plug_in(cable), "--key", of_wine(path))
        native = self.server_end(cable.b, "--key", path)
        native.wait_link()
        exe.wait_link()

    def test_a_port_that_is_not_there_is_waited_for_and_the_others_are_listed(self):
        self.plug_in(self.cable())
        exe = self.add(Exe(self.folder, "--client", "127.0.0.1:9", "COM77"))
        exe.wait_for(r"COM77")
        exe.wait_for(r"COM3")

    def test_ports(self):
        self.plug_in(self.cable())
        status, out, _ = self.exe("ports")
        self.assertEqual(status, 0)
        self.assertIn("COM3", out)

    def test_nobody_runs(self):
        status, _, errors = self.exe("status")
        self.assertEqual(status, 1)
        self.assertIn("no running serialtcp was found", errors)

    def test_service_is_installed_and_removed(self):
        status, out, errors = self.exe("service", "install", "--name", "serialtcp-test", "COM3", "-c", "localhost:22")
        self.assertEqual((status, errors), (0, ""), out)
        key = r"HKLM\System\CurrentControlSet\Services\serialtcp-test"
        query = subprocess.run(["wine", "reg", "query", key, "/v", "ImagePath"], capture_output=True, text=True)
        self.assertRegex(query.stdout, r'serialtcp\.exe" service run "COM3" "-c" "localhost:22" --log ".*serialtcp-test\.log"')
        status, _, errors = self.exe("service", "install", "--name", "serialtcp-test", "COM3", "-c", "localhost:22")
        self.assertEqual(status, 1)
        self.assertIn("it exists already", errors)
        status, _, errors = self.exe("service", "remove", "--name", "serialtcp-test")
        self.assertEqual((status, errors), (0, ""))
        status, _, errors = self.exe("service", "remove", "--name", "serialtcp-test")
        self.assertEqual(status, 1)
        self.assertIn("there is no such service", errors)

    def control(self, *words):
        """The service control manager's answer."""
        return subprocess.run(["wine", "sc", *words], capture_output=True, text=True, timeout=harness.DEADLINE,
                              check=False).stdout

    def test_service_runs_and_ends_in_order(self):
        name = "serialtcp-run"
        log = os.path.join(self.folder, "the service.log")
        self.plug_in(self.cable())
        status, _, errors = self.exe("service", "install", "--name", name, "COM3", "-s", closed_port(self), "--log", of_wine(log))
        self.assertEqual((status, errors), (0, ""))
        self.addCleanup(lambda: self.exe("service", "remove", "--name", name))
        self.control("start", name)
        until(lambda: re.search(r"STATE\s*: 4", self.control("query", name)), "the service runs")
        self.assertIn("COM3", self.exe("status")[1])
        self.control("stop", name)
        until(lambda: re.search(r"STATE\s*: 1", self.control("query", name)), "the service has stopped")
        with open(log, encoding="utf-8") as file:
            self.assertIn("ending on a stop of the service", file.read())

    def test_service_with_a_mistake_is_not_installed(self):
        status, _, errors = self.exe("service", "install", "COM3", "--nonsense")
        self.assertEqual(status, 2)
        self.assertIn("nonsense", errors)


del Both  # its tests are those of the classes that derive from it


def main():
    global EXE
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    EXE = sys.argv.pop(1)
    if sys.argv[1:] == ["--list"]:
        return harness.main()
    missing = [name for name in ("SERIALTCP", "WINEPREFIX", "SERIALTCP_WINDOWS_PORTS") if not os.environ.get(name)]
    if missing:
        sys.exit(f"not in the environment: {', '.join(missing)}")
    unittest.main(testRunner=unittest.TextTestRunner(verbosity=2, resultclass=harness.Result))


if __name__ == "__main__":
    main()
