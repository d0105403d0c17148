#!/usr/bin/env bash
# Tests of the launcher `tspin`: each runs a copy of it in a small checkout of its own whose tools (dotnet, cmake, g++,
# apt-get, sudo ...) are fakes that record how they were called. Run by `./tspin test`, or alone:
#
#   tests/launcher/launcher_tests.sh [FILTER...]
set -uo pipefail

here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
source "$here/sandbox.sh"
source "$here/assertions.sh"

# ---- the everyday start ----

test_first_start_builds_both_sides_and_runs_the_verb() {
  tspin demo
  expect_exit 0
  expect_calls "cmake -S" 1
  expect_calls "cmake --build" 1
  expect_calls "dotnet build" 1
  expect_called "dotnet run demo"
  expect_no_call "apt-get"
}

test_second_start_builds_nothing() {
  tspin demo
  forget_calls
  tspin demo
  expect_exit 0
  expect_calls_in_all 1
  expect_called "dotnet run demo"
}

test_second_start_says_nothing() {
  tspin demo
  tspin demo
  expect_equal "$errors" ""
}

test_first_start_keeps_standard_output_for_the_verb() {
  tspin demo
  expect_equal "$output" "output of the verb"
  expect_contains "$errors" "building the native library"
}

test_arguments_pass_through_unchanged() {
  tspin run "two words" '"quoted"' "it's" '' '$HOME *' --set 'a=b c' $'line\nbreak'
  printf '%s\0' run "two words" '"quoted"' "it's" '' '$HOME *' --set 'a=b c' $'line\nbreak' >"$sandbox/wanted"
  cmp -s "$sandbox/wanted" "$state/arguments" || fail "the verb received other arguments"
}

test_no_argument_reaches_the_command_line_as_none() {
  tspin
  expect_equal "$(stat -c %s "$state/arguments")" 0
}

test_help_belongs_to_the_command_line() {
  tspin --help
  expect_called "dotnet run --help"
}

test_exit_code_of_the_verb_passes_through() {
  echo 42 >"$state/exit-code"
  tspin run recipe.yaml
  expect_exit 42
}

test_the_verb_takes_the_place_of_the_launcher_so_that_signals_reach_it() {
  tspin demo
  env -i "${variables[@]}" "$checkout/tspin" demo >/dev/null 2>&1 &
  local launcher=$!
  wait "$launcher"
  expect_equal "$(<"$state/pid")" "$launcher"
}

test_the_verb_runs_in_the_directory_of_the_caller() {
  mkdir "$sandbox/else where"
  (cd "$sandbox/else where" && in_sandbox "../check out/tspin" demo >/dev/null 2>&1)
  expect_equal "$(<"$state/directory")" "$sandbox/else where"
}

test_works_through_a_symbolic_link() {
  mkdir "$sandbox/links"
  ln -s "../check out/tspin" "$sandbox/links/tspin"
  in_sandbox "$sandbox/links/tspin" demo >/dev/null 2>&1
  expect_exit_of $? 0
  expect_called "dotnet run demo"
}

test_works_without_home() {
  without_home=yes tspin demo
  expect_exit 0
  expect_called "dotnet run demo"
  [[ -n $(<"$state/home") ]] || fail "the verb found no HOME"
}

test_a_start_that_builds_nothing_writes_nothing() {
  tspin demo
  local before
  before=$(find "$checkout" -printf '%p %T@ %C@\n')
  tspin demo
  expect_equal "$(find "$checkout" -printf '%p %T@ %C@\n')" "$before"
}

# ---- what is built when ----

test_touched_native_source_rebuilds_the_native_side_only() {
  tspin demo
  forget_calls
  touch "$checkout/native/tspin_torch/core.cpp"
  tspin demo
  expect_calls "cmake --build" 1
  expect_no_call "dotnet build"
}

test_touched_managed_source_rebuilds_the_managed_side_only() {
  tspin demo
  forget_calls
  touch "$checkout/src/TSpin/Some File.cs"
  tspin demo
  expect_calls "dotnet build" 1
  expect_no_call "cmake"
}

test_a_source_restored_with_an_older_time_rebuilds() {
  tspin demo
  forget_calls
  touch -d 2001-01-01 "$checkout/src/TSpin/Some File.cs"
  tspin demo
  expect_calls "dotnet build" 1
}

test_a_removed_source_rebuilds() {
  tspin demo
  forget_calls
  rm "$checkout/src/TSpin/Some File.cs"
  tspin demo
  expect_calls "dotnet build" 1
}

test_a_changed_build_setting_rebuilds() {
  tspin demo
  forget_calls
  echo '<Project />' >"$checkout/Directory.Build.props"
  tspin demo
  expect_calls "dotnet build" 1
}

test_build_outputs_and_editor_files_do_not_rebuild() {
  tspin demo
  forget_calls
  mkdir -p "$checkout/src/TSpin/obj"
  touch "$checkout/src/TSpin/obj/project.assets.json" "$checkout/src/TSpin/.Some File.cs.swp"
  tspin demo
  expect_no_call "dotnet build"
}

test_a_missing_output_is_built_again() {
  tspin demo
  forget_calls
  rm "$checkout/artifacts/native/libtspin_torch.so"
  tspin demo
  expect_calls "cmake --build" 1
}

test_a_source_changed_during_the_build_is_built_at_the_next_start() {
  echo "$checkout/src/TSpin/Some File.cs" >"$state/edit-during-build"
  tspin demo
  rm "$state/edit-during-build"
  forget_calls
  tspin demo
  expect_calls "dotnet build" 1
}

test_an_upgraded_libtorch_rebuilds_the_native_side() {
  tspin demo
  forget_calls
  echo "another build" >"$state/libtorch_cpu.so"
  tspin demo
  expect_calls "cmake --build" 1
}

test_a_moved_checkout_is_built_again() {
  tspin demo
  forget_calls
  mv "$checkout" "$sandbox/moved"
  checkout=$sandbox/moved tspin demo
  expect_exit 0
  expect_calls "cmake --build" 1
  expect_calls "dotnet build" 1
}

test_the_build_verb_builds_although_nothing_changed() {
  tspin demo
  forget_calls
  tspin build
  expect_exit 0
  expect_calls "cmake --build" 1
  expect_calls "dotnet build" 1
  expect_contains "$(<"$calls")" "TSpin.slnx"
  expect_no_call "dotnet run"
}

test_a_library_named_by_the_user_is_not_built() {
  in_sandbox TSPIN_TORCH_LIBRARY=/some/libtspin_torch.so "$checkout/tspin" demo >/dev/null 2>&1
  expect_no_call "cmake"
  expect_variable TSPIN_TORCH_LIBRARY /some/libtspin_torch.so
}

test_two_launches_at_once_build_once() {
  echo 0.3 >"$state/build-seconds"
  in_sandbox "$checkout/tspin" demo >/dev/null 2>&1 &
  local first=$!
  in_sandbox "$checkout/tspin" demo >/dev/null 2>&1
  expect_exit_of $? 0
  wait "$first"
  expect_exit_of $? 0
  expect_calls "dotnet build" 1
  expect_calls "cmake --build" 1
  expect_calls "dotnet run demo" 2
}

test_a_process_left_behind_by_a_build_does_not_hold_the_lock() {
  touch "$state/leave-a-server-behind"
  tspin demo
  touch "$checkout/src/TSpin/Some File.cs"
  timeout 5 env -i "${variables[@]}" "$checkout/tspin" demo >/dev/null 2>&1
  local status=$?
  kill "$(<"$state/server-pid")"
  expect_exit_of "$status" 0
}

# ---- builds that fail ----

test_a_failed_managed_build_shows_the_error_and_exits_125() {
  echo "src/TSpin/X.cs(3,9): error CS1002: ; expected" >"$state/managed-error"
  tspin demo
  expect_exit 125
  expect_contains "$errors" "error CS1002: ; expected"
  expect_contains "$errors" "build.log"
  expect_equal "$output" ""
  expect_no_call "dotnet run"
}

test_a_failed_native_build_shows_the_error_and_exits_125() {
  echo "core.cpp:3:9: error: expected ';' before '}' token" >"$state/native-error"
  tspin demo
  expect_exit 125
  expect_contains "$errors" "error: expected ';' before '}' token"
  expect_no_call "dotnet run"
}

test_a_failed_build_is_tried_again() {
  echo "error CS1002" >"$state/managed-error"
  tspin demo
  rm "$state/managed-error"
  tspin demo
  expect_exit 0
}

test_a_failed_build_without_an_error_line_shows_the_end_of_the_log() {
  echo "Killed" >"$state/managed-error"
  tspin demo
  expect_exit 125
  expect_contains "$errors" "Killed"
}

# ---- what is missing ----

test_missing_libtorch_is_installed_as_root() {
  lacks libtorch
  tspin demo
  expect_exit 0
  expect_called "apt-get update"
  expect_called "apt-get install -y --no-install-recommends libtorch-dev libopenblas0-openmp"
  expect_no_call "sudo"
  expect_contains "$errors" "missing: libtorch"
  expect_called "dotnet run demo"
}

test_missing_libtorch_is_installed_with_sudo() {
  lacks libtorch
  echo 1000 >"$state/uid"
  tspin demo
  expect_exit 0
  expect_calls "sudo" 2
  expect_called "apt-get install -y --no-install-recommends libtorch-dev libopenblas0-openmp"
}

test_missing_libtorch_without_sudo_says_what_to_run() {
  lacks libtorch
  echo 1000 >"$state/uid"
  rm "$bin/sudo"
  tspin demo
  expect_exit 125
  expect_contains "$errors" "missing: libtorch"
  expect_contains "$errors" "apt-get install -y --no-install-recommends libtorch-dev libopenblas0-openmp"
  expect_no_call "apt-get"
  expect_no_call "dotnet run"
}

test_missing_libtorch_off_debian_names_the_other_ways() {
  lacks libtorch
  rm "$bin/apt-get"
  tspin demo
  expect_exit 125
  expect_contains "$errors" "pip install torch"
  expect_contains "$errors" "LIBTORCH="
}

test_a_failed_installation_says_what_to_run() {
  lacks libtorch
  touch "$state/apt-fails"
  tspin demo
  expect_exit 125
  expect_contains "$errors" "cure: apt-get could not install"
}

test_an_installation_that_brought_nothing_is_noticed() {
  lacks libtorch
  touch "$state/apt-brings-nothing"
  tspin demo
  expect_exit 125
  expect_contains "$errors" "still missing after the installation: libtorch"
}

test_missing_compiler_and_build_tools_are_installed() {
  rm "$bin/g++" "$bin/cmake" "$bin/make"
  tspin demo
  expect_exit 0
  expect_called "apt-get install -y --no-install-recommends g++ cmake make libtorch-dev libopenblas0-openmp"
}

test_the_reference_blas_is_replaced() {
  lacks openblas
  tspin demo
  expect_exit 0
  expect_called "apt-get install -y --no-install-recommends libopenblas0-openmp"
}

test_a_pip_installed_torch_is_enough() {
  lacks libtorch
  touch "$state/pip-torch"
  tspin demo
  expect_exit 0
  expect_no_call "apt-get"
}

test_libtorch_of_the_user_is_respected() {
  lacks libtorch
  in_sandbox LIBTORCH="/opt/lib torch" "$checkout/tspin" demo >/dev/null 2>&1
  expect_exit_of $? 0
  expect_no_call "apt-get"
  expect_contains "$(<"$calls")" "-DLIBTORCH=/opt/lib torch"
}

test_another_libtorch_rebuilds_the_native_side_only() {
  tspin demo
  forget_calls
  in_sandbox LIBTORCH=pip "$checkout/tspin" demo >/dev/null 2>&1
  expect_calls "cmake --build" 1
  expect_contains "$(<"$calls")" "-DLIBTORCH=pip"
  expect_no_call "dotnet build"
}

# ---- the .NET SDK ----

test_missing_sdk_without_network_says_what_to_install() {
  rm "$bin/dotnet"
  tspin demo
  expect_exit 125
  expect_contains "$errors" "the .NET SDK is not installed"
  expect_contains "$errors" "could not be downloaded"
  expect_contains "$errors" "https://dotnet.microsoft.com/download/dotnet/10.0"
}

test_missing_sdk_is_installed_under_home() {
  mv "$bin/dotnet" "$state/dotnet-to-install"
  touch "$state/network"
  tspin demo
  expect_exit 0
  expect_called "dotnet-install.sh --channel 10.0 --install-dir $home/.dotnet --no-path"
  expect_called "dotnet run demo"
  forget_calls
  tspin demo
  expect_calls_in_all 1
}

test_missing_sdk_brings_curl_where_nothing_can_download() {
  mv "$bin/dotnet" "$state/dotnet-to-install"
  rm "$bin/curl"
  touch "$state/network"
  tspin demo
  expect_exit 0
  expect_called "apt-get install -y --no-install-recommends curl ca-certificates"
  expect_called "dotnet run demo"
}

test_missing_sdk_is_noticed_before_anything_is_installed() {
  rm "$bin/dotnet"
  lacks libtorch
  tspin demo
  expect_exit 125
  expect_no_call "apt-get"
}

test_an_sdk_under_home_is_found_although_not_on_path() {
  mkdir "$home/.dotnet"
  mv "$bin/dotnet" "$home/.dotnet/dotnet"
  tspin demo
  expect_exit 0
  expect_no_call "curl"
}

test_an_sdk_that_does_not_satisfy_global_json_is_named() {
  touch "$state/sdk-unfit"
  tspin demo
  expect_exit 125
  expect_contains "$errors" "8.0.100"
  expect_contains "$errors" "global.json"
}

# ---- the environment of the verb ----

test_environment_has_the_defaults() {
  tspin demo
  expect_variable GOMP_SPINCOUNT 1000
  expect_variable DOTNET_gcServer 0
  expect_variable TSPIN_TORCH_LIBRARY "$checkout/artifacts/native/libtspin_torch.so"
  local threads
  threads=$(sed -n 's/^OMP_NUM_THREADS=//p' "$state/environment")
  ((threads >= 1 && threads <= $(nproc))) || fail "OMP_NUM_THREADS is '$threads' on $(nproc) processors"
}

test_an_affinity_mask_limits_the_threads() {
  tspin demo
  taskset -c "$(first_allowed_processor)" env -i "${variables[@]}" "$checkout/tspin" demo >/dev/null 2>&1
  expect_variable OMP_NUM_THREADS 1
}

test_environment_of_the_user_is_respected() {
  in_sandbox OMP_NUM_THREADS=7 GOMP_SPINCOUNT=5 DOTNET_gcServer=1 OPENBLAS_CORETYPE=Haswell "$checkout/tspin" demo >/dev/null 2>&1
  expect_variable OMP_NUM_THREADS 7
  expect_variable GOMP_SPINCOUNT 5
  expect_variable DOTNET_gcServer 1
  expect_variable OPENBLAS_CORETYPE Haswell
}

test_a_wait_policy_of_the_user_keeps_its_spinning() {
  in_sandbox OMP_WAIT_POLICY=active "$checkout/tspin" demo >/dev/null 2>&1
  if grep -q '^GOMP_SPINCOUNT=' "$state/environment"; then fail "GOMP_SPINCOUNT overrides OMP_WAIT_POLICY"; fi
}

# ---- ./tspin test ----

test_the_suites_are_summed_in_one_closing_line() {
  suite First "Total: 5, Errors: 0, Failed: 0, Skipped: 2, Not Run: 1, Time: 0.1s"
  suite Second "Total: 4, Errors: 0, Failed: 0, Skipped: 0, Not Run: 0, Time: 0.1s"
  tspin test
  expect_exit 0
  expect_equal "$(tail -n 1 <<<"$output")" "9 passed, 0 failed, 2 skipped" # 3 of the launcher, 2, 4
}

test_a_failed_test_fails_the_run() {
  suite First "Total: 5, Errors: 1, Failed: 2, Skipped: 0, Not Run: 0, Time: 0.1s" 1
  tspin test
  expect_exit 1
  expect_equal "$(tail -n 1 <<<"$output")" "6 passed, 3 failed, 0 skipped"
}

test_a_suite_that_crashes_counts_as_failed() {
  suite First "Segmentation fault" 139
  tspin test
  expect_exit 1
  expect_contains "$output" "ended with exit code 139"
  expect_equal "$(tail -n 1 <<<"$output")" "3 passed, 1 failed, 0 skipped"
}

test_a_suite_that_was_not_built_counts_as_failed() {
  mkdir -p "$checkout/tests/Absent.Tests"
  tspin test
  expect_exit 1
  expect_equal "$(tail -n 1 <<<"$output")" "3 passed, 1 failed, 0 skipped"
}

test_a_run_in_which_no_test_ran_fails() {
  suite First "Total: 0"
  echo 'echo "launcher  Total: 0"' >"$checkout/tests/launcher/launcher_tests.sh"
  tspin test Nothing
  expect_exit 1
  expect_equal "$(tail -n 1 <<<"$output")" "0 passed, 0 failed, 0 skipped"
}

test_slow_suites_run_only_when_asked_for() {
  suite First "Total: 1, Errors: 0, Failed: 0, Skipped: 0"
  tspin test
  expect_contains "$(<"$calls")" "First.Tests.dll -noLogo -noColor -trait- Category=Slow"
  forget_calls
  tspin test --all
  expect_equal "$(grep -c 'Category=Slow' "$calls")" 0
}

test_all_checks_the_packages_and_counts_that_as_one_test() {
  echo 'echo packed' >"$checkout/scripts/pack-check.sh"
  tspin test
  expect_equal "$(grep -c packed <<<"$output")" 0
  tspin test --all Tokens
  expect_equal "$(grep -c packed <<<"$output")" 0
  tspin test --all
  expect_exit 0
  expect_equal "$(tail -n 1 <<<"$output")" "4 passed, 0 failed, 0 skipped"
  echo 'exit 1' >"$checkout/scripts/pack-check.sh"
  tspin test --all
  expect_exit 1
  expect_equal "$(tail -n 1 <<<"$output")" "3 passed, 1 failed, 0 skipped"
}

test_all_runs_the_numerical_tests_under_every_other_set_of_kernels() {
  suite TSpin.Torch "Total: 5, Errors: 0, Failed: 0, Skipped: 0"
  tspin test
  expect_equal "$(grep -c ' kernels took' <<<"$output")" 0
  tspin test --all
  expect_contains "$output" "---- TSpin.Torch.Tests with portable kernels"
  expect_contains "$output" "---- TSpin.Torch.Tests with aten kernels"
  expect_equal "$(grep -c -- '---- .* with .* kernels$' <<<"$output")" 2
  expect_contains "$output" "18 passed, 1 failed, 0 skipped" # the launcher's 3, 5 three times; there are no packages here
}

test_a_suite_over_its_limit_counts_as_failed() {
  rm "$bin/timeout" # a link to the real one
  fake timeout <<<'exit 124'
  chmod +x "$bin/timeout"
  tspin test
  expect_exit 1
  expect_contains "$output" "was ended after its limit"
  expect_equal "$(tail -n 1 <<<"$output")" "0 passed, 1 failed, 0 skipped"
}

test_filters_reach_the_suites() {
  suite First "Total: 1, Errors: 0, Failed: 0, Skipped: 0"
  tspin test Tokens 'Two Words'
  expect_contains "$(<"$calls")" "-method *Tokens* -method *Two Words*"
}

test_an_unknown_option_is_refused() {
  tspin test --fast
  expect_exit 125
  expect_contains "$errors" "unknown option --fast"
}

test_the_format_checks_count_as_a_test_each() {
  cp "$state/packages/clang-format-14" "$bin/"
  tspin test --format
  expect_exit 0
  expect_equal "$(tail -n 1 <<<"$output")" "5 passed, 0 failed, 0 skipped"
  touch "$state/format-changes"
  tspin test --format
  expect_exit 1
  expect_equal "$(tail -n 1 <<<"$output")" "3 passed, 2 failed, 0 skipped"
  expect_contains "$output" "Cure: clang-format-14 -i"
}

test_the_format_check_installs_clang_format() {
  tspin test --format
  expect_exit 0
  expect_equal "$(tail -n 1 <<<"$output")" "5 passed, 0 failed, 0 skipped"
  expect_contains "$(<"$calls")" "apt-get install -y --no-install-recommends clang-format-14"
}

test_the_format_check_is_skipped_where_clang_format_cannot_be_installed() {
  tspin build
  touch "$state/apt-fails"
  tspin test --format
  expect_exit 0
  expect_equal "$(tail -n 1 <<<"$output")" "4 passed, 0 failed, 1 skipped"
  expect_contains "$output" "skipped: it takes clang-format 14, which is not installed"
}

test_another_version_of_clang_format_does_not_count() {
  sed 's/version 14/version 19/' "$state/packages/clang-format-14" >"$bin/clang-format"
  chmod +x "$bin/clang-format"
  touch "$state/apt-fails"
  tspin test --format
  expect_equal "$(tail -n 1 <<<"$output")" "4 passed, 0 failed, 1 skipped"
}

test_a_failed_build_runs_no_test() {
  echo "error CS1002" >"$state/managed-error"
  tspin test
  expect_exit 125
  expect_equal "$output" ""
}

# ---- run them ----

total=0 failures=0
for name in $(compgen -A function test_); do
  matches_filters "$name" "$@" || continue
  total=$((total + 1))
  if ! report=$( (set_up && trap tear_down EXIT && "$name") 2>&1); then
    failures=$((failures + 1))
    printf 'FAILED %s\n' "$name"
    printf '    %s\n' "${report//$'\n'/$'\n'    }"
  fi
done
printf 'launcher  Total: %d, Errors: 0, Failed: %d, Skipped: 0\n' "$total" "$failures"
((failures == 0))
