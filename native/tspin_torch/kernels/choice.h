// Which sets of kernels there are. Apart from kernels.h, whose includers are compiled for instruction sets of their own and therefore keep away from standard library templates.
#pragma once

#include <string>

namespace tspin {

// Names of all sets that this processor has, best first, with spaces between.
std::string known_kernels();

} // namespace tspin
