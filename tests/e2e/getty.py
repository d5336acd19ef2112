#!/usr/bin/env python3
"""serialtcp getty: a console and a link at one port. The board is at end B of the emulated cable; at end A is a plain
terminal, or serialtcp, whose link shows the console to several at once."""

import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import termios
import time
import tty
import unittest

import harness
from console import Screen
from tcp import Echo, connect, payload, read_exactly

OLD = os.environ.get("SERIALTCP_2_0_0", "")
LITE = os.environ.get("SERIALTCP_LITE", "")
ROOT = os.geteuid() == 0
BASH = "exec env TERM=dumb PS1='board# ' bash --norc -i"
AFTER_LINK = 3.0


class Terminal:
    """What a person has at end A without serialtcp: every byte as it is."""

    def __init__(self, case, path):
        self.fd = os.open(path, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self.fd)
        self.text = b""
        self.case = case
        self.closed = False
        case.addCleanup(self.close)

    def close(self):
        if not self.closed:
            self.closed = True
            os.close(self.fd)

    def read(self, seconds=0.05):
        if select.select([self.fd], [], [], seconds)[0]:
            self.text += os.read(self.fd, 65536)

    def shows(self, pattern, after=0, deadline=harness.DEADLINE):
        def found():
            self.read()
            return re.search(pattern, self.text[after:])
        try:
            return harness.until(found, f"the terminal shows {pattern}", deadline)
        except AssertionError as error:
            raise AssertionError(f"{error}; it shows {self.text[-1000:]!r}") from None

    def type(self, text):
        """As a person does: one key after the other."""
        for key in text:
            os.write(self.fd, bytes([key]))
            time.sleep(0.02)

    def ask(self, command, answer):
        mark = len(self.text)
        self.type(command + b"\r")
        return self.shows(answer, mark)


class GettyCase(harness.Case):
    count = 0
    first = None

    def board(self, *options, command=BASH, baud=115200, cable=(), program=harness.BINARY, **process):
        self.wires = self.cable(*cable)
        self.baud = baud
        self.first = Terminal(self, self.wires.a)  # it would miss what the console says at its beginning
        return self.getty(*options, command=command, program=program, **process)

    def getty(self, *options, command=BASH, program=harness.BINARY, **process):
        self.count += 1
        own = ["--command", command] if command else []
        getty = self.add(harness.Process(f"getty{self.count}", [program, "getty", *own, *options, self.wires.b, self.baud],
                                         self.folder, **process))
        getty.wait_for(r"it is a console|link ok|no peer|opened")
        return getty

    def terminal(self):
        first, self.first = self.first, None
        return first or Terminal(self, self.wires.a)

    def link(self, *options, wait=True, **process):
        """At the PC, with a control socket of its own."""
        if self.first:
            self.first.close()
        self.first = None
        self.count += 1
        self.socket = os.path.join(self.folder, f"control{self.count}")
        link = self.add(harness.End(self.folder, "-L", "0:127.0.0.1:9", self.wires.a, "--control", self.socket, *options,
                                    baud=self.baud, name=f"link{self.count}", **process))
        if wait:
            link.wait_link()
        return link

    def screen(self, *options):
        screen = Screen(self, "--control", self.socket, *options, self.wires.a)
        harness.until(lambda: screen.is_raw() or screen.popen.poll() is not None, "the terminal is raw")
        return screen



class Consoles(GettyCase):
    def test_a_terminal_has_a_console_before_and_after_a_link(self):
        getty = self.board()
        terminal = self.terminal()
        terminal.shows(rb"board# ")
        terminal.ask(b"cd /tmp; x=$((40+2))", rb"board# $")
        terminal.close()
        link = self.link()
        getty.wait_for(r"link ok")
        screen = self.screen()
        screen.shows(rb"board# ")
        screen.press(b"echo $x; pwd\r")
        screen.shows(rb"42\r\n/tmp\r\nboard# ")
        screen.press(b"\x1dq")
        self.assertEqual(screen.wait(), 0)
        mark = getty.mark()
        self.assertEqual(link.stop(), 0)
        ended = time.monotonic()
        getty.wait_for(r"it is a console again", after=mark)
        self.assertGreater(time.monotonic() - ended, AFTER_LINK - 1)
        terminal = self.terminal()
        terminal.ask(b"echo $x", rb"\n42\r\n")  # the same session
        self.assertNotIn(b"not found", terminal.text)

    def test_nothing_of_a_peer_reaches_the_prompt(self):
        log = os.path.join(self.folder, "typed")
        # What is typed, byte by byte, as it comes.
        getty = self.board(command=f"stty raw -echo; exec cat >{log}")
        harness.until(lambda: os.path.exists(log), "it reads")
        for options in ([], ["--hello-at-prompt"], ["--protocol", "2"]):
            link = self.link(*options)
            link.stop()
            mark = getty.mark()
            getty.wait_for(r"it is a console again", after=mark)
        terminal = self.terminal()
        terminal.type(b"end")
        harness.until(lambda: os.path.getsize(log) >= 3, "the keys are there")
        with open(log, "rb") as file:
            self.assertEqual(file.read(), b"end")

    def test_several_look_at_it_and_a_slow_one_stops_nobody(self):
        self.board()
        self.link()
        one, other, stuck = self.screen(), self.screen(), self.screen()
        for screen in (one, other, stuck):
            screen.shows(rb"board# ")
        one.press(b"echo from-one\r")
        other.shows(rb"\nfrom-one\r\n")
        other.press(b"echo from-other\r")
        one.shows(rb"\nfrom-other\r\n")
        stuck.popen.send_signal(signal.SIGSTOP)
        one.press(b"seq 1 20000; echo all\r")
        one.shows(rb"\n20000\r\nall\r\n")
        self.assertNotIn(b"bytes lost", one.text)
        stuck.popen.send_signal(signal.SIGCONT)
        stuck.shows(rb"bytes lost")
        stuck.press(b"echo again\r")
        stuck.shows(rb"\nagain\r\n")

    def test_it_has_the_size_of_the_window_of_whoever_typed_last(self):
        self.board()
        self.link()

        def resize(screen, rows, columns):
            fcntl.ioctl(screen.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
            screen.popen.send_signal(signal.SIGWINCH)

        one, other = self.screen(), self.screen()
        resize(one, 30, 90)
        resize(other, 40, 100)
        time.sleep(0.5)
        one.press(b"stty size\r")
        one.shows(rb"\n30 90\r\n")
        other.press(b"stty size\r")
        other.shows(rb"\n40 100\r\n")
        resize(other, 41, 101)
        time.sleep(0.5)
        other.press(b"stty size\r")
        other.shows(rb"\n41 101\r\n")

    def test_kernel_messages_are_shown_and_reach_no_stream(self):
        """They come from the same port, between any two bytes of the link."""
        echo = Echo(self)
        self.board("--allow", "127.0.0.1:*")
        port_file = os.path.join(self.folder, "port")
        self.link("-L", f"0:127.0.0.1:{echo.port}", "--test-port-file", port_file)
        with open(port_file, encoding="ascii") as file:
            port = int(file.read().split()[1])
        one, other = self.screen(), self.screen()
        for screen in (one, other):
            screen.shows(rb"board# ")
        kernel = os.open(self.wires.b, os.O_WRONLY | os.O_NOCTTY)
        self.addCleanup(os.close, kernel)
        os.write(kernel, b"[    1.000001] while nothing else is sent\r\n")
        for screen in (one, other):
            screen.shows(rb"\[    1.000001\] while nothing else is sent\r\n")
        with connect(port) as client:
            data = payload(60_000)
            client.sendall(data)
            for number in range(100, 160):
                os.write(kernel, b"[  %d.567890] usb 1-1: new high-speed USB device number %d\r\n" % (number, number))
                one.read(0.07)
            self.assertTrue(read_exactly(client, len(data)) == data, "the bytes differ")
        one.shows(rb"\[  159.567890\] usb 1-1: new high-speed USB device number 159\r\n")
        shown = len(re.findall(rb"\[  1\d\d.567890\] usb 1-1: new high-speed USB device number 1\d\d\r\n", one.text))
        self.assertGreater(shown, 54)  # one that cuts an end of frame in two may be missed
        one.press(b"echo intact\r")
        one.shows(rb"\nintact\r\n")

    def test_services_work_beside_the_console(self):
        echo = Echo(self)
        self.board("--allow", "127.0.0.1:*", cable=())
        port_file = os.path.join(self.folder, "port")
        self.link("-L", f"0:127.0.0.1:{echo.port}", "--test-port-file", port_file)
        with open(port_file, encoding="ascii") as file:
            port = int(file.read().split()[1])
        screen = self.screen()
        with connect(port) as client:
            data = payload(30_000)
            client.sendall(data)
            screen.press(b"echo beside\r")
            screen.shows(rb"\nbeside\r\n")
            self.assertTrue(read_exactly(client, len(data)) == data, "the bytes differ")

    def test_without_allow_shell_there_is_the_console_and_nothing_else(self):
        self.board()
        self.link()
        self.screen().shows(rb"board# ")
        result = subprocess.run([harness.BINARY, "shell", "--control", self.socket, self.wires.a, "id"],
                                capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(result.returncode, 255)
        self.assertIn("does not allow shells", result.stderr)

    def test_an_end_without_a_console_is_named(self):
        self.wires = self.cable()
        self.baud = 115200
        self.client_end(9, self.wires.b)
        self.link()
        result = subprocess.run([harness.BINARY, "console", "--control", self.socket, self.wires.a], stdin=subprocess.DEVNULL,
                                capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(result.returncode, 1)
        self.assertIn("there is no console at its other end: serialtcp getty", result.stderr)

    def test_with_a_key_and_no_text(self):
        key = os.path.join(self.folder, "cable.key")
        subprocess.run([harness.BINARY, "keygen", key], check=True, capture_output=True, timeout=60)
        self.board("--key", key, "--no-text")
        terminal = self.terminal()
        terminal.type(b"echo $((40000+2))\r\r\r\r")
        time.sleep(1)
        terminal.read()
        self.assertNotIn(b"40002", terminal.text)
        self.assertNotIn(b"board", terminal.text)
        terminal.close()
        self.link("--key", key)
        self.screen().shows(rb"board# ")

    def test_with_a_key_a_terminal_keeps_the_console_and_another_key_gets_none(self):
        keys = [os.path.join(self.folder, name) for name in ("one.key", "other.key")]
        for key in keys:
            subprocess.run([harness.BINARY, "keygen", key], check=True, capture_output=True, timeout=60)
        getty = self.board("--key", keys[0])
        terminal = self.terminal()
        terminal.ask(b"echo $((40+2))", rb"\n42\r\n")
        terminal.close()
        mark = getty.mark()
        link = self.link("--key", keys[1], wait=False)
        link.wait_for(r"another key")
        link.stop()
        getty.wait_for(r"there was no link: it is a console again", after=mark)
        link = self.link("--key", keys[0])
        self.screen().shows(rb"board# ")

    @unittest.skipUnless(os.access(LITE, os.X_OK), "needs serialtcp-lite")
    def test_the_lite_edition_has_it(self):
        self.board(program=LITE)
        self.link()
        screen = self.screen()
        screen.press(b"echo $((40+2))\r")
        screen.shows(rb"\n42\r\n")


class Programs(GettyCase):
    def test_one_that_ends_is_started_again(self):
        self.board()
        terminal = self.terminal()
        terminal.shows(rb"board# ")
        time.sleep(2.1)
        mark = len(terminal.text)
        terminal.type(b"exit\r")
        terminal.shows(rb"exit\r\n.*board# ", mark)

    def test_one_that_ends_at_once_is_started_at_growing_intervals(self):
        getty = self.board(command="echo once; exit 3")
        getty.wait_for(r"the program of the console ended with status 3 at once; it is started again in 1 s")
        getty.wait_for(r"it is started again in 2 s")
        getty.wait_for(r"it is started again in 4 s")
        terminal = self.terminal()
        mark = len(terminal.text)
        terminal.shows(rb"once\r\n", mark)

    def test_nothing_is_left_running(self):
        self.board().stop()
        terminal = self.terminal()
        for how in (signal.SIGTERM, signal.SIGKILL):
            mark = len(terminal.text)
            getty = self.getty()
            terminal.shows(rb"board# ", mark)
            pid = int(terminal.ask(b"echo pid=$$", rb"\npid=(\d+)\r\n").group(1))
            below = int(terminal.ask(b"sleep 1000 & echo below=$!", rb"\nbelow=(\d+)\r\n").group(1))
            getty.signal(how)
            getty.wait()
            for one in (pid, below):
                harness.until(lambda one=one: not os.path.exists(f"/proc/{one}"), f"{how!r}: {one} has ended")

    def test_output_that_nobody_reads_stops_no_program(self):
        self.board()
        link = self.link()
        screen = self.screen()
        flag = os.path.join(self.folder, "done")
        screen.press(f"seq 1 300000; touch {flag}\r".encode())
        screen.shows(rb"\n100\r\n")
        screen.press(b"\x1dq")
        self.assertEqual(screen.wait(), 0)
        harness.until(lambda: os.path.exists(flag), "the program goes on")
        self.assertEqual(link.stop(), 0)


class Ends(GettyCase):
    def test_the_other_end_is_killed_and_comes_back(self):
        getty = self.board()
        link = self.link()
        screen = self.screen()
        screen.press(b"x=kept\r")
        screen.shows(rb"x=kept\r\nboard# ")
        link.expected_status = -signal.SIGKILL
        link.kill()
        self.assertEqual(screen.wait(), 1)
        mark = getty.mark()
        self.link()
        getty.wait_for(r"link ok", after=mark)
        screen = self.screen()
        screen.press(b"echo $x\r")
        screen.shows(rb"\nkept\r\n")

    def test_the_other_end_is_killed_and_a_person_comes(self):
        getty = self.board()
        link = self.link()
        link.expected_status = -signal.SIGKILL
        link.kill()
        time.sleep(1)  # until all that it has sent is there
        terminal = self.terminal()
        for _ in range(3):
            terminal.type(b"\r")
            time.sleep(0.2)
        getty.wait_for(r"somebody types there, and it is a console again")
        terminal.ask(b"echo $((40+2))", rb"\n42\r\n")

    def test_getty_is_killed_while_a_link_is_up(self):
        getty = self.board()
        link = self.link()
        mark = link.mark()
        getty.kill()
        getty = self.getty()
        getty.wait_for(r"link ok")
        link.wait_for(r"link ok", after=mark)
        self.screen().shows(rb"board# ")

    def test_a_board_that_boots_later_is_found(self):
        self.wires = self.cable()
        self.baud = 115200
        link = self.link(wait=False)
        board = os.open(self.wires.b, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(board)
        for line in range(40):
            os.write(board, b"[    0.%06d] the kernel prints something here, and more\r\n" % line)
        os.write(board, b"\r\nDebian GNU/Linux 12 board ttyS0\r\n\r\nboard login: ")
        link.wait_for(r"a login prompt")
        os.close(board)
        getty = self.getty(command="echo; printf 'board login: '; exec cat")
        getty.wait_for(r"link ok")
        link.wait_link()

    @unittest.skipUnless(os.access(OLD, os.X_OK), "scripts/build-2.0.0 has made no program")
    def test_version_2_0_0_gets_a_link_without_the_console(self):
        echo = Echo(self)
        self.board("-c", f"127.0.0.1:{echo.port}")
        old = self.server_end(self.wires.a, binary=OLD)
        old.wait_link()
        with connect(old.port) as client:
            client.sendall(b"through")
            self.assertEqual(read_exactly(client, 7), b"through")
        old.stop()
        time.sleep(AFTER_LINK + 1)
        self.terminal().ask(b"echo $((40+2))", rb"\n42\r\n")

    def test_bytes_of_nobody_do_no_harm(self):
        self.board(command=BASH)
        terminal = self.terminal()
        terminal.shows(rb"board# ")
        flood = payload(20_000).replace(b"\x13", b"")
        for at in range(0, len(flood), 512):
            os.write(terminal.fd, flood[at:at + 512])
            terminal.read()
        time.sleep(6)
        for keys in (b"\x11", b"\x03", b"\x03", b"\x15\r"):
            terminal.type(keys)
            time.sleep(0.2)
        terminal.type(b"\r\r\r")
        terminal.ask(b"\x03\x15stty sane; echo $((40+2))", rb"42\r?\n")


if __name__ == "__main__":
    harness.main()
