// Named generators: every draw states which one it takes from.
#include "ops/guard.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>

#include <random>

using namespace tspin;

namespace {
at::Generator &generator_of(ts_generator handle) { return *reinterpret_cast<at::Generator *>(handle); }

// libtorch seeds its Mersenne twister from the lower 32 bits alone. Below 2^32 we follow it, so that numbers equal
// PyTorch's; above, the whole seed is spread over the state.
at::mt19937 engine_of(uint64_t seed) {
  if (seed >> 32 == 0) {
    return at::mt19937(seed);
  }
  std::seed_seq words{static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)};
  auto engine = at::mt19937(seed);
  auto data = engine.data();
  words.generate(data.state_.begin(), data.state_.end());
  engine.set_data(data);
  return engine;
}

at::Generator cpu_generator(uint64_t seed) {
  auto generator = at::make_generator<at::CPUGeneratorImpl>(seed);
  generator.get<at::CPUGeneratorImpl>()->set_engine(engine_of(seed));
  return generator;
}

// Cloning the device's default generator gives an independent one on every device without CUDA headers.
at::Generator device_generator(uint64_t seed, int32_t device) {
  auto generator = at::globalContext().defaultGenerator(device_of(device)).clone();
  generator.set_current_seed(seed);
  return generator;
}
} // namespace

int32_t ts_generator_new(uint64_t seed, int32_t device, ts_generator *out, TS_ERROR_ARGS) {
  return guard("generator_new", {}, error, error_capacity, [&] {
    auto generator = device < 0 ? cpu_generator(seed) : device_generator(seed, device);
    *out = reinterpret_cast<ts_generator>(new at::Generator(std::move(generator)));
  });
}

void ts_generator_free(ts_generator generator) {
  if (generator != nullptr) {
    delete &generator_of(generator);
  }
}

int32_t ts_normal_(ts_tensor self, double mean, double deviation, ts_generator generator, TS_ERROR_ARGS) {
  return guard("normal_", {self}, error, error_capacity,
               [&] { unwrap(self).normal_(mean, deviation, generator_of(generator)); });
}

int32_t ts_uniform_(ts_tensor self, double low, double high, ts_generator generator, TS_ERROR_ARGS) {
  return guard("uniform_", {self}, error, error_capacity,
               [&] { unwrap(self).uniform_(low, high, generator_of(generator)); });
}
