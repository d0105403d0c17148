// The fused layers and the optimizer from libtorch's own operations: for devices without kernels of ours, and what the
// kernels are compared with.
#pragma once

#include "ops/fused.h"

#include <functional>

namespace tspin {

// As the kernels: normalized in the wide type; the product with the weight in the type of x, or with plus_one as
// (1 + weight) in the wide type.
at::Tensor rms_norm_composed(const at::Tensor &x, const at::Tensor &w, double epsilon, bool plus_one);

// silu(gate) * up. Keeps its inputs alone for the backward pass.
at::Tensor swiglu_composed(const at::Tensor &gate, const at::Tensor &up);

struct UpdateTensors {
  at::Tensor parameter, gradient, first, second, residue; // RMSprop has no first; residue may be undefined
  double decay;
  uint32_t key; // of stochastic rounding
};

// Sum of the squares of all elements in float64; waits for the device once.
double gradient_squares_composed(const std::vector<at::Tensor> &gradients);

// One step for all tensors by libtorch's multi-tensor kernels; never waits for the device. `constants.decay` does not
// count.
void adamw_composed(const std::vector<UpdateTensors> &tensors, const UpdateConstants &constants, int64_t step);
void rmsprop_composed(const std::vector<UpdateTensors> &tensors, const UpdateConstants &constants);

// A float32 in two halves: a bfloat16, rounded to nearest with ties away from zero, and the 16 bits below it, with
// sign.
at::Tensor joined_halves(const at::Tensor &narrow, const at::Tensor &residue);
void split_halves(const at::Tensor &wide, const at::Tensor &narrow, const at::Tensor &residue);

// A parameter kept in a type narrower than its moments': widened, updated by `step`, and rounded as `keeping` says,
// with the kernels' random numbers.
void update_narrow_composed(const UpdateTensors &t, Keeping keeping,
                            const std::function<void(const std::vector<UpdateTensors> &)> &step);

} // namespace tspin
