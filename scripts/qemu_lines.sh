#!/usr/bin/env bash
# Tries the serial ports of QEMU as lines, by hand: -serial telnet:, unix: and tcp:. The guest is a boot sector that relays
# between its two UARTs, so both ends of the link are on this machine: one at the kind of port that is tried, one at unix:.
#
#     scripts/qemu_lines.sh PROGRAM [telnet|unix|tcp]...     PROGRAM: serialtcp. All three kinds without one
#
# Needs qemu-system-x86, socat and binutils. BYTES: how many are sent there and back (50000).
set -euo pipefail
bytes=${BYTES:-50000}

fail() { printf '%s\n' "$*" >&2; exit 1; }

# Of each UART, what was received is sent by the other one, as soon as its FIFO of 16 bytes is empty.
boot_sector() {
  cat <<'ASSEMBLER'
.code16
.globl _start
_start:
  cli
  mov $0x3F8, %si
  mov $0x2F8, %di
  call set_up
  xchg %si, %di
  call set_up
relay:
  xchg %si, %di
  lea 5(%di), %dx
  in %dx, %al
  test $0x20, %al
  jz relay
  mov $16, %cx
next:
  lea 5(%si), %dx
  in %dx, %al
  test $0x01, %al
  jz relay
  mov %si, %dx
  in %dx, %al
  mov %di, %dx
  out %al, %dx
  loop next
  jmp relay
# 115200 8N1, the FIFO on and empty, DTR and RTS on.
set_up:
  lea 3(%si), %dx
  mov $0x80, %al
  out %al, %dx
  mov %si, %dx
  mov $1, %al
  out %al, %dx
  inc %dx
  mov $0, %al
  out %al, %dx
  inc %dx
  mov $7, %al
  out %al, %dx
  inc %dx
  mov $3, %al
  out %al, %dx
  inc %dx
  mov $3, %al
  out %al, %dx
  ret
.org 510
.word 0xAA55
ASSEMBLER
}

# wait_for LOG TEXT: at most a minute.
wait_for() {
  local i
  for ((i = 0; i < 600; ++i)); do
    if grep -q "$2" "$1" 2>/dev/null; then return 0; fi
    sleep 0.1
  done
  cat "$1" >&2
  fail "in vain waited for: $2"
}

# A number that no program listens at now.
free_port() {
  python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

try_one() {
  local kind=$1 place running=() port device line begun
  place=$(mktemp -d "${TMPDIR:-/tmp}/serialtcp-qemu-XXXXXX")
  port=$(free_port)
  device=$kind:127.0.0.1:$port
  case $kind in
    telnet) line=telnet://127.0.0.1:$port ;;
    tcp) line=socket://127.0.0.1:$port ;;
    unix)
      device=unix:$place/line
      line=unix:$place/line
      ;;
    *) fail "there is no kind $kind: there are telnet, unix and tcp" ;;
  esac
  (
    trap 'kill "${running[@]}" 2>/dev/null || true; wait; rm -rf "$place"' EXIT
    boot_sector >"$place/relay.s"
    as --32 "$place/relay.s" -o "$place/relay.o"
    ld -m elf_i386 -Ttext 0x7C00 --oformat binary "$place/relay.o" -o "$place/relay"
    head -c "$bytes" /dev/urandom >"$place/sent"
    qemu-system-x86_64 -display none -monitor none -drive file="$place/relay",format=raw,if=floppy,readonly=on -boot a \
      -serial "$device,server=on,wait=off" -serial "unix:$place/other,server=on,wait=off" >"$place/qemu.log" 2>&1 &
    running+=($!)
    "$program" -c exec:cat "unix:$place/other" 2>"$place/far.log" &
    running+=($!)
    "$program" -s "unix:$place/in" "$line" 2>"$place/near.log" &
    running+=($!)
    wait_for "$place/near.log" "link ok on"
    begun=$EPOCHSECONDS
    socat -t 120 - "UNIX-CONNECT:$place/in" <"$place/sent" >"$place/received"
    cmp "$place/sent" "$place/received" || { cat "$place"/*.log; exit 1; }
    printf '%s: %s bytes there and back are exact, in %s s\n' "-serial $kind:" "$bytes" $((EPOCHSECONDS - begun))
    grep -E "opened|without doubling" "$place/near.log"
  )
}

[[ $# -gt 0 ]] || fail "usage: see the beginning of $0"
program=$(realpath "$1")
shift
[[ $# -gt 0 ]] || set -- telnet unix tcp
for kind; do try_one "$kind"; done
