// A linear layer with gradients.
#pragma once

#include <ATen/ATen.h>

namespace tspin {

// x [.., in] times weight [out, in] transposed, + bias [out], which may be undefined.
at::Tensor linear(const at::Tensor &x, const at::Tensor &weight, const at::Tensor &bias);

} // namespace tspin
