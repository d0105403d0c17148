// Named generators: every draw states which one it takes from.
#include "guard.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>

using namespace tspin;

namespace {
at::Generator &generator_of(ts_generator handle) { return *reinterpret_cast<at::Generator *>(handle); }
} // namespace

int32_t ts_generator_new(uint64_t seed, int32_t device, ts_generator *out, TS_ERROR_ARGS) {
  return guard("generator_new", {}, error, error_capacity, [&] {
    // Cloning the device's default generator gives an independent one on every device without CUDA headers.
    auto generator = device < 0 ? at::make_generator<at::CPUGeneratorImpl>(seed) : at::globalContext().defaultGenerator(device_of(device)).clone();
    generator.set_current_seed(seed);
    *out = reinterpret_cast<ts_generator>(new at::Generator(std::move(generator)));
  });
}

void ts_generator_free(ts_generator generator) {
  if (generator != nullptr) {
    delete &generator_of(generator);
  }
}

int32_t ts_normal_(ts_tensor self, double mean, double deviation, ts_generator generator, TS_ERROR_ARGS) {
  return guard("normal_", {self}, error, error_capacity, [&] { unwrap(self).normal_(mean, deviation, generator_of(generator)); });
}

int32_t ts_uniform_(ts_tensor self, double low, double high, ts_generator generator, TS_ERROR_ARGS) {
  return guard("uniform_", {self}, error, error_capacity, [&] { unwrap(self).uniform_(low, high, generator_of(generator)); });
}
