// Products and the layers that a decoder is made of.
#include "guard.h"

using namespace tspin;

int32_t ts_matmul(ts_tensor a, ts_tensor b, ts_tensor *out, TS_ERROR_ARGS) {
  return guard("matmul", {a, b}, error, error_capacity, [&] { *out = wrap(at::matmul(unwrap(a), unwrap(b))); });
}

int32_t ts_linear(ts_tensor input, ts_tensor weight, ts_tensor bias, ts_tensor *out, TS_ERROR_ARGS) {
  return guard("linear", {input, weight, bias}, error, error_capacity, [&] {
    *out = wrap(bias == nullptr ? at::linear(unwrap(input), unwrap(weight)) : at::linear(unwrap(input), unwrap(weight), unwrap(bias)));
  });
}

int32_t ts_embedding(ts_tensor weight, ts_tensor ids, ts_tensor *out, TS_ERROR_ARGS) {
  return guard("embedding", {weight, ids}, error, error_capacity, [&] { *out = wrap(at::embedding(unwrap(weight), unwrap(ids))); });
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
