"""Forms as clients send them to the token endpoint: `application/x-www-form-urlencoded` and `multipart/form-data`."""

from __future__ import annotations

from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import HTTP
from urllib.parse import parse_qsl


def form_of(body: bytes, content_type: str) -> dict[str, str]:
    """The fields of a form; of a field that comes twice the last. What is no form has none."""
    if not content_type.lower().startswith("multipart/form-data"):
        return dict(parse_qsl(body.decode("utf-8", "replace")))
    head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1", "replace")
    parts = BytesParser(policy=HTTP).parsebytes(head + body).iter_parts()
    found = {_name(part): part for part in parts if isinstance(part, EmailMessage)}
    return {name: _text(part) for name, part in found.items() if name}


def _name(part: EmailMessage) -> str:
    return str(part.get_param("name", "", "content-disposition") or "")


def _text(part: EmailMessage) -> str:
    content = part.get_payload(decode=True)
    return content.decode("utf-8", "replace") if isinstance(content, bytes) else ""
