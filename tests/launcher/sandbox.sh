# shellcheck shell=bash disable=SC2034,SC2154
# Sourced by launcher_tests.sh: a checkout of its own for each test, and a PATH that holds only fakes and the few system
# tools the launcher may use. The fakes act on files in $state and add a line per call to $calls.

# What the launcher may use of a bare Debian (coreutils, findutils, grep, sed, awk, util-linux, libc-bin).
# id is faked: tests choose who they are.
mapfile -t system_tools < <(type -P awk bash cat chmod cut dirname env find flock getent grep head ln mkdir mktemp nproc \
  paste readlink rm sed sha1sum sleep stat tail tee timeout touch)

set_up() {
  sandbox=$(mktemp -d)
  checkout="$sandbox/check out" # with a space, as any path may have
  bin=$sandbox/bin state=$sandbox/state home=$sandbox/home calls=$sandbox/calls
  mkdir -p "$bin" "$state" "$home" "$checkout"
  : >"$calls"
  variables=(PATH="$bin" HOME="$home" TMPDIR="$sandbox" state="$state" calls="$calls" bin="$bin")

  ln -s -t "$bin" "${system_tools[@]}"
  make_fakes
  make_checkout
}

tear_down() {
  chmod -R u+w "$sandbox"
  rm -rf "$sandbox"
}

make_checkout() {
  local real=$here/../..
  cp "$real/tspin" "$real/global.json" "$real/TSpin.slnx" "$checkout/"
  mkdir -p "$checkout"/{native/tspin_torch,src/TSpin.Cli,src/TSpin,scripts,tests/launcher}
  cp -r "$real/scripts/launcher" "$checkout/scripts/"
  touch "$checkout/native/tspin_torch/core.cpp" "$checkout/src/TSpin.Cli/TSpin.Cli.csproj" "$checkout/src/TSpin/Some File.cs"
  echo 'echo "launcher  Total: 3, Errors: 0, Failed: 0, Skipped: 0"' >"$checkout/tests/launcher/launcher_tests.sh"
}

# A test project whose run prints the summary line $2 and exits with $3.
suite() {
  mkdir -p "$checkout/tests/$1.Tests/bin/Release/net10.0"
  printf '%s\n%s\n' "${3:-0}" "   $1.Tests  $2" >"$checkout/tests/$1.Tests/bin/Release/net10.0/$1.Tests.dll"
}

in_sandbox() { # [NAME=VALUE...] COMMAND...
  env -i "${variables[@]}" "$@"
}

# Starts the launcher; leaves its $output, $errors and $exit_code.
tspin() {
  local clean=(env -i "${variables[@]}")
  if [[ -n ${without_home:-} ]]; then clean=(env -i "${variables[@]/#HOME=*/NO_HOME=}"); fi
  output=$("${clean[@]}" "$checkout/tspin" "$@" 2>"$sandbox/errors")
  exit_code=$?
  errors=$(<"$sandbox/errors")
}

forget_calls() { : >"$calls"; }

lacks() {
  case $1 in
    libtorch) rm "$state/libtorch" ;;
    openblas) ln -sf "$state/reference/libblas.so.3" "$state/libblas.so.3" ;;
  esac
}

first_allowed_processor() { sed -n 's/^Cpus_allowed_list:[[:space:]]*\([0-9]*\).*/\1/p' /proc/self/status; }

matches_filters() { # NAME FILTER...
  local name=$1 filter
  shift
  if (($# == 0)); then return 0; fi
  for filter in "$@"; do
    if [[ launcher.$name == *"$filter"* ]]; then return 0; fi
  done
  return 1
}

fake() { # NAME, the script on standard input
  { printf '#!/usr/bin/env bash\n'; cat; } >"$bin/$1"
}

make_fakes() {
  touch "$state/libtorch" "$state/libtorch_cpu.so"
  echo "avx2 avx2 portable" >"$state/kernels"
  mkdir -p "$state/openblas" "$state/reference"
  touch "$state/openblas/libblas.so.3" "$state/reference/libblas.so.3"
  ln -s "$state/openblas/libblas.so.3" "$state/libblas.so.3"

  fake dotnet <<'FAKE'
case $1 in
  --version)
    if [[ -e $state/sdk-unfit ]]; then echo "A compatible .NET SDK was not found." >&2; exit 155; fi
    echo 10.0.401
    ;;
  --list-sdks) echo "8.0.100 [/usr/share/dotnet/sdk]" ;;
  build)
    printf 'dotnet %s\n' "$*" >>"$calls"
    if [[ -e $state/build-seconds ]]; then sleep "$(<"$state/build-seconds")"; fi
    if [[ -e $state/edit-during-build ]]; then echo edited >>"$(<"$state/edit-during-build")"; fi
    if [[ -e $state/leave-a-server-behind ]]; then
      sleep 30 >/dev/null 2>&1 &
      echo $! >"$state/server-pid"
      rm "$state/leave-a-server-behind"
    fi
    if [[ -e $state/managed-error ]]; then cat "$state/managed-error"; exit 1; fi
    output=${2%/*}/bin/Release/net10.0
    if [[ $2 == *.slnx ]]; then output=${2%/*}/src/TSpin.Cli/bin/Release/net10.0; fi
    mkdir -p "$output"
    touch "$output/TSpin.Cli.dll"
    ;;
  format)
    printf 'dotnet %s\n' "$*" >>"$calls"
    if [[ -e $state/format-changes ]]; then exit 2; fi
    ;;
  *.Tests.dll)
    printf 'dotnet %s\n' "$*" >>"$calls"
    { read -r status && cat; } <"$1" || exit 1
    exit "$status"
    ;;
  *TSpin.Cli.dll)
    shift
    printf 'dotnet run %s\n' "${*//$'\n'/ }" >>"$calls"
    : >"$state/arguments"
    if (($# > 0)); then printf '%s\0' "$@" >"$state/arguments"; fi
    env >"$state/environment"
    echo $$ >"$state/pid"
    echo "$PWD" >"$state/directory"
    echo "${HOME:-}" >"$state/home"
    if [[ "$*" == "doctor --kernels" && -e $state/kernels ]]; then cat "$state/kernels"; else echo "output of the verb"; fi
    if [[ -e $state/exit-code ]]; then exit "$(<"$state/exit-code")"; fi
    ;;
esac
FAKE

  fake cmake <<'FAKE'
printf 'cmake %s\n' "$*" >>"$calls"
if [[ $1 == --build ]]; then
  if [[ -e $state/native-error ]]; then cat "$state/native-error"; exit 1; fi
  touch "$2/libtspin_torch.so"
else
  mkdir -p "$4"
  echo "libraries: $state" >"$4/libtorch.txt"
fi
FAKE

  fake g++ <<'FAKE'
if [[ $1 == -print-file-name=* ]]; then echo "$state/libblas.so.3"; exit; fi
cat >/dev/null
[[ -e $state/libtorch ]]
FAKE

  fake make </dev/null

  fake apt-get <<'FAKE'
printf 'apt-get %s\n' "$*" >>"$calls"
if [[ $1 != install ]]; then exit 0; fi
if [[ -e $state/apt-fails ]]; then echo "E: Unable to locate package" >&2; exit 100; fi
if [[ -e $state/apt-brings-nothing ]]; then exit 0; fi
for package in "$@"; do
  case $package in
    libtorch-dev) touch "$state/libtorch" ;;
    libopenblas0-openmp) ln -sf "$state/openblas/libblas.so.3" "$state/libblas.so.3" ;;
    g++ | cmake | make | curl | clang-format-14) cat "$state/packages/$package" >"$bin/$package"; chmod +x "$bin/$package" ;;
  esac
done
FAKE

  fake sudo <<'FAKE'
printf 'sudo %s\n' "$*" >>"$calls"
while [[ $1 == -* ]]; do shift; done
exec "$@"
FAKE

  fake id <<'FAKE'
if [[ -e $state/uid ]]; then cat "$state/uid"; else echo 0; fi
FAKE

  fake python3 <<'FAKE'
[[ -e $state/pip-torch ]]
FAKE

  fake curl <<'FAKE'
printf 'curl %s\n' "$*" >>"$calls"
if [[ ! -e $state/network ]]; then exit 6; fi
while [[ $1 != -o ]]; do shift; done
cat >"$2" <<'INSTALLER'
printf 'dotnet-install.sh %s\n' "$*" >>"$calls"
while [[ $1 != --install-dir ]]; do shift; done
mkdir -p "$2"
cat "$state/dotnet-to-install" >"$2/dotnet"
chmod +x "$2/dotnet"
INSTALLER
FAKE

  fake clang-format-14 <<'FAKE'
if [[ $1 == --version ]]; then echo "Debian clang-format version 14.0.6"; exit; fi
[[ ! -e $state/format-changes ]]
FAKE

  # Installing one of these makes the tool appear; copies are kept aside for that.
  mkdir "$state/packages"
  cp "$bin"/{g++,cmake,make,curl} "$state/packages/"
  mv "$bin/clang-format-14" "$state/packages/"
  chmod +x "$state/packages/clang-format-14" "$bin"/{dotnet,cmake,g++,make,apt-get,sudo,id,python3,curl}
}
