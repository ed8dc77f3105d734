// The program's arguments as the system handed them over: bytes of any kind, and without /proc, which Swift's own
// CommandLine reads on Linux.
#ifndef C_ARGUMENTS_H
#define C_ARGUMENTS_H

// How many there are, the program's name among them; 0 where they are not known.
int carguments_count(void);

// One of them, ended by a zero; lives as long as the program.
const char *carguments_at(int index);

#endif
