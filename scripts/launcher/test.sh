# shellcheck shell=bash disable=SC2034,SC2154
# Sourced by tspin for `./tspin test`. Uses say, $root, prepare and set_environment of the launcher.

test_usage() {
  cat <<'USAGE'
Usage: ./tspin test [--all] [--format] [FILTER...]

Builds everything and runs the launcher's tests and every tests/*.Tests, one after another.

  FILTER     run only tests whose full name (namespace, class, method) contains one of these
  --all      run the slow suites too (those marked with the trait Category=Slow) and, without FILTER, check the packages
             with scripts/pack-check.sh; that counts as one test
  --format   also check that 'dotnet format' would change nothing; counts as one test

The last line is 'N passed, N failed, N skipped' over all suites. Exit code: 0 all passed, 1 a test failed or none ran,
125 the build failed.
USAGE
}

passed=0 failed=0 skipped=0

# Runs one suite, shows its output as it comes, and adds the figures of its closing line
# "Total: 45, Errors: 0, Failed: 0, Skipped: 0, Not Run: 0". A suite that ends without one, or badly without naming a
# failure, counts as one failed test.
run_suite() { # NAME COMMAND...
  local name=$1 output status total errors fails skips not_run=0
  shift
  printf -- '---- %s\n' "$name"
  output=$(mktemp)
  "$@" </dev/null 2>&1 | tee "$output"
  status=${PIPESTATUS[0]}
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
  run_suite launcher bash "$root/tests/launcher/launcher_tests.sh" "${filters[@]}"
  for project in "$root"/tests/*.Tests; do
    [[ -d $project ]] || continue
    name=${project##*/}
    run_suite "$name" "$dotnet" "$project/bin/Release/net10.0/$name.dll" "${runner_options[@]}"
  done
  if [[ $all == yes && ${#filters[@]} == 0 ]]; then check_packages; fi
  if [[ $format == yes ]]; then check_format; fi

  printf '\n%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
  ((failed == 0 && passed > 0))
}
