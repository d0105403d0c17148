// Norms, SwiGLU, the log-probability head, sums and turned heads.
#include "tests/harness.h"

#include <limits>

namespace tspin::tests {
namespace {

constexpr int64_t kWidths[] = {1, 2, 7, 15, 16, 17, 33, 64, 127, 576, 1001};

template <typename S> std::vector<double> drawn(int64_t n, uint64_t seed, double size = 1) {
  Draws draws(seed);
  std::vector<double> values;
  for (int64_t i = 0; i < n; i++) {
    values.push_back(wide(narrow<S>(size * draws.normal())));
  }
  return values;
}

// Of bfloat16 numbers a result that is rounded once is allowed its rounding; beside it, some roundings of the
// arithmetic, of the magnitude of what was added up.
template <typename S> Expected once(double value, double magnitude, double roundings = 16) {
  return {value, kRounding<S> * std::abs(value) + roundings * kArithmetic<S> * magnitude};
}

template <typename S> void norms(Cases &cases) {
  using A = typename Wide<S>::type;
  const auto &table = cases.kernels.of<S>();
  constexpr double epsilon = 1e-5;
  constexpr int64_t rows = 3;
  for (const auto width : kWidths) {
    for (const bool plus_one : {false, true}) {
      cases.about(text("%s norm of width %d%s", kTypeName<S>, static_cast<int>(width), plus_one ? ", plus one" : ""));
      const auto xs = drawn<S>(rows * width, 1, 2), ws = drawn<S>(width, 2), gs = drawn<S>(rows * width, 3),
                 held = drawn<A>(width, 4);
      const Memory<S> x(xs), w(ws), g(gs), y(rows * width), grad_x(rows * width);
      const Memory<A> rstd(rows), grad_w(held);
      table.rms_norm(x.data(), w.data(), rows, width, epsilon, plus_one, y.data(), rstd.data());
      NormGradTask<S> task;
      task.grad_y = g.data();
      task.x = x.data();
      task.w = w.data();
      task.rstd = rstd.data();
      task.rows = rows;
      task.width = width;
      task.plus_one = plus_one;
      task.grad_x = grad_x.data();
      task.grad_w = grad_w.data();
      table.rms_norm_grad(task);

      std::vector<Expected> to_y, to_rstd, to_x, to_w;
      std::vector<double> sums = held, magnitudes(static_cast<size_t>(width), 0);
      for (int64_t r = 0; r < rows; r++) {
        const auto at = [&](int64_t i) { return static_cast<size_t>(r * width + i); };
        const auto factor = [&](int64_t i) { return ws[static_cast<size_t>(i)] + (plus_one ? 1 : 0); };
        double squares = 0, along = 0, size = 0;
        for (int64_t i = 0; i < width; i++) {
          squares += xs[at(i)] * xs[at(i)];
        }
        const auto inverse = 1 / std::sqrt(squares / static_cast<double>(width) + epsilon);
        to_rstd.push_back(once<A>(inverse, inverse, 32));
        for (int64_t i = 0; i < width; i++) {
          const auto term = gs[at(i)] * factor(i) * xs[at(i)] * inverse;
          along += term / static_cast<double>(width);
          size += std::abs(term) / static_cast<double>(width);
        }
        for (int64_t i = 0; i < width; i++) {
          const auto normal = xs[at(i)] * inverse, value = normal * factor(i);
          auto bounded = once<S>(value, std::abs(value), 32);
          bounded.bound *= plus_one ? 1 : 2; // the normal is rounded too
          to_y.push_back(bounded);
          to_x.push_back(once<S>(inverse * (gs[at(i)] * factor(i) - normal * along),
                                 inverse * (std::abs(gs[at(i)] * factor(i)) + std::abs(normal) * size), 64));
          sums[static_cast<size_t>(i)] += gs[at(i)] * normal;
          magnitudes[static_cast<size_t>(i)] += std::abs(gs[at(i)] * normal);
        }
      }
      for (int64_t i = 0; i < width; i++) {
        to_w.push_back(once<A>(sums[static_cast<size_t>(i)],
                               magnitudes[static_cast<size_t>(i)] + std::abs(held[static_cast<size_t>(i)])));
      }
      cases.close("y", y, to_y);
      cases.close("rstd", rstd, to_rstd);
      cases.close("grad_x", grad_x, to_x);
      cases.close("grad_w, added", grad_w, to_w);
    }
  }
  cases.about(text("%s norm of a row with a NaN, beside one of zeros", kTypeName<S>));
  auto xs = std::vector<double>(20, 0.0);
  xs[3] = NAN;
  const Memory<S> x(xs), w(std::vector<double>(10, 1.0)), y(20);
  const Memory<A> rstd(2);
  table.rms_norm(x.data(), w.data(), 2, 10, epsilon, false, y.data(), rstd.data());
  std::vector<Expected> expected(10, {NAN, 0});
  expected.resize(20, {0, 0});
  cases.close("y", y, expected);
}

template <typename S> void gated_units(Cases &cases) {
  const auto &table = cases.kernels.of<S>();
  for (const auto n : kWidths) {
    cases.about(text("%s SwiGLU of %d numbers", kTypeName<S>, static_cast<int>(n)));
    const auto gates = drawn<S>(n, 5, 4), ups = drawn<S>(n, 6), grads = drawn<S>(n, 7);
    const Memory<S> gate(gates), up(ups), grad(grads), out(n), grad_gate(n), grad_up(n);
    table.swiglu(gate.data(), up.data(), n, out.data());
    GatedGradTask<S> task;
    task.grad_out = grad.data();
    task.gate = gate.data();
    task.up = up.data();
    task.n = n;
    task.grad_gate = grad_gate.data();
    task.grad_up = grad_up.data();
    table.swiglu_grad(task);
    std::vector<Expected> to_out, to_gate, to_up;
    for (size_t i = 0; i < static_cast<size_t>(n); i++) {
      const auto s = 1 / (1 + std::exp(-gates[i])), unit = gates[i] * s, du = grads[i] * ups[i];
      to_out.push_back(once<S>(unit * ups[i], std::abs(unit * ups[i]), 32));
      to_out.back().bound *= 2; // the unit is rounded too
      to_gate.push_back(once<S>(du * s * (1 + gates[i] * (1 - s)), std::abs(du) * s * (1 + std::abs(gates[i])), 32));
      to_up.push_back(once<S>(grads[i] * unit, std::abs(grads[i] * unit), 32));
    }
    cases.close("out", out, to_out);
    cases.close("grad_gate", grad_gate, to_gate);
    cases.close("grad_up", grad_up, to_up);
  }
  cases.about(text("%s SwiGLU of numbers at the ends", kTypeName<S>));
  const std::vector<double> ends{NAN, INFINITY, -200, 200, 0, -88, -90, 88,       90,  -103,
                                 1,   -1,       2,    -2,  3, -3,  NAN, INFINITY, -200};
  const Memory<S> gate(ends), one(std::vector<double>(ends.size(), 1.0)), out(static_cast<int64_t>(ends.size()));
  table.swiglu(gate.data(), one.data(), out.size(), out.data());
  std::vector<Expected> expected;
  for (const auto x : ends) {
    const auto value = std::isinf(x) ? x : wide(narrow<S>(x)) / (1 + std::exp(-wide(narrow<S>(x))));
    expected.push_back({value, (kRounding<S> + 8 * kArithmetic<S>)*std::abs(value) + 1e-35});
  }
  cases.close("out", out, expected);
}

template <typename S> void heads(Cases &cases) {
  using A = typename Wide<S>::type;
  const auto &table = cases.kernels.of<S>();
  constexpr int64_t rows = 3;
  for (const int64_t columns : {1, 5, 16, 33, 1000, 4096, 4097, 9001}) {
    cases.about(text("%s head of %d columns", kTypeName<S>, static_cast<int>(columns)));
    const auto logits = drawn<S>(rows * columns, 8, 3), gs = drawn<A>(rows, 9);
    const Memory<S> memory(logits);
    const Memory<A> maximum(rows), sum(rows), g(gs), lse(rows);
    maximum.fill(-std::numeric_limits<A>::infinity());
    // In two chunks of the columns, as the head goes over them; all at once where there is one.
    const auto first = columns / 2;
    for (int64_t r = 0; r < rows; r++) {
      if (first > 0) {
        table.log_sum_exp(memory.data() + r * columns, 1, first, maximum.data() + r, sum.data() + r);
      }
      table.log_sum_exp(memory.data() + r * columns + first, 1, columns - first, maximum.data() + r, sum.data() + r);
    }
    const Memory<A> maximum_at_once(rows), sum_at_once(rows);
    maximum_at_once.fill(-std::numeric_limits<A>::infinity());
    table.log_sum_exp(memory.data(), rows, columns, maximum_at_once.data(), sum_at_once.data());

    constexpr int64_t offset = 100; // this chunk's first column
    const std::vector<int64_t> targets{offset + columns - 1, offset - 1, offset + columns};
    std::vector<Expected> to_maximum, to_sum, to_logits;
    for (int64_t r = 0; r < rows; r++) {
      const auto *row = logits.data() + r * columns;
      const auto largest = *std::max_element(row, row + columns);
      double total = 0;
      for (int64_t i = 0; i < columns; i++) {
        total += std::exp(row[i] - largest);
      }
      to_maximum.push_back({largest, 0});
      to_sum.push_back({total, 64 * kArithmetic<S> * total});
      lse[r] = static_cast<A>(largest + std::log(total));
      for (int64_t i = 0; i < columns; i++) {
        const auto p = std::exp(row[i] - wide(lse[r])),
                   value = gs[static_cast<size_t>(r)] * ((offset + i == targets[static_cast<size_t>(r)] ? 1 : 0) - p);
        to_logits.push_back(
            {value, kRounding<S> * std::abs(value) + 32 * kArithmetic<S> * std::abs(gs[static_cast<size_t>(r)])});
      }
    }
    cases.close("maximum in chunks", maximum, to_maximum);
    cases.close("sum in chunks", sum, to_sum);
    cases.close("maximum", maximum_at_once, to_maximum);
    cases.close("sum", sum_at_once, to_sum);
    table.log_prob_grad(memory.data(), rows, columns, lse.data(), g.data(), targets.data(), offset);
    cases.close("gradient of the logits", memory, to_logits);
  }
  cases.about(text("%s head with logits of minus infinity, and with a NaN", kTypeName<S>));
  const Memory<S> logits(std::vector<double>{1, -INFINITY, 1, -INFINITY, 1, NAN, 1, 1});
  const Memory<A> maximum(2), sum(2);
  maximum.fill(-std::numeric_limits<A>::infinity());
  table.log_sum_exp(logits.data(), 2, 4, maximum.data(), sum.data());
  cases.close("sum", sum, {{2, 1e-6}, {NAN, 0}});
}

template <typename S> void sums(Cases &cases) {
  using A = typename Wide<S>::type;
  const auto &table = cases.kernels.of<S>();
  for (const int64_t n : {0, 1, 15, 4095, 4096, 4097, 20001}) {
    cases.about(text("%s sum of %d squares", kTypeName<S>, static_cast<int>(n)));
    const auto xs = drawn<S>(n, 10);
    double total = 0;
    for (const auto x : xs) {
      total += x * x;
    }
    const Memory<S> x(xs);
    const Memory<double> sum(std::vector<double>{table.sum_of_squares(x.data(), n)});
    cases.close("sum", sum, {{total, 64 * kArithmetic<S> * total}});
  }
  for (const int64_t width : {1, 17, 63, 64, 65, 300}) {
    cases.about(text("%s sums of rows of width %d", kTypeName<S>, static_cast<int>(width)));
    const auto xs = drawn<S>(6 * width, 11), held = drawn<S>(width, 12);
    const std::vector<int64_t> rows{5, 0, 5, 2};
    const Memory<S> x(xs), out(held);
    table.sum_rows(x.data(), rows.data(), static_cast<int64_t>(rows.size()), width, out.data());
    std::vector<Expected> expected;
    for (int64_t i = 0; i < width; i++) {
      double sum = held[static_cast<size_t>(i)], magnitude = std::abs(sum);
      for (const auto row : rows) {
        sum += xs[static_cast<size_t>(row * width + i)];
        magnitude += std::abs(xs[static_cast<size_t>(row * width + i)]);
      }
      expected.push_back(once<S>(sum, magnitude));
    }
    cases.close("out", out, expected);
  }
  for (const int64_t n : {1, 15, 16, 100}) {
    for (const double factor : {1.0, 0.3}) {
      cases.about(text("%s x + %g y of %d numbers", kTypeName<S>, factor, static_cast<int>(n)));
      const auto xs = drawn<S>(n, 13), ys = drawn<S>(n, 14);
      const Memory<S> x(xs), y(ys);
      table.add_scaled(x.data(), y.data(), n, static_cast<A>(factor));
      std::vector<Expected> expected;
      for (size_t i = 0; i < static_cast<size_t>(n); i++) {
        const auto term = factor * ys[i];
        expected.push_back({xs[i] + term, kRounding<S> * (std::abs(xs[i] + term) + 1.01 * std::abs(term)) +
                                              4 * kArithmetic<S> * (std::abs(xs[i]) + std::abs(term))});
      }
      cases.close("x", x, expected);
    }
  }
}

template <typename S> void turned(Cases &cases) {
  using A = typename Wide<S>::type;
  constexpr int64_t heads = 3;
  for (const int64_t width : {2, 6, 16, 34, 64, 128}) {
    for (const auto half : {int64_t{0}, width / 4, width / 2}) {
      cases.about(
          text("%s heads of width %d, %d pairs turned", kTypeName<S>, static_cast<int>(width), static_cast<int>(half)));
      const auto xs = drawn<S>(heads * width, 15);
      const Memory<S> x(xs);
      const Memory<A> cos(half), sin(half);
      for (int64_t i = 0; i < half; i++) {
        cos[i] = static_cast<A>(std::cos(0.7 * static_cast<double>(i + 1)));
        sin[i] = static_cast<A>(std::sin(0.7 * static_cast<double>(i + 1)));
      }
      cases.kernels.of<S>().turn_heads(x.data(), heads, width, half, cos.data(), sin.data());
      std::vector<Expected> expected;
      for (int64_t h = 0; h < heads; h++) {
        for (int64_t i = 0; i < width; i++) {
          const auto at = [&](int64_t n) { return xs[static_cast<size_t>(h * width + n)]; };
          if (i >= 2 * half) {
            expected.push_back({at(i), 0});
          } else {
            const auto n = i % half;
            const auto a = at(n), b = at(n + half), c = wide(cos[n]), s = wide(sin[n]);
            expected.push_back(once<S>(i < half ? a * c - b * s : b * c + a * s, std::abs(a) + std::abs(b)));
          }
        }
      }
      cases.close("heads", x, expected);
    }
  }
}

template <typename S> void of_type(Cases &cases) {
  norms<S>(cases);
  gated_units<S>(cases);
  heads<S>(cases);
  sums<S>(cases);
  turned<S>(cases);
}

} // namespace

void layers(Cases &cases) {
  of_type<float>(cases);
  of_type<double>(cases);
  of_type<Bf16>(cases);
}

} // namespace tspin::tests
