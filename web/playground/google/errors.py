"""Google's error envelope, and the exception for it."""

from web.playground.wire import Answer, answer_json

STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ALREADY_EXISTS",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}


class GoogleError(Exception):
    """A request that Google refuses, with its HTTP code and message."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def envelope(code: int, message: str, headers: dict[str, str] | None = None) -> Answer:
    """`{"error": {"code", "message", "status"}}` as in the error response of every Google API."""
    error = {"code": code, "message": message, "status": STATUS.get(code, "UNKNOWN")}
    return answer_json({"error": error}, code, headers)
