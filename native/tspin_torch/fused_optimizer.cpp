// One pass over all parameters: gradient norm, and AdamW's update.
#include "composed.h"

#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <numeric>

using namespace tspin;

namespace {

constexpr int64_t kBlock = 1 << 16; // elements of one task; fixed, so that sums do not depend on the threads

struct Piece {
  int64_t tensor, first, count;
};

std::vector<Piece> pieces_of(const std::vector<int64_t> &lengths) {
  std::vector<Piece> pieces;
  for (size_t i = 0; i < lengths.size(); i++) {
    for (int64_t first = 0; first < lengths[i]; first += kBlock) {
      pieces.push_back({static_cast<int64_t>(i), first, std::min(kBlock, lengths[i] - first)});
    }
  }
  return pieces;
}

bool plain(const at::Tensor &t, at::ScalarType type) { return kernels_on() && t.is_cpu() && t.scalar_type() == type && t.is_contiguous(); }

} // namespace

int32_t ts_gradient_squares(const ts_tensor *tensors, int32_t count, double *result, TS_ERROR_ARGS) {
  return guard("gradient_squares", {}, error, error_capacity, [&] {
    std::vector<at::Tensor> list, others;
    std::vector<int64_t> lengths;
    for (int32_t i = 0; i < count; i++) {
      if (tensors[i] == nullptr) {
        continue;
      }
      const auto &t = unwrap(tensors[i]);
      if (has_kernels(t) && t.is_contiguous()) {
        list.push_back(t);
        lengths.push_back(t.numel());
      } else {
        others.push_back(t);
      }
    }
    const auto pieces = pieces_of(lengths);
    std::vector<double> sums(pieces.size());
    each_task(static_cast<int64_t>(pieces.size()), [&](int64_t i) {
      const auto &piece = pieces[i];
      with_type(list[piece.tensor], [&](auto element) {
        using S = decltype(element);
        sums[i] = kernels().of<S>().sum_of_squares(data<S>(list[piece.tensor]) + piece.first, piece.count);
      });
    });
    *result = std::accumulate(sums.begin(), sums.end(), gradient_squares_composed(others));
  });
}

int32_t ts_adamw_(const ts_tensor *parameters, const ts_tensor *gradients, const ts_tensor *firsts, const ts_tensor *seconds, const ts_tensor *copies, const double *decays,
                  int32_t count, double learning_rate, double beta1, double beta2, double epsilon, double gradient_scale, int64_t step, TS_ERROR_ARGS) {
  return guard("adamw", {}, error, error_capacity, [&] {
    const at::NoGradGuard off;
    const AdamWConstants shared{learning_rate, beta1, beta2, epsilon, 0, gradient_scale, 1 - std::pow(beta1, step), 1 - std::pow(beta2, step)};
    std::vector<int32_t> fast;
    std::vector<AdamWTensors> others;
    std::vector<int64_t> lengths;
    for (int32_t i = 0; i < count; i++) {
      const auto &p = unwrap(parameters[i]), &g = unwrap(gradients[i]), &m = unwrap(firsts[i]), &v = unwrap(seconds[i]);
      const auto copy = copies[i] == nullptr ? at::Tensor() : unwrap(copies[i]);
      TORCH_CHECK(p.sizes() == g.sizes() && p.sizes() == m.sizes() && p.sizes() == v.sizes() && (!copy.defined() || p.sizes() == copy.sizes()),
                  "parameter ", i, ": gradient, moments and copy must have its shape");
      if (plain(p, at::kFloat) && (plain(g, at::kFloat) || plain(g, at::kBFloat16)) && plain(m, at::kFloat) && plain(v, at::kFloat) &&
          (!copy.defined() || plain(copy, at::kBFloat16))) {
        fast.push_back(i);
        lengths.push_back(p.numel());
      } else {
        others.push_back({p, g, m, v, copy, decays[i]});
      }
    }
    adamw_composed(others, shared, step);
    const auto pieces = pieces_of(lengths);
    each_task(static_cast<int64_t>(pieces.size()), [&](int64_t n) {
      const auto &piece = pieces[n];
      const auto i = fast[piece.tensor];
      auto constants = shared;
      constants.decay = decays[i];
      const auto part = [&](const ts_tensor *tensors) { return data<float>(unwrap(tensors[i])) + piece.first; };
      const auto narrow = [&](const ts_tensor *tensors) { return tensors[i] == nullptr ? nullptr : data<Bf16>(unwrap(tensors[i])) + piece.first; };
      if (unwrap(gradients[i]).scalar_type() == at::kFloat) {
        kernels().adamw(part(parameters), part(gradients), part(firsts), part(seconds), narrow(copies), piece.count, constants);
      } else {
        kernels().adamw_bf16(part(parameters), narrow(gradients), part(firsts), part(seconds), narrow(copies), piece.count, constants);
      }
    });
  });
}

int32_t ts_accumulate_gradients(const ts_tensor *narrow, const ts_tensor *wide, int32_t count, TS_ERROR_ARGS) {
  return guard("accumulate_gradients", {}, error, error_capacity, [&] {
    const at::NoGradGuard off;
    for (int32_t i = 0; i < count; i++) {
      auto &from = unwrap(narrow[i]).mutable_grad();
      if (!from.defined()) {
        continue;
      }
      const auto &target = unwrap(wide[i]);
      auto &sum = target.mutable_grad();
      if (sum.defined()) {
        sum.add_(from);
      } else {
        sum = from.to(target.scalar_type(), /*non_blocking=*/false, /*copy=*/true);
      }
      from = at::Tensor();
    }
  });
}
