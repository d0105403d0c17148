// Sums of products of large matrices on one thread, for AVX-512; other processors have those of widened_products.h.
// Numbers are taken in units of 32 bits along the depth, a float or two neighbouring bfloat16 numbers, and 12 rows by
// 32 columns of the result stay in registers. b is copied into panels of 32 columns, a stretch of the depth at a time,
// which the second-level cache holds; a is read where it lies as long as its depth is contiguous, else copied into
// panels of 12 rows. A sum is added up in the order of the depth within a stretch and then stretch by stretch, whatever
// part of the result a task computes. The order of the loops is that of Goto and van de Geijn (2008,
// doi 10.1145/1356052.1356053). Part of kernels.cpp, compiled once per instruction set: internal linkage only.
#pragma once

#include "generation.h"
#include "widened_products.h"

namespace tspin {
namespace {

#if defined(__AVX512F__)

constexpr int kPanelRows = 12;
constexpr int64_t kDepth =
    384; // units of a stretch at most: a panel of b is then as large as the first-level cache, which it passes through
constexpr int64_t kBlockRows = 120; // rows for which the panels of b are read again
constexpr int64_t kAlias =
    2048; // bytes; rows that lie a multiple of it apart compete for the same lines of the first-level cache

template <typename S> constexpr int64_t kPerUnit = 4 / static_cast<int64_t>(sizeof(S));

// The depth of a product in as few stretches as there can be, of even length.
template <typename S> struct Stretches {
  int64_t units, length;
  explicit Stretches(int64_t depth) : units((depth + kPerUnit<S> - 1) / kPerUnit<S>) {
    const auto count = (units + kDepth - 1) / kDepth;
    length = (units + count - 1) / count;
  }
};

inline void write_columns(float *to, __mmask32 columns, Floats low, Floats high) {
  _mm512_mask_storeu_ps(to, static_cast<__mmask16>(columns), low);
  _mm512_mask_storeu_ps(to + kUnits, static_cast<__mmask16>(columns >> 16), high);
}
#if defined(__AVX512BF16__)
inline void write_columns(Bf16 *to, __mmask32 columns, Floats low, Floats high) {
  _mm512_mask_storeu_epi16(to, columns, reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(high, low)));
}
#endif

// 32 columns of some rows of the result.
template <typename S> struct Tile {
  const float *before; // what is added, or null
  float *sums;         // where the sums go, unless `out` is where they go in their own type
  S *out;
  int64_t sums_row, out_row; // elements; `before` has the rows of `sums`
  const float *bias;         // [32], or null
  __mmask32 columns;         // those that are there
};

// R rows of a by a panel of b. Row r of a begins `row` units after the one before, its next unit lies `step` further.
template <typename S, int R>
inline void tile(const uint32_t *a, int64_t row, int64_t step, const uint32_t *b, int64_t units, const Tile<S> &t) {
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
      low = add(low, _mm512_maskz_loadu_ps(static_cast<__mmask16>(t.columns), t.before + r * t.sums_row));
      high =
          add(high, _mm512_maskz_loadu_ps(static_cast<__mmask16>(t.columns >> 16), t.before + r * t.sums_row + kUnits));
    }
    if (t.bias != nullptr) {
      low = add(low, read_vector(t.bias));
      high = add(high, read_vector(t.bias + kUnits));
    }
    if (t.out != nullptr) {
      write_columns(t.out + r * t.out_row, t.columns, low, high);
    } else {
      write_columns(t.sums + r * t.sums_row, t.columns, low, high);
    }
  }
}

// Rows of a panel of a, whose units lie `row` and `step` apart.
template <typename S, int R = kPanelRows>
void panel_rows(int64_t rows, const uint32_t *a, int64_t row, int64_t step, const uint32_t *b, int64_t units,
                const Tile<S> &t) {
  if (rows == R) {
    tile<S, R>(a, row, step, b, units, t);
  } else if constexpr (R > 1) {
    panel_rows<S, R - 1>(rows, a, row, step, b, units, t);
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

inline __mmask16 mask_of(int64_t lanes) {
  return lanes >= kUnits ? 0xffffu : lanes > 0 ? static_cast<__mmask16>((1u << lanes) - 1) : 0;
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

// The parts of a task's scratch memory, in 32-bit units.
template <typename S> struct ProductScratch {
  int64_t panels, stretch = 0, stretches = 0;
  bool apart; // sums are kept apart from the result until they are complete

  explicit ProductScratch(const ProductTask<S> &t) : panels((t.columns + kSide - 1) / kSide) {
    for (int64_t i = 0; i < t.count; i++) {
      const Stretches<S> depth(t.terms[i].depth);
      stretch = stretch < depth.length ? depth.length : stretch;
      stretches += (depth.units + depth.length - 1) / depth.length;
    }
    apart = sizeof(S) < 4 && t.out != nullptr && stretches > 1;
  }

  int64_t of_b() const { return stretch * panels * kSide; }
  int64_t of_a() const { return (stretch * kBlockRows + kUnits - 1) / kUnits * kUnits; }
  int64_t all(int64_t rows) const { return of_b() + of_a() + (apart ? rows * panels * kSide : 0); }
};

template <typename S> int64_t matrix_product_scratch(const ProductTask<S> &t) {
  return ProductScratch<S>(t).all(t.rows);
}

// One stretch of one term, for all of a task's rows and columns.
template <typename S>
void add_stretch(const ProductTask<S> &t, const ProductTerm<S> &term, int64_t from, int64_t units,
                 uint32_t *panels_of_b, uint32_t *panels_of_a, const Tile<S> &first) {
  constexpr int64_t per = kPerUnit<S>;
  const auto depth = smaller(units * per, term.depth - from * per);
  for (int64_t column = 0; column < t.columns; column += kSide) {
    auto *panel = panels_of_b + column * units;
    if (term.b.depth_adjacent) {
      turn_side(units_at(term.b.data + column * term.b.stride) + from, term.b.stride / per, t.columns - column, units,
                panel);
    } else {
      copy_panel<S, kSide>(term.b.data + from * per * term.b.stride + column, term.b.stride, t.columns - column, depth,
                           panel);
    }
  }
  const bool lies = term.a.depth_adjacent &&
                    term.a.stride * static_cast<int64_t>(sizeof(S)) % kAlias != 0; // and is read where it does
  for (int64_t begin = 0; begin < t.rows; begin += kBlockRows) {
    const auto rows = smaller(kBlockRows, t.rows - begin);
    for (int64_t r = 0; r < rows && !lies; r += kPanelRows) {
      if (term.a.depth_adjacent) {
        turn_rows(units_at(term.a.data + (begin + r) * term.a.stride) + from, term.a.stride / per, rows - r, units,
                  panels_of_a + r * units);
      } else {
        copy_panel<S, kPanelRows>(term.a.data + from * per * term.a.stride + begin + r, term.a.stride, rows - r, depth,
                                  panels_of_a + r * units);
      }
    }
    for (int64_t column = 0; column < t.columns; column += kSide) {
      alignas(64) float bias[kSide] = {};
      auto to = first;
      to.columns = static_cast<__mmask32>((1ull << smaller(kSide, t.columns - column)) - 1);
      if (first.bias != nullptr) {
        memcpy(bias, first.bias + column, static_cast<size_t>(smaller(kSide, t.columns - column)) * sizeof(float));
        to.bias = bias;
      }
      const auto at = [column](auto *p, int64_t row, int64_t r) { return p == nullptr ? p : p + r * row + column; };
      for (int64_t r = 0; r < rows; r += kPanelRows) {
        to.before = at(first.before, first.sums_row, begin + r);
        to.sums = at(first.sums, first.sums_row, begin + r);
        to.out = at(first.out, first.out_row, begin + r);
        const auto *panel = panels_of_b + column * units;
        if (lies) {
          panel_rows<S>(smaller(kPanelRows, rows - r), units_at(term.a.data + (begin + r) * term.a.stride) + from,
                        term.a.stride / per, 1, panel, units, to);
        } else {
          panel_rows<S>(smaller(kPanelRows, rows - r), panels_of_a + r * units, 1, kPanelRows, panel, units, to);
        }
      }
    }
  }
}

template <typename S> void matrix_product(const ProductTask<S> &t, float *scratch) {
  const ProductScratch<S> parts(t);
  auto *b = reinterpret_cast<uint32_t *>(scratch), *a = b + parts.of_b();
  // Where sums are kept between stretches.
  float *sums = t.sums;
  int64_t sums_row = t.out_row;
  if constexpr (sizeof(S) == 4) {
    sums = t.out;
  }
  if (parts.apart) {
    sums = scratch + parts.of_b() + parts.of_a();
    sums_row = parts.panels * kSide;
  }
  int64_t done = 0;
  for (int64_t i = 0; i < t.count; i++) {
    const Stretches<S> depth(t.terms[i].depth);
    for (int64_t from = 0; from < depth.units; from += depth.length, done++) {
      const bool last = done + 1 == parts.stretches;
      const Tile<S> tile{done > 0 || t.add ? sums : nullptr,
                         sums,
                         last || sizeof(S) == 4 ? t.out : nullptr,
                         sums_row,
                         t.out_row,
                         last ? t.bias : nullptr,
                         0};
      add_stretch(t, t.terms[i], from, smaller(depth.length, depth.units - from), b, a, tile);
    }
  }
}

template <typename S> constexpr MatrixProducts<S> matrix_products() {
  return {matrix_product_scratch<S>, matrix_product<S>};
}
#if !defined(__AVX512BF16__)
template <> constexpr MatrixProducts<Bf16> matrix_products<Bf16>() {
  return {wide_product_scratch<Bf16>, wide_product<Bf16>};
}
#endif

#else

template <typename S> constexpr MatrixProducts<S> matrix_products() {
  return {wide_product_scratch<S>, wide_product<S>};
}
#if !defined(__AVX2__)
template <> constexpr MatrixProducts<float> matrix_products<float>() { return {}; } // libtorch's own know the processor
#endif

#endif

template <> constexpr MatrixProducts<double> matrix_products<double>() { return {}; }

} // namespace
} // namespace tspin
