// Shared by every .cpp here: handles, dtype and device codes, and the one place where exceptions end.
#pragma once

#include "tspin_torch.h"

#include <ATen/ATen.h>

#include <atomic>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace tspin {

extern std::atomic<int64_t> live_tensors;

inline at::Tensor &unwrap(ts_tensor handle) { return *reinterpret_cast<at::Tensor *>(handle); }

inline ts_tensor wrap(at::Tensor &&tensor) {
  auto *owned = new at::Tensor(std::move(tensor));
  live_tensors.fetch_add(1, std::memory_order_relaxed);
  return reinterpret_cast<ts_tensor>(owned);
}

at::ScalarType scalar_type(int32_t dtype);
int32_t dtype_code(at::ScalarType type);
at::Device device_of(int32_t device);
at::TensorOptions options(int32_t dtype, int32_t device);

inline at::IntArrayRef sizes(const int64_t *values, int32_t count) {
  return at::IntArrayRef(values, static_cast<size_t>(count));
}

std::vector<at::Tensor> list_of(const ts_tensor *tensors, int32_t count);

// Turns the exception in flight into a status and a message "operation(float32 [2, 3], ...): reason".
int32_t report(const char *operation, std::initializer_list<ts_tensor> arguments, char *error,
               int64_t capacity) noexcept;

// Runs the body; every exception becomes a status. Usage:
// return guard("add", {a, b}, error, error_capacity, [&] { ... });
template <typename Body>
int32_t guard(const char *operation, std::initializer_list<ts_tensor> arguments, char *error, int64_t capacity,
              Body &&body) noexcept {
  try {
    body();
    return TS_OK;
  } catch (...) {
    return report(operation, arguments, error, capacity);
  }
}

} // namespace tspin
