// Attention of one new token over the cached ones, and the turning of its heads.
#pragma once

#include "kernels/kernels.h"
#include "simd/exponential.h"

namespace tspin {
namespace {

// `heads` adjacent heads of D numbers, the first 2 x half turned by the token's angles, in place.
template <typename S, typename A = typename Wide<S>::type>
void turn_heads(S *x, int64_t heads, int64_t width, int64_t half, const A *cos, const A *sin) {
  for (int64_t h = 0; h < heads; h++) {
    S *head = x + h * width;
#pragma omp simd
    for (int64_t i = 0; i < half; i++) {
      const A a = load(head + i), b = load(head + half + i);
      store(head + i, a * cos[i] - b * sin[i]);
      store(head + half + i, b * cos[i] + a * sin[i]);
    }
  }
}

template <typename S> int64_t decode_scratch(const DecodeTask<S> &task) {
  return task.heads * (task.count + 2 * task.width) + task.width;
}

// All query heads that share a key head: a key is read and widened once for them all. W is D where that is one of the
// usual sizes, so that loops over it unroll; else 0.
template <typename S, typename A, int64_t W> void decode_attention_of(const DecodeTask<S> &task, A *scratch) {
  const auto width = W > 0 ? W : task.width;
  const auto count = task.count, heads = task.heads;
  A *score = scratch, *query = score + heads * count, *mixed = query + heads * width, *line = mixed + heads * width;
  for (int64_t i = 0; i < heads * width; i++) {
    query[i] = load(task.q + i) * A(task.scale);
    mixed[i] = 0;
  }
  for (int64_t j = 0; j < count; j++) {
    const S *key = task.k + j * width;
#pragma omp simd
    for (int64_t d = 0; d < width; d++) {
      line[d] = load(key + d);
    }
    for (int64_t h = 0; h < heads; h++) {
      const A *q = query + h * width;
      A sum = 0;
#pragma omp simd reduction(+ : sum)
      for (int64_t d = 0; d < width; d++) {
        sum += q[d] * line[d];
      }
      score[h * count + j] =
          task.soft_cap == 0 ? sum : A(task.soft_cap * tanh(static_cast<double>(sum) / task.soft_cap));
    }
  }
  for (int64_t h = 0; h < heads; h++) {
    A *row = score + h * count;
    A largest = row[0], sum = 0;
#pragma omp simd reduction(max : largest)
    for (int64_t j = 0; j < count; j++) {
      largest = row[j] > largest ? row[j] : largest;
    }
#pragma omp simd reduction(+ : sum)
    for (int64_t j = 0; j < count; j++) {
      row[j] = exponential(row[j] - largest);
      sum += row[j];
    }
    const A inverse = A(1) / sum;
#pragma omp simd
    for (int64_t j = 0; j < count; j++) {
      row[j] *= inverse;
    }
  }
  for (int64_t j = 0; j < count; j++) {
    const S *value = task.v + j * width;
#pragma omp simd
    for (int64_t d = 0; d < width; d++) {
      line[d] = load(value + d);
    }
    for (int64_t h = 0; h < heads; h++) {
      const A weight = score[h * count + j];
      A *to = mixed + h * width;
#pragma omp simd
      for (int64_t d = 0; d < width; d++) {
        to[d] += weight * line[d];
      }
    }
  }
  for (int64_t i = 0; i < heads * width; i++) {
    store(task.out + i, mixed[i]);
  }
}

template <typename S, typename A> void decode_attention(const DecodeTask<S> &task, A *scratch) {
  switch (task.width) {
  case 64: return decode_attention_of<S, A, 64>(task, scratch);
  case 128: return decode_attention_of<S, A, 128>(task, scratch);
  default: return decode_attention_of<S, A, 0>(task, scratch);
  }
}

} // namespace
} // namespace tspin
