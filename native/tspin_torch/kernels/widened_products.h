// Products of widened numbers, in vectors of float32, whichever the compiler has: for processors without AVX-512, and
// for bfloat16 numbers where no instruction multiplies them. A bfloat16 number becomes a float32 on its way into a
// panel, once for all products that it is part of, and a sum is rounded once, when it is complete.
#pragma once

#include "kernels/product_walk.h"
#include "simd/turning.h"

#if !defined(__AVX512BF16__)

namespace tspin {
namespace {

// Their sums of two vectors each, two vectors of b and one of a fill the registers.
constexpr int kTileRows = kVectorBytes == 64 ? 12 : 6;
constexpr int kTileColumns = 2 * static_cast<int>(kUnits);

// Panels of W lines of one factor, number after number of the depth, zeros for lines that are not there. Every panel
// has room for a vector behind it, so that lines are written a vector at a time even where W is less. Lines are rows of
// a or columns of b.
template <int W> struct Panels {
  static constexpr int64_t kRoom = W % kUnits == 0 ? 0 : kUnits;
  static int64_t size(int64_t depth) { return depth * W + kRoom; }

  // From numbers whose lines are adjacent: all panels go forward together, so that memory is read in its order.
  template <typename S> static void copy(const S *from, int64_t stride, int64_t lines, int64_t depth, float *to) {
    const auto whole = lines / W, room = size(depth);
    for (int64_t d = 0; d < depth; d++, from += stride) {
      float *at = to + d * W;
      int64_t first = 0;
      for (int64_t p = 0; p < whole; p++, first += W, at += room) {
        if (W % kUnits == 0 || first + (W + kUnits - 1) / kUnits * kUnits <= lines) {
#pragma GCC unroll 4
          for (int i = 0; i < W; i += kUnits) {
            write_numbers(at + i, read_numbers(from + first + i));
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
      for (; d + kUnits <= depth; d += kUnits) {
        constexpr int kAcross = (W + kUnits - 1) / kUnits;
        Floats tiles[kAcross][kUnits];
#pragma GCC unroll 4
        for (int i = 0; i < kAcross; i++) {
#pragma GCC unroll 16
          for (int n = 0; n < kUnits; n++) {
            const auto line = i * kUnits + n;
            tiles[i][n] = line < W && line < there ? read_numbers(from + (first + line) * stride + d) : Floats{};
          }
          transpose_square<float>(tiles[i]);
        }
        // In this order: what a vector writes beyond its W lines, the next number of the depth overwrites.
#pragma GCC unroll 16
        for (int n = 0; n < kUnits; n++) {
#pragma GCC unroll 4
          for (int i = 0; i < kAcross; i++) {
            write_numbers(to + (d + n) * W + i * kUnits, tiles[i][n]);
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

template <typename T> inline void write_row(T *to, int64_t columns, Floats low, Floats high) {
  if (columns == kTileColumns) {
    write_numbers(to, low);
    write_numbers(to + kUnits, high);
    return;
  }
  float line[kTileColumns];
  write_numbers(line, low);
  write_numbers(line + kUnits, high);
  for (int64_t i = 0; i < columns; i++) {
    store(to + i, line[i]);
  }
}

// R rows of a panel of a by a panel of b.
template <typename S, int R>
inline void multiply_widened(const float *a, const float *b, int64_t depth, const Tile<S> &t) {
  Floats sum[R][2] = {};
  for (int64_t d = 0; d < depth; d++, a += kTileRows, b += kTileColumns) {
    const Floats low = read_numbers(b), high = read_numbers(b + kUnits);
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
      low += read_numbers(before);
      high += read_numbers(before + kUnits);
    }
    if (t.bias != nullptr) {
      low += read_numbers(t.bias);
      high += read_numbers(t.bias + kUnits);
    }
    if (t.out != nullptr) {
      write_row(t.out + r * t.out_row, t.columns, low, high);
    } else {
      write_row(t.sums + r * t.sums_row, t.columns, low, high);
    }
  }
}

template <typename S, int R = kTileRows>
void multiply_widened_rows(int64_t rows, const float *a, const float *b, int64_t depth, const Tile<S> &t) {
  if (rows == R) {
    multiply_widened<S, R>(a, b, depth, t);
  } else if constexpr (R > 1) {
    multiply_widened_rows<S, R - 1>(rows, a, b, depth, t);
  }
}

template <typename S> struct WidenedProducts {
  using Number = S;
  using Unit = float;
  static constexpr int64_t kNumbers = 1, kRows = kTileRows, kColumns = kTileColumns, kBlock = 120;
  static constexpr int64_t kDepth = 256; // a panel of b then passes through the first-level cache

  static int64_t size_of_a(int64_t units) { return Panels<kTileRows>::size(units); }
  static int64_t size_of_b(int64_t units) { return Panels<kTileColumns>::size(units); }

  static void fill_b(const Operand<S> &b, int64_t columns, const DepthStretch &stretch, float *panels) {
    Panels<kTileColumns>::fill(b, 0, columns, stretch.from, stretch.units, panels);
  }

  struct Lines {
    const float *first;
    int64_t panel;
  };

  static Lines lines_of(const Operand<S> &a, int64_t first, int64_t rows, const DepthStretch &stretch, float *panels) {
    Panels<kTileRows>::fill(a, first, rows, stretch.from, stretch.units, panels);
    return {panels, size_of_a(stretch.units)};
  }

  static void multiply(const Lines &lines, int64_t row, int64_t rows, const float *b, int64_t units,
                       const Tile<S> &tile) {
    multiply_widened_rows<S>(rows, lines.first + row / kRows * lines.panel, b, units, tile);
  }
};

} // namespace
} // namespace tspin

#endif
