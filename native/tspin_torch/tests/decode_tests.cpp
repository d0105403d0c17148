// Attention of one new token over the cached ones.
#include "tests/harness.h"

namespace tspin::tests {
namespace {

// Numbers of a type, as the kernel reads them.
template <typename S> struct Case {
  int64_t width, heads, count;
  double soft_cap;
  Memory<S> q, k, v;

  Case(int64_t width, int64_t heads, int64_t count, double soft_cap)
      : width(width), heads(heads), count(count), soft_cap(soft_cap), q(heads * width), k(count * width),
        v(count * width) {
    Draws draws(1);
    for (const auto *memory : {&q, &k, &v}) {
      memory->draw([&] { return draws.normal(); });
    }
  }

  double scale() const { return 1 / std::sqrt(static_cast<double>(width)); }

  Memory<S> run(const Kernels &kernels, const S *next) const {
    using A = typename Wide<S>::type;
    const auto &table = kernels.of<S>();
    Memory<S> out(heads * width);
    DecodeTask<S> task;
    task.width = width;
    task.heads = heads;
    task.count = count;
    task.q = q.data();
    task.k = k.data();
    task.v = v.data();
    task.scale = scale();
    task.soft_cap = soft_cap;
    task.out = out.data();
    task.next_k = next;
    const auto scratch = scratch_of<A>(table.decode_scratch(task));
    scratch.fill(std::numeric_limits<A>::quiet_NaN());
    table.decode_attention(task, scratch.data());
    return out;
  }

  std::vector<double> plain() const {
    std::vector<double> out(static_cast<size_t>(heads * width), 0);
    for (int64_t h = 0; h < heads; h++) {
      std::vector<double> scores;
      double largest = -INFINITY, sum = 0;
      for (int64_t j = 0; j < count; j++) {
        double score = 0;
        for (int64_t d = 0; d < width; d++) {
          score += scale() * wide(q[h * width + d]) * wide(k[j * width + d]);
        }
        scores.push_back(soft_cap == 0 ? score : soft_cap * std::tanh(score / soft_cap));
        largest = std::isnan(score) ? NAN : std::max(largest, scores.back());
      }
      for (auto &score : scores) {
        score = std::exp(score - largest);
        sum += score;
      }
      for (int64_t j = 0; j < count; j++) {
        for (int64_t d = 0; d < width; d++) {
          out[static_cast<size_t>(h * width + d)] += scores[static_cast<size_t>(j)] / sum * wide(v[j * width + d]);
        }
      }
    }
    return out;
  }
};

// Of the largest number. Where the processor multiplies pairs of bfloat16 numbers, what is multiplied is rounded first.
template <typename S> double share(const Kernels &kernels) {
  return std::is_same_v<S, double>                      ? 1e-13
         : std::is_same_v<S, float>                     ? 5e-6
         : std::strcmp(kernels.name, "avx512bf16") == 0 ? 1e-2
                                                        : 6e-3;
}

template <typename S> void of_type(Cases &cases) {
  for (const int64_t width : {2, 20, 64, 80, 128}) {
    for (const int64_t heads : {1, 2, 3, 4, 5, 7}) {
      for (const int64_t count : {1, 2, 7, 8, 9, 15, 16, 17, 31, 33, 100}) {
        const auto soft_cap = (width + heads + count) % 3 == 0 ? 2.0 : 0.0;
        cases.about(text("%s, width %d, %d heads, %d keys, cap %g", kTypeName<S>, static_cast<int>(width),
                         static_cast<int>(heads), static_cast<int>(count), soft_cap));
        const Case<S> c(width, heads, count, soft_cap);
        const auto out = c.run(cases.kernels, nullptr);
        cases.close("out", out, c.plain(), share<S>(cases.kernels));
        if (heads > 4) {
          const Memory<S> next(width);
          cases.holds("naming the keys that follow changes nothing",
                      c.run(cases.kernels, next.data()).bits() == out.bits());
        }
      }
    }
  }
  cases.about(text("%s, a NaN in one of three heads", kTypeName<S>));
  for (const int64_t width : {20, 64, 128}) {
    const Case<S> c(width, 3, 19, 0);
    c.q[width + 1] = narrow<S>(NAN);
    cases.close("out", c.run(cases.kernels, nullptr), c.plain(), share<S>(cases.kernels));
  }
}

} // namespace

void decode_attention(Cases &cases) {
  of_type<float>(cases);
  of_type<double>(cases);
  of_type<Bf16>(cases);
}

} // namespace tspin::tests
