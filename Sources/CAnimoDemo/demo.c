// Puts the files of model/ into the binary.
//
// The build does not see that this file reads them. So the recipe's export (Tests/Reference/animo/export.py)
// writes their digests below: a new model changes this file, and that forces a rebuild. A test compares the two.
//
// SHA-256 of demo.safetensors: f8bac0679b4be1228d5fef85a61f51f6bf2431561af1e29d5cc1e05d11311128
// SHA-256 of demo-golden.safetensors: 1385af2cff4edd6d2f049f4f8ced975d31af64df6b9c2106bd7b588a6e4e7e76
// SHA-256 of samples, one after the other by name: 229848dfb109090f383b7758afa9dbb2dd6d0cdd4c50f0654ab123d736f5e631

#include "CAnimoDemo.h"

const char *const animo_demo_digest = "f8bac0679b4be1228d5fef85a61f51f6bf2431561af1e29d5cc1e05d11311128";

/// Reads a file into read-only data, between two symbols.
#define EMBED(symbol, path) \
    extern const uint8_t symbol##_start[] __attribute__((visibility("hidden"))); \
    extern const uint8_t symbol##_end[] __attribute__((visibility("hidden"))); \
    __asm__( \
        ".pushsection .rodata\n" \
        ".balign 64\n" \
        ".global " #symbol "_start\n" \
        #symbol "_start:\n" \
        ".incbin \"" path "\"\n" \
        ".global " #symbol "_end\n" \
        #symbol "_end:\n" \
        ".byte 0\n" \
        ".popsection\n")

EMBED(animo_demo_model_bytes, "demo.safetensors");
EMBED(animo_demo_golden_bytes, "demo-golden.safetensors");

const animo_demo_file animo_demo_model = {
    "demo.safetensors", animo_demo_model_bytes_start, animo_demo_model_bytes_end};
const animo_demo_file animo_demo_golden = {
    "demo-golden.safetensors", animo_demo_golden_bytes_start, animo_demo_golden_bytes_end};

#define SAMPLES_OF(each, domain) \
    each(domain##_1, #domain "-1.png") \
    each(domain##_2, #domain "-2.png") \
    each(domain##_3, #domain "-3.png") \
    each(domain##_4, #domain "-4.png") \
    each(domain##_5, #domain "-5.png") \
    each(domain##_6, #domain "-6.png") \
    each(domain##_large, #domain "-large.png") \
    each(domain##_driving_1, #domain "-driving-1.png") \
    each(domain##_driving_2, #domain "-driving-2.png") \
    each(domain##_driving_3, #domain "-driving-3.png") \
    each(domain##_driving_4, #domain "-driving-4.png") \
    each(domain##_driving, #domain "-driving.json")
#define SAMPLES(each) \
    SAMPLES_OF(each, anime) \
    SAMPLES_OF(each, vox) \
    each(sequence, "sequence.json")

#define EMBED_SAMPLE(symbol, name) EMBED(animo_demo_##symbol, "samples/" name);
#define NAME_SAMPLE(symbol, name) {name, animo_demo_##symbol##_start, animo_demo_##symbol##_end},

SAMPLES(EMBED_SAMPLE)

static const animo_demo_file samples[] = {SAMPLES(NAME_SAMPLE)};

const size_t animo_demo_sample_count = sizeof samples / sizeof samples[0];

const animo_demo_file *animo_demo_sample(size_t index) { return &samples[index]; }
