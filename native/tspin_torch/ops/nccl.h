// NCCL, NVIDIA's collectives between GPUs, as far as process groups need them. Neither its headers nor CUDA's are
// needed: the functions are found by name when the first GPU joins, in libraries that a libtorch with CUDA has loaded
// already or that the system has, and are declared in nccl.cpp.
#pragma once

#include <ATen/ATen.h>

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace tspin {

class NcclGroup {
public:
  // What rank 0 makes and all others are told.
  using Id = std::array<char, 128>;
  // Waits for what was begun; throws where it failed or did not end in time.
  using Finish = std::function<void()>;

  // The library's file, empty for libnccl.so.2, or "off" for none; before anything else is asked.
  static void use(const std::string &library);
  // Why there is no NCCL in this process; empty where there is.
  static std::string missing();
  static Id make_id();

  // All ranks of the group, each with a GPU of its own. Throws on all of them where it fails on one.
  NcclGroup(at::Device device, int32_t rank, int32_t size, const Id &id, std::chrono::milliseconds timeout);
  NcclGroup(const NcclGroup &) = delete;
  NcclGroup &operator=(const NcclGroup &) = delete;
  ~NcclGroup();

  // Tensors: flat, contiguous, on this group's device. Each begins behind what the device was given to do before,
  // beside what it is given later. Sums are float32, float64 or int64; what is moved is bytes.
  Finish all_reduce(const at::Tensor &tensor);
  Finish reduce(const at::Tensor &tensor, int32_t root);
  Finish broadcast(const at::Tensor &tensor, int32_t root);
  Finish all_gather(const at::Tensor &part, const at::Tensor &whole);
  Finish reduce_scatter(const at::Tensor &whole, const at::Tensor &part);

private:
  template <typename Launch> Finish begin(Launch &&launch);
  void enter();
  void finish(void *event);
  void abort() noexcept;

  at::Device device_;
  std::chrono::milliseconds timeout_;
  void *context_ = nullptr; // CUcontext
  void *stream_ = nullptr;  // CUstream: operations run beside what libtorch computes
  void *comm_ = nullptr;    // ncclComm_t
};

} // namespace tspin
