// Products of few rows, as in generation: out[r, o] = sum over d of x[r, d] w[o, d], every weight read once. Numbers
// are taken in units of 32 bits, which are a float or two neighbouring bfloat16 numbers, and 32 outputs at a time side
// by side, so that no sum crosses lanes. A sum is added up in the order of d, by stretches, whatever the other rows and
// outputs are and whether the weights are packed: what free memory or the number of rows decides shows in no bit.
#pragma once

#include "kernels/kernels.h"
#include "simd/factors.h"
#include "simd/turning.h"

namespace tspin {
namespace {

#if defined(__AVX2__)

constexpr int64_t kFewRows = 128;
constexpr int64_t kSide = 32; // outputs side by side
// Units after which a sum is added to those before: of 32 outputs, what the first-level cache holds.
constexpr int64_t kStretch = 256;

constexpr int64_t kSets = kSide / kUnits; // vectors of 32 outputs

#if defined(__AVX512F__)
// With the sums of as many rows at a time, and the weights of 32 outputs, the registers are full.
template <typename S> constexpr int kMostRows = 12;

// Adds R rows' products with `units` units of 32 outputs to sums [R, 32]. `ahead` is memory that is read next, `stride`
// bytes further with every unit.
template <typename S, int R>
inline void dots(const uint32_t *w, int64_t units, const S *x, int64_t depth, float *sums, const char *ahead,
                 int64_t stride) {
  Floats sum[R][kSets];
#pragma GCC unroll 16
  for (int r = 0; r < R; r++) {
#pragma GCC unroll 4
    for (int s = 0; s < kSets; s++) {
      sum[r][s] = zeros();
    }
  }
  for (int64_t u = 0; u < units; u++, w += kSide, ahead += stride) {
    _mm_prefetch(ahead, _MM_HINT_T1);
    _mm_prefetch(ahead + 64, _MM_HINT_T1);
    Units weight[kSets];
#pragma GCC unroll 4
    for (int s = 0; s < kSets; s++) {
      weight[s] = read_units(w + s * kUnits);
    }
#pragma GCC unroll 16
    for (int r = 0; r < R; r++) {
      const Factor<S> factor(unit_at(x + r * depth + u * kPerUnit<S>));
#pragma GCC unroll 4
      for (int s = 0; s < kSets; s++) {
        sum[r][s] = factor.times(weight[s], sum[r][s]);
      }
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < R; r++) {
#pragma GCC unroll 4
    for (int s = 0; s < kSets; s++) {
      float *to = sums + r * kSide + s * kUnits;
      write_numbers(to, add(read_numbers(to), sum[r][s]));
    }
  }
}
#else
// With their sums and what they multiply the registers are full.
template <typename S> constexpr int kMostRows = sizeof(S) == 4 ? 3 : 4;

// As above; several rows of bfloat16 numbers, each of which needs two registers, with half of the outputs at a time.
template <typename S, int R>
inline void dots(const uint32_t *w, int64_t units, const S *x, int64_t depth, float *sums, const char *ahead,
                 int64_t stride) {
  constexpr int kSome = R == 1 || sizeof(S) == 4 ? static_cast<int>(kSets) : 2;
  constexpr int64_t kLines = kSome * kUnits * 4 / 64, kPasses = kSets / kSome;
  for (int64_t pass = 0; pass < kPasses; pass++) {
    Floats sum[R][kSome];
#pragma GCC unroll 16
    for (int r = 0; r < R; r++) {
#pragma GCC unroll 4
      for (int s = 0; s < kSome; s++) {
        sum[r][s] = zeros();
      }
    }
    const uint32_t *weights = w + pass * kSome * kUnits;
    const char *next = ahead + pass * units * (stride / kPasses);
    for (int64_t u = 0; u < units; u++, weights += kSide, next += stride / kPasses) {
#pragma GCC unroll 2
      for (int line = 0; line < kLines; line++) {
        _mm_prefetch(next + 64 * line, _MM_HINT_T1);
      }
      Weights<S> weight[kSome];
#pragma GCC unroll 4
      for (int s = 0; s < kSome; s++) {
        weight[s] = Weights<S>(read_units(weights + s * kUnits));
      }
#pragma GCC unroll 16
      for (int r = 0; r < R; r++) {
        const Factor<S> factor(unit_at(x + r * depth + u * kPerUnit<S>));
#pragma GCC unroll 4
        for (int s = 0; s < kSome; s++) {
          sum[r][s] = weight[s].times(factor, sum[r][s]);
        }
      }
    }
#pragma GCC unroll 16
    for (int r = 0; r < R; r++) {
#pragma GCC unroll 4
      for (int s = 0; s < kSome; s++) {
        float *to = sums + r * kSide + (pass * kSome + s) * kUnits;
        write_numbers(to, add(read_numbers(to), sum[r][s]));
      }
    }
  }
}
#endif

// As many rows at a time as there are registers for their sums. `next` is memory that is read afterwards, as much as
// `w` has: each pass over `w` asks for its part.
template <typename S>
void dots_of_rows(const uint32_t *w, int64_t units, const S *x, int64_t rows, int64_t depth, float *sums,
                  const char *next) {
  constexpr int64_t kUnitBytes = kSide * 4;
  constexpr int kMost = kMostRows<S>, kMore = kMost == 12 ? 8 : 2, kFewer = kMost == 12 ? 4 : 1;
  const int64_t rest = rows % kMost,
                passes = rows / kMost + rest / kMore + rest % kMore / kFewer + rest % kMore % kFewer,
                stride = kUnitBytes / passes;
  int64_t r = 0;
  const auto pass = [&](auto product, int64_t count) {
    product(w, units, x + r * depth, depth, sums + r * kSide, next, stride);
    next += stride * units;
    r += count;
  };
  while (r + kMost <= rows) {
    pass(dots<S, kMost>, kMost);
  }
  if (r + kMore <= rows) {
    pass(dots<S, kMore>, kMore);
  }
  while (r + kFewer <= rows) {
    pass(dots<S, kFewer>, kFewer);
  }
  while (r < rows) {
    pass(dots<S, 1>, 1);
  }
}

// `count` outputs of all rows. stretch(from, units, x, sums) adds the products with some of their units, x being where
// those begin.
template <typename S, typename Stretch>
inline void outputs_of(int64_t count, const S *x, int64_t rows, int64_t depth, S *out, int64_t out_row,
                       Stretch &&stretch) {
  alignas(64) float sums[kFewRows * kSide];
  memset(sums, 0, static_cast<size_t>(rows * kSide) * sizeof(float));
  for (int64_t from = 0; from < units_of<S>(depth); from += kStretch) {
    stretch(from, smaller(kStretch, units_of<S>(depth) - from), x + from * kPerUnit<S>, sums);
  }
  for (int64_t r = 0; r < rows; r++) {
#pragma omp simd
    for (int64_t o = 0; o < count; o++) {
      store(out + r * out_row + o, sums[r * kSide + o]);
    }
  }
}

// `units` units of up to 32 rows of w, side by side.
inline void turn_side(const uint32_t *w, int64_t stride, int64_t rows, int64_t units, uint32_t *to) {
  for (int64_t s = 0; s < kSide; s += kUnits) {
    const uint32_t *from = w + (s < rows ? s * stride : 0), *ahead = s + kSide < rows ? from + kSide * stride : from;
    for (int64_t u = 0; u < units; u += kUnits) {
      Units columns[kUnits];
      turn(from + u, stride, rows - s, units - u, columns, ahead + u);
      for (int64_t i = 0; i < smaller(kUnits, units - u); i++) {
        write_units(to + (u + i) * kSide + s, columns[i]);
      }
    }
  }
}

// Weights as they are, turned a stretch at a time for all rows. depth is whole units.
template <typename S>
void few_rows_product(const S *w, int64_t outputs, const S *x, int64_t rows, int64_t depth, S *out, int64_t out_row) {
  alignas(64) uint32_t turned[kStretch * kSide];
  for (int64_t o = 0; o < outputs; o += kSide) {
    outputs_of(smaller(kSide, outputs - o), x, rows, depth, out + o, out_row,
               [&](int64_t from, int64_t units, const S *part, float *sums) {
                 turn_side(units_at(w + o * depth) + from, units_of<S>(depth), outputs - o, units, turned);
                 dots_of_rows(turned, units, part, rows, depth, sums, reinterpret_cast<const char *>(turned));
               });
  }
}

// Packed weights: in each block unit after unit of all its outputs, zeros for those that are not there.
template <typename S> int64_t pack_block(const S *w, int64_t outputs, int64_t depth, uint8_t *block) {
  if (block != nullptr) {
    turn_side(units_at(w), units_of<S>(depth), outputs, units_of<S>(depth), reinterpret_cast<uint32_t *>(block));
  }
  return units_of<S>(depth) * kSide * 4;
}

template <typename S>
void packed_product(const PackedWeight &w, int64_t from, int64_t to, const S *x, int64_t rows, S *out, int64_t out_row,
                    const uint8_t *after) {
  for (int64_t o = from; o < to; o += kSide) {
    const auto *block = w.blocks + w.offsets[o / kSide], *next = o + kSide < to ? w.blocks + w.offsets[o / kSide + 1]
                                                                 : after != nullptr ? after
                                                                                    : block;
    outputs_of(smaller(kSide, to - o), x, rows, w.depth, out + o, out_row,
               [&](int64_t first, int64_t units, const S *part, float *sums) {
                 const auto at = first * kSide * 4;
                 dots_of_rows(reinterpret_cast<const uint32_t *>(block + at), units, part, rows, w.depth, sums,
                              reinterpret_cast<const char *>(next + at));
               });
  }
}

template <typename S> constexpr FewRows<S> few_rows() {
  return {kFewRows, few_rows_product<S>, pack_block<S>, packed_product<S>};
}
template <> constexpr FewRows<double> few_rows<double>() { return {}; }

#else

template <typename S> constexpr FewRows<S> few_rows() { return {}; }

// libtorch's own product of so few rows is slower than this one.
void few_rows_product(const Bf16 *w, int64_t outputs, const Bf16 *x, int64_t rows, int64_t depth, Bf16 *out,
                      int64_t out_row) {
  for (int64_t o = 0; o < outputs; o++) {
    for (int64_t r = 0; r < rows; r++) {
      float sum = 0;
#pragma omp simd reduction(+ : sum)
      for (int64_t d = 0; d < depth; d++) {
        sum += load(w + o * depth + d) * load(x + r * depth + d);
      }
      store(out + r * out_row + o, sum);
    }
  }
}

template <> constexpr FewRows<Bf16> few_rows<Bf16>() { return {4, few_rows_product, nullptr, nullptr}; }

#endif

} // namespace
} // namespace tspin
