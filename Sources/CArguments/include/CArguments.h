// The program's arguments as the system handed them over: bytes of any kind, and without /proc, which Swift's own
// CommandLine reads on Linux.
#ifndef C_ARGUMENTS_H
#define C_ARGUMENTS_H

// Number of arguments, including the program's name; 0 where it is not known.
int carguments_count(void);

// One of them, ended by a zero; lives as long as the program.
const char *carguments_at(int index);

// One of the environment's variables, NAME=VALUE, ended by a zero, as they were at the start; NULL behind the last.
const char *carguments_environment_at(int index);

#endif
