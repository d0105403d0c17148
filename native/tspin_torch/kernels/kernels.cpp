// The kernels of kernels.h for one instruction set: the compiler's flags and TS_KERNEL_SET decide which.
//
// Only functions of internal linkage and no standard library templates: a template instantiated here with AVX-512 could be the copy that
// the linker keeps for the whole library.
#include "attention.h"
#include "decode.h"
#include "generation.h"
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
void rms_norm_grad(const S *grad_y, const S *x, const S *w, const A *rstd, int64_t rows, int64_t width, bool plus_one, S *grad_x, A *grad_w) {
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

// ---- SwiGLU ----

template <typename S, typename A = typename Wide<S>::type> void swiglu(const S *gate, const S *up, int64_t n, S *out) {
#pragma omp simd
  for (int64_t i = 0; i < n; i++) {
    const A g = load(gate + i);
    store(out + i, rounded(out, g * sigmoid(g)) * load(up + i));
  }
}

template <typename S, typename A = typename Wide<S>::type>
void swiglu_grad(const S *grad_out, const S *gate, const S *up, int64_t n, S *grad_gate, S *grad_up) {
#pragma omp simd
  for (int64_t i = 0; i < n; i++) {
    const A d = load(grad_out + i), g = load(gate + i), u = load(up + i);
    const A s = sigmoid(g);
    store(grad_gate + i, d * u * s * (A(1) + g * (A(1) - s)));
    store(grad_up + i, d * g * s);
  }
}

// ---- log-probability head ----

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
#pragma omp simd reduction(+ : total)
    for (int64_t i = 0; i < columns; i++) {
      total += exponential(A(load(logits + i)) - largest);
    }
    sum[row] = sum[row] * exponential(maximum[row] - largest) + total;
    maximum[row] = largest;
  }
}

template <typename S, typename A = typename Wide<S>::type>
void log_prob_grad(S *logits, int64_t rows, int64_t columns, const A *lse, const A *g, const int64_t *targets, int64_t first) {
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

template <typename S, typename A = typename Wide<S>::type> void sum_rows(const S *x, const int64_t *rows, int64_t count, int64_t width, S *out) {
  constexpr int64_t kPart = 64;
  A sums[kPart];
  for (int64_t first = 0; first < width; first += kPart) {
    const auto n = width - first < kPart ? width - first : kPart;
    for (int64_t i = 0; i < n; i++) {
      sums[i] = 0;
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

template <typename G, bool kCopies>
void adamw_pass(float *parameter, const G *gradient, float *first, float *second, Bf16 *copy, int64_t n, const AdamWConstants &c) {
  const float scale = static_cast<float>(c.gradient_scale), keep = static_cast<float>(1 - c.learning_rate * c.decay);
  const float b1 = static_cast<float>(c.beta1), a1 = static_cast<float>(1 - c.beta1);
  const float b2 = static_cast<float>(c.beta2), a2 = static_cast<float>(1 - c.beta2);
  const float root = static_cast<float>(1 / sqrt(c.correction2)), epsilon = static_cast<float>(c.epsilon);
  const float rate = static_cast<float>(-c.learning_rate / c.correction1);
#pragma omp simd
  for (int64_t i = 0; i < n; i++) {
    const float g = load(gradient + i) * scale;
    const float m = first[i] * b1 + a1 * g;
    const float v = second[i] * b2 + a2 * g * g;
    first[i] = m;
    second[i] = v;
    const float p = parameter[i] * keep + rate * m / (__builtin_sqrtf(v) * root + epsilon);
    parameter[i] = p;
    if constexpr (kCopies) {
      store(copy + i, p);
    }
  }
}

template <typename G> void adamw(float *parameter, const G *gradient, float *first, float *second, Bf16 *copy, int64_t n, const AdamWConstants &c) {
  (copy == nullptr ? adamw_pass<G, false> : adamw_pass<G, true>)(parameter, gradient, first, second, copy, n, c);
}

template <typename S> KernelTable<S> table() {
  using A = typename Wide<S>::type;
  return {rms_norm<S>, rms_norm_grad<S>, swiglu<S>, swiglu_grad<S>, log_sum_exp<S>, log_prob_grad<S>,
          attention_scratch<S>, attention<S, A>, attention_grad<S, A>, sum_of_squares<S>, sum_rows<S>,
          turn_heads<S>, decode_scratch<S>, decode_attention<S, A>, add_scaled<S>};
}

} // namespace

#define TS_QUOTE_(x) #x
#define TS_QUOTE(x) TS_QUOTE_(x)
#define TS_JOIN_(a, b) a##b
#define TS_JOIN(a, b) TS_JOIN_(a, b)

Kernels TS_JOIN(kernels_, TS_KERNEL_SET)() { return {TS_QUOTE(TS_KERNEL_SET), table<float>(), table<double>(), table<Bf16>(), adamw<float>, adamw<Bf16>, few_rows_product, kFewRows, choose}; }

} // namespace tspin
