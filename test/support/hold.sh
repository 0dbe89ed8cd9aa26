#!/bin/sh
# hold.sh NAME disk|memory LOWERDIRS DIR NSPAWN-ARGUMENTS...
# Runs in a mount namespace of its own (unshare --mount), so that the overlay is gone when the last process is.
set -eu
umask 022
name=$1 where=$2 lower=$3 dir=$4
shift 4

# Machines in the same control group would share their services' groups: stopping ssh in one would reach into the other.
for root in /sys/fs/cgroup/systemd /sys/fs/cgroup/unified /sys/fs/cgroup; do
  if [ -f "$root/cgroup.procs" ]; then
    mkdir -p "$root/$name"
    echo 0 > "$root/$name/cgroup.procs"
  fi
done

if [ "$where" = memory ]; then
  mount -t tmpfs -o size=12g,mode=755 sftpjail-test "$dir"
fi
mkdir "$dir/upper" "$dir/work" "$dir/root"
mount -t overlay sftpjail-test -o "lowerdir=$lower,upperdir=$dir/upper,workdir=$dir/work,volatile" "$dir/root"

# nspawn passes a SIGTERM on as an orderly shutdown; a SIGKILL would leave the system inside running without it.
# Under --keep-unit nspawn answers a reboot inside with status 133 and leaves starting it again to its caller.
while :; do
  status=0
  setpriv --pdeathsig TERM systemd-nspawn --quiet --register=no --keep-unit --link-journal=no --console=pipe \
    --machine="$name" --directory="$dir/root" "$@" || status=$?
  [ "$status" = 133 ] || exit "$status"
done
