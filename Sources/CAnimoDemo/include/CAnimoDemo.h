#pragma once

#include <stddef.h>
#include <stdint.h>

/// A file that lies in the binary. Its bytes start at a multiple of 64 and live as long as the program.
typedef struct {
    const char *_Nonnull name;
    const uint8_t *_Nonnull start;
    const uint8_t *_Nonnull end;
} animo_demo_file;

/// The model file.
extern const animo_demo_file animo_demo_model;
/// The reference's results for it.
extern const animo_demo_file animo_demo_golden;
/// The SHA-256 of the model file, 64 hexadecimal digits.
extern const char *_Nonnull const animo_demo_digest;

/// Number of samples: pictures, and their facts as JSON.
extern const size_t animo_demo_sample_count;
/// The sample at `index`, which is below `animo_demo_sample_count`.
const animo_demo_file *_Nonnull animo_demo_sample(size_t index);
