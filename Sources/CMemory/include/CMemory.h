#ifndef CMEMORY_H
#define CMEMORY_H

/// Lets all threads share so many arenas of the allocator; where the C library has none, nothing happens.
void memory_limit_arenas(int count);

/// Gives free memory at the allocator back to the system.
void memory_trim(void);

#endif
