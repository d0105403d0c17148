// The kernels of kernels.h for one instruction set: the compiler's flags and TS_KERNEL_SET decide which.
//
// Only functions of internal linkage and no standard library templates: a template instantiated here with AVX-512 could
// be the copy that the linker keeps for the whole library.
#include "decode_bfloat16.h"
#include "decode_float32.h"
#include "gated_unit.h"
#include "matrix_products.h"
#include "sampling.h"

namespace tspin {
namespace {

// ---- norm ----

template <typename S, typename A = typename Wide<S>::type>
void rms_norm(const S *x, const S *w, int64_t rows, int64_t width, double epsilon, bool plus_one, S *y, A *rstd) {
  for (int64_t row = 0; row < rows; row++, x += width, y += width) {
    A sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < width; i++) {
      const A value = load(x + i);
      sum += value * value;
    }
    const A r = A(1) / A(sqrt(static_cast<double>(sum / A(width)) + epsilon));
    rstd[row] = r;
    if (plus_one) {
#pragma omp simd
      for (int64_t i = 0; i < width; i++) {
        store(y + i, load(x + i) * r * (A(1) + load(w + i)));
      }
    } else {
#pragma omp simd
      for (int64_t i = 0; i < width; i++) {
        store(y + i, rounded(y, load(x + i) * r) * load(w + i));
      }
    }
  }
}

template <typename S, typename A = typename Wide<S>::type>
void rms_norm_grad(const S *grad_y, const S *x, const S *w, const A *rstd, int64_t rows, int64_t width, bool plus_one,
                   S *grad_x, A *grad_w) {
  const A one = plus_one ? 1 : 0;
  for (int64_t row = 0; row < rows; row++, x += width, grad_y += width, grad_x += width) {
    const A r = rstd[row];
    A along = 0; // sum of g * normal
#pragma omp simd reduction(+ : along)
    for (int64_t i = 0; i < width; i++) {
      const A dy = load(grad_y + i), normal = load(x + i) * r;
      along += dy * (one + load(w + i)) * normal;
      grad_w[i] += dy * normal;
    }
    along /= A(width);
#pragma omp simd
    for (int64_t i = 0; i < width; i++) {
      store(grad_x + i, r * (load(grad_y + i) * (one + load(w + i)) - load(x + i) * r * along));
    }
  }
}

// ---- log-probability head ----

constexpr int64_t kSumStretch =
    4096; // columns after which a sum is added to those before: over a whole vocabulary float32 would lose digits

template <typename S, typename A = typename Wide<S>::type>
void log_sum_exp(const S *logits, int64_t rows, int64_t columns, A *maximum, A *sum) {
  for (int64_t row = 0; row < rows; row++, logits += columns) {
    A largest = maximum[row];
#pragma omp simd reduction(max : largest)
    for (int64_t i = 0; i < columns; i++) {
      const A value = load(logits + i);
      largest = value > largest ? value : largest;
    }
    A total = 0;
    for (int64_t from = 0; from < columns; from += kSumStretch) {
      const int64_t end = from + kSumStretch < columns ? from + kSumStretch : columns;
      A part = 0;
#pragma omp simd reduction(+ : part)
      for (int64_t i = from; i < end; i++) {
        part += exponential(A(load(logits + i)) - largest);
      }
      total += part;
    }
    sum[row] = sum[row] * exponential(maximum[row] - largest) + total;
    maximum[row] = largest;
  }
}

template <typename S, typename A = typename Wide<S>::type>
void log_prob_grad(S *logits, int64_t rows, int64_t columns, const A *lse, const A *g, const int64_t *targets,
                   int64_t first) {
  for (int64_t row = 0; row < rows; row++, logits += columns) {
    const A shift = lse[row], factor = -g[row];
    const int64_t target = targets[row] - first;
    const bool inside = target >= 0 && target < columns;
    const A at_target = inside ? factor * (exponential(A(load(logits + target)) - shift) - A(1)) : A(0);
#pragma omp simd
    for (int64_t i = 0; i < columns; i++) {
      store(logits + i, factor * exponential(A(load(logits + i)) - shift));
    }
    if (inside) {
      store(logits + target, at_target);
    }
  }
}

// ---- optimizer ----

// Sums of 4096 squares in A, their sums in double: a flat float32 sum over a large matrix is a percent off.
template <typename S, typename A = typename Wide<S>::type> double sum_of_squares(const S *x, int64_t n) {
  double total = 0;
  for (int64_t start = 0; start < n; start += 4096) {
    const int64_t end = start + 4096 < n ? start + 4096 : n;
    A sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = start; i < end; i++) {
      const A value = load(x + i);
      sum += value * value;
    }
    total += static_cast<double>(sum);
  }
  return total;
}

template <typename S, typename A = typename Wide<S>::type>
void sum_rows(const S *x, const int64_t *rows, int64_t count, int64_t width, S *out) {
  constexpr int64_t kPart = 64;
  A sums[kPart];
  for (int64_t first = 0; first < width; first += kPart) {
    const auto n = width - first < kPart ? width - first : kPart;
    for (int64_t i = 0; i < n; i++) {
      sums[i] = load(out + first + i);
    }
    for (int64_t r = 0; r < count; r++) {
      const S *row = x + rows[r] * width + first;
#pragma omp simd
      for (int64_t i = 0; i < n; i++) {
        sums[i] += load(row + i);
      }
    }
    for (int64_t i = 0; i < n; i++) {
      store(out + first + i, sums[i]);
    }
  }
}

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
    float g = load(gradient + i) * scale, step;
    if constexpr (kAdamW) {
      step = first[i] = first[i] * b1 + a1 * g;
      p *= keep;
    } else {
      step = g = g + decay * p;
    }
    const float v = second[i] = second[i] * b2 + a2 * g * g;
    p += rate * step / (__builtin_sqrtf(v) * root + epsilon);
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

template <typename S> KernelTable<S> table() {
  return {rms_norm<S>,      rms_norm_grad<S>,     swiglu<S>,         swiglu_grad<S>,   log_sum_exp<S>,
          log_prob_grad<S>, attention_scratch<S>, attention,         attention_grad,   sum_of_squares<S>,
          sum_rows<S>,      turn_heads<S>,        decode_scratch<S>, decode_attention, add_scaled<S>,
          few_rows<S>(),    matrix_products<S>()};
}

} // namespace

#define TS_QUOTE_(x) #x
#define TS_QUOTE(x) TS_QUOTE_(x)
#define TS_JOIN_(a, b) a##b
#define TS_JOIN(a, b) TS_JOIN_(a, b)

Kernels TS_JOIN(kernels_, TS_KERNEL_SET)() {
  return {TS_QUOTE(TS_KERNEL_SET), table<float>(), table<double>(), table<Bf16>(), update, choose};
}

} // namespace tspin
