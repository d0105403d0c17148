// One pass over all parameters: gradient norm, and the updates of AdamW and RMSprop.
#include "ops/composed.h"

#include <ATen/core/grad_mode.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

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

int64_t elements_of(const std::vector<Piece> &pieces) {
  return std::accumulate(pieces.begin(), pieces.end(), int64_t{0},
                         [](int64_t sum, const Piece &piece) { return sum + piece.count; });
}

bool plain(const at::Tensor &t, at::ScalarType type) {
  return kernels_on() && t.is_cpu() && t.scalar_type() == type && t.is_contiguous();
}

// A key for every parameter and step: splitmix64 over all three.
uint32_t key_of(uint64_t seed, int64_t step, int32_t parameter) {
  uint64_t x = seed;
  for (const auto part : {static_cast<uint64_t>(step), static_cast<uint64_t>(parameter)}) {
    x += part + 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    x ^= x >> 31;
  }
  return static_cast<uint32_t>(x >> 32);
}

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
    each_task(static_cast<int64_t>(pieces.size()), elements_of(pieces), [&](int64_t i) {
      const auto &piece = pieces[i];
      with_type(list[piece.tensor], [&](auto element) {
        using S = decltype(element);
        sums[i] = kernels().of<S>().sum_of_squares(data<S>(list[piece.tensor]) + piece.first, piece.count);
      });
    });
    *result = std::accumulate(sums.begin(), sums.end(), gradient_squares_composed(others));
  });
}

int32_t ts_update_(const ts_updated_tensor *tensors, int32_t count, const ts_update_constants *constants,
                   TS_ERROR_ARGS) {
  return guard("update", {}, error, error_capacity, [&] {
    const c10::NoGradGuard off;
    const auto step = constants->step;
    const auto *seed = constants->seed;
    UpdateConstants shared{};
    shared.learning_rate = constants->learning_rate;
    shared.beta1 = constants->beta1;
    shared.beta2 = constants->beta2;
    shared.epsilon = constants->epsilon;
    shared.gradient_scale = constants->gradient_scale;
    shared.correction1 = 1 - std::pow(constants->beta1, step);
    shared.correction2 = 1 - std::pow(constants->beta2, step);
    std::vector<UpdateTensors> fast, others;
    std::vector<int64_t> lengths;
    const auto compose = [&](const std::vector<UpdateTensors> &composed) {
      if (constants->adamw != 0) {
        adamw_composed(composed, shared, step);
      } else {
        rmsprop_composed(composed, shared);
      }
    };
    const auto perhaps = [](ts_tensor tensor) { return tensor == nullptr ? at::Tensor() : unwrap(tensor); };
    const auto kept = [&](const UpdateTensors &t) {
      const auto is_narrow = t.parameter.scalar_type() == at::kBFloat16;
      return t.residue.defined() ? Keeping::compensated
             : !is_narrow        ? Keeping::wide
             : seed != nullptr   ? Keeping::stochastic
                                 : Keeping::nearest;
    };
    for (int32_t i = 0; i < count; i++) {
      const auto &given = tensors[i];
      UpdateTensors t;
      t.parameter = unwrap(given.parameter);
      t.gradient = unwrap(given.gradient);
      t.first = perhaps(given.first_moment);
      t.second = unwrap(given.second_moment);
      t.residue = perhaps(given.residue);
      t.decay = given.decay;
      t.key = seed == nullptr ? 0 : key_of(*seed, step, given.number);
      TORCH_CHECK(t.first.defined() == (constants->adamw != 0), "parameter ", i,
                  ": AdamW needs a first moment, RMSprop has none");
      const auto fits = [&](const at::Tensor &other) {
        return !other.defined() || other.sizes() == t.parameter.sizes();
      };
      TORCH_CHECK(fits(t.gradient) && fits(t.first) && fits(t.second) && fits(t.residue), "parameter ", i,
                  ": gradient, moments and residue must have its shape");
      const auto keeping = kept(t);
      const auto is_wide = keeping == Keeping::wide;
      TORCH_CHECK(is_wide || t.second.scalar_type() == at::kFloat, "parameter ", i,
                  ": a narrow one has float32 moments");
      TORCH_CHECK(!t.residue.defined() ||
                      (t.residue.scalar_type() == at::kBFloat16 && t.parameter.scalar_type() == at::kBFloat16),
                  "parameter ", i, ": it and its residue must be bfloat16");
      if (plain(t.parameter, is_wide ? at::kFloat : at::kBFloat16) &&
          (plain(t.gradient, at::kFloat) || plain(t.gradient, at::kBFloat16)) &&
          (!t.first.defined() || plain(t.first, at::kFloat)) && plain(t.second, at::kFloat) &&
          (!t.residue.defined() || plain(t.residue, at::kBFloat16))) {
        fast.push_back(t);
        lengths.push_back(t.parameter.numel());
      } else if (is_wide) {
        others.push_back(t);
      } else {
        update_narrow_composed(t, keeping, compose);
      }
    }
    compose(others);
    const auto pieces = pieces_of(lengths);
    each_task(static_cast<int64_t>(pieces.size()), elements_of(pieces), [&](int64_t n) {
      const auto &piece = pieces[n];
      const auto &t = fast[piece.tensor];
      auto own = shared;
      own.decay = t.decay;
      const auto wide = [&](const at::Tensor &tensor) {
        return tensor.defined() ? data<float>(tensor) + piece.first : nullptr;
      };
      const auto narrow = [&](const at::Tensor &tensor) {
        return tensor.defined() ? data<Bf16>(tensor) + piece.first : nullptr;
      };
      const auto keeping = kept(t);
      const auto is_wide = keeping == Keeping::wide;
      const auto narrow_gradient = t.gradient.scalar_type() == at::kBFloat16;
      UpdateTask task;
      task.keeping = keeping;
      task.narrow_gradient = narrow_gradient;
      task.wide = is_wide ? wide(t.parameter) : nullptr;
      task.narrow = is_wide ? nullptr : narrow(t.parameter);
      task.residue = narrow(t.residue);
      task.gradient = narrow_gradient ? static_cast<const void *>(narrow(t.gradient)) : wide(t.gradient);
      task.first_moment = wide(t.first);
      task.second_moment = wide(t.second);
      task.index = piece.first;
      task.n = piece.count;
      task.key = t.key;
      kernels().update(task, own);
    });
    // The kernels write where libtorch does not see it.
    for (const auto &t : fast) {
      t.parameter.unsafeGetTensorImpl()->bump_version();
    }
  });
}

int32_t ts_split_float32(ts_tensor wide, ts_tensor *high, ts_tensor *low, TS_ERROR_ARGS) {
  return guard("split_float32", {wide}, error, error_capacity, [&] {
    const c10::NoGradGuard off;
    const auto whole = unwrap(wide).detach().contiguous();
    TORCH_CHECK(whole.scalar_type() == at::kFloat, "only float32 has these halves");
    auto upper = at::empty(whole.sizes(), whole.options().dtype(at::kBFloat16)), lower = at::empty_like(upper);
    split_halves(whole, upper, lower);
    *high = wrap(std::move(upper));
    *low = wrap(std::move(lower));
  });
}

int32_t ts_join_float32(ts_tensor high, ts_tensor low, ts_tensor *wide, TS_ERROR_ARGS) {
  return guard("join_float32", {high, low}, error, error_capacity, [&] {
    const c10::NoGradGuard off;
    const auto &upper = unwrap(high), &lower = unwrap(low);
    TORCH_CHECK(upper.scalar_type() == at::kBFloat16 && lower.scalar_type() == at::kBFloat16 &&
                    upper.sizes() == lower.sizes(),
                "both halves are bfloat16, of one shape");
    *wide = wrap(joined_halves(upper.detach().contiguous(), lower.detach().contiguous()));
  });
}

int32_t ts_accumulate_gradients(const ts_tensor *narrow, const ts_tensor *wide, int32_t count, TS_ERROR_ARGS) {
  return guard("accumulate_gradients", {}, error, error_capacity, [&] {
    const c10::NoGradGuard off;
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
