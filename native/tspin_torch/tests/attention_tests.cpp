// Attention over a prompt and its responses, forward and backward.
#include "tests/harness.h"

namespace tspin::tests {
namespace {

struct Shape {
  std::vector<int64_t> lengths; // of the prompt and its responses
  int64_t width, turned, heads, window;
  double soft_cap;
};

// Where the numbers of one task lie among those of others.
constexpr int64_t kFirstToken = 3, kBetween = 2; // tokens in front of the prompt, and of each response
constexpr int64_t kOtherHeads = 1;               // query heads in front of this task's, and a key head

// One task with all its memory.
template <typename S> struct Case {
  using A = typename Wide<S>::type;
  const Shape &shape;
  std::vector<Segment> segments;
  int64_t tokens, all_heads, key_row, half;
  Memory<S> q, k, v, grad_out, out, grad_q, grad_k, grad_v;
  Memory<A> cos, sin, lse;

  explicit Case(const Shape &shape)
      : shape(shape), tokens(place()), all_heads(shape.heads + kOtherHeads), key_row(2 * shape.width),
        half(shape.turned / 2), q(tokens * all_heads * shape.width), k(tokens * key_row), v(tokens * key_row),
        grad_out(q.size()), out(q.size()), grad_q(q.size()), grad_k(k.size()), grad_v(k.size()), cos(tokens * half),
        sin(tokens * half), lse(tokens * all_heads) {
    Draws draws(1);
    for (const auto *memory : {&q, &k, &v, &grad_out}) {
      memory->draw([&] { return draws.normal(); });
    }
    for (int64_t t = 0; t < tokens; t++) {
      for (int64_t i = 0; i < half; i++) {
        const auto angle =
            static_cast<double>(position(t)) / std::pow(100.0, static_cast<double>(i) / static_cast<double>(half));
        cos[t * half + i] = static_cast<A>(std::cos(angle));
        sin[t * half + i] = static_cast<A>(std::sin(angle));
      }
    }
  }

  int64_t place() {
    int64_t at = kFirstToken;
    for (const auto length : shape.lengths) {
      segments.push_back({at, length, segments.empty() ? -1 : 0});
      at += length + kBetween;
    }
    return at - kBetween;
  }

  int64_t position(int64_t token) const {
    for (size_t s = 0; s < segments.size(); s++) {
      if (token >= segments[s].start && token < segments[s].start + segments[s].length) {
        return token - segments[s].start + (s == 0 ? 0 : segments[0].length);
      }
    }
    return 0;
  }

  int64_t query_at(int64_t token, int64_t head) const { return (token * all_heads + kOtherHeads + head) * shape.width; }
  int64_t key_at(int64_t token) const { return token * key_row + shape.width; }

  AttentionTask<S> task() const {
    const auto head = query_at(0, 0), key = key_at(0);
    AttentionTask<S> task;
    task.segments = segments.data();
    task.count = static_cast<int64_t>(segments.size());
    task.width = shape.width;
    task.heads = shape.heads;
    task.turned = shape.turned;
    task.window = shape.window;
    task.scale = 1 / std::sqrt(static_cast<double>(shape.width));
    task.soft_cap = shape.soft_cap;
    task.q = q.data() + head;
    task.k = k.data() + key;
    task.v = v.data() + key;
    task.q_token = all_heads * shape.width;
    task.q_head = shape.width;
    task.k_token = key_row;
    task.v_token = key_row;
    task.cos = half == 0 ? nullptr : cos.data();
    task.sin = half == 0 ? nullptr : sin.data();
    task.out = out.data() + head;
    task.lse = lse.data() + kOtherHeads;
    task.out_token = all_heads * shape.width;
    task.lse_token = all_heads;
    task.grad_out = grad_out.data() + head;
    task.grad_q = grad_q.data() + head;
    task.grad_k = grad_k.data() + key;
    task.grad_v = grad_v.data() + key;
    task.grad_k_token = key_row;
    return task;
  }

  void forward(const Kernels &kernels) const {
    const auto &table = kernels.of<S>();
    const auto scratch = scratch_of<A>(table.attention_scratch(task()));
    scratch.fill(std::numeric_limits<A>::quiet_NaN());
    table.attention(task(), scratch.data());
  }
  void backward(const Kernels &kernels) const {
    const auto &table = kernels.of<S>();
    const auto scratch = scratch_of<A>(table.attention_scratch(task()));
    scratch.fill(std::numeric_limits<A>::quiet_NaN());
    table.attention_grad(task(), scratch.data());
  }
};

// The same in float64.
template <typename S> struct Plain {
  const Case<S> &c;
  std::vector<double> out, lse, grad_q, grad_k, grad_v;

  explicit Plain(const Case<S> &c)
      : c(c), out(count(c.q.size())), lse(count(c.lse.size())), grad_q(out.size()), grad_k(count(c.k.size())),
        grad_v(grad_k.size()) {
    for (size_t s = 0; s < c.segments.size(); s++) {
      for (int64_t i = 0; i < c.segments[s].length; i++) {
        for (int64_t head = 0; head < c.shape.heads; head++) {
          query(s, i, head);
        }
      }
    }
    // Gradients of turned keys are turned back when all are added up.
    for (const auto &segment : c.segments) {
      for (int64_t i = 0; i < segment.length; i++) {
        turn(grad_k, c.key_at(segment.start + i), segment.start + i, -1);
      }
    }
  }

private:
  static size_t count(int64_t n) { return static_cast<size_t>(n); }

  // A head's numbers, turned by the token's angles or, in direction -1, back.
  void turn(std::vector<double> &numbers, int64_t at, int64_t token, double direction) const {
    for (int64_t i = 0; i < c.half; i++) {
      auto &x = numbers[count(at + i)], &y = numbers[count(at + c.half + i)];
      const auto cos = wide(c.cos[token * c.half + i]), sin = direction * wide(c.sin[token * c.half + i]);
      const auto turned = x * cos - y * sin;
      y = y * cos + x * sin;
      x = turned;
    }
  }
  std::vector<double> turned(const Memory<S> &from, int64_t at, int64_t token) const {
    std::vector<double> head;
    for (int64_t d = 0; d < c.shape.width; d++) {
      head.push_back(wide(from[at + d]));
    }
    turn(head, 0, token, 1);
    return head;
  }

  void query(size_t segment, int64_t i, int64_t head) {
    const auto &shape = c.shape;
    const auto scale = 1 / std::sqrt(static_cast<double>(shape.width));
    const auto token = c.segments[segment].start + i;
    std::vector<int64_t> seen;
    const auto see = [&](const Segment &of, int64_t n) {
      for (int64_t j = 0; j < n; j++) {
        if (shape.window == 0 || c.position(of.start + j) > c.position(token) - shape.window) {
          seen.push_back(of.start + j);
        }
      }
    };
    if (segment > 0) {
      see(c.segments[0], c.segments[0].length);
    }
    see(c.segments[segment], i + 1);

    const auto at = c.query_at(token, head);
    const auto q = turned(c.q, at, token);
    std::vector<std::vector<double>> keys;
    std::vector<double> scores, weights;
    double largest = -INFINITY, sum = 0;
    for (const auto key : seen) {
      keys.push_back(turned(c.k, c.key_at(key), key));
      double score = 0;
      for (size_t d = 0; d < q.size(); d++) {
        score += scale * q[d] * keys.back()[d];
      }
      scores.push_back(shape.soft_cap == 0 ? score : shape.soft_cap * std::tanh(score / shape.soft_cap));
      largest = std::max(largest, scores.back());
    }
    for (const auto score : scores) {
      weights.push_back(std::exp(score - largest));
      sum += weights.back();
    }
    lse[count(token * c.all_heads + kOtherHeads + head)] = largest + std::log(sum);

    std::vector<double> slopes;
    double along = 0;
    for (size_t j = 0; j < seen.size(); j++) {
      weights[j] /= sum;
      double slope = 0;
      for (int64_t d = 0; d < shape.width; d++) {
        const auto value = wide(c.v[c.key_at(seen[j]) + d]), grad = wide(c.grad_out[at + d]);
        out[count(at + d)] += weights[j] * value;
        grad_v[count(c.key_at(seen[j]) + d)] += weights[j] * grad;
        slope += value * grad;
      }
      slopes.push_back(slope);
      along += weights[j] * slope;
    }
    for (size_t j = 0; j < seen.size(); j++) {
      const auto cap = shape.soft_cap == 0 ? 0 : scores[j] / shape.soft_cap;
      const auto grad = scale * weights[j] * (slopes[j] - along) * (1 - cap * cap);
      for (size_t d = 0; d < q.size(); d++) {
        grad_q[count(at) + d] += grad * keys[j][d];
        grad_k[count(c.key_at(seen[j])) + d] += grad * q[d];
      }
    }
    turn(grad_q, at, token, -1);
  }
};

// Of the largest number. Where the processor multiplies pairs of bfloat16 numbers, what is multiplied is rounded first.
template <typename S> double share(const Kernels &kernels) {
  return std::is_same_v<S, double>                      ? 1e-13
         : std::is_same_v<S, float>                     ? 5e-6
         : std::strcmp(kernels.name, "avx512bf16") == 0 ? 2e-2
                                                        : 1e-2;
}

template <typename S> std::string name_of(const Shape &shape) {
  std::string lengths;
  for (const auto length : shape.lengths) {
    lengths += (lengths.empty() ? "" : "+") + std::to_string(length);
  }
  return text("%s, %s tokens, width %d, %d turned, %d heads, window %d, cap %g", kTypeName<S>, lengths.c_str(),
              static_cast<int>(shape.width), static_cast<int>(shape.turned), static_cast<int>(shape.heads),
              static_cast<int>(shape.window), shape.soft_cap);
}

template <typename S> void against_plain(Cases &cases, const Shape &shape) {
  cases.about(name_of<S>(shape));
  const Case<S> c(shape);
  const Plain<S> plain(c);
  c.forward(cases.kernels);
  cases.close("out", c.out, plain.out, share<S>(cases.kernels)); // zero, too, where nothing belongs to this task
  cases.close("log-sum-exp", c.lse, plain.lse, share<S>(cases.kernels));
  c.backward(cases.kernels);
  cases.close("grad_q", c.grad_q, plain.grad_q, share<S>(cases.kernels));
  cases.close("grad_k", c.grad_k, plain.grad_k, share<S>(cases.kernels));
  cases.close("grad_v", c.grad_v, plain.grad_v, share<S>(cases.kernels));
}

// A response sees neither its siblings nor does the prompt see any of them, not even where one is NaN.
template <typename S> void siblings(Cases &cases) {
  const Shape shape{{20, 9, 17}, 16, 16, 2, 0, 0};
  cases.about(name_of<S>(shape) + ", the last response NaN");
  const Case<S> whole(shape), spoilt(shape);
  for (int64_t i = 0; i < shape.lengths[2]; i++) {
    for (int64_t d = 0; d < shape.width; d++) {
      const auto at = spoilt.key_at(spoilt.segments[2].start + i) + d;
      spoilt.k[at] = spoilt.v[at] = narrow<S>(NAN);
    }
  }
  whole.forward(cases.kernels);
  spoilt.forward(cases.kernels);
  const auto before = static_cast<size_t>(whole.query_at(whole.segments[2].start, 0)) * sizeof(S);
  cases.holds("what the others attend to has the same bits",
              std::memcmp(whole.out.data(), spoilt.out.data(), before) == 0);
  cases.holds("its own is NaN", std::isnan(wide(spoilt.out[spoilt.query_at(spoilt.segments[2].start, 0)])));
}

template <typename S> void of_type(Cases &cases) {
  const Shape shapes[] = {
      {{1}, 16, 16, 1, 0, 0},           {{5}, 64, 64, 1, 0, 0},         {{1, 1, 1, 1}, 8, 4, 2, 0, 0},
      {{7, 3, 16, 1}, 20, 20, 3, 0, 0}, {{48}, 32, 0, 1, 0, 0},         {{49, 50, 47}, 64, 64, 3, 0, 0},
      {{100, 17}, 48, 24, 2, 0, 0},     {{33, 60, 5}, 80, 80, 1, 0, 0}, {{15, 2}, 128, 128, 2, 0, 0},
      {{30, 40, 12}, 64, 64, 2, 16, 0}, {{70, 9}, 24, 24, 1, 1, 0},     {{70, 60}, 16, 16, 2, 100, 0},
      {{31, 52, 6}, 64, 32, 2, 0, 2},   {{60, 25}, 10, 6, 2, 20, 1.5},  {{2, 97}, 6, 2, 1, 0, 0},
  };
  for (const auto &shape : shapes) {
    against_plain<S>(cases, shape);
  }
  siblings<S>(cases);
}

} // namespace

void attention(Cases &cases) {
  of_type<float>(cases);
  of_type<double>(cases);
  of_type<Bf16>(cases);
}

} // namespace tspin::tests
