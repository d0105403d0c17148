// Products of large matrices, in kernels of ours where there are some for type and processor, else by libtorch. No
// autograd.
#pragma once

#include "ops/fused.h"

#include <utility>
#include <vector>

namespace tspin {

// out = the sum of a b over the pairs (a [rows, depth], b [depth, columns]), all of one type and of any strides, + bias
// [columns], which may be undefined.
struct ProductSum {
  std::vector<std::pair<at::Tensor, at::Tensor>> terms;
  at::Tensor bias;
  at::Tensor out;   // [rows, columns], its columns adjacent; of the terms' type, or float32
  bool add = false; // to what out holds; of bfloat16 terms only where out is float32
};

// Whether the kernels have products of this type on this processor.
bool has_matrix_products(const at::Tensor &like);

// All of them, in one go of the threads.
void compute(const std::vector<ProductSum> &sums);

// a b, of the type of both.
at::Tensor product(const at::Tensor &a, const at::Tensor &b);

} // namespace tspin
