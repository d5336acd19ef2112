#!/bin/sh
# The first process of the guest of pins.py: shares /dev/ttyS1 by RFC 2217, and runs what the host writes on the console.
PATH=/bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
insmod /modules/e1000.ko
ip link set lo up
ip link set eth0 up
ip addr add 10.0.2.15/24 dev eth0

stty -F /dev/ttyS1 raw -hupcl
serialtcp share /dev/ttyS1 115200 --rfc2217 0.0.0.0:2217 2>/dev/console &
program=$!

echo "@@ ready" >/dev/console
while read -r command; do
  case $command in
    stop)
      kill $program
      wait $program
      echo "@@ status $?" >/dev/console
      ;;
    off) poweroff -f ;;
    *) $command >/dev/console 2>&1 ;;
  esac
done </dev/console
