// Where threads wait for each other.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace tspin {

// A barrier for waits of microseconds. OpenMP's, set to spin as briefly as suits a whole program, sends a thread to
// sleep within those and wakes it late; this one spins for about a tenth of a millisecond and then lets others run
// between looks.
class Meeting {
public:
  // Returns when `threads` threads have called it as often as this one.
  void wait(int64_t threads) {
    const auto round = round_.load(std::memory_order_acquire);
    if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == threads) {
      arrived_.store(0, std::memory_order_relaxed);
      round_.store(round + 1, std::memory_order_release);
      return;
    }
    for (int looks = 0; round_.load(std::memory_order_acquire) == round; looks++) {
      if (looks >= kLooks) {
        std::this_thread::yield();
        continue;
      }
#if defined(__x86_64__)
      _mm_pause();
#endif
    }
  }

private:
  static constexpr int kLooks = 8192;

  alignas(64) std::atomic<int64_t> arrived_{0};
  alignas(64) std::atomic<int64_t> round_{0};
};

} // namespace tspin
