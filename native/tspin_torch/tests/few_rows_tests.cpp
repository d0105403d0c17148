// Products of few rows, with weights as they are and packed.
#include "tests/harness.h"

namespace tspin::tests {
namespace {

constexpr int64_t kBlock = 32; // outputs

// x [rows, depth] by w [outputs, depth], and what comes of them.
template <typename S> class Layer {
public:
  Layer(Cases &cases, int64_t outputs, int64_t depth, const std::vector<double> &w)
      : cases_(cases), few_(cases.kernels.of<S>().few_rows), outputs_(outputs), depth_(depth), w_(w) {}

  // All rows at once, as they are and packed; returns the result.
  Memory<S> check(const Memory<S> &x) const {
    const auto rows = x.size() / depth_;
    auto out = multiply(x);
    std::vector<Expected> expected;
    for (int64_t i = 0; i < out.size(); i++) {
      const auto r = i / row(), o = i % row();
      if (o >= outputs_) {
        expected.push_back({kUntouched, 0});
        continue;
      }
      double sum = 0, magnitude = 0;
      for (int64_t d = 0; d < depth_; d++) {
        const auto term = wide(x[r * depth_ + d]) * wide(w_[o * depth_ + d]);
        sum += term;
        magnitude += std::abs(term);
      }
      expected.push_back({sum, 8e-7 * magnitude + kRounding<S> * std::abs(sum)});
    }
    cases_.close("out", out, expected);
    if (few_.pack != nullptr) {
      check_packed(x, rows, out);
    }
    return out;
  }

  // Each row alone gives what it gives among others.
  void check_rows(const Memory<S> &x, const Memory<S> &all) const {
    bool same = true;
    for (int64_t r = 0; r < x.size() / depth_; r++) {
      Memory<S> one(depth_);
      std::memcpy(one.data(), x.data() + r * depth_, static_cast<size_t>(depth_) * sizeof(S));
      const auto out = multiply(one);
      same = same && std::memcmp(out.data(), all.data() + r * row(), static_cast<size_t>(outputs_) * sizeof(S)) == 0;
    }
    cases_.holds("every row has the bits that it has alone", same);
  }

private:
  static constexpr double kUntouched = 7;

  int64_t row() const { return outputs_ + 3; }
  Memory<S> result(int64_t rows) const {
    Memory<S> out((rows - 1) * row() + outputs_);
    out.fill(narrow<S>(kUntouched));
    return out;
  }

  Memory<S> multiply(const Memory<S> &x) const {
    const auto rows = x.size() / depth_;
    auto out = result(rows);
    few_.product(w_.data(), outputs_, x.data(), rows, depth_, out.data(), row());
    return out;
  }

  void check_packed(const Memory<S> &x, int64_t rows, const Memory<S> &plain) const {
    std::vector<int64_t> offsets{0};
    const auto each_block = [&](auto &&body) {
      for (int64_t o = 0; o < outputs_; o += kBlock) {
        body(o, w_.data() + o * depth_, std::min(kBlock, outputs_ - o));
      }
    };
    each_block([&](int64_t, const S *w, int64_t outputs) {
      offsets.push_back(offsets.back() + few_.pack(w, outputs, depth_, nullptr));
    });
    Memory<uint8_t> blocks(offsets.back(), 64);
    std::memset(blocks.data(), 0xff, static_cast<size_t>(blocks.size()));
    bool measured = true;
    each_block([&](int64_t o, const S *w, int64_t outputs) {
      const auto size = few_.pack(w, outputs, depth_, blocks.data() + offsets[static_cast<size_t>(o / kBlock)]);
      measured = measured && size % 64 == 0 &&
                 size == offsets[static_cast<size_t>(o / kBlock + 1)] - offsets[static_cast<size_t>(o / kBlock)];
    });
    cases_.record(blocks);
    cases_.holds("a block has the size that was measured, a multiple of 64", measured);

    const PackedWeight packed{blocks.data(), offsets.data(), outputs_, depth_};
    const auto whole = result(rows);
    few_.packed(packed, 0, outputs_, x.data(), rows, whole.data(), row(), nullptr);
    cases_.holds("packed weights give the same bits", whole.bits() == plain.bits());
    const auto divided = result(rows);
    for (int64_t from = 0; from < outputs_; from += 2 * kBlock) {
      few_.packed(packed, from, std::min(from + 2 * kBlock, outputs_), x.data(), rows, divided.data(), row(),
                  blocks.data());
    }
    cases_.holds("packed weights divided among tasks give the same bits", divided.bits() == plain.bits());
  }

  Cases &cases_;
  const FewRows<S> &few_;
  int64_t outputs_, depth_;
  Memory<S> w_;
};

std::vector<double> drawn(int64_t n, uint64_t seed) {
  Draws draws(seed);
  std::vector<double> values;
  for (int64_t i = 0; i < n; i++) {
    values.push_back(0.02 * draws.normal());
  }
  return values;
}

template <typename S> void shapes(Cases &cases) {
  const auto &few = cases.kernels.of<S>().few_rows;
  for (const int64_t depth : {1, 2, 4, 6, 64, 130, 514, 577, 1026, 1100}) {
    for (const int64_t outputs : {1, 31, 32, 33, 70}) {
      const Layer<S> layer(cases, outputs, depth, drawn(outputs * depth, 1));
      for (const int64_t rows : {1, 2, 3, 4, 5, 7, 8, 11, 12, 13, 15, 25, 128}) {
        if (!few.takes(rows, depth) || (rows > 25 && depth != 130)) {
          continue;
        }
        cases.about(text("%s, %d rows, depth %d, %d outputs", kTypeName<S>, static_cast<int>(rows),
                         static_cast<int>(depth), static_cast<int>(outputs)));
        const Memory<S> x(drawn(rows * depth, 2));
        const auto all = layer.check(x);
        if (outputs == 33 && rows != 1) {
          layer.check_rows(x, all);
        }
      }
    }
  }
}

// Weights that are hard to pack: each comes back as it was, which rows of one 1 and zeros show.
template <typename S> void weights(Cases &cases) {
  constexpr int64_t outputs = 45, depth = 260;
  const auto check = [&](const char *name, auto &&change) {
    auto w = drawn(outputs * depth, 3);
    for (int64_t i = 0; i < outputs * depth; i++) {
      change(i, w[static_cast<size_t>(i)]);
    }
    const Layer<S> layer(cases, outputs, depth, w);
    for (const int64_t rows : {1, 3, 4, 9, 12, 14}) {
      if (cases.kernels.of<S>().few_rows.takes(rows, depth)) {
        cases.about(text("%s, %d rows, %s", kTypeName<S>, static_cast<int>(rows), name));
        Memory<S> x(rows * depth);
        for (int64_t r = 0; r < rows; r++) {
          x[r * depth + (r * 67 + 5) % depth] = narrow<S>(1);
        }
        layer.check(x);
      }
    }
  };
  check("usual weights", [](int64_t, double &) {});
  check("zeros among the weights", [](int64_t i, double &w) { w = i % 3 == 0 ? 0 : w; });
  check("no weight but zeros", [](int64_t, double &w) { w = 0; });
  check("zeros with a sign", [](int64_t i, double &w) { w = i % 5 == 0 ? -0.0 : w; });
  check("weights of all sizes", [](int64_t i, double &w) { w = std::ldexp(w, static_cast<int>(i * 7 % 200 - 100)); });
  check("a few weights far from the others", [](int64_t i, double &w) {
    w = i % 501 == 0 ? w * 1e20 : i % 499 == 0 ? w * 1e-20 : w;
  });
  check("weights that are all alike", [](int64_t, double &w) { w = -0.75; });
}

template <typename S> void not_finite(Cases &cases) {
  constexpr int64_t outputs = 40, depth = 68, rows = 3;
  cases.about(text("%s, a NaN in output 39 and an infinity in output 5", kTypeName<S>));
  auto w = drawn(outputs * depth, 4);
  w[39 * depth + 67] = NAN;
  w[5 * depth] = INFINITY;
  Memory<S> x(drawn(rows * depth, 5));
  Layer<S>(cases, outputs, depth, w).check(x);
  cases.about(text("%s, a NaN in row 1", kTypeName<S>));
  x[depth + 3] = narrow<S>(NAN);
  Layer<S>(cases, outputs, depth, drawn(outputs * depth, 4)).check(x);
}

template <typename S> void of_type(Cases &cases) {
  if (cases.kernels.of<S>().few_rows.most == 0) {
    return;
  }
  shapes<S>(cases);
  weights<S>(cases);
  not_finite<S>(cases);
}

} // namespace

void few_rows(Cases &cases) {
  of_type<float>(cases);
  of_type<Bf16>(cases);
  cases.about("which there are");
  cases.holds("there are products of bfloat16 numbers", cases.kernels.bf16.few_rows.most > 0);
  cases.holds("there are none of float64 numbers", cases.kernels.f64.few_rows.most == 0);
}

} // namespace tspin::tests
