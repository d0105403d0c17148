// A decoder's blocks for one new token per row, in place: no graph, no views, no copies of the cache.
#include "ops/decode_worker.h"

#include <c10/core/GradMode.h>

#include <omp.h>

using namespace tspin;
using namespace tspin::decoding;

namespace {

template <typename S> void run(const Step &step) {
  // Nothing below throws between two waits: all memory is there before.
  const auto takes = [&](const Block &block) {
    const auto &few = kernels().of<S>().few_rows;
    return std::all_of(block.projections.begin(), block.projections.end(), [&](const Projection &projection) {
      return few.takes(step.rows, projection.depth()) &&
             (projection.rank() == 0 || few.takes(step.rows, projection.rank()));
    });
  };
  if (std::all_of(step.blocks.begin(), step.blocks.end(), takes)) {
    // Woken once a step, the threads wait for one another in every block, but awake.
    const auto worth = static_cast<int64_t>(step.blocks.size()) * kWorthWaking / 2;
    const int64_t threads = step.work() < worth ? 1 : at::get_num_threads();
    const Buffers<S> buffers(step, threads);
    Meeting meeting;
#pragma omp parallel num_threads(threads)
    Worker<S>(step, buffers, &meeting, omp_get_thread_num(), omp_get_num_threads()).run();
    return;
  }
  Worker<S>(step, Buffers<S>(step, 1), nullptr, 0, 1).run();
}

} // namespace

int32_t ts_decode(const ts_decode_block *blocks, int32_t count, ts_tensor hidden, const int64_t *positions,
                  TS_ERROR_ARGS) {
  return guard("decode", {hidden}, error, error_capacity, [&] {
    const c10::NoGradGuard off;
    Step step;
    step.hidden = unwrap(hidden).detach();
    TORCH_CHECK(has_kernels(step.hidden) && step.hidden.dim() == 2 && step.hidden.is_contiguous() &&
                    step.hidden.size(0) > 0,
                "hidden must be [N, H], contiguous, on the CPU");
    step.positions = positions;
    step.rows = step.hidden.size(0);
    step.width = step.hidden.size(1);
    step.blocks.reserve(static_cast<size_t>(count));
    for (int32_t i = 0; i < count; i++) {
      step.blocks.push_back(block_of(blocks[i], step));
    }
    with_type(step.hidden, [&](auto element) { run<decltype(element)>(step); });
  });
}
