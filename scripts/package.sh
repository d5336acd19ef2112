#!/usr/bin/env bash
# Builds the Debian packages twice, compares the results, and has lintian judge them. Then installs, tries, upgrades, removes and
# purges serialtcp in a Debian 12 of its own, made by debootstrap. As root, on Debian 12.
#
#     scripts/package.sh [FOLDER [STEP]...]      the packages are in FOLDER/one afterwards (default: build/package)
#
# The steps; without any, the first five are done, which takes half an hour on two processors:
#     build     serialtcp, twice in different folders
#     compare   the packages of both folders are the same
#     judge     lintian
#     try       install, a connection, remove and purge, in a Debian 12
#     upgrade   from an older package (OLD=FILE, else a copy of this one with a lower version), in a Debian 12 with a running systemd
#     boards    serialtcp-boards, twice, compared, judged and tried under qemu-user; an hour. BOARDS: some of the architectures
#     next      build in the next Debian, and what `try` does there; an hour
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/dependencies.sh
read -ra boards <<<"${BOARDS:-}"
folder=$(realpath -m "${1:-build/package}")
shift || true
say() { printf '\n==== %s\n' "$*"; }

# What git knows of, as it is now, in a folder of its own; then the package beside it.
build_in() {
  local tree=$folder/$1/tree
  rm -rf "${folder:?}/$1"
  mkdir -p "$tree"
  git ls-files -z | tar --null --files-from - -cf - | tar -C "$tree" -xf -
  say "Building in $tree"
  (cd "$tree" && DEB_BUILD_OPTIONS="parallel=${JOBS:-$(nproc)}" dpkg-buildpackage -us -uc "${@:2}") >"$folder/$1/log" 2>&1 ||
    { tail -50 "$folder/$1/log"; exit 1; }
}

build() {
  build_in one -b
  build_in second/folder -b
}

package() { echo "$folder/$1"/serialtcp_*.deb; }

# same FOLDER FOLDER: the packages in both.
same() {
  say 'The same from both builds?'
  (cd "$folder" && sha256sum "$1"/*.deb "$2"/*.deb)
  local one two
  for one in "$folder/$1"/*.deb; do
    two=$folder/$2/$(basename "$one")
    cmp "$one" "$two" || { echo "$one and $two differ"; exit 1; }
  done
}
compare() { same one second/folder; }

lint() { lintian --fail-on error --info --profile debian "$1"/serialtcp_*.changes; }
judge() {
  say lintian
  lint "$folder/one"
}

boards() {
  say 'Packages for other kinds of processors'
  local needed
  # Without s390x, which is for tests.
  [[ ${#boards[@]} -gt 0 ]] || boards=(x86_64 aarch64 armhf armel i386 mips mipsel riscv64)
  mapfile -t needed < <(scripts/build-boards --packages "${boards[@]}")
  install_packages "${needed[@]}" "${BOARD_TEST_PACKAGES[@]}"
  export BOARDS="${boards[*]}" SERIALTCP_BOARD_SOURCES=$folder/board-sources
  scripts/build-boards --fetch
  # Without the check of what the package asks for: the native compiler has no cross package, and some may be built only.
  build_in boards-one -A -Ppkg.serialtcp.boards -d
  build_in boards-second/folder -A -Ppkg.serialtcp.boards -d
  same boards-one boards-second/folder
  lint "$folder/boards-one"
  rm -rf "$folder/boards"
  dpkg-deb -x "$folder"/boards-one/serialtcp-boards_*.deb "$folder/boards"
  SERIALTCP=$folder/boards/usr/share/serialtcp/boards/serialtcp-x86_64 \
    tests/boards/run.py "$folder/boards/usr/share/serialtcp/boards" "${boards[@]}"
  ls -l "$folder"/boards-one/*.deb
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

# Of /run only what could be ours: servers and logins of the trial write there, too.
files() { (cd "$root" && find etc usr lib var/lib/systemd $([ ! -e run/serialtcp ] || echo run/serialtcp) -xdev | sort); }

# debian SUITE FOLDER PACKAGE...: a Debian in FOLDER, which is `root` from then on.
debian() {
  root=$folder/$2
  say "Debian $1 in $root"
  [[ -e $root/bin/sh ]] || debootstrap --variant=minbase "$1" "$root" "$(mirror)" >"$folder/debootstrap.log"
  # A service must not be started from within.
  printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
  chmod +x "$root/usr/sbin/policy-rc.d"
  apt update
  apt install --no-install-recommends "${@:3}"
  # Debian's installer writes this file.
  printf '127.0.0.1 localhost\n::1 localhost\n' >"$root/etc/hosts"
}

try() {
  debian bookworm root socat systemd udev openssh-server openssh-client iproute2
  cp "$(package one)" "$root/tmp/serialtcp.deb"
  install_and_purge
}

# The package of Debian 12 needs its version of fmt: the next Debian has another, and gets a package of its own.
next() {
  debian trixie next socat systemd udev openssh-server openssh-client iproute2
  say 'Building there'
  rm -rf "$root/src"
  mkdir -p "$root/src/tree"
  git ls-files -z | tar --null --files-from - -cf - | tar -C "$root/src/tree" -xf -
  in_root sh -ec "cd /src/tree && apt-get -q -y build-dep --no-install-recommends . && apt-get -q -y install --no-install-recommends g++
    DEB_BUILD_OPTIONS='parallel=${JOBS:-$(nproc)} ${NEXT_OPTIONS:-}' dpkg-buildpackage -us -uc -b" >"$folder/next.log" 2>&1 ||
    { tail -50 "$folder/next.log"; exit 1; }
  cp "$root"/src/serialtcp_*.deb "$root/tmp/serialtcp.deb"
  install_and_purge
}

install_and_purge() {
  # Of an earlier run.
  in_root dpkg --purge serialtcp
  apt autoremove --purge
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

# The first recipe of README.md, with an emulated cable, in a network of its own.
recipe() {
  say 'ssh and scp through a cable'
  in_root unshare --net sh -ec '
    ip link set lo up
    mkdir -p /run/sshd /root/.ssh
    rm -f /root/.ssh/recipe*
    ssh-keygen -q -t ed25519 -N "" -f /root/.ssh/recipe
    cp /root/.ssh/recipe.pub /root/.ssh/authorized_keys
    cd /tmp
    head -c 20000 /dev/urandom >image.bin
    /usr/sbin/sshd -D -o PidFile=none & sshd=$!
    serialtcp cable ./a ./b </dev/zero >cable.log 2>&1 & cable=$!
    until [ -e ./b ]; do sleep 0.1; done
    serialtcp -s 2222 ./a 2>near.log & near=$!
    serialtcp -c localhost:22 ./b 2>far.log & far=$!
    until grep -q "listening on" near.log; do sleep 0.1; done
    options="-i /root/.ssh/recipe -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR"
    ssh -p 2222 $options root@localhost echo it works | grep "it works"
    scp -P 2222 $options image.bin root@localhost:copy.bin
    cmp image.bin /root/copy.bin
    kill $near $far $cable $sshd
    cat near.log'
}

# ---- Upgrade ----

# With the version 2.1.0~0-1, for example, and nothing else that is different.
older_copy() {
  local place=$folder/older
  rm -rf "$place"
  dpkg-deb -R "$(package one)" "$place"
  sed -i -E 's/^Version: (.*)-([0-9]+)$/Version: \1~0-\2/' "$place/DEBIAN/control"
  dpkg-deb --root-owner-group -b "$place" "$folder/older.deb" >/dev/null
  echo "$folder/older.deb"
}

# A systemd in `root`, with a network of its own. It needs the unified hierarchy of cgroups, which it gets in a mount namespace.
boot() {
  rm "$root/usr/sbin/policy-rc.d"
  unshare --mount --propagation private sh -ec '
    [ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ] || { umount -l /sys/fs/cgroup; mount -t cgroup2 none /sys/fs/cgroup; }
    mkdir -p /run/systemd
    mount -t tmpfs none /run/systemd
    exec systemd-nspawn -q -D "$1" -M serialtcp-upgrade --boot --private-network --register=no --keep-unit --console=pipe' \
    sh "$root" </dev/null >"$folder/boot.log" 2>&1 &
  nspawn=$!
  local i
  for ((i = 0; i < 300; ++i)); do
    booted=$(pgrep -P "$nspawn" -x systemd || true)
    if [[ -n $booted ]] && [[ $(inside systemctl is-system-running 2>/dev/null) =~ running|degraded ]]; then return 0; fi
    sleep 0.2
  done
  cat "$folder/boot.log"
  echo 'systemd does not run'
  exit 1
}
inside() {
  nsenter -t "$booted" -m -u -i -n -p -C env DEBIAN_FRONTEND=noninteractive LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@" </dev/null
}
main_pid() { inside systemctl show -P MainPID "$1"; }
own_files() { (cd "$root" && sha256sum etc/serialtcp.toml etc/default/serialtcp@ttyX etc/serialtcp/cable.key etc/systemd/system/serialtcp.service.d/own.conf); }
enabled() { inside sh -c 'systemctl is-enabled serialtcp serialtcp@ttyX serialtcp@ttyY serialtcp@ttyZ; systemctl is-active serialtcp serialtcp@ttyX serialtcp@ttyY' || true; }

upgrade() {
  local old=${OLD:-$(older_copy)} pids own state version
  debian bookworm booted socat systemd systemd-sysv dbus udev procps
  in_root apt-get -q -y purge --autoremove serialtcp >/dev/null 2>&1 || true
  rm -rf "$root"/etc/serialtcp* "$root"/etc/default/serialtcp@* "$root"/etc/systemd/system/serialtcp.service.d
  cp "$old" "$root/root/old.deb"
  cp "$(package one)" "$root/root/new.deb"
  # What the package needs is there before and afterwards.
  apt install --no-install-recommends /root/new.deb
  apt purge serialtcp
  boot
  trap 'kill "$nspawn" 2>/dev/null; wait "$nspawn" || true' EXIT
  files >"$folder/before"
  say "The old one: $(dpkg-deb -f "$old" Version)"
  inside apt-get -q -y -o Dpkg::Use-Pty=0 install --no-install-recommends --allow-downgrades /root/old.deb
  inside sh -ec '
    mkdir -p /etc/serialtcp /etc/systemd/system/serialtcp.service.d
    serialtcp keygen /etc/serialtcp/cable.key
    chown serialtcp /etc/serialtcp/cable.key
    printf "[[link]]\nname = \"one\"\nport = \"/dev/none\"\nserver = 7001\nkey = \"/etc/serialtcp/cable.key\"\n" >/etc/serialtcp.toml
    echo "OPTIONS=\"-s 7002\"" >/etc/default/serialtcp@ttyX
    printf "[Service]\nRestartSec=7\n" >/etc/systemd/system/serialtcp.service.d/own.conf
    systemctl daemon-reload
    systemctl enable --now serialtcp serialtcp@ttyX
    systemctl enable serialtcp@ttyY'
  own=$(own_files) state=$(enabled) pids="$(main_pid serialtcp) $(main_pid serialtcp@ttyX)"
  printf '%s\n' "$state"
  say "The new one: $(dpkg-deb -f "$root/root/new.deb" Version)"
  inside apt-get -q -y -o Dpkg::Use-Pty=0 install --no-install-recommends /root/new.deb
  version=$(inside dpkg-query -W -f '${Version}' serialtcp)
  [[ $version == "$(dpkg-deb -f "$root/root/new.deb" Version)" ]]
  [[ $(own_files) == "$own" ]] || { echo 'the configuration was changed'; exit 1; }
  [[ $(enabled) == "$state" ]] || { echo 'other units are enabled, or run:'; enabled; exit 1; }
  local before after unit
  read -ra before <<<"$pids"
  after=("$(main_pid serialtcp)" "$(main_pid serialtcp@ttyX)")
  for unit in 0 1; do
    [[ ${after[$unit]} != 0 && ${after[$unit]} != "${before[$unit]}" ]] || { echo "not restarted: ${before[*]}, ${after[*]}"; exit 1; }
  done
  [[ $(inside systemctl show -P RestartUSec serialtcp) == 7s ]]
  [[ $(main_pid serialtcp@ttyY) == 0 ]]
  inside systemctl reload serialtcp
  inside serialtcp status
  say 'Its own configuration, with one key missing, and a reload'
  sed -i 's|^key = .*|key = "/no/such.key"|' "$root/etc/serialtcp.toml"
  if inside systemctl reload serialtcp; then echo 'a reload without the key succeeds'; exit 1; fi
  inside serialtcp status one | grep 'not replaced by the last reload: Could not use the key file'
  [[ $(main_pid serialtcp) == "${after[0]}" ]]
  say Purge
  inside apt-get -q -y -o Dpkg::Use-Pty=0 remove serialtcp
  if inside pgrep -x serialtcp; then echo 'it still runs'; exit 1; fi
  inside apt-get -q -y -o Dpkg::Use-Pty=0 purge serialtcp
  files | grep -vE '^etc/(serialtcp|default/serialtcp@ttyX|systemd/system/serialtcp\.service\.d)' >"$folder/after"
  (cd "$root" && ls etc/serialtcp.toml etc/serialtcp/cable.key etc/default/serialtcp@ttyX)
  diff <(without_traces "$folder/before") <(without_traces "$folder/after")
  say 'The configuration is there, and nothing else'
}

install_packages "${BUILD_PACKAGES[@]}" "${PACKAGING_PACKAGES[@]}"
mkdir -p "$folder"
[[ $# -gt 0 ]] || set -- build compare judge try upgrade
for step; do
  case $step in
    build | compare | judge | try | upgrade | boards | next) "$step" ;;
    *) echo "There is no step $step."; exit 2 ;;
  esac
done
