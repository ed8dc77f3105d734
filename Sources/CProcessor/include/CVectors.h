#ifndef CVECTORS_H
#define CVECTORS_H

// Swift's own SIMD multiply-add is a loop over the lanes that only the optimiser's last passes make a vector again, if
// they recognise it; these are one instruction wherever the importing module's target has one.

typedef float float8 __attribute__((ext_vector_type(8)));
typedef float float16 __attribute__((ext_vector_type(16)));

/// a · b + c in one rounding, lane by lane.
static inline __attribute__((always_inline)) float8 vector8_fused(float8 a, float8 b, float8 c) {
    return __builtin_elementwise_fma(a, b, c);
}
static inline __attribute__((always_inline)) float16 vector16_fused(float16 a, float16 b, float16 c) {
    return __builtin_elementwise_fma(a, b, c);
}

/// The larger of two, lane by lane; b where either is not a number. That is what the instruction does; what
/// __builtin_elementwise_max promises of such numbers takes three.
static inline __attribute__((always_inline)) float8 vector8_larger(float8 a, float8 b) { return a > b ? a : b; }
static inline __attribute__((always_inline)) float16 vector16_larger(float16 a, float16 b) { return a > b ? a : b; }

/// The smaller of two, lane by lane; b where either is not a number.
static inline __attribute__((always_inline)) float8 vector8_smaller(float8 a, float8 b) { return a < b ? a : b; }

/// v^(-1/3) of positive numbers, within 4 parts in 100: bits taken as whole numbers are nearly logarithms.
static inline __attribute__((always_inline)) float8 vector8_near_inverse_cube_root(float8 v) {
    typedef int int8lanes __attribute__((ext_vector_type(8)));
    int8lanes bits;
    __builtin_memcpy(&bits, &v, sizeof bits);
    bits = 0x54a21d2a - bits / 3;
    float8 guess;
    __builtin_memcpy(&guess, &bits, sizeof guess);
    return guess;
}

/// Asks for the cache line of an address, of which any may be given.
static inline __attribute__((always_inline)) void prefetch(const void *address) {
    __builtin_prefetch(address);
}

typedef float float4 __attribute__((ext_vector_type(4)));

/// Four bytes as numbers 0 to 255.
static inline __attribute__((always_inline)) float4 vector4_of_bytes(const unsigned char *place) {
    typedef unsigned char byte4 __attribute__((ext_vector_type(4)));
    byte4 bytes;
    __builtin_memcpy(&bytes, place, 4);
    return __builtin_convertvector(bytes, float4);
}

#endif
