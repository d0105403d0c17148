#!/usr/bin/env bash
# Packs what scripts/gpu-check.sh needs for a machine with a GPU and without .NET: the command line, the benchmark and the tests of TSpin.Torch as
# self-contained executables, the sources of the native library, and the records of models and training beside this checkout.
#   scripts/gpu-pack.sh [FILE]      default .carry/tspin-gpu.tar.xz, which git ignores; at most 60 MiB, else it fails
# There: tar -xJf tspin-gpu.tar.xz && tspin-gpu/scripts/gpu-check.sh     (docs/gpu.md)
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.." && pwd)
file=${1:-$root/.carry/tspin-gpu.tar.xz}
most=$((60 << 20))
fail() { printf 'gpu-pack: %s\n' "$*" >&2; exit 1; }
command -v xz >/dev/null || fail "xz is missing: apt-get install xz-utils"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
pack=$work/tspin-gpu
mkdir -p "$pack/app" "$pack/scripts" "$(dirname "$file")"
for project in src/TSpin.Cli bench/TSpin.Bench tests/TSpin.Torch.Tests; do
  dotnet publish "$root/$project" -c Release -r linux-x64 --self-contained true -v q -nologo -maxcpucount:1 -o "$pack/app" >"$work/log" 2>&1 || { cat "$work/log" >&2; fail "$project cannot be published"; }
done
find "$pack/app" \( -name '*.pdb' -o -name '*.xml' -o -name libtspin_torch.so \) -delete
cp -R "$root/native" "$pack/native"
cp "$root/scripts/gpu-check.sh" "$root/scripts/gpu_peer.py" "$pack/scripts"
records=$root/../shared/reference
for name in models training; do
  if [[ -d $records/$name ]]; then mkdir -p "$pack/records" && cp -R "$records/$name" "$pack/records"; else printf 'gpu-pack: %s is not there; packed without\n' "$records/$name" >&2; fi
done
git -C "$root" log -1 --format='%H %cI' >"$pack/commit.txt" 2>/dev/null || printf 'unknown\n' >"$pack/commit.txt"
[[ -z $(git -C "$root" status --porcelain 2>/dev/null) ]] || printf 'with changes that are not committed\n' >>"$pack/commit.txt"

tar -C "$work" --owner=0 --group=0 --sort=name -cf - tspin-gpu | xz -T0 -6 >"$work/pack.tar.xz"
size=$(stat -c %s "$work/pack.tar.xz")
((size <= most)) || fail "the pack has $size bytes, more than the $most that may travel"
mv "$work/pack.tar.xz" "$file"
printf '%s: %.1f MiB\n' "$file" "$(awk "BEGIN { print $size / 1048576 }")"
