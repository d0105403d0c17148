// Gradient norm and AdamW by libtorch's multi-tensor kernels.
#include "ops/composed.h"

#include <torch/version.h>

#include <algorithm>
#include <cmath>

#define TS_TORCH_AT_LEAST(major, minor)                                                                                \
  (TORCH_VERSION_MAJOR > (major) || (TORCH_VERSION_MAJOR == (major) && TORCH_VERSION_MINOR >= (minor)))

namespace tspin {
namespace {

constexpr int64_t kGroupElements = int64_t{1} << 27; // widened gradients held at once: half a gigabyte of float32

struct Group {
  std::vector<at::Tensor> parameters, gradients, firsts, seconds;
};

#if TORCH_VERSION_MAJOR >= 2
// On the CPU since 2.4.
bool has_fused_adamw(const at::Tensor &parameter) {
  return (parameter.scalar_type() == at::kFloat || parameter.scalar_type() == at::kDouble) &&
         (parameter.is_cuda() || TS_TORCH_AT_LEAST(2, 4));
}
#endif

void update(Group &group, const UpdateConstants &c, int64_t step) {
#if TORCH_VERSION_MAJOR >= 2
  if (has_fused_adamw(group.parameters[0])) {
    const auto count = at::full({}, static_cast<double>(step), group.parameters[0].options().dtype(at::kFloat));
    const std::vector<at::Tensor> counts(group.parameters.size(), count);
    at::_fused_adamw_(group.parameters, group.gradients, group.firsts, group.seconds, {}, counts, c.learning_rate,
                      c.beta1, c.beta2, c.decay, c.epsilon,
                      /*amsgrad=*/false, /*maximize=*/false);
    // It is no operation in place to autograd's counters (seen in 2.14).
    for (const auto &parameter : group.parameters) {
      parameter.unsafeGetTensorImpl()->bump_version();
    }
    return;
  }
#else
  (void)step;
#endif
  at::_foreach_mul_(group.parameters, 1 - c.learning_rate * c.decay);
  at::_foreach_mul_(group.firsts, c.beta1);
  at::_foreach_add_(group.firsts, group.gradients, 1 - c.beta1);
  at::_foreach_mul_(group.seconds, c.beta2);
  at::_foreach_addcmul_(group.seconds, group.gradients, group.gradients, 1 - c.beta2);
  auto denominators = at::_foreach_sqrt(group.seconds);
  at::_foreach_div_(denominators, std::sqrt(c.correction2));
  at::_foreach_add_(denominators, c.epsilon);
  at::_foreach_addcdiv_(group.parameters, group.firsts, denominators, -c.learning_rate / c.correction1);
}

bool together(const UpdateTensors &a, const UpdateTensors &b) {
  return a.decay == b.decay && a.parameter.device() == b.parameter.device() &&
         a.parameter.scalar_type() == b.parameter.scalar_type();
}

} // namespace

double gradient_squares_composed(const std::vector<at::Tensor> &gradients) {
  std::vector<at::Tensor> norms;
  for (const auto &gradient : gradients) {
    norms.push_back(
        at::linalg_vector_norm(gradient.detach(), 2, c10::nullopt, false, wide_type(gradient)).to(at::kDouble));
  }
  return norms.empty() ? 0 : at::stack(norms).square().sum().item<double>();
}

void adamw_composed(const std::vector<UpdateTensors> &tensors, const UpdateConstants &constants, int64_t step) {
  std::vector<const UpdateTensors *> rest;
  for (const auto &tensor : tensors) {
    rest.push_back(&tensor);
  }
  while (!rest.empty()) {
    const auto &leader = *rest[0];
    std::vector<const UpdateTensors *> later;
    Group group;
    int64_t elements = 0;
    for (const auto *t : rest) {
      if (!together(leader, *t) || (elements > 0 && elements + t->parameter.numel() > kGroupElements)) {
        later.push_back(t);
        continue;
      }
      elements += t->parameter.numel();
      auto gradient = t->gradient.to(t->parameter.scalar_type());
      if (constants.gradient_scale != 1) {
        gradient = gradient.is_same(t->gradient) ? gradient * constants.gradient_scale
                                                 : gradient.mul_(constants.gradient_scale);
      }
      group.parameters.push_back(t->parameter);
      group.gradients.push_back(gradient);
      group.firsts.push_back(t->first);
      group.seconds.push_back(t->second);
    }
    auto of_group = constants;
    of_group.decay = leader.decay;
    update(group, of_group, step);
    rest = std::move(later);
  }
}

void rmsprop_composed(const std::vector<UpdateTensors> &tensors, const UpdateConstants &c) {
  for (const auto &t : tensors) {
    auto parameter = t.parameter, squares = t.second;
    auto gradient = t.gradient.to(parameter.scalar_type());
    if (c.gradient_scale != 1) {
      gradient = gradient * c.gradient_scale;
    }
    if (t.decay != 0) {
      gradient = gradient + parameter * t.decay;
    }
    squares.mul_(c.beta2).addcmul_(gradient, gradient, 1 - c.beta2);
    parameter.addcdiv_(gradient, squares.sqrt().add_(c.epsilon), -c.learning_rate);
  }
}

namespace {

// The kernels' noise, in whole numbers of 64 bits because libtorch has none without sign.
at::Tensor noise(int64_t count, uint32_t key, const at::Tensor &like) {
  constexpr int64_t low = 0xffffffff;
  auto x =
      at::arange(count, like.options().dtype(at::kLong)).mul_(int64_t{0x9e3779b9}).add_(int64_t{key}).bitwise_and_(low);
  const auto mix = [&](int64_t shift) { x.bitwise_xor_(x.__rshift__(shift)); };
  mix(16);
  x.mul_(int64_t{0x7feb352d}).bitwise_and_(low);
  mix(15);
  x.mul_(int64_t{0x846ca68b}).bitwise_and_(low);
  mix(16);
  return x.bitwise_and_(0xffff);
}

} // namespace

at::Tensor joined_halves(const at::Tensor &narrow, const at::Tensor &residue) {
  return narrow.view(at::kShort).to(at::kInt).mul_(65536).add_(residue.view(at::kShort).to(at::kInt)).view(at::kFloat);
}

void split_halves(const at::Tensor &wide, const at::Tensor &narrow, const at::Tensor &residue) {
  const auto bits = wide.view(at::kInt);
  narrow.view(at::kShort).copy_((bits + 0x8000).__rshift__(16));
  residue.view(at::kShort).copy_(bits);
}

void update_narrow_composed(const UpdateTensors &t, Keeping keeping,
                            const std::function<void(const std::vector<UpdateTensors> &)> &step) {
  auto parameter = t.parameter;
  const auto wide = keeping == Keeping::compensated ? joined_halves(parameter, t.residue) : parameter.to(at::kFloat);
  step({{wide, t.gradient, t.first, t.second, {}, t.decay, 0}});
  if (keeping == Keeping::stochastic) {
    const auto bits = wide.view(at::kInt);
    const auto random = noise(wide.numel(), t.key, wide).to(at::kInt).view(wide.sizes());
    const auto rounded = (bits + random).bitwise_and_(static_cast<int64_t>(-65536)).view(at::kFloat);
    parameter.copy_(at::where(wide.isfinite(), rounded, wide));
    return;
  }
  if (keeping == Keeping::compensated) {
    split_halves(wide, parameter, t.residue);
    return;
  }
  parameter.copy_(wide);
}

} // namespace tspin
