"""Makes text from strangers inert: a function for each place that it is written to.

Text is escaped here and nowhere else, at the border, and once. What a reader could not see (control characters, ANSI
codes, bidi controls, zero-width and blank fillers) becomes its Python escape, so that values that differ look different.
"""

import html
import json
import re
from typing import Any

# Unicode calls these printable, but they show nothing: joiners, fillers, blanks and variation selectors.
_BLANKS = frozenset(
    map(chr, (0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0, *range(0xFE00, 0xFE10)))
) | frozenset(map(chr, (0x180B, 0x180C, 0x180D, 0x180F, *range(0xE0100, 0xE01F0))))

# The runner of GitHub Actions obeys `##[command]` anywhere in a line of a log, `::command::` only at its start.
_LINK = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+(/[A-Za-z0-9._~:/?#!$&+,;=%-]*)?")
_LONGEST_LINK = 1000
_RUNNER_COMMAND = "##["
# HTML parsers look for `</script` and `<!--`, and in old JavaScript the two separators end a line.
_ENDS_SCRIPT = re.compile("[<>&\u2028\u2029]")
# The characters of names of environments, orgs and runs, besides letters and digits.
_IN_NAMES = frozenset(" .,-_+()")
# A dot before a letter could be part of a host, and an underscore that is not between letters could be emphasis.
_IN_MARKUP = re.compile(r"\.(?=\w)|(?<![^\W_])_|_(?![^\W_])")
_PIPE = "<code>&#124;</code>"


def terminal(text: str) -> str:
    """The text in one line that a terminal or a CI log shows but never obeys.

    >>> terminal("red\\x1b[31m")
    'red\\\\x1b[31m'
    """
    if text.isascii() and text.isprintable():
        visible = text
    else:
        visible = "".join(char if _shows(char) else _escaped(char) for char in text)
    return visible.replace(_RUNNER_COMMAND, r"##\x5b")


def markdown(text: str) -> str:
    """Inline Markdown that shows `text` as code, in a paragraph, a heading or the cell of a table.

    Only in a code span does GitHub look for no markup, HTML, mention, reference, address, emoji or formula. Unlike
    zero-width characters, it leaves a copied e-mail address whole. A pipe would end a table's cell even in a code span,
    so it stands between two spans as an entity. Empty text gives an empty string.
    """
    return _PIPE.join(_code_span(part) for part in terminal(text).split("|"))


def markup(text: str) -> str:
    """Text for HTML and XML, between tags or inside a quoted attribute.

    The few characters that XML cannot hold at all are among those that come out as escapes.

    >>> markup("<b> & \"c\"")
    '&lt;b&gt; &amp; &quot;c&quot;'
    """
    return html.escape(terminal(text))


def link(address: str) -> str:
    """An address that is fit for a link in every format, as it stands; an empty text for any other."""
    return address if len(address) <= _LONGEST_LINK and _LINK.fullmatch(address) else ""


def script_json(value: Any) -> str:
    """JSON on one line, as the data of a `<script>` element in HTML: nothing in it can end the element.

    Texts inside have to be inert on their own where they are shown: this is about the element alone.
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return _ENDS_SCRIPT.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def chat(text: str) -> str:
    """A name in a sentence for any chat: every character that could be markup, a mention or an address becomes a dot.

    For names that have few such characters and that only people read.

    >>> chat("<!channel> @here prod_eu")
    '··channel· ·here prod_eu'
    """
    shown = "".join(char if char.isalnum() or char in _IN_NAMES else "·" for char in terminal(text))
    return _IN_MARKUP.sub("·", shown)


def command_message(text: str) -> str:
    """The message of a workflow command, by the rules of https://github.com/actions/toolkit (command.ts)."""
    return terminal(text).replace("%", "%25")


def command_property(text: str) -> str:
    """A property of a workflow command, such as `file` or `title`."""
    return command_message(text).replace(":", "%3A").replace(",", "%2C")


def _shows(char: str) -> bool:
    return char.isprintable() and char not in _BLANKS


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")


def _code_span(text: str) -> str:
    """A code span by the rules of https://spec.commonmark.org/0.31.2/#code-spans."""
    if not text:
        return ""
    # Longer than any backticks inside. The spaces of padding are taken off again by whoever reads the Markdown.
    fence = "`" * (max(map(len, re.findall("`+", text)), default=0) + 1)
    ends = text[0] + text[-1]
    padding = " " if text.strip() and ("`" in ends or " " in ends) else ""
    return f"{fence}{padding}{text}{padding}{fence}"
