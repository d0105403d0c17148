#!/bin/bash
# Proves on a machine of another kind that the native side is right on arm64: the portable kernels and their tests are compiled with g++-aarch64-linux-gnu, warnings as errors, and run
# under qemu-aarch64; the shim's own code is read by that compiler with the headers of this system's libtorch-dev, which are the same for every processor (linking needs arm64's libtorch).
# Installs what is missing (Debian, Ubuntu; as root). Minutes; not part of CI.
#   scripts/arm64-check.sh [FOLDER]            FOLDER (default artifacts/arm64) is kept for the next time
set -euo pipefail

here=$(cd "$(dirname "$0")/.." && pwd)
folder=${1:-$here/artifacts/arm64}
compiler=aarch64-linux-gnu-g++
generator=()
if command -v ninja >/dev/null; then generator=(-G Ninja); fi

packages=()
command -v $compiler >/dev/null || packages+=(g++-aarch64-linux-gnu)
command -v qemu-aarch64 >/dev/null || packages+=(qemu-user)
if ((${#packages[@]} > 0)); then
  apt-get install -qy --no-install-recommends "${packages[@]}" || {
    echo "arm64-check: missing; cure, as root: apt-get update && apt-get install --no-install-recommends ${packages[*]}" >&2
    exit 2
  }
fi

cmake -S "$here/native/tspin_torch" -B "$folder" "${generator[@]}" -DCMAKE_BUILD_TYPE=Release -DTSPIN_TESTS_ONLY=ON -DTSPIN_WARNINGS_AS_ERRORS=ON \
  -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR=aarch64 -DCMAKE_CXX_COMPILER=$compiler
cmake --build "$folder" --parallel "$(nproc)"
qemu-aarch64 -L /usr/aarch64-linux-gnu "$folder/kernel_tests"

# ---- the shim ----

if [ ! -e /usr/include/ATen/ATen.h ]; then
  echo "arm64-check: kernels are right; the shim was not read: no libtorch-dev in /usr/include"
  exit 0
fi
# Only what libtorch's package put into /usr/include: the rest of it belongs to this machine's own C library.
headers=$folder/include
rm -rf "$headers" && mkdir -p "$headers"
for name in ATen c10 caffe2 torch; do
  if [ -e "/usr/include/$name" ]; then ln -s "/usr/include/$name" "$headers/$name"; fi
done
standard=17
if grep -q "error C++20 or later" /usr/include/ATen/ATen.h; then standard=20; fi
find "$here/native/tspin_torch/ops" -name "*.cpp" | sort | xargs -P "$(nproc)" -I{} sh -c 'echo "reading $(basename {})"; exec "$@" {}' read \
  $compiler -std=c++$standard -fsyntax-only -Wall -Wextra -Werror -Wno-psabi -fopenmp "-I$here/native/tspin_torch" -isystem "$headers" -isystem "$headers/torch/csrc/api/include"
echo "arm64-check: kernels are right, and the shim compiles"
