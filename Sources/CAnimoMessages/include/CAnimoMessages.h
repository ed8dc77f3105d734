// The messages of Protos/ as libprotobuf-c's structs; only AnimoWire sees them.
#include "animo.pb-c.h"
#include "health.pb-c.h"
#include "ttrpc.pb-c.h"
