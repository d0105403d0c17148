# shellcheck shell=bash
# Sourced by the scripts that try this commit on a bare Debian in a folder. Needs root, debootstrap and Debian's server.
#   debian SUITE FOLDER PACKAGES   makes the system there, if it is not there yet, with some packages (comma-separated); its /dev and /proc are ready
#   debian13 FOLDER PACKAGES       the same with trixie
#   lend FROM TO                   shows a folder of this machine inside, at TO, until the script ends
#   inside COMMAND...              runs a command in it, with nothing of this shell's environment

mounted=()
release() { for at in "${mounted[@]}"; do umount "$at"; done; }

lend() { mkdir -p "$root$2"; mount --bind "$1" "$root$2"; mounted+=("$root$2"); }

inside() { chroot "$root" env -i HOME=/root PATH=/usr/bin:/bin:/usr/sbin:/sbin DEBIAN_FRONTEND=noninteractive DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 "$@"; }

debian() {
  root=$2
  local name
  name=$(basename "$0" .sh)
  [ "$(id -u)" = 0 ] || { echo "$name: needs root (debootstrap and chroot do)" >&2; exit 2; }
  if [ ! -e "$root/etc/debian_version" ]; then
    command -v debootstrap >/dev/null || { echo "$name: debootstrap is missing: apt-get install debootstrap" >&2; exit 2; }
    debootstrap --variant=minbase --include="$3" "$1" "$root" http://deb.debian.org/debian
  fi
  # sid's lists expire within a week, and a mirror or a clock may be behind; what was fetched is signed all the same.
  if [ "$1" = sid ]; then
    echo 'Acquire::Check-Valid-Until "false";' >"$root/etc/apt/apt.conf.d/99valid-until"
  fi
  trap release EXIT
  lend /dev /dev
  mkdir -p "$root/proc" && mount -t proc proc "$root/proc" && mounted+=("$root/proc")
  cp /etc/resolv.conf "$root/etc/resolv.conf"
}

debian13() { debian trixie "$@"; }
