"""Asks the server for a process: `python -I -S client.py SOCKET ENTRY ARGUMENT…` stands for it in a shell.

Only what is built into the interpreter is imported: this starts in a hundredth of a second.
"""

import _signal  # type: ignore[import-not-found]
import _socket
import posix
import sys

STREAMS = (0, 1, 2)
PASSED_ON = (_signal.SIGINT, _signal.SIGTERM, _signal.SIGHUP)


def request(
    server: str,
    entry: str,
    args: list[bytes],
    folder: bytes,
    env: dict[bytes, bytes],
    streams: dict[int, int],
    before: str = "",
) -> _socket.socket:
    """Send a request. `streams`: which of our descriptors become its 0, 1 and 2; one that is left out is closed there."""
    sock = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    sock.connect(server)
    settings = [b"%s=%s" % one for one in env.items()]
    fields = [
        entry.encode(),
        before.encode(),
        folder,
        b"".join(b"%d" % one for one in streams),
        b"%d" % len(args),
    ]
    text = b"\0".join([*fields, *args, *settings])
    sent = b"".join(one.to_bytes(4, sys.byteorder) for one in streams.values())
    rights = [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, sent)] if sent else []
    sock.sendmsg([len(text).to_bytes(8, "big")], rights)
    while text:
        text = text[sock.send(text) :]
    return sock


def number(sock: _socket.socket) -> int:
    """The next line from the server: the process's id, then its exit status. EOFError where the server has gone."""
    line = b""
    while not line.endswith(b"\n"):
        byte = sock.recv(1)
        if not byte:
            raise EOFError
        line += byte
    return int(line)


def is_open(descriptor: int) -> bool:
    """Whether we have it."""
    try:
        posix.fstat(descriptor)
    except OSError:
        return False
    return True


def main() -> None:
    """Be that process, as far as the shell can see."""
    streams = {one: one for one in STREAMS if is_open(one)}
    args = [one.encode("utf-8", "surrogateescape") for one in sys.argv[3:]]
    sock = request(sys.argv[1], sys.argv[2], args, posix.getcwdb(), dict(posix.environ), streams)
    pid = number(sock)
    for one in PASSED_ON:
        _signal.signal(one, lambda received, _: posix.kill(pid, received))
    status = number(sock)
    if status < 0:
        if -status != _signal.SIGKILL:
            _signal.signal(-status, _signal.SIG_DFL)
        posix.kill(posix.getpid(), -status)
    posix._exit(status)


if __name__ == "__main__":
    main()
