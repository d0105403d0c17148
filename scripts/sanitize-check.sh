#!/bin/bash
# Builds the kernels and their tests with AddressSanitizer and UndefinedBehaviorSanitizer and runs them; the last line is
# that of kernel_tests. ./tspin test --all does so too.
#   scripts/sanitize-check.sh [FOLDER] [SET...]
# FOLDER (default artifacts/sanitized) is kept for the next time. SETs of kernels, default: the best of this machine, with
# avx2 and portable.
set -euo pipefail

here=$(cd "$(dirname "$0")/.." && pwd)
folder=${1:-$here/artifacts/sanitized}
shift || true
sets=$*
if [ -z "$sets" ]; then
  sets=portable
  has() { local flag; for flag; do grep -qw "$flag" /proc/cpuinfo || return 1; done; }
  if has avx2 fma bmi2; then sets="avx2 $sets"; fi
  if has avx512f avx512bw avx512dq avx512vl avx512_bf16; then
    sets="avx512bf16 $sets"
  elif has avx512f avx512bw avx512dq avx512vl; then
    sets="avx512 $sets"
  fi
fi
if ! echo 'int main() {}' | g++ -x c++ -fsanitize=address,undefined -o /dev/null - 2>/dev/null; then
  echo "skipped: this compiler has no sanitizers"
  echo "Total: 1, Errors: 0, Failed: 0, Skipped: 1"
  exit
fi

generator=()
if command -v ninja >/dev/null; then generator=(-G Ninja); fi
log=$folder/build.log
mkdir -p "$folder"
if ! { cmake -S "$here/native/tspin_torch" -B "$folder" "${generator[@]}" -DCMAKE_BUILD_TYPE=Release -DTSPIN_SANITIZE=ON \
  -DTSPIN_TESTS_ONLY=ON "-DTSPIN_KERNEL_SETS=$sets" && cmake --build "$folder" --parallel "$(nproc)"; } >"$log" 2>&1; then
  tail -n 40 "$log"
  exit 1
fi
echo "built with sanitizers: $sets"
UBSAN_OPTIONS=print_stacktrace=1 "$folder/kernel_tests"
