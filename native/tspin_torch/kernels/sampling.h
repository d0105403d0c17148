// Choosing the next token: temperature, top-k, top-p and the draw, without sorting the vocabulary.
#pragma once

#include "kernels/kernels.h"
#include "simd/exponential.h"

namespace tspin {
namespace {

// Tokens are sorted into bins by how far they lie below the likeliest one: 1/16 nat each after the temperature, the
// last takes the rest. A cut falls into one bin, and only that one is ordered.
constexpr int64_t kBins = 1024;
constexpr double kBinsPerNat = 16;
constexpr int64_t kSumBlock = 512;

// Numbers that go into one draw.
struct Row {
  const float *logits;
  int64_t n;
  double largest, inverse_temperature;
  double *weights; // exp((logit - largest) / temperature)

  int64_t bin(int64_t i) const {
    const double distance = (largest - static_cast<double>(logits[i])) * inverse_temperature * kBinsPerNat;
    return distance < kBins - 1 ? static_cast<int64_t>(distance) : kBins - 1;
  }

  // The likelier first, of equals the lower id.
  bool before(int32_t a, int32_t b) const { return logits[a] > logits[b] || (logits[a] == logits[b] && a < b); }
};

// The last token that stays: those likelier stay too, and of its equals those with lower ids.
struct Cut {
  float logit;
  int64_t id;
};

double sum_of(const double *x, int64_t n) {
  double sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < n; i++) {
    sum += x[i];
  }
  return sum;
}

// A heap of ids, the first in `row`'s order on top.
struct Heap {
  const Row &row;
  int32_t *ids;
  int64_t count;

  void sift(int64_t at) {
    const int32_t id = ids[at];
    for (int64_t child = 2 * at + 1; child < count; child = 2 * at + 1) {
      child += child + 1 < count && row.before(ids[child + 1], ids[child]) ? 1 : 0;
      if (!row.before(ids[child], id)) {
        break;
      }
      ids[at] = ids[child];
      at = child;
    }
    ids[at] = id;
  }

  int32_t pop() {
    const int32_t top = ids[0];
    ids[0] = ids[--count];
    sift(0);
    return top;
  }
};

// All tokens of a bin.
Heap members(const Row &row, int64_t bin, int32_t *ids) {
  Heap heap{row, ids, 0};
  for (int64_t i = 0; i < row.n; i++) {
    ids[heap.count] = static_cast<int32_t>(i);
    heap.count += row.bin(i) == bin ? 1 : 0;
  }
  for (int64_t at = heap.count / 2 - 1; at >= 0; at--) {
    heap.sift(at);
  }
  return heap;
}

// ids [n] is scratch.
Cut find_cut(const Row &row, const SamplingRule &rule, double total, int32_t *ids) {
  int64_t counts[kBins] = {};
  double masses[kBins] = {};
  for (int64_t i = 0; i < row.n; i++) {
    const auto bin = row.bin(i);
    counts[bin]++;
    masses[bin] += row.weights[i];
  }

  Cut cut{-INFINITY, row.n - 1};
  double kept = total;
  int64_t last_bin = kBins - 1, last_count = counts[last_bin]; // where top-k ends, and how many of that bin it keeps
  if (rule.top_k > 0 && rule.top_k < row.n) {
    int64_t before = 0, bin = 0;
    kept = 0;
    for (; before + counts[bin] < rule.top_k; bin++) {
      before += counts[bin];
      kept += masses[bin];
    }
    last_bin = bin;
    last_count = rule.top_k - before;
    Heap heap = members(row, bin, ids);
    for (int64_t i = 0; i < last_count; i++) {
      const int32_t id = heap.pop();
      kept += row.weights[id];
      cut = {row.logits[id], id};
    }
  }
  if (rule.top_p >= 1) {
    return cut;
  }

  const double target = kept * rule.top_p;
  double reached = 0;
  int64_t bin = 0;
  for (; bin < last_bin && reached + masses[bin] < target; bin++) {
    reached += masses[bin];
  }
  Heap heap = members(row, bin, ids);
  for (int64_t left = bin == last_bin ? last_count : heap.count; left > 0 && reached < target; left--) {
    const int32_t id = heap.pop();
    reached += row.weights[id];
    cut = {row.logits[id], id};
  }
  return cut;
}

// The token at which the weights, summed up in the order of the vocabulary, first exceed `uniform` of their sum. Sums
// of blocks first, so that only one block is walked token by token.
int64_t draw(const double *weights, int64_t n, double uniform) {
  double total = 0;
  for (int64_t start = 0; start < n; start += kSumBlock) {
    total += sum_of(weights + start, n - start < kSumBlock ? n - start : kSumBlock);
  }
  const double threshold = total * uniform;
  double before = 0;
  int64_t last = 0; // with a weight
  for (int64_t start = 0; start < n; start += kSumBlock) {
    const int64_t end = start + kSumBlock < n ? start + kSumBlock : n;
    const double sum = sum_of(weights + start, end - start);
    if (before + sum > threshold) {
      double reached = before;
      for (int64_t i = start; i < end; i++) {
        reached += weights[i];
        last = weights[i] > 0 ? i : last;
        if (reached > threshold) {
          return i;
        }
      }
      return last; // the block's sum was rounded up
    }
    before += sum;
  }
  return last;
}

Choice choose(const float *logits, int64_t n, double uniform, const SamplingRule &rule, double *weights, int32_t *ids) {
  float largest = logits[0];
#pragma omp simd reduction(max : largest)
  for (int64_t i = 0; i < n; i++) {
    largest = logits[i] > largest ? logits[i] : largest;
  }
  const auto weigh = [&](double inverse_temperature) {
#pragma omp simd
    for (int64_t i = 0; i < n; i++) {
      weights[i] = exponential_of_negative((static_cast<double>(logits[i]) - static_cast<double>(largest)) *
                                           inverse_temperature);
    }
    return sum_of(weights, n);
  };
  const double sum = weigh(1);
  const auto chosen = [&](int64_t token) {
    return Choice{token, static_cast<double>(logits[token]) - static_cast<double>(largest) - log(sum)};
  };
  if (!(sum < INFINITY)) {
    return {0, NAN};
  }
  if (rule.temperature == 0) {
    int64_t i = 0;
    while (logits[i] != largest) {
      i++;
    }
    return chosen(i);
  }

  const Row row{logits, n, largest, 1 / rule.temperature, weights};
  const double total = rule.temperature == 1 ? sum : weigh(row.inverse_temperature);
  if (rule.top_p < 1 || (rule.top_k > 0 && rule.top_k < n)) {
    const Cut cut = find_cut(row, rule, total, ids);
#pragma omp simd
    for (int64_t i = 0; i < n; i++) {
      weights[i] = logits[i] > cut.logit || (logits[i] == cut.logit && i <= cut.id) ? weights[i] : 0.0;
    }
  }
  return chosen(draw(weights, n, uniform));
}

} // namespace
} // namespace tspin
