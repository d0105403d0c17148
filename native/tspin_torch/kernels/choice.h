// Which sets of kernels there are. Apart from kernels.h, whose includers are compiled for instruction sets of their own
// and therefore keep away from standard library templates.
#pragma once

#include <string>

namespace tspin {

struct Kernels;

// Names of all sets that this processor has, best first, with spaces between.
std::string known_kernels();

// Those that this build has, whether or not the processor can run them.
std::string built_kernels();

// One of known_kernels(); std::invalid_argument where there is no such set, or the processor cannot run it.
Kernels kernels_named(const std::string &name);

// Which set kernels() has, or "aten" to begin without; empty for the best there is. Before the first use of kernels(),
// which refuses a name that is none.
void want_kernels(const std::string &name);

} // namespace tspin
