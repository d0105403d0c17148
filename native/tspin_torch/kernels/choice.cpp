// Which compilation of the kernels this processor runs. TSPIN_KERNELS=avx2 or portable holds it to a lesser one, and TSPIN_KERNELS=aten leaves
// all to libtorch's own operations, for comparisons.
#include "kernels.h"

#include <atomic>
#include <cstdlib>
#include <cstring>

namespace tspin {

Kernels kernels_portable();
#if defined(TS_X86_KERNELS)
Kernels kernels_avx2();
Kernels kernels_avx512();
Kernels kernels_avx512bf16();
#endif

namespace {

const char *wanted_name() {
  const char *name = std::getenv("TSPIN_KERNELS");
  return name == nullptr ? "" : name;
}

std::atomic<bool> &on() {
  static std::atomic<bool> value{std::strcmp(wanted_name(), "aten") != 0};
  return value;
}

Kernels choose() {
#if defined(TS_X86_KERNELS)
  // Drawing tokens has no counterpart in libtorch, so that even "aten" gets the best kernels for it.
  const char *wanted = std::strcmp(wanted_name(), "aten") == 0 ? "" : wanted_name();
  const auto allowed = [&](const char *name) { return *wanted == '\0' || std::strcmp(wanted, name) == 0; };
  __builtin_cpu_init();
  const bool wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
                    __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("fma");
  if (allowed("avx512bf16") && wide && __builtin_cpu_supports("avx512bf16")) {
    return kernels_avx512bf16();
  }
  if ((allowed("avx512") || allowed("avx512bf16")) && wide) {
    return kernels_avx512();
  }
  if ((*wanted == '\0' || std::strcmp(wanted, "portable") != 0) && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    return kernels_avx2();
  }
#endif
  return kernels_portable();
}

} // namespace

const Kernels &kernels() {
  static const Kernels chosen = choose();
  return chosen;
}

bool kernels_on() { return on().load(std::memory_order_relaxed); }

bool use_kernels(bool wanted) { return on().exchange(wanted, std::memory_order_relaxed); }

} // namespace tspin
