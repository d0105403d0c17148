// The fused layers' passes over memory, without autograd: contiguous tensors for which has_kernels holds.
#pragma once

#include <ATen/ATen.h>

#include <utility>
#include <vector>

namespace tspin {

// New tensors in one stretch of memory. What lives and dies together should not leave several small holes, which large
// tensors then do not fit into.
std::vector<at::Tensor> side_by_side(const std::vector<std::vector<int64_t>> &sizes, const at::TensorOptions &options);

// y [.., width] and the reciprocal root mean squares [rows], in the wide type.
std::pair<at::Tensor, at::Tensor> rms_norm_pass(const at::Tensor &x, const at::Tensor &w, double epsilon,
                                                bool plus_one);

// Gradients of x and w.
std::pair<at::Tensor, at::Tensor> rms_norm_backward_pass(const at::Tensor &grad_y, const at::Tensor &x,
                                                         const at::Tensor &w, const at::Tensor &rstd, bool plus_one);

at::Tensor swiglu_pass(const at::Tensor &gate, const at::Tensor &up);

// Gradients of gate and up.
std::pair<at::Tensor, at::Tensor> swiglu_backward_pass(const at::Tensor &grad, const at::Tensor &gate,
                                                       const at::Tensor &up);

} // namespace tspin
