#include "CProcessor.h"

enum processor_level processor_level(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return PROCESSOR_TOO_OLD;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
        return PROCESSOR_16_LANES;
    return PROCESSOR_8_LANES;
#elif defined(__aarch64__)
    return PROCESSOR_8_LANES;
#else
    return PROCESSOR_TOO_OLD;
#endif
}
