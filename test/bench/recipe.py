"""What the published mailers do with the log: for every line one re.search for header, pid and message, then one each for
what counts: close, remove, closed.

python3 recipe.py FILE: a JSON object a session on stdout. Measured against, not learnt from: it trusts every line.
"""
import json
import re
import sys


def main():
    uploads, downloads, removals = {}, {}, {}
    with open(sys.argv[1], errors='replace') as log:
        for line in log:
            match = re.search(r'^(\S+) (\S+) internal-sftp\[(\d+)\]: (.*)$', line)
            if not match:
                continue
            stamp, host, pid, message = match.groups()

            match = re.search(r'close "(.*)" bytes read (\d+) written (\d+)', message)
            if match:
                path, read, written = match.groups()
                if int(written) > 0:
                    uploads.setdefault(pid, []).append({'path': path, 'bytes': int(written), 'at': stamp})
                elif int(read) > 0:
                    downloads.setdefault(pid, []).append({'path': path, 'bytes': int(read), 'at': stamp})

            match = re.search(r'remove name "(.*)"', message)
            if match:
                removals.setdefault(pid, []).append({'path': match.group(1), 'at': stamp})

            match = re.search(r'session closed for local user (\S+) from \[(.*)\]', message)
            if match:
                user, address = match.groups()
                print(json.dumps({
                    'host': host,
                    'user': user,
                    'address': address,
                    'closed': stamp,
                    'uploads': uploads.pop(pid, []),
                    'downloads': downloads.pop(pid, []),
                    'removals': removals.pop(pid, []),
                }))


main()
