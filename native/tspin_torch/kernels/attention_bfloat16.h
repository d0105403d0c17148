// Attention in bfloat16 where the processor multiplies pairs of bfloat16 numbers (vdpbf16ps): the products of
// attention.h at twice the rate. Turned queries and keys, weights and their gradients are rounded to bfloat16 before
// they are multiplied; sums, the softmax and gradients of keys and values are float32.
#pragma once

#include "kernels/attention.h"

#if defined(__AVX512BF16__)

namespace tspin {
namespace {

// Where the parts of a task lie in its scratch memory, in words of 32 bits.
struct PairPlan : Sizes<Bf16> {
  Pair *key_t, *value_t;                 // [D/2, columns]: pairs of neighbours in D
  Pair *key_pairs, *value_pairs;         // [columns/2, D]: pairs of neighbouring keys
  Pair *query, *grad_mixed, *weight;     // rows of bfloat16 numbers: [kQueries, D/2], the last [kQueries, scores/2];
                                         // weight's gradient in the backward pass
  Pair *query_pairs, *grad_mixed_pairs;  // [kQueries/2, D]: pairs of neighbouring queries
  Pair *weight_pairs, *grad_score_pairs; // [kQueries/2, scores]
  Pair *rows;                            // [columns, D/2]
  float *score, *grad_score, *mixed, *line, *grad_key, *grad_value;
  int64_t size;

  PairPlan(const AttentionTask<Bf16> &task, float *scratch) : Sizes<Bf16>(task) {
    float *next = scratch;
    auto take = [&](int64_t n) {
      float *here = next;
      next += n;
      return here;
    };
    auto take_pairs = [&](int64_t n) { return reinterpret_cast<Pair *>(take(n)); };
    key_t = take_pairs(columns * width / 2);
    value_t = take_pairs(columns * width / 2);
    key_pairs = take_pairs(columns * width / 2);
    value_pairs = take_pairs(columns * width / 2);
    rows = take_pairs(columns * width / 2);
    query = take_pairs(kQueries * width / 2);
    grad_mixed = take_pairs(kQueries * width / 2);
    weight = take_pairs(kQueries * scores / 2);
    query_pairs = take_pairs(kQueries * width / 2);
    grad_mixed_pairs = take_pairs(kQueries * width / 2);
    weight_pairs = take_pairs(kQueries * scores / 2);
    grad_score_pairs = take_pairs(kQueries * scores / 2);
    score = take(kQueries * scores);
    grad_score = take(kQueries * scores);
    mixed = take(kQueries * width);
    line = take(width);
    grad_key = take(columns * width);
    grad_value = take(columns * width);
    size = next - scratch;
  }
};

template <> int64_t attention_scratch(const AttentionTask<Bf16> &task) { return PairPlan(task, nullptr).size; }

// Rows of `width` bfloat16 numbers, a multiple of 16 -> pairs of neighbouring rows [rows/2, width]; what follows an odd
// last row is zero.
inline void pair_rows(const Pair *from, int64_t rows, int64_t width, Pair *to) {
  const auto half = [&](int64_t row, int64_t column) {
    return row < rows ? _mm512_cvtepu16_epi32(
                            _mm256_loadu_si256(reinterpret_cast<const __m256i *>(from + (row * width + column) / 2)))
                      : _mm512_setzero_si512();
  };
  for (int64_t row = 0; row < rows; row += 2, to += width) {
    for (int64_t d = 0; d < width; d += 16) {
      write_units(&to[d].bits, paired(half(row, d), half(row + 1, d)));
    }
  }
}

// Rows of `width`/2 pairs [rows, width/2] -> [width/2, rows]; rows a multiple of 16, width/2 of 8.
inline void transpose_pairs(const Pair *from, int64_t rows, int64_t width, Pair *to) {
  const int64_t pairs = width / 2, whole = pairs / 16 * 16;
  transpose(reinterpret_cast<const float *>(from), rows, pairs, whole, reinterpret_cast<float *>(to), rows);
  for (int64_t p = whole; p < pairs; p++) {
    for (int64_t i = 0; i < rows; i++) {
      to[p * rows + i] = from[i * pairs + p];
    }
  }
}

// A head's float32 numbers as bfloat16; the padding is zero.
inline void write_row(const float *line, int64_t width, Pair *row) {
  for (int64_t d = 0; d < width; d += 16) {
    write_narrowed(row, d, read_numbers(line + d));
  }
}

inline void read_pairs(const AttentionTask<Bf16> &task, const PairPlan &plan, bool backward) {
  const auto pairs = plan.width / 2;
  const auto each_token = [&](auto &&body) {
    zero(plan.rows, plan.columns * pairs);
    int64_t column = 0;
    for (int64_t s = 0; s < task.count; s++) {
      const auto &segment = task.segments[s];
      for (int64_t i = 0; i < segment.length; i++) {
        body(segment.start + i, plan.rows + (column + i) * pairs);
      }
      column += padded<float>(segment.length);
    }
  };
  zero(plan.line, plan.width);
  each_token([&](int64_t token, Pair *row) {
    read_turned(task, task.k + token * task.k_token, token, 1.0f, plan.line);
    write_row(plan.line, plan.width, row);
  });
  transpose_pairs(plan.rows, plan.columns, plan.width, plan.key_t);
  if (backward) {
    pair_rows(plan.rows, plan.columns, plan.width, plan.key_pairs);
  }
  each_token([&](int64_t token, Pair *row) {
    memcpy(row, task.v + token * task.v_token, static_cast<size_t>(task.width) * sizeof(Bf16));
  });
  if (backward) {
    transpose_pairs(plan.rows, plan.columns, plan.width, plan.value_t);
  } else {
    pair_rows(plan.rows, plan.columns, plan.width, plan.value_pairs);
  }
}

// Products of a block's rows with all prompt keys and with its own ones: to [rows, scores].
inline void with_keys(const PairPlan &plan, const Block &block, const Pair *rows, const Pair *keys_t, float *to) {
  const auto pairs = plan.width / 2;
  product(block.rows, block.prompt_padded, pairs, rows, pairs, 1, keys_t, plan.columns, to, plan.scores, false);
  product(block.rows, block.own_padded, pairs, rows, pairs, 1, keys_t + block.column, plan.columns,
          to + block.prompt_padded, plan.scores, false);
}

// Sums over keys of a block's weights x what the keys hold: to [rows, D].
inline void over_keys(const PairPlan &plan, const Block &block, const Pair *weights, const Pair *of_keys, float *to) {
  product(block.rows, plan.width, block.prompt_padded / 2, weights, plan.scores / 2, 1, of_keys, plan.width, to,
          plan.width, false);
  product(block.rows, plan.width, block.own_padded / 2, weights + block.prompt_padded / 2, plan.scores / 2, 1,
          of_keys + block.column / 2 * plan.width, plan.width, to, plan.width, true);
}

// Adds to what each key holds the sum over a block's queries of weight x what the queries hold: to [columns, D].
inline void over_queries(const PairPlan &plan, const Block &block, const Pair *weights, const Pair *of_queries,
                         float *to) {
  const auto depth = (block.rows + 1) / 2;
  product(block.prompt, plan.width, depth, weights, 1, plan.scores, of_queries, plan.width, to, plan.width, true);
  product(block.own, plan.width, depth, weights + block.prompt_padded, 1, plan.scores, of_queries, plan.width,
          to + block.column * plan.width, plan.width, true);
}

inline void pair_scores(const AttentionTask<Bf16> &task, const PairPlan &plan, const Block &block,
                        const Segment &segment, int64_t head) {
  for (int64_t i = 0; i < block.rows; i++) {
    const auto token = segment.start + block.first + i;
    read_turned(task, task.q + token * task.q_token + head * task.q_head, token, static_cast<float>(task.scale),
                plan.line);
    write_row(plan.line, plan.width, plan.query + i * plan.width / 2);
  }
  with_keys(plan, block, plan.query, plan.key_t, plan.score);
  if (task.soft_cap != 0) {
    cap_scores(block, static_cast<float>(task.soft_cap), plan.score, plan.scores);
  }
}

// Which of the 16 columns from `column` on a query sees.
inline __mmask16 seen_of(const Block &block, const Visible &seen, int64_t column) {
  const bool own = column >= block.prompt_padded;
  const int64_t from = own ? block.prompt_padded + seen.own_from : seen.prompt_from;
  const int64_t to = own ? block.prompt_padded + seen.own_to : block.prompt;
  const auto below = [&](int64_t end) {
    return end <= column ? 0u : (end >= column + 16 ? 0xffffu : (1u << (end - column)) - 1);
  };
  return static_cast<__mmask16>(below(to) & ~below(from));
}

void attention(const AttentionTask<Bf16> &task, float *scratch) {
  const PairPlan plan(task, scratch);
  read_pairs(task, plan, false);
  each_block(task, [&](const Block &block, const Segment &segment, int64_t head) {
    pair_scores(task, plan, block, segment, head);
    const auto all = block.prompt_padded + block.own_padded;
    float inverse[kQueries];
    for (int64_t i = 0; i < block.rows; i++) {
      const float *score = plan.score + i * plan.scores;
      const auto seen = visible(block, i, task.window);
      Floats most = _mm512_set1_ps(-INFINITY);
      for (int64_t j = 0; j < all; j += 16) {
        most = _mm512_mask_max_ps(most, seen_of(block, seen, j), most, read_numbers(score + j));
      }
      const float largest = _mm512_reduce_max_ps(most);
      const Floats shift = _mm512_set1_ps(largest);
      Floats sums = zeros();
      for (int64_t j = 0; j < all; j += 16) {
        const Floats weight =
            _mm512_maskz_mov_ps(seen_of(block, seen, j), exponential(_mm512_sub_ps(read_numbers(score + j), shift)));
        sums = _mm512_add_ps(sums, weight);
        write_narrowed(plan.weight + i * plan.scores / 2, j, weight);
      }
      const float sum = _mm512_reduce_add_ps(sums);
      inverse[i] = 1 / sum;
      task.lse[(segment.start + block.first + i) * task.lse_token + head] =
          largest + static_cast<float>(log(static_cast<double>(sum)));
    }
    over_keys(plan, block, plan.weight, plan.value_pairs, plan.mixed);
    for (int64_t i = 0; i < block.rows; i++) {
      Bf16 *out = task.out + (segment.start + block.first + i) * task.out_token + head * task.width;
#pragma omp simd
      for (int64_t d = 0; d < task.width; d++) {
        store(out + d, plan.mixed[i * plan.width + d] * inverse[i]);
      }
    }
  });
}

// Weights and gradients of the scores, of two neighbouring queries, as pairs of these and as rows.
inline void pair_gradients(const PairPlan &plan, const Block &block, int64_t row, const Visible *seen, const float *lse,
                           const float *along) {
  const auto all = block.prompt_padded + block.own_padded;
  for (int64_t j = 0; j < all; j += 16) {
    Units weights[2], grads[2];
#pragma GCC unroll 2
    for (int64_t i = 0; i < 2; i++) {
      const auto at = (row + i) * plan.scores + j;
      const auto mask = row + i < block.rows ? seen_of(block, seen[i], j) : static_cast<__mmask16>(0);
      const Floats weight =
          _mm512_maskz_mov_ps(mask, exponential(_mm512_sub_ps(read_numbers(plan.score + at), _mm512_set1_ps(lse[i]))));
      const Floats grad = _mm512_maskz_mul_ps(
          mask, weight, _mm512_sub_ps(read_numbers(plan.grad_score + at), _mm512_set1_ps(along[i])));
      weights[i] = narrowed_units(weight);
      grads[i] = narrowed_units(grad);
      write_narrowed(plan.weight + (row + i) * plan.scores / 2, j, grad);
    }
    const auto at = row / 2 * plan.scores + j;
    _mm512_storeu_si512(plan.weight_pairs + at, paired(weights[0], weights[1]));
    _mm512_storeu_si512(plan.grad_score_pairs + at, paired(grads[0], grads[1]));
  }
}

void attention_grad(const AttentionTask<Bf16> &task, float *scratch) {
  const PairPlan plan(task, scratch);
  read_pairs(task, plan, true);
  zero(plan.grad_key, plan.columns * plan.width);
  zero(plan.grad_value, plan.columns * plan.width);
  zero(plan.grad_mixed, kQueries * plan.width / 2);
  each_block(task, [&](const Block &block, const Segment &segment, int64_t head) {
    const auto first = segment.start + block.first;
    pair_scores(task, plan, block, segment, head);
    for (int64_t i = 0; i < block.rows; i++) {
      memcpy(plan.grad_mixed + i * plan.width / 2, task.grad_out + (first + i) * task.out_token + head * task.width,
             static_cast<size_t>(task.width) * sizeof(Bf16));
    }
    with_keys(plan, block, plan.grad_mixed, plan.value_t, plan.grad_score);
    for (int64_t row = 0; row < block.rows; row += 2) {
      Visible seen[2] = {};
      float lse[2] = {}, along[2] = {}; // along: the sum over keys of weight x gradient of the weight
      for (int64_t i = 0; i < 2 && row + i < block.rows; i++) {
        const auto token = first + row + i;
        const Bf16 *out = task.out + token * task.out_token + head * task.width,
                   *grad = task.grad_out + token * task.out_token + head * task.width;
        float sum = 0;
#pragma omp simd reduction(+ : sum)
        for (int64_t d = 0; d < task.width; d++) {
          sum += load(out + d) * load(grad + d);
        }
        along[i] = sum;
        lse[i] = task.lse[token * task.lse_token + head];
        seen[i] = visible(block, row + i, task.window);
        if (task.soft_cap != 0) {
          uncap_gradients(block, static_cast<float>(task.soft_cap), plan.score + (row + i) * plan.scores, along[i],
                          plan.grad_score + (row + i) * plan.scores);
          along[i] = 0;
        }
      }
      pair_gradients(plan, block, row, seen, lse, along);
    }
    pair_rows(plan.query, block.rows, plan.width, plan.query_pairs);
    pair_rows(plan.grad_mixed, block.rows, plan.width, plan.grad_mixed_pairs);
    over_keys(plan, block, plan.weight, plan.key_pairs, plan.mixed);
    over_queries(plan, block, plan.weight_pairs, plan.grad_mixed_pairs, plan.grad_value);
    over_queries(plan, block, plan.grad_score_pairs, plan.query_pairs, plan.grad_key);
    for (int64_t i = 0; i < block.rows; i++) {
      write_turned_back(task, plan.mixed + i * plan.width, first + i, static_cast<float>(task.scale),
                        task.grad_q + (first + i) * task.out_token + head * task.width);
    }
  });
  write_key_gradients(task, plan.grad_key, plan.grad_value, plan.width);
}

} // namespace
} // namespace tspin

#endif
