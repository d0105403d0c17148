// RMSNorm, SwiGLU and the log-probability head, each as one pass forward and one backward.
#include "ops/composed.h"
#include "ops/matrix_products.h"
#include "ops/passes.h"

#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <numeric>
#include <utility>

using namespace tspin;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

namespace tspin {
namespace {

constexpr int64_t kNormRows = 64; // rows of one task; fixed, so that the sum over rows does not depend on the threads
constexpr int64_t kElements = 16384; // of one task

} // namespace

std::vector<at::Tensor> side_by_side(const std::vector<std::vector<int64_t>> &sizes, const at::TensorOptions &options) {
  constexpr int64_t line = 64; // elements: every tensor begins at a cache line
  std::vector<int64_t> starts;
  int64_t all = 0;
  for (const auto &size : sizes) {
    starts.push_back(all);
    all += (std::accumulate(size.begin(), size.end(), int64_t{1}, std::multiplies<>()) + line - 1) / line * line;
  }
  const auto memory = at::empty({all}, options);
  std::vector<at::Tensor> result;
  for (size_t i = 0; i < sizes.size(); i++) {
    // Not views: autograd has restrictions for those.
    result.push_back(
        at::empty({0}, options).set_(memory.storage(), starts[i], sizes[i], at::detail::defaultStrides(sizes[i])));
  }
  return result;
}

std::pair<at::Tensor, at::Tensor> rms_norm_pass(const at::Tensor &x, const at::Tensor &w, double epsilon,
                                                bool plus_one) {
  const auto width = x.size(-1), rows = x.numel() / std::max<int64_t>(width, 1);
  auto y = at::empty_like(x), rstd = at::empty({rows}, x.options().dtype(wide_type(x)));
  with_type(x, [&](auto element) {
    using S = decltype(element);
    using A = typename Wide<S>::type;
    at::parallel_for(0, rows, kNormRows, [&](int64_t begin, int64_t end) {
      kernels().of<S>().rms_norm(data<S>(x) + begin * width, data<S>(w), end - begin, width, epsilon, plus_one,
                                 data<S>(y) + begin * width, data<A>(rstd) + begin);
    });
  });
  return {y, rstd};
}

std::pair<at::Tensor, at::Tensor> rms_norm_backward_pass(const at::Tensor &grad_y, const at::Tensor &x,
                                                         const at::Tensor &w, const at::Tensor &rstd, bool plus_one) {
  const auto width = x.size(-1), rows = rstd.size(0), tasks = (rows + kNormRows - 1) / kNormRows;
  auto grad_x = at::empty_like(x), partial = at::zeros({std::max<int64_t>(tasks, 1), width}, rstd.options());
  with_type(x, [&](auto element) {
    using S = decltype(element);
    using A = typename Wide<S>::type;
    at::parallel_for(0, tasks, 1, [&](int64_t begin, int64_t end) {
      for (auto task = begin; task < end; task++) {
        const auto row = task * kNormRows, at = row * width;
        NormGradTask<S> own;
        own.grad_y = data<S>(grad_y) + at;
        own.x = data<S>(x) + at;
        own.w = data<S>(w);
        own.rstd = data<A>(rstd) + row;
        own.rows = std::min(kNormRows, rows - row);
        own.width = width;
        own.plus_one = plus_one;
        own.grad_x = data<S>(grad_x) + at;
        own.grad_w = data<A>(partial) + task * width;
        kernels().of<S>().rms_norm_grad(own);
      }
    });
  });
  return {grad_x, partial.sum(0).to(w.scalar_type())};
}

at::Tensor swiglu_pass(const at::Tensor &gate, const at::Tensor &up) {
  auto out = at::empty_like(gate);
  with_type(gate, [&](auto element) {
    using S = decltype(element);
    at::parallel_for(0, gate.numel(), kElements, [&](int64_t begin, int64_t end) {
      kernels().of<S>().swiglu(data<S>(gate) + begin, data<S>(up) + begin, end - begin, data<S>(out) + begin);
    });
  });
  return out;
}

std::pair<at::Tensor, at::Tensor> swiglu_backward_pass(const at::Tensor &grad, const at::Tensor &gate,
                                                       const at::Tensor &up) {
  auto grads = side_by_side({gate.sizes().vec(), up.sizes().vec()}, gate.options());
  auto &grad_gate = grads[0], &grad_up = grads[1];
  with_type(gate, [&](auto element) {
    using S = decltype(element);
    at::parallel_for(0, gate.numel(), kElements, [&](int64_t begin, int64_t end) {
      GatedGradTask<S> task;
      task.grad_out = data<S>(grad) + begin;
      task.gate = data<S>(gate) + begin;
      task.up = data<S>(up) + begin;
      task.n = end - begin;
      task.grad_gate = data<S>(grad_gate) + begin;
      task.grad_up = data<S>(grad_up) + begin;
      kernels().of<S>().swiglu_grad(task);
    });
  });
  return {grad_gate, grad_up};
}

} // namespace tspin

namespace {

// ---- RMSNorm ----

struct RmsNorm : torch::autograd::Function<RmsNorm> {
  static at::Tensor forward(AutogradContext *context, const at::Tensor &x_any, const at::Tensor &w_any, double epsilon,
                            bool plus_one) {
    const auto x = x_any.contiguous(), w = w_any.contiguous();
    const auto [y, rstd] = rms_norm_pass(x, w, epsilon, plus_one);
    context->save_for_backward({x, w, rstd});
    context->saved_data["plus_one"] = plus_one;
    return y;
  }

  static variable_list backward(AutogradContext *context, variable_list grads) {
    const auto saved = context->get_saved_variables();
    const auto [grad_x, grad_w] = rms_norm_backward_pass(grads[0].contiguous(), saved[0], saved[1], saved[2],
                                                         context->saved_data["plus_one"].toBool());
    return {grad_x, grad_w, at::Tensor(), at::Tensor()};
  }
};

// ---- embedding ----

// libtorch's own backward adds rows in the type of the table, in which a token that occurs a few hundred times stops
// growing. And it makes a table of gradients, to be added to that of a tied head: here rows are added to what the
// leaf's gradient holds when backward comes to the embedding, last. `anchor` stands for the table in the graph.
struct EmbeddingRows : torch::autograd::Function<EmbeddingRows> {
  static at::Tensor forward(AutogradContext *context, const at::Tensor &anchor, const at::Tensor &ids,
                            const c10::IValue &table) {
    (void)anchor;
    context->save_for_backward({ids});
    context->saved_data["table"] = table;
    return at::embedding(table.toTensor(), ids);
  }

  static variable_list backward(AutogradContext *context, variable_list grads) {
    const auto ids = context->get_saved_variables()[0].reshape(-1).contiguous();
    const auto grad = grads[0].contiguous();
    const auto width = grad.size(-1), count = ids.numel();
    const auto table = context->saved_data["table"].toTensor();
    auto &grad_w = table.mutable_grad();
    if (!grad_w.defined()) {
      grad_w = at::zeros_like(table);
    }
    TORCH_CHECK(grad_w.is_contiguous() && grad_w.scalar_type() == grad.scalar_type(),
                "the table's gradient must be dense and of its type");
    const auto *id = data<int64_t>(ids);
    std::vector<int64_t> order(static_cast<size_t>(count));
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) { return id[a] < id[b]; });
    std::vector<int64_t> firsts; // in `order`, of every distinct token
    for (int64_t i = 0; i < count; i++) {
      if (i == 0 || id[order[i]] != id[order[i - 1]]) {
        firsts.push_back(i);
      }
    }
    firsts.push_back(count);
    with_type(grad, [&](auto element) {
      using S = decltype(element);
      at::parallel_for(0, static_cast<int64_t>(firsts.size()) - 1, 16, [&](int64_t begin, int64_t end) {
        for (auto token = begin; token < end; token++) {
          const auto first = order.data() + firsts[token], last = order.data() + firsts[token + 1];
          kernels().of<S>().sum_rows(data<S>(grad), first, last - first, width, data<S>(grad_w) + id[*first] * width);
        }
      });
    });
    return {at::Tensor(), at::Tensor(), at::Tensor()};
  }
};

// ---- SwiGLU ----

struct SwiGlu : torch::autograd::Function<SwiGlu> {
  static at::Tensor forward(AutogradContext *context, const at::Tensor &gate_any, const at::Tensor &up_any) {
    const auto gate = gate_any.contiguous(), up = up_any.contiguous();
    context->save_for_backward({gate, up});
    return swiglu_pass(gate, up);
  }

  static variable_list backward(AutogradContext *context, variable_list grads) {
    const auto saved = context->get_saved_variables();
    const auto [grad_gate, grad_up] = swiglu_backward_pass(grads[0].contiguous(), saved[0], saved[1]);
    return {grad_gate, grad_up};
  }
};

// ---- log-probability head ----

struct LogProbHead : torch::autograd::Function<LogProbHead> {
  static at::Tensor forward(AutogradContext *context, const at::Tensor &hidden_any, const at::Tensor &w_any,
                            const at::Tensor &targets_any, int64_t columns, int64_t keeps) {
    const auto hidden = hidden_any.contiguous(), w = w_any.contiguous();
    const auto targets = targets_any.contiguous();
    const auto rows = hidden.size(0), vocabulary = w.size(0);
    const auto wide = hidden.options().dtype(wide_type(hidden));
    auto maximum = at::full({rows}, -std::numeric_limits<double>::infinity(), wide), sum = at::zeros({rows}, wide),
         at_target = at::zeros({rows}, wide);
    std::vector<at::Tensor> kept;
    for (int64_t first = 0; first < vocabulary && rows > 0; first += columns) {
      const auto count = std::min(columns, vocabulary - first);
      const auto logits = product(hidden, w.narrow(0, first, count).t());
      const auto local = targets - first;
      const auto inside = local.ge(0).logical_and(local.lt(count));
      const auto picked =
          logits.gather(1, local.clamp(0, count - 1).unsqueeze(1)).squeeze(1).to(at_target.scalar_type());
      at_target = at::where(inside, picked, at_target);
      if (has_kernels(logits)) {
        with_type(logits, [&](auto element) {
          using S = decltype(element);
          using A = typename Wide<S>::type;
          at::parallel_for(0, rows, 4, [&](int64_t begin, int64_t end) {
            kernels().of<S>().log_sum_exp(data<S>(logits) + begin * count, end - begin, count, data<A>(maximum) + begin,
                                          data<A>(sum) + begin);
          });
        });
      } else {
        const auto values = logits.to(maximum.scalar_type());
        const auto larger = at::maximum(maximum, values.amax(1));
        sum = sum * (maximum - larger).exp() + (values - larger.unsqueeze(1)).exp().sum(1);
        maximum = larger;
      }
      if (first + count <= keeps) {
        kept.push_back(logits);
      }
    }
    context->saved_data["logits"] = kept;
    const auto lse = maximum + sum.log();
    context->save_for_backward({hidden, w, targets, lse});
    context->saved_data["columns"] = columns;
    if (!targets.is_cpu()) {
      at_target = at_target.masked_fill(targets.lt(0).logical_or(targets.ge(vocabulary)),
                                        std::numeric_limits<double>::quiet_NaN());
    }
    return at_target - lse;
  }

  static variable_list backward(AutogradContext *context, variable_list grads) {
    const auto saved = context->get_saved_variables();
    const auto &hidden = saved[0], &w = saved[1], &targets = saved[2], &lse = saved[3];
    const auto grad = grads[0].contiguous();
    const auto rows = hidden.size(0), vocabulary = w.size(0), columns = context->saved_data["columns"].toInt();
    const auto needs_w = context->needs_input_grad(1);
    // Overwritten below, so that another backward pass over the same graph computes all of them again.
    auto kept = context->saved_data["logits"].toTensorVector();
    context->saved_data["logits"] = std::vector<at::Tensor>();
    auto grad_hidden = at::zeros({rows, hidden.size(1)}, lse.options());
    auto grad_w = needs_w ? (rows > 0 ? at::empty_like(w) : at::zeros_like(w)) : at::Tensor();
    for (int64_t first = 0; first < vocabulary && rows > 0; first += columns) {
      const auto count = std::min(columns, vocabulary - first);
      const auto part = w.narrow(0, first, count);
      const auto chunk = static_cast<size_t>(first / columns);
      auto logits = chunk < kept.size() ? std::exchange(kept[chunk], at::Tensor()) : product(hidden, part.t());
      if (has_kernels(logits)) {
        with_type(logits, [&](auto element) {
          using S = decltype(element);
          using A = typename Wide<S>::type;
          at::parallel_for(0, rows, 4, [&](int64_t begin, int64_t end) {
            kernels().of<S>().log_prob_grad(data<S>(logits) + begin * count, end - begin, count, data<A>(lse) + begin,
                                            data<A>(grad) + begin, data<int64_t>(targets) + begin, first);
          });
        });
      } else {
        const auto local = targets - first;
        const auto inside = local.ge(0).logical_and(local.lt(count));
        auto scores = (logits.to(lse.scalar_type()) - lse.unsqueeze(1)).exp().neg();
        scores.scatter_add_(1, local.clamp(0, count - 1).unsqueeze(1), inside.to(scores.scalar_type()).unsqueeze(1));
        logits = (scores * grad.unsqueeze(1)).to(hidden.scalar_type());
      }
      std::vector<ProductSum> sums{{{{logits, part}}, at::Tensor(), grad_hidden, /*add=*/true}};
      if (needs_w) {
        sums.push_back({{{logits.t(), hidden}}, at::Tensor(), grad_w.narrow(0, first, count)});
      }
      compute(sums);
    }
    return {grad_hidden.to(hidden.scalar_type()), grad_w, at::Tensor(), at::Tensor(), at::Tensor()};
  }
};

} // namespace

int32_t ts_fused_rms_norm(ts_tensor x, ts_tensor weight, double epsilon, int32_t plus_one, ts_tensor *out,
                          TS_ERROR_ARGS) {
  return guard("fused_rms_norm", {x, weight}, error, error_capacity, [&] {
    const auto &input = unwrap(x), &w = unwrap(weight);
    TORCH_CHECK(input.dim() >= 1 && w.dim() == 1 && w.size(0) == input.size(-1),
                "weight must be one number per column of the last dimension");
    const auto fits = has_kernels(input) && w.is_cpu() && w.scalar_type() == input.scalar_type();
    *out = wrap(fits ? RmsNorm::apply(input, w, epsilon, plus_one != 0)
                     : rms_norm_composed(input, w, epsilon, plus_one != 0));
  });
}

int32_t ts_embedding(ts_tensor weight, ts_tensor ids, ts_tensor *out, TS_ERROR_ARGS) {
  return guard("embedding", {weight, ids}, error, error_capacity, [&] {
    const auto &w = unwrap(weight), &i = unwrap(ids);
    const auto is_ours = has_kernels(w) && w.requires_grad() && w.is_leaf() && w.is_contiguous() && w.dim() == 2 &&
                         i.is_cpu() && i.scalar_type() == at::kLong && i.dim() > 0;
    *out = wrap(is_ours && at::GradMode::is_enabled()
                    ? EmbeddingRows::apply(at::zeros({}, w.options()).requires_grad_(), i, c10::IValue(w))
                    : at::embedding(w, i));
  });
}

int32_t ts_swiglu(ts_tensor gate, ts_tensor up, ts_tensor *out, TS_ERROR_ARGS) {
  return guard("swiglu", {gate, up}, error, error_capacity, [&] {
    const auto &a = unwrap(gate), &b = unwrap(up);
    TORCH_CHECK(a.sizes() == b.sizes() && a.scalar_type() == b.scalar_type() && a.device() == b.device(),
                "gate and up must be alike");
    *out = wrap(has_kernels(a) ? SwiGlu::apply(a, b) : swiglu_composed(a, b));
  });
}

int32_t ts_log_prob_head(ts_tensor hidden, ts_tensor weight, ts_tensor targets, int64_t columns, int64_t kept,
                         ts_tensor *out, TS_ERROR_ARGS) {
  return guard("log_prob_head", {hidden, weight, targets}, error, error_capacity, [&] {
    const auto &h = unwrap(hidden), &w = unwrap(weight), &t = unwrap(targets);
    TORCH_CHECK(h.dim() == 2 && w.dim() == 2 && h.size(1) == w.size(1) && w.size(0) > 0,
                "hidden is [R, H] and weight [V, H]");
    TORCH_CHECK(h.scalar_type() == w.scalar_type(), "hidden and weight must have one type");
    TORCH_CHECK(t.dim() == 1 && t.size(0) == h.size(0) && t.scalar_type() == at::kLong, "targets is int64 [R]");
    TORCH_CHECK(columns > 0 && kept >= 0, "a chunk has at least one column, not ", columns,
                ", and there are none to keep, or some, not ", kept);
    if (t.is_cpu() && t.numel() > 0) {
      TORCH_CHECK(t.min().item<int64_t>() >= 0 && t.max().item<int64_t>() < w.size(0),
                  "a target lies outside the vocabulary of ", w.size(0));
    }
    const bool trains = c10::GradMode::is_enabled() && (h.requires_grad() || w.requires_grad());
    *out = wrap(LogProbHead::apply(h, w, t, columns, trains ? kept : 0));
  });
}
