#include "CMemory.h"

#include <stdlib.h>

// The C library says what it is in any of its headers.
#ifdef __GLIBC__
#include <malloc.h>
#endif

void memory_limit_arenas(int count) {
#ifdef __GLIBC__
    mallopt(M_ARENA_MAX, count);
#else
    (void)count;
#endif
}

void memory_trim(void) {
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}
