#!/usr/bin/env python3
"""Checks the recipes of other systems' packages as far as that is possible without these systems: packaging/openwrt with small
stand-ins for OpenWrt's own files, and packaging/arch with bash.

    recipes.py ROOT [BUILD]     prints what is wrong; exit status 1 if there is something. With BUILD, installs from there, too
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

# What OpenWrt's rules.mk, package.mk and cmake.mk define of what the recipe uses.
RULES = """INCLUDE_DIR:=$(TOPDIR)/include
INSTALL_DIR:=install -d -m0755
INSTALL_BIN:=install -m0755
CP:=cp -fpR
TARGET_CXXFLAGS:=-Os
PKG_BUILD_DIR:=$(TOPDIR)/build
PKG_INSTALL_DIR:=$(TOPDIR)/installed
CMAKE_OPTIONS:=
"""
PACKAGE = """define Build/Prepare/Default
	mkdir -p $(PKG_BUILD_DIR)
endef
define BuildPackage
$(eval $(Package/$(1)))
values:
	@echo 'version=$(PKG_VERSION)'
	@echo 'source=$(PKG_SOURCE)'
	@echo 'options=$(CMAKE_OPTIONS)'
	@echo 'about=$(SECTION) $(CATEGORY) $(TITLE)'
	@echo 'depends=$(DEPENDS)'
	@echo 'conffiles=$(strip $(Package/$(1)/conffiles))'
prepare:
	$(value Build/Prepare)
install:
	$(call Package/$(1)/install,$(TOPDIR)/root)
endef
"""
PROCD = """
procd_open_instance() { echo open; }
procd_close_instance() { echo close; }
procd_set_param() { echo "$*"; }
procd_send_signal() { echo "signal $*"; }
"""


def run(command, **options):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False, **options)


def facts(root):
    """The version of the project, and its options."""
    text = (root / "CMakeLists.txt").read_text(encoding="utf-8")
    return re.search(r"project\(serialtcp VERSION (\S+)", text).group(1), set(re.findall(r"(?m)^option\((SERIALTCP_\w+)", text))


def check_options(name, text, options):
    for option in re.findall(r"-D(SERIALTCP_\w+)", text):
        if option not in options:
            yield f"{name}: CMakeLists.txt has no option {option}"


def make(recipe, top, *goals):
    return run(["make", "--no-print-directory", "--warn-undefined-variables", "-f", recipe, f"TOPDIR={top}", *goals], cwd=recipe.parent)


def check_openwrt(root, installed):
    version, options = facts(root)
    recipe = root / "packaging/openwrt/Makefile"
    with tempfile.TemporaryDirectory(prefix="serialtcp-recipes-") as folder:
        top = pathlib.Path(folder)
        (top / "include").mkdir()
        (top / "rules.mk").write_text(RULES, encoding="utf-8")
        (top / "include/package.mk").write_text(PACKAGE, encoding="utf-8")
        (top / "include/cmake.mk").write_text("", encoding="utf-8")
        shown = make(recipe, top, "values")
        if shown.returncode != 0 or shown.stderr:
            yield f"{recipe}: {shown.stderr}"
            return
        values = dict(line.split("=", 1) for line in shown.stdout.splitlines())
        if values["version"] != version:
            yield f"{recipe}: the version is {values['version']}, and that of the project {version}"
        if len(values["about"].split()) < 3 or "+libstdcpp" not in values["depends"] or values["conffiles"] != "/etc/serialtcp.toml":
            yield f"{recipe}: {values}"
        yield from check_options(recipe, values["options"], options)
        if installed:
            (top / "installed").symlink_to(installed)
            done = make(recipe, top, "prepare", "install")
            if done.returncode != 0:
                yield f"{recipe}: {done.stderr}"
            for name in ("root/usr/bin/serialtcp", "root/etc/init.d/serialtcp", "build/headers/toml++/toml.h"):
                if not (top / name).is_file():
                    yield f"{recipe}: {name} is not made"


def check_init(root):
    script = root / "packaging/openwrt/files/serialtcp.init"
    text = script.read_text(encoding="utf-8")
    if not text.startswith("#!/bin/sh /etc/rc.common\n") or not os.access(script, os.X_OK):
        yield f"{script}: it is not a script of /etc/rc.common"
    for config, wanted in (("/no/such.toml", ""), (script, "open\ncommand /usr/bin/serialtcp --config " + str(script))):
        done = run(["sh", "-euc", f"{PROCD}\n. '{script}'\nCONFIG='{config}'\nstart_service"])
        if done.returncode != 0 or not done.stdout.startswith(wanted) or bool(wanted) != done.stdout.endswith("close\n"):
            yield f"{script}: starts with {done.stdout!r} {done.stderr!r}"
    if "signal serialtcp" not in run(["sh", "-euc", f"{PROCD}\n. '{script}'\nreload_service"]).stdout:
        yield f"{script}: a reload sends no signal"


def check_arch(root, build):
    version, options = facts(root)
    recipe = root / "packaging/arch/PKGBUILD"
    shown = run(["bash", "-euc", f". '{recipe}'; declare -F build package; echo \"$pkgver $arch\""])
    if shown.returncode != 0 or shown.stdout.splitlines()[:2] != ["build", "package"]:
        yield f"{recipe}: {shown.stdout}{shown.stderr}"
    elif shown.stdout.splitlines()[2].split()[0] != version:
        yield f"{recipe}: its version is not that of the project, {version}"
    yield from check_options(recipe, recipe.read_text(encoding="utf-8"), options)
    if not build:
        return
    with tempfile.TemporaryDirectory(prefix="serialtcp-recipes-") as folder:
        here = pathlib.Path(folder)
        (here / "build").symlink_to(build)
        (here / f"serialtcp-{version}").symlink_to(root)
        done = run(["bash", "-euc", f". '{recipe}'; package"], cwd=here, env={**os.environ, "pkgdir": f"{here}/root"})
        files = {path.name for path in (here / "root").rglob("*") if path.is_file()}
        if done.returncode != 0 or not {"serialtcp", "serialtcp.1", "LICENSE", "serialtcp.service"} <= files:
            yield f"{recipe}: package() makes {sorted(files)}: {done.stderr}"


def offences(root, build):
    if not build:
        yield from (*check_openwrt(root, None), *check_init(root), *check_arch(root, None))
        return
    with tempfile.TemporaryDirectory(prefix="serialtcp-recipes-") as installed:
        done = run(["cmake", "--install", build, "--prefix", "/usr"], env={**os.environ, "DESTDIR": installed})
        if done.returncode != 0:
            yield done.stderr
        yield from (*check_openwrt(root, installed), *check_init(root), *check_arch(root, build))


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    found = list(offences(root, pathlib.Path(sys.argv[2]).resolve() if len(sys.argv) > 2 else None))
    print("\n".join(str(one) for one in found))
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
