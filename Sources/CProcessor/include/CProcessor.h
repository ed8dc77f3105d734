#ifndef CPROCESSOR_H
#define CPROCESSOR_H

/// Features of the processor and the operating system that the kernels need.
enum processor_level {
    PROCESSOR_TOO_OLD = 0,
    /// x86-64 with AVX2 and FMA, or any arm64: the kernels of 8 lanes.
    PROCESSOR_8_LANES = 1,
    /// x86-64 with AVX-512 F, BW, CD, DQ and VL: also the kernels of 16 lanes.
    PROCESSOR_16_LANES = 2,
};

enum processor_level processor_level(void);

/// Tells the processor that the thread is waiting in a loop.
static inline void processor_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/// Asks for a cache line that will be read soon.
static inline __attribute__((always_inline)) void processor_prefetch(const void *place) { __builtin_prefetch(place, 0, 2); }

/// 1 if the importing module is built so that a vector multiply-add is one instruction.
#if defined(__FMA__) || defined(__aarch64__)
#define PROCESSOR_BUILT_WITH_FMA 1
#else
#define PROCESSOR_BUILT_WITH_FMA 0
#endif

#include "CVectors.h"

#endif
