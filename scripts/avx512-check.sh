#!/bin/bash
# Runs the tests of the AVX-512 kernels on a machine that has only AVX2: their intrinsics are emulated by SIMDe and
# native/tspin_torch/tests/emulated_avx512.h. What the code computes is tested so, not what the compiler makes of it.
# Installs SIMDe where it is missing (Debian, Ubuntu: libsimde-dev; as root). Minutes; not part of CI.
#   scripts/avx512-check.sh [FOLDER [ARGUMENT...]]
# FOLDER (default artifacts/avx512) is kept for the next time; ARGUMENTs are kernel_tests'.
set -euo pipefail

here=$(cd "$(dirname "$0")/.." && pwd)
folder=${1:-$here/artifacts/avx512}
shift || true
generator=()
if command -v ninja >/dev/null; then generator=(-G Ninja); fi

if [ ! -e /usr/include/simde/x86/avx512.h ]; then
  apt-get install -qy --no-install-recommends libsimde-dev || {
    echo "avx512-check: missing; cure, as root: apt-get update && apt-get install --no-install-recommends libsimde-dev" >&2
    exit 2
  }
fi

cmake -S "$here/native/tspin_torch" -B "$folder" "${generator[@]}" -DCMAKE_BUILD_TYPE=Release -DTSPIN_TESTS_ONLY=ON \
  -DTSPIN_EMULATE_AVX512=ON "-DTSPIN_KERNEL_SETS=avx512bf16 avx512"
cmake --build "$folder" --parallel "$(nproc)"
"$folder/kernel_tests" "$@"
