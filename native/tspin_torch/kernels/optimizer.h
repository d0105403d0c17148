// Steps of AdamW and RMSprop in one pass, in every way of keeping a parameter.
#pragma once

#include "kernels/kernels.h"
#include "simd/numbers.h"

namespace tspin {
namespace {

// 16 bits that look random, from an element's number and a key: lowbias32 of Wellons' hash-prospector.
inline uint32_t noise(uint32_t index, uint32_t key) {
  uint32_t x = index * 0x9e3779b9u + key;
  x = (x ^ (x >> 16)) * 0x7feb352du;
  x = (x ^ (x >> 15)) * 0x846ca68bu;
  return (x ^ (x >> 16)) & 0xffffu;
}

// To one of the two neighbours, to the nearer with the greater probability: the expected value is the value itself.
inline void store_stochastic(Bf16 *p, float value, uint32_t random) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof(bits));
  const bool finite = (bits & 0x7f800000u) != 0x7f800000u;
  p->bits = static_cast<uint16_t>((finite ? bits + random : bits | ((bits & 0xffffu) != 0 ? 0x400000u : 0u)) >> 16);
}

// A float32 as a bfloat16, rounded to nearest with ties away from zero, and the 16 bits below, with sign: what rounding
// added or took.
inline float joined(Bf16 high, Bf16 low) {
  const uint32_t bits = (static_cast<uint32_t>(high.bits) << 16) +
                        static_cast<uint32_t>(static_cast<int32_t>(static_cast<int16_t>(low.bits)));
  float value;
  memcpy(&value, &bits, sizeof(value));
  return value;
}

inline void split(float value, Bf16 *high, Bf16 *low) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof(bits));
  high->bits = static_cast<uint16_t>((bits + 0x8000u) >> 16);
  low->bits = static_cast<uint16_t>(bits);
}

template <bool kAdamW, Keeping kKeeping, typename G> void update_pass(const UpdateTask &t, const UpdateConstants &c) {
  constexpr bool kWide = kKeeping == Keeping::wide;
  const float scale = static_cast<float>(c.gradient_scale), decay = static_cast<float>(c.decay),
              keep = static_cast<float>(1 - c.learning_rate * c.decay);
  const float b1 = static_cast<float>(c.beta1), a1 = static_cast<float>(1 - c.beta1);
  const float b2 = static_cast<float>(c.beta2), a2 = static_cast<float>(1 - c.beta2);
  const float root = static_cast<float>(kAdamW ? 1 / sqrt(c.correction2) : 1.0),
              epsilon = static_cast<float>(c.epsilon);
  const float rate = static_cast<float>(kAdamW ? -c.learning_rate / c.correction1 : -c.learning_rate);
  float *const wide = t.wide, *const first = t.first_moment, *const second = t.second_moment;
  Bf16 *const narrow = t.narrow, *const residue = t.residue;
  const G *const gradient = static_cast<const G *>(t.gradient);
  const uint32_t index = static_cast<uint32_t>(t.index), key = t.key;
#pragma omp simd
  for (int64_t i = 0; i < t.n; i++) {
    float p;
    if constexpr (kWide) {
      p = wide[i];
    } else if constexpr (kKeeping == Keeping::compensated) {
      p = joined(narrow[i], residue[i]);
    } else {
      p = load(narrow + i);
    }
    float g, step;
    if constexpr (kAdamW) {
      g = load(gradient + i) * scale;
      step = first[i] = multiply_add(first[i], b1, a1 * g);
    } else {
      step = g = multiply_add(load(gradient + i), scale, decay * p);
    }
    const float v = second[i] = multiply_add(second[i], b2, a2 * g * g);
    const float change = rate * step / multiply_add(__builtin_sqrtf(v), root, epsilon);
    p = kAdamW ? multiply_add(p, keep, change) : p + change;
    if constexpr (kWide) {
      wide[i] = p;
    }
    if constexpr (kKeeping == Keeping::nearest) {
      store(narrow + i, p);
    } else if constexpr (kKeeping == Keeping::compensated) {
      split(p, narrow + i, residue + i);
    } else if constexpr (kKeeping == Keeping::stochastic) {
      store_stochastic(narrow + i, p, noise(index + static_cast<uint32_t>(i), key));
    }
  }
}

template <bool kAdamW, typename G> void update_kept(const UpdateTask &task, const UpdateConstants &constants) {
  switch (task.keeping) {
  case Keeping::wide: return update_pass<kAdamW, Keeping::wide, G>(task, constants);
  case Keeping::compensated: return update_pass<kAdamW, Keeping::compensated, G>(task, constants);
  case Keeping::nearest: return update_pass<kAdamW, Keeping::nearest, G>(task, constants);
  case Keeping::stochastic: return update_pass<kAdamW, Keeping::stochastic, G>(task, constants);
  }
}

void update(const UpdateTask &task, const UpdateConstants &constants) {
  if (task.first_moment != nullptr) {
    (task.narrow_gradient ? update_kept<true, Bf16> : update_kept<true, float>)(task, constants);
  } else {
    (task.narrow_gradient ? update_kept<false, Bf16> : update_kept<false, float>)(task, constants);
  }
}

} // namespace
} // namespace tspin
