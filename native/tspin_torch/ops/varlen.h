// Attention over a packed row as one variable-length call: what CUDA devices run, and the same by libtorch's own
// operations on the CPU.
#pragma once

#include "ops/guard.h"

namespace tspin {

struct AttentionShape {
  int64_t width, heads, key_heads, window; // window 0: unlimited
  double scale, soft_cap;                  // soft_cap 0: none
};

// True where libtorch's variable-length flash kernels take these tensors: bfloat16 or float16 on CUDA, heads of at most
// 256, no soft cap.
bool has_flash_attention(const at::Tensor &q, const AttentionShape &shape);

// q [T, heads, D], k and v [T, key heads, D]; cos and sin [T, R/2]; `segments` as for ts_segment_attention. -> [T,
// heads, D], with a backward pass of its own. On the CPU a loop over sequences stands in for the flash kernel, so that
// everything around it can be tested there.
at::Tensor varlen_attention(const at::Tensor &q, const at::Tensor &k, const at::Tensor &v, const at::Tensor &cos,
                            const at::Tensor &sin, const std::vector<int64_t> &segments, const AttentionShape &shape);

// The first 2 x R/2 numbers of every head turned by the angles, in the type of x; sign -1 turns back. Not
// differentiable by itself.
at::Tensor rotated(const at::Tensor &x, const at::Tensor &cos, const at::Tensor &sin, double sign);

} // namespace tspin
