#!/usr/bin/env bash
# Builds the program for boards: static, small, one for each kind of processor, with Debian's cross compilers. And tries the
# results under qemu-user.
#
#     scripts/boards.sh kinds                    prints them
#     scripts/boards.sh packages [KIND...]       prints the Debian packages that this takes
#     scripts/boards.sh build FOLDER [KIND...]   makes FOLDER/KIND/serialtcp
#     scripts/boards.sh try FOLDER [KIND...]     runs each: its version, and a sealed transfer through an emulated cable
#
# A kind is what Debian calls the architecture. Without kinds: all of those below. JOBS: compilers at once.
set -euo pipefail
source_folder=$(realpath "$(dirname "$0")/..")

# Those for which Debian 12 has a cross compiler and libsodium.a and libzstd.a; as compilers and qemu-user call them.
declare -A triplets=([arm64]=aarch64-linux-gnu [armel]=arm-linux-gnueabi [armhf]=arm-linux-gnueabihf [i386]=i686-linux-gnu
                     [mipsel]=mipsel-linux-gnu)
declare -A processors=([arm64]=aarch64 [armel]=arm [armhf]=arm [i386]=i386 [mipsel]=mipsel)

say() { printf '==== %s\n' "$*"; }
fail() { printf '%s\n' "$*" >&2; exit 1; }

packages() {
  local kind
  printf '%s\n' qemu-user-static socat
  for kind; do
    printf '%s\n' "g++-${triplets[$kind]}" "libsodium-dev:$kind" "libzstd-dev:$kind"
  done
}

# Nothing of the machine is in it: no path, and no flag of a package that is built for this machine.
build_one() {
  local folder=$1 kind=$2 triplet=${triplets[$2]} log=$1/$2.log work=$1/build-$2
  say "$kind: $triplet-g++"
  command -v "$triplet-g++" >/dev/null || fail "$triplet-g++ is missing: see scripts/boards.sh packages $kind"
  mkdir -p "$folder/$kind"
  unset CFLAGS CXXFLAGS CPPFLAGS LDFLAGS
  cmake -S "$source_folder" -B "$work" -G Ninja --toolchain "$source_folder/cmake/board.cmake" -DSERIALTCP_BOARD="$triplet" \
    -DSERIALTCP_STATIC=ON -DSERIALTCP_TESTS=OFF -DSERIALTCP_BENCH=OFF -DCMAKE_BUILD_TYPE=MinSizeRel \
    -DCMAKE_CXX_FLAGS="-ffile-prefix-map=$source_folder=. -ffile-prefix-map=$work=." >"$log" 2>&1 &&
    ninja -C "$work" -j "${JOBS:-$(nproc)}" serialtcp >>"$log" 2>&1 || { tail -30 "$log" >&2; exit 1; }
  "$triplet-strip" --strip-all --remove-section=.comment --remove-section=.note -o "$folder/$kind/serialtcp" "$work/src/serialtcp"
  printf '%s: %s bytes\n' "$kind" "$(stat -c %s "$folder/$kind/serialtcp")"
}

# Both ends and the cable are the board's program. The devices are ptys of this machine.
try_one() {
  local program=$1/$2/serialtcp kind=$2 place running=()
  say "$kind under qemu-${processors[$2]}-static"
  [[ -x $program ]] || fail "$program is missing"
  ! readelf -d "$program" | grep -q NEEDED || fail "$program needs shared libraries"
  place=$(mktemp -d "${TMPDIR:-/tmp}/serialtcp-board-XXXXXX")
  run() { "qemu-${processors[$kind]}-static" "$program" "$@"; }
  run --version
  run keygen "$place/key" >/dev/null
  head -c 30000 /dev/urandom >"$place/sent"
  (
    trap 'kill "${running[@]}" 2>/dev/null || true; wait; rm -rf "$place"' EXIT
    "qemu-${processors[$kind]}-static" "$program" cable "$place/a" "$place/b" </dev/zero >"$place/cable.log" 2>&1 &
    running+=($!)
    wait_for "$place/cable.log" -e "$place/b"
    socat UNIX-LISTEN:"$place/out",fork SYSTEM:cat &
    running+=($!)
    "qemu-${processors[$kind]}-static" "$program" --key "$place/key" -c "unix:$place/out" "$place/b" 2>"$place/far.log" &
    running+=($!)
    "qemu-${processors[$kind]}-static" "$program" --key "$place/key" -s "unix:$place/in" "$place/a" 2>"$place/near.log" &
    running+=($!)
    wait_for "$place/near.log" "link ok on"
    socat -t 60 - "UNIX-CONNECT:$place/in" <"$place/sent" >"$place/received"
    cmp "$place/sent" "$place/received" || { cat "$place"/*.log; exit 1; }
    grep "link ok on" "$place/near.log"
    echo "$kind: 30000 bytes there and back are exact"
  )
}

# wait_for LOG TEXT, or wait_for LOG -e FILE: at most a minute.
wait_for() {
  local i
  for ((i = 0; i < 600; ++i)); do
    if [[ $2 == -e ]]; then
      if [[ -e $3 ]]; then return 0; fi
    elif grep -q "$2" "$1" 2>/dev/null; then
      return 0
    fi
    sleep 0.1
  done
  cat "$1" >&2
  fail "in vain waited for: ${*:2}"
}

step=${1:-}
shift || true
case $step in
  kinds | packages) folder= ;;
  build | try)
    [[ $# -gt 0 ]] || fail "which folder?"
    folder=$(realpath -m "$1")
    shift
    ;;
  *) fail "usage: see the beginning of $0" ;;
esac
[[ $# -gt 0 ]] || mapfile -t all < <(printf '%s\n' "${!triplets[@]}" | sort)
[[ $# -gt 0 ]] || set -- "${all[@]}"
for kind; do
  [[ -v triplets[$kind] ]] || fail "There is no kind $kind: there are ${!triplets[*]}."
done
case $step in
  kinds) printf '%s\n' "$@" ;;
  packages) packages "$@" ;;
  build) for kind; do (build_one "$folder" "$kind"); done ;;
  try) for kind; do try_one "$folder" "$kind"; done ;;
esac
