"""serialtcp test: faults that are staged on an emulated cable are named, a good line is fine, and the port is left as it was."""

import json
import os
import signal
import socket
import subprocess
import sys
import termios
import threading
import tty

from harness import BINARY, Cable, Case, Process, main

FAKE_PINS = os.environ.get("SERIALTCP_FAKE_PINS", "")
VERSION_2_0 = os.environ.get("SERIALTCP_2_0_0", "")
PEER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "original_peer.py")
FINE, FAULTS, NOT_TESTED = 0, 1, 2


class Sayer:
    """A device at the other end that says the same again and again, whatever it hears."""

    def __init__(self, case, line, text, pause=0.3):
        self.fd = os.open(line, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        tty.setraw(self.fd)
        self.heard = b""
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.run, args=(text, pause), daemon=True)
        self.thread.start()
        case.addCleanup(self.stop)

    def run(self, text, pause):
        while not self.over.wait(pause):
            try:
                if text:
                    os.write(self.fd, text)
                self.heard += os.read(self.fd, 65536)
            except BlockingIOError:
                pass
            except OSError:  # the cable has ended
                return

    def stop(self):
        self.over.set()
        self.thread.join()
        os.close(self.fd)


class Doctor(Case):
    def fresh_cable(self, *options):
        """Another cable beside those that this test has already."""
        folder = os.path.join(self.folder, f"cable{len(self.processes)}")
        os.mkdir(folder)
        return self.add(Cable(folder, *options))

    def examine(self, line, *words, **process):
        """The findings of one test, by what they are about; its exit status, and all of its JSON."""
        result = subprocess.run([BINARY, "test", "--json", line, *map(str, words)], capture_output=True, text=True, check=False,
                                timeout=120, **process)
        self.assertEqual(result.stdout.count("\n"), 1, result.stdout + result.stderr)
        report = json.loads(result.stdout)
        self.assertEqual(report["result"], ["fine", "faults", "not tested"][result.returncode], result.stdout)
        return report, result.returncode

    def expect(self, line, *words, status, about, fault, says, to_do=None, **process):
        report, returned = self.examine(line, *words, **process)
        found = [finding for finding in report["findings"] if finding["about"] == about and finding["fault"] == fault]
        self.assertTrue(any(says in finding["text"] for finding in found), report)
        self.assertEqual(returned, status, report)
        if to_do:
            self.assertTrue(any(to_do in (finding["to_do"] or "") for finding in found), report)
        for finding in report["findings"]:
            self.assertTrue(finding["to_do"] or not finding["fault"], finding)
        return report

    def other_end(self, line, *words, **expected):
        return self.expect(line, *words, about="other end", **expected)


class OtherEnd(Doctor):
    def test_nobody_is_there(self):
        self.other_end(self.cable().a, status=FAULTS, fault=True, says="silent", to_do="start serialtcp there; check the cable")

    def test_ours_in_any_role(self):
        wires = self.cable()
        for options in (("-c", "localhost:9"), ("-s", "0"), ("--allow-shell",)):
            with self.subTest(options):
                peer = self.add(Process(f"peer{options[0]}", [BINARY, *options, wires.b], self.folder))
                peer.wait_for("opened")
                self.other_end(wires.a, "--for", 2, status=FINE, fault=False, says="serialtcp 2.1 or later at 115200")
                # It has noticed nothing but a link that came and went.
                peer.wait_for("link down: the other end has left|link down")
                self.assertEqual(peer.stop(), 0)

    def test_version_2_0(self):
        if not os.access(VERSION_2_0, os.X_OK):
            self.skipTest("no serialtcp 2.0.0")
        wires = self.cable()
        self.client_end(9, wires.b, binary=VERSION_2_0)
        report = self.other_end(wires.a, status=FINE, fault=False, says="serialtcp 2.0 at 115200")
        self.assertTrue(any("not measured" in finding["text"] for finding in report["findings"]), report)

    def test_the_original_in_both_roles(self):
        for option, address in (("--server", "0"), ("--client", "localhost:9")):
            with self.subTest(option):
                wires = self.fresh_cable()
                self.add(Process(f"original{option}", [sys.executable, PEER, option, address, wires.b, "115200"], self.folder))
                self.other_end(wires.a, status=FINE, fault=False, says="the original program")

    def test_one_that_wants_a_key(self):
        key = os.path.join(self.folder, "key")
        subprocess.run([BINARY, "keygen", key], check=True, stdout=subprocess.DEVNULL)
        wires = self.cable()
        self.client_end(9, wires.b, "--key", key)
        self.other_end(wires.a, status=FAULTS, fault=True, says="wants a key", to_do="--key")
        self.other_end(wires.a, "--key", key, "--for", 2, status=FINE, fault=False, says="serialtcp 2.1")

    def test_another_speed_is_found(self):
        wires = self.cable()
        self.server_end(wires.b, baud=9600)
        report = self.other_end(wires.a, status=FAULTS, fault=True, says="noise at 115200", to_do="same speed")
        self.assertTrue(any("at 9600 it is serialtcp" in finding["text"] for finding in report["findings"]), report)
        wires = self.fresh_cable()
        fd = os.open(wires.b, os.O_RDWR | os.O_NOCTTY)
        self.addCleanup(os.close, fd)
        subprocess.run(["stty", "-F", wires.b, "57600", "raw", "-echo"], check=True)
        Sayer(self, wires.b, b"Temperature: 23.5 C, humidity: 40 percent\r\n")
        self.expect(wires.a, status=FAULTS, about="speed", fault=True, says="at 57600 it is text", to_do="57600")

    def test_a_line_without_voltage(self):
        wires = self.cable()
        test = self.add(Process("test", [BINARY, "test", wires.a], self.folder))
        test.wait_for("opened")
        wires.command("set output-b low")
        test.wait_for(r"other end +FAULT: the receive line is held low \(a break\) at 115200\n +to do:  connect the ground")
        self.assertEqual(test.wait(), FAULTS)

    def test_a_missing_ground(self):
        self.other_end(self.cable("--ground", "missing").a, status=FAULTS, fault=True, says="the mains", to_do="ground of both ends")

    def test_text_and_prompts(self):
        for text, says in ((b"\r\nDebian GNU/Linux 12 board ttyS0\r\n\r\nboard login: ", "a login prompt"),
                           (b"\r\nroot@board:~# ", "the prompt of a shell"),
                           (b"\r\nU-Boot 2024.01\r\nHit any key to stop autoboot:  3 ", "a boot loader"),
                           (b"[   12.345678] usb 1-1: new high-speed USB device number 2\r\n", "messages of a Linux kernel"),
                           (b"Temperature: 23.5 C, humidity: 40 percent\r\n", "text")):
            with self.subTest(says):
                wires = self.fresh_cable()
                device = Sayer(self, wires.b, text)
                self.other_end(wires.a, status=FINE, fault=False, says=says)
                if "prompt" in says or "loader" in says:
                    self.assertEqual(device.heard, b"", "nothing is typed at a prompt")
                for byte in b"\r\n\x03\x04\x1a\x1c;|&$`()<>":
                    self.assertNotIn(byte, device.heard)

    def test_noise(self):
        wires = self.cable()
        Sayer(self, wires.b, bytes(range(128, 256)))
        self.other_end(wires.a, status=FAULTS, fault=True, says="neither text nor of a known protocol")

    def test_a_terminal_that_echoes(self):
        self.other_end(self.cable("--echo").a, status=FAULTS, fault=True, says="an echo", to_do="in place of what has the port")


class Line(Doctor):
    """One of ours at the other end, which nobody has told of the test."""

    SECONDS = 4

    def line(self, *options, baud=115200):
        wires = self.fresh_cable(*options)
        self.client_end(9, wires.b, baud=baud)
        return wires.a

    def test_a_good_line_is_fine(self):
        for baud in (9600, 115200, 921600):
            with self.subTest(baud):
                report, status = self.examine(self.line(baud=baud), baud, "--for", self.SECONDS)
                # A machine that stands still is told, and is no fault of the line.
                faults = [finding for finding in report["findings"] if finding["fault"] and finding["about"] != "pauses"]
                self.assertEqual(faults, [], report)
                self.assertIn(status, (FINE, FAULTS))
                found = [finding["about"] for finding in report["findings"]]
                for about in ("speed out", "speed in", "round trip", "errors out", "errors in"):
                    self.assertIn(about, found, report)

    def shape(self, cable, says, to_do):
        self.expect(self.line(*cable), "--for", self.SECONDS, status=FAULTS, about="errors in", fault=True, says=says, to_do=to_do)

    def test_flipped_bits(self):
        self.shape(("--ber", "5e-5"), "single bits are flipped", "cable")

    def test_bursts(self):
        self.shape(("--burst", "3e-4:30"), "bursts of about", "what switches near the cable")

    def test_framing_errors(self):
        self.shape(("--zero", "1e-3"), "arrive as 00: framing errors", "exactly the same speed")

    def test_single_bytes_that_are_lost(self):
        self.shape(("--drop", "1e-3"), "single bytes are lost", "--rtscts")

    def test_a_receiver_that_overruns(self):
        self.shape(("--fifo", "16:1e-3:3"), "bytes are lost", "--rtscts")

    def test_values_that_do_not_pass(self):
        wires = self.cable("--eat", "11,13")
        self.client_end(9, wires.b)
        self.expect(wires.a, "--for", self.SECONDS, status=FAULTS, about="bytes", fault=True, says="not all values pass",
                    to_do="two of ours escape these values")

    def test_a_line_that_stands_still(self):
        self.expect(self.line("--stall", "3e-4:700"), "--for", 6, status=FAULTS, about="pauses", fault=True, says="stood still",
                    to_do="what stops it")

    def test_an_end_that_is_ended_meanwhile(self):
        wires = self.cable()
        peer = self.client_end(9, wires.b)
        test = self.add(Process("test", [BINARY, "test", "--for", "60", wires.a], self.folder))
        test.wait_for("other end +serialtcp")
        self.assertEqual(peer.stop(), 0)
        test.wait_for(r"line +FAULT: the link was lost during the test")
        self.assertEqual(test.wait(), FAULTS)


class Rungs(Doctor):
    """The line at all speeds that both ends can do, without a special mode of the other end."""

    def rungs(self, *cable, options=("--climb",), **process):
        wires = self.fresh_cable(*cable)
        self.peer = self.client_end(9, wires.b, *options)
        report, status = self.examine(wires.a, "--rungs", "--for", 2, **process)
        table = {finding["value"]: finding["text"] for finding in report["findings"] if finding["about"] == "rung"}
        last = [finding["text"] for finding in report["findings"] if finding["about"] == "rungs"]
        self.assertEqual(len(last), 1, report)
        self.assertIn(status, (FINE, FAULTS))  # a machine that stands still is a fault
        return table, last[0], report

    def test_a_cable_with_a_limit(self):
        table, last, report = self.rungs("--limit", "500000")
        for baud in (115200, 230400, 460800):
            self.assertRegex(table[baud], rf"{baud}: good; out [0-9.]+ kB/s, 0 of [0-9]+ frames bad; in [0-9.]+ kB/s", report)
        for baud in (1_500_000, 3_000_000):
            self.assertRegex(table[baud], rf"{baud}: BAD; \d+ % of the test frames arrived", report)
        best = int(last.split()[0])
        self.assertIn(best, (460800, 500000, 576000), report)
        self.assertRegex(last, r"carries most: [3-5]\.\d times as much as 115200")
        # The other end has noticed nothing but a link whose speed was changed, and is at its own again.
        self.peer.wait_for("link down")
        report, _ = self.examine(os.path.join(os.path.dirname(self.peer.line), "ttyA"), "--for", 1)
        self.assertTrue(any("serialtcp 2.1 or later at 115200" in finding["text"] for finding in report["findings"]), report)

    def test_a_speed_that_this_port_refuses(self):
        table, _, report = self.rungs("--speeds-a", "460800+=no", options=("--climb=460800",))
        # A pty cannot refuse it at once, as a driver does: what is sent there does not arrive.
        self.assertRegex(table[460800], "the port cannot do it|BAD; [0-9]+ % of the test frames arrived", report)
        self.assertIn("good", table[230400], report)

    def test_an_end_that_keeps_its_speed(self):
        table, last, _ = self.rungs(options=())
        self.assertEqual(last, "the other end keeps its speed")
        self.assertEqual(table, {})


class Loopback(Doctor):
    def loop(self, *options):
        wires = self.fresh_cable(*options)
        wires.command("echo on")
        return wires

    def test_a_loop_is_a_fault_unless_it_was_asked_for(self):
        wires = self.loop()
        self.other_end(wires.a, status=FAULTS, fault=True, says="a loopback", to_do="unplug")
        report = self.expect(wires.a, "--loopback", status=FINE, about="loopback", fault=False, says="came back unchanged")
        self.assertIn("speed", [finding["about"] for finding in report["findings"]])

    def test_every_speed_of_a_loop(self):
        wires = self.loop("--speeds-a", "460800+=no")
        report = self.expect(wires.a, "--loopback", "--rungs", status=FINE, about="rung", fault=False, says="230400: good")
        rungs = {finding["value"]: finding["text"] for finding in report["findings"] if finding["about"] == "rung"}
        self.assertIn("the port cannot do it", rungs[921600])
        self.assertGreaterEqual(len(rungs), 12)

    def test_the_wires_of_a_loop(self):
        wires = self.loop()
        pins = os.path.join(self.folder, "pins")
        self.expect(wires.a, "--loopback", status=FINE, about="flow wires", fault=False, says="CTS does not follow RTS",
                    env={**os.environ, "LD_PRELOAD": FAKE_PINS, "FAKE_PINS": pins})
        with open(pins, encoding="ascii") as file:
            self.assertEqual([line.split()[1:] for line in file], [["1", "0"], ["1", "1"]], "RTS off and on, DTR as it was")

    def test_no_loop_where_one_was_expected(self):
        self.expect(self.cable().a, "--loopback", status=FAULTS, about="loopback", fault=True, says="did not come back",
                    to_do="join RX and TX")

    def test_values_that_a_loop_loses(self):
        wires = self.loop("--eat", "11,13")
        self.expect(wires.a, "--loopback", status=FAULTS, about="bytes", fault=True,
                    says="2 byte values never came back: 11, 13 hex")

    def test_noise_and_losses(self):
        # Several faults beside each other may count as another kind; what to do follows from most of them.
        for fault, says, to_do in ((("--ber", "1e-4"), " changed (", "cable"), (("--drop", "1e-3"), " were lost", "--rtscts")):
            with self.subTest(fault):
                self.expect(self.loop(*fault).a, "--loopback", status=FAULTS, about="loopback", fault=True, says=says, to_do=to_do)


class Port(Doctor):
    def refused(self, line, says, *words, **process):
        report, status = self.examine(line, *words, **process)
        self.assertEqual(status, NOT_TESTED)
        self.assertRegex(report["problem"], says)

    def test_a_port_that_cannot_be_opened(self):
        self.refused("/dev/ttyUSB99", "could not open /dev/ttyUSB99: no such device")
        self.refused("/dev/null", "not a serial port")
        self.refused("socket://127.0.0.1:1", "nothing listens there")
        self.refused("foo://bar", "could not open foo://bar")

    def test_a_port_of_another_link(self):
        wires = self.cable()
        holder = self.server_end(wires.a)
        self.refused(wires.a, rf"in use by another program, {holder.popen.pid} \(serialtcp\)")

    def test_without_permission(self):
        if os.geteuid() != 0:
            self.skipTest("needs root")
        wires = self.cable()
        os.chmod(self.folder, 0o755)
        self.refused(wires.a, "permission denied|not permitted|may not", user="nobody")

    def test_wrong_words(self):
        for words, says in (((), "SERIALPORT"), (("--loopbak", "x"), "did you mean '--loopback'"), (("ttyUSB99",), "did you mean"),
                            (("/dev/x", "fast"), "BAUDRATE"), (("--rtscts", "--xonxoff", "/dev/x"), "exclude each other"),
                            (("-",), "give a device")):
            result = subprocess.run([BINARY, "test", *words], capture_output=True, text=True, check=False, timeout=60)
            self.assertEqual(result.returncode, NOT_TESTED, words)
            self.assertIn(says, result.stderr)

    def test_no_pin_moves(self):
        wires = self.cable()
        pins = os.path.join(self.folder, "pins")
        report, _ = self.examine(wires.a, env={**os.environ, "LD_PRELOAD": FAKE_PINS, "FAKE_PINS": pins})
        self.assertFalse(os.path.exists(pins), "a board would have been reset")
        self.assertTrue(any(finding["about"] == "pins" and "CTS on" in finding["text"] for finding in report["findings"]), report)

    def test_flow_control_without_its_wire(self):
        wires = self.cable()
        pins, inputs = os.path.join(self.folder, "pins"), os.path.join(self.folder, "inputs")
        with open(inputs, "w", encoding="ascii") as file:
            file.write("DSR")
        self.expect(wires.a, "--rtscts", status=FAULTS, about="pins", fault=True, says="CTS off", to_do="CTS",
                    env={**os.environ, "LD_PRELOAD": FAKE_PINS, "FAKE_PINS": pins, "FAKE_PINS_INPUT": inputs})

    def modes(self, line):
        fd = os.open(line, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        try:
            return termios.tcgetattr(fd)
        finally:
            os.close(fd)

    def start(self, line, *words, **process):
        return self.add(Process(f"test{len(self.processes)}", [BINARY, "test", line, *words], self.folder, **process))

    def test_a_signal_ends_it_and_the_settings_are_as_before(self):
        wires = self.cable()
        with open(wires.a, "rb", buffering=0):  # a pty forgets its settings when nobody has it open
            before = self.modes(wires.a)
            for number in (signal.SIGINT, signal.SIGTERM):
                test = self.start(wires.a, "9600")
                test.wait_for("opened")
                self.assertNotEqual(self.modes(wires.a), before)
                test.signal(number)
                self.assertEqual(test.wait(), -number)
                self.assertEqual(self.modes(wires.a), before)

    def test_output_that_nobody_reads(self):
        wires = self.cable()
        for words in ((), ("--json",)):
            reader, writer = os.pipe()
            os.close(reader)
            with subprocess.Popen([BINARY, "test", wires.a, *words], stdout=writer, stderr=subprocess.PIPE, text=True) as test:
                os.close(writer)
                self.assertIn("standard output cannot be written", test.communicate(timeout=60)[1])
            self.assertEqual(test.returncode, NOT_TESTED)

    def test_a_device_that_goes_away(self):
        wires = self.cable()
        test = self.start(wires.a)
        test.wait_for("opened")
        wires.command("unplug a")
        test.wait_for(r"line +FAULT: it went away during the test: .*\n +to do:  check the plug")
        self.assertEqual(test.wait(), FAULTS)

    def test_a_flood_of_garbage(self):
        wires = self.cable()
        Sayer(self, wires.b, os.urandom(60000), pause=0.01)
        self.other_end(wires.a, "3000000", status=FAULTS, fault=True, says="neither text nor of a known protocol")

    def test_a_line_that_is_a_connection(self):
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        line = f"socket://127.0.0.1:{listener.getsockname()[1]}"
        self.other_end(line, status=FAULTS, fault=True, says="silent: not a byte in", to_do="serial server")

    def test_text_for_a_person(self):
        wires = self.cable()
        test = self.start(wires.a)
        self.assertEqual(test.wait(), FAULTS)
        self.assertRegex(test.text(), r"^port +\S+/ttyA\nopened +at 115200 8N1\nother end +FAULT: silent: .*\n +to do:  start .*\n"
                                      r"result +1 fault\n$")


if __name__ == "__main__":
    main()
