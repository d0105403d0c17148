// Reductions. Sums that become reported figures are accumulated in float64.
#include "ops/guard.h"

using namespace tspin;

namespace {

c10::optional<at::ScalarType> optional_type(int32_t dtype) {
  return dtype < 0 ? c10::optional<at::ScalarType>() : c10::optional<at::ScalarType>(scalar_type(dtype));
}

} // namespace

int32_t ts_sum(ts_tensor a, const int64_t *dims, int32_t count, int32_t keep, ts_tensor *out, TS_ERROR_ARGS) {
  return guard("sum", {a}, error, error_capacity,
               [&] { *out = wrap(count == 0 ? unwrap(a).sum() : unwrap(a).sum(sizes(dims, count), keep != 0)); });
}

int32_t ts_mean(ts_tensor a, const int64_t *dims, int32_t count, int32_t keep, ts_tensor *out, TS_ERROR_ARGS) {
  return guard("mean", {a}, error, error_capacity,
               [&] { *out = wrap(count == 0 ? unwrap(a).mean() : unwrap(a).mean(sizes(dims, count), keep != 0)); });
}

int32_t ts_amax(ts_tensor a, int64_t dim, int32_t keep, ts_tensor *out, TS_ERROR_ARGS) {
  return guard("amax", {a}, error, error_capacity, [&] { *out = wrap(unwrap(a).amax(dim, keep != 0)); });
}

int32_t ts_argmax(ts_tensor a, int64_t dim, ts_tensor *out, TS_ERROR_ARGS) {
  return guard("argmax", {a}, error, error_capacity, [&] { *out = wrap(unwrap(a).argmax(dim)); });
}

int32_t ts_logsumexp(ts_tensor a, int64_t dim, int32_t keep, ts_tensor *out, TS_ERROR_ARGS) {
  return guard("logsumexp", {a}, error, error_capacity, [&] { *out = wrap(unwrap(a).logsumexp(dim, keep != 0)); });
}

int32_t ts_softmax(ts_tensor a, int64_t dim, int32_t dtype, ts_tensor *out, TS_ERROR_ARGS) {
  return guard("softmax", {a}, error, error_capacity,
               [&] { *out = wrap(unwrap(a).softmax(dim, optional_type(dtype))); });
}

int32_t ts_log_softmax(ts_tensor a, int64_t dim, int32_t dtype, ts_tensor *out, TS_ERROR_ARGS) {
  return guard("log_softmax", {a}, error, error_capacity,
               [&] { *out = wrap(unwrap(a).log_softmax(dim, optional_type(dtype))); });
}

int32_t ts_cumsum(ts_tensor a, int64_t dim, ts_tensor *out, TS_ERROR_ARGS) {
  return guard("cumsum", {a}, error, error_capacity, [&] { *out = wrap(unwrap(a).cumsum(dim)); });
}

int32_t ts_topk(ts_tensor a, int64_t k, int64_t dim, ts_tensor *values, ts_tensor *indices, TS_ERROR_ARGS) {
  return guard("topk", {a}, error, error_capacity, [&] {
    auto result = unwrap(a).topk(k, dim);
    *values = wrap(std::move(std::get<0>(result)));
    *indices = wrap(std::move(std::get<1>(result)));
  });
}

int32_t ts_sort_descending(ts_tensor a, int64_t dim, ts_tensor *values, ts_tensor *indices, TS_ERROR_ARGS) {
  return guard("sort_descending", {a}, error, error_capacity, [&] {
    auto result = unwrap(a).sort(/*stable=*/true, dim, /*descending=*/true);
    *values = wrap(std::move(std::get<0>(result)));
    *indices = wrap(std::move(std::get<1>(result)));
  });
}

int32_t ts_sum_of_squares(const ts_tensor *tensors, int32_t count, double *result, TS_ERROR_ARGS) {
  return guard("sum_of_squares", {}, error, error_capacity, [&] {
    double total = 0;
    for (int32_t i = 0; i < count; i++) {
      if (tensors[i] != nullptr) {
        const auto flat = unwrap(tensors[i]).detach().reshape(-1);
        // A float32 sum over millions of squares loses a percent: blocks of 2^16 elements go through float64.
        constexpr int64_t block = 1 << 16;
        for (int64_t start = 0; start < flat.numel(); start += block) {
          const auto part = flat.narrow(0, start, std::min(block, flat.numel() - start)).to(at::kDouble);
          total += part.dot(part).item<double>();
        }
      }
    }
    *result = total;
  });
}

int32_t ts_dot64(ts_tensor a, ts_tensor b, double *result, TS_ERROR_ARGS) {
  return guard("dot64", {a, b}, error, error_capacity, [&] {
    TORCH_CHECK(unwrap(a).sizes() == unwrap(b).sizes(), "the shapes differ");
    *result = unwrap(a)
                  .detach()
                  .reshape(-1)
                  .to(at::kDouble)
                  .dot(unwrap(b).detach().reshape(-1).to(at::kDouble))
                  .item<double>();
  });
}

int32_t ts_all_finite(ts_tensor a, int32_t *finite, TS_ERROR_ARGS) {
  return guard("all_finite", {a}, error, error_capacity,
               [&] { *finite = unwrap(a).isfinite().all().item<bool>() ? 1 : 0; });
}

int32_t ts_max_abs_difference(ts_tensor a, ts_tensor b, double *result, TS_ERROR_ARGS) {
  return guard("max_abs_difference", {a, b}, error, error_capacity, [&] {
    TORCH_CHECK(unwrap(a).sizes() == unwrap(b).sizes(), "the shapes differ");
    *result =
        unwrap(a).numel() == 0
            ? 0
            : unwrap(a).detach().to(at::kDouble).sub(unwrap(b).detach().to(at::kDouble)).abs().max().item<double>();
  });
}
