"""A connection over which requests come, read in C and within bounds."""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from tfrnn.serving.limits import HEADERS


class Connection(HttpToolsProtocol):
    """uvicorn's, for which headers, trailers and the like have an end.

    Its parser keeps a header until the last byte of it is there, however many come.
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._unread = 0  # bytes since something of a request was whole

    def data_received(self, data: bytes) -> None:
        """Reads some bytes, or closes when too many of them lead nowhere."""
        self._unread += len(data)
        super().data_received(data)
        if self._unread <= HEADERS or self.transport.is_closing():
            return
        if self.cycle is None or self.cycle.response_complete:
            self.send_400_response(f"The headers may have {HEADERS:,} bytes.")
        else:
            self.transport.close()

    def on_headers_complete(self) -> None:
        """Is called by the parser when the headers are there."""
        self._unread = 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Is called by the parser for each part of a body."""
        self._unread = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Is called by the parser at the end of a request."""
        self._unread = 0
        super().on_message_complete()
