// What the tests of the kernels share: numbers of every type, memory that ends where no memory is, and cases that are
// counted.
//
// A group of tests is a function that runs kernels of one set on inputs of its own making, computes the same in float64
// with plain loops, and has every result compared. It knows nothing of tensors, and neither do the kernels.
#pragma once

#include "kernels/kernels.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>
#include <vector>

namespace tspin::tests {

// ---- numbers ----

inline double wide(float x) { return x; }
inline double wide(double x) { return x; }
inline double wide(Bf16 x) {
  const uint32_t bits = static_cast<uint32_t>(x.bits) << 16;
  float value;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

// To nearest, ties to even.
template <typename S> S narrow(double x) {
  if constexpr (std::is_same_v<S, Bf16>) {
    const auto value = static_cast<float>(x);
    uint32_t bits;
    std::memcpy(&bits, &value, sizeof(bits));
    if (std::isnan(value)) {
      return {0x7fc0};
    }
    return {static_cast<uint16_t>((bits + 0x7fffu + (bits >> 16 & 1u)) >> 16)};
  } else {
    return static_cast<S>(x);
  }
}

template <typename S>
constexpr const char *kTypeName = std::is_same_v<S, double>  ? "float64"
                                  : std::is_same_v<S, float> ? "float32"
                                                             : "bfloat16";

// What rounding to the type changes at most, of the number itself; a little more, so that what is rounded may itself be
// a little off.
template <typename S>
constexpr double kRounding = std::is_same_v<S, double>  ? 1.2e-16
                             : std::is_same_v<S, float> ? 6.0e-8
                                                        : 3.92e-3;

// The same of the type of the arithmetic.
template <typename S> constexpr double kArithmetic = kRounding<typename Wide<S>::type>;

// Draws without any order, the same on every system (splitmix64).
class Draws {
public:
  explicit Draws(uint64_t seed) : state_(seed) {}

  uint64_t bits() {
    uint64_t x = state_ += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
  }
  double uniform() { return static_cast<double>(bits() >> 11) * 0x1p-53; }
  double centered() { return uniform() - 0.5; }
  double normal() { return std::sqrt(-2 * std::log(1 - uniform())) * std::cos(6.283185307179586 * uniform()); }
  int64_t below(int64_t n) { return static_cast<int64_t>(bits() % static_cast<uint64_t>(n)); }

private:
  uint64_t state_;
};

// ---- memory ----

// Bytes behind which no memory is: reading or writing beyond them ends the process. What lies in front of them is
// watched until they are freed.
class Pages {
public:
  Pages(int64_t bytes, int64_t alignment);
  ~Pages();
  Pages(Pages &&other) noexcept
      : pages_(other.pages_), data_(other.data_), all_(other.all_), guard_(other.guard_), used_(other.used_) {
    other.pages_ = nullptr;
  }
  Pages(const Pages &) = delete;
  Pages &operator=(const Pages &) = delete;
  void *data() const { return data_; }

private:
  uint8_t *pages_, *data_;
  int64_t all_, guard_, used_;
};

// Numbers of one type. Those drawn or given are rounded to it.
template <typename T> class Memory {
public:
  explicit Memory(int64_t n, int64_t alignment = 1) : pages_(n * static_cast<int64_t>(sizeof(T)), alignment), n_(n) {
    std::memset(pages_.data(), 0, bytes());
  }
  explicit Memory(const std::vector<double> &values) : Memory(static_cast<int64_t>(values.size())) {
    for (int64_t i = 0; i < n_; i++) {
      data()[i] = narrow<T>(values[static_cast<size_t>(i)]);
    }
  }

  T *data() const { return static_cast<T *>(pages_.data()); }
  int64_t size() const { return n_; }
  T &operator[](int64_t i) const { return data()[i]; }

  void fill(T value) const {
    for (int64_t i = 0; i < n_; i++) {
      data()[i] = value;
    }
  }
  template <typename Draw> void draw(Draw &&draw) const {
    for (int64_t i = 0; i < n_; i++) {
      data()[i] = narrow<T>(draw());
    }
  }

  std::vector<double> values() const {
    std::vector<double> all(static_cast<size_t>(n_));
    for (int64_t i = 0; i < n_; i++) {
      all[static_cast<size_t>(i)] = wide(data()[i]);
    }
    return all;
  }
  std::vector<uint8_t> bits() const {
    const auto *first = static_cast<const uint8_t *>(pages_.data());
    return {first, first + bytes()};
  }

private:
  size_t bytes() const { return static_cast<size_t>(n_) * sizeof(T); }

  Pages pages_;
  int64_t n_;
};

// Scratch memory as kernels are given it.
template <typename A> Memory<A> scratch_of(int64_t elements) { return Memory<A>(elements, 64); }

// ---- cases ----

std::string text(const char *format, ...) __attribute__((format(printf, 1, 2)));

// A number and how far off it may be.
struct Expected {
  double value, bound;
};

struct Totals {
  int64_t cases = 0, errors = 0, failed = 0, skipped = 0;
};

// The cases of one group of tests under one set of kernels. Every comparison is a case.
class Cases {
public:
  Cases(const Kernels &kernels, const char *group, Totals &totals)
      : kernels(kernels), where_(std::string(kernels.name) + ": " + group), totals_(totals) {}

  const Kernels &kernels;

  // What the cases that follow are about.
  void about(const std::string &what);

  void holds(const char *what, bool truth) { count(truth, what); }

  // What kernels have computed, for digest(). All that is compared by close() is recorded already.
  void record(const void *results, size_t bytes) {
    const auto *p = static_cast<const uint8_t *>(results);
    for (size_t i = 0; i < bytes; i++) {
      digest_ = (digest_ ^ p[i]) * 0x100000001b3u; // FNV-1a
    }
  }
  template <typename T> void record(const Memory<T> &results) {
    record(results.data(), static_cast<size_t>(results.size()) * sizeof(T));
  }

  // Of the bits of all that was recorded: the same before and after a change that is to change no result.
  uint64_t digest() const { return digest_; }

  // Every number within its bound; a NaN or an infinity exactly where one is expected.
  template <typename S> void close(const char *what, const Memory<S> &actual, const std::vector<Expected> &expected) {
    record(actual);
    std::string fault;
    if (static_cast<size_t>(actual.size()) != expected.size()) {
      fault = text("%s has %lld numbers, not %zu", what, static_cast<long long>(actual.size()), expected.size());
    }
    for (size_t i = 0; fault.empty() && i < expected.size(); i++) {
      const auto &e = expected[i];
      const auto value = wide(actual[static_cast<int64_t>(i)]);
      const auto fits = std::isfinite(e.value) ? std::abs(value - e.value) <= e.bound
                        : std::isnan(e.value)  ? std::isnan(value)
                                               : value == e.value;
      if (!fits) {
        fault = text("%s[%zu] is %.9g, not %.9g +- %.2g", what, i, value, e.value, e.bound);
      }
    }
    count(fault.empty(), fault);
  }

  // All within one share of the largest of them, or of 0.3, where all are about zero.
  template <typename S>
  void close(const char *what, const Memory<S> &actual, const std::vector<double> &expected, double share) {
    double largest = 0.3;
    for (const auto x : expected) {
      largest = std::max(largest, std::isfinite(x) ? std::abs(x) : 0);
    }
    std::vector<Expected> bounded;
    for (const auto x : expected) {
      bounded.push_back({x, share * largest});
    }
    close(what, actual, bounded);
  }

private:
  void count(bool passed, const std::string &fault);

  std::string where_, about_;
  uint64_t digest_ = 0xcbf29ce484222325u;
  Totals &totals_;
};

// ---- groups ----

void matrix_products(Cases &cases);
void few_rows(Cases &cases);
void layers(Cases &cases);
void attention(Cases &cases);
void decode_attention(Cases &cases);
void optimizer(Cases &cases);
void sampling(Cases &cases);

} // namespace tspin::tests
