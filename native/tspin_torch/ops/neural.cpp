// Products and the layers that a decoder is made of.
#include "ops/libtorch_products.h"
#include "ops/linear.h"
#include "ops/packed_weight.h"

#include <c10/core/GradMode.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <numeric>
#include <vector>

using namespace tspin;

int32_t ts_matmul(ts_tensor a, ts_tensor b, ts_tensor *out, TS_ERROR_ARGS) {
  return guard("matmul", {a, b}, error, error_capacity, [&] {
    const auto &x = unwrap(a), &y = unwrap(b);
    const auto is_ours = x.dim() == 2 && y.dim() == 2 && multiplies_widened(x) && x.scalar_type() == y.scalar_type() &&
                         x.size(1) == y.size(0);
    *out = wrap(is_ours ? linear(x, y.t(), at::Tensor()) : matmul_by_libtorch(x, y));
  });
}

namespace {

// Few rows against a matrix, as in generation: bound by reading the weights, which libtorch would repack at every call.
// Not where the weights are trained, not even without gradients: a block that is computed again for backward must give
// the same bits.
bool few_rows(const at::Tensor &x, const at::Tensor &w) {
  return has_kernels(x) && !w.requires_grad() && !(c10::GradMode::is_enabled() && x.requires_grad()) && w.is_cpu() &&
         x.scalar_type() == w.scalar_type() && w.dim() == 2 && x.dim() >= 1 && x.size(-1) == w.size(1) &&
         w.is_contiguous() && x.numel() > 0 && w.numel() > 0 && with_type(x, [&](auto element) {
           return kernels().of<decltype(element)>().few_rows.takes(x.numel() / x.size(-1), x.size(-1));
         });
}

// body(begin, end) for all of the outputs, in parts that begin at multiples of 32.
template <typename Body> void each_side(int64_t outputs, Body &&body) {
  at::parallel_for(0, (outputs + kPackedOutputs - 1) / kPackedOutputs, 1, [&](int64_t begin, int64_t end) {
    body(kPackedOutputs * begin, std::min(outputs, kPackedOutputs * end));
  });
}

at::Tensor few_rows_linear(const at::Tensor &x_any, const at::Tensor &w) {
  const auto x = x_any.contiguous();
  const auto depth = x.size(-1), rows = x.numel() / depth, outputs = w.size(0);
  auto shape = x.sizes().vec();
  shape.back() = outputs;
  auto out = at::empty(shape, x.options());
  with_type(x, [&](auto element) {
    using S = decltype(element);
    each_side(outputs, [&](int64_t begin, int64_t end) {
      kernels().of<S>().few_rows.product(data<S>(w) + begin * depth, end - begin, data<S>(x), rows, depth,
                                         data<S>(out) + begin, outputs);
    });
  });
  return out;
}

template <typename S> at::Tensor pack(const at::Tensor &w) {
  PackedHeader header{w.size(0), w.size(1), static_cast<int64_t>(sizeof(S)), 0};
  const auto each_block = [&](auto &&body) {
    at::parallel_for(0, header.blocks(), 1, [&](int64_t begin, int64_t end) {
      for (auto b = begin; b < end; b++) {
        const auto first = kPackedOutputs * b;
        body(b, data<S>(w) + first * header.depth, std::min(kPackedOutputs, header.outputs - first));
      }
    });
  };
  const auto pack_block = kernels().of<S>().few_rows.pack;
  std::vector<int64_t> offsets(static_cast<size_t>(header.blocks()) + 1);
  each_block([&](int64_t b, const S *rows, int64_t count) {
    offsets[b + 1] = pack_block(rows, count, header.depth, nullptr);
  });
  std::partial_sum(offsets.begin(), offsets.end(), offsets.begin());
  header.size = header.first_block() + offsets.back();
  auto packed = at::empty({header.size}, w.options().dtype(at::kByte));
  std::memcpy(packed.data_ptr(), &header, sizeof(header));
  std::memcpy(data<uint8_t>(packed) + sizeof(header), offsets.data(), offsets.size() * sizeof(int64_t));
  auto *blocks = data<uint8_t>(packed) + header.first_block();
  each_block(
      [&](int64_t b, const S *rows, int64_t count) { pack_block(rows, count, header.depth, blocks + offsets[b]); });
  return packed;
}

} // namespace

int32_t ts_linear(ts_tensor input, ts_tensor weight, ts_tensor bias, ts_tensor *out, TS_ERROR_ARGS) {
  return guard("linear", {input, weight, bias}, error, error_capacity, [&] {
    if (few_rows(unwrap(input), unwrap(weight))) {
      auto product = few_rows_linear(unwrap(input), unwrap(weight));
      *out = wrap(bias == nullptr ? std::move(product) : product + unwrap(bias));
      return;
    }
    *out = wrap(linear(unwrap(input), unwrap(weight), bias == nullptr ? at::Tensor() : unwrap(bias)));
  });
}

int32_t ts_pack_weights(ts_tensor weight, ts_tensor *out, TS_ERROR_ARGS) {
  return guard("pack_weights", {weight}, error, error_capacity, [&] {
    const auto w = unwrap(weight).detach();
    *out = nullptr;
    if (w.dim() != 2 || !few_rows(w.narrow(0, 0, std::min<int64_t>(1, w.size(0))), w) ||
        !with_type(w, [](auto element) { return kernels().of<decltype(element)>().few_rows.pack != nullptr; })) {
      return;
    }
    *out = wrap(with_type(w, [&](auto element) { return pack<decltype(element)>(w); }));
  });
}

int32_t ts_packed_linear(ts_tensor input, ts_tensor packed, int64_t outputs, ts_tensor *out, TS_ERROR_ARGS) {
  return guard("packed_linear", {input, packed}, error, error_capacity, [&] {
    const auto x = unwrap(input).detach().contiguous(), w = unwrap(packed).detach();
    TORCH_CHECK(has_kernels(x) && x.dim() >= 1 && x.numel() > 0 && is_packed(w, outputs, x.size(-1), x.scalar_type()),
                "input is [.., depth] and packed what ts_pack_weights makes of [outputs, depth]");
    const auto depth = x.size(-1), rows = x.numel() / depth;
    auto shape = x.sizes().vec();
    shape.back() = outputs;
    auto result = at::empty(shape, x.options());
    with_type(x, [&](auto element) {
      using S = decltype(element);
      const auto &few = kernels().of<S>().few_rows;
      TORCH_CHECK(few.packed != nullptr && few.takes(rows, depth), "packed weights are for up to ", few.most,
                  " rows, there are ", rows);
      each_side(outputs, [&](int64_t begin, int64_t end) {
        few.packed(packed_weight(w), begin, end, data<S>(x), rows, data<S>(result), outputs, nullptr);
      });
    });
    *out = wrap(std::move(result));
  });
}

int32_t ts_choose(ts_tensor logits, const double *uniforms, double temperature, int64_t top_k, double top_p,
                  int64_t *tokens, float *log_probs, TS_ERROR_ARGS) {
  return guard("choose", {logits}, error, error_capacity, [&] {
    const auto values = unwrap(logits).detach().to(at::kCPU, at::kFloat).contiguous();
    TORCH_CHECK(values.dim() == 2 && values.size(1) > 0 && values.size(1) <= std::numeric_limits<int32_t>::max(),
                "logits are [N, V]");
    TORCH_CHECK(temperature >= 0 && top_k >= 0 && top_p > 0 && (uniforms != nullptr || temperature == 0),
                "temperature and top_k are at least 0, top_p above 0");
    const auto rows = values.size(0), n = values.size(1);
    const SamplingRule rule{temperature, top_k, top_p};
    each_task(rows, values.numel(), [&](int64_t row) {
      const std::unique_ptr<double[]> weights(new double[n]);
      const std::unique_ptr<int32_t[]> ids(new int32_t[n]);
      const auto choice = kernels().choose(data<float>(values) + row * n, n, uniforms == nullptr ? 0 : uniforms[row],
                                           rule, weights.get(), ids.get());
      tokens[row] = choice.token;
      log_probs[row] = static_cast<float>(choice.log_prob);
    });
  });
}

int32_t ts_rms_norm(ts_tensor x, ts_tensor weight, double epsilon, ts_tensor *out, TS_ERROR_ARGS) {
  return guard("rms_norm", {x, weight}, error, error_capacity, [&] {
    const auto &input = unwrap(x);
    const auto wide = input.scalar_type() == at::kDouble ? input : input.to(at::kFloat);
    const auto normal = wide * (wide.square().mean(-1, /*keepdim=*/true) + epsilon).rsqrt();
    *out = wrap(unwrap(weight) * normal.to(input.scalar_type()));
  });
}

int32_t ts_rotate(ts_tensor x, ts_tensor cos, ts_tensor sin, ts_tensor *out, TS_ERROR_ARGS) {
  return guard("rotate", {x, cos, sin}, error, error_capacity, [&] {
    const auto &input = unwrap(x);
    TORCH_CHECK(input.size(-1) % 2 == 0, "the last dimension is split into halves, so its size must be even");
    const auto half = input.size(-1) / 2;
    const auto turned = at::cat({input.narrow(-1, half, half).neg(), input.narrow(-1, 0, half)}, -1);
    *out = wrap(input * unwrap(cos) + turned * unwrap(sin));
  });
}
