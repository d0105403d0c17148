// The kernels of kernels.h for one instruction set: the compiler's flags and TS_KERNEL_SET decide which.
// The headers here other than kernels.h and choice.h, and those of simd/, are part of this file alone, and with it
// compiled once per instruction set.
//
// Only functions of internal linkage and no standard library templates: a template instantiated here with AVX-512 could
// be the copy that the linker keeps for the whole library.
#include "kernels/decode_bfloat16.h"
#include "kernels/decode_float32.h"
#include "kernels/gated_unit.h"
#include "kernels/log_probs.h"
#include "kernels/matrix_products.h"
#include "kernels/norms.h"
#include "kernels/optimizer.h"
#include "kernels/sampling.h"
#include "kernels/sums.h"
#include "kernels/twelve_bits.h"

namespace tspin {
namespace {

template <typename S> KernelTable<S> table() {
  return {rms_norm<S>,      rms_norm_grad<S>,     swiglu<S>,         swiglu_grad<S>,   log_sum_exp<S>,
          log_prob_grad<S>, attention_scratch<S>, attention,         attention_grad,   sum_of_squares<S>,
          sum_rows<S>,      turn_heads<S>,        decode_scratch<S>, decode_attention, add_scaled<S>,
          few_rows<S>(),    matrix_products<S>()};
}

} // namespace

#define TS_QUOTE_(x) #x
#define TS_QUOTE(x) TS_QUOTE_(x)
#define TS_JOIN_(a, b) a##b
#define TS_JOIN(a, b) TS_JOIN_(a, b)

Kernels TS_JOIN(kernels_, TS_KERNEL_SET)() {
  return {TS_QUOTE(TS_KERNEL_SET), table<float>(), table<double>(), table<Bf16>(), update, choose};
}

} // namespace tspin
