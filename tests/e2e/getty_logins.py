#!/usr/bin/env python3
"""Logins at the console of serialtcp getty, with the gettys and logins of util-linux and busybox: at the cable, and through
the link."""

import os
import shutil
import subprocess
import unittest

import harness
from getty import ROOT, GettyCase

PASSWORD = "correct horse"


@unittest.skipUnless(shutil.which("agetty") and shutil.which("login") and ROOT, "needs agetty, login, and root")
class Logins(GettyCase):
    def users(self):
        """What begins a program on a machine with a user of its own."""
        digest = subprocess.run(["openssl", "passwd", "-6", PASSWORD], check=True, capture_output=True, text=True).stdout.strip()
        for name, text in (("passwd", f"root:x:0:0:root:{self.folder}:/bin/sh\n"), ("shadow", f"root:{digest}:19000:0:99999:7:::\n")):
            with open(os.path.join(self.folder, name), "w", encoding="ascii") as file:
                file.write(text)
        os.chmod(os.path.join(self.folder, "shadow"), 0o600)
        script = os.path.join(self.folder, "board")
        with open(script, "w", encoding="ascii") as file:
            file.write("".join(f"mount --bind {self.folder}/{name} /etc/{name}\n" for name in ("passwd", "shadow")) +
                       'exec "$@"\n')
        return ["unshare", "--mount", "--", "sh", "-e", script]

    def log_in(self, screen, keys):
        mark = len(screen.text)
        keys(b"root\r")
        screen.shows(rb"assword:", mark)
        keys(PASSWORD.encode() + b"\r")
        screen.shows(rb"# $", mark)

    def log_in_and_link(self, command):
        """Logged in at the cable; what is seen then of the same shell through a link."""
        getty = self.board(command=command, wrap=self.users())
        terminal = self.terminal()
        terminal.shows(rb"login: $")
        self.log_in(terminal, terminal.type)
        terminal.ask(b"x=kept", rb"# $")
        terminal.close()
        link = self.link()
        screen = self.screen()
        screen.shows(rb"# ")
        return getty, link, screen

    def test_log_in_at_the_cable_and_go_on_through_the_link(self):
        getty, link, screen = self.log_in_and_link(None)
        screen.press(b"echo $x; tty; exit\r")
        screen.shows(rb"\nkept\r\n/dev/pts/\d+\r\n")
        screen.shows(rb"login: $")
        self.log_in(screen, screen.press)
        screen.press(b"\x1dq")
        self.assertEqual(screen.wait(), 0)
        self.assertEqual(link.stop(), 0)
        getty.wait_for(r"it is a console again")
        terminal = self.terminal()
        terminal.ask(b"echo $((40+2))", rb"\n42\r\n")
        terminal.type(b"exit\r")
        terminal.shows(rb"login: $")

    @unittest.skipUnless(shutil.which("busybox"), "needs busybox")
    def test_the_getty_and_login_of_busybox(self):
        getty, link, screen = self.log_in_and_link("exec busybox getty -L -l /bin/login 115200 - vt100")
        screen.press(b"echo $x; exit\r")
        screen.shows(rb"\nkept\r\n")
        screen.shows(rb"login: $")
        screen.press(b"\x1dq")
        self.assertEqual(screen.wait(), 0)
        self.assertEqual(link.stop(), 0)
        getty.wait_for(r"it is a console again")

    def test_a_link_at_the_login_prompt_leaves_no_user_name(self):
        getty = self.board(command=None, wrap=self.users())
        terminal = self.terminal()
        terminal.shows(rb"login: $")
        terminal.close()
        for _ in range(3):
            mark = getty.mark()
            link = self.link()
            self.assertEqual(link.stop(), 0)
            getty.wait_for(r"it is a console again", after=mark)
        terminal = self.terminal()
        self.log_in(terminal, terminal.type)
        self.assertNotIn(b"incorrect", terminal.text)


if __name__ == "__main__":
    harness.main()
