// Products in units, for AVX-512; other processors have those of widened_products.h. 12 rows by 32 columns of the
// result stay in registers, and a is read where it lies as long as its depth is contiguous, else from panels.
#pragma once

#include "kernels/few_rows.h"
#include "kernels/product_walk.h"
#include "kernels/widened_products.h"

namespace tspin {
namespace {

#if defined(__AVX512F__)

constexpr int kPanelRows = 12;
constexpr int64_t kAlias = 2048; // bytes; rows a multiple of it apart compete for lines of the first-level cache

inline void write_columns(float *to, __mmask32 columns, Floats low, Floats high) {
  _mm512_mask_storeu_ps(to, static_cast<__mmask16>(columns), low);
  _mm512_mask_storeu_ps(to + kUnits, static_cast<__mmask16>(columns >> 16), high);
}
#if defined(__AVX512BF16__)
inline void write_columns(Bf16 *to, __mmask32 columns, Floats low, Floats high) {
  _mm512_mask_storeu_epi16(to, columns, reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(high, low)));
}
#endif

// R rows of a by a panel of b. Row r of a begins `row` units after the one before, its next unit lies `step` further.
template <typename S, int R>
inline void multiply_units(const uint32_t *a, int64_t row, int64_t step, const uint32_t *b, int64_t units,
                           const Tile<S> &t) {
  Floats sum[R][2];
#pragma GCC unroll 16
  for (int r = 0; r < R; r++) {
    sum[r][0] = sum[r][1] = zeros();
    const auto *first = t.out != nullptr ? reinterpret_cast<const char *>(t.out + r * t.out_row)
                                         : reinterpret_cast<const char *>(t.sums + r * t.sums_row);
    __builtin_prefetch(first, 1);
    __builtin_prefetch(first + 63, 1);
    __builtin_prefetch(first + 127, 1);
    if (t.before != nullptr) {
      __builtin_prefetch(t.before + r * t.sums_row);
      __builtin_prefetch(t.before + r * t.sums_row + kUnits);
      __builtin_prefetch(t.before + r * t.sums_row + kSide - 1);
    }
  }
  const auto columns = static_cast<__mmask32>((1ull << t.columns) - 1);
  // A pointer for every three rows: one for each would be kept on the stack.
  const uint32_t *a0 = a, *a3 = a + 3 * row, *a6 = a + 6 * row, *a9 = a + 9 * row;
  for (const uint32_t *const end = b + units * kSide; b != end;
       b += kSide, a0 += step, a3 += step, a6 += step, a9 += step) {
    const Units low = _mm512_load_si512(b), high = _mm512_load_si512(b + kUnits);
#pragma GCC unroll 16
    for (int r = 0; r < R; r++) {
      const auto *from = r < 3 ? a0 : r < 6 ? a3 : r < 9 ? a6 : a9;
      const Factor<S> factor(unit_at(from + r % 3 * row));
      sum[r][0] = factor.times(low, sum[r][0]);
      sum[r][1] = factor.times(high, sum[r][1]);
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < R; r++) {
    auto &low = sum[r][0], &high = sum[r][1];
    if (t.before != nullptr) {
      low = add(low, _mm512_maskz_loadu_ps(static_cast<__mmask16>(columns), t.before + r * t.sums_row));
      high =
          add(high, _mm512_maskz_loadu_ps(static_cast<__mmask16>(columns >> 16), t.before + r * t.sums_row + kUnits));
    }
    if (t.bias != nullptr) {
      low = add(low, read_numbers(t.bias));
      high = add(high, read_numbers(t.bias + kUnits));
    }
    if (t.out != nullptr) {
      write_columns(t.out + r * t.out_row, columns, low, high);
    } else {
      write_columns(t.sums + r * t.sums_row, columns, low, high);
    }
  }
}

// The same for up to 12 rows.
template <typename S, int R = kPanelRows>
void multiply_rows(int64_t rows, const uint32_t *a, int64_t row, int64_t step, const uint32_t *b, int64_t units,
                   const Tile<S> &t) {
  if (rows == R) {
    multiply_units<S, R>(a, row, step, b, units, t);
  } else if constexpr (R > 1) {
    multiply_rows<S, R - 1>(rows, a, row, step, b, units, t);
  }
}

// 16 columns of two rows that follow each other in the depth, as units; the second may be missing. Of floats a unit is
// one number, and the second row is not read.
inline Units units_of_rows(const float *row, const float *, __mmask16 columns) {
  return _mm512_castps_si512(_mm512_maskz_loadu_ps(columns, row));
}
inline Units units_of_rows(const Bf16 *row, const Bf16 *next, __mmask16 columns) {
  const __m256i low = _mm256_maskz_loadu_epi16(columns, row),
                high = next != nullptr ? _mm256_maskz_loadu_epi16(columns, next) : _mm256_setzero_si256();
  return _mm512_or_si512(_mm512_cvtepu16_epi32(low), _mm512_slli_epi32(_mm512_cvtepu16_epi32(high), 16));
}

// A panel of W columns, unit after unit, from numbers whose columns are adjacent; zeros for columns that are not there.
template <typename S, int W> void copy_panel(const S *from, int64_t row, int64_t columns, int64_t depth, uint32_t *to) {
  for (int64_t d = 0; d < depth; d += kPerUnit<S>, from += kPerUnit<S> * row, to += W) {
    const S *next = d + 1 < depth ? from + row : nullptr;
#pragma GCC unroll 2
    for (int s = 0; s < W; s += static_cast<int>(kUnits)) {
      _mm_prefetch(reinterpret_cast<const char *>(from + s + 2 * W),
                   _MM_HINT_T0); // of the next panel: rows are too far apart for the hardware to follow
      if (sizeof(S) < 4 && next != nullptr) {
        _mm_prefetch(reinterpret_cast<const char *>(next + s + 2 * W), _MM_HINT_T0);
      }
      _mm512_mask_storeu_epi32(to + s, mask_of(W - s),
                               units_of_rows(from + s, next == nullptr ? nullptr : next + s, mask_of(columns - s)));
    }
  }
}

// A panel of 12 rows, unit after unit, from numbers whose depth is contiguous.
inline void turn_rows(const uint32_t *from, int64_t row, int64_t rows, int64_t units, uint32_t *to) {
  for (int64_t u = 0; u < units; u += kUnits) {
    Units columns[kUnits];
    turn(from + u, row, smaller(rows, kPanelRows), units - u, columns, from + u);
    for (int64_t i = 0; i < smaller(kUnits, units - u); i++) {
      _mm512_mask_storeu_epi32(to + (u + i) * kPanelRows, mask_of(kPanelRows), columns[i]);
    }
  }
}

template <typename S> struct ProductsInUnits {
  using Number = S;
  using Unit = uint32_t;
  static constexpr int64_t kNumbers = kPerUnit<S>, kRows = kPanelRows, kColumns = kSide, kBlock = 120;
  static constexpr int64_t kDepth = 384; // a panel of b is then as large as the first-level cache

  static int64_t size_of_a(int64_t units) { return units * kRows; }
  static int64_t size_of_b(int64_t units) { return units * kColumns; }

  static void fill_b(const Operand<S> &b, int64_t columns, const DepthStretch &stretch, uint32_t *panels) {
    for (int64_t column = 0; column < columns; column += kColumns) {
      auto *panel = panels + column * stretch.units;
      if (b.depth_adjacent) {
        turn_side(units_at(b.data + column * b.stride) + stretch.from, b.stride / kNumbers, columns - column,
                  stretch.units, panel);
      } else {
        copy_panel<S, kSide>(b.data + stretch.first * b.stride + column, b.stride, columns - column, stretch.depth,
                             panel);
      }
    }
  }

  // Units of a row lie `step` apart, rows `row`, and every kRows rows `panel`.
  struct Lines {
    const uint32_t *first;
    int64_t panel, row, step;
  };

  static Lines lines_of(const Operand<S> &a, int64_t first, int64_t rows, const DepthStretch &stretch,
                        uint32_t *panels) {
    const auto stride = a.stride / kNumbers;
    if (a.depth_adjacent && a.stride * static_cast<int64_t>(sizeof(S)) % kAlias != 0) {
      return {units_at(a.data + first * a.stride) + stretch.from, kRows * stride, stride, 1};
    }
    for (int64_t r = 0; r < rows; r += kRows) {
      auto *panel = panels + r * stretch.units;
      if (a.depth_adjacent) {
        turn_rows(units_at(a.data + (first + r) * a.stride) + stretch.from, stride, rows - r, stretch.units, panel);
      } else {
        copy_panel<S, kPanelRows>(a.data + stretch.first * a.stride + first + r, a.stride, rows - r, stretch.depth,
                                  panel);
      }
    }
    return {panels, kRows * stretch.units, 1, kRows};
  }

  static void multiply(const Lines &lines, int64_t row, int64_t rows, const uint32_t *b, int64_t units,
                       const Tile<S> &tile) {
    multiply_rows<S>(rows, lines.first + row / kRows * lines.panel, lines.row, lines.step, b, units, tile);
  }
};

template <typename S> constexpr MatrixProducts<S> matrix_products() {
  return {walk_scratch<ProductsInUnits<S>>, walk<ProductsInUnits<S>>};
}
#if !defined(__AVX512BF16__)
template <> constexpr MatrixProducts<Bf16> matrix_products<Bf16>() {
  return {walk_scratch<WidenedProducts<Bf16>>, walk<WidenedProducts<Bf16>>};
}
#endif

#else

template <typename S> constexpr MatrixProducts<S> matrix_products() {
  return {walk_scratch<WidenedProducts<S>>, walk<WidenedProducts<S>>};
}
#if !defined(__AVX2__)
template <> constexpr MatrixProducts<float> matrix_products<float>() { return {}; } // libtorch's own know the processor
#endif

#endif

template <> constexpr MatrixProducts<double> matrix_products<double>() { return {}; }

} // namespace
} // namespace tspin
