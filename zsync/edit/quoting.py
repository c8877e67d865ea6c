"""Scalars in their canonical form: plain where every YAML tool reads the same text, in quotes elsewhere.

YAML 1.1 (https://yaml.org/type/) reads more words as other values than text: `no` is false, `2027-03-01` a date. Many tools
still read it, so these are quoted though zsync, which reads YAML 1.2, would not need it.
"""

import re

from zsync.syntax.document import Node, Number

_PLAIN = re.compile(
    r"[^\s\x00-\x1f\-,\[\]{}#&*!|>'\"%@`:?][^\x00-\x1f,\[\]{}:?]*|-[^\s\-,\[\]{}:?][^\x00-\x1f,\[\]{}:?]*"
)
# The form of nearly all values: one quick match tells that they are plain, unless they are one of `_WORDS`.
USUAL = r"[^\W\d_][\w.@+'/&()-]*(?: [\w.@+'/&()-]+)*"
_USUAL = re.compile(USUAL)
_WORDS = frozenset(
    form
    for word in ("y", "yes", "n", "no", "true", "false", "on", "off", "null", "~", "=", "<<")
    for form in (word, word.capitalize(), word.upper())
)
PLAIN_WORD = "|".join(sorted(word for word in _WORDS if word.isalpha()))
_NUMBERS = re.compile(
    r"[-+]?(0b[01_]+|0x[0-9a-fA-F_]+|0o?[0-7_]+)"
    r"|[-+]?([0-9][0-9_]*(\.[0-9_]*)?|\.[0-9_]+)([eE][-+]?[0-9]+)?"
    r"|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
    r"|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(|[Tt\s].*)"
)
# Characters that YAML calls not printable, that some tool takes for a line end, and the byte order mark.
_ESCAPED = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
_SHORT = {"\t": r"\t", "\n": r"\n", "\r": r"\r", "\0": r"\0"}


def canonical(value: Node) -> str:
    """A scalar as YAML on one line, valid within brackets as well. Numbers keep their digits."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    return text if isinstance(value, Number) or _is_plain(text) else quoted(text)


def quoted(text: str) -> str:
    """Text in double quotes, or in single quotes where that avoids a backslash."""
    if ('"' in text or "\\" in text) and "'" not in text and not _ESCAPED.search(text):
        return f"'{text}'"
    text = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{_ESCAPED.sub(lambda found: _escape(found[0]), text)}"'


def _is_plain(text: str) -> bool:
    if _USUAL.fullmatch(text):
        return text not in _WORDS
    return bool(
        _PLAIN.fullmatch(text)
        and " #" not in text
        and '"' not in text
        and text == text.strip()
        and text not in _WORDS
        and not _NUMBERS.fullmatch(text)
        and not _ESCAPED.search(text)
    )


def _escape(char: str) -> str:
    code = ord(char)
    return _SHORT.get(char) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")
