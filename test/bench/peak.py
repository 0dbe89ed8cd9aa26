"""python3 peak.py COMMAND...: runs it with its stdout thrown away and prints the most memory that it had at once, in bytes."""
import os
import sys

command = sys.argv[1:]
nowhere = os.open(os.devnull, os.O_WRONLY)
pid = os.posix_spawnp(command[0], command, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, nowhere, 1)])
_, status, usage = os.wait4(pid, 0)
print(usage.ru_maxrss * 1024)
sys.exit(0 if status == 0 else f'{" ".join(command)}: {os.waitstatus_to_exitcode(status)}')
