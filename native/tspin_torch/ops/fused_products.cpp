// Linear layers. A norm or a SwiGLU and the products that read its result are one step of autograd: what lies between
// them is computed again in backward, one pass over memory, instead of kept.
#include "ops/composed.h"
#include "ops/libtorch_products.h"
#include "ops/linear.h"
#include "ops/matrix_products.h"
#include "ops/passes.h"

#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cstddef>
#include <tuple>

using namespace tspin;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

namespace {

at::Tensor by_rows(const at::Tensor &x) { return x.reshape({-1, x.size(-1)}); }

std::vector<int64_t> with_width(const at::Tensor &like, int64_t width) {
  auto sizes = like.sizes().vec();
  sizes.back() = width;
  return sizes;
}

using Perhaps = c10::optional<at::Tensor>; // autograd follows tensors and optional ones, but not lists of them

// Products of y [rows, in] with up to three weights [out, in], each with its bias or an undefined one.
struct Products {
  static constexpr size_t kMost = 3;
  std::vector<at::Tensor> weights, biases;

  variable_list forward(const at::Tensor &y, const at::Tensor &like) const {
    if (!has_matrix_products(y)) {
      variable_list outputs;
      for (size_t i = 0; i < weights.size(); i++) {
        outputs.push_back(linear_by_libtorch(y, weights[i], biases[i]).view(with_width(like, weights[i].size(0))));
      }
      return outputs;
    }
    std::vector<std::vector<int64_t>> sizes;
    for (const auto &weight : weights) {
      sizes.push_back(with_width(like, weight.size(0)));
    }
    auto outputs = side_by_side(sizes, y.options());
    std::vector<ProductSum> sums;
    for (size_t i = 0; i < weights.size(); i++) {
      sums.push_back({{{y, weights[i].t()}}, biases[i], by_rows(outputs[i])});
    }
    compute(sums);
    return outputs;
  }

  // The gradient of y, if wanted; those of weights and biases are written where they belong.
  at::Tensor backward(const at::Tensor &y, const variable_list &grads, at::Tensor *of_weights, at::Tensor *of_biases,
                      bool of_y = true) const {
    std::vector<ProductSum> sums;
    ProductSum to_y;
    if (of_y) {
      to_y.out = at::empty_like(y);
    }
    for (size_t i = 0; i < weights.size(); i++) {
      if (!grads[i].defined()) {
        continue;
      }
      const auto grad = by_rows(grads[i]);
      if (weights[i].requires_grad()) {
        of_weights[i] = at::empty(weights[i].sizes(), weights[i].options());
        sums.push_back({{{grad.t(), y}}, at::Tensor(), of_weights[i]});
      }
      if (biases[i].defined() && biases[i].requires_grad()) {
        of_biases[i] = grad.sum(0);
      }
      to_y.terms.emplace_back(grad, weights[i]);
    }
    if (of_y) {
      if (to_y.terms.empty()) {
        to_y.out.zero_();
      } else {
        sums.push_back(to_y);
      }
    }
    compute(sums);
    return to_y.out;
  }

  void append_to(variable_list &saved) const {
    saved.insert(saved.end(), weights.begin(), weights.end());
    saved.insert(saved.end(), biases.begin(), biases.end());
  }

  // What append_to has put behind the first `fixed` tensors.
  static Products from(const variable_list &saved, size_t fixed) {
    const auto count = static_cast<std::ptrdiff_t>((saved.size() - fixed) / 2),
               first = static_cast<std::ptrdiff_t>(fixed);
    return {{saved.begin() + first, saved.begin() + first + count}, {saved.begin() + first + count, saved.end()}};
  }

  bool alike(const at::Tensor &x) const {
    const auto fits = [&](const at::Tensor &t) {
      return !t.defined() || (has_kernels(t) && t.scalar_type() == x.scalar_type());
    };
    return has_kernels(x) && std::all_of(weights.begin(), weights.end(), fits) &&
           std::all_of(biases.begin(), biases.end(), fits);
  }

  void check(const at::Tensor &y) const {
    for (size_t i = 0; i < weights.size(); i++) {
      TORCH_CHECK(y.dim() >= 2 && weights[i].dim() == 2 && weights[i].size(1) == y.size(-1), "product ", i,
                  ": the weight must be [out, ", y.size(-1), "]");
      TORCH_CHECK(!biases[i].defined() || (biases[i].dim() == 1 && biases[i].size(0) == weights[i].size(0)), "product ",
                  i, ": the bias must be [", weights[i].size(0), "]");
    }
  }
};

struct NormProducts : torch::autograd::Function<NormProducts> {
  static variable_list forward(AutogradContext *context, const at::Tensor &x_any, const at::Tensor &norm_any,
                               const at::Tensor &w0, const Perhaps &w1, const Perhaps &w2, const Perhaps &b0,
                               const Perhaps &b1, const Perhaps &b2, double epsilon, bool plus_one) {
    Products products;
    const Perhaps weights[] = {w0, w1, w2}, biases[] = {b0, b1, b2};
    for (size_t i = 0; i < Products::kMost && weights[i]; i++) {
      products.weights.push_back(*weights[i]);
      products.biases.push_back(biases[i].value_or(at::Tensor()));
    }
    const auto x = x_any.contiguous(), norm = norm_any.contiguous();
    variable_list saved{x, norm};
    products.append_to(saved);
    context->save_for_backward(saved);
    context->saved_data["epsilon"] = epsilon;
    context->saved_data["plus_one"] = plus_one;
    return products.forward(by_rows(rms_norm_pass(x, norm, epsilon, plus_one).first), x);
  }

  static variable_list backward(AutogradContext *context, variable_list grads) {
    const auto saved = context->get_saved_variables();
    const auto &x = saved[0], &norm = saved[1];
    const auto plus_one = context->saved_data["plus_one"].toBool();
    const auto [y, rstd] = rms_norm_pass(x, norm, context->saved_data["epsilon"].toDouble(), plus_one);
    variable_list result(2 + 2 * Products::kMost + 2);
    const auto grad_y = Products::from(saved, 2).backward(by_rows(y), grads, &result[2], &result[2 + Products::kMost]);
    std::tie(result[0], result[1]) = rms_norm_backward_pass(grad_y.view(x.sizes()), x, norm, rstd, plus_one);
    return result;
  }
};

struct PlainProduct : torch::autograd::Function<PlainProduct> {
  static at::Tensor forward(AutogradContext *context, const at::Tensor &x_any, const at::Tensor &weight,
                            const Perhaps &bias) {
    const auto x = x_any.contiguous();
    const Products product{{weight}, {bias.value_or(at::Tensor())}};
    variable_list saved{x};
    product.append_to(saved);
    context->save_for_backward(saved);
    return product.forward(by_rows(x), x)[0];
  }

  static variable_list backward(AutogradContext *context, variable_list grads) {
    const auto saved = context->get_saved_variables();
    const auto &x = saved[0];
    variable_list result(3);
    const auto of_x = context->needs_input_grad(0);
    const auto grad = Products::from(saved, 1).backward(by_rows(x), grads, &result[1], &result[2], of_x);
    if (of_x) {
      result[0] = grad.view(x.sizes());
    }
    return result;
  }
};

struct SwiGluProduct : torch::autograd::Function<SwiGluProduct> {
  static at::Tensor forward(AutogradContext *context, const at::Tensor &gate_any, const at::Tensor &up_any,
                            const at::Tensor &weight, const Perhaps &bias) {
    const auto gate = gate_any.contiguous(), up = up_any.contiguous();
    const Products product{{weight}, {bias.value_or(at::Tensor())}};
    variable_list saved{gate, up};
    product.append_to(saved);
    context->save_for_backward(saved);
    return product.forward(by_rows(swiglu_pass(gate, up)), gate)[0];
  }

  static variable_list backward(AutogradContext *context, variable_list grads) {
    const auto saved = context->get_saved_variables();
    const auto &gate = saved[0], &up = saved[1];
    variable_list result(4);
    const auto grad = Products::from(saved, 2).backward(by_rows(swiglu_pass(gate, up)), grads, &result[2], &result[3]);
    std::tie(result[0], result[1]) = swiglu_backward_pass(grad.view(gate.sizes()), gate, up);
    return result;
  }
};

Products unwrapped(const ts_tensor *weights, const ts_tensor *biases, int32_t count) {
  Products products;
  for (int32_t i = 0; i < count; i++) {
    products.weights.push_back(unwrap(weights[i]));
    products.biases.push_back(biases[i] == nullptr ? at::Tensor() : unwrap(biases[i]));
  }
  return products;
}

Perhaps at_or_none(const std::vector<at::Tensor> &tensors, size_t i) {
  return i < tensors.size() && tensors[i].defined() ? Perhaps(tensors[i]) : c10::nullopt;
}

} // namespace

at::Tensor tspin::linear(const at::Tensor &x, const at::Tensor &weight, const at::Tensor &bias) {
  const Products product{{weight}, {bias}};
  if (has_matrix_products(x) && x.dim() >= 2 && weight.dim() == 2 && product.alike(x)) {
    product.check(x);
    return PlainProduct::apply(x, weight, bias.defined() ? Perhaps(bias) : c10::nullopt);
  }
  return linear_by_libtorch(x, weight, bias);
}

int32_t ts_rms_norm_linear(ts_tensor x, ts_tensor norm, double epsilon, int32_t plus_one, const ts_tensor *weights,
                           const ts_tensor *biases, int32_t count, ts_tensor *out, TS_ERROR_ARGS) {
  return guard("rms_norm_linear", {x, norm}, error, error_capacity, [&] {
    const auto &input = unwrap(x), &scale = unwrap(norm);
    const auto products = unwrapped(weights, biases, count);
    TORCH_CHECK(scale.dim() == 1 && input.dim() >= 2 && scale.size(0) == input.size(-1),
                "the norm's weight must be one number per column of the last dimension");
    products.check(input);
    const auto fits = count > 0 && products.weights.size() <= Products::kMost && products.alike(input) &&
                      has_kernels(scale) && scale.scalar_type() == input.scalar_type();
    const auto &w = products.weights, &b = products.biases;
    auto outputs = fits ? NormProducts::apply(input, scale, w[0], at_or_none(w, 1), at_or_none(w, 2), at_or_none(b, 0),
                                              at_or_none(b, 1), at_or_none(b, 2), epsilon, plus_one != 0)
                        : products.forward(by_rows(rms_norm_composed(input, scale, epsilon, plus_one != 0)), input);
    for (int32_t i = 0; i < count; i++) {
      out[i] = wrap(std::move(outputs[i]));
    }
  });
}

int32_t ts_swiglu_linear(ts_tensor gate, ts_tensor up, ts_tensor weight, ts_tensor bias, ts_tensor *out,
                         TS_ERROR_ARGS) {
  return guard("swiglu_linear", {gate, up, weight}, error, error_capacity, [&] {
    const auto &a = unwrap(gate), &b = unwrap(up);
    const auto product = unwrapped(&weight, &bias, 1);
    TORCH_CHECK(a.sizes() == b.sizes() && a.scalar_type() == b.scalar_type() && a.device() == b.device(),
                "gate and up must be alike");
    product.check(a);
    *out = wrap(product.alike(a) ? SwiGluProduct::apply(a, b, product.weights[0], at_or_none(product.biases, 0))
                                 : product.forward(by_rows(swiglu_composed(a, b)), a)[0]);
  });
}
