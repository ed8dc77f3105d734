"""Holds listening sockets over the lives of a daemon, as a service manager does.

supervisor.py PIDFILE NAME=ADDRESS... -- PROGRAM ARGUMENT...

ADDRESS is a path or a TCP port on 127.0.0.1. The program is started again whenever a signal ends it; its number stands
in PIDFILE. SIGTERM is passed on, and the program's exit code is then ours.
"""
import ctypes
import fcntl
import os
import signal
import socket
import sys

PR_SET_PDEATHSIG = 1

divider = sys.argv.index("--")
pid_file, addresses, command = sys.argv[1], sys.argv[2:divider], sys.argv[divider + 1:]
names, held = [], []
for named in addresses:
    name, address = named.split("=", 1)
    if address.isdigit():
        listener = socket.create_server(("127.0.0.1", int(address)))
    else:
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(address)
    listener.listen(256)
    names.append(name)
    held.append(fcntl.fcntl(listener.fileno(), fcntl.F_DUPFD_CLOEXEC, 100))

prctl = ctypes.CDLL(None).prctl
stopping = False
child = 0


def stop(number, frame):
    global stopping
    stopping = True
    if child:
        os.kill(child, signal.SIGTERM)


# Whoever started us may have blocked signals for itself.
signal.pthread_sigmask(signal.SIG_SETMASK, [])
signal.signal(signal.SIGTERM, stop)
while True:
    child = os.fork()
    if child == 0:
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        for place, descriptor in enumerate(held, 3):
            os.dup2(descriptor, place)
        os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(held)), LISTEN_FDNAMES=":".join(names))
        os.execv(command[0], command)
    with open(pid_file + ".new", "w") as file:
        file.write(str(child))
    os.replace(pid_file + ".new", pid_file)
    if stopping:
        os.kill(child, signal.SIGTERM)
    _, status = os.waitpid(child, 0)
    child = 0
    if stopping or not os.WIFSIGNALED(status):
        sys.exit(os.waitstatus_to_exitcode(status) % 256)
