# shellcheck shell=bash disable=SC2034,SC2154
# Sourced by tspin for `./tspin test`. Uses say, $root, prepare and set_environment of the launcher.

test_usage() {
  cat <<'USAGE'
Usage: ./tspin test [--all] [--format] [FILTER...]

Builds everything and runs the launcher's tests and every tests/*.Tests, one after another.

  FILTER     run only tests whose full name (namespace, class, method) contains one of these
  --all      run the slow suites too (those marked with the trait Category=Slow) and, without FILTER, the numerical tests
             again under every other set of kernels that the processor has (TSPIN_KERNELS) and the kernels' own tests under
             sanitizers, and check the packages with scripts/pack-check.sh; that counts as one test
  --format   also check that 'dotnet format' would change nothing, and neither would clang-format in native/ (installed
             where it is missing; skipped where that fails); two tests

Every suite says how long it took and has a limit, after which it is ended and counts as failed.

The last line is 'N passed, N failed, N skipped' over all suites. Exit code: 0 all passed, 1 a test failed or none ran,
125 the build failed.
USAGE
}

passed=0 failed=0 skipped=0

# Runs one suite, shows its output as it comes, and adds the figures of its closing line
# "Total: 45, Errors: 0, Failed: 0, Skipped: 0, Not Run: 0". A suite that ends without one, or badly without naming a
# failure, counts as one failed test; so does one that takes longer than its limit, which is ended with all that it started.
run_suite() { # NAME MINUTES COMMAND...
  local name=$1 limit=$2 output status total errors fails skips not_run=0 began=$SECONDS
  shift 2
  printf -- '---- %s\n' "$name"
  output=$(mktemp)
  timeout --kill-after=10 "${limit}m" "$@" </dev/null 2>&1 | tee "$output"
  status=${PIPESTATUS[0]}
  printf '%s took %d min %02d s\n' "$name" $(((SECONDS - began) / 60)) $(((SECONDS - began) % 60))
  if ((status == 124 || status == 137)); then printf '%s was ended after its limit of %d minutes\n' "$name" "$limit"; fi
  if [[ $(grep -a 'Total: ' "$output" | tail -n 1) =~ Total:\ ([0-9]+),\ Errors:\ ([0-9]+),\ Failed:\ ([0-9]+),\ Skipped:\ ([0-9]+)(,\ Not\ Run:\ ([0-9]+))? ]]; then
    total=${BASH_REMATCH[1]} errors=${BASH_REMATCH[2]} fails=${BASH_REMATCH[3]} skips=${BASH_REMATCH[4]}
    not_run=${BASH_REMATCH[6]:-0}
    passed=$((passed + total - fails - skips - not_run))
    failed=$((failed + fails + errors))
    skipped=$((skipped + skips))
    if ((status != 0 && fails + errors == 0)); then
      printf '%s ended with exit code %s although no test failed\n' "$name" "$status"
      failed=$((failed + 1))
    fi
  elif ((status != 0)) || ! grep -aqE 'Total: 0$' "$output"; then
    printf '%s ended with exit code %s and without a summary\n' "$name" "$status"
    failed=$((failed + 1))
  fi
  rm -f "$output"
}

check_format() {
  printf -- '---- dotnet format\n'
  if (cd "$root" && "$dotnet" format TSpin.slnx --verify-no-changes --no-restore </dev/null); then
    passed=$((passed + 1))
  else
    printf 'dotnet format would change files. Cure: dotnet format TSpin.slnx\n'
    failed=$((failed + 1))
  fi
}

# Versions lay out some things differently: that of Debian 12 decides.
clang_format_version=14

# clang-format of that version, by whichever name it has here.
find_clang_format() {
  local candidate
  for candidate in clang-format-$clang_format_version clang-format; do
    if command -v "$candidate" >/dev/null && [[ $("$candidate" --version) == *"version $clang_format_version."* ]]; then
      clang_format=$candidate
      return 0
    fi
  done
  return 1
}

check_native_format() {
  local files=()
  printf -- '---- clang-format\n'
  # shellcheck source=scripts/launcher/install.sh
  if ! find_clang_format; then (source "$root/scripts/launcher/install.sh" && packages=("clang-format-$clang_format_version") && install_packages); fi
  if ! find_clang_format; then
    printf 'skipped: it takes clang-format %d, which is not installed\n' "$clang_format_version"
    skipped=$((skipped + 1))
    return
  fi
  mapfile -d '' files < <(find "$root/native" \( -name '*.h' -o -name '*.cpp' \) -print0)
  if "$clang_format" --dry-run --Werror "${files[@]}" </dev/null; then
    passed=$((passed + 1))
  else
    printf "clang-format would change files. Cure: %s -i \$(find native -name '*.h' -o -name '*.cpp')\n" "$clang_format"
    failed=$((failed + 1))
  fi
}

# Packs the libraries and builds the sample on the packages; what that needs from the feed, the build has restored already.
check_packages() {
  printf -- '---- packages\n'
  if ! command -v python3 >/dev/null; then
    printf 'skipped: it reads the packages with python3, which is not installed\n'
    skipped=$((skipped + 1))
  elif PATH=$(dirname "$dotnet"):$PATH bash "$root/scripts/pack-check.sh" </dev/null; then
    passed=$((passed + 1))
  else
    printf 'the packages are not as they should be; alone: scripts/pack-check.sh\n'
    failed=$((failed + 1))
  fi
}

# The tests that compare numbers, under each set of kernels that the suites above did not run with.
test_other_kernels() {
  local facts used known kernels name classes
  facts=$("$dotnet" "$cli" doctor --kernels </dev/null) || { say "doctor --kernels failed"; failed=$((failed + 1)); return; }
  read -r used known <<<"$facts"
  for kernels in $known aten; do
    if [[ $kernels == "$used" ]]; then continue; fi
    for name in TSpin.Torch.Tests TSpin.Tests; do
      [[ -d $root/tests/$name ]] || continue
      classes=()
      if [[ $name == TSpin.Tests ]]; then classes=(-class "TSpin.Tests.Models.*" -class "TSpin.Tests.Triplets.*" -class "TSpin.Tests.Optimization.*" -class "TSpin.Tests.Generation.*"); fi
      TSPIN_KERNELS=$kernels run_suite "$name with $kernels kernels" 15 "$dotnet" "$root/tests/$name/bin/Release/net10.0/$name.dll" -noLogo -noColor -trait- Category=Slow "${classes[@]}"
    done
  done
}

run_tests() {
  local all=no format=no filters=() runner_options=(-noLogo -noColor) argument project name
  for argument in "$@"; do
    case $argument in
      --all) all=yes ;;
      --format) format=yes ;;
      -h | --help) test_usage; return 0 ;;
      -*) test_usage >&2; die "unknown option $argument" ;;
      *) filters+=("$argument") ;;
    esac
  done
  if [[ $all == no ]]; then runner_options+=(-trait- Category=Slow); fi
  for argument in "${filters[@]}"; do runner_options+=(-method "*$argument*"); done

  prepare all
  set_environment
  run_suite launcher 10 bash "$root/tests/launcher/launcher_tests.sh" "${filters[@]}"
  # Where the native library was built here, its kernels' tests were too.
  if [[ -x $artifacts/native/kernel_tests && ${#filters[@]} == 0 ]]; then run_suite "kernels, in C++" 20 "$artifacts/native/kernel_tests"; fi
  for project in "$root"/tests/*.Tests; do
    [[ -d $project ]] || continue
    name=${project##*/}
    run_suite "$name" 40 "$dotnet" "$project/bin/Release/net10.0/$name.dll" "${runner_options[@]}"
  done
  if [[ $all == yes && ${#filters[@]} == 0 ]]; then
    if [[ -x $artifacts/native/kernel_tests ]]; then run_suite "kernels, sanitized" 10 bash "$root/scripts/sanitize-check.sh" "$artifacts/sanitized"; fi
    test_other_kernels
    check_packages
  fi
  if [[ $format == yes ]]; then
    check_format
    check_native_format
  fi

  printf '\n%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
  ((failed == 0 && passed > 0))
}
