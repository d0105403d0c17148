// Products of small matrices in registers.
#pragma once

#include "simd/pairs.h"

namespace tspin {
namespace {

// What one element of a and a vector of b add to a vector of sums.
template <typename E> struct Terms {
  using Sum = E;
  using V = typename Vector<E>::type;
  static void add(V &sums, E factor, const E *b) { sums += factor * *reinterpret_cast<const V *>(b); }
};

#if defined(__AVX512BF16__)
template <> struct Terms<Pair> {
  using Sum = float;
  using V = __m512;
  static void add(V &sums, Pair factor, const Pair *b) {
    sums = _mm512_dpbf16_ps(sums, same_pairs(factor), pairs_at(b));
  }
};
#endif

// c[M x N vectors] (+)= a b, held in registers. a is addressed by two strides, b and c have adjacent columns.
template <int M, int N, typename E, typename A = typename Terms<E>::Sum>
inline void block(int64_t depth, const E *a, int64_t a_row, int64_t a_column, const E *b, int64_t b_row, A *c,
                  int64_t c_row, bool add) {
  using V = typename Terms<E>::V;
  using Unaligned = typename Vector<A>::type;
  V sums[M][N];
#pragma GCC unroll 16
  for (int i = 0; i < M; i++) {
#pragma GCC unroll 8
    for (int j = 0; j < N; j++) {
      sums[i][j] = add ? static_cast<V>(*reinterpret_cast<const Unaligned *>(c + i * c_row + j * kLanes<A>)) : V{};
    }
  }
  for (int64_t d = 0; d < depth; d++) {
    const E *line = b + d * b_row;
#pragma GCC unroll 16
    for (int i = 0; i < M; i++) {
      const E factor = a[i * a_row + d * a_column];
#pragma GCC unroll 8
      for (int j = 0; j < N; j++) {
        Terms<E>::add(sums[i][j], factor, line + j * kLanes<E>);
      }
    }
  }
#pragma GCC unroll 16
  for (int i = 0; i < M; i++) {
#pragma GCC unroll 8
    for (int j = 0; j < N; j++) {
      *reinterpret_cast<Unaligned *>(c + i * c_row + j * kLanes<A>) = static_cast<Unaligned>(sums[i][j]);
    }
  }
}

// N vectors of columns, M rows at a time: M N sums and N vectors of b fill the registers.
template <int M, int N, typename E, typename A = typename Terms<E>::Sum>
void columns(int64_t rows, int64_t depth, const E *a, int64_t a_row, int64_t a_column, const E *b, int64_t b_row, A *c,
             int64_t c_row, bool add) {
  int64_t i = 0;
  for (; i + M <= rows; i += M) {
    block<M, N>(depth, a + i * a_row, a_row, a_column, b, b_row, c + i * c_row, c_row, add);
  }
  for (; i + 6 <= rows; i += 6) {
    block<6, N>(depth, a + i * a_row, a_row, a_column, b, b_row, c + i * c_row, c_row, add);
  }
  for (; i + 2 <= rows; i += 2) {
    block<2, N>(depth, a + i * a_row, a_row, a_column, b, b_row, c + i * c_row, c_row, add);
  }
  if (i < rows) {
    block<1, N>(depth, a + i * a_row, a_row, a_column, b, b_row, c + i * c_row, c_row, add);
  }
}

// c [rows, n] (+)= a [rows, depth] b [depth, n]; n a multiple of the lanes. Of pairs, depth counts pairs.
template <typename E, typename A = typename Terms<E>::Sum>
void product(int64_t rows, int64_t n, int64_t depth, const E *a, int64_t a_row, int64_t a_column, const E *b,
             int64_t b_row, A *c, int64_t c_row, bool add) {
  int64_t j = 0;
#if defined(__AVX512F__)
  for (; j + 4 * kLanes<E> <= n; j += 4 * kLanes<E>) {
    columns<6, 4>(rows, depth, a, a_row, a_column, b + j, b_row, c + j, c_row, add);
  }
  for (; j + 2 * kLanes<E> <= n; j += 2 * kLanes<E>) {
    columns<12, 2>(rows, depth, a, a_row, a_column, b + j, b_row, c + j, c_row, add);
  }
#endif
  for (; j + 2 * kLanes<E> <= n; j += 2 * kLanes<E>) {
    columns<6, 2>(rows, depth, a, a_row, a_column, b + j, b_row, c + j, c_row, add);
  }
  for (; j < n; j += kLanes<E>) {
    columns<6, 1>(rows, depth, a, a_row, a_column, b + j, b_row, c + j, c_row, add);
  }
}

} // namespace
} // namespace tspin
