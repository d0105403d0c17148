// What the fused operations share: the kernels' view of tensors, and loops over rows on libtorch's threads.
#pragma once

#include "kernels/kernels.h"
#include "ops/guard.h"

#include <ATen/Parallel.h>

#include <cstdlib>
#include <exception>
#include <memory>
#include <new>

namespace tspin {

inline bool has_kernels(const at::Tensor &t) {
  return kernels_on() && t.is_cpu() &&
         (t.scalar_type() == at::kFloat || t.scalar_type() == at::kDouble || t.scalar_type() == at::kBFloat16);
}

inline at::ScalarType wide_type(const at::Tensor &t) {
  return t.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
}

template <typename S> S *data(const at::Tensor &t) { return static_cast<S *>(t.data_ptr()); }

// body(S{}) with the kernels' element type of a tensor; only where has_kernels.
template <typename Body> auto with_type(const at::Tensor &t, Body &&body) {
  switch (t.scalar_type()) {
  case at::kFloat: return body(float{});
  case at::kDouble: return body(double{});
  case at::kBFloat16: return body(Bf16{});
  default: TORCH_CHECK(false, "no kernels for ", t.scalar_type());
  }
}

// Memory for one task of a kernel, at a cache line: vectors that lie across two lines cost twice.
template <typename A> std::unique_ptr<A, decltype(&std::free)> scratch_for(int64_t elements) {
  constexpr size_t line = 64;
  void *memory = std::aligned_alloc(line, (static_cast<size_t>(elements) * sizeof(A) + line) / line * line);
  if (memory == nullptr) {
    throw std::bad_alloc();
  }
  return {static_cast<A *>(memory), &std::free};
}

// Multiplications that a thread alone finishes in about the time that it takes to wake another: on a busy machine a
// waiting thread may sleep for milliseconds.
constexpr int64_t kWorthWaking = 1 << 16;

// Independent tasks of uneven length; the result of a task must not depend on the thread that runs it. `work`: roughly
// the multiplications of all tasks.
template <typename Body> void each_task(int64_t count, int64_t work, Body &&body) {
  std::exception_ptr failure = nullptr;
#pragma omp parallel for schedule(dynamic) num_threads(at::get_num_threads()) if (count > 1 && work >= kWorthWaking)
  for (int64_t i = 0; i < count; i++) {
    try {
      body(i);
    } catch (...) {
#pragma omp critical(tspin_task)
      failure = std::current_exception();
    }
  }
  if (failure) {
    std::rethrow_exception(failure);
  }
}

} // namespace tspin
