#!/usr/bin/env bash
# Builds the Debian package twice, compares the results, and has lintian judge it. Then installs, tries, removes and purges it
# in a Debian 12 of its own, made by debootstrap. As root, on Debian 12; takes half an hour on two processors.
#
#     scripts/package.sh [FOLDER [STEP]...]      the packages are in FOLDER/one afterwards (default: build/package)
#
# The steps, without which all are done: build, compare, judge (lintian), try.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/dependencies.sh
folder=$(realpath -m "${1:-build/package}")
shift || true
suite=bookworm
say() { printf '\n==== %s\n' "$*"; }

# What git knows of, as it is now, in a folder of its own; then the package beside it.
build_in() {
  local tree=$folder/$1/tree
  rm -rf "${folder:?}/$1"
  mkdir -p "$tree"
  git ls-files -z | tar --null --files-from - -cf - | tar -C "$tree" -xf -
  say "Building in $tree"
  (cd "$tree" && DEB_BUILD_OPTIONS="parallel=$(nproc)" dpkg-buildpackage -us -uc -b) >"$folder/$1/log" 2>&1 ||
    { tail -50 "$folder/$1/log"; exit 1; }
}

build() {
  build_in one
  build_in two
}

package() { echo "$folder/$1"/serialtcp_*.deb; }

compare() {
  say 'The same from both builds?'
  (cd "$folder" && sha256sum one/*.deb two/*.deb)
  local one two
  for one in "$folder"/one/*.deb; do
    two=$folder/two/$(basename "$one")
    cmp "$one" "$two" || { echo "$one and $two differ"; exit 1; }
  done
}

judge() {
  say lintian
  lintian --fail-on error --info --profile debian "$folder"/one/serialtcp_*.changes
}

# in_root COMMAND...: within the other Debian.
# It sees the devices and processes of this machine; what is mounted for that vanishes with the command.
in_root() {
  unshare --mount --propagation private sh -ec '
    root=$1; shift
    mount -t proc none "$root/proc"
    mount --rbind /dev "$root/dev"
    exec chroot "$root" env DEBIAN_FRONTEND=noninteractive LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"' sh "$root" "$@"
}
apt() { in_root apt-get -q -y -o Dpkg::Use-Pty=0 "$@"; }

files() { (cd "$root" && find etc usr lib var/lib/systemd run -xdev 2>/dev/null | sort); }

try() {
  root=$folder/root
  say "Debian 12 in $root"
  [[ -e $root/bin/sh ]] || debootstrap --variant=minbase "$suite" "$root" "$(mirror)" >"$folder/debootstrap.log"
  # A service must not be started from within.
  printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
  chmod +x "$root/usr/sbin/policy-rc.d"
  apt update
  apt install --no-install-recommends socat systemd udev
  cp "$(package one)" "$root/tmp/serialtcp.deb"
  apt autoremove --purge  # of an earlier run
  files >"$folder/before"
  say 'Install'
  apt install --no-install-recommends /tmp/serialtcp.deb
  in_root serialtcp --version
  in_root getent passwd serialtcp
  in_root id -nG serialtcp | grep -w dialout
  in_root serialtcp --check-config /usr/share/doc/serialtcp/serialtcp.toml
  in_root systemd-analyze verify --man=no /lib/systemd/system/serialtcp.service
  recipe
  say 'Install again, remove, purge'
  apt install --reinstall /tmp/serialtcp.deb
  apt remove serialtcp
  apt purge --autoremove serialtcp
  rm "$root/tmp/serialtcp.deb"
  files >"$folder/after"
  # The user stays, as Debian's policy has it.
  diff <(without_traces "$folder/before") <(without_traces "$folder/after")
  say 'Everything is as it was before'
}

mirror() { sed -n 's/^URIs: \(.*debian\)$/\1/p; s/^deb \(\S*debian\) .*/\1/p' /etc/apt/sources.list /etc/apt/sources.list.d/*.sources 2>/dev/null | head -1; }

# Backups of the lists of users.
without_traces() { grep -vE '^etc/(passwd|group|shadow|gshadow)-$' "$1"; }

# Two ends and a connection through an emulated cable.
recipe() {
  say 'A connection'
  in_root sh -ec '
    cd /tmp
    serialtcp cable ./a ./b </dev/zero >cable.log 2>&1 & cable=$!
    sleep 1
    socat TCP-LISTEN:7777,bind=127.0.0.1,reuseaddr SYSTEM:"echo it works" & target=$!
    serialtcp -c localhost:7777 ./b 2>far.log & far=$!
    serialtcp -s 7778 ./a 2>near.log & near=$!
    sleep 2
    socat -t 10 TCP:127.0.0.1:7778 STDOUT | grep "it works"
    kill $near $far $cable'
}

install_packages "${BUILD_PACKAGES[@]}" "${PACKAGING_PACKAGES[@]}"
mkdir -p "$folder"
[[ $# -gt 0 ]] || set -- build compare judge try
for step; do
  case $step in
    build | compare | judge | try) "$step" ;;
    *) echo "There is no step $step."; exit 2 ;;
  esac
done
