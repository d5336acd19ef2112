# For ./test and .ci/run: runs the tests of a build folder. Sourced by bash.

# How many slots ctest has: a test that computes takes two, one that mostly waits takes one (tests/CMakeLists.txt). The latter
# have some more where they are alone.
test_slots=$((2 * $(nproc)))
waiting_slots=$((5 * $(nproc) / 2))

# run_tests FOLDER COMPUTING EXCEPT: the tests of real programs (e2e), which mostly wait, and beside them those whose
# names fit the regular expression COMPUTING. Of neither those that fit EXCEPT. The former have the processor first, since
# their time is real. Each group has a folder of its own for the files that ctest writes.
run_tests() {
  local folder=$1 computing=$2 except=$3 status=0 group job
  # With an expression that it does not understand, ctest leaves nothing out, and goes on.
  if ctest --test-dir "$folder" -N -E "^e2e/|$except" 2>&1 | grep -q '^RegularExpression'; then
    printf 'run_tests: ctest does not understand: %s\n' "$except" >&2
    return 1
  fi
  for group in computing waiting; do
    mkdir -p "$folder/$group"
    printf 'subdirs("..")\n' >"$folder/$group/CTestTestfile.cmake"
  done
  nice -n 5 ctest --test-dir "$folder/computing" --output-on-failure -j "$test_slots" -R "$computing" \
    -E "^e2e/|$except" >"$folder/computing/output" 2>&1 &
  job=$!
  # shellcheck disable=SC2064  # its number now
  trap "kill $job 2>/dev/null || true" EXIT
  ctest --test-dir "$folder/waiting" --output-on-failure -j "$waiting_slots" -R '^e2e/' -E "$except" || status=$?
  wait "$job" || status=$?
  trap - EXIT
  cat "$folder/computing/output"
  report_failures "$folder/computing" "$folder/waiting"
  return "$status"
}

# report_failures FOLDER...: what failed, and the end of what each such test printed, as the last thing on the screen.
report_failures() {
  local folder name
  for folder; do
    [[ -s $folder/Testing/Temporary/LastTestsFailed.log ]] || continue
    while IFS=: read -r _ name; do
      printf '\n==== failed: %s\n' "$name"
      awk -v name="$name" '/^[0-9]+\/[0-9]+ Test: / { inside = substr($0, index($0, ": ") + 2) == name } inside' \
        "$folder/Testing/Temporary/LastTest.log" | tail -n 40
    done <"$folder/Testing/Temporary/LastTestsFailed.log"
  done
}

# The rooms of the core, whose unit tests run on other machines, too. There without those that try a million things, which take
# hours on slow ones and see nothing of a machine.
core_rooms='base wire link mux ip ppp legacy secure tunnel telnet sim'
core_filter='-Repair.*:*/RepairOfLength.*:*.AgreesWith*:*.BringEveryByteOver*:*.BringsBackEvery*:*.*AMillion*:SpeedSearch.Finds*'

# run_core_tests COMMAND...: the program of core_tests, that many times at once as there are processors.
run_core_tests() {
  local shard shards=()
  for ((shard = 0; shard < $(nproc); ++shard)); do
    GTEST_TOTAL_SHARDS=$(nproc) GTEST_SHARD_INDEX=$shard GTEST_FILTER=$core_filter "$@" --gtest_brief=1 &
    shards+=($!)
  done
  for shard in "${shards[@]}"; do wait "$shard"; done
}

# core_of all|quick ARCH...: the unit tests of the core, under qemu-user. `quick` is what depends on the order of bytes and on the
# size of numbers.
core_of() {
  local rooms=$core_rooms arch
  if [[ $1 == quick ]]; then
    rooms='base wire mux ip ppp legacy secure'
  fi
  shift
  install_packages "${BOARD_TEST_PACKAGES[@]}"
  ROOMS=$rooms scripts/build-boards --tests "$@"
  for arch; do
    run_core_tests "$(scripts/build-boards --qemu "$arch")" "build/boards/work/$arch/core_tests/tests/boards/core_tests"
    printf '%s: the core passes\n' "$arch"
  done
}

# other_architectures [ARCH...]: by default one of each kind: 64 and 32 bits, little- and big-endian, and what boards have.
other_architectures() {
  [[ $# -gt 0 ]] || set -- x86_64 aarch64 armhf mipsel mips s390x
  install_packages "${BOARD_TEST_PACKAGES[@]}"
  scripts/build-boards x86_64
  scripts/build-boards "$@"
  core_of all "$@"
  SERIALTCP=$PWD/build/boards/serialtcp-x86_64 tests/boards/run.py build/boards "$@"
}
