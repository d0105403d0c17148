// Sums of products of large matrices on one thread, in vectors of float32, whichever the compiler has: for processors
// without AVX-512, and for bfloat16 numbers where no instruction multiplies them. Both factors are copied into panels,
// a stretch of the depth at a time, b in panels of two vectors of columns, a in panels of as many rows as there are
// registers for their sums; a bfloat16 number becomes a float32 on that way, once for all products that it is part of,
// and a sum is rounded once, when it is complete. A sum is added up in the order of the depth within a stretch and then
// stretch by stretch, whatever part of the result a task computes. The order of the loops is that of Goto and van de
// Geijn (2008, doi 10.1145/1356052.1356053). Part of kernels.cpp, compiled once per instruction set: internal linkage
// only.
#pragma once

#include "products.h"

#if !defined(__AVX512BF16__)

namespace tspin {
namespace {

using Wides = typename Vector<float>::type;
typedef uint16_t Halves __attribute__((vector_size(kVectorBytes / 2), aligned(2), may_alias));
typedef uint32_t Words __attribute__((vector_size(kVectorBytes), aligned(4), may_alias));

constexpr int kWide = static_cast<int>(kLanes<float>);
constexpr int kTileRows =
    kVectorBytes == 64 ? 12 : 6; // their sums of two vectors each, two vectors of b and one of a fill the registers
constexpr int kTileColumns = 2 * kWide;
constexpr int64_t kTileDepth = 256; // of a stretch at most: a panel of b then passes through the first-level cache
constexpr int64_t kTileBlock = 120; // rows of a for which the panels of b are read again

inline Wides read_wide(const float *p) { return *reinterpret_cast<const Wides *>(p); }
inline Wides read_wide(const Bf16 *p) {
  return reinterpret_cast<Wides>(__builtin_convertvector(*reinterpret_cast<const Halves *>(p), Words) << 16);
}
inline void write_wide(float *p, Wides x) { *reinterpret_cast<Wides *>(p) = x; }
// As store() rounds.
inline void write_wide(Bf16 *p, Wides x) {
  const auto bits = reinterpret_cast<Words>(x);
  const Words rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16;
  const Words kept = (bits & 0x7fffffffu) > 0x7f800000u ? Words{} + 0x7fc0u : rounded;
  *reinterpret_cast<Halves *>(p) = __builtin_convertvector(kept, Halves);
}

// The depth of a product in as few stretches as there can be, of even length.
struct WideStretches {
  int64_t depth, length;
  explicit WideStretches(int64_t all) : depth(all) {
    const auto count = (depth + kTileDepth - 1) / kTileDepth;
    length = (depth + count - 1) / count;
  }
};

// Panels of W lines of one factor, number after number of the depth, zeros for lines that are not there. Every panel
// has room for a vector behind it, so that lines are written a vector at a time even where W is less. Lines are rows of
// a or columns of b.
template <int W> struct Panels {
  static constexpr int64_t kRoom = W % kWide == 0 ? 0 : kWide;
  static int64_t size(int64_t depth) { return depth * W + kRoom; }
  static int64_t count(int64_t lines) { return (lines + W - 1) / W; }

  // From numbers whose lines are adjacent: all panels go forward together, so that memory is read in its order.
  template <typename S> static void copy(const S *from, int64_t stride, int64_t lines, int64_t depth, float *to) {
    const auto whole = lines / W, room = size(depth);
    for (int64_t d = 0; d < depth; d++, from += stride) {
      float *at = to + d * W;
      int64_t first = 0;
      for (int64_t p = 0; p < whole; p++, first += W, at += room) {
        if (W % kWide == 0 || first + (W + kWide - 1) / kWide * kWide <= lines) {
#pragma GCC unroll 4
          for (int i = 0; i < W; i += kWide) {
            write_wide(at + i, read_wide(from + first + i));
          }
        } else {
          for (int i = 0; i < W; i++) {
            at[i] = load(from + first + i);
          }
        }
      }
      for (int i = 0; first < lines && i < W; i++) {
        at[i] = first + i < lines ? load(from + first + i) : 0.0f;
      }
    }
  }

  // From numbers whose depth is adjacent, a square of vectors at a time, turned in registers.
  template <typename S> static void turn(const S *from, int64_t stride, int64_t lines, int64_t depth, float *to) {
    for (int64_t first = 0; first < lines; first += W, to += size(depth)) {
      const auto there = lines - first < W ? lines - first : W;
      int64_t d = 0;
      for (; d + kWide <= depth; d += kWide) {
        constexpr int kAcross = (W + kWide - 1) / kWide;
        Wides tiles[kAcross][kWide];
#pragma GCC unroll 4
        for (int i = 0; i < kAcross; i++) {
#pragma GCC unroll 16
          for (int n = 0; n < kWide; n++) {
            const auto line = i * kWide + n;
            tiles[i][n] = line < W && line < there ? read_wide(from + (first + line) * stride + d) : Wides{};
          }
          transpose_square<float>(tiles[i]);
        }
        // In this order: what a vector writes beyond its W lines, the next number of the depth overwrites.
#pragma GCC unroll 16
        for (int n = 0; n < kWide; n++) {
#pragma GCC unroll 4
          for (int i = 0; i < kAcross; i++) {
            write_wide(to + (d + n) * W + i * kWide, tiles[i][n]);
          }
        }
      }
      for (; d < depth; d++) {
        for (int i = 0; i < W; i++) {
          to[d * W + i] = i < there ? load(from + (first + i) * stride + d) : 0.0f;
        }
      }
    }
  }

  template <typename S>
  static void fill(const Operand<S> &from, int64_t line, int64_t lines, int64_t first, int64_t depth, float *to) {
    if (from.depth_adjacent) {
      turn(from.data + line * from.stride + first, from.stride, lines, depth, to);
    } else {
      copy(from.data + first * from.stride + line, from.stride, lines, depth, to);
    }
  }
};

// Some rows and columns of the result.
template <typename S> struct WideTile {
  const float *before; // what is added, or null
  float *sums;         // where the sums go, unless `out` is where they go in their own type
  S *out;
  int64_t sums_row, out_row; // elements; `before` has the rows of `sums`
  const float *bias;         // [kTileColumns], or null
  int64_t columns;           // those that are there
};

template <typename T> inline void write_row(T *to, int64_t columns, Wides low, Wides high) {
  if (columns == kTileColumns) {
    write_wide(to, low);
    write_wide(to + kWide, high);
    return;
  }
  float line[kTileColumns];
  write_wide(line, low);
  write_wide(line + kWide, high);
  for (int64_t i = 0; i < columns; i++) {
    store(to + i, line[i]);
  }
}

// R rows of a panel of a by a panel of b.
template <typename S, int R>
inline void wide_tile(const float *a, const float *b, int64_t depth, const WideTile<S> &t) {
  Wides sum[R][2] = {};
  for (int64_t d = 0; d < depth; d++, a += kTileRows, b += kTileColumns) {
    const Wides low = read_wide(b), high = read_wide(b + kWide);
#pragma GCC unroll 16
    for (int r = 0; r < R; r++) {
      sum[r][0] += a[r] * low;
      sum[r][1] += a[r] * high;
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < R; r++) {
    auto low = sum[r][0], high = sum[r][1];
    if (t.before != nullptr) {
      const float *before = t.before + r * t.sums_row;
      float line[kTileColumns] = {};
      if (t.columns < kTileColumns) {
        memcpy(line, before, static_cast<size_t>(t.columns) * sizeof(float));
        before = line;
      }
      low += read_wide(before);
      high += read_wide(before + kWide);
    }
    if (t.bias != nullptr) {
      low += read_wide(t.bias);
      high += read_wide(t.bias + kWide);
    }
    if (t.out != nullptr) {
      write_row(t.out + r * t.out_row, t.columns, low, high);
    } else {
      write_row(t.sums + r * t.sums_row, t.columns, low, high);
    }
  }
}

template <typename S, int R = kTileRows>
void wide_rows(int64_t rows, const float *a, const float *b, int64_t depth, const WideTile<S> &t) {
  if (rows == R) {
    wide_tile<S, R>(a, b, depth, t);
  } else if constexpr (R > 1) {
    wide_rows<S, R - 1>(rows, a, b, depth, t);
  }
}

// The parts of a task's scratch memory, in floats; each begins at a cache line.
template <typename S> struct WideScratch {
  int64_t of_b = 0, of_a = 0, of_sums = 0, stretches = 0, sums_row;

  explicit WideScratch(const ProductTask<S> &t) : sums_row(Panels<kTileColumns>::count(t.columns) * kTileColumns) {
    int64_t longest = 0;
    for (int64_t i = 0; i < t.count; i++) {
      const WideStretches depth(t.terms[i].depth);
      longest = longest < depth.length ? depth.length : longest;
      stretches += (depth.depth + depth.length - 1) / depth.length;
    }
    const auto whole_lines = [](int64_t n) { return (n + 15) / 16 * 16; };
    of_b = whole_lines(Panels<kTileColumns>::count(t.columns) * Panels<kTileColumns>::size(longest));
    of_a = whole_lines(Panels<kTileRows>::count(kTileBlock) * Panels<kTileRows>::size(longest));
    // Sums are kept apart from a narrow result until they are complete.
    of_sums = sizeof(S) < 4 && t.out != nullptr && stretches > 1 ? t.rows * sums_row : 0;
  }
};

template <typename S> int64_t wide_product_scratch(const ProductTask<S> &t) {
  const WideScratch<S> parts(t);
  return parts.of_b + parts.of_a + parts.of_sums;
}

// One stretch of one term, for all of a task's rows and columns.
template <typename S>
void add_wide_stretch(const ProductTask<S> &t, const ProductTerm<S> &term, int64_t from, int64_t depth,
                      float *panels_of_b, float *panels_of_a, const WideTile<S> &first) {
  const auto panel_of_b = Panels<kTileColumns>::size(depth), panel_of_a = Panels<kTileRows>::size(depth);
  Panels<kTileColumns>::fill(term.b, 0, t.columns, from, depth, panels_of_b);
  for (int64_t begin = 0; begin < t.rows; begin += kTileBlock) {
    const auto rows = t.rows - begin < kTileBlock ? t.rows - begin : kTileBlock;
    Panels<kTileRows>::fill(term.a, begin, rows, from, depth, panels_of_a);
    for (int64_t column = 0; column < t.columns; column += kTileColumns) {
      float bias[kTileColumns] = {};
      auto to = first;
      to.columns = t.columns - column < kTileColumns ? t.columns - column : kTileColumns;
      if (first.bias != nullptr) {
        memcpy(bias, first.bias + column, static_cast<size_t>(to.columns) * sizeof(float));
        to.bias = bias;
      }
      const auto at = [column](auto *p, int64_t row, int64_t r) { return p == nullptr ? p : p + r * row + column; };
      for (int64_t r = 0; r < rows; r += kTileRows) {
        to.before = at(first.before, first.sums_row, begin + r);
        to.sums = at(first.sums, first.sums_row, begin + r);
        to.out = at(first.out, first.out_row, begin + r);
        wide_rows<S>(rows - r < kTileRows ? rows - r : kTileRows, panels_of_a + r / kTileRows * panel_of_a,
                     panels_of_b + column / kTileColumns * panel_of_b, depth, to);
      }
    }
  }
}

template <typename S> void wide_product(const ProductTask<S> &t, float *scratch) {
  const WideScratch<S> parts(t);
  float *b = scratch, *a = b + parts.of_b;
  // Where sums are kept between stretches.
  float *sums = t.sums;
  int64_t sums_row = t.out_row;
  if constexpr (sizeof(S) == 4) {
    sums = t.out != nullptr ? t.out : t.sums;
  } else if (parts.of_sums > 0) {
    sums = a + parts.of_a;
    sums_row = parts.sums_row;
  }
  int64_t done = 0;
  for (int64_t i = 0; i < t.count; i++) {
    const WideStretches depth(t.terms[i].depth);
    for (int64_t from = 0; from < depth.depth; from += depth.length, done++) {
      const bool last = done + 1 == parts.stretches;
      const WideTile<S> tile{done > 0 || t.add ? sums : nullptr,
                             sums,
                             last || sizeof(S) == 4 ? t.out : nullptr,
                             sums_row,
                             t.out_row,
                             last ? t.bias : nullptr,
                             0};
      add_wide_stretch(t, t.terms[i], from, depth.depth - from < depth.length ? depth.depth - from : depth.length, b, a,
                       tile);
    }
  }
}

} // namespace
} // namespace tspin

#endif
