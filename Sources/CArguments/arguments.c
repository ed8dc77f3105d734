#include "CArguments.h"

#include <stddef.h>

static int count;
static char **values;
static char **variables;

// Glibc and Darwin hand main's arguments to constructors too.
__attribute__((constructor)) static void keep(int argc, char **argv, char **environment) {
    count = argc;
    values = argv;
    variables = environment;
}

int carguments_count(void) { return count; }

const char *carguments_at(int index) { return index >= 0 && index < count ? values[index] : ""; }

const char *carguments_environment_at(int index) {
    if (variables == NULL || index < 0) return NULL;
    for (int place = 0; place < index; place++)
        if (variables[place] == NULL) return NULL;
    return variables[index];
}
