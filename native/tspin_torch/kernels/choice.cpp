// Which compilation of the kernels this process runs: the best that the processor has, or the one that is wanted;
// "aten" leaves all to libtorch's own operations, for comparisons.
#include "kernels/choice.h"

#include "kernels/kernels.h"

#include <atomic>
#include <stdexcept>
#include <vector>

namespace tspin {

// CMake defines which sets this build has.
#if defined(TS_KERNELS_PORTABLE)
Kernels kernels_portable();
#endif
#if defined(TS_KERNELS_AVX2)
Kernels kernels_avx2();
#endif
#if defined(TS_KERNELS_AVX512)
Kernels kernels_avx512();
#endif
#if defined(TS_KERNELS_AVX512BF16)
Kernels kernels_avx512bf16();
#endif

namespace {

constexpr const char *kOption = "TSPIN_KERNELS", *kLibtorch = "aten";

struct Set {
  const char *name;
  bool (*runs_here)();
  Kernels (*make)();
  bool (*is_slow_here)() = nullptr; // another set that runs here is faster
};

#if defined(__x86_64__)
[[maybe_unused]] bool has_avx2() {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
}
[[maybe_unused]] bool has_avx512() {
  return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}
[[maybe_unused]] bool has_avx512bf16() { return has_avx512() && __builtin_cpu_supports("avx512bf16"); }
// VDPBF16PS multiplies twice as many numbers as an FMA. AMD's cores begin as many of them; Intel's, which leave
// bfloat16 to AMX, begin one for every four, half the arithmetic of widened products (docs/experiments.md).
[[maybe_unused]] bool is_intel() { return __builtin_cpu_is("intel"); }
#endif

// Best first, where none is slow.
constexpr Set kSets[] = {
#if defined(TS_KERNELS_AVX512BF16)
    {"avx512bf16", has_avx512bf16, kernels_avx512bf16, is_intel},
#endif
#if defined(TS_KERNELS_AVX512)
    {"avx512", has_avx512, kernels_avx512},
#endif
#if defined(TS_KERNELS_AVX2)
    {"avx2", has_avx2, kernels_avx2},
#endif
#if defined(TS_KERNELS_PORTABLE)
    {"portable", [] { return true; }, kernels_portable},
#endif
};

// Never destroyed: kernels may be asked for when the process ends.
std::string &wanted_name() {
  static auto *const name = new std::string;
  return *name;
}

std::atomic<bool> on{true};

// What runs_here() asks has to be looked up first, which elsewhere happens before main.
void look_at_processor() {
#if defined(__x86_64__)
  __builtin_cpu_init();
#endif
}

Kernels choose() {
  // Drawing tokens has no counterpart in libtorch, so that even "aten" gets the best kernels for it.
  const std::string wanted = wanted_name() == kLibtorch ? "" : wanted_name();
  return kernels_named(wanted.empty() ? known_kernels().substr(0, known_kernels().find(' ')) : wanted);
}

// Those that run here, best first; or all, in the order above.
std::string names_of_sets(bool all) {
  look_at_processor();
  std::string fast, slow;
  for (const auto &set : kSets) {
    if (all || set.runs_here()) {
      auto &names = !all && set.is_slow_here != nullptr && set.is_slow_here() ? slow : fast;
      names += (names.empty() ? "" : " ") + std::string(set.name);
    }
  }
  return fast + (fast.empty() || slow.empty() ? "" : " ") + slow;
}

} // namespace

const Kernels &kernels() {
  static const Kernels chosen = choose();
  return chosen;
}

std::string known_kernels() { return names_of_sets(false); }

std::string built_kernels() { return names_of_sets(true); }

Kernels kernels_named(const std::string &name) {
  look_at_processor();
  bool exists = false;
  for (const auto &set : kSets) {
    if (name == set.name) {
      if (set.runs_here()) {
        return set.make();
      }
      exists = true;
    }
  }
  throw std::invalid_argument(std::string(kOption) + "=" + name +
                              (exists ? " names kernels that this processor cannot run" : " names no set of kernels") +
                              "; cure: leave it unset, or one of: " + known_kernels() + " " + kLibtorch);
}

void want_kernels(const std::string &name) {
  wanted_name() = name;
  on = name != kLibtorch;
}

bool kernels_on() { return on.load(std::memory_order_relaxed); }

bool use_kernels(bool wanted) { return on.exchange(wanted, std::memory_order_relaxed); }

} // namespace tspin
