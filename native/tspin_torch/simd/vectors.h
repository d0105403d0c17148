// Vectors, in one vocabulary whatever the processor: Floats and Units, which are the same bits as 32-bit units (a float
// or two neighbouring bfloat16 numbers), and what reads, writes, widens, rounds and adds them. Reads and writes need no
// alignment. Vector<A> are vectors of float or double in the compiler's own notation.
#pragma once

#include "simd/numbers.h"

#if defined(__AVX2__)
#include <immintrin.h>
#endif

namespace tspin {
namespace {

#if defined(__AVX512F__)
constexpr int kVectorBytes = 64;
#elif defined(__AVX2__)
constexpr int kVectorBytes = 32;
#else
constexpr int kVectorBytes = 16;
#endif

// As numbers lie in memory.
template <typename A> struct Vector;
template <> struct Vector<float> {
  typedef float type __attribute__((vector_size(kVectorBytes), aligned(4), may_alias));
  typedef int32_t mask __attribute__((vector_size(kVectorBytes)));
};
template <> struct Vector<double> {
  typedef double type __attribute__((vector_size(kVectorBytes), aligned(8), may_alias));
  typedef int64_t mask __attribute__((vector_size(kVectorBytes)));
};
template <typename A> constexpr int64_t kLanes = kVectorBytes / sizeof(A);
template <typename A> constexpr int64_t padded(int64_t n) { return (n + kLanes<A> - 1) / kLanes<A> * kLanes<A>; }

constexpr int64_t kUnits = kLanes<float>;

template <typename S> constexpr int64_t kPerUnit = 4 / static_cast<int64_t>(sizeof(S));
template <typename S> constexpr int64_t units_of(int64_t depth) { return depth * static_cast<int64_t>(sizeof(S)) / 4; }

// For vectors, which may read any type as any other.
template <typename S> const uint32_t *units_at(const S *p) { return reinterpret_cast<const uint32_t *>(p); }

template <typename S> uint32_t unit_at(const S *p) {
  uint32_t unit;
  memcpy(&unit, p, sizeof(unit));
  return unit;
}

} // namespace
} // namespace tspin

#if defined(__AVX512F__)
#include "simd/vectors_avx512.h"
#else
#include "simd/vectors_narrow.h"
#endif
