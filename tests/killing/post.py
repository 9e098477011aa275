"""Where mail arrives: a mail server on loopback that remembers whom it took mail for, and the mail folder."""
from __future__ import annotations

import email.parser
import email.utils
import os
import socket
import threading
import time
from typing import BinaryIO

Delivery = tuple[str, str]  # To whom, and the name under which it arrived.


class MailServer:
    """Takes every mail, after a short while. It can be told to break off in the middle of its answer to one,
    alone or for good: such a mail was taken, and the sender cannot know."""

    def __init__(self, break_at: set[int], die_at: int | None, seconds_a_mail: float = 0.002) -> None:
        """Breaks off at these mails, counted from 1; after one it takes no more until it is spared."""
        self.taken: list[Delivery] = []
        self.unanswered: set[str] = set()
        self._break_at, self._die_at = break_at, die_at
        self._seconds_a_mail = seconds_a_mail
        self._lock = threading.Lock()
        self._connections: set[socket.socket] = set()
        self._listener: socket.socket | None = None
        self.port = 0
        self._open()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}?tls=none"

    def spare(self) -> None:
        """It is there again, if it was not, and stays."""
        with self._lock:
            self._die_at = None
            if not self._listener:
                self._open()

    def _open(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def close(self) -> None:
        listener, self._listener = self._listener, None
        if listener:
            # Wakes the thread that waits in accept; closing alone does not.
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        for connection in list(self._connections):
            _shut(connection)

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            self._connections.add(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection, connection.makefile("rb") as lines:
                self._talk(connection, lines)
        except OSError:
            pass  # Who sent was killed, or this server.
        finally:
            self._connections.discard(connection)

    def _talk(self, connection: socket.socket, lines: BinaryIO) -> None:
        connection.sendall(b"220 devcon.example\r\n")
        recipient = ""
        while line := lines.readline():
            verb = line[:4].upper()
            if verb == b"RCPT":
                recipient = line.split(b"<")[1].split(b">")[0].decode()
            if verb == b"DATA":
                connection.sendall(b"354 go on\r\n")
                while (line := lines.readline()) != b".\r\n":
                    if not line:
                        return
                if not self._take(connection, recipient):
                    return
            elif verb == b"QUIT":
                connection.sendall(b"221 bye\r\n")
                return
            else:
                connection.sendall(b"250 OK\r\n")

    def _take(self, connection: socket.socket, recipient: str) -> bool:
        """Whether the conversation goes on."""
        with self._lock:
            number = len(self.taken) + 1
            self.taken.append((recipient, f"mail {number}"))
            dies = number == self._die_at
            breaks = dies or number in self._break_at
            if breaks:
                self.unanswered.add(recipient)
        time.sleep(self._seconds_a_mail)
        if not breaks:
            connection.sendall(b"250 taken\r\n")
            return True
        connection.sendall(b"25")
        with self._lock:
            if dies and self._die_at:
                self.close()
        _shut(connection)
        return False


def _shut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # It is closed already.


def in_folder(data: str) -> list[Delivery]:
    """The mails that lie in the data directory."""
    folder = os.path.join(data, "mail")
    names = sorted(name for name in os.listdir(folder) if name.endswith(".eml"))
    return [(_recipient(folder, name), name) for name in names]


RECIPIENTS: dict[str, str] = {}  # By the file's name, which no two mails share: parsing all of them takes long.


def _recipient(folder: str, name: str) -> str:
    if name not in RECIPIENTS:
        with open(os.path.join(folder, name), "rb") as file:
            headers = email.parser.BytesHeaderParser().parse(file)
        ((_, RECIPIENTS[name]),) = email.utils.getaddresses(headers.get_all("To"))
    return RECIPIENTS[name]
