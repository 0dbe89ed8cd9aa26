#!/bin/sh
# build.sh RECIPE TARGET MIRROR [LOWERDIRS]: makes one image. Run under flock, so that two runs never build the same one.
# A recipe without LOWERDIRS fills a root directory; one with them makes a layer that is stacked on top of those.
set -eu
umask 022
here=$(dirname "$0")
recipe=$1 target=$2 mirror=$3 lower=${4:-}
[ -d "$target" ] && exit 0
export DEBIAN_FRONTEND=noninteractive LC_ALL=C PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
draft=$target.draft
rm -rf "$draft"
mkdir -p "$draft/image"

inside() {
  systemd-nspawn --quiet --register=no --keep-unit --resolv-conf=off --pipe --directory="$1" \
    --machine="build-$$" --bind-ro="$here:/opt/image" sh -eu "/opt/image/$2"
}

if [ -z "$lower" ]; then
  . "$here/$recipe.base"
  # How this host reaches the package archive (a proxy, a frozen mirror) holds inside as well.
  for conf in $(grep -ls '^Acquire' /etc/apt/apt.conf.d/* || true); do
    cp "$conf" "$draft/image/etc/apt/apt.conf.d/"
  done
  [ ! -f "$here/$recipe.inside" ] || inside "$draft/image" "$recipe.inside"
else
  mkdir "$draft/work" "$draft/root"
  mount -t overlay sftpjail-test -o "lowerdir=$lower,upperdir=$draft/image,workdir=$draft/work" "$draft/root"
  inside "$draft/root" "$recipe.inside"
  umount "$draft/root"
fi
mv "$draft/image" "$target"
rm -rf "$draft"
