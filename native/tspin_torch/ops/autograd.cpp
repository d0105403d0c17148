// Gradients and grad mode.
#include "ops/guard.h"

#include <c10/core/GradMode.h>

using namespace tspin;

int32_t ts_set_requires_grad(ts_tensor tensor, int32_t required, TS_ERROR_ARGS) {
  return guard("set_requires_grad", {tensor}, error, error_capacity,
               [&] { unwrap(tensor).set_requires_grad(required != 0); });
}

int32_t ts_requires_grad(ts_tensor tensor, int32_t *required, TS_ERROR_ARGS) {
  return guard("requires_grad", {tensor}, error, error_capacity,
               [&] { *required = unwrap(tensor).requires_grad() ? 1 : 0; });
}

int32_t ts_version_sum(const ts_tensor *tensors, int32_t count, int64_t *sum, TS_ERROR_ARGS) {
  return guard("version_sum", {}, error, error_capacity, [&] {
    *sum = 0;
    for (int32_t i = 0; i < count; i++) {
      *sum += unwrap(tensors[i])._version();
    }
  });
}

int32_t ts_backward(ts_tensor tensor, ts_tensor gradient, TS_ERROR_ARGS) {
  return guard("backward", {tensor, gradient}, error, error_capacity,
               [&] { unwrap(tensor).backward(gradient == nullptr ? at::Tensor() : unwrap(gradient)); });
}

int32_t ts_grad(ts_tensor tensor, ts_tensor *out, TS_ERROR_ARGS) {
  return guard("grad", {tensor}, error, error_capacity, [&] {
    auto gradient = unwrap(tensor).grad();
    *out = gradient.defined() ? wrap(std::move(gradient)) : nullptr;
  });
}

int32_t ts_clear_grad(ts_tensor tensor, TS_ERROR_ARGS) {
  return guard("clear_grad", {tensor}, error, error_capacity, [&] { unwrap(tensor).mutable_grad() = at::Tensor(); });
}

int32_t ts_set_grad_mode(int32_t enabled, int32_t *previous, TS_ERROR_ARGS) {
  return guard("set_grad_mode", {}, error, error_capacity, [&] {
    *previous = c10::GradMode::is_enabled() ? 1 : 0;
    c10::GradMode::set_enabled(enabled != 0);
  });
}
