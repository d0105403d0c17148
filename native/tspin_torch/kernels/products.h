// Products of small matrices in registers.
// Part of kernels.cpp, compiled once per instruction set: internal linkage only.
#pragma once

#include "numbers.h"

namespace tspin {
namespace {

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

// c[M x N vectors] (+)= a b, held in registers. a is addressed by two strides, b and c have adjacent columns.
template <typename A, int M, int N>
inline void block(int64_t depth, const A *a, int64_t a_row, int64_t a_column, const A *b, int64_t b_row, A *c, int64_t c_row, bool add) {
  using V = typename Vector<A>::type;
  V sums[M][N];
#pragma GCC unroll 8
  for (int i = 0; i < M; i++) {
#pragma GCC unroll 8
    for (int j = 0; j < N; j++) {
      sums[i][j] = add ? *reinterpret_cast<const V *>(c + i * c_row + j * kLanes<A>) : V{};
    }
  }
  for (int64_t d = 0; d < depth; d++) {
    const A *line = b + d * b_row;
#pragma GCC unroll 8
    for (int i = 0; i < M; i++) {
      const A factor = a[i * a_row + d * a_column];
#pragma GCC unroll 8
      for (int j = 0; j < N; j++) {
        sums[i][j] += factor * *reinterpret_cast<const V *>(line + j * kLanes<A>);
      }
    }
  }
#pragma GCC unroll 8
  for (int i = 0; i < M; i++) {
#pragma GCC unroll 8
    for (int j = 0; j < N; j++) {
      *reinterpret_cast<V *>(c + i * c_row + j * kLanes<A>) = sums[i][j];
    }
  }
}

template <typename A, int N>
void columns(int64_t rows, int64_t depth, const A *a, int64_t a_row, int64_t a_column, const A *b, int64_t b_row, A *c, int64_t c_row, bool add) {
  constexpr int M = 6;
  int64_t i = 0;
  for (; i + M <= rows; i += M) {
    block<A, M, N>(depth, a + i * a_row, a_row, a_column, b, b_row, c + i * c_row, c_row, add);
  }
  for (; i + 2 <= rows; i += 2) {
    block<A, 2, N>(depth, a + i * a_row, a_row, a_column, b, b_row, c + i * c_row, c_row, add);
  }
  if (i < rows) {
    block<A, 1, N>(depth, a + i * a_row, a_row, a_column, b, b_row, c + i * c_row, c_row, add);
  }
}

// c [rows, n] (+)= a [rows, depth] b [depth, n]; n a multiple of the lanes.
template <typename A>
void product(int64_t rows, int64_t n, int64_t depth, const A *a, int64_t a_row, int64_t a_column, const A *b, int64_t b_row, A *c, int64_t c_row, bool add) {
  int64_t j = 0;
#if defined(__AVX512F__)
  for (; j + 4 * kLanes<A> <= n; j += 4 * kLanes<A>) {
    columns<A, 4>(rows, depth, a, a_row, a_column, b + j, b_row, c + j, c_row, add);
  }
#endif
  for (; j + 2 * kLanes<A> <= n; j += 2 * kLanes<A>) {
    columns<A, 2>(rows, depth, a, a_row, a_column, b + j, b_row, c + j, c_row, add);
  }
  for (; j < n; j += kLanes<A>) {
    columns<A, 1>(rows, depth, a, a_row, a_column, b + j, b_row, c + j, c_row, add);
  }
}

} // namespace
} // namespace tspin
