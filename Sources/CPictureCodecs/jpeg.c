#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <jerror.h>

#include "bytes.h"

// Everything a jump may leave behind lives here, in a caller of the function that calls setjmp, so that longjmp
// clobbers none of it.
typedef struct {
    struct jpeg_error_mgr errors;  // first, so that cinfo->err is also the job
    jmp_buf escape;
    codec_status status;
    codec_message *message;
    struct jpeg_decompress_struct reader;
    struct jpeg_compress_struct writer;
    struct jpeg_progress_mgr progress;
    uint32_t scans;
    int begun;  // the first scan was found
    int ended;  // the data ended before the end of the image was marked
    uint8_t *row;  // one of CMYK
    struct jpeg_destination_mgr destination;
    codec_bytes *out;
    uint8_t buffer[8192];
} jpeg_job;

static _Noreturn void fail(jpeg_job *job, codec_status status, const char *text) {
    job->status = status;
    strncpy(job->message->text, text, sizeof job->message->text - 1);
    job->message->text[sizeof job->message->text - 1] = 0;
    longjmp(job->escape, 1);
}

static _Noreturn void fail_truncated(jpeg_job *job) {
    fail(job, CODEC_TRUNCATED, "the data ends before the picture does");
}

static void on_error(j_common_ptr info) {
    jpeg_job *job = (jpeg_job *)info->err;
    char text[JMSG_LENGTH_MAX];
    info->err->format_message(info, text);
    if (job->ended) fail_truncated(job);
    switch (info->err->msg_code) {
        case JERR_OUT_OF_MEMORY: fail(job, CODEC_NO_MEMORY, text);
        case JERR_INPUT_EOF: case JERR_INPUT_EMPTY: fail(job, CODEC_TRUNCATED, text);
        case JERR_SOF_UNSUPPORTED: case JERR_BAD_PRECISION: case JERR_CONVERSION_NOTIMPL: case JERR_NOTIMPL:
        case JERR_NOT_COMPILED: case JERR_ARITH_NOTIMPL: case JERR_FRACT_SAMPLE_NOTIMPL:
            fail(job, CODEC_UNSUPPORTED, text);
        default: fail(job, CODEC_MALFORMED, text);
    }
}

// libjpeg goes on after these and fills with grey; a picture with a hole is no picture. Data that ends where only the
// end of the image is missing holds every pixel: the entropy decoder tells where it wanted more (JWRN_HIT_MARKER), but
// for the arithmetic one, which takes zeros in silence.
static void on_message(j_common_ptr info, int level) {
    if (level >= 0) return;
    jpeg_job *job = (jpeg_job *)info->err;
    char text[JMSG_LENGTH_MAX];
    info->err->format_message(info, text);
    switch (info->err->msg_code) {
        case JWRN_JPEG_EOF:
            if (!job->begun || job->reader.arith_code) fail_truncated(job);
            job->ended = 1;
            return;
        case JWRN_HIT_MARKER: case JWRN_HUFF_BAD_CODE: case JWRN_MUST_RESYNC: case JWRN_ARITH_BAD_CODE:
            if (job->ended) fail_truncated(job);
            fail(job, CODEC_MALFORMED, text);
        default: return;
    }
}

static void on_output(j_common_ptr info) {}

static void watch_scans(j_common_ptr info) {
    jpeg_job *job = (jpeg_job *)info->err;
    if ((uint32_t)job->reader.input_scan_number > job->scans) fail(job, CODEC_MALFORMED, "too many scans");
}

static void set_errors(jpeg_job *job) {
    jpeg_std_error(&job->errors);
    job->errors.error_exit = on_error;
    job->errors.emit_message = on_message;
    job->errors.output_message = on_output;
}

// Without a profile, as browsers do it. Adobe's files hold the ink inverted.
static void cmyk_to_rgb(const uint8_t *ink, uint8_t *rgb, size_t count, int inverted) {
    unsigned flip = inverted ? 0 : 255;
    for (size_t i = 0; i < count; i++) {
        unsigned light = ink[4 * i + 3] ^ flip;
        for (int c = 0; c < 3; c++) rgb[3 * i + c] = (uint8_t)(((ink[4 * i + c] ^ flip) * light + 127) / 255);
    }
}

// Indicates whether scans are missing in data that ended unmarked: a component without any, or coefficients not yet refined.
static int lacks_scans(const struct jpeg_decompress_struct *reader) {
    for (int i = 0; i < reader->num_components; i++) {
        if (!reader->comp_info[i].quant_table) return 1;
        for (int k = 0; reader->progressive_mode && reader->coef_bits && k < DCTSIZE2; k++)
            if (reader->coef_bits[i][k] != 0) return 1;
    }
    return 0;
}

static void read_picture(jpeg_job *job, const uint8_t *bytes, size_t count, uint8_t *pixels, codec_jpeg_size size) {
    struct jpeg_decompress_struct *reader = &job->reader;
    jpeg_create_decompress(reader);
    job->progress.progress_monitor = watch_scans;
    reader->progress = &job->progress;
    jpeg_mem_src(reader, bytes, count);
    jpeg_read_header(reader, TRUE);
    job->begun = 1;
    if (reader->image_width != size.width || reader->image_height != size.height)
        fail(job, CODEC_MALFORMED, "two headers that differ in size");
    int four = reader->jpeg_color_space == JCS_CMYK || reader->jpeg_color_space == JCS_YCCK;
    if (reader->jpeg_color_space == JCS_UNKNOWN) fail(job, CODEC_UNSUPPORTED, "an unknown colour space");
    reader->out_color_space = four ? JCS_CMYK : JCS_RGB;
    reader->scale_num = size.eighths;
    reader->scale_denom = 8;
    jpeg_start_decompress(reader);
    if (reader->output_width != codec_jpeg_scaled(size.width, size.eighths) ||
        reader->output_height != codec_jpeg_scaled(size.height, size.eighths))
        fail(job, CODEC_UNSUPPORTED, "this kind of JPEG cannot be shrunk");
    size_t row = (size_t)reader->output_width * 3;
    if (four && !(job->row = malloc((size_t)reader->output_width * 4)))
        fail(job, CODEC_NO_MEMORY, "no memory for a row");
    while (reader->output_scanline < reader->output_height) {
        uint8_t *place = pixels + reader->output_scanline * row;
        JSAMPROW rows[1] = {four ? job->row : place};
        if (jpeg_read_scanlines(reader, rows, 1) != 1) fail_truncated(job);
        if (four) cmyk_to_rgb(job->row, place, reader->output_width, reader->saw_Adobe_marker);
    }
    if (job->ended && lacks_scans(reader)) fail_truncated(job);
    jpeg_finish_decompress(reader);
}

static void try_read(jpeg_job *job, const uint8_t *bytes, size_t count, uint8_t *pixels, codec_jpeg_size size) {
    if (setjmp(job->escape) == 0) read_picture(job, bytes, count, pixels, size);
}

codec_status codec_jpeg_decode(const uint8_t *bytes, size_t count, uint8_t *pixels, codec_jpeg_size size,
                               uint32_t scans, codec_message *message) {
    jpeg_job job = {.status = CODEC_DONE, .message = message, .scans = scans};
    set_errors(&job);
    job.reader.err = &job.errors;
    try_read(&job, bytes, count, pixels, size);
    free(job.row);
    jpeg_destroy_decompress(&job.reader);
    return job.status;
}

uint32_t codec_jpeg_scaled(uint32_t side, uint32_t eighths) {
    return (uint32_t)(((uint64_t)side * eighths + 7) / 8);
}

static void start_output(j_compress_ptr writer) {
    jpeg_job *job = (jpeg_job *)writer->err;
    job->destination.next_output_byte = job->buffer;
    job->destination.free_in_buffer = sizeof job->buffer;
}

static boolean empty_output(j_compress_ptr writer) {
    jpeg_job *job = (jpeg_job *)writer->err;
    if (!codec_bytes_append(job->out, job->buffer, sizeof job->buffer))
        fail(job, CODEC_NO_MEMORY, "no memory for the encoded picture");
    start_output(writer);
    return TRUE;
}

static void end_output(j_compress_ptr writer) {
    jpeg_job *job = (jpeg_job *)writer->err;
    if (!codec_bytes_append(job->out, job->buffer, sizeof job->buffer - job->destination.free_in_buffer))
        fail(job, CODEC_NO_MEMORY, "no memory for the encoded picture");
}

static void write_picture(jpeg_job *job, const uint8_t *pixels, uint32_t width, uint32_t height,
                          uint32_t quality, int full_chroma) {
    struct jpeg_compress_struct *writer = &job->writer;
    jpeg_create_compress(writer);
    job->destination.init_destination = start_output;
    job->destination.empty_output_buffer = empty_output;
    job->destination.term_destination = end_output;
    writer->dest = &job->destination;
    writer->image_width = width;
    writer->image_height = height;
    writer->input_components = 3;
    writer->in_color_space = JCS_RGB;
    jpeg_set_defaults(writer);
    jpeg_set_quality(writer, (int)quality, TRUE);
    if (full_chroma) writer->comp_info[0].h_samp_factor = writer->comp_info[0].v_samp_factor = 1;
    jpeg_start_compress(writer, TRUE);
    size_t row = (size_t)width * 3;
    while (writer->next_scanline < height) {
        JSAMPROW rows[1] = {(JSAMPROW)(pixels + writer->next_scanline * row)};
        jpeg_write_scanlines(writer, rows, 1);
    }
    jpeg_finish_compress(writer);
}

static void try_write(jpeg_job *job, const uint8_t *pixels, uint32_t width, uint32_t height, uint32_t quality,
                      int full_chroma) {
    if (setjmp(job->escape) == 0) write_picture(job, pixels, width, height, quality, full_chroma);
}

codec_status codec_jpeg_encode(const uint8_t *pixels, uint32_t width, uint32_t height, uint32_t quality,
                               int full_chroma, codec_bytes *out, codec_message *message) {
    jpeg_job job = {.status = CODEC_DONE, .message = message, .out = out};
    set_errors(&job);
    job.writer.err = &job.errors;
    try_write(&job, pixels, width, height, quality, full_chroma);
    jpeg_destroy_compress(&job.writer);
    return job.status;
}
