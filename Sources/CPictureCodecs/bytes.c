#include "bytes.h"

#include <stdlib.h>
#include <string.h>

void codec_bytes_free(codec_bytes *bytes) {
    free(bytes->bytes);
    *bytes = (codec_bytes){0};
}

int codec_bytes_append(codec_bytes *bytes, const uint8_t *more, size_t count) {
    if (count > SIZE_MAX / 2 - bytes->count) return 0;
    size_t needed = bytes->count + count;
    if (needed > bytes->capacity) {
        size_t capacity = bytes->capacity ? bytes->capacity : 16384;
        while (capacity < needed) capacity *= 2;
        uint8_t *grown = realloc(bytes->bytes, capacity);
        if (!grown) return 0;
        bytes->bytes = grown;
        bytes->capacity = capacity;
    }
    memcpy(bytes->bytes + bytes->count, more, count);
    bytes->count = needed;
    return 1;
}
