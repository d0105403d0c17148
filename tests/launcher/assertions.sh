# shellcheck shell=bash disable=SC2034,SC2154
# Sourced by launcher_tests.sh: what a test can expect. A broken expectation prints why and ends the test.

fail() {
  printf '%s\n' "$*"
  printf 'standard error of the last start:\n%s\n' "${errors:-}"
  printf 'calls:\n%s\n' "$(<"$calls")"
  exit 1
}

expect_equal() { [[ $1 == "$2" ]] || fail "'$1' should be '$2'"; }
expect_contains() { [[ $1 == *"$2"* ]] || fail "'$2' is not in '$1'"; }
expect_exit() { expect_exit_of "$exit_code" "$1"; }
expect_exit_of() { [[ $1 == "$2" ]] || fail "the exit code is $1, not $2"; }

# Calls are lines like "apt-get install -y ...", "dotnet run demo"; these match their beginning.
count_calls() {
  local line count=0
  while IFS= read -r line; do
    if [[ $line == "$1"* ]]; then count=$((count + 1)); fi
  done <"$calls"
  echo "$count"
}
expect_calls() { [[ $(count_calls "$1") == "$2" ]] || fail "'$1' was called $(count_calls "$1") times, not $2"; }
expect_called() { (($(count_calls "$1") > 0)) || fail "'$1' was not called"; }
expect_no_call() { expect_calls "$1" 0; }
expect_calls_in_all() { expect_calls "" "$1"; }
expect_variable() { grep -qxF "$1=$2" "$state/environment" || fail "$1 is not '$2': $(grep "^$1=" "$state/environment")"; }
