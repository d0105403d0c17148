#!/bin/bash
# Proves a clone of this commit on a bare Debian 13, whose libtorch is 2.6: debootstrap makes the system in a folder, this machine's .NET SDK is
# lent to it, and `./tspin test` installs the rest, builds and tests. Needs root, debootstrap, 8 GB of disk and Debian's and NuGet's servers.
#   scripts/debian13-check.sh [FOLDER]         FOLDER (default /var/tmp/tspin-debian13) is kept for the next time
set -euo pipefail

here=$(cd "$(dirname "$0")/.." && pwd)
root=${1:-/var/tmp/tspin-debian13}
sdk=$(dirname "$(readlink -f "$(command -v dotnet)")")

[ "$(id -u)" = 0 ] || { echo "debian13-check: needs root (debootstrap and chroot do)" >&2; exit 2; }
command -v debootstrap >/dev/null || { echo "debian13-check: debootstrap is missing: apt-get install debootstrap" >&2; exit 2; }

[ -e "$root/etc/debian_version" ] || debootstrap --variant=minbase --include=ca-certificates,git,libstdc++6,zlib1g trixie "$root" http://deb.debian.org/debian

mounted=()
release() { for at in "${mounted[@]}"; do umount "$at"; done; }
trap release EXIT
lend() { mkdir -p "$root$2"; mount --bind "$1" "$root$2"; mounted+=("$root$2"); }
lend "$sdk" /usr/share/dotnet
lend /dev /dev
mkdir -p "$root/proc" && mount -t proc proc "$root/proc" && mounted+=("$root/proc")
[ ! -d "$here/../shared" ] || lend "$here/../shared" /work/shared

cp /etc/resolv.conf "$root/etc/resolv.conf"
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt" # whom this machine trusts, for packages fetched through a proxy
ln -sf /usr/share/dotnet/dotnet "$root/usr/bin/dotnet"
rm -rf "$root/work/main" && git clone --quiet "$here" "$root/work/main"
chroot "$root" env -i HOME=/root PATH=/usr/bin:/bin:/usr/sbin:/sbin DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 bash -c 'cd /work/main && ./tspin test'
