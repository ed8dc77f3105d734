#pragma once

#include <stddef.h>
#include <stdint.h>

/// A file of the studio's page, which lies in the binary and lives as long as the program.
typedef struct {
    const char *_Nonnull name;
    const uint8_t *_Nonnull start;
    const uint8_t *_Nonnull end;
} studio_page_file;

/// How many files there are.
extern const size_t studio_page_file_count;
/// The file at `index`, which is below `studio_page_file_count`.
const studio_page_file *_Nonnull studio_page_files(size_t index);
