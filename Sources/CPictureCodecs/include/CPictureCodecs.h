// PNG and JPEG behind plain functions: libpng and libjpeg report errors by longjmp, which must never
// cross a Swift frame, so every setjmp is in this target. Nothing here allocates for a picture: callers
// read the header first, check their limits, and hand in the pixels' memory.
#ifndef C_PICTURE_CODECS_H
#define C_PICTURE_CODECS_H

#include <stddef.h>
#include <stdint.h>

typedef enum {
    CODEC_DONE = 0,
    CODEC_MALFORMED,    // damaged, or not this format
    CODEC_TRUNCATED,    // ends too early
    CODEC_UNSUPPORTED,  // a kind of picture that is not served
    CODEC_NO_MEMORY,
} codec_status;

// An error in the library's words. Never holds a path or an address.
typedef struct {
    char text[200];
} codec_message;

// A growing buffer that its owner gives back with `codec_bytes_free`.
typedef struct {
    uint8_t *bytes;
    size_t count;
    size_t capacity;
} codec_bytes;

void codec_bytes_free(codec_bytes *bytes);

// Size of a PNG, and 3 or 4 channels as `codec_png_decode` will write them.
codec_status codec_png_header(const uint8_t *bytes, size_t count, uint32_t *width, uint32_t *height,
                              uint32_t *channels, codec_message *message);

// Decodes any PNG to 8 bits a channel, RGB or RGBA (straight alpha), rows packed. `pixels` holds
// width * height * channels bytes as the header announced them. Gamma and colour profiles are ignored.
codec_status codec_png_decode(const uint8_t *bytes, size_t count, uint8_t *pixels, uint32_t width,
                              uint32_t height, uint32_t channels, codec_message *message);

codec_status codec_png_encode(const uint8_t *pixels, uint32_t width, uint32_t height, uint32_t channels,
                              codec_bytes *out, codec_message *message);

// Decodes a JPEG to RGB, rows packed: grey, YCbCr, RGB, CMYK and YCCK. `pixels` holds width * height * 3
// bytes. More than `scans` scans are refused.
codec_status codec_jpeg_decode(const uint8_t *bytes, size_t count, uint8_t *pixels, uint32_t width,
                               uint32_t height, uint32_t scans, codec_message *message);

// `quality` 1 ... 100. Chroma is halved both ways unless `full_chroma`.
codec_status codec_jpeg_encode(const uint8_t *pixels, uint32_t width, uint32_t height, uint32_t quality,
                               int full_chroma, codec_bytes *out, codec_message *message);

#endif
