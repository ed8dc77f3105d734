#include "CArguments.h"

static int count;
static char **values;

// Glibc and Darwin hand main's arguments to constructors too.
__attribute__((constructor)) static void keep(int argc, char **argv, char **environment) {
    (void)environment;
    count = argc;
    values = argv;
}

int carguments_count(void) { return count; }

const char *carguments_at(int index) { return index >= 0 && index < count ? values[index] : ""; }
