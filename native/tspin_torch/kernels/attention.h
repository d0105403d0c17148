// Attention over one prompt and its responses, forward and backward.
#pragma once

#include "kernels/kernels.h"
#include "kernels/small_products.h"
#include "simd/exponential.h"
#include "simd/turning.h"

namespace tspin {
namespace {

constexpr int64_t kQueries = 48; // queries of one block

template <typename A> inline void zero(A *p, int64_t n) { memset(p, 0, static_cast<size_t>(n) * sizeof(A)); }

// How large the parts of a task are. Every segment begins at a column that is a multiple of the lanes.
template <typename S> struct Sizes {
  using A = typename Wide<S>::type;
  int64_t width, columns; // D and the number of keys, both padded
  int64_t scores;         // columns of one block of scores: the prompt and the longest segment

  explicit Sizes(const AttentionTask<S> &task) {
    width = padded<A>(task.width);
    int64_t longest = 0;
    columns = 0;
    for (int64_t s = 0; s < task.count; s++) {
      const auto part = padded<A>(task.segments[s].length);
      columns += part;
      longest = part > longest ? part : longest;
    }
    scores = padded<A>(task.segments[0].length) + longest;
  }
};

// Where they lie in its scratch memory.
template <typename S> struct Plan : Sizes<S> {
  using A = typename Wide<S>::type;
  using Sizes<S>::width, Sizes<S>::columns, Sizes<S>::scores;
  A *key, *key_t, *value, *value_t, *grad_key, *grad_value; // [columns, D] or [D, columns]
  A *query, *score, *grad_score, *mixed, *grad_mixed, *grad_query;

  Plan(const AttentionTask<S> &task, A *scratch) : Sizes<S>(task) {
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

// from [rows, width] -> to [width, rows]; both multiples of the lanes.
template <typename A>
void transpose(const A *from, int64_t rows, int64_t from_row, int64_t width, A *to, int64_t to_row) {
  using V = typename Vector<A>::type;
  constexpr int L = static_cast<int>(kLanes<A>);
  for (int64_t i = 0; i < rows; i += L) {
    for (int64_t d = 0; d < width; d += L) {
      V tile[L];
#pragma GCC unroll 16
      for (int n = 0; n < L; n++) {
        tile[n] = *reinterpret_cast<const V *>(from + (i + n) * from_row + d);
      }
      transpose_square<A>(tile);
#pragma GCC unroll 16
      for (int n = 0; n < L; n++) {
        *reinterpret_cast<V *>(to + (d + n) * to_row + i) = tile[n];
      }
    }
  }
}

template <typename S, typename A = typename Wide<S>::type>
void read_keys(const AttentionTask<S> &task, const Plan<S> &plan) {
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
  int64_t first, rows; // in the segment
  int64_t column;      // of the segment's own keys
  int64_t prompt, prompt_padded;
  int64_t own, own_padded; // own keys that any row of the block sees
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

// score -> cap tanh(score / cap)
template <typename A> inline void cap_scores(const Block &block, A cap, A *scores, int64_t row) {
  for (int64_t i = 0; i < block.rows; i++) {
    A *score = scores + i * row;
    for (int64_t j = 0; j < block.prompt_padded + block.own_padded; j++) {
      score[j] = cap * A(tanh(static_cast<double>(score[j] / cap)));
    }
  }
}

// One row's gradients of the weights, less `along`, as gradients of what was capped before the cap, still without the
// factor of the weight.
template <typename A> inline void uncap_gradients(const Block &block, A cap, const A *score, A along, A *grad) {
  for (int64_t j = 0; j < block.prompt_padded + block.own_padded; j++) {
    const A t = score[j] / cap;
    grad[j] = (grad[j] - along) * (A(1) - t * t);
  }
}

// Scores of a block: prompt keys in front, own keys from prompt_padded on.
template <typename S, typename A = typename Wide<S>::type>
inline void scores_of(const AttentionTask<S> &task, const Plan<S> &plan, const Block &block, const Segment &segment,
                      int64_t head) {
  for (int64_t i = 0; i < block.rows; i++) {
    const auto token = segment.start + block.first + i;
    read_turned(task, task.q + token * task.q_token + head * task.q_head, token, A(task.scale),
                plan.query + i * plan.width);
  }
  product(block.rows, block.prompt_padded, task.width, plan.query, plan.width, 1, plan.key_t, plan.columns, plan.score,
          plan.scores, false);
  product(block.rows, block.own_padded, task.width, plan.query, plan.width, 1, plan.key_t + block.column, plan.columns,
          plan.score + block.prompt_padded, plan.scores, false);
  if (task.soft_cap != 0) {
    cap_scores(block, A(task.soft_cap), plan.score, plan.scores);
  }
}

// Runs body(scores, columns, from, to) for the prompt's columns of a row and for the own ones: [from, to) are visible.
// The columns are whole vectors: loops over all of them with a condition have no rest, which would cost more than what
// they compute in vain.
template <typename Body> inline void each_part(const Block &block, const Visible &seen, Body &&body) {
  body(int64_t(0), static_cast<int32_t>(block.prompt_padded), static_cast<int32_t>(seen.prompt_from),
       static_cast<int32_t>(block.prompt));
  body(block.prompt_padded, static_cast<int32_t>(block.own_padded), static_cast<int32_t>(seen.own_from),
       static_cast<int32_t>(seen.own_to));
}

template <typename S, typename A> void attention(const AttentionTask<S> &task, A *scratch) {
  const Plan<S> plan(task, scratch);
  read_keys(task, plan);
  each_block(task, [&](const Block &block, const Segment &segment, int64_t head) {
    scores_of(task, plan, block, segment, head);
    A inverse[kQueries];
    for (int64_t i = 0; i < block.rows; i++) {
      A *row = plan.score + i * plan.scores;
      const auto seen = visible(block, i, task.window);
      A largest = -A(INFINITY), sum = 0;
      each_part(block, seen, [&](int64_t first, int32_t columns, int32_t from, int32_t to) {
        const A *score = row + first;
#pragma omp simd reduction(max : largest)
        for (int32_t j = 0; j < columns; j++) {
          const A value = j >= from && j < to ? score[j] : -A(INFINITY);
          largest = value > largest ? value : largest;
        }
      });
      each_part(block, seen, [&](int64_t first, int32_t columns, int32_t from, int32_t to) {
        A *score = row + first;
#pragma omp simd reduction(+ : sum)
        for (int32_t j = 0; j < columns; j++) {
          const A weight = exponential(score[j] - largest);
          score[j] = j >= from && j < to ? weight : A(0);
          sum += score[j];
        }
      });
      inverse[i] = A(1) / sum;
      task.lse[(segment.start + block.first + i) * task.lse_token + head] = largest + A(log(static_cast<double>(sum)));
    }
    product(block.rows, plan.width, block.prompt, plan.score, plan.scores, 1, plan.value, plan.width, plan.mixed,
            plan.width, false);
    product(block.rows, plan.width, block.own, plan.score + block.prompt_padded, plan.scores, 1,
            plan.value + block.column * plan.width, plan.width, plan.mixed, plan.width, true);
    for (int64_t i = 0; i < block.rows; i++) {
      S *out = task.out + (segment.start + block.first + i) * task.out_token + head * task.width;
      for (int64_t d = 0; d < task.width; d++) {
        store(out + d, plan.mixed[i * plan.width + d] * inverse[i]);
      }
    }
  });
}

// grad_key and grad_value [columns, width] -> the task's gradients.
template <typename S, typename A>
void write_key_gradients(const AttentionTask<S> &task, const A *grad_key, const A *grad_value, int64_t width) {
  int64_t column = 0;
  for (int64_t s = 0; s < task.count; s++) {
    const auto &segment = task.segments[s];
    for (int64_t i = 0; i < segment.length; i++) {
      const auto token = segment.start + i, from = (column + i) * width;
      write_turned_back(task, grad_key + from, token, A(1), task.grad_k + token * task.grad_k_token);
      for (int64_t d = 0; d < task.width; d++) {
        store(task.grad_v + token * task.grad_k_token + d, grad_value[from + d]);
      }
    }
    column += padded<A>(segment.length);
  }
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
    product(block.rows, block.prompt_padded, task.width, plan.grad_mixed, plan.width, 1, plan.value_t, plan.columns,
            plan.grad_score, plan.scores, false);
    product(block.rows, block.own_padded, task.width, plan.grad_mixed, plan.width, 1, plan.value_t + block.column,
            plan.columns, own_grad, plan.scores, false);
    for (int64_t i = 0; i < block.rows; i++) {
      A *score = plan.score + i * plan.scores, *grad = plan.grad_score + i * plan.scores;
      const auto token = segment.start + block.first + i;
      const S *out = task.out + token * task.out_token + head * task.width;
      A along = 0; // sum over keys of weight x gradient of the weight
#pragma omp simd reduction(+ : along)
      for (int64_t d = 0; d < task.width; d++) {
        along += load(out + d) * plan.grad_mixed[i * plan.width + d];
      }
      if (task.soft_cap != 0) {
        uncap_gradients(block, A(task.soft_cap), score, along, grad);
        along = 0;
      }
      const A shift = task.lse[token * task.lse_token + head];
      each_part(block, visible(block, i, task.window), [&](int64_t first, int32_t columns, int32_t from, int32_t to) {
        A *weight = score + first, *slope = grad + first;
#pragma omp simd
        for (int32_t j = 0; j < columns; j++) {
          const A value = exponential(weight[j] - shift);
          weight[j] = j >= from && j < to ? value : A(0);
          slope[j] = weight[j] * (slope[j] - along);
        }
      });
    }
    product(block.rows, plan.width, block.prompt, plan.grad_score, plan.scores, 1, plan.key, plan.width,
            plan.grad_query, plan.width, false);
    product(block.rows, plan.width, block.own, own_grad, plan.scores, 1, plan.key + own, plan.width, plan.grad_query,
            plan.width, true);
    product(block.prompt, plan.width, block.rows, plan.score, 1, plan.scores, plan.grad_mixed, plan.width,
            plan.grad_value, plan.width, true);
    product(block.own, plan.width, block.rows, own_score, 1, plan.scores, plan.grad_mixed, plan.width,
            plan.grad_value + own, plan.width, true);
    product(block.prompt, plan.width, block.rows, plan.grad_score, 1, plan.scores, plan.query, plan.width,
            plan.grad_key, plan.width, true);
    product(block.own, plan.width, block.rows, own_grad, 1, plan.scores, plan.query, plan.width, plan.grad_key + own,
            plan.width, true);
    for (int64_t i = 0; i < block.rows; i++) {
      const auto token = segment.start + block.first + i;
      write_turned_back(task, plan.grad_query + i * plan.width, token, A(task.scale),
                        task.grad_q + token * task.out_token + head * task.width);
    }
  });
  write_key_gradients(task, plan.grad_key, plan.grad_value, plan.width);
}

} // namespace
} // namespace tspin
