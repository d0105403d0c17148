#!/bin/bash
# The whole suite with every libtorch that we promise: this system's, Debian 13's (2.6) and the newest, Debian sid's (2.14). Not part of CI: sid moves.
# Needs root, debootstrap, 16 GB of disk and Debian's and NuGet's servers; an hour and more. Goes on where one fails, and says at the end which did.
#   scripts/libtorch-check.sh                    all three
#   scripts/libtorch-check.sh sid                only this one: here, trixie, sid
#   FOLDERS=/somewhere scripts/libtorch-check.sh  keeps the systems in /somewhere/tspin-debian13 and /somewhere/tspin-sid (default /var/tmp) for the next time
#   ARGUMENTS="Models" scripts/libtorch-check.sh  what `./tspin test` is given (default --all)
set -euo pipefail

here=$(cd "$(dirname "$0")/.." && pwd)
folders=${FOLDERS:-/var/tmp}
read -ra arguments <<<"${ARGUMENTS:---all}"
wanted=("$@")
if ((${#wanted[@]} == 0)); then wanted=(here trixie sid); fi

check() {
  case $1 in
  here) "$here/tspin" test "${arguments[@]}" ;;
  trixie) "$here/scripts/debian13-check.sh" "$folders/tspin-debian13" trixie "${arguments[@]}" ;;
  sid) "$here/scripts/debian13-check.sh" "$folders/tspin-sid" sid "${arguments[@]}" ;;
  *) echo "libtorch-check: '$1' is none of: here trixie sid" >&2; return 2 ;;
  esac
}

version() {
  local at=$here
  case $1 in
  trixie) at=$folders/tspin-debian13/work/main ;;
  sid) at=$folders/tspin-sid/work/main ;;
  esac
  sed -n 's/^version: //p' "$at/artifacts/native/libtorch.txt" 2>/dev/null || echo "none built"
}

results=() failed=0
for one in "${wanted[@]}"; do
  echo "libtorch-check: $one"
  if check "$one"; then
    results+=("$one (libtorch $(version "$one")): passed")
  else
    results+=("$one (libtorch $(version "$one")): FAILED")
    failed=1
  fi
done
printf 'libtorch-check: %s\n' "${results[@]}"
exit $failed
