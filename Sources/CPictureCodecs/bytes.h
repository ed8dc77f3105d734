#ifndef CODEC_BYTES_H
#define CODEC_BYTES_H

#include "CPictureCodecs.h"

// Appends, growing by doubling. 0 where there is no memory left; what was there stays.
int codec_bytes_append(codec_bytes *bytes, const uint8_t *more, size_t count);

#endif
