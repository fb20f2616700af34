"""What a request is refused with."""


class Refusal(Exception):
    """An answer that is not what was asked for: an HTTP status and one line.

    Args:
        status: 400 a request that cannot be, 404 no such model, 408 too slow, 413 too large, 429
            too many, 431 headers too large, 503 not now, 504 took too long.
        message: Says where, and what would be right.
        headers: Of the answer, such as Allow.
    """

    def __init__(self, status: int, message: str, headers: dict[str, str] | None = None):
        super().__init__(message)
        self.status, self.message, self.headers = status, message, headers or {}
