"""Google's error envelope, and the exception that becomes one."""

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
    """A request that Google refuses, with its HTTP code and the sentence it says."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def envelope(code: int, message: str, headers: dict[str, str] | None = None) -> Answer:
    """`{"error": {"code", "message", "status"}}` as every Google API answers an error."""
    error = {"code": code, "message": message, "status": STATUS.get(code, "UNKNOWN")}
    return answer_json({"error": error}, code, headers)
