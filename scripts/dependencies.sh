# shellcheck shell=bash disable=SC2034
# The Debian packages that serialtcp needs, in one place, and how they are installed. Sourced by ./test, ./demo and .ci/run.

# Boost: what Debian 12 has by default, 1.74, is without Boost.JSON. Later ones have a newer default.
boost_package=libboost-dev
if grep -qs '^VERSION_CODENAME=bookworm' /etc/os-release; then boost_package=libboost1.81-dev; fi

# To build and run the program. g++, cmake and git are asked for too, so that a machine without them gets them.
BUILD_PACKAGES=(g++ cmake ninja-build "$boost_package" libfmt-dev libisal-dev libsodium-dev libzstd-dev
                libtomlplusplus-dev libslirp-dev)

# What the demonstration shows through the cable.
DEMO_PACKAGES=(python3 curl)

# The tests: their libraries, the format check, and the
# real programs that talk through the cable.
TEST_PACKAGES=(libgtest-dev libgmock-dev clang-format binutils groff-base python3 python3-serial util-linux
               openssh-server openssh-client curl git nginx-light dnsmasq-base bind9-dnsutils iperf3 redis-server
               rsync socat login bash dash busybox screen systemd ser2net gensio-bin
               inetutils-telnet tio minicom slirp liblwip-dev dpkg-dev iproute2 iputils-ping
               libcli11-dev libspdlog-dev)  # CLI11: of a benchmark; both: of version 2.0.0

# Programs for other machines, run here.
BOARD_TEST_PACKAGES=(qemu-user-static dnsmasq-base socat util-linux iproute2 python3)

# The Debian package, and trying it in a Debian of its own.
PACKAGING_PACKAGES=(debhelper dpkg-dev fakeroot pkg-config lintian debootstrap systemd-container procps)

# The fuzzers.
FUZZ_PACKAGES=(clang-19 libclang-rt-19-dev)

# missing_packages PACKAGE...: prints those that are not installed, one a line. Without an architecture, that of this machine is
# meant: others may be installed as well (cross compilers and libraries).
missing_packages() {
  local package kind native
  native=$(dpkg --print-architecture)
  for package in "$@"; do
    kind=$native
    [[ $package != *:* ]] || kind=${package#*:}
    dpkg-query -W -f '${Architecture} ${db:Status-Status}\n' "$package" 2>/dev/null | grep -qE "^($kind|all) installed$" ||
      printf '%s\n' "$package"
  done
}

# Runs apt-get as root, never asking anything.
apt_get() {
  local as_root=()
  if [[ $(id -u) -ne 0 ]]; then
    as_root=(sudo)
  fi
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Dpkg::Use-Pty=0 "$@" </dev/null
}

# Packages of servers start them and switch them on for the next boot. These tests start their own on loopback, and a
# developer's machine shall not offer more to its network than before: so switch off again what came with `packages`.
switch_off_new_services() {
  local package service as_root=()
  [[ $(id -u) -eq 0 ]] || as_root=(sudo)
  [[ -d /run/systemd/system ]] || return 0
  for package in "$@"; do
    case $package in
      openssh-server) service=ssh ;;
      nginx-light) service=nginx ;;
      redis-server) service=redis-server ;;
      ser2net) service=ser2net ;;
      *) continue ;;
    esac
    "${as_root[@]}" systemctl disable --now --quiet "$service" || true
  done
}

# install_packages PACKAGE...: installs what is missing, and says nothing when nothing is.
install_packages() {
  local missing
  if ! command -v dpkg-query >/dev/null; then
    printf 'This is not Debian: please install these packages (or what they are called here) by hand: %s\n' "$*" >&2
    return 0
  fi
  mapfile -t missing < <(missing_packages "$@")
  [[ ${#missing[@]} -gt 0 ]] || return 0
  if [[ $(id -u) -ne 0 ]] && ! command -v sudo >/dev/null; then
    printf 'Packages are missing and there is no sudo; as root, run: apt-get install %s\n' "${missing[*]}" >&2
    return 1
  fi
  printf 'Installing: %s\n' "${missing[*]}"
  apt_get update || printf 'apt-get update failed; trying with the package lists that are there.\n' >&2
  apt_get install --no-install-recommends "${missing[@]}" || {
    printf 'Could not install: %s. Is the network up, and is this Debian 12?\n' "${missing[*]}" >&2
    return 1
  }
  switch_off_new_services "${missing[@]}"
}

# Sources of the program are compiled twelve at a time, in a third of the time: where everything is built, and rarely.
# shellcheck disable=SC2034  # of those that source this
together=(-DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=12)

# cmake's arguments that every build of this machine has in common.
cmake_arguments() {
  printf '%s\n' -G Ninja
  if command -v ccache >/dev/null; then
    printf '%s\n' -DCMAKE_CXX_COMPILER_LAUNCHER=ccache
  fi
}
