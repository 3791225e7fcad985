"""Socket activation as systemd does it: a program that finds listening sockets from descriptor 3 on (sd_listen_fds(3)).

`activation.py FD... -- PROGRAM WORD...` becomes the program, with the descriptors FD.
"""
import os
import sys

_FIRST = 3


def words(sockets):
    """What stands in front of a command that is to find these sockets."""
    return [sys.executable, __file__, *(str(each.fileno()) for each in sockets), "--"]


def _main(arguments):
    end = arguments.index("--")
    # Copies that are out of the way of the numbers to be given.
    copies = [os.dup2(int(each), 100 + number) for number, each in enumerate(arguments[:end])]
    for number, copy in enumerate(copies):
        os.dup2(copy, _FIRST + number)
        os.close(copy)
    os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(copies)))
    os.execv(arguments[end + 1], arguments[end + 1:])


if __name__ == "__main__":
    _main(sys.argv[1:])
