// What multiplies units in products of few rows and of large matrices: a unit of the one factor, in all lanes, by a
// vector of units of the other.
#pragma once

#include "simd/vectors.h"

#if defined(__AVX2__)

namespace tspin {
namespace {

// A unit of x, in all lanes.
template <typename S> struct Factor;
template <> struct Factor<float> {
  Floats value;
  Factor() = default;
  explicit Factor(uint32_t unit) : value(floats(same_units(unit))) {}
  Floats times(Units w, Floats sum) const { return multiply_add(floats(w), value, sum); }
};
#if defined(__AVX512BF16__)
template <> struct Factor<Bf16> {
  __m512bh pair;
  Factor() = default;
  explicit Factor(uint32_t unit) : pair(reinterpret_cast<__m512bh>(same_units(unit))) {}
  Floats times(Units w, Floats sum) const { return _mm512_dpbf16_ps(sum, reinterpret_cast<__m512bh>(w), pair); }
};
#elif defined(__AVX512F__)
template <> struct Factor<Bf16> {
  Floats low, high;
  Factor() = default;
  explicit Factor(uint32_t unit) : low(floats(same_units(unit << 16))), high(floats(same_units(unit & 0xffff0000u))) {}
  Floats times(Units w, Floats sum) const {
    return multiply_add(high_halves(w), high, multiply_add(low_halves(w), low, sum));
  }
};
#else
template <> struct Factor<Bf16> {
  Floats low, high;
  Factor() = default;
  explicit Factor(uint32_t unit) : low(low_halves(same_units(unit))), high(high_halves(same_units(unit))) {}
};
#endif

#if !defined(__AVX512F__)
// A vector of units of w as rows are multiplied with it, of bfloat16 numbers the former and the latter of each unit;
// once for all rows.
template <typename S> struct Weights;
template <> struct Weights<float> {
  Floats value;
  Weights() = default;
  explicit Weights(Units units) : value(floats(units)) {}
  Floats times(const Factor<float> &factor, Floats sum) const { return multiply_add(value, factor.value, sum); }
};
template <> struct Weights<Bf16> {
  Floats low, high;
  Weights() = default;
  explicit Weights(Units units) : low(low_halves(units)), high(high_halves(units)) {}
  Floats times(const Factor<Bf16> &factor, Floats sum) const {
    return multiply_add(high, factor.high, multiply_add(low, factor.low, sum));
  }
};
#endif

} // namespace
} // namespace tspin

#endif
