#!/usr/bin/env python3
"""What an end permits that serialtcp install, or --login, has started: shell and cp, by those that installed it; and these two
when they install it themselves."""

import os
import pathlib
import re
import shutil
import subprocess
import unittest

import harness
from board_rig import PASSWORD, ROOT, UP, Boards
from tcp import payload

NO_SESSION = 255


@unittest.skipUnless(ROOT, "needs root, for a machine with mounts of its own")
class Installed(Boards):
    def setUp(self):
        super().setUp()
        os.environ["RUNTIME_DIRECTORY"] = os.path.join(self.folder, "run")
        self.addCleanup(os.environ.pop, "RUNTIME_DIRECTORY")
        self.program()
        self.wire_to_board = self.wire()
        self.line = self.wire_to_board.line

    def bash(self, **options):
        self.shell(self.wire_to_board, "bash", "--norc", "-i", **options)

    def command(self, *words, data=b""):
        return subprocess.run([harness.BINARY, *[str(word) for word in words]], input=data, capture_output=True, timeout=200,
                              check=False, cwd=self.folder)

    def expect(self, *words, output=b"", errors=b"", status=0, data=b""):
        result = self.command(*words, data=data)
        self.assertEqual((result.returncode, result.stdout, result.stderr), (status, output, errors), words)

    def expect_board(self, to, *options):
        """It is the board that answers: /run is another one there."""
        self.expect("shell", *options, to, "cat; echo error >&2; touch /run/here; exit 7", data=b"data", output=b"data",
                    errors=b"error\n", status=7)
        self.assertFalse(os.path.exists("/run/here"))

    def expect_copies(self, to, *options):
        data = payload(70_000)
        source = pathlib.Path(self.folder, "source")
        source.write_bytes(data)
        source.chmod(0o751)
        self.expect("cp", *options, source, f"{to}:/run/copy")
        self.expect("cp", *options, f"{to}:/run/copy", "back")
        back = pathlib.Path(self.folder, "back")
        self.assertTrue(back.read_bytes() == data, "the bytes differ")
        self.assertEqual(back.stat().st_mode, source.stat().st_mode)
        self.assertFalse(os.path.exists("/run/copy"))

    def test_a_running_link_permits_shell_and_cp(self):
        self.bash()
        end = self.install(self.wire_to_board)
        end.wait_for(UP, deadline=120)
        self.expect_board(self.line)
        self.expect_board(os.path.basename(self.line))
        self.expect("shell", "-t", self.line, "stty size; tty | cut -c 1-9", output=b"24 80\r\n/dev/pts/\r\n")
        self.expect_copies(self.line)
        seen = len(self.wire_to_board.shown)
        self.assertEqual(end.stop(), 0)
        self.wait_for_prompt(self.wire_to_board, seen)

    def test_a_link_whose_options_are_others_permits_what_they_say(self):
        self.bash()
        self.install(self.wire_to_board, "--as", "--allow localhost:22").wait_for(UP, deadline=120)
        result = self.command("shell", self.line, "true")
        self.assertEqual(result.returncode, NO_SESSION)
        self.assertIn(b"does not allow shells: start it with --allow-shell", result.stderr)

    def test_shell_and_cp_install_it_and_give_the_console_back(self):
        self.bash()
        before = self.wire_to_board.modes()
        for expect in (self.expect_board, self.expect_copies, self.expect_board):
            seen = len(self.wire_to_board.shown)
            expect(self.line, "--login", "root", "--boards", self.boards)
            self.wait_for_prompt(self.wire_to_board, seen)
            harness.until(lambda: self.wire_to_board.modes() == before, "the terminal is as it was")
            harness.until(lambda: self.level() == "7", "kernel messages are shown again")

    @unittest.skipUnless(shutil.which("agetty") and shutil.which("login"), "needs agetty and login")
    def test_they_log_in_and_out(self):
        self.agetty(self.wire_to_board)
        options = ("--login", "root", "--boards", self.boards, "--password-file", self.password_file(PASSWORD))
        for _ in range(2):
            self.expect_board(self.line, *options)
            harness.until(lambda: self.wire_to_board.shown.rstrip().endswith(b"login:"), "the login prompt is back")
        self.expect_copies(self.line, *options)

    def test_what_cannot_be_installed_is_said_by_both(self):
        with open(os.path.join(self.folder, "uname"), "w", encoding="ascii") as file:
            file.write("#!/bin/sh\necho sparc64\n")
        os.chmod(os.path.join(self.folder, "uname"), 0o755)
        self.bash(PATH=f"{self.folder}:{os.environ['PATH']}")
        for words in (("shell", "--login", "root", "--boards", self.boards, self.line, "true"),
                      ("cp", "--login", "root", "--boards", self.boards, "/etc/hosts", f"{self.line}:")):
            result = self.command(*words)
            self.assertEqual((result.returncode, result.stdout), (NO_SESSION, b""))
            self.assertRegex(result.stderr.decode(), "which is sparc64: there are those for x86_64")
            self.assertEqual(len(re.findall("sparc64", result.stderr.decode())), 1)


if __name__ == "__main__":
    harness.main()
