#!/usr/bin/env bash
# Tries a Linux guest of QEMU, by hand: serialtcp runs in it, at the other side of -serial telnet:, unix: and tcp:, and of a
# virtserialport. The kernel is Debian's for clouds, of which only the package is unpacked; the rest of the guest is busybox.
#
#     scripts/qemu_guest.sh PROGRAM     PROGRAM: serialtcp, for this machine
#
# Needs qemu-system-x86, busybox, cpio, socat and apt. BYTES: how many are sent there and back (100000).
set -euo pipefail
bytes=${BYTES:-100000}

say() { printf '==== %s\n' "$*"; }
fail() { printf '%s\n' "$*" >&2; exit 1; }

[[ $# -eq 1 ]] || fail "usage: see the beginning of $0"
program=$(realpath "$1")
place=$(mktemp -d "${TMPDIR:-/tmp}/serialtcp-guest-XXXXXX")
running=()
trap 'kill "${running[@]}" 2>/dev/null || true; wait; rm -rf "$place"' EXIT

# wait_for LOG TEXT: at most two minutes.
wait_for() {
  local i
  for ((i = 0; i < 1200; ++i)); do
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

# Prints the path of vmlinuz; the modules are beside it.
kernel() {
  local package
  package=$(apt-cache depends linux-image-cloud-amd64 | awk '/Depends/ { print $2; exit }')
  (cd "$place" && apt-get download -qq "$package" >&2 && dpkg-deb -x "$package"_*.deb kernel)
  ls "$place"/kernel/boot/vmlinuz-*
}

initramfs() {
  local root=$place/root library module
  mkdir -p "$root"/{bin,proc,sys,dev,modules}
  cp /bin/busybox "$program" "$root/bin/"
  ldd /bin/busybox "$program" | grep -oE '/lib[^ ]+' | sort -u | while read -r library; do
    mkdir -p "$root${library%/*}"
    cp -L "$library" "$root$library"
  done
  for module in virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci virtio_console; do
    find "$place/kernel" -name "$module.ko" -exec cp {} "$root/modules/" \;
  done
  cat >"$root/init" <<'INIT'
#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
for module in virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci virtio_console; do
  insmod /modules/$module.ko
done
ifconfig lo up
until ls /dev/vport0p1; do sleep 0.1; done
for device in /dev/ttyS1 /dev/ttyS2 /dev/ttyS3 /dev/vport0p1; do
  serialtcp -c exec:cat $device &
done
echo "the guest is ready"
while true; do sleep 1000; done
INIT
  chmod +x "$root/init"
  (cd "$root" && find . | cpio -o -H newc --quiet | gzip -1) >"$place/initramfs"
}

# try_one KIND LINE
try_one() {
  local begun end
  "$program" -s "unix:$place/in-$1" "$2" 2>"$place/$1.log" &
  end=$!
  running+=("$end")
  wait_for "$place/$1.log" "link ok on"
  begun=$EPOCHSECONDS
  socat -t 120 - "UNIX-CONNECT:$place/in-$1" <"$place/sent" >"$place/received"
  cmp "$place/sent" "$place/received" || { cat "$place"/*.log; exit 1; }
  say "$1: $bytes bytes there and back are exact, in $((EPOCHSECONDS - begun)) s"
  grep -E " opened|without doubling" "$place/$1.log"
  kill "$end"
}

vmlinuz=$(kernel)
initramfs
head -c "$bytes" /dev/urandom >"$place/sent"
telnet=$(free_port)
tcp=$(free_port)
qemu-system-x86_64 -m 256 -display none -monitor none -no-reboot -nic none -kernel "$vmlinuz" -initrd "$place/initramfs" \
  -append 'console=ttyS0 quiet panic=-1' -serial "file:$place/console.log" \
  -serial "telnet:127.0.0.1:$telnet,server=on,wait=off" -serial "unix:$place/unix,server=on,wait=off" \
  -serial "tcp:127.0.0.1:$tcp,server=on,wait=off" -device virtio-serial \
  -chardev socket,id=port,path="$place/virtio",server=on,wait=off -device virtserialport,chardev=port,name=serialtcp &
running+=($!)
wait_for "$place/console.log" "the guest is ready"
try_one telnet "telnet://127.0.0.1:$telnet"
try_one unix "unix:$place/unix"
try_one tcp "socket://127.0.0.1:$tcp"
try_one virtserialport "unix:$place/virtio"
