"""serialtcp cp: files, folders and links to the other end of the cable and back; what is interrupted, full, refused or hostile."""

import os
import pathlib
import pty
import shutil
import stat
import subprocess

from harness import BINARY, Process, main, until
from shell import FAILED, LITE, Shells
from tcp import payload

SOME = 1


class Copies(Shells):
    def setUp(self):
        super().setUp()
        self.home = pathlib.Path(self.folder) / "there"
        self.here = pathlib.Path(self.folder) / "here"
        for folder in (self.home, self.here):
            folder.mkdir()

    def cp(self, *words, data=b"", cwd=None):
        return subprocess.run([BINARY, "cp", *[str(word) for word in words]], input=data, capture_output=True, timeout=120,
                              check=False, cwd=cwd or self.here)

    def copied(self, *words, **options):
        result = self.cp(*words, **options)
        self.assertEqual((result.returncode, result.stderr), (0, b""))
        return result.stdout

    def failed(self, *words, says, status=SOME, **options):
        result = self.cp(*words, **options)
        self.assertEqual(result.returncode, status, result.stderr)
        self.assertRegex(result.stderr.decode(), says)

    def there(self, path=""):
        return f"ttyA:{self.home}/{path}" if path else f"ttyA:{self.home}"

    def same(self, first, second):
        self.assertTrue(first.read_bytes() == second.read_bytes(), "the bytes differ")
        for what in ("st_mode", "st_mtime"):
            self.assertEqual(int(getattr(first.stat(), what)), int(getattr(second.stat(), what)), what)

    def no_partial_files(self):
        self.assertEqual([path for path in self.home.rglob(".*") if path.name.endswith("part")], [])

    def file(self, name, count, mode=0o640, seed=1):
        path = self.here / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(payload(count, seed))
        path.chmod(mode)
        os.utime(path, (1_000_000_000, 1_100_000_000 + seed))
        return path


class Files(Copies):
    def setUp(self):
        super().setUp()
        self.ends()

    def test_both_ways_with_modes_and_times(self):
        for number, (count, mode) in enumerate(((0, 0o600), (1, 0o755), (65_535, 0o444), (3_000_000, 0o640))):
            with self.subTest(count):
                source = self.file(f"file {number}", count, mode, number)
                self.copied(source, self.there())
                self.same(source, self.home / source.name)
                self.copied(source, self.there("other name"))
                self.same(source, self.home / "other name")
                self.copied(self.there(source.name), "back")
                self.same(source, self.here / "back")
                (self.home / "other name").chmod(0o600)
        self.no_partial_files()

    def test_several_and_the_others_if_one_fails(self):
        one, two = self.file("one", 100), self.file("two", 100_000)
        self.failed(one, "missing", two, self.there(), says=r"missing: no such file")
        self.same(one, self.home / "one")
        self.same(two, self.home / "two")
        back = self.here / "back"
        back.mkdir()
        self.failed(self.there("one"), self.there("none"), self.there("two"), "back", says=r"none: no such file")
        self.same(one, back / "one")
        self.same(two, back / "two")
        self.failed(one, two, self.there("one"), says=r"one: ")
        self.assertTrue((self.home / "one").is_file())

    def test_folders_and_links(self):
        self.file("tree/a", 1000)
        self.file("tree/deep/er/b", 70_000, 0o755, 3)
        for name, to in (("link", "a"), ("outside", "/etc/passwd"), ("broken", "nowhere")):
            (self.here / "tree" / name).symlink_to(to)
        (self.here / "tree" / "empty").mkdir(mode=0o750)
        self.failed("tree", self.there(), says=r"tree: it is a folder: with -r")
        self.copied("-r", "tree", self.there())
        self.copied("-r", self.there("tree"), "again")
        for copy in (self.home / "tree", self.here / "again"):
            subprocess.run(["diff", "-r", "--no-dereference", self.here / "tree", copy], check=True)
            self.same(self.here / "tree" / "deep" / "er" / "b", copy / "deep" / "er" / "b")
            self.assertEqual(stat.S_IMODE((copy / "empty").stat().st_mode), 0o750)
        self.copied("-r", "tree", self.there())  # once more, over what is there

    def test_pipes(self):
        data = payload(500_000)
        self.copied("-", self.there("from pipe"), data=data)
        self.assertTrue((self.home / "from pipe").read_bytes() == data, "the bytes differ")
        self.assertTrue(self.copied(self.there("from pipe"), "-") == data, "the bytes differ")
        self.failed("-", self.there(), data=data, says="give the name of a file in it")
        self.failed(self.there("none"), "-", says="no such file")

    def test_what_cannot_be_written_leaves_nothing(self):
        source = self.file("file", 200_000)
        (self.home / "file").mkdir()
        self.failed(source, self.there(), says=r"file: a folder is there")
        self.failed(source, self.there("none/file"), says=r"none: no such file")
        self.failed(source, "ttyA:/dev/null", says=r"something is there that is no file")
        self.failed("/dev/null", self.there(), says="it is neither a file nor a folder")
        self.no_partial_files()

    def test_a_full_disk_is_told_at_once_and_nothing_is_left(self):
        disk = self.home / "disk"
        disk.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "none", disk], check=False, capture_output=True)
        if mounted.returncode != 0:
            self.skipTest("nothing can be mounted here")
        self.addCleanup(subprocess.run, ["umount", disk], check=True)
        small = self.file("small", 100)
        self.failed(self.file("large", 3_000_000), small, self.there("disk"), says="large: cannot be written: .*space")
        self.assertEqual([path.name for path in disk.iterdir()], ["small"])

    def test_wrong_usage(self):
        for words, says in (((), "at least two places"), (("a", "b"), "one of both ends must be"),
                            (("ttyA:a", "ttyA:b"), "one of both ends must be this machine"), (("--nonsense",), "unknown option")):
            with self.subTest(words):
                self.failed(*words, status=2, says=says)

    def test_by_the_device_with_a_line_of_its_own(self):
        self.near.stop()
        source = self.file("file", 100_000)
        self.copied("-b", self.baud, source, f"{self.wires.a}:{self.home}")
        self.same(source, self.home / "file")


class Slow(Copies):
    baud = 115200

    def setUp(self):
        super().setUp()
        self.hold = ("--hold", "2")

    def begin(self, *words):
        process = subprocess.Popen([BINARY, "cp", *[str(word) for word in words]], cwd=self.here, stderr=subprocess.PIPE)

        def clean_up():
            process.kill()
            process.communicate()
        self.addCleanup(clean_up)
        return process

    def expect_resume(self, source, target, *words):
        """A copy that is killed in the middle goes on where it was."""
        partial = target.parent / f".{target.name}.serialtcp-part"
        process = self.begin(*words)
        until(lambda: partial.exists() and partial.stat().st_size > 60_000, "a part has arrived")
        process.kill()
        process.wait()
        until(lambda: not running_serve(), "the far end has ended")
        until(lambda: self.link(self.near)["connections_now"] == 0, "what was under way has arrived")
        self.assertFalse(target.exists())
        before = partial.stat().st_size
        sent = self.link(self.near)["data"]
        self.copied(*words)
        self.same(source, target)
        self.assertFalse(partial.exists())
        now = self.link(self.near)["data"]
        moved = sum(now[key] - sent[key] for key in ("sent_bytes", "received_bytes"))
        self.assertLess(moved, len(source.read_bytes()) - before + 20_000)

    def test_what_was_interrupted_is_continued(self):
        self.ends("--allow-shell", *self.hold, near=("-D", "0", *self.hold))
        source = self.file("large", 300_000)
        self.expect_resume(source, self.home / "large", source, self.there())
        there = self.home / "large"
        self.expect_resume(there, self.here / "back", self.there("large"), "back")

    def test_what_is_another_file_is_not_continued(self):
        self.ends("--allow-shell", *self.hold, near=("-D", "0", *self.hold))
        source = self.file("file", 100_000)
        (self.home / ".file.serialtcp-part").write_bytes(b"x" * 50_000)
        self.copied(source, self.there())
        self.same(source, self.home / "file")
        self.no_partial_files()

    def test_the_far_end_is_killed_and_the_copy_goes_on_later(self):
        self.ends("--allow-shell", *self.hold, near=("-D", "0", *self.hold))
        source = self.file("large", 200_000)
        process = self.begin(source, self.there())
        partial = self.home / ".large.serialtcp-part"
        until(lambda: partial.exists() and partial.stat().st_size > 60_000, "a part has arrived")
        self.kill(self.far)
        self.assertEqual(process.wait(60), FAILED)
        until(lambda: not running_serve(), "the far end has ended")
        self.far = self.end(self.wires.b, "--allow-shell")
        self.far.wait_for("link ok")
        self.copied(source, self.there())
        self.same(source, self.home / "large")


def running_serve():
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                words = pathlib.Path("/proc", entry, "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if words[1:3] == [b"cp", b"--serve"]:
                found.append(entry)
    return found


class Shown(Copies):
    baud = 115200

    def test_progress_on_a_terminal(self):
        self.ends()
        source = self.file("large", 90_000)
        near, theirs = pty.openpty()
        self.addCleanup(os.close, near)
        process = subprocess.Popen([BINARY, "cp", source, self.there()], cwd=self.here, stderr=theirs)
        self.addCleanup(process.kill)
        os.close(theirs)
        seen = b""
        while True:
            try:
                more = os.read(near, 65536)
            except OSError:
                break
            seen += more
        self.assertEqual(process.wait(60), 0)
        self.assertRegex(seen, rb"\rlarge +\d+%  \S+ k?B  \S+ kB/s  0:0\d left\x1b\[K")
        self.assertTrue(seen.endswith(b"\r\x1b[K"))


class AnyUser(Copies):
    def test_with_a_key_and_without_root(self):
        """Then the memory of the far end is closed to others, and so is what /proc has of it."""
        if os.geteuid() != 0:
            self.skipTest("the other tests run without root already")
        nobody = 65534
        key = os.path.join(self.folder, "key")
        subprocess.run([BINARY, "keygen", key], check=True, capture_output=True, timeout=60)
        own_key = os.path.join(self.folder, "own key")
        shutil.copy(key, own_key)
        os.chmod(own_key, 0o600)
        for path in (self.folder, key, self.home):
            os.chown(path, nobody, nobody)
        os.chmod(os.path.realpath(self.wires.b), 0o666)
        self.add(Process("far", [BINARY, "--allow-shell", "--key", key, self.wires.b, str(self.baud)], self.folder,
                         user=nobody)).wait_for("waiting|opened")
        source = self.file("file", 100_000)
        result = self.cp("-b", self.baud, "--key", own_key, source, f"{self.wires.a}:{self.home}")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.same(source, self.home / "file")
        self.assertEqual((self.home / "file").stat().st_uid, nobody)


class Refused(Copies):
    def test_without_the_option(self):
        self.ends("-c", "localhost:1")
        self.failed(self.file("file", 10), self.there(), status=FAILED, says=r"the other end does not allow shells: start it with --allow-shell")


class Lite(Copies):
    def test_the_edition_for_boards_is_a_far_end(self):
        self.ends(binary=LITE)
        source = self.file("file", 100_000)
        self.copied(source, self.there())
        self.copied(self.there("file"), "back")
        self.same(source, self.here / "back")


if __name__ == "__main__":
    main()
