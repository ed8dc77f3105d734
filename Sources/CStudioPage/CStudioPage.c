// Puts the files of page/ into the binary.
//
// The build does not see that this file reads them: `Sources/CStudioPage/embed.sh` writes their digest below, which
// forces a rebuild, and a test compares the two.
//
// SHA-256 of all, one after the other by name: becc28aac6008d04e6f9ece10e98be755cc52b983e2b8519d7c0833f6da17d51

#include "CStudioPage.h"

#define EMBED(symbol, path) \
    extern const uint8_t page_##symbol##_start[] __attribute__((visibility("hidden"))); \
    extern const uint8_t page_##symbol##_end[] __attribute__((visibility("hidden"))); \
    __asm__( \
        ".pushsection .rodata\n" \
        ".global page_" #symbol "_start\n" \
        "page_" #symbol "_start:\n" \
        ".incbin \"" path "\"\n" \
        ".global page_" #symbol "_end\n" \
        "page_" #symbol "_end:\n" \
        ".byte 0\n" \
        ".popsection\n");

#define FILES(each) \
    each(camera_js, "camera.js") \
    each(control_js, "control.js") \
    each(crop_js, "crop.js") \
    each(engine_js, "engine.js") \
    each(film_js, "film.js") \
    each(flow_js, "flow.js") \
    each(frames_js, "frames.js") \
    each(heads_js, "heads.js") \
    each(icon_svg, "icon.svg") \
    each(index_html, "index.html") \
    each(keep_js, "keep.js") \
    each(kept_js, "kept.js") \
    each(life_js, "life.js") \
    each(look_js, "look.js") \
    each(main_js, "main.js") \
    each(motion_js, "motion.js") \
    each(network_js, "network.js") \
    each(overlay_css, "overlay.css") \
    each(overlay_html, "overlay.html") \
    each(overlay_js, "overlay.js") \
    each(sliders_js, "sliders.js") \
    each(socket_js, "socket.js") \
    each(stage_js, "stage.js") \
    each(state_js, "state.js") \
    each(style_css, "style.css")

#define NAME(symbol, path) {path, page_##symbol##_start, page_##symbol##_end},

FILES(EMBED)

static const studio_page_file files[] = {FILES(NAME)};

const size_t studio_page_file_count = sizeof files / sizeof files[0];

const studio_page_file *studio_page_files(size_t index) { return &files[index]; }
