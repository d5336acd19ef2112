#!/usr/bin/env python3
"""A real console is at the other end of the cable, not serialtcp. Nothing that serialtcp sends ends a line there; the
log says what is there and what to do; and at a prompt nothing is sent any more.

Each kind of end is tested with each console at the same time: agetty and login, bash, dash, busybox. The test is in
between: it passes bytes on like a cable and keeps what was sent. Shells record each prompt that they print: a second
one would mean that they have read a line. agetty's login program records each name.
"""

import os
import shutil
import subprocess
import threading
import time
import tty
import select
import unittest

import harness

# After the console was recognised, nothing may be sent for this long: earlier versions sent a hello every second.
SILENT = 3.0
ROOT = os.geteuid() == 0


class Wire:
    """Two ptys: one for serialtcp, one for the console. What serialtcp sends is kept, with its time."""

    def __init__(self):
        self.near, near_end = os.openpty()
        self.far, far_end = os.openpty()
        self.near_end, self.far_end = near_end, far_end  # kept open, so that no end sees a hangup
        tty.setraw(near_end)
        self.line = os.ttyname(near_end)
        self.console = os.ttyname(far_end)
        self.shown = b""
        self.said = []
        self.connected = False
        self.stopped = False
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while not self.stopped:
            for ready in select.select([self.near, self.far], [], [], 0.1)[0]:
                data = os.read(ready, 4096)
                if ready == self.near:
                    self.said.append((time.monotonic(), data))
                    os.write(self.far, data)
                else:
                    self.shown += data
                    if self.connected:
                        os.write(self.near, data)

    def type(self, text):
        """Types at the console's own keyboard."""
        os.write(self.far, text)

    def said_since(self, moment):
        return b"".join(data for when, data in self.said if when >= moment)

    def hang_up(self):
        """Ends the shell, which ignores SIGTERM."""
        self.stopped = True
        self.thread.join()
        os.close(self.far)
        os.close(self.far_end)

    def close(self):
        os.close(self.near)
        os.close(self.near_end)


class Consoles(harness.Case):
    def setUp(self):
        # Closed after the processes: an end would open its device again, which may be another test's by then.
        self.wires = []
        self.addCleanup(lambda: [wire.close() for wire in self.wires])
        super().setUp()

    def ends(self):
        key = os.path.join(self.folder, "key")
        subprocess.run([harness.BINARY, "keygen", key], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for options in ((), ("--protocol", "original"), ("--key", key)):
            for role in ("server", "client"):
                yield role, options

    def start_end(self, role, line, options):
        return self.server_end(line, *options) if role == "server" else self.client_end(9, line, *options)

    def notes(self, folder):
        path = os.path.join(folder, "notes")
        if not os.path.exists(path):
            return []
        with open(path, encoding="utf-8", errors="backslashreplace") as file:
            return file.read().splitlines()

    def begin(self, start, wire, folder):
        """The shell ignores SIGTERM: it is hung up before it is to end."""
        start(wire, folder)
        self.addCleanup(wire.hang_up)

    def check(self, start, told, *, notes, typed=None, redraws=False):
        """One end of each kind at such a console, which shows its prompt later; with `typed`, it has shown one before
        and gets this input.

        If the shell's line editor redraws a line into which a sealed hello was typed before the prompt, the console
        is sometimes only recognised as text, or by the end of its prompt.
        """
        met = []
        for number, (role, options) in enumerate(self.ends()):
            folder = os.path.join(self.folder, f"{number}")
            os.mkdir(folder)
            wire = Wire()
            self.wires.append(wire)
            if typed:
                self.begin(start, wire, folder)
                harness.until(lambda w=wire: b"login: " in w.shown, f"{role} {options}: the first prompt")
            wire.connected = True
            end = self.start_end(role, wire.line, options)
            harness.until(lambda w=wire: w.said, "the end says hello")
            if typed:
                wire.type(typed)
            else:
                self.begin(start, wire, folder)
            met.append((wire, folder, end, f"{role} {options}", redraws and "--key" in options))
        for _, _, end, _, unclear in met:
            end.wait_for("a shell is at the other end|receives readable text" if unclear else told, deadline=20)
        told_by = time.monotonic()
        time.sleep(SILENT)  # the test is that nothing is sent
        for wire, folder, end, name, unclear in met:
            if not unclear:
                self.assertEqual(wire.said_since(told_by), b"", name)
            self.assertEqual(self.notes(folder), notes, name)
            self.assertNotIn("makes no sense", end.text(), name)
            self.assertNotIn("nobody answers", end.text(), name)
            said = wire.said_since(0)
            for byte in b"\r\n\x03\x04\x1a\x1c;|&$`()<>":
                self.assertNotIn(byte, said, f"{name}: {byte:#x}")

    def agetty(self, wire, folder):
        login = os.path.join(folder, "login")
        with open(login, "w", encoding="ascii") as script:
            script.write(f'#!/bin/sh\nprintf "%s\\n" "$*" >>{folder}/notes\nexec login "$@"\n')
        os.chmod(login, 0o755)
        self.add(harness.Process(f"agetty-{os.path.basename(folder)}",
                                 ["agetty", "--local-line", "--login-program", login, "115200",
                                  wire.console.removeprefix("/dev/"), "vt100"], folder))

    def shell(self, wire, folder, words, settings):
        """`settings` make the shell print the prompt and record it."""
        rc = os.path.join(folder, "rc")
        with open(rc, "w", encoding="ascii") as file:
            file.write(settings.replace("NOTES", f"{folder}/notes"))
        command = f"exec {words.replace('RC', rc)} <{wire.console} >{wire.console} 2>&1"
        self.add(harness.Process(f"shell-{os.path.basename(folder)}", ["setsid", "sh", "-c", command], folder,
                                 env={"ENV": rc, "TERM": "vt100"}))

    @unittest.skipUnless(shutil.which("agetty") and shutil.which("login") and ROOT, "needs agetty, login, and root")
    def test_agetty_reads_no_name(self):
        self.check(self.agetty, r'a login prompt is at the other end of .* \(it says ".*login:"\).*'
                                r"systemctl mask --now serial-getty@ttyS1.service", notes=[])

    @unittest.skipUnless(shutil.which("agetty") and shutil.which("login") and ROOT, "needs agetty, login, and root")
    def test_login_reads_no_password(self):
        self.check(self.agetty, r'a login prompt is at the other end of .* \(it says ".*assword:"\)',
                   typed=b"\x15nobody-of-this-name\r", notes=["-- nobody-of-this-name"])

    def test_bash_executes_nothing(self):
        def start(wire, folder):
            self.shell(wire, folder, "bash --rcfile RC -i",
                       "PS1='root@board:~# '\nPROMPT_COMMAND='echo prompt >>NOTES'\n")
        self.check(start, r'a shell is at the other end of .* \(it says "[^"]*root@board:~#', notes=["prompt"], redraws=True)

    def test_dash_executes_nothing(self):
        def start(wire, folder):
            self.shell(wire, folder, "dash -i", "PS1='$(echo prompt >>NOTES)$ '\n")
        self.check(start, r'a shell is at the other end of .* \(it says "\$', notes=["prompt"])

    @unittest.skipUnless(shutil.which("busybox"), "needs busybox")
    def test_busybox_executes_nothing(self):
        def start(wire, folder):
            self.shell(wire, folder, "busybox ash -i", "PS1='$(echo prompt >>NOTES)/ # '\n")
        # Its line editor scatters a sealed hello that was typed ahead over several lines: some of these prompts are
        # only reported as text.
        self.check(start, r'a shell is at the other end of .* \(it says "/ #', notes=["prompt"], redraws=True)


if __name__ == "__main__":
    harness.main()
