// Packed bfloat16 weights of 12 bits a number, without loss. Trained and freshly drawn weights use few exponents:
// sixteen neighbouring ones hold all but one in ten thousand of a matrix's numbers, so that half a byte says which,
// beside the byte of sign and fraction. Generation is bound by the bytes of the weights: a quarter fewer. (That the
// exponents of language models hold little is the observation of DFloat11, arXiv 2504.11651, whose codes of varying
// length are for GPUs.)
//
// A group is four numbers each of 32 outputs: four vectors of numbers, two units by outputs 0 to 15 and 16 to 31. Where
// all exponents lie within sixteen from the block's base on, it is stored as three vectors. Of a number less base *
// 2^7, bits 11 to 14 are zero: there the first three vectors carry the fourth, a third of its bits each, placed so that
// turning a vector's units around puts those where they belong. Any other group is stored as it is.
// Zeros, which a trained model may be full of, are what would be the base itself, in blocks that have any.
// A block begins with its base and whether it has zeros, then a bit per group, set where the group is stored as it is.
// Depths are whole groups; others are packed as in few_rows.h.
#pragma once

#include "kernels/few_rows.h"

namespace tspin {
namespace {

#if defined(__AVX512F__)

constexpr int64_t kGroupUnits = 2, kGroupNumbers = 4; // of one output
constexpr int64_t kShort = 3 * 64, kWhole = 4 * 64;   // bytes of a group
constexpr int kExponents = 16, kFractionBits = 7;
constexpr int64_t kMarks = 64;        // groups whose bits are read at a time
constexpr int64_t kAskedAhead = 8192; // bytes

// Of two numbers in one unit: all but the sign; sign, fraction and four bits of exponent; the parts of the fourth
// vector that the others carry, where they belong.
constexpr uint32_t kMagnitude = 0x7fff7fffu, kOwn = 0x87ff87ffu, kFirst = 0x07800780u, kSecond = 0x00780078u,
                   kThird = 0x80078007u;

inline bool has_groups(int64_t depth) { return depth % kGroupNumbers == 0; }
inline int64_t line_up(int64_t bytes) { return (bytes + 63) / 64 * 64; }

struct TwelveBits {
  uint32_t base;  // * 2^7, for both numbers of a unit
  uint32_t zeros; // whether there are any
  const uint64_t *marks;
  const uint8_t *groups;

  static int64_t header_bytes(int64_t depth) { return line_up(8 + (depth / kGroupNumbers + kMarks - 1) / kMarks * 8); }
  TwelveBits(const uint8_t *block, int64_t depth)
      : marks(reinterpret_cast<const uint64_t *>(block + 8)), groups(block + header_bytes(depth)) {
    memcpy(&base, block, sizeof(base));
    memcpy(&zeros, block + sizeof(base), sizeof(zeros));
  }
};

struct Window {
  int first; // exponent
  bool zeros;
};

// The sixteen exponents that hold most of a block's numbers other than zeros.
inline Window window_of(const Bf16 *w, int64_t outputs, int64_t depth) {
  int32_t counts[2][256] = {}; // by turns: neighbours often have the same
  for (int64_t i = 0; i < outputs * depth; i++) {
    counts[i % 2][w[i].bits >> kFractionBits & 0xff]++;
  }
  int64_t within = 0, most = -1;
  int first = 0;
  for (int e = 1; e < 256; e++) {
    const auto count = [&](int exponent) { return counts[0][exponent] + counts[1][exponent]; };
    within += count(e) - (e > kExponents ? count(e - kExponents) : 0);
    if (e >= kExponents && within > most) {
      most = within;
      first = e - kExponents + 1;
    }
  }
  return {first, counts[0][0] + counts[1][0] > 0};
}

inline int64_t pack_twelve_bits(const Bf16 *w, int64_t outputs, int64_t depth, uint8_t *block) {
  if (!has_groups(depth)) {
    return pack_block<Bf16>(w, outputs, depth, block);
  }
  const auto window = window_of(w, outputs, depth);
  const auto base = static_cast<uint32_t>(window.first) << kFractionBits;
  const auto header = TwelveBits::header_bytes(depth), units = units_of<Bf16>(depth);
  if (block != nullptr) {
    memset(block, 0, static_cast<size_t>(header));
    const uint32_t beginning[2] = {base | base << 16, window.zeros};
    memcpy(block, beginning, sizeof(beginning));
  }
  auto size = header;
  const auto all_base = _mm512_set1_epi16(static_cast<int16_t>(base)), magnitude = same_units(kMagnitude);
  const auto first_exponent = _mm512_set1_epi16(static_cast<int16_t>(window.first)),
             last = _mm512_set1_epi16(kExponents - 1);
  const auto filling = window.zeros ? _mm512_setzero_si512() : all_base; // for outputs that are not there
  const auto there = outputs >= kSide ? ~uint32_t{0} : (uint32_t{1} << outputs) - 1;
  const auto first = same_units(kFirst), second = same_units(kSecond), third = same_units(kThird);
  alignas(64) uint32_t turned[kStretch * kSide];
  for (int64_t from = 0; from < units; from += kStretch) {
    const auto count = smaller(kStretch, units - from);
    turn_side(units_at(w) + from, units, outputs, count, turned);
    for (int64_t u = 0; u < count; u += kGroupUnits) {
      Units number[4], less[4];
      bool fits = true;
#pragma GCC unroll 4
      for (int i = 0; i < 4; i++) {
        number[i] = _mm512_mask_mov_epi32(filling, static_cast<__mmask16>(i % 2 == 0 ? there : there >> kUnits),
                                          read_units(turned + u * kSide + i * kUnits));
        const auto size_of = _mm512_and_si512(number[i], magnitude);
        const auto zero = _mm512_test_epi16_mask(size_of, size_of) ^ ~__mmask32{0};
        less[i] = _mm512_mask_mov_epi16(_mm512_sub_epi16(number[i], all_base), zero, number[i]);
        const auto within =
            _mm512_cmple_epu16_mask(_mm512_sub_epi16(_mm512_srli_epi16(size_of, kFractionBits), first_exponent), last);
        const auto taken = window.zeros ? _mm512_cmpeq_epi16_mask(size_of, all_base) : __mmask32{0};
        fits &= ((within & ~taken) | zero) == ~__mmask32{0};
      }
      if (block != nullptr) {
        auto *to = reinterpret_cast<uint32_t *>(block + size);
        if (fits) {
          write_units(to, _mm512_or_si512(less[0], _mm512_rol_epi32(_mm512_and_si512(less[3], first), 4)));
          write_units(to + kUnits, _mm512_or_si512(less[1], _mm512_rol_epi32(_mm512_and_si512(less[3], second), 8)));
          write_units(to + 2 * kUnits,
                      _mm512_or_si512(less[2], _mm512_rol_epi32(_mm512_and_si512(less[3], third), 12)));
        } else {
#pragma GCC unroll 4
          for (int i = 0; i < 4; i++) {
            write_units(to + i * kUnits, number[i]);
          }
          const auto group = (from + u) / kGroupUnits;
          block[8 + group / 8] |= static_cast<uint8_t>(
              1 << (group % 8)); // the processor's bytes are little-endian, as the kernels' marks are
        }
      }
      size += fits ? kShort : kWhole;
    }
  }
  return size;
}

// Some groups of a block, and what is needed beside them. Memory is asked for kAskedAhead before it is read; what is
// read ends at `end` and goes on `jump` further.
struct Stretch {
  const uint8_t *groups;
  int64_t count;
  uint32_t base;
  const uint64_t *marks;
  intptr_t end, jump;
  uint32_t *room; // for the numbers of a stretch
};

// Adds R rows' products with the groups to sums [R, 32] and returns where the next group begins. Where kKeep, room
// receives the numbers, unit after unit of 32 outputs.
template <int R, bool kKeep, bool kZeros>
inline const uint8_t *twelve_bit_dots(const Stretch &stretch, const Bf16 *x, int64_t depth, float *sums) {
  const auto *w = stretch.groups;
  const auto *marks = stretch.marks;
  auto *kept = stretch.room;
  // With many sums there are no registers for constants. Unless it is kept from knowing where they are read from, the
  // compiler holds the constants there and a sum in memory, whose chain of additions then waits for it.
  constexpr bool kConstantsInMemory = R > 8;
  const Units constants[5] = {same_units(kOwn), same_units(stretch.base), same_units(kFirst), same_units(kThird),
                              same_units(kMagnitude)};
  const Units *constant = constants;
  if constexpr (kConstantsInMemory) {
    asm volatile("" : "+r"(constant) : : "memory");
  }
  Floats left[R], right[R];
#pragma GCC unroll 16
  for (int r = 0; r < R; r++) {
    left[r] = right[r] = zeros();
  }
  const auto unit = [&](Units a, Units b, const Bf16 *at) {
    if constexpr (kKeep) {
      write_units(kept, a);
      write_units(kept + kUnits, b);
      kept += kSide;
    }
#pragma GCC unroll 16
    for (int r = 0; r < R; r++) {
      const Factor<Bf16> factor(unit_at(at + r * depth));
      left[r] = factor.times(a, left[r]);
      right[r] = factor.times(b, right[r]);
    }
  };
  for (int64_t g = 0; g < stretch.count; marks++) {
    auto mark = *marks;
    for (const auto until = smaller(stretch.count, g + kMarks); g < until; g++, mark >>= 1, x += kGroupNumbers) {
      if constexpr (kConstantsInMemory) {
        asm volatile("" : "+r"(constant));
      }
      const auto at = reinterpret_cast<intptr_t>(w) + kAskedAhead;
      const auto *ahead = reinterpret_cast<const char *>(at + (at >= stretch.end ? stretch.jump : 0));
      _mm_prefetch(ahead, _MM_HINT_T1);
      _mm_prefetch(ahead + 64, _MM_HINT_T1);
      _mm_prefetch(ahead + 128, _MM_HINT_T1);
      const auto *p = reinterpret_cast<const uint32_t *>(w);
      const auto a = read_units(p), b = read_units(p + kUnits), c = read_units(p + 2 * kUnits);
      if (__builtin_expect((mark & 1) != 0, 0)) {
        unit(a, b, x);
        unit(c, read_units(p + 3 * kUnits), x + 2);
        w += kWhole;
        continue;
      }
      const auto number = [&](Units u) {
        const auto less = _mm512_and_si512(u, constant[0]);
        return kZeros ? _mm512_mask_add_epi16(less, _mm512_test_epi16_mask(less, constant[4]), less, constant[1])
                      : _mm512_add_epi16(less, constant[1]);
      };
      unit(number(a), number(b), x);
      // 0xe4: a bit of the first where the third has one, else of the second.
      const auto two = _mm512_ternarylogic_epi32(_mm512_ror_epi32(a, 4), _mm512_ror_epi32(b, 8), constant[2], 0xe4);
      unit(number(c), number(_mm512_ternarylogic_epi32(_mm512_ror_epi32(c, 12), two, constant[3], 0xe4)), x + 2);
      w += kShort;
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < R; r++) {
    float *to = sums + r * kSide;
    write_numbers(to, add(read_numbers(to), left[r]));
    write_numbers(to + kUnits, add(read_numbers(to + kUnits), right[r]));
  }
  return w;
}

// Rows whose sums have registers beside what multiplying and unpacking need.
#if defined(__AVX512BF16__)
constexpr int kMostUnpacking = 12;
#else
constexpr int kMostUnpacking = 8;
#endif

// The same for all rows. More of them than that have the numbers unpacked once, by the first.
template <bool kZeros>
inline const uint8_t *twelve_bit_dots_of_rows(const Stretch &stretch, const Bf16 *x, int64_t rows, int64_t depth,
                                              float *sums) {
  const auto *after = stretch.groups;
  int64_t r = 0;
  const auto pass = [&](auto product, int64_t count) {
    after = product(stretch, x + r * depth, depth, sums + r * kSide);
    r += count;
  };
  if (rows > kMostUnpacking) {
    pass(twelve_bit_dots<kMostUnpacking, true, kZeros>, kMostUnpacking);
    const auto next = reinterpret_cast<intptr_t>(after);
    dots_of_rows(stretch.room, stretch.count * kGroupUnits, x + r * depth, rows - r, depth, sums + r * kSide,
                 reinterpret_cast<const char *>(next + (next >= stretch.end ? stretch.jump : 0)));
    return after;
  }
  if (rows == kMostUnpacking) {
    pass(twelve_bit_dots<kMostUnpacking, false, kZeros>, kMostUnpacking);
  } else if (rows >= 8) {
    pass(twelve_bit_dots<8, false, kZeros>, 8);
  }
  if (rows - r >= 4) {
    pass(twelve_bit_dots<4, false, kZeros>, 4);
  }
  switch (rows - r) {
  case 3: pass(twelve_bit_dots<3, false, kZeros>, 3); break;
  case 2: pass(twelve_bit_dots<2, false, kZeros>, 2); break;
  case 1: pass(twelve_bit_dots<1, false, kZeros>, 1); break;
  default: break;
  }
  return after;
}

inline void twelve_bit_product(const PackedWeight &w, int64_t from, int64_t to, const Bf16 *x, int64_t rows, Bf16 *out,
                               int64_t out_row, const uint8_t *after) {
  if (!has_groups(w.depth)) {
    packed_product<Bf16>(w, from, to, x, rows, out, out_row, after);
    return;
  }
  alignas(64) uint32_t room[kStretch * kSide];
  const auto end = reinterpret_cast<intptr_t>(w.blocks + w.offsets[(to + kSide - 1) / kSide]);
  const auto jump = after != nullptr ? reinterpret_cast<intptr_t>(after) - end : 0;
  for (int64_t o = from; o < to; o += kSide) {
    const TwelveBits block(w.blocks + w.offsets[o / kSide], w.depth);
    const auto *next = block.groups;
    outputs_of(smaller(kSide, to - o), x, rows, w.depth, out + o, out_row,
               [&](int64_t first, int64_t units, const Bf16 *part, float *sums) {
                 const Stretch stretch{
                     next, units / kGroupUnits, block.base, block.marks + first / (kGroupUnits * kMarks), end, jump,
                     room};
                 next = block.zeros != 0 ? twelve_bit_dots_of_rows<true>(stretch, part, rows, w.depth, sums)
                                         : twelve_bit_dots_of_rows<false>(stretch, part, rows, w.depth, sums);
               });
  }
}

template <> constexpr FewRows<Bf16> few_rows<Bf16>() {
  return {kFewRows, few_rows_product<Bf16>, pack_twelve_bits, twelve_bit_product};
}

#endif

} // namespace
} // namespace tspin
