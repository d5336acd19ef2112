"""A terminal for tests of programs that use the whole screen: what it shows, and a program in a pty."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios

from harness import BINARY, until

STYLES = re.compile(r"\d+(;\d+)*")


class Emulator:
    """What a terminal shows. It knows what top may write, and no more: any other byte fails the test."""

    def __init__(self, width, height):
        self.alternate = self.cursor_hidden = False
        self.wraps = True
        self.resize(width, height)
        self.rest = ""

    def resize(self, width, height):
        self.width, self.height = width, height
        self.erase()
        self.x = self.y = 0

    def erase(self):
        self.rows = [[" "] * self.width for _ in range(self.height)]

    def write(self, text):
        text = self.rest + text
        self.rest = ""
        at = 0
        while at < len(text):
            if text[at] != "\x1b":
                self.put(text[at])
                at += 1
                continue
            found = re.compile(r"\x1b\[(\??)([0-9;]*)([A-Za-z])").match(text, at)
            if not found:
                if len(text) - at > 20:
                    raise AssertionError(f"an unknown sequence: {text[at:at + 20]!r}")
                self.rest = text[at:]
                return
            self.control(*found.groups())
            at = found.end()

    def put(self, character):
        if character in "\r\n" and not self.alternate:
            self.x = 0 if character == "\r" else self.x
            self.y += character == "\n"
            return
        if not character.isprintable():
            raise AssertionError(f"a control character: {character!r}")
        # After a change of size, what was meant for the old one may follow.
        if self.x < self.width and self.y < self.height:
            self.rows[self.y][self.x] = character
        self.x += 1

    def control(self, private, numbers, letter):
        if private:
            self.mode(numbers, letter)
        elif letter == "H":
            self.y, self.x = (int(number) - 1 for number in numbers.split(";"))
        elif letter == "J" and numbers == "2":
            self.erase()
        elif letter == "K" and numbers == "":
            if self.y < self.height:
                self.rows[self.y][self.x:] = [" "] * (self.width - self.x)
        elif not (letter == "m" and STYLES.fullmatch(numbers)):
            raise AssertionError(f"an unknown sequence: {numbers}{letter}")

    def mode(self, number, letter):
        on = {"h": True, "l": False}[letter]
        if number == "1049":
            self.alternate = on
        elif number == "25":
            self.cursor_hidden = not on
        elif number == "7":
            self.wraps = on
        else:
            raise AssertionError(f"an unknown mode: {number}")

    def lines(self):
        return ["".join(row).rstrip() for row in self.rows]

    def text(self):
        return "\n".join(self.lines())


class Top:
    """The program in a pty of its own, whose leader of the session it is."""

    def __init__(self, *args, width=80, height=24, env=None, program=None):
        self.screen = Emulator(width, height)
        self.written = 0
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.environ.update({"TERM": "xterm", "LC_ALL": "C.UTF-8", **(env or {})})
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
            command = program or [BINARY, "top", *[str(arg) for arg in args]]
            os.execvp(command[0], command)
        self.status = None

    def resize(self, width, height):
        self.screen.resize(width, height)
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def read(self, seconds=0.05):
        """Takes what it writes within this time; False if it has ended."""
        if not select.select([self.terminal], [], [], seconds)[0]:
            return True
        try:
            data = os.read(self.terminal, 65536)
        except OSError:
            return False
        self.written += len(data)
        self.screen.write(data.decode())
        return bool(data)

    def shows(self, pattern):
        """The match, once it is there."""
        def found():
            self.read()
            return re.search(pattern, self.screen.text(), re.MULTILINE)
        try:
            return until(found, f"the screen shows {pattern}")
        except AssertionError as error:
            raise AssertionError(f"{error}; it shows:\n{self.screen.text()}") from None

    def shows_no(self, pattern):
        def gone():
            self.read()
            return not re.search(pattern, self.screen.text(), re.MULTILINE)
        until(gone, f"the screen does not show {pattern}")

    def press(self, keys):
        os.write(self.terminal, keys.encode())

    def modes(self):
        return termios.tcgetattr(self.terminal)

    def wait(self):
        """Its exit status, negative for a signal."""
        def ended():
            alive = self.read()
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.status = os.waitstatus_to_exitcode(status)
                while alive and select.select([self.terminal], [], [], 0.05)[0]:
                    alive = self.read()
            return pid
        until(ended, "top has ended")
        return self.status

    def end(self):
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.terminal)
