// Elementwise operations.
#include "ops/guard.h"

#include <cmath>

using namespace tspin;

namespace {

// A whole number given to an integer tensor stays an integer, as in Python: a double would promote the tensor to
// float32, which cannot tell 2^24 from 2^24 + 1.
at::Scalar scalar_for(const at::Tensor &tensor, double value) {
  constexpr double exact = 9007199254740992.0; // 2^53
  const bool whole = std::trunc(value) == value && std::abs(value) <= exact;
  return whole && at::isIntegralType(tensor.scalar_type(), /*includeBool=*/true)
             ? at::Scalar(static_cast<int64_t>(value))
             : at::Scalar(value);
}

const char *name_of(int32_t function) {
  static const char *const names[] = {"neg",  "exp",       "log",         "sqrt", "rsqrt",    "square",
                                      "abs",  "sigmoid",   "log_sigmoid", "silu", "tanh",     "relu",
                                      "gelu", "gelu_tanh", "sin",         "cos",  "isfinite", "logical_not"};
  return function >= TS_NEG && function <= TS_LOGICAL_NOT ? names[function] : "unary";
}

const char *comparison_name(int32_t comparison) {
  static const char *const names[] = {"lt", "le", "gt", "ge", "eq", "ne"};
  return comparison >= TS_LT && comparison <= TS_NE ? names[comparison] : "compare";
}

at::Tensor apply(int32_t function, const at::Tensor &a) {
  switch (function) {
  case TS_NEG: return a.neg();
  case TS_EXP: return a.exp();
  case TS_LOG: return a.log();
  case TS_SQRT: return a.sqrt();
  case TS_RSQRT: return a.rsqrt();
  case TS_SQUARE: return a.square();
  case TS_ABS: return a.abs();
  case TS_SIGMOID: return a.sigmoid();
  case TS_LOG_SIGMOID: return at::log_sigmoid(a);
  case TS_SILU: return at::silu(a);
  case TS_TANH: return a.tanh();
  case TS_RELU: return a.relu();
  case TS_GELU: return at::gelu(a);
  case TS_GELU_TANH: return at::gelu(a, "tanh");
  case TS_SIN: return a.sin();
  case TS_COS: return a.cos();
  case TS_ISFINITE: return a.isfinite();
  case TS_LOGICAL_NOT: return a.logical_not();
  default: TORCH_CHECK(false, "unknown function code ", function);
  }
}

template <typename Other> at::Tensor compare(int32_t comparison, const at::Tensor &a, const Other &b) {
  switch (comparison) {
  case TS_LT: return a.lt(b);
  case TS_LE: return a.le(b);
  case TS_GT: return a.gt(b);
  case TS_GE: return a.ge(b);
  case TS_EQ: return a.eq(b);
  case TS_NE: return a.ne(b);
  default: TORCH_CHECK(false, "unknown comparison code ", comparison);
  }
}

} // namespace

int32_t ts_add(ts_tensor a, ts_tensor b, double scale_b, ts_tensor *out, TS_ERROR_ARGS) {
  return guard("add", {a, b}, error, error_capacity, [&] {
    // An integer scale keeps integer tensors integer.
    *out = wrap(scale_b == 1    ? unwrap(a).add(unwrap(b))
                : scale_b == -1 ? unwrap(a).sub(unwrap(b))
                                : unwrap(a).add(unwrap(b), scale_b));
  });
}

int32_t ts_mul(ts_tensor a, ts_tensor b, ts_tensor *out, TS_ERROR_ARGS) {
  return guard("mul", {a, b}, error, error_capacity, [&] { *out = wrap(unwrap(a).mul(unwrap(b))); });
}

int32_t ts_div(ts_tensor a, ts_tensor b, ts_tensor *out, TS_ERROR_ARGS) {
  return guard("div", {a, b}, error, error_capacity, [&] { *out = wrap(unwrap(a).div(unwrap(b))); });
}

int32_t ts_add_scalar(ts_tensor a, double b, ts_tensor *out, TS_ERROR_ARGS) {
  return guard("add_scalar", {a}, error, error_capacity, [&] { *out = wrap(unwrap(a).add(scalar_for(unwrap(a), b))); });
}

int32_t ts_mul_scalar(ts_tensor a, double b, ts_tensor *out, TS_ERROR_ARGS) {
  return guard("mul_scalar", {a}, error, error_capacity, [&] { *out = wrap(unwrap(a).mul(scalar_for(unwrap(a), b))); });
}

int32_t ts_pow_scalar(ts_tensor a, double exponent, ts_tensor *out, TS_ERROR_ARGS) {
  return guard("pow_scalar", {a}, error, error_capacity,
               [&] { *out = wrap(unwrap(a).pow(scalar_for(unwrap(a), exponent))); });
}

int32_t ts_unary(int32_t function, ts_tensor a, ts_tensor *out, TS_ERROR_ARGS) {
  return guard(name_of(function), {a}, error, error_capacity, [&] { *out = wrap(apply(function, unwrap(a))); });
}

int32_t ts_compare(int32_t comparison, ts_tensor a, ts_tensor b, ts_tensor *out, TS_ERROR_ARGS) {
  return guard(comparison_name(comparison), {a, b}, error, error_capacity,
               [&] { *out = wrap(compare(comparison, unwrap(a), unwrap(b))); });
}

int32_t ts_compare_scalar(int32_t comparison, ts_tensor a, double b, ts_tensor *out, TS_ERROR_ARGS) {
  return guard(comparison_name(comparison), {a}, error, error_capacity,
               [&] { *out = wrap(compare(comparison, unwrap(a), scalar_for(unwrap(a), b))); });
}

int32_t ts_logical_and(ts_tensor a, ts_tensor b, ts_tensor *out, TS_ERROR_ARGS) {
  return guard("logical_and", {a, b}, error, error_capacity, [&] { *out = wrap(unwrap(a).logical_and(unwrap(b))); });
}

int32_t ts_logical_or(ts_tensor a, ts_tensor b, ts_tensor *out, TS_ERROR_ARGS) {
  return guard("logical_or", {a, b}, error, error_capacity, [&] { *out = wrap(unwrap(a).logical_or(unwrap(b))); });
}

int32_t ts_maximum(ts_tensor a, ts_tensor b, ts_tensor *out, TS_ERROR_ARGS) {
  return guard("maximum", {a, b}, error, error_capacity, [&] { *out = wrap(at::maximum(unwrap(a), unwrap(b))); });
}

int32_t ts_clamp(ts_tensor a, double minimum, double maximum, ts_tensor *out, TS_ERROR_ARGS) {
  return guard("clamp", {a}, error, error_capacity,
               [&] { *out = wrap(unwrap(a).clamp(scalar_for(unwrap(a), minimum), scalar_for(unwrap(a), maximum))); });
}

int32_t ts_add_(ts_tensor self, ts_tensor other, double scale, TS_ERROR_ARGS) {
  return guard("add_", {self, other}, error, error_capacity,
               [&] { unwrap(self).add_(unwrap(other), scalar_for(unwrap(self), scale)); });
}

int32_t ts_mul_scalar_(ts_tensor self, double factor, TS_ERROR_ARGS) {
  return guard("mul_scalar_", {self}, error, error_capacity,
               [&] { unwrap(self).mul_(scalar_for(unwrap(self), factor)); });
}

int32_t ts_addcmul_(ts_tensor self, ts_tensor a, ts_tensor b, double value, TS_ERROR_ARGS) {
  return guard("addcmul_", {self, a, b}, error, error_capacity,
               [&] { unwrap(self).addcmul_(unwrap(a), unwrap(b), scalar_for(unwrap(self), value)); });
}

int32_t ts_addcdiv_(ts_tensor self, ts_tensor a, ts_tensor b, double value, TS_ERROR_ARGS) {
  return guard("addcdiv_", {self, a, b}, error, error_capacity,
               [&] { unwrap(self).addcdiv_(unwrap(a), unwrap(b), value); });
}
