// Products by libtorch's own operations. Its products of 16-bit numbers on a CPU are tens of times slower than those of
// float32 (1.13 without AVX512_BF16: 1 against 73 GFLOP/s on a Zen 3), so that such factors are widened, and the
// result, which float32 sums, is rounded once. With gradients, whose products are widened too.
#pragma once

#include <ATen/ATen.h>

namespace tspin {

inline bool multiplies_widened(const at::Tensor &a) {
  return a.is_cpu() && (a.scalar_type() == at::kBFloat16 || a.scalar_type() == at::kHalf);
}

inline at::Tensor widened(const at::Tensor &a) { return a.defined() && multiplies_widened(a) ? a.to(at::kFloat) : a; }

// at::matmul and at::linear. Factors must be of one type, as libtorch wants them.
inline at::Tensor matmul_by_libtorch(const at::Tensor &a, const at::Tensor &b) {
  TORCH_CHECK(a.scalar_type() == b.scalar_type(), "the factors are of different types, ", a.scalar_type(), " and ",
              b.scalar_type());
  return multiplies_widened(a) ? at::matmul(widened(a), widened(b)).to(a.scalar_type()) : at::matmul(a, b);
}

inline at::Tensor linear_by_libtorch(const at::Tensor &x, const at::Tensor &weight, const at::Tensor &bias) {
  TORCH_CHECK(x.scalar_type() == weight.scalar_type(), "input and weight are of different types, ", x.scalar_type(),
              " and ", weight.scalar_type());
  return multiplies_widened(x) ? at::linear(widened(x), widened(weight), widened(bias)).to(x.scalar_type())
                               : at::linear(x, weight, bias);
}

} // namespace tspin
