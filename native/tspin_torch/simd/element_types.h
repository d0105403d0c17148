// The numbers that kernels read and write, and those that they compute with.
#pragma once

#include <cstdint>

namespace tspin {

struct Bf16 {
  uint16_t bits;
};

// The type of the arithmetic.
template <typename S> struct Wide { using type = float; };
template <> struct Wide<double> { using type = double; };

} // namespace tspin
