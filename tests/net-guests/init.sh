#!/bin/sh
# The first process of a guest whose second serial port (/dev/ttyS1) is its only way to a network: loads the drivers of PPP and
# SLIP, and runs what the host says on the console, a line each: NUMBER COMMAND. Its end is said with that number and its status.
export PATH=/bin:/sbin:/usr/sbin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tmpfs run /run
mount -t tmpfs tmp /tmp
ip link set lo up
hostname board
stty -F /dev/console -echo
for module in $(cat /modules/order); do insmod "/modules/$module.ko"; done

# Each line with the time since the start before it.
stamp() {
  while read -r line; do
    read -r up rest </proc/uptime
    echo "$up $line"
  done
}

# await SECONDS COMMAND: until that succeeds, but not for ever.
await() {
  left=$(($1 * 20))
  until eval "$2" >/dev/null 2>&1; do
    left=$((left - 1))
    [ $left -gt 0 ] || return 1
    sleep 0.05
  done
}

# dial OPTION...: starts pppd, with what it says in /tmp/log; /tmp/ended is there when it has ended.
dial() {
  rm -f /etc/ppp/resolv.conf /tmp/log /tmp/ended
  {
    pppd /dev/ttyS1 115200 noauth nodetach debug logfd 2 "$@" 2>&1 | stamp >/tmp/log
    touch /tmp/ended
  } &
}

# attach PROTOCOL: SLIP, with the addresses that the network has.
attach() {
  slattach -p "$1" -s 115200 -L /dev/ttyS1 >/tmp/log 2>&1 &
  await 10 "[ -e /sys/class/net/sl0 ]"
  ip address add 10.0.2.15 peer 10.0.2.2 dev sl0
  ip link set sl0 up
}

# gone PROGRAM SIGNAL INTERFACE: ends the program, and waits until nothing of it is left.
gone() {
  killall "-$2" "$1"
  await 10 "! killall -0 $1 && ! [ -e /sys/class/net/$3 ]"
}

echo "@@ ready"
while read -r number command; do
  eval "$command" </dev/null
  echo "@@ $number ended $?"
done </dev/console
