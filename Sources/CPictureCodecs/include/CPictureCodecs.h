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

// A growing buffer that its owner frees with `codec_bytes_free`.
typedef struct {
    uint8_t *bytes;
    size_t count;
    size_t capacity;
} codec_bytes;

void codec_bytes_free(codec_bytes *bytes);

// A PNG as its header announces it, and how it is to be read.
typedef struct {
    uint32_t width;
    uint32_t height;
    uint32_t channels;  // 3 or 4, as decoded
    uint32_t shrink;    // each square of so many pixels a side becomes one; 1: as it is
} codec_png_size;

// `shrink` of the result is 1.
codec_status codec_png_header(const uint8_t *bytes, size_t count, codec_png_size *size, codec_message *message);

// A side of the picture as decoded: the last pixel may stand for fewer than `shrink`, which is at least 1.
uint32_t codec_png_shrunk(uint32_t side, uint32_t shrink);

// Decodes any PNG to 8 bits a channel, RGB or RGBA (straight alpha), rows packed. `pixels` holds both sides as
// `codec_png_shrunk` gives them, times the channels that the header announced. Shrinking holds one row of the whole
// picture, so an interlaced one cannot be. Gamma and colour profiles are ignored.
codec_status codec_png_decode(const uint8_t *bytes, size_t count, uint8_t *pixels, codec_png_size size,
                              codec_message *message);

codec_status codec_png_encode(const uint8_t *pixels, uint32_t width, uint32_t height, uint32_t channels,
                              codec_bytes *out, codec_message *message);

// A JPEG as its header announces it, and how it is to be read.
typedef struct {
    uint32_t width;
    uint32_t height;
    uint32_t eighths;  // 1 ... 8: the part of either side it is shrunk to while it is decoded
} codec_jpeg_size;

// A side of the picture as decoded, rounded up.
uint32_t codec_jpeg_scaled(uint32_t side, uint32_t eighths);

// Decodes a JPEG to RGB, rows packed: grey, YCbCr, RGB, CMYK and YCCK. `pixels` holds both sides as
// `codec_jpeg_scaled` gives them, times 3. More than `scans` scans are refused. The mark that ends the image may be
// missing, its data may not.
codec_status codec_jpeg_decode(const uint8_t *bytes, size_t count, uint8_t *pixels, codec_jpeg_size size,
                               uint32_t scans, codec_message *message);

// `quality` 1 ... 100. Chroma is halved both ways unless `full_chroma`.
codec_status codec_jpeg_encode(const uint8_t *pixels, uint32_t width, uint32_t height, uint32_t quality,
                               int full_chroma, codec_bytes *out, codec_message *message);

#endif
