#ifndef CALLOCATIONCOUNT_H
#define CALLOCATIONCOUNT_H

/// 1 where this program's allocations are counted: with glibc, and without a sanitizer, which has an allocator of its own.
int allocations_are_counted(void);

/// Number of allocations of the calling thread since it began.
long allocations_of_this_thread(void);

#endif
