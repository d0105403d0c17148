#!/bin/bash
# Proves a clone of this commit on a bare Debian 13, whose libtorch is 2.6: debootstrap makes the system in a folder, this machine's .NET SDK is
# lent to it, and `./tspin test` installs the rest, builds and tests. Needs root, debootstrap, 8 GB of disk and Debian's and NuGet's servers.
#   scripts/debian13-check.sh [FOLDER] [SUITE] [ARGUMENT...]
# FOLDER (default /var/tmp/tspin-debian13) is kept for the next time. SUITE (default trixie) may be sid, whose libtorch is the newest; what follows goes to `./tspin test`.
set -euo pipefail

here=$(cd "$(dirname "$0")/.." && pwd)
sdk=$(dirname "$(readlink -f "$(command -v dotnet)")")
# shellcheck source=scripts/debian13-chroot.sh
source "$here/scripts/debian13-chroot.sh"
debian "${2:-trixie}" "${1:-/var/tmp/tspin-debian13}" ca-certificates,git,libstdc++6,zlib1g
shift $(($# < 2 ? $# : 2))
lend "$sdk" /usr/share/dotnet
[ ! -d "$here/../shared" ] || lend "$here/../shared" /work/shared

cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt" # whom this machine trusts, for packages fetched through a proxy
ln -sf /usr/share/dotnet/dotnet "$root/usr/bin/dotnet"
rm -rf "$root/work/main" && git clone --quiet "$here" "$root/work/main"
# shellcheck disable=SC2016 # the inner shell's own
inside bash -c 'cd /work/main && ./tspin test "$@"' tspin "$@"
