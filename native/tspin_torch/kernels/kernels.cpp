// The kernels of kernels.h for one instruction set: the compiler's flags and TS_KERNEL_SET decide which.
//
// Only functions of internal linkage and no standard library templates: a template instantiated here with AVX-512 could be the copy that
// the linker keeps for the whole library.
#include "kernels.h"

#include <math.h>
#include <string.h>

#if defined(__AVX512BF16__)
#include <immintrin.h>
#endif

namespace tspin {
namespace {

#if defined(__AVX512F__)
constexpr int kVectorBytes = 64;
#else
constexpr int kVectorBytes = 32;
#endif

// ---- numbers ----

inline float load(const float *p) { return *p; }
inline double load(const double *p) { return *p; }
inline float load(const Bf16 *p) {
  const uint32_t bits = static_cast<uint32_t>(p->bits) << 16;
  float value;
  memcpy(&value, &bits, sizeof(value));
  return value;
}

inline void store(float *p, float value) { *p = value; }
inline void store(double *p, double value) { *p = value; }
inline void store(Bf16 *p, float value) {
  uint32_t bits;
  memcpy(&bits, &value, sizeof(bits));
  const uint32_t rounded = (bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16; // to nearest, ties to even
  p->bits = (bits & 0x7fffffffu) > 0x7f800000u ? 0x7fc0 : static_cast<uint16_t>(rounded);
}

// What storing and loading leaves of a number.
inline float rounded(const float *, float value) { return value; }
inline double rounded(const double *, double value) { return value; }
inline float rounded(const Bf16 *, float value) {
  Bf16 narrow;
  store(&narrow, value);
  return load(&narrow);
}

inline double exponential(double x) { return exp(x); }

// Relative error below 2e-7; 0 below -87.3, where float32 ends. NaN stays NaN.
inline float exponential(float x) {
  const float bounded = x > 88.7f ? 88.7f : (x < -87.3f ? -87.3f : x);
  const float magic = 12582912.0f; // 1.5 x 2^23: adding it leaves the nearest whole number in the low bits
  const float shifted = bounded * 1.44269504f + magic;
  const float n = shifted - magic;
  const float r = bounded - n * 0.693359375f + n * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  const int32_t whole = static_cast<int32_t>(n);
  const uint32_t bits = static_cast<uint32_t>(whole + 127) << 23;
  float power;
  memcpy(&power, &bits, sizeof(power));
  return x < -87.3f ? 0.0f : p * power;
}

template <typename A> inline A sigmoid(A x) { return A(1) / (A(1) + exponential(-x)); }

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

// ---- small products for attention ----

template <typename A> struct Vector;
template <> struct Vector<float> {
  typedef float type __attribute__((vector_size(kVectorBytes), aligned(4), may_alias));
};
template <> struct Vector<double> {
  typedef double type __attribute__((vector_size(kVectorBytes), aligned(8), may_alias));
};
template <typename A> constexpr int64_t kLanes = kVectorBytes / sizeof(A);
template <typename A> constexpr int64_t padded(int64_t n) { return (n + kLanes<A> - 1) / kLanes<A> * kLanes<A>; }

// c[M x N vectors] (+)= a b, held in registers. a is addressed by two strides, b and c have adjacent columns.
template <typename A, int M, int N>
inline void block(int64_t depth, const A *a, int64_t a_row, int64_t a_column, const A *b, int64_t b_row, A *c, int64_t c_row, bool add) {
  using V = typename Vector<A>::type;
  V sums[M][N];
#pragma GCC unroll 8
  for (int i = 0; i < M; i++) {
#pragma GCC unroll 8
    for (int j = 0; j < N; j++) {
      sums[i][j] = add ? *reinterpret_cast<const V *>(c + i * c_row + j * kLanes<A>) : V{};
    }
  }
  for (int64_t d = 0; d < depth; d++) {
    const A *line = b + d * b_row;
#pragma GCC unroll 8
    for (int i = 0; i < M; i++) {
      const A factor = a[i * a_row + d * a_column];
#pragma GCC unroll 8
      for (int j = 0; j < N; j++) {
        sums[i][j] += factor * *reinterpret_cast<const V *>(line + j * kLanes<A>);
      }
    }
  }
#pragma GCC unroll 8
  for (int i = 0; i < M; i++) {
#pragma GCC unroll 8
    for (int j = 0; j < N; j++) {
      *reinterpret_cast<V *>(c + i * c_row + j * kLanes<A>) = sums[i][j];
    }
  }
}

template <typename A, int N>
void columns(int64_t rows, int64_t depth, const A *a, int64_t a_row, int64_t a_column, const A *b, int64_t b_row, A *c, int64_t c_row, bool add) {
  constexpr int M = 6;
  int64_t i = 0;
  for (; i + M <= rows; i += M) {
    block<A, M, N>(depth, a + i * a_row, a_row, a_column, b, b_row, c + i * c_row, c_row, add);
  }
  for (; i + 2 <= rows; i += 2) {
    block<A, 2, N>(depth, a + i * a_row, a_row, a_column, b, b_row, c + i * c_row, c_row, add);
  }
  if (i < rows) {
    block<A, 1, N>(depth, a + i * a_row, a_row, a_column, b, b_row, c + i * c_row, c_row, add);
  }
}

// c [rows, n] (+)= a [rows, depth] b [depth, n]; n a multiple of the lanes.
template <typename A>
void product(int64_t rows, int64_t n, int64_t depth, const A *a, int64_t a_row, int64_t a_column, const A *b, int64_t b_row, A *c, int64_t c_row, bool add) {
  int64_t j = 0;
#if defined(__AVX512F__)
  for (; j + 4 * kLanes<A> <= n; j += 4 * kLanes<A>) {
    columns<A, 4>(rows, depth, a, a_row, a_column, b + j, b_row, c + j, c_row, add);
  }
#endif
  for (; j + 2 * kLanes<A> <= n; j += 2 * kLanes<A>) {
    columns<A, 2>(rows, depth, a, a_row, a_column, b + j, b_row, c + j, c_row, add);
  }
  for (; j < n; j += kLanes<A>) {
    columns<A, 1>(rows, depth, a, a_row, a_column, b + j, b_row, c + j, c_row, add);
  }
}

// ---- attention ----

constexpr int64_t kQueries = 48; // queries of one block

template <typename A> inline void zero(A *p, int64_t n) { memset(p, 0, static_cast<size_t>(n) * sizeof(A)); }

// Where the parts of a task lie in its scratch memory. Every segment begins at a column that is a multiple of the lanes.
template <typename S> struct Plan {
  using A = typename Wide<S>::type;
  int64_t width, columns; // D and the number of keys, both padded
  int64_t scores;         // columns of one block of scores: the prompt and the longest segment
  A *key, *key_t, *value, *value_t, *grad_key, *grad_value; // [columns, D] or [D, columns]
  A *query, *score, *grad_score, *mixed, *grad_mixed, *grad_query, *row;

  Plan(const AttentionTask<S> &task, A *scratch) {
    width = padded<A>(task.width);
    int64_t longest = 0;
    columns = 0;
    for (int64_t s = 0; s < task.count; s++) {
      const auto part = padded<A>(task.segments[s].length);
      columns += part;
      longest = part > longest ? part : longest;
    }
    scores = padded<A>(task.segments[0].length) + longest;
    A *next = scratch;
    auto take = [&](int64_t n) {
      A *here = next;
      next += n;
      return here;
    };
    key = take(columns * width);
    key_t = take(columns * width);
    value = take(columns * width);
    value_t = take(columns * width);
    grad_key = take(columns * width);
    grad_value = take(columns * width);
    query = take(kQueries * width);
    mixed = take(kQueries * width);
    grad_mixed = take(kQueries * width);
    grad_query = take(kQueries * width);
    score = take(kQueries * scores);
    grad_score = take(kQueries * scores);
    row = take(width);
    size = next - scratch;
  }

  int64_t size;
};

template <typename S> int64_t attention_scratch(const AttentionTask<S> &task) { return Plan<S>(task, nullptr).size; }

// One head of one token, times a factor, turned by the token's angles (direction 1) or back (-1).
template <typename S, typename A = typename Wide<S>::type>
inline void read_turned(const AttentionTask<S> &task, const S *head, int64_t token, A factor, A *to) {
  const int64_t half = task.turned / 2;
  const A *cos = task.cos + token * half, *sin = task.sin + token * half;
#pragma omp simd
  for (int64_t i = 0; i < half; i++) {
    const A x = load(head + i) * factor, y = load(head + half + i) * factor;
    to[i] = x * cos[i] - y * sin[i];
    to[half + i] = y * cos[i] + x * sin[i];
  }
#pragma omp simd
  for (int64_t i = task.turned; i < task.width; i++) {
    to[i] = load(head + i) * factor;
  }
}

template <typename S, typename A = typename Wide<S>::type>
inline void write_turned_back(const AttentionTask<S> &task, const A *from, int64_t token, A factor, S *head) {
  const int64_t half = task.turned / 2;
  const A *cos = task.cos + token * half, *sin = task.sin + token * half;
#pragma omp simd
  for (int64_t i = 0; i < half; i++) {
    const A x = from[i] * factor, y = from[half + i] * factor;
    store(head + i, x * cos[i] + y * sin[i]);
    store(head + half + i, y * cos[i] - x * sin[i]);
  }
#pragma omp simd
  for (int64_t i = task.turned; i < task.width; i++) {
    store(head + i, from[i] * factor);
  }
}

template <typename A> void transpose(const A *from, int64_t rows, int64_t from_row, int64_t width, A *to, int64_t to_row) {
  for (int64_t i = 0; i < rows; i++) {
    for (int64_t d = 0; d < width; d++) {
      to[d * to_row + i] = from[i * from_row + d];
    }
  }
}

template <typename S, typename A = typename Wide<S>::type> void read_keys(const AttentionTask<S> &task, const Plan<S> &plan) {
  const auto all = plan.columns * plan.width;
  zero(plan.key, all);
  zero(plan.value, all);
  int64_t column = 0;
  for (int64_t s = 0; s < task.count; s++) {
    const auto &segment = task.segments[s];
    for (int64_t i = 0; i < segment.length; i++) {
      const auto token = segment.start + i;
      read_turned(task, task.k + token * task.k_token, token, A(1), plan.key + (column + i) * plan.width);
      const S *value = task.v + token * task.v_token;
      A *to = plan.value + (column + i) * plan.width;
      for (int64_t d = 0; d < task.width; d++) {
        to[d] = load(value + d);
      }
    }
    column += padded<A>(segment.length);
  }
  transpose(plan.key, plan.columns, plan.width, plan.width, plan.key_t, plan.columns);
}

// A block of queries of one head: which keys it sees.
struct Block {
  int64_t first, rows;      // in the segment
  int64_t column;           // of the segment's own keys
  int64_t prompt, prompt_padded;
  int64_t own, own_padded;  // own keys that any row of the block sees
};

// Visible own and prompt keys of a row: [prompt_from, prompt) and [own_from, own_to).
struct Visible {
  int64_t prompt_from, own_from, own_to;
};

inline Visible visible(const Block &block, int64_t row, int64_t window) {
  const int64_t own_to = block.first + row + 1;
  if (window == 0) {
    return {0, 0, own_to};
  }
  const int64_t from = block.prompt + own_to - window; // first visible position, may be negative
  const int64_t prompt_from = from < 0 ? 0 : (from > block.prompt ? block.prompt : from);
  const int64_t own_from = from - block.prompt < 0 ? 0 : from - block.prompt;
  return {prompt_from, own_from, own_to};
}

// Runs body(block, head) for every block of queries of a task.
template <typename S, typename Body> inline void each_block(const AttentionTask<S> &task, Body &&body) {
  using A = typename Wide<S>::type;
  int64_t column = 0;
  for (int64_t s = 0; s < task.count; s++) {
    const auto &segment = task.segments[s];
    const int64_t prompt = s == 0 ? 0 : task.segments[0].length;
    for (int64_t head = 0; head < task.heads; head++) {
      for (int64_t first = 0; first < segment.length; first += kQueries) {
        const int64_t rows = segment.length - first < kQueries ? segment.length - first : kQueries;
        const int64_t own = first + rows;
        body(Block{first, rows, column, prompt, padded<A>(prompt), own, padded<A>(own)}, segment, head);
      }
    }
    column += padded<A>(segment.length);
  }
}

// Scores of a block: prompt keys in front, own keys from prompt_padded on.
template <typename S, typename A = typename Wide<S>::type>
inline void scores_of(const AttentionTask<S> &task, const Plan<S> &plan, const Block &block, const Segment &segment, int64_t head) {
  for (int64_t i = 0; i < block.rows; i++) {
    const auto token = segment.start + block.first + i;
    read_turned(task, task.q + token * task.q_token + head * task.q_head, token, A(task.scale), plan.query + i * plan.width);
  }
  product(block.rows, block.prompt_padded, task.width, plan.query, plan.width, 1, plan.key_t, plan.columns, plan.score, plan.scores, false);
  product(block.rows, block.own_padded, task.width, plan.query, plan.width, 1, plan.key_t + block.column, plan.columns,
          plan.score + block.prompt_padded, plan.scores, false);
  if (task.soft_cap != 0) {
    const A cap = A(task.soft_cap);
    for (int64_t i = 0; i < block.rows; i++) {
      A *score = plan.score + i * plan.scores;
      for (int64_t j = 0; j < block.prompt_padded + block.own_padded; j++) {
        score[j] = cap * A(tanh(static_cast<double>(score[j] / cap)));
      }
    }
  }
}

// score -> exp(score - shift) where visible and 0 elsewhere; returns the sum.
template <typename A> inline A weights_of(A *score, const Block &block, const Visible &seen, A shift) {
  A sum = 0;
  zero(score, seen.prompt_from);
#pragma omp simd reduction(+ : sum)
  for (int64_t j = seen.prompt_from; j < block.prompt; j++) {
    score[j] = exponential(score[j] - shift);
    sum += score[j];
  }
  zero(score + block.prompt, block.prompt_padded - block.prompt);
  A *own = score + block.prompt_padded;
  zero(own, seen.own_from);
#pragma omp simd reduction(+ : sum)
  for (int64_t j = seen.own_from; j < seen.own_to; j++) {
    own[j] = exponential(own[j] - shift);
    sum += own[j];
  }
  zero(own + seen.own_to, block.own_padded - seen.own_to);
  return sum;
}

template <typename S, typename A> void attention(const AttentionTask<S> &task, A *scratch) {
  const Plan<S> plan(task, scratch);
  read_keys(task, plan);
  each_block(task, [&](const Block &block, const Segment &segment, int64_t head) {
    scores_of(task, plan, block, segment, head);
    for (int64_t i = 0; i < block.rows; i++) {
      A *score = plan.score + i * plan.scores;
      const auto seen = visible(block, i, task.window);
      A largest = score[block.prompt_padded + seen.own_to - 1];
#pragma omp simd reduction(max : largest)
      for (int64_t j = seen.prompt_from; j < block.prompt; j++) {
        largest = score[j] > largest ? score[j] : largest;
      }
#pragma omp simd reduction(max : largest)
      for (int64_t j = block.prompt_padded + seen.own_from; j < block.prompt_padded + seen.own_to; j++) {
        largest = score[j] > largest ? score[j] : largest;
      }
      const A sum = weights_of(score, block, seen, largest);
      plan.row[0] = A(1) / sum;
      const A inverse = plan.row[0];
#pragma omp simd
      for (int64_t j = 0; j < block.prompt_padded + block.own_padded; j++) {
        score[j] *= inverse;
      }
      task.lse[(segment.start + block.first + i) * task.lse_token + head] = largest + A(log(static_cast<double>(sum)));
    }
    product(block.rows, plan.width, block.prompt, plan.score, plan.scores, 1, plan.value, plan.width, plan.mixed, plan.width, false);
    product(block.rows, plan.width, block.own, plan.score + block.prompt_padded, plan.scores, 1, plan.value + block.column * plan.width,
            plan.width, plan.mixed, plan.width, true);
    for (int64_t i = 0; i < block.rows; i++) {
      S *out = task.out + (segment.start + block.first + i) * task.out_token + head * task.width;
      for (int64_t d = 0; d < task.width; d++) {
        store(out + d, plan.mixed[i * plan.width + d]);
      }
    }
  });
}

template <typename S, typename A> void attention_grad(const AttentionTask<S> &task, A *scratch) {
  const Plan<S> plan(task, scratch);
  read_keys(task, plan);
  transpose(plan.value, plan.columns, plan.width, plan.width, plan.value_t, plan.columns);
  zero(plan.grad_key, plan.columns * plan.width);
  zero(plan.grad_value, plan.columns * plan.width);
  zero(plan.query, kQueries * plan.width);
  zero(plan.grad_mixed, kQueries * plan.width);
  each_block(task, [&](const Block &block, const Segment &segment, int64_t head) {
    scores_of(task, plan, block, segment, head);
    A *own_score = plan.score + block.prompt_padded, *own_grad = plan.grad_score + block.prompt_padded;
    const auto own = block.column * plan.width;
    for (int64_t i = 0; i < block.rows; i++) {
      const S *from = task.grad_out + (segment.start + block.first + i) * task.out_token + head * task.width;
      for (int64_t d = 0; d < task.width; d++) {
        plan.grad_mixed[i * plan.width + d] = load(from + d);
      }
    }
    product(block.rows, block.prompt_padded, task.width, plan.grad_mixed, plan.width, 1, plan.value_t, plan.columns, plan.grad_score, plan.scores, false);
    product(block.rows, block.own_padded, task.width, plan.grad_mixed, plan.width, 1, plan.value_t + block.column, plan.columns, own_grad, plan.scores, false);
    for (int64_t i = 0; i < block.rows; i++) {
      A *score = plan.score + i * plan.scores, *grad = plan.grad_score + i * plan.scores;
      const auto token = segment.start + block.first + i;
      const S *out = task.out + token * task.out_token + head * task.width;
      A along = 0; // sum over keys of weight x gradient of the weight
      for (int64_t d = 0; d < task.width; d++) {
        along += load(out + d) * plan.grad_mixed[i * plan.width + d];
      }
      const auto all = block.prompt_padded + block.own_padded;
      if (task.soft_cap != 0) {
        const A cap = A(task.soft_cap);
        for (int64_t j = 0; j < all; j++) {
          const A t = score[j] / cap;
          grad[j] = (grad[j] - along) * (A(1) - t * t);
        }
      } else {
#pragma omp simd
        for (int64_t j = 0; j < all; j++) {
          grad[j] -= along;
        }
      }
      weights_of(score, block, visible(block, i, task.window), task.lse[token * task.lse_token + head]);
#pragma omp simd
      for (int64_t j = 0; j < all; j++) {
        grad[j] *= score[j];
      }
    }
    product(block.rows, plan.width, block.prompt, plan.grad_score, plan.scores, 1, plan.key, plan.width, plan.grad_query, plan.width, false);
    product(block.rows, plan.width, block.own, own_grad, plan.scores, 1, plan.key + own, plan.width, plan.grad_query, plan.width, true);
    product(block.prompt, plan.width, block.rows, plan.score, 1, plan.scores, plan.grad_mixed, plan.width, plan.grad_value, plan.width, true);
    product(block.own, plan.width, block.rows, own_score, 1, plan.scores, plan.grad_mixed, plan.width, plan.grad_value + own, plan.width, true);
    product(block.prompt, plan.width, block.rows, plan.grad_score, 1, plan.scores, plan.query, plan.width, plan.grad_key, plan.width, true);
    product(block.own, plan.width, block.rows, own_grad, 1, plan.scores, plan.query, plan.width, plan.grad_key + own, plan.width, true);
    for (int64_t i = 0; i < block.rows; i++) {
      const auto token = segment.start + block.first + i;
      write_turned_back(task, plan.grad_query + i * plan.width, token, A(task.scale), task.grad_q + token * task.out_token + head * task.width);
    }
  });
  int64_t column = 0;
  for (int64_t s = 0; s < task.count; s++) {
    const auto &segment = task.segments[s];
    for (int64_t i = 0; i < segment.length; i++) {
      const auto token = segment.start + i;
      write_turned_back(task, plan.grad_key + (column + i) * plan.width, token, A(1), task.grad_k + token * task.grad_k_token);
      for (int64_t d = 0; d < task.width; d++) {
        store(task.grad_v + token * task.grad_k_token + d, plan.grad_value[(column + i) * plan.width + d]);
      }
    }
    column += padded<A>(segment.length);
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

void adamw(float *parameter, const float *gradient, float *first, float *second, int64_t n, const AdamWConstants &c) {
  const float scale = static_cast<float>(c.gradient_scale), keep = static_cast<float>(1 - c.learning_rate * c.decay);
  const float b1 = static_cast<float>(c.beta1), a1 = static_cast<float>(1 - c.beta1);
  const float b2 = static_cast<float>(c.beta2), a2 = static_cast<float>(1 - c.beta2);
  const float root = static_cast<float>(1 / sqrt(c.correction2)), epsilon = static_cast<float>(c.epsilon);
  const float rate = static_cast<float>(-c.learning_rate / c.correction1);
#pragma omp simd
  for (int64_t i = 0; i < n; i++) {
    const float g = gradient[i] * scale;
    const float m = first[i] * b1 + a1 * g;
    const float v = second[i] * b2 + a2 * g * g;
    first[i] = m;
    second[i] = v;
    parameter[i] = parameter[i] * keep + rate * m / (__builtin_sqrtf(v) * root + epsilon);
  }
}

// ---- generation ----

#if defined(__AVX512BF16__)
constexpr int64_t kFewRows = 64;

inline __m512bh read_bf16(const Bf16 *p, __mmask32 mask) { return reinterpret_cast<__m512bh>(_mm512_maskz_loadu_epi16(mask, p)); }

template <int O, int R>
inline void dots(const Bf16 *w, const Bf16 *x, int64_t depth, Bf16 *out, int64_t out_row) {
  __m512 sums[O][R];
#pragma GCC unroll 8
  for (int o = 0; o < O; o++) {
#pragma GCC unroll 8
    for (int r = 0; r < R; r++) {
      sums[o][r] = _mm512_setzero_ps();
    }
  }
  for (int64_t d = 0; d < depth; d += 32) {
    const __mmask32 mask = depth - d >= 32 ? 0xffffffffu : (1u << (depth - d)) - 1;
    __m512bh values[R];
#pragma GCC unroll 8
    for (int r = 0; r < R; r++) {
      values[r] = read_bf16(x + r * depth + d, mask);
    }
#pragma GCC unroll 8
    for (int o = 0; o < O; o++) {
      const __m512bh weight = read_bf16(w + o * depth + d, mask);
#pragma GCC unroll 8
      for (int r = 0; r < R; r++) {
        sums[o][r] = _mm512_dpbf16_ps(sums[o][r], weight, values[r]);
      }
    }
  }
#pragma GCC unroll 8
  for (int o = 0; o < O; o++) {
#pragma GCC unroll 8
    for (int r = 0; r < R; r++) {
      store(out + r * out_row + o, _mm512_reduce_add_ps(sums[o][r]));
    }
  }
}
#else
constexpr int64_t kFewRows = 4;

template <int O, int R>
inline void dots(const Bf16 *w, const Bf16 *x, int64_t depth, Bf16 *out, int64_t out_row) {
  for (int o = 0; o < O; o++) {
    for (int r = 0; r < R; r++) {
      float sum = 0;
#pragma omp simd reduction(+ : sum)
      for (int64_t d = 0; d < depth; d++) {
        sum += load(w + o * depth + d) * load(x + r * depth + d);
      }
      store(out + r * out_row + o, sum);
    }
  }
}
#endif

// A row's sum does not depend on the other rows: every one is added up in the same order.
template <int O> inline void outputs_of(const Bf16 *w, const Bf16 *x, int64_t rows, int64_t depth, Bf16 *out, int64_t out_row) {
  int64_t r = 0;
  for (; r + 4 <= rows; r += 4) {
    dots<O, 4>(w, x + r * depth, depth, out + r * out_row, out_row);
  }
  for (; r < rows; r++) {
    dots<O, 1>(w, x + r * depth, depth, out + r * out_row, out_row);
  }
}

#if defined(__AVX512BF16__)
constexpr int64_t kDeepest = 8192; // columns of a weight that the turned copy has room for

// 16 rows of up to 16 pairs of numbers as 16 columns: to[p] holds pair p of all rows.
inline void turn_pairs(const Bf16 *w, int64_t depth, __mmask32 mask, __m512i *to) {
  __m512i r[16], t[16];
#pragma GCC unroll 16
  for (int i = 0; i < 16; i++) {
    r[i] = _mm512_maskz_loadu_epi16(mask, w + i * depth);
  }
#pragma GCC unroll 8
  for (int i = 0; i < 8; i++) {
    t[2 * i] = _mm512_unpacklo_epi32(r[2 * i], r[2 * i + 1]);
    t[2 * i + 1] = _mm512_unpackhi_epi32(r[2 * i], r[2 * i + 1]);
  }
#pragma GCC unroll 4
  for (int i = 0; i < 16; i += 4) {
    r[i] = _mm512_unpacklo_epi64(t[i], t[i + 2]);
    r[i + 1] = _mm512_unpackhi_epi64(t[i], t[i + 2]);
    r[i + 2] = _mm512_unpacklo_epi64(t[i + 1], t[i + 3]);
    r[i + 3] = _mm512_unpackhi_epi64(t[i + 1], t[i + 3]);
  }
#pragma GCC unroll 4
  for (int j = 0; j < 4; j++) {
    const __m512i even0 = _mm512_shuffle_i32x4(r[j], r[4 + j], 0x88), even1 = _mm512_shuffle_i32x4(r[8 + j], r[12 + j], 0x88);
    const __m512i odd0 = _mm512_shuffle_i32x4(r[j], r[4 + j], 0xdd), odd1 = _mm512_shuffle_i32x4(r[8 + j], r[12 + j], 0xdd);
    to[j] = _mm512_shuffle_i32x4(even0, even1, 0x88);
    to[4 + j] = _mm512_shuffle_i32x4(odd0, odd1, 0x88);
    to[8 + j] = _mm512_shuffle_i32x4(even0, even1, 0xdd);
    to[12 + j] = _mm512_shuffle_i32x4(odd0, odd1, 0xdd);
  }
}

template <int R> inline void turned_dots(const __m512i *turned, const Bf16 *x, int64_t depth, Bf16 *out, int64_t out_row) {
  __m512 sums[R];
#pragma GCC unroll 8
  for (int r = 0; r < R; r++) {
    sums[r] = _mm512_setzero_ps();
  }
  for (int64_t p = 0; p < depth / 2; p++) {
    const __m512bh weight = reinterpret_cast<__m512bh>(turned[p]);
#pragma GCC unroll 8
    for (int r = 0; r < R; r++) {
      int32_t pair;
      memcpy(&pair, x + r * depth + 2 * p, sizeof(pair));
      sums[r] = _mm512_dpbf16_ps(sums[r], weight, reinterpret_cast<__m512bh>(_mm512_set1_epi32(pair)));
    }
  }
#pragma GCC unroll 8
  for (int r = 0; r < R; r++) {
    float values[16];
    _mm512_storeu_ps(values, sums[r]);
    for (int o = 0; o < 16; o++) {
      store(out + r * out_row + o, values[o]);
    }
  }
}

// 16 outputs in the lanes of a register: no sums across lanes. The weights are turned once for all rows.
void sixteen_outputs(const Bf16 *w, const Bf16 *x, int64_t rows, int64_t depth, Bf16 *out, int64_t out_row) {
  alignas(64) __m512i turned[kDeepest / 2];
  for (int64_t d = 0; d < depth; d += 32) {
    turn_pairs(w + d, depth, depth - d >= 32 ? 0xffffffffu : (1u << (depth - d)) - 1, turned + d / 2);
  }
  int64_t r = 0;
  for (; r + 8 <= rows; r += 8) {
    turned_dots<8>(turned, x + r * depth, depth, out + r * out_row, out_row);
  }
  for (; r + 2 <= rows; r += 2) {
    turned_dots<2>(turned, x + r * depth, depth, out + r * out_row, out_row);
  }
  if (r < rows) {
    turned_dots<1>(turned, x + r * depth, depth, out + r * out_row, out_row);
  }
}
#endif

void few_rows_product(const Bf16 *w, int64_t outputs, const Bf16 *x, int64_t rows, int64_t depth, Bf16 *out, int64_t out_row) {
  int64_t o = 0;
#if defined(__AVX512BF16__)
  if (rows > 4 && depth % 2 == 0 && depth <= kDeepest) {
    for (; o + 16 <= outputs; o += 16) {
      sixteen_outputs(w + o * depth, x, rows, depth, out + o, out_row);
    }
  }
#endif
  for (; o + 4 <= outputs; o += 4) {
    outputs_of<4>(w + o * depth, x, rows, depth, out + o, out_row);
  }
  for (; o < outputs; o++) {
    outputs_of<1>(w + o * depth, x, rows, depth, out + o, out_row);
  }
}

// Relative error below 1e-15; for arguments of at most 0. 0 below -708, where float64 ends.
inline double exponential_of_negative(double x) {
  const double bounded = x < -708.0 ? -708.0 : x;
  const double magic = 6755399441055744.0; // 1.5 x 2^52
  const double shifted = bounded * 1.4426950408889634 + magic;
  const double n = shifted - magic;
  const double r = bounded - n * 0.693147180369123816490 - n * 1.90821492927058770002e-10;
  double p = 1.6059043836821613e-10;
  p = p * r + 2.08767569878681e-9;
  p = p * r + 2.505210838544172e-8;
  p = p * r + 2.755731922398589e-7;
  p = p * r + 2.7557319223985893e-6;
  p = p * r + 2.48015873015873e-5;
  p = p * r + 1.984126984126984e-4;
  p = p * r + 1.388888888888889e-3;
  p = p * r + 8.333333333333333e-3;
  p = p * r + 4.1666666666666664e-2;
  p = p * r + 1.6666666666666666e-1;
  p = p * r + 0.5;
  p = p * r * r + r + 1.0;
  int64_t low;
  memcpy(&low, &shifted, sizeof(low));
  const int64_t bits = ((low + 1023) & 0x7ff) << 52; // the low bits of shifted hold n
  double power;
  memcpy(&power, &bits, sizeof(power));
  return x < -708.0 ? 0.0 : p * power;
}

int64_t sample(const float *logits, int64_t n, double uniform, double inverse_temperature, double *scratch) {
  float largest = logits[0];
#pragma omp simd reduction(max : largest)
  for (int64_t i = 0; i < n; i++) {
    largest = logits[i] > largest ? logits[i] : largest;
  }
#pragma omp simd
  for (int64_t i = 0; i < n; i++) {
    scratch[i] = exponential_of_negative((static_cast<double>(logits[i]) - static_cast<double>(largest)) * inverse_temperature);
  }
  // Sums of blocks first, so that only one block is walked token by token.
  constexpr int64_t kBlock = 512;
  double total = 0;
  for (int64_t start = 0; start < n; start += kBlock) {
    const int64_t end = start + kBlock < n ? start + kBlock : n;
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = start; i < end; i++) {
      sum += scratch[i];
    }
    total += sum;
  }
  const double threshold = total * uniform;
  double before = 0;
  for (int64_t start = 0; start < n; start += kBlock) {
    const int64_t end = start + kBlock < n ? start + kBlock : n;
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = start; i < end; i++) {
      sum += scratch[i];
    }
    if (before + sum > threshold || end == n) {
      int64_t i = start;
      for (double reached = before + scratch[i]; i + 1 < end && reached <= threshold; reached += scratch[i]) {
        i++;
      }
      return i;
    }
    before += sum;
  }
  return n - 1;
}

template <typename S> KernelTable<S> table() {
  using A = typename Wide<S>::type;
  return {rms_norm<S>, rms_norm_grad<S>, swiglu<S>, swiglu_grad<S>, log_sum_exp<S>, log_prob_grad<S>,
          attention_scratch<S>, attention<S, A>, attention_grad<S, A>, sum_of_squares<S>};
}

} // namespace

#define TS_QUOTE_(x) #x
#define TS_QUOTE(x) TS_QUOTE_(x)
#define TS_JOIN_(a, b) a##b
#define TS_JOIN(a, b) TS_JOIN_(a, b)

Kernels TS_JOIN(kernels_, TS_KERNEL_SET)() { return {TS_QUOTE(TS_KERNEL_SET), table<float>(), table<double>(), table<Bf16>(), adamw, few_rows_product, kFewRows, sample}; }

} // namespace tspin
