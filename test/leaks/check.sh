#!/usr/bin/env bash
# What a test run may leave on the machine: nothing. `check.sh before FILE`
# writes down what is there, `check.sh after FILE` fails on anything new.
set -u

state() {
  awk '{print "mount " $5}' /proc/self/mountinfo
  ls /run/netns 2>/dev/null | sed 's/^/netns /'
  ip -o link | awk -F': ' '{sub(/@.*/, "", $2); print "link " $2}'
  nft list tables 2>/dev/null | sed 's/^/nft /'
  find /sys/fs/cgroup -type d -name 'berth*' 2>/dev/null | sed 's/^/cgroup /'
  ps -eo comm= | grep -E '^(berthd|berth-|conmon|crun|lighttpd|nginx|docker-registry|registry)' | sed 's/^/process /'
  losetup -a 2>/dev/null | sed 's/:.*//; s/^/loop /'
  find /tmp /var/tmp /run -maxdepth 1 -name '*berth*' 2>/dev/null | sed 's/^/file /'
  echo "forward $(cat /proc/sys/net/ipv4/ip_forward)"
  echo "null $(stat -c '%a %u:%g' /dev/null)"
}

case ${1-} in
  before) state | LC_ALL=C sort > "$2" ;;
  after)
    # What ends by itself needs a moment: a monitor outlives its container.
    for _ in $(seq 50); do
      new=$(state | LC_ALL=C sort | LC_ALL=C comm -13 "$2" -)
      [ -z "$new" ] && exit 0
      sleep 0.1
    done
    printf 'left behind by the tests:\n%s\n' "$new"
    exit 1 ;;
  *) echo "usage: check.sh before|after FILE" >&2; exit 2 ;;
esac
