// libtorch's c10d, where it is there with Gloo: then TS_GLOO is defined.
#pragma once

#if __has_include(<torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>) && !defined(TS_NO_GLOO)
#define TS_GLOO
#define USE_C10D_GLOO
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#endif
