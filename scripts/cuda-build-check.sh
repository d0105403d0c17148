#!/bin/bash
# Compiles the native library of this commit against a libtorch with CUDA and CUDA's headers, warnings as errors, on a machine without a GPU: Debian 13's
# libtorch-cuda-dev (2.6, CUDA 12.4) in a folder that debootstrap makes. Then the tests of TSpin.Torch run on the CPU with it, this machine's .NET lent.
# Needs root, debootstrap, 12 GB of disk and Debian's server. docs/gpu.md.
#   scripts/cuda-build-check.sh [FOLDER]       FOLDER (default /var/tmp/tspin-debian13-cuda) is kept for the next time
set -euo pipefail

here=$(cd "$(dirname "$0")/.." && pwd)
libraries=/usr/lib/x86_64-linux-gnu
# shellcheck source=scripts/debian13-chroot.sh
source "$here/scripts/debian13-chroot.sh"
debian13 "${1:-/var/tmp/tspin-debian13-cuda}" ca-certificates,libstdc++6,zlib1g

# nvidia-cudnn fetches cuDNN from NVIDIA when it is configured, which may fail without harm: nothing of it is compiled against or called here.
if [ ! -e "$root/usr/include/ATen/cuda/CUDAGraph.h" ] || [ ! -e "$root/usr/include/cuda_runtime_api.h" ]; then
  echo "deb http://deb.debian.org/debian trixie main contrib non-free" >"$root/etc/apt/sources.list"
  inside apt-get update -q
  inside apt-get install -qy --no-install-recommends g++ cmake make libopenblas0-openmp
  inside apt-get install -qy --no-install-recommends libtorch-cuda-dev || echo "cuda-build-check: some package was not configured (cuDNN, most likely); going on"
fi

rm -rf "$root/work/cuda" && mkdir -p "$root/work/cuda" && cp -r "$here/native" "$root/work/cuda/native"
inside cmake -S /work/cuda/native/tspin_torch -B /work/cuda/build -DCMAKE_BUILD_TYPE=Release -DTSPIN_WARNINGS_AS_ERRORS=ON
inside cmake --build /work/cuda/build --parallel "$(nproc)"
cat "$root/work/cuda/build/libtorch.txt"
grep -q "^cuda graphs: with" "$root/work/cuda/build/libtorch.txt" || { echo "cuda-build-check: built without CUDA graphs" >&2; exit 1; }

# Where cuDNN is missing, a library with its functions' names stands in, so that libtorch loads; calling one ends the process.
if ! inside ldconfig -p | grep -q libcudnn.so.9; then
  inside objdump -T "$libraries/libtorch_cuda.so" | awk '/\*UND\*/ && $NF ~ /^cudnn/ { print "void " $NF "(void) { __builtin_trap(); }" }' >"$root/work/cuda/cudnn.c"
  echo "libcudnn.so.9 { global: *; };" >"$root/work/cuda/cudnn.map"
  inside gcc -w -shared -Wl,-soname,libcudnn.so.9,--version-script=/work/cuda/cudnn.map -o /work/cuda/build/libcudnn.so.9 /work/cuda/cudnn.c
fi

if ! command -v dotnet >/dev/null; then
  echo "cuda-build-check: compiled; no .NET here, so nothing was run"
  exit 0
fi
lend "$(dirname "$(readlink -f "$(command -v dotnet)")")" /usr/share/dotnet
dotnet build "$here/tests/TSpin.Torch.Tests" -c Release -v q -maxcpucount:1
cp -r "$here/tests/TSpin.Torch.Tests/bin/Release/net10.0" "$root/work/cuda/tests"
inside env LD_LIBRARY_PATH=/work/cuda/build TSPIN_TORCH_LIBRARY=/work/cuda/build/libtspin_torch.so \
  /usr/share/dotnet/dotnet /work/cuda/tests/TSpin.Torch.Tests.dll -noColor
