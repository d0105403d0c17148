// Memory of tensors on the CPU.
#pragma once

namespace tspin {

// From now on libtorch takes the memory of CPU tensors from the heap of tensor_memory.cpp.
void use_tensor_heap();

} // namespace tspin
