"""Notices as the JSON of chat webhooks."""

import html
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from zsync.render.notice import Notice, Tone
from zsync.render.words import cut

_MARKS: Mapping[Tone, str] = {"good": "✅", "warning": "⚠️", "attention": "❌"}
_HEADER, _BLOCK = 150, 3000
"""Most characters that Slack accepts in a header, and in any other text of a block."""


def slack(notice: Notice) -> dict[str, Any]:
    """The message for an incoming webhook of Slack, or of anything compatible (Mattermost, Discord's `/slack`).

    Blocks hold plain text, in which Slack looks for neither markup nor mentions. `text` repeats everything for
    clients that do not know blocks. https://api.slack.com/messaging/webhooks, https://api.slack.com/reference/block-kit/blocks
    """
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": _plain(f"{_MARKS[notice.tone]} {notice.headline}", _HEADER)}
    ]
    if notice.lines:
        blocks.append({"type": "section", "text": _plain("\n".join(notice.lines))})
    link = f"<{_escaped(notice.link)}|CI run>" if notice.link else ""
    elements: list[dict[str, Any]] = [_plain(fact) for fact in notice.facts]
    elements += [{"type": "mrkdwn", "text": link}] if link else []
    if elements:
        blocks.append({"type": "context", "elements": elements})
    facts = [" · ".join(notice.facts)] if notice.facts else []
    # `text` is mrkdwn, unlike the blocks: unescaped, `<!channel>` in a name would call everybody.
    said = [_escaped(line) for line in (notice.headline, *notice.lines, *facts)]
    return {
        "text": "\n".join([f"{_MARKS[notice.tone]} {said[0]}", *said[1:], *([link] * bool(link))]),
        "blocks": blocks,
    }


def teams(notice: Notice) -> dict[str, Any]:
    """The message for the webhook of a Teams workflow: an Adaptive Card of text runs, in which Teams knows no Markdown.

    https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook,
    https://learn.microsoft.com/adaptive-cards/create/textfeatures
    """
    head = {"size": "Medium", "weight": "Bolder", "color": notice.tone.capitalize()}
    body = [_runs(notice.headline, **head), *(_runs(line) for line in notice.lines)]
    if notice.facts:
        body.append(_runs(" · ".join(notice.facts), isSubtle=True, size="Small"))
    card: dict[str, Any] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "fallbackText": notice.headline,
        "body": body,
    }
    if notice.link:
        card["actions"] = [{"type": "Action.OpenUrl", "title": "Open the CI run", "url": notice.link}]
    kind = "application/vnd.microsoft.card.adaptive"
    return {"type": "message", "attachments": [{"contentType": kind, "contentUrl": None, "content": card}]}


FORMS: Mapping[str, Callable[[Notice], dict[str, Any]]] = MappingProxyType({"slack": slack, "teams": teams})
"""Form, as in `--notify FORM=URL` → the function that makes its JSON."""


def _plain(text: str, limit: int = _BLOCK) -> dict[str, Any]:
    return {"type": "plain_text", "text": cut(text, limit), "emoji": False}


def _escaped(text: str) -> str:
    """By Slack's rule: only &, < and >. https://api.slack.com/reference/surfaces/formatting#escaping"""
    return html.escape(text, quote=False)


def _runs(text: str, **style: Any) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text, **style}]}
