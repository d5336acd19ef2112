#!/bin/sh
# The first process of a guest whose only serial port has the console: busybox's init and getty, as on small boards, and
# messages of the kernel if the host wants them (talk=QUIET, LEVEL: those of that level, 1 kB/s).
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
for folder in /dev/shm /run /tmp; do
  mkdir -p $folder
  mount -t tmpfs none $folder
done
mkdir -p /dev/pts
mount -t devpts none /dev/pts
ip link set lo up
hostname board

# What comes on a connection goes back on it.
nc -ll -p 7 -e cat &

talk=$(sed -n 's/.*talk=\([a-z0-9]*\).*/\1/p' /proc/cmdline)
if [ "$talk" != quiet ]; then
  number=0
  while sleep 0.1; do
    number=$((number + 1))
    echo "<$talk>usb 1-1: new high-speed USB device number $number using ehci-platform, and more of this" >/dev/kmsg
  done &
fi
exec init
