"""What the first words of a stranger get: what to write instead, the ports of this machine, versions."""

import os
import subprocess

from harness import BINARY, Case, main


class FirstWords(Case):
    def run_it(self, *arguments, status=2):
        result = subprocess.run([BINARY, *arguments], capture_output=True, text=True, check=False, timeout=60,
                                stdin=subprocess.DEVNULL, cwd=self.folder)
        self.assertEqual(result.returncode, status, result.stderr)
        return result.stderr if status else result.stdout

    def test_nothing_at_all(self):
        text = self.run_it()
        self.assertTrue(text.startswith("serialtcp: what is to go through which serial port?\n"), text)
        self.assertIn("serialtcp --server 1234 /dev/", text)
        self.assertIn("serialtcp --client localhost:22 /dev/", text)
        self.assertRegex(text, r"Serial ports of this machine:\n  /dev/|No serial port was found")
        self.assertIn("serialtcp --help", text)

    def test_only_a_device(self):
        for words in (["/dev/ttyUSB0"], ["/dev/ttyUSB0", "9600"], ["--debug", "/dev/ttyUSB0"]):
            text = self.run_it(*words)
            self.assertTrue(text.startswith("serialtcp: what is to go through /dev/ttyUSB0?\n"), text)
            self.assertIn("to listen here:             serialtcp --server 1234 /dev/ttyUSB0\n", text)

    def test_unknown_words(self):
        self.assertIn("'cabel' is no command: did you mean 'cable'?", self.run_it("cabel", "a", "b"))
        self.assertIn("'help' is no command", self.run_it("help"))
        self.assertIn("unknown option --sever: did you mean '--server'?", self.run_it("--sever", "1", "x"))

    def test_devices_as_they_are_called_elsewhere(self):
        for port, says in (("COM3", "name of Windows"), ("ttyUSB99", "did you mean /dev/ttyUSB99?"),
                           ("dev/ttyUSB99", "did you mean /dev/ttyUSB99?"),
                           ("/dev/ttyUSB99,9600", "a word of its own: /dev/ttyUSB99 9600")):
            for words in (["--server", "0", port], [port]):
                self.assertIn(says, self.run_it(*words))

    def test_a_name_of_this_folder_is_no_mistake(self):
        os.symlink("/dev/null", os.path.join(self.folder, "ttyUSB99"))
        text = self.run_it("--server", "0", "--no-wait", "ttyUSB99", status=1)
        self.assertIn("Could not open serial port ttyUSB99: it is not a serial port", text)

    def test_a_device_that_is_not_there_is_told_with_those_that_are(self):
        text = self.run_it("--server", "0", "--no-wait", "/dev/ttyUSB99", status=1)
        self.assertRegex(text, r"/dev/ttyUSB99: no such device: is it plugged in\?; the serial ports here are: (/dev/|none)")
        server = self.server_end("/dev/ttyUSB99")
        server.wait_for(r"waiting for /dev/ttyUSB99: no such device.*; the serial ports here are: (/dev/|none)")

    def test_what_is_given_comes_back_harmless(self):
        for words in (["\x1b[2J"], ["/dev/\x1b]0;x\x07"], ["x\x1b" * 5000], ["-s", "1", "/dev/\x1b]0;x\x07,9600"]):
            self.assertNotIn("\x1b", self.run_it(*words))

    def test_versions(self):
        text = self.run_it("version", status=0)
        self.assertRegex(text, r"^serialtcp \d+\.\d+\.\d+\n")
        for library in ("Boost", "libsodium", "zstd"):
            self.assertRegex(text, rf"(?m)^  {library} +\d+\.\d+")
        self.assertEqual(self.run_it("--version", status=0), text.splitlines()[0] + "\n")
        self.run_it("version", "more")


if __name__ == "__main__":
    main()
