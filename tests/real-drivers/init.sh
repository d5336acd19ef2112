#!/bin/sh
# The first process of a guest: loads the drivers, starts the program, and does what the host asks on its console.
# The kernel's command line says which end of the cable this is: end=usb or end=uart; and the speed: baud=115200.
PATH=/bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
ip link set lo up

say() { echo "@@ $*" >/dev/console; }

end=$(sed 's/.*end=\([a-z]*\).*/\1/' /proc/cmdline)
baud=$(sed 's/.*baud=\([0-9]*\).*/\1/' /proc/cmdline)
export XDG_STATE_HOME=/state
if [ "$end" = usb ]; then
  for module in usb-common usbcore xhci-hcd xhci-pci usbserial ftdi_sio; do insmod /modules/$module.ko; done
  serialtcp --server 127.0.0.1:2222 /dev/ttyUSB0 "$baud" 2>/dev/console &
else
  # An echo: what comes on a connection goes back on it.
  nc -ll -p 7 -e cat &
  serialtcp --client 127.0.0.1:7 /dev/ttyS1 "$baud" 2>/dev/console &
fi

# echo NAME: sends /data through the tunnel and compares what comes back. kill: the program, and another run of it.
echo_data() {
  nc 127.0.0.1 2222 </data >"/back.$1"
  if cmp -s /data "/back.$1"; then
    say "$1 exact"
  else
    say "$1 WRONG: $(wc -c <"/back.$1") of $(wc -c </data) bytes"
  fi
}

say ready
while read -r command name; do
  case $command in
    echo) echo_data "$name" & ;;
    speeds) say "speeds $(tail -1 /state/serialtcp/speeds) counters $(sed -n '/^1:/s/.*tx:/tx:/p' /proc/tty/driver/serial)" ;;
    names) say "names $(ls /dev/ttyUSB* 2>/dev/null | tr '\n' ' ')" ;;
    off) poweroff -f ;;
  esac
done </dev/console
