// CUDA graphs: what a stretch of work launches is recorded once and launched again as one. Real only where CMake found
// CUDA's headers beside a libtorch with CUDA; elsewhere there are none, and callers launch kernel by kernel.
#include "ops/guard.h"

#include <c10/core/DeviceGuard.h>
#include <torch/csrc/api/include/torch/cuda.h>

#include <map>
#include <memory>

#if defined(TS_CUDA_GRAPHS)
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAStream.h>
#endif

using namespace tspin;

#if defined(TS_CUDA_GRAPHS)
namespace {

// Streams are waited for and devices chosen through c10, so that no function of CUDA's own runtime is called from here
// and none need be linked.
using c10::cuda::CUDAStream;

// One side stream per thread and device for all captures: cuBLAS keeps a workspace of megabytes for every stream that
// it has seen.
CUDAStream side_stream(c10::DeviceIndex device) {
  thread_local std::map<c10::DeviceIndex, CUDAStream> streams;
  const auto found = streams.find(device);
  return found != streams.end()
             ? found->second
             : streams.emplace(device, c10::cuda::getStreamFromPool(/*isHighPriority=*/false, device)).first->second;
}

// Prepared: its thread runs on the side stream, and what runs there warms up. Capturing: what runs there is recorded.
// Ready: replay may be called.
class Graph {
public:
  Graph(c10::DeviceIndex device, const Graph *pool_of)
      : device_(device), pool_(pool_of != nullptr ? pool_of->pool_ : at::cuda::graph_pool_handle()),
        side_(side_stream(device)), outer_(c10::cuda::getCurrentCUDAStream(device)) {
    outer_.unwrap().synchronize(); // what the work reads is written there
    c10::cuda::setCurrentCUDAStream(side_);
  }

  Graph(const Graph &) = delete;
  Graph &operator=(const Graph &) = delete;

  ~Graph() {
    if (state_ == State::ready) {
      return;
    }
    if (state_ == State::capturing) {
      give_up();
    }
    c10::cuda::setCurrentCUDAStream(outer_);
  }

  void begin() {
    TORCH_CHECK(state_ == State::prepared, "the graph has been captured or is being captured");
    const c10::DeviceGuard on(side_.device());
    side_.unwrap().synchronize();
    state_ = State::capturing;
    // Another thread, the finalizers' for one, may free tensors meanwhile: it is no business of this capture.
    graph_.capture_begin(pool_, cudaStreamCaptureModeThreadLocal);
  }

  void end() {
    TORCH_CHECK(state_ == State::capturing, "the graph is not being captured");
    const c10::DeviceGuard on(side_.device());
    graph_.capture_end();
    state_ = State::ready;
    c10::cuda::setCurrentCUDAStream(outer_);
  }

  void replay() {
    TORCH_CHECK(state_ == State::ready, "the graph has not been captured");
    const c10::DeviceGuard on(side_.device());
    graph_.replay();
  }

private:
  enum class State { prepared, capturing, ready };

  // A capture that fails leaves the stream capturing, or the allocator still directing memory to the graph's pool.
  void give_up() noexcept {
    try {
      const c10::DeviceGuard on(side_.device());
      try {
        graph_.capture_end();
      } catch (...) {
        c10::cuda::CUDACachingAllocator::endAllocateToPool(device_, pool_);
      }
    } catch (...) {
    }
  }

  c10::DeviceIndex device_;
  decltype(at::cuda::graph_pool_handle()) pool_; // its name has moved between versions
  CUDAStream side_, outer_;
  State state_ = State::prepared;
  at::cuda::CUDAGraph graph_;
};

Graph &graph_of(ts_graph handle) { return *reinterpret_cast<Graph *>(handle); }

} // namespace

int32_t ts_graphs_available(int32_t *available, TS_ERROR_ARGS) {
  return guard("graphs_available", {}, error, error_capacity,
               [&] { *available = torch::cuda::is_available() ? 1 : 0; });
}

int32_t ts_graph_new(int32_t device, ts_graph pool_of, ts_graph *out, TS_ERROR_ARGS) {
  return guard("graph_new", {}, error, error_capacity, [&] {
    TORCH_CHECK(device >= 0, "the CPU has no CUDA graphs");
    const c10::DeviceGuard on(device_of(device));
    *out = reinterpret_cast<ts_graph>(
        new Graph(device_of(device).index(), pool_of != nullptr ? &graph_of(pool_of) : nullptr));
  });
}

int32_t ts_graph_begin(ts_graph graph, TS_ERROR_ARGS) {
  return guard("graph_begin", {}, error, error_capacity, [&] { graph_of(graph).begin(); });
}

int32_t ts_graph_end(ts_graph graph, TS_ERROR_ARGS) {
  return guard("graph_end", {}, error, error_capacity, [&] { graph_of(graph).end(); });
}

int32_t ts_graph_replay(ts_graph graph, TS_ERROR_ARGS) {
  return guard("graph_replay", {}, error, error_capacity, [&] { graph_of(graph).replay(); });
}

void ts_graph_free(ts_graph graph) {
  if (graph != nullptr) {
    delete &graph_of(graph);
  }
}

#else

namespace {

int32_t no_graphs(const char *operation, char *error, int64_t capacity) {
  return guard(operation, {}, error, capacity, [] {
    TORCH_CHECK(false, "this build has no CUDA graphs: no CUDA headers were found beside a libtorch with CUDA");
  });
}

} // namespace

int32_t ts_graphs_available(int32_t *available, TS_ERROR_ARGS) {
  return guard("graphs_available", {}, error, error_capacity, [&] { *available = 0; });
}

int32_t ts_graph_new(int32_t, ts_graph, ts_graph *, TS_ERROR_ARGS) {
  return no_graphs("graph_new", error, error_capacity);
}

int32_t ts_graph_begin(ts_graph, TS_ERROR_ARGS) { return no_graphs("graph_begin", error, error_capacity); }

int32_t ts_graph_end(ts_graph, TS_ERROR_ARGS) { return no_graphs("graph_end", error, error_capacity); }

int32_t ts_graph_replay(ts_graph, TS_ERROR_ARGS) { return no_graphs("graph_replay", error, error_capacity); }

void ts_graph_free(ts_graph) {}

#endif
