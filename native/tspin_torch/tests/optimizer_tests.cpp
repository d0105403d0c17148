// Steps of AdamW and RMSprop, in every way of keeping a parameter.
#include "tests/harness.h"

namespace tspin::tests {
namespace {

constexpr UpdateConstants kConstants{1e-2, 0.9, 0.99, 1e-8, 0.1, 0.5, 1 - 0.9 * 0.9, 1 - 0.99 * 0.99};

const char *name_of(Keeping keeping) {
  switch (keeping) {
  case Keeping::wide: return "wide";
  case Keeping::compensated: return "compensated";
  case Keeping::nearest: return "nearest";
  case Keeping::stochastic: return "stochastic";
  }
  return "";
}

// A parameter with its state and gradient.
struct Parameter {
  Memory<float> wide, first, second, gradient;
  Memory<Bf16> narrow, residue, narrow_gradient;

  explicit Parameter(int64_t n) : wide(n), first(n), second(n), gradient(n), narrow(n), residue(n), narrow_gradient(n) {
    Draws draws(1);
    wide.draw([&] { return draws.normal(); });
    first.draw([&] { return 0.1 * draws.normal(); });
    second.draw([&] { return 0.1 * draws.uniform(); });
    gradient.draw([&] { return draws.normal(); });
    for (int64_t i = 0; i < n; i++) {
      uint32_t bits;
      std::memcpy(&bits, wide.data() + i, sizeof(bits));
      narrow[i].bits = static_cast<uint16_t>((bits + 0x8000u) >> 16); // and the residue is what is lost
      residue[i].bits = static_cast<uint16_t>(bits);
      narrow_gradient[i] = tests::narrow<Bf16>(gradient[i]);
    }
  }

  void update(const Kernels &kernels, Keeping keeping, bool adamw, bool narrow_grad, int64_t from, int64_t n,
              uint32_t key) const {
    const auto is_wide = keeping == Keeping::wide;
    UpdateTask task;
    task.keeping = keeping;
    task.narrow_gradient = narrow_grad;
    task.wide = is_wide ? wide.data() + from : nullptr;
    task.narrow = is_wide ? nullptr : narrow.data() + from;
    task.residue = keeping == Keeping::compensated ? residue.data() + from : nullptr;
    task.gradient = narrow_grad ? static_cast<const void *>(narrow_gradient.data() + from) : gradient.data() + from;
    task.first_moment = adamw ? first.data() + from : nullptr;
    task.second_moment = second.data() + from;
    task.index = from;
    task.n = n;
    task.key = key;
    kernels.update(task, kConstants);
  }

  // Its numbers, as they are kept.
  double value(int64_t i, Keeping keeping) const {
    if (keeping == Keeping::wide) {
      return wide[i];
    }
    if (keeping != Keeping::compensated) {
      return tests::wide(narrow[i]);
    }
    const uint32_t bits = (static_cast<uint32_t>(narrow[i].bits) << 16) +
                          static_cast<uint32_t>(static_cast<int32_t>(static_cast<int16_t>(residue[i].bits)));
    float joined;
    std::memcpy(&joined, &bits, sizeof(joined));
    return joined;
  }
};

void steps(Cases &cases, int64_t n, Keeping keeping, bool adamw, bool narrow_grad) {
  cases.about(text("%s, %s, gradient in %s, %d numbers", adamw ? "AdamW" : "RMSprop", name_of(keeping),
                   narrow_grad ? "bfloat16" : "float32", static_cast<int>(n)));
  const Parameter before(n), after(n);
  after.update(cases.kernels, keeping, adamw, narrow_grad, 0, n, 123);

  const auto &c = kConstants;
  std::vector<Expected> to_value, to_first, to_second;
  Memory<double> value(n);
  for (int64_t i = 0; i < n; i++) {
    value[i] = after.value(i, keeping);
    auto p = before.value(i, keeping),
         g = (narrow_grad ? wide(before.narrow_gradient[i]) : before.gradient[i]) * c.gradient_scale, step = g;
    double m = before.first[i], root = 1, rate = c.learning_rate, size = std::abs(g);
    if (adamw) {
      step = m = m * c.beta1 + (1 - c.beta1) * g;
      p *= 1 - c.learning_rate * c.decay;
      root = 1 / std::sqrt(c.correction2);
      rate /= c.correction1;
    } else {
      size += std::abs(c.decay * p);
      step = g += c.decay * p;
    }
    size = adamw ? std::abs(before.first[i]) + size : size;
    const auto v = before.second[i] * c.beta2 + (1 - c.beta2) * g * g, denominator = std::sqrt(v) * root + c.epsilon,
               updated = p - rate * step / denominator;
    const auto error = 3e-7 * (std::abs(p) + rate * size / denominator);
    const auto rounding = keeping == Keeping::nearest      ? kRounding<Bf16>
                          : keeping == Keeping::stochastic ? 2 * kRounding<Bf16>
                                                           : 0; // one of the two neighbours
    to_value.push_back({updated, error + rounding * std::abs(updated)});
    to_first.push_back({m, 3e-7 * (std::abs(before.first[i]) + size)});
    to_second.push_back({v, 3e-7 * (v + size * size)});
  }
  cases.close("parameter", value, to_value);
  cases.close("second moment", after.second, to_second);
  if (adamw) {
    cases.close("first moment", after.first, to_first);
  }

  const Parameter divided(n);
  for (int64_t from = 0; from < n; from += 7) {
    divided.update(cases.kernels, keeping, adamw, narrow_grad, from, std::min<int64_t>(7, n - from), 123);
  }
  bool same = divided.second.bits() == after.second.bits() && divided.first.bits() == after.first.bits();
  same = same && divided.wide.bits() == after.wide.bits() && divided.narrow.bits() == after.narrow.bits() &&
         divided.residue.bits() == after.residue.bits();
  cases.holds("divided among tasks it has the same bits", same);
}

// Numbers that are one and the same become either neighbour, and the mean stays; another key draws otherwise.
void stochastic(Cases &cases) {
  constexpr int64_t n = 20000;
  cases.about("stochastic rounding");
  const auto run = [&](uint32_t key) {
    Parameter p(n);
    p.narrow.fill(narrow<Bf16>(1));
    p.first.fill(0);
    p.second.fill(1);
    p.gradient.fill(0.3f);
    p.update(cases.kernels, Keeping::stochastic, true, false, 0, n, key);
    cases.record(p.narrow);
    return p.narrow.values();
  };
  const auto &c = kConstants;
  const auto m = (1 - c.beta1) * 0.15, v = c.beta2 + (1 - c.beta2) * 0.15 * 0.15;
  const auto expected =
      1 - c.learning_rate * c.decay - c.learning_rate / c.correction1 * m / (std::sqrt(v / c.correction2) + c.epsilon);
  const auto drawn = run(1), otherwise = run(2);
  const auto spacing = 0x1p-8, below = std::floor(expected / spacing) * spacing; // of bfloat16 numbers just below 1
  double mean = 0;
  bool neighbours = true;
  for (const auto x : drawn) {
    mean += x / n;
    neighbours = neighbours && (x == below || x == below + spacing);
  }
  cases.holds("every number is one of the two neighbours", neighbours);
  cases.holds(text("the mean is %.6f, not %.6f", mean, expected).c_str(),
              std::abs(mean - expected) < 5 * spacing / 2 / std::sqrt(static_cast<double>(n)));
  cases.holds("another key draws otherwise", drawn != otherwise);
}

void not_finite(Cases &cases) {
  for (const auto keeping : {Keeping::wide, Keeping::compensated, Keeping::nearest, Keeping::stochastic}) {
    for (const bool adamw : {true, false}) {
      cases.about(text("%s, %s, a NaN among the gradients", adamw ? "AdamW" : "RMSprop", name_of(keeping)));
      Parameter p(40);
      p.gradient[17] = NAN;
      p.update(cases.kernels, keeping, adamw, false, 0, 40, 5);
      bool fits = true;
      for (int64_t i = 0; i < 40; i++) {
        fits = fits && std::isnan(p.value(i, keeping)) == (i == 17) &&
               (keeping == Keeping::wide || std::isnan(wide(p.narrow[i])) == (i == 17));
      }
      cases.holds("its number is NaN, and no other", fits);
    }
  }
}

} // namespace

void optimizer(Cases &cases) {
  for (const int64_t n : {1, 7, 16, 100, 1000}) {
    for (const auto keeping : {Keeping::wide, Keeping::compensated, Keeping::nearest, Keeping::stochastic}) {
      for (const bool adamw : {true, false}) {
        for (const bool narrow_grad : {true, false}) {
          steps(cases, n, keeping, adamw, narrow_grad);
        }
      }
    }
  }
  stochastic(cases);
  not_finite(cases);
}

} // namespace tspin::tests
