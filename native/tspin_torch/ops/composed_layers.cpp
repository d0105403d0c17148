// RMSNorm and SwiGLU where no kernel of ours runs.
#include "ops/composed.h"

#include <torch/csrc/autograd/custom_function.h>
#include <torch/version.h>

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

namespace tspin {
namespace {

struct RmsNormComposed : torch::autograd::Function<RmsNormComposed> {
  static at::Tensor forward(AutogradContext *context, const at::Tensor &x, const at::Tensor &w, double epsilon,
                            bool plus_one) {
    const auto wide = x.to(wide_type(x));
    const auto rstd = wide.square().mean(-1, /*keepdim=*/true).add_(epsilon).rsqrt_();
    context->save_for_backward({x, w, rstd});
    context->saved_data["plus_one"] = plus_one;
    const auto normal = wide * rstd;
    return plus_one ? (normal * (w.to(wide.scalar_type()) + 1)).to(x.scalar_type()) : w * normal.to(x.scalar_type());
  }

  static variable_list backward(AutogradContext *context, variable_list grads) {
    const auto saved = context->get_saved_variables();
    const auto &x = saved[0], &w = saved[1], &rstd = saved[2];
    const auto plus_one = context->saved_data["plus_one"].toBool();
    const auto grad = grads[0].to(rstd.scalar_type()), normal = x.to(rstd.scalar_type()) * rstd;
    const auto width = x.size(-1);
    const auto grad_w = (grad * normal).reshape({-1, width}).sum(0).to(w.scalar_type());
    const auto grad_normal = grad * (plus_one ? w.to(rstd.scalar_type()) + 1 : w.to(rstd.scalar_type()));
    const auto along = (grad_normal * normal).mean(-1, /*keepdim=*/true);
    return {((grad_normal - normal * along) * rstd).to(x.scalar_type()), grad_w, at::Tensor(), at::Tensor()};
  }
};

struct SwiGluComposed : torch::autograd::Function<SwiGluComposed> {
  static at::Tensor forward(AutogradContext *context, const at::Tensor &gate, const at::Tensor &up) {
    context->save_for_backward({gate, up});
    return at::silu(gate).mul_(up);
  }

  static variable_list backward(AutogradContext *context, variable_list grads) {
    const auto saved = context->get_saved_variables();
    const auto &gate = saved[0], &up = saved[1];
    return {at::silu_backward(grads[0] * up, gate), at::silu(gate).mul_(grads[0])};
  }
};

} // namespace

at::Tensor rms_norm_composed(const at::Tensor &x, const at::Tensor &w, double epsilon, bool plus_one) {
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 9)
  // One kernel forward and one backward since 2.9. It multiplies by the weight before it rounds, where we round first:
  // half a unit of bfloat16.
  if (kernels_on() && x.is_cuda() && !plus_one && w.scalar_type() == x.scalar_type()) {
    return at::rms_norm(x, {x.size(-1)}, w, epsilon);
  }
#endif
  return RmsNormComposed::apply(x, w, epsilon, plus_one);
}

at::Tensor swiglu_composed(const at::Tensor &gate, const at::Tensor &up) { return SwiGluComposed::apply(gate, up); }

} // namespace tspin
