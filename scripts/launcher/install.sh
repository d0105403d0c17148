# shellcheck shell=bash disable=SC2034,SC2154
# Sourced by tspin when something has to be built: finds the tools, installs what is missing, or says how to.
# Uses say, die and $root of the launcher.

dotnet_installer=https://dot.net/v1/dotnet-install.sh

has() { command -v "$1" >/dev/null 2>&1; }

# ---- .NET ----

# The first dotnet whose SDK satisfies global.json. Asked inside $root, `dotnet --version` applies that file itself.
find_dotnet() {
  local candidate
  for candidate in "$(command -v dotnet)" "${DOTNET_ROOT:-}/dotnet" "$HOME/.dotnet/dotnet"; do
    if [[ -x $candidate ]] && (cd "$root" && "$candidate" --version) >/dev/null 2>&1; then
      dotnet=$candidate
      return 0
    fi
  done
  return 1
}

download() { # URL FILE
  if has curl; then
    curl -fsSL --connect-timeout 15 --max-time 300 -o "$2" "$1"
  elif has wget; then
    wget -q --timeout=15 --tries=2 -O "$2" "$1"
  else
    return 1
  fi
}

require_dotnet() {
  if find_dotnet; then return; fi
  local found wanted script reason=
  wanted=$(sed -n 's/.*"version": *"\([^"]*\)".*/\1/p' "$root/global.json")
  if has dotnet; then
    found=$(dotnet --list-sdks 2>/dev/null | cut -d' ' -f1 | paste -sd' ' -)
    say "the .NET SDKs here (${found:-none}) do not satisfy global.json, which asks for 10.0 (at least $wanted)"
  else
    say "the .NET SDK is not installed"
  fi

  say "installing the .NET SDK 10.0 into $HOME/.dotnet with Microsoft's installer ($dotnet_installer)"
  script=$(mktemp)
  if ! download "$dotnet_installer" "$script"; then
    reason="the installer could not be downloaded (no network, or neither curl nor wget)"
  elif ! bash "$script" --channel 10.0 --install-dir "$HOME/.dotnet" --no-path >&2; then
    reason="the installer failed"
  elif ! find_dotnet; then
    reason="the installed SDK does not satisfy global.json"
  fi
  rm -f "$script"
  if [[ -n $reason ]]; then
    say "$reason"
    die "cure: install the .NET SDK 10.0 (https://dotnet.microsoft.com/download/dotnet/10.0; on Ubuntu: apt-get install dotnet-sdk-10.0), so that 'dotnet --version' prints 10.0.x, then run this again"
  fi
}

# ---- the native side ----

# Asks the compiler, so that whatever it would find counts.
compiler_sees_libtorch() {
  printf '#if !__has_include(<ATen/ATen.h>)\n#error\n#endif\n' | g++ -std=c++17 -x c++ -E - >/dev/null 2>&1
}

# A torch package without headers (Debian's python3-torch) is no use.
python_has_torch() {
  has python3 && python3 -c "
import importlib.util, os, sys
spec = importlib.util.find_spec('torch')
headers = spec and os.path.join(spec.submodule_search_locations[0], 'include', 'ATen', 'ATen.h')
sys.exit(not (headers and os.path.exists(headers)))" 2>/dev/null
}

# libtorch calls whatever BLAS the system names; with the reference one, matrix products are 40 times slower.
blas_is_fast() {
  local target
  target=$(readlink -f "$(g++ -print-file-name=libblas.so.3)")
  [[ $target == *openblas* || $target == *mkl* || $target == *blis* ]]
}

# Sets missing (what a person would call it) and packages (what Debian calls it).
find_missing() {
  missing=() packages=()
  if ! has g++; then missing+=("g++") packages+=(g++); fi
  if ! has cmake; then missing+=("cmake") packages+=(cmake); fi
  if ! has ninja && ! has make; then missing+=("make") packages+=(make); fi
  if [[ -n ${LIBTORCH:-} ]]; then return; fi # CMake looks there, and says so if nothing is there
  if ! has g++; then
    missing+=("perhaps libtorch and OpenBLAS") packages+=(libtorch-dev libopenblas0-openmp)
  elif compiler_sees_libtorch; then
    if ! blas_is_fast; then missing+=("OpenBLAS") packages+=(libopenblas0-openmp); fi
  elif ! python_has_torch; then
    missing+=("libtorch") packages+=(libtorch-dev libopenblas0-openmp)
  fi
}

install_packages() {
  local as_root=() command="apt-get update && apt-get install -y --no-install-recommends ${packages[*]}"
  if [[ $(id -u) != 0 ]]; then
    as_root=(sudo)
    if [[ ! -t 0 ]]; then as_root=(sudo -n); fi
  fi
  if ! has apt-get; then
    die "cure: this system has no apt-get; install g++, cmake and make with its own package manager, and libtorch with 'pip install torch' or as an unpacked folder named by LIBTORCH=/path/to/libtorch, then run this again"
  fi
  if [[ $(id -u) != 0 ]] && ! has sudo; then
    die "cure: run this once as root, then the same command again:  $command"
  fi
  say "installing with ${as_root[*]}${as_root:+ }apt-get: ${packages[*]}"
  "${as_root[@]}" apt-get update </dev/null >&2 || say "apt-get update failed; trying with the package lists that are here"
  if ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${packages[@]}" </dev/null >&2; then
    die "cure: apt-get could not install the packages (see above); run this once as root, then the same command again:  $command"
  fi
}

require_native_tools() {
  find_missing
  if ((${#missing[@]} == 0)); then return; fi
  local listed
  listed=$(printf ', %s' "${missing[@]}")
  say "missing: ${listed:2}"
  install_packages
  find_missing
  if ((${#missing[@]} > 0)); then
    listed=$(printf ', %s' "${missing[@]}")
    die "still missing after the installation: ${listed:2}"
  fi
}
