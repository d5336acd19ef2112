#!/usr/bin/env python3
"""Shows that the checks can fail: each is run on a small tree with one offence, and on the same tree without it."""

import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).parent
CLEAN = {
    "include/serialtcp/bytes.h": "// Bytes.\n#pragma once\n\n#include <cstdint>\n",
    "src/base/check.cpp": "// Reports bugs.\n#include <cstdio>\n",
    "src/link/sender.h": '// Sends.\n#pragma once\n\n#include "serialtcp/bytes.h"\n',
    "tests/e2e/one.py": "print(1)\n",
    "README.md": "# Example\n",
    "test": "true\n", "demo": "true\n", ".ci/run": "true\n", "scripts/dependencies.sh": "true\n",
    "scripts/build-2.0.0": "true\n", "scripts/package.sh": "true\n", "scripts/build-boards": "true\n", "scripts/finish-loader": "true\n",
    ".clang-format": "BasedOnStyle: Google\n",
}


class Checks(unittest.TestCase):
    def setUp(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="serialtcp-checks-"))
        self.addCleanup(shutil.rmtree, self.root)
        for name, text in CLEAN.items():
            self.write(name, text)

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def run_check(self, script, *args):
        result = subprocess.run([sys.executable, HERE / script, *args], capture_output=True, text=True, check=False)
        self.assertNotIn("Traceback", result.stderr)
        return result

    def assert_notices(self, script, *args, name, bad, says):
        """The check passes; with `bad` in the file it fails and says `says`; without it, it passes again."""
        self.assertEqual(self.run_check(script, *args).returncode, 0)
        self.write(name, bad)
        result = self.run_check(script, *args)
        self.assertEqual(result.returncode, 1, f"not noticed: {bad}")
        self.assertIn(says, result.stdout)
        if name in CLEAN:
            self.write(name, CLEAN[name])
        else:
            (self.root / name).unlink()
        self.assertEqual(self.run_check(script, *args).returncode, 0)

    def test_unique_names_notices_what_cannot_be_compiled_together(self):
        def file(body):
            return f"// Sends.\n\nnamespace serialtcp::link {{\n\nnamespace {{\n\n{body}\n\n}}  // namespace\n\n}}\n"
        for body, other in (("constexpr int kMost = 1;", "constexpr unsigned kMost = 2;"), ("struct Part {", "class Part {"),
                            ("int sum(int a, const X& b) {\n}", "int sum(int c,\n        const X& d) {\n}"),
                            ("using Kind = A::Kind;", "using Kind = B::Kind;")):
            self.write("src/link/one.cpp", file(body))
            self.assert_notices("unique_names.py", self.root, name="src/link/two.cpp", bad=file(other), says="one.cpp")
        self.write("src/link/one_windows.cpp", file("struct Part {"))
        self.assert_notices("unique_names.py", self.root, name="src/link/two.cpp", bad=file("struct Part {"), says="one_windows.cpp")
        # Another system, another library, another namespace, other parameters, the same meaning.
        self.write("src/link/one_posix.cpp", file("struct Part {"))
        self.write("src/link/one.cpp", file("constexpr int kMost = 1;\nusing Kind = A::Kind;\nint sum(int a) {\n}"))
        self.write("src/cli/two.cpp", file("constexpr int kMost = 1;"))
        self.write("src/mux/two.cpp", file("constexpr int kMost = 1;").replace("::link", "::mux"))
        self.write("src/link/three.cpp", file("using Kind = A::Kind;\nint sum(long a) {\n}"))
        self.assertEqual(self.run_check("unique_names.py", self.root).returncode, 0)

    def test_manual_notices_options_that_help_and_manual_do_not_share_and_bad_pages(self):
        program = self.root / "program"
        self.write("program", "#!/bin/sh\n"
                              "[ $1 != share -a $1 != console -a $1 != shell -a $1 != cp -a $1 != install -a $1 != getty -a $1 != test -a $1 != net ] || { echo ' --raw PORT'; exit; }\n"
                              "echo '  -s, --server PORT  listen'; echo '  --rts/--dtr 0|1'\n")
        program.chmod(0o755)
        head = ".Dd November 28, 2026\n.Dt P 1\n.Os\n.Sh NAME\n.Nm p\n.Nd does\n.Sh OPTIONS\n.Bl -tag -width Ds\n"
        good = head + ".It Fl s , -server Ar port\nListen.\n.It Fl -rts Cm 0 , Fl -dtr Cm 0\nPins.\n.El\n"
        good += '.\\" begin events\n.Bl -tag -width Ds\n.It Li link_up\nUp.\n.El\n.\\" end events\n'
        self.write("src/cli/log_event.cpp", 'LogEventInfo{LogEvent::link_up, "link_up", LogLevel::info},\n')
        self.write("man/serialtcp.1", good)
        of_command = head + ".It Fl -raw Ar port\nBytes.\n.El\n"
        self.write("man/serialtcp-share.1", of_command)
        self.write("man/serialtcp-console.1", of_command)
        self.write("man/serialtcp-shell.1", of_command)
        self.write("man/serialtcp-cp.1", of_command)
        self.write("man/serialtcp-install.1", of_command)
        self.write("man/serialtcp-test.1", of_command)
        self.write("man/serialtcp-getty.1", of_command)
        self.write("man/serialtcp-net.1", of_command)
        self.assertEqual(self.run_check("manual.py", self.root, program).stdout.strip(), "")
        for bad, says in (
                (good.replace(", Fl -dtr Cm 0", ""), "--dtr is missing"),
                (good.replace(".El", ".It Fl -more\nMore.\n.El"), "--more is described"),
                (good.replace("link_up", "link_is_up"), "the event link_up"),
                (good.replace("Up.", "Up.\n.It Li link_off\nOff."), "link_off is described"),
                (good + ".NoSuchMacro\n", "NoSuchMacro")):
            self.write("man/serialtcp.1", bad)
            result = self.run_check("manual.py", self.root, program)
            self.assertEqual(result.returncode, 1)
            self.assertIn(says, result.stdout)
        self.write("man/serialtcp.1", good)
        self.write("man/serialtcp-share.1", of_command.replace("-raw", "-cooked"))
        result = self.run_check("manual.py", self.root, program)
        self.assertIn("man/serialtcp-share.1: --raw is missing", result.stdout)

    def test_option_documents_notices_what_is_stale(self):
        tool = self.root / "tool"
        self.write("tool", """#!/bin/sh
            page=$1/man/page.1
            [ "$(cat "$page")" = new ] || { echo new >"$page"; echo "$page"; }""")
        tool.chmod(0o755)
        self.write("man/page.1", "new\n")
        self.assertEqual(self.run_check("option_documents.py", self.root, tool).returncode, 0)
        self.write("man/page.1", "old\n")
        result = self.run_check("option_documents.py", self.root, tool)
        self.assertEqual(result.returncode, 1)
        self.assertIn(f"man/page.1 is not what the option table makes of it; renew it with: {tool} ", result.stdout)
        self.assertEqual((self.root / "man/page.1").read_text(), "old\n", "the check changes nothing")

    def test_named_tests_notices_what_does_not_exist(self):
        self.write("tests/e2e/one.py", CLEAN["tests/e2e/one.py"])
        self.write("fuzz/line_fuzzer.cpp", "// Fuzzes.\n")
        self.write("build/CTestTestfile.cmake", "add_test(unit/Sender.Resends true)\n")
        good = "# T\n\n## Promises\n\n| promise | test |\n|---|---|\n| all | unit Sender.Resends; e2e one; line_fuzzer |\n"
        self.write("SECURITY.md", good)
        self.write("docs/testing.md", good)
        for bad, says in ((good.replace("Resends", "Forgets"), "no test is called Sender.Forgets"),
                          (good.replace("e2e one", "e2e two"), "no tests/e2e/two.py"),
                          (good.replace("line_fuzzer", "pair_fuzzer"), "no fuzz/pair_fuzzer.cpp")):
            for document in ("SECURITY.md", "docs/testing.md"):
                self.write(document, bad)
                result = self.run_check("named_tests.py", self.root, self.root / "build")
                self.assertEqual(result.returncode, 1)
                self.assertIn(document, result.stdout)
                self.assertIn(says, result.stdout)
                self.write(document, good)
        self.assertEqual(self.run_check("named_tests.py", self.root, self.root / "build").returncode, 0)

    def test_layering_notices_arrows_that_point_the_wrong_way(self):
        for name, include, says in (
                ("src/base/a.h", '"wire/frame.h"', "base must not include wire/frame.h"),
                ("src/link/a.h", '"mux/stream.h"', "link must not include mux/stream.h"),
                ("src/mux/a.cpp", '"secure/key.h"', "mux must not include secure/key.h"),
                ("src/secure/a.cpp", '"wire/frame.h"', "secure must not include wire/frame.h"),
                ("src/driver/a.cpp", '"link/sender.h"', "driver must not include link/sender.h"),
                ("src/net/a.cpp", '"port/line.h"', "net must not include port/line.h"),
                ("src/port/a.cpp", '"driver/driver.h"', "port must not include driver/driver.h"),
                ("src/sim/cable.h", '"sim/pair.h"', "sim must not include sim/pair.h"),
                ("src/sim/cable.h", '"wire/frame.h"', "sim must not include wire/frame.h"),
                ("src/tunnel/a.h", '"driver/driver.h"', "tunnel must not include driver/driver.h"),
                ("include/serialtcp/a.h", '"base/check.h"', "include must not include base/check.h")):
            self.assert_notices("layering.py", self.root, name=name, bad=f"// A.\n#include {include}\n", says=says)

    def test_layering_notices_the_outside_world_in_the_core(self):
        for header in ("boost/asio.hpp", "thread", "mutex", "iostream", "random", "unistd.h"):
            self.assert_notices("layering.py", self.root, name="src/link/a.cpp", bad=f"// A.\n#include <{header}>\n",
                                says=f"link must not include <{header}>")
        for code in ("std::chrono::steady_clock::now()", "std::random_device{}()", "clock_gettime(0, &t)"):
            self.assert_notices("layering.py", self.root, name="src/mux/a.cpp", bad=f"auto x = {code};\n",
                                says="mux must not use")

    def test_layering_notices_what_one_system_alone_has(self):
        for code, says in (("#include <linux/sockios.h>", "linux/"), ("#include <sys/prctl.h>", "sys/prctl.h"),
                           ("int f() { return prctl(3); }", "prctl"), ("auto f = open(\"/proc/self/fd/2\", 0);", "/proc/")):
            self.assert_notices("layering.py", self.root, name="src/os/a.cpp", bad=f"// A.\n{code}\n", says=says)
        for code, says in (("#include <windows.h>", "windows.h"), ('#include "os/windows.h"', "os/windows.h"),
                           ("int f() { return GetLastError(); }", "GetLastError")):
            self.assert_notices("layering.py", self.root, name="src/os/a.cpp", bad=f"// A.\n{code}\n", says=says)
        self.write("src/os/a_linux.cpp", "// A.\n#include <linux/sockios.h>\n")
        self.write("src/os/a_windows.cpp", "// A.\n#include <windows.h>\n")
        self.assertEqual(self.run_check("layering.py", self.root).returncode, 0)

    def test_mutations_notices_what_cannot_be_broken_any_more(self):
        self.write("tests/mutations/breakages.py", "from collections import namedtuple\n"
                   "Breakage = namedtuple('Breakage', 'promise file old new binary test')\n"
                   "BREAKAGES = [Breakage('it sends', 'src/link/sender.h', '// Sends.', '', 'unit', 'Sender.*')]\n")
        for bad in ("// Speaks.\n#pragma once\n", "// Sends. // Sends.\n#pragma once\n"):
            self.assert_notices("mutations.py", self.root, name="src/link/sender.h", bad=bad, says="it sends")

    def test_layering_notices_a_test_of_the_core_that_needs_the_shell(self):
        for header in ("driver/driver.h", "driver_fixture.h"):
            self.assert_notices("layering.py", self.root, name="tests/unit/link/a_test.cpp",
                                bad=f'// A.\n#include "{header}"\n', says="a test of the core must not include")

    def test_layering_notices_a_room_that_nobody_knows(self):
        self.assert_notices("layering.py", self.root, name="src/attic/a.cpp", bad="// A.\n", says="attic is a new room")

    def test_handlers_notices_an_object_that_may_be_gone(self):
        for call in ("timer_.async_wait([this](ErrorCode) {});", "asio::post(context_, [this, n] { f(n); });",
                     "socket_.async_wait(wait_read,\n    [n, this](ErrorCode) {});", "timer.async_wait([&](ErrorCode) {});"):
            self.assert_notices("handlers.py", self.root, name="src/driver/a.cpp", bad=f"void f() {{ {call} }}\n", says="a handler captures")
        self.write("src/driver/a.cpp", "void f() {\n  timer_.async_wait(lifetime_.guard([this](ErrorCode) {}));\n"
                   "  asio::post(context_, [self = shared_from_this()] { self->f([this] {}); });\n}\n")
        self.assertEqual(self.run_check("handlers.py", self.root).returncode, 0)

    def test_recipes_notices_what_other_systems_packages_would_miss(self):
        project = HERE.parent.parent
        self.write("CMakeLists.txt", (project / "CMakeLists.txt").read_text(encoding="utf-8"))
        shutil.copytree(project / "packaging", self.root / "packaging")
        self.assertEqual(self.run_check("recipes.py", self.root).stdout.strip(), "")
        for name, old, new, says in (
                ("openwrt/Makefile", "PKG_VERSION:=2", "PKG_VERSION:=9", "the version is 9"),
                ("openwrt/Makefile", "-DSERIALTCP_ISAL", "-DSERIALTCP_ISLE", "no option SERIALTCP_ISLE"),
                ("openwrt/Makefile", "+libstdcpp", "", "depends"),
                ("openwrt/Makefile", "$(PKG_NAME)-$(PKG_VERSION)", "$(PKG_NAME)-$(PKG_VERISON)", "PKG_VERISON"),
                ("openwrt/files/serialtcp.init", "procd_close_instance", "", "starts with"),
                ("openwrt/files/serialtcp.init", "HUP", "HUP; }; reload_service() { :", "sends no signal"),
                ("arch/PKGBUILD", "pkgver=2", "pkgver=9", "its version"),
                ("arch/PKGBUILD", "package()", "pakage()", "PKGBUILD"),
                ("arch/PKGBUILD", "-DSERIALTCP_ISAL", "-DSERIALTCP_ISLE", "no option SERIALTCP_ISLE")):
            path = self.root / "packaging" / name
            good = path.read_text(encoding="utf-8")
            self.assertIn(old, good)
            path.write_text(good.replace(old, new), encoding="utf-8")
            result = self.run_check("recipes.py", self.root)
            self.assertEqual(result.returncode, 1, f"not noticed: {new}")
            self.assertIn(says, result.stdout)
            path.write_text(good, encoding="utf-8")

    def test_tidiness_notices_each_offence(self):
        for check, name, bad, says in (
                ("format", "src/link/a.cpp", "// A.\nint  a ;\n", ""),
                ("length", "src/link/a.cpp", "// A.\n" * 501, "501 lines"),
                ("length", "README.md", "Line\n" * 131, "131 lines"),
                ("length", "README.md", "# Example\n" + "x" * 121 + "\n", "README.md:2: 121 characters"),
                ("opening", "src/link/a.cpp", "int a;\n", "open with a comment"),
                ("opening", "src/link/a.h", "// A.\nint a;\n", "#pragma once"),
                ("loose-ends", "src/link/a.cpp", "// TO" "DO: later\n", "TO" "DO"),
                ("scripts", "demo", "if true; then\n", "demo"),
                ("scripts", "tests/e2e/two.py", "def f(:\n", "two.py")):
            self.assert_notices("tidiness.py", check, self.root, name=name, bad=bad, says=says)

    def test_symbols_notices_what_a_pure_library_must_not_call(self):
        for code, says in (
                ("#include <chrono>\nlong f() { return std::chrono::steady_clock::now().time_since_epoch().count(); }", "now()"),
                ("#include <ctime>\nlong f() { timespec t; clock_gettime(CLOCK_REALTIME, &t); return t.tv_sec; }", "clock_gettime"),
                ("#include <random>\nunsigned f() { return std::random_device{}(); }", "random_device"),
                ("#include <cstdio>\nvoid f(int n) { std::printf(\"%d\", n); }", "printf"),
                ("#include <iostream>\nvoid f(int n) { std::cout << n; }", "cout"),
                ("#include <unistd.h>\nlong f(char* b) { return ::read(0, b, 1); }", "read")):
            result = self.run_check("symbols.py", self.library("a.cpp", code))
            self.assertEqual(result.returncode, 1, f"not noticed: {code}")
            self.assertIn(says, result.stdout)
        self.assertEqual(self.run_check("symbols.py", self.library("a.cpp", "int f() { return 1; }")).returncode, 0)
        self.assertEqual(self.run_check("symbols.py", self.library(
            "check.cpp", "#include <cstdio>\nvoid f(int n) { std::fprintf(stderr, \"%d\", n); }")).returncode, 0)

    def test_hardening_notices_each_protection_that_is_gone(self):
        good = {"pie": ["-fPIE", "-pie"], "relro": ["-Wl,-z,relro"], "now": ["-Wl,-z,now"],
                "protector": ["-fstack-protector-strong"], "assertions": ["-D_GLIBCXX_ASSERTIONS"],
                "fortify": ["-U_FORTIFY_SOURCE", "-D_FORTIFY_SOURCE=2"], "stack": ["-Wl,-z,noexecstack"]}
        bad = {"pie": (["-no-pie"], "PIE"), "relro": (["-Wl,-z,norelro"], "RELRO"), "now": (["-Wl,-z,lazy"], "BIND_NOW"),
               "protector": (["-fno-stack-protector"], "stack protector"), "assertions": ([], "_GLIBCXX_ASSERTIONS"),
               "fortify": (["-U_FORTIFY_SOURCE"], "_FORTIFY_SOURCE"), "stack": (["-Wl,-z,execstack"], "executed")}
        self.assertEqual(self.run_check("hardening.py", self.program(good)).returncode, 0)
        for protection, (flags, says) in bad.items():
            result = self.run_check("hardening.py", self.program({**good, protection: flags}))
            self.assertEqual(result.returncode, 1, f"not noticed: {protection}")
            self.assertIn(says, result.stdout)
            self.assertEqual(len(result.stdout.splitlines()), 1, result.stdout)

    def program(self, flags):
        self.write("main.cpp", "#include <cstdio>\n#include <vector>\nint main(int n, char** a) {\n  std::vector<int> v(n);\n"
                   "  char text[80];\n  std::sprintf(text, \"%s %d\", a[0], v[n]);\n  return std::puts(text);\n}\n")
        path = self.root / "program"
        subprocess.run(["g++", "-O2", "-w", *[flag for group in flags.values() for flag in group], "main.cpp", "-o", path],
                       cwd=self.root, check=True)
        return path

    def library(self, name, code):
        self.write(name, code + "\n")
        library = self.root / "lib.a"
        library.unlink(missing_ok=True)
        subprocess.run(["g++", "-O2", "-c", name, "-o", f"{name}.o"], cwd=self.root, check=True)
        subprocess.run(["ar", "rc", library, f"{name}.o"], cwd=self.root, check=True)
        return library


if __name__ == "__main__":
    unittest.main(verbosity=2)
