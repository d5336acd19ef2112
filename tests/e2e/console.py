#!/usr/bin/env python3
"""serialtcp console: in a terminal and in scripts, at the emulated cable, at serial servers, and at a port that goes away."""

import os
import pty
import re
import select
import signal
import socket
import subprocess
import termios

from harness import BINARY, DEADLINE, SANITIZED, Process, main, until
from share_rig import AWKWARD, Device, Share, ShareCase, TelnetClient
from tcp import LOCALHOST, closed_port, payload, read_exactly

ESCAPE = b"\x1d"


def listener(case, port=0):
    server = socket.create_server((LOCALHOST, port))
    server.settimeout(DEADLINE)
    case.addCleanup(server.close)
    return server


class Screen:
    """The program on a pty, as a user has it."""

    def __init__(self, case, *args):
        self.controller, terminal = pty.openpty()
        self.before = termios.tcgetattr(terminal)
        self.terminal = terminal
        self.popen = subprocess.Popen([BINARY, "console", *[str(arg) for arg in args]], stdin=terminal, stdout=terminal,
                                      stderr=terminal, cwd=case.folder, start_new_session=True)
        self.text = b""
        case.addCleanup(self.end)

    def end(self):
        self.popen.kill()
        self.popen.wait()
        os.close(self.controller)
        os.close(self.terminal)

    def read(self, seconds=0.05):
        if select.select([self.controller], [], [], seconds)[0]:
            self.text += os.read(self.controller, 65536)

    def shows(self, pattern, after=0):
        def found():
            self.read()
            return re.search(pattern, self.text[after:])
        try:
            return until(found, f"the screen shows {pattern}")
        except AssertionError as error:
            raise AssertionError(f"{error}; it shows {self.text[-2000:]!r}") from None

    def press(self, keys):
        os.write(self.controller, keys)

    def is_raw(self):
        return not termios.tcgetattr(self.terminal)[3] & termios.ICANON

    def wait(self):
        def ended():
            self.read()
            return self.popen.poll() is not None
        until(ended, "the console has ended")
        return self.popen.returncode


class ConsoleCase(ShareCase):
    def line_and_device(self, *cable):
        self.line = self.cable(*(cable or ("--baud", "0")))
        return self.line.a, Device(self, self.line.b)

    def screen(self, *args):
        screen = Screen(self, *args)
        until(lambda: screen.is_raw() or screen.popen.poll() is not None, "the terminal is raw")
        return screen

    def script(self, *args, stdin=b""):
        """Started, with this as standard input; ask its result()."""
        popen = subprocess.Popen([BINARY, "console", *[str(arg) for arg in args]], stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(popen.kill)
        popen.stdin.write(stdin)
        popen.stdin.close()
        popen.stdin = None
        return popen

    def result(self, popen):
        output, errors = popen.communicate(timeout=DEADLINE)
        return popen.returncode, output, errors.decode()


class Terminal(ConsoleCase):
    def test_bytes_go_both_ways_and_the_escape_key_twice_is_itself(self):
        path, device = self.line_and_device()
        screen = self.screen(path)
        screen.shows(rb"opened at 115200 8N1.*Ctrl-\] and then q quits")
        typed = b"\x03\x1a\x00\xff\r\n\x11\x13 login"
        screen.press(typed + ESCAPE + ESCAPE)
        self.assertEqual(device.read(len(typed) + 1), typed + ESCAPE)
        mark = len(screen.text)
        device.write(b"\x1b[31mred\xff\x00 end")
        screen.shows(re.escape(b"\x1b[31mred\xff\x00 end"), mark)
        screen.press(ESCAPE + b"q")
        self.assertEqual(screen.wait(), 0)
        self.assertEqual(termios.tcgetattr(screen.terminal), screen.before)

    def test_the_terminal_is_put_back_on_every_way_out(self):
        path, _ = self.line_and_device()
        signals = [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT]
        if not SANITIZED:  # which handles it itself
            signals.append(signal.SIGSEGV)
        for number in signals:
            with self.subTest(number):
                screen = self.screen(path)
                screen.shows(b"opened at")
                screen.popen.send_signal(number)
                self.assertEqual(screen.wait(), -number)
                self.assertEqual(termios.tcgetattr(screen.terminal), screen.before)

    def test_another_escape_key(self):
        path, device = self.line_and_device()
        screen = self.screen("--escape", "ctrl-a", path)
        screen.shows(b"Ctrl-A and then q quits")
        screen.press(ESCAPE + b"\x01\x01")
        self.assertEqual(device.read(2), ESCAPE + b"\x01")
        screen.press(b"\x01?")
        screen.shows(rb"q quit, b break, d DTR")
        screen.press(b"\x01q")
        self.assertEqual(screen.wait(), 0)

    def test_the_log_and_times(self):
        path, device = self.line_and_device()
        screen = self.screen(path)
        screen.shows(b"opened")
        screen.press(ESCAPE + b"l")
        name = screen.shows(rb"log on: (serialtcp-ttyA-\d+-\d+\.log)").group(1).decode()
        device.write(b"one\r\n")
        screen.shows(b"one")
        screen.press(ESCAPE + b"t")
        screen.shows(b"times on")
        device.write(b"two\r\nthree\r\n")
        screen.shows(rb"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}\] three")
        screen.press(ESCAPE + b"l")
        screen.shows(b"log off")
        device.write(b"four\r\n")
        screen.shows(b"four")
        screen.press(ESCAPE + b"s")
        screen.shows(rb"is open at 115200 8N1; 23 B received, 0 B sent\]")
        with open(self.path(name), "rb") as log:
            self.assertRegex(log.read(), rb"^one\r\n\[[-\d]+ [\d:.]+\] two\r\n\[[-\d]+ [\d:.]+\] three\r\n$")

    def test_read_only(self):
        path, device = self.line_and_device()
        screen = self.screen("--read-only", path)
        screen.shows(b"opened")
        screen.press(b"typed" + ESCAPE + b"d" + ESCAPE + b"b")
        screen.shows(b"--read-only: nothing is sent, and no pin is changed")
        self.assertTrue(device.nothing_arrives())
        device.write(b"seen")
        screen.shows(b"seen")

    def test_a_port_that_goes_away_is_opened_again(self):
        path, device = self.line_and_device()
        screen = self.screen(path)
        screen.shows(b"opened")
        self.line.command("unplug a")
        screen.shows(rb"lost .*ttyA: .*; it is opened again when it returns")
        screen.press(ESCAPE + b"s")
        screen.shows(b"is away: ")
        screen.press(b"meanwhile")
        self.line.command("plug a")
        screen.shows(b"is back")
        self.assertEqual(device.read(9), b"meanwhile")

    def test_a_screen_that_accepts_nothing_does_not_stop_the_log(self):
        path, device = self.line_and_device()
        log = self.path("log")
        screen = self.screen("--log", log, path)
        screen.shows(b"opened")
        data = payload(1_000_000)
        device.write(data)
        until(lambda: os.path.getsize(log) == len(data), "the log has everything")
        with open(log, "rb") as file:
            self.assertTrue(file.read() == data)
        screen.shows(rb"\[serialtcp: \d+ bytes lost\]")
        screen.press(ESCAPE + b"q")
        self.assertEqual(screen.wait(), 0)

    def test_keys_are_read_while_the_line_takes_nothing(self):
        port = listener(self)
        screen = self.screen(f"{LOCALHOST}:{port.getsockname()[1]}")
        screen.shows(b"opened")
        for _ in range(3000):
            screen.press(b"x" * 1000)
            if b"is dropped" in screen.text:
                break
            screen.read(0)
        screen.shows(b"the line does not take what is typed: it is dropped")
        screen.press(ESCAPE + b"q")
        self.assertEqual(screen.wait(), 0)


class Pins(ConsoleCase):
    def server(self):
        """A port that is shared by RFC 2217, the device behind it, and a client that sees what is set."""
        share, device = self.share("--rfc2217", "0", "--writers", "all", device_options=("9600",))
        return share, device, f"rfc2217://{LOCALHOST}:{share.ports[0]}"

    def in_force(self, share, value):
        client = TelnetClient(share.ports[0], agrees=(0, 1, 3, 44))
        try:
            client.settled()
            client.subs.clear()
            client.send_sub(5, value)
            return client.sub(105)
        finally:
            client.close()

    def test_they_change_by_keys_only_and_the_speed_stays_unless_it_is_chosen(self):
        share, device, url = self.server()
        screen = self.screen(url)
        screen.shows(rb"opened at 9600 8N1")
        self.assertEqual(self.in_force(share, 7), b"\x08")
        screen.press(ESCAPE + b"d")
        screen.shows(b"DTR 0")
        until(lambda: self.in_force(share, 7) == b"\x09", "DTR is low there")
        screen.press(ESCAPE + b"r")
        screen.shows(b"RTS 0")
        until(lambda: self.in_force(share, 10) == b"\x0c", "RTS is low there")
        screen.press(ESCAPE + b"d")
        screen.shows(b"DTR 1")
        screen.press(ESCAPE + b"s")
        screen.shows(b"DTR 1, RTS 0, CTS 1, DSR 1, RI 0, CD 1")
        screen.press(b"x")
        self.assertEqual(device.read(1), b"x")
        screen.press(ESCAPE + b"q")
        self.assertEqual(screen.wait(), 0)
        chosen = self.screen(url, "57600")
        chosen.shows(rb"opened at 57600 8N1")

    def test_a_break(self):
        share, _, url = self.server()
        screen = self.screen(url)
        screen.shows(rb"opened")
        screen.press(ESCAPE + b"b")
        screen.shows(rb"\[serialtcp: break\]")
        until(lambda: self.in_force(share, 4) == b"\x06", "the break is over")

    def test_what_has_no_pins_says_so(self):
        port = listener(self)
        screen = self.screen(f"{LOCALHOST}:{port.getsockname()[1]}")
        screen.shows(rb"socket://127.0.0.1:\d+ opened")
        screen.press(ESCAPE + b"d")
        screen.shows(b"DTR stays: this is not a serial port that is open")
        screen.press(ESCAPE + b"b")
        screen.shows(b"no break is sent")


class Running(ConsoleCase):
    """Beside other processes of serialtcp."""

    def test_a_name_is_a_service_of_a_link(self):
        cable = self.cable()
        target = listener(self)
        near = self.server_end(cable.a, "--control", self.path("control"), what="con=0")
        far = self.client_end(f"con={LOCALHOST}:{target.getsockname()[1]}", cable.b)
        near.wait_link()
        screen = self.screen("--control", self.path("control"), "con")
        screen.shows(b"con opened; Ctrl")
        client = target.accept()[0]
        self.addCleanup(client.close)
        client.settimeout(DEADLINE)
        screen.press(b"typed\x03")
        self.assertEqual(read_exactly(client, 6), b"typed\x03")
        client.sendall(b"\xffshown")
        screen.shows(b"\xffshown")
        client.close()
        self.assertEqual(screen.wait(), 1)
        screen.shows(b"the connection to con was closed")
        status, _, errors = self.result(self.script("--control", self.path("control"), cable.a))
        self.assertEqual(status, 1)
        self.assertIn(f"{cable.a} is the line of the link {cable.a} of serialtcp (process {near.popen.pid}), and there is "
                      "no console at its other end: serialtcp getty runs on a machine that has one; a service of its other end "
                      "is reached with serialtcp console con", errors)
        self.assertEqual(far.stop(), 0)

    def assert_reaches_a_share(self, *words):
        screen = self.screen(*words, self.line.a)
        screen.shows(rb"ttyA is shared by a running serialtcp, at rfc2217://.*:\d+")
        screen.shows(b"opened at 9600 8N1")
        device = Device(self, self.line.b)
        screen.press(b"typed")
        self.assertEqual(device.read(5), b"typed")
        device.write(b"shown")
        screen.shows(b"shown")

    def test_a_port_that_a_command_shares_is_reached_there(self):
        self.line = self.cable("--baud", "0")
        self.add(Share(self.folder, self.line.a, "9600", "--raw", "0", "--rfc2217", "0", "--writers", "all"))
        self.assert_reaches_a_share()

    def test_a_port_that_a_configuration_file_shares_is_reached_there(self):
        self.line = self.cable("--baud", "0")
        config = self.write("config", f'control = "{self.path("control")}"\n[[share]]\nname = "board"\nport = '
                                      f'"{self.line.a}"\nbaudrate = 9600\nraw = 0\nrfc2217 = 0\nwriters = "all"\n')
        process = self.add(Process("config", [BINARY, "--config", config], self.folder))
        process.wait_for("opened at 9600")
        self.assert_reaches_a_share("--control", self.path("control"))

    def test_a_name_of_nothing(self):
        status, _, errors = self.result(self.script("--control", self.path("control"), "nothing"))
        self.assertEqual(status, 1)
        self.assertIn("nothing is no device, and no stream of a running serialtcp: ", errors)

    def test_a_port_that_another_program_has_is_waited_for(self):
        path, device = self.line_and_device()
        other = self.screen(path)
        other.shows(b"opened")
        screen = self.screen(path)
        screen.shows(rb"waiting for .*ttyA: in use by another program, \d+ \(serialtcp\)")
        other.press(ESCAPE + b"q")
        other.wait()
        screen.shows(b"ttyA opened at")
        device.write(b"now here")
        screen.shows(b"now here")


class Scripts(ConsoleCase):
    def test_what_is_piped_in_is_sent_and_what_arrives_is_printed(self):
        path, device = self.line_and_device()
        console = self.script("--for", "3", path, stdin=b"AT\r" + ESCAPE + b"q")
        self.assertEqual(device.read(5), b"AT\r" + ESCAPE + b"q")
        device.write(AWKWARD)
        self.assertEqual(self.result(console), (0, AWKWARD, ""))

    def test_expected_text(self):
        path, device = self.line_and_device()
        for pattern, text in (("login: $", b"boot\xff\x00\r\nboard lo"), (r"^board \d+ ready$", b"x board 1 ready\r\n")):
            with self.subTest(pattern):
                console = self.script("--expect", pattern, "--timeout", DEADLINE, path, stdin=b"?")
                self.assertEqual(device.read(1), b"?")
                device.write(text)
                rest = b"gin: " if "login" in pattern else b"board 22 ready\r\n"
                device.write(rest)
                self.assertEqual(self.result(console), (0, text + rest, ""))

    def test_the_exit_status(self):
        path, _ = self.line_and_device()
        self.assertEqual(self.result(self.script("--expect", "never", "--timeout", "0.3", path)),
                         (3, b"", "serialtcp console: 'never' has not come within 0.3 s\n"))
        missing = self.path("missing")
        status, _, errors = self.result(self.script("--for", "0.3", missing))
        self.assertEqual(status, 1)
        self.assertIn(f"{missing} could not be opened in time: no such device", errors)
        self.assertEqual(self.result(self.script("--no-wait", missing))[0], 1)
        self.assertEqual(self.result(self.script(self.folder))[0], 1, "a folder is no port, and is not waited for")
        self.assertEqual(self.result(self.script(f"--log={self.folder}", path))[0], 1)
        for wrong in ([], ["--expect", "(", path], ["--for", "1", "--expect", "x", path], ["--escape", "ctrl-?", path],
                      ["--timeout", "1", path], [path, "fast"], ["-"]):
            with self.subTest(wrong):
                self.assertEqual(self.result(self.script(*wrong))[0], 2)

    def test_the_log_is_replaced_before_it_is_large(self):
        path, device = self.line_and_device()
        log = self.path("log")
        text = b"".join(b"line %d of a board that says much\r\n" % number for number in range(400))
        console = self.script("--log", log, "--log-size", "4k", "--log-count", "2", "--expect", "line 399 .*much", path,
                              stdin=b"x")
        self.assertEqual(device.read(1), b"x")
        device.write(text)
        status, output, _ = self.result(console)
        self.assertEqual((status, output.splitlines()[-1]), (0, text.splitlines()[-1]))
        names = (f"{log}.2", f"{log}.1", log)
        self.assertLessEqual(max(os.path.getsize(name) for name in names), 4096)
        self.assertFalse(os.path.exists(f"{log}.3"))
        kept = b""
        for name in names:
            with open(name, "rb") as file:
                kept += file.read()
        self.assertGreater(text.find(kept), 0, "nothing is missing between them")
        self.assertGreater(len(kept), 4096)

    def test_a_full_disk_for_the_log_harms_nothing_else(self):
        path, device = self.line_and_device()
        console = self.script("--log", "/dev/full", "--for", "3", path, stdin=b"x")
        self.assertEqual(device.read(1), b"x")
        device.write(b"one")
        status, output, errors = self.result(console)
        self.assertEqual((status, output), (0, b"one"))
        self.assertEqual(errors.count("nothing is written to /dev/full"), 1)

    def test_files_and_no_input(self):
        path, device = self.line_and_device()
        with open(self.path("out"), "wb") as out:
            console = subprocess.Popen([BINARY, "console", "--expect", "end", path], stdin=subprocess.DEVNULL, stdout=out)
        self.addCleanup(console.kill)
        until(lambda: b"x" in self.sent_and_seen(device), "it is open")
        device.write(b"the end")
        self.assertEqual(console.wait(DEADLINE), 0)
        with open(self.path("out"), "rb") as out:
            self.assertTrue(out.read().endswith(b"the end"))

    def sent_and_seen(self, device):
        device.write(b"x")
        with open(self.path("out"), "rb") as out:
            return out.read()

    def test_a_reader_that_leaves_ends_it(self):
        path, device = self.line_and_device()
        console = self.script(path, stdin=b"x")
        self.assertEqual(device.read(1), b"x")
        console.stdout.close()
        device.write(b"nobody reads this")
        self.assertEqual(console.wait(DEADLINE), 1)
        console.stdout = None
        console.stderr.close()

    def test_a_server_that_is_not_there_yet_is_waited_for(self):
        port = closed_port(self)
        console = self.script("--expect", "hello", "--timeout", DEADLINE, f"{LOCALHOST}:{port}")
        self.assertIn(b"waiting for socket://", console.stderr.readline())
        server = listener(self, port)
        client = server.accept()[0]
        self.addCleanup(client.close)
        client.sendall(b"hello")
        self.assertEqual(self.result(console)[:2], (0, b"hello"))


if __name__ == "__main__":
    main()
