# shellcheck shell=bash disable=SC2034,SC2154
# Sourced by tspin when something has to be built. Uses say, die, $root, $artifacts, $stamps of the launcher and the
# require_ functions of install.sh.

build_log=$artifacts/build.log

# One build at a time: a second launch waits, then finds everything current.
build() { # "cli" or "all"
  mkdir -p "$stamps" || die "cannot write to $artifacts; cure: make the checkout writable, or build it as its owner with ./tspin build"
  exec 9>"$artifacts/build.lock"
  if ! flock -n 9; then
    say "waiting for another build of this checkout"
    flock 9
  fi
  # What is started below must not inherit the lock: a process left behind by a build would hold it for ever.
  build_under_lock "$1" 9>&-
  exec 9>&-
}

build_under_lock() {
  : >"$build_log"
  require_dotnet # first, because installing the rest takes minutes
  if ! native_is_current; then build_native; fi
  printf '%s\n' "$dotnet" >"$stamps/dotnet"
  if ! managed_is_current "$1"; then build_managed "$1"; fi
}

# Runs a build step quietly; on failure shows the compiler's errors and ends.
step() { # WHAT COMMAND...
  local what=$1 log errors
  shift
  log=$(mktemp)
  if "$@" >"$log" 2>&1 </dev/null; then
    cat "$log" >>"$build_log"
    rm -f "$log"
    return
  fi
  cat "$log" >>"$build_log"
  errors=$(grep -E '(^|[^[:alnum:]])([Ee]rror|FAILED)[: ]' -A 4 "$log" | awk '!seen[$0]++' | head -n 40)
  if [[ -z $errors ]]; then errors=$(tail -n 40 "$log"); fi
  rm -f "$log"
  printf '%s\n' "$errors" >&2
  die "$what failed; the whole log is in $build_log"
}

# A stamp is taken before the build and left after it: sources changed meanwhile are then built again.
build_native() {
  local generator=() sources
  require_native_tools
  if has ninja; then generator=(-G Ninja); fi
  sources=$(fingerprint native && printf 'LIBTORCH=%s' "${LIBTORCH:-}")
  say "building the native library (log: $build_log)"
  # CMake remembers what it found; a new start costs a second and is wanted whenever another libtorch is.
  rm -f "$artifacts/native/CMakeCache.txt"
  step "configuring the native library" \
    cmake -S "$root/native/tspin_torch" -B "$artifacts/native" "${generator[@]}" -DCMAKE_BUILD_TYPE=Release "-DLIBTORCH=${LIBTORCH:-}"
  step "building the native library" cmake --build "$artifacts/native" --parallel "$(nproc)"
  { printf '%s\n' "$sources"; bound_libtorch; } >"$stamps/native"
}

# Ends the compiler process that build_managed named.
end_compiler() {
  local file line
  for file in /proc/[0-9]*/cmdline; do
    line=$(tr '\0' ' ' 2>/dev/null <"$file") || continue
    if [[ $line == *"-pipename:$compiler "* ]]; then
      file=${file%/cmdline}
      kill "${file##*/}" 2>/dev/null || true
    fi
  done
}

build_managed() {
  local target=$root/src/TSpin.Cli/TSpin.Cli.csproj cli_stamp all_stamp
  if [[ $1 == all ]]; then target=$root/TSpin.slnx; fi
  cli_stamp=$(stamp_of cli)
  all_stamp=$(stamp_of all)
  say "building the managed code (log: $build_log)"
  # One compiler process serves all projects, which saves a third of the time; it has a name of this build's own and ends
  # with it: none stays behind. No ICU is needed, which a bare system does not have.
  compiler=tspin-$$
  trap end_compiler EXIT
  step "building the managed code" env \
    DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 MSBUILDDISABLENODEREUSE=1 \
    "$dotnet" build "$target" -c Release --nologo -v quiet -p:UseSharedCompilation=true "-p:SharedCompilationId=$compiler"
  end_compiler
  trap - EXIT
  printf '%s\n' "$cli_stamp" >"$stamps/cli"
  if [[ $1 == all ]]; then printf '%s\n' "$all_stamp" >"$stamps/all"; fi
}
