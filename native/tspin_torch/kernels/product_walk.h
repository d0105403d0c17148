// The walk over a sum of products of large matrices on one thread, whatever multiplies: stretches of the depth, panels
// of both factors, tiles of the result. Both factors are copied into panels a stretch of the depth at a time, all of b,
// which the second-level cache then holds, and of a as many rows as the panels of b are read again for. A sum is added
// up in the order of the depth within a stretch and then stretch by stretch, whatever part of the result a task
// computes. The order of the loops is that of Goto and van de Geijn (2008, doi 10.1145/1356052.1356053).
//
// A way of multiplying, W, says what it takes:
//   Number, Unit              of the factors; what a panel consists of
//   kNumbers                  numbers in a unit, neighbours in the depth
//   kDepth                    units of a stretch at most
//   kRows, kColumns           of a tile: lines of a panel of a and of b
//   kBlock                    rows of a for which the panels of b are read again
//   size_of_a, size_of_b      units of a panel with that many of the depth
//   fill_b(b, columns, stretch, panels)
//   lines_of(a, first, rows, stretch, panels)
//                             fills panels of a and tells what multiply() reads
//   multiply(lines, row, rows, panel_of_b, units, tile)
//                             of lines_of's rows, those from `row` on, a multiple of kRows
#pragma once

#include "kernels/kernels.h"
#include "simd/numbers.h"

namespace tspin {
namespace {

// Some rows and columns of the result.
template <typename S> struct Tile {
  const float *before; // what is added, or null
  float *sums;         // where the sums go, unless `out` is where they go in their own type
  S *out;
  int64_t sums_row, out_row; // elements; `before` has the rows of `sums`
  const float *bias;         // [kColumns], or null
  int64_t columns;           // those that are there
};

// Some of the depth: where it begins and its length, in units and in numbers, of which the last unit may lack some.
struct DepthStretch {
  int64_t from, units, first, depth;
};

// The depth of a product in as few stretches as there can be, of even length.
template <typename W> struct Stretches {
  int64_t depth, units, length;

  explicit Stretches(int64_t depth) : depth(depth), units((depth + W::kNumbers - 1) / W::kNumbers) {
    const auto count = (units + W::kDepth - 1) / W::kDepth;
    length = (units + count - 1) / count;
  }
  int64_t count() const { return (units + length - 1) / length; }
  DepthStretch from(int64_t unit) const {
    const auto n = smaller(length, units - unit), first = unit * W::kNumbers;
    return {unit, n, first, smaller(n * W::kNumbers, depth - first)};
  }
};

// The parts of a task's scratch memory, in 32-bit units; each begins at a cache line.
template <typename W> struct ProductScratch {
  using S = typename W::Number;
  int64_t of_b = 0, of_a = 0, of_sums = 0, stretches = 0, sums_row;

  explicit ProductScratch(const ProductTask<S> &t) : sums_row(panels_of(t.columns, W::kColumns) * W::kColumns) {
    int64_t longest = 0;
    for (int64_t i = 0; i < t.count; i++) {
      const Stretches<W> depth(t.terms[i].depth);
      longest = longest < depth.length ? depth.length : longest;
      stretches += depth.count();
    }
    const auto whole_lines = [](int64_t n) { return (n + 15) / 16 * 16; };
    of_b = whole_lines(panels_of(t.columns, W::kColumns) * W::size_of_b(longest));
    of_a = whole_lines(panels_of(W::kBlock, W::kRows) * W::size_of_a(longest));
    // Sums are kept apart from a narrow result until they are complete.
    of_sums = sizeof(S) < 4 && t.out != nullptr && stretches > 1 ? t.rows * sums_row : 0;
  }
  int64_t all() const { return of_b + of_a + of_sums; }

private:
  static int64_t panels_of(int64_t lines, int64_t of_each) { return (lines + of_each - 1) / of_each; }
};

template <typename W> int64_t walk_scratch(const ProductTask<typename W::Number> &t) {
  return ProductScratch<W>(t).all();
}

// One stretch of one term, for all of a task's rows and columns. `whole` is the tile of all of them.
template <typename W, typename S = typename W::Number, typename U = typename W::Unit>
void add_stretch(const ProductTask<S> &t, const ProductTerm<S> &term, const DepthStretch &stretch, U *panels_of_b,
                 U *panels_of_a, const Tile<S> &whole) {
  const auto panel_of_b = W::size_of_b(stretch.units);
  W::fill_b(term.b, t.columns, stretch, panels_of_b);
  for (int64_t begin = 0; begin < t.rows; begin += W::kBlock) {
    const auto rows = smaller(W::kBlock, t.rows - begin);
    const auto lines = W::lines_of(term.a, begin, rows, stretch, panels_of_a);
    for (int64_t column = 0; column < t.columns; column += W::kColumns) {
      alignas(64) float bias[W::kColumns] = {};
      auto tile = whole;
      tile.columns = smaller(W::kColumns, t.columns - column);
      if (whole.bias != nullptr) {
        memcpy(bias, whole.bias + column, static_cast<size_t>(tile.columns) * sizeof(float));
        tile.bias = bias;
      }
      const auto at = [column](auto *p, int64_t row, int64_t r) { return p == nullptr ? p : p + r * row + column; };
      for (int64_t r = 0; r < rows; r += W::kRows) {
        tile.before = at(whole.before, whole.sums_row, begin + r);
        tile.sums = at(whole.sums, whole.sums_row, begin + r);
        tile.out = at(whole.out, whole.out_row, begin + r);
        W::multiply(lines, r, smaller(W::kRows, rows - r), panels_of_b + column / W::kColumns * panel_of_b,
                    stretch.units, tile);
      }
    }
  }
}

template <typename W> void walk(const ProductTask<typename W::Number> &t, float *scratch) {
  using S = typename W::Number;
  using U = typename W::Unit;
  const ProductScratch<W> parts(t);
  auto *b = reinterpret_cast<U *>(scratch), *a = b + parts.of_b;
  // Where sums are kept between stretches.
  float *sums = t.sums;
  int64_t sums_row = t.out_row;
  if constexpr (sizeof(S) == 4) {
    sums = t.out != nullptr ? t.out : t.sums;
  } else if (parts.of_sums > 0) {
    sums = scratch + parts.of_b + parts.of_a;
    sums_row = parts.sums_row;
  }
  int64_t done = 0;
  for (int64_t i = 0; i < t.count; i++) {
    const Stretches<W> depth(t.terms[i].depth);
    for (int64_t from = 0; from < depth.units; from += depth.length, done++) {
      const bool last = done + 1 == parts.stretches;
      Tile<S> whole{};
      whole.before = done > 0 || t.add ? sums : nullptr;
      whole.sums = sums;
      whole.out = last || sizeof(S) == 4 ? t.out : nullptr;
      whole.sums_row = sums_row;
      whole.out_row = t.out_row;
      whole.bias = last ? t.bias : nullptr;
      add_stretch<W>(t, t.terms[i], depth.from(from), b, a, whole);
    }
  }
}

} // namespace
} // namespace tspin
