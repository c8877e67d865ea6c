"""Calls to a forge's API: with a token that goes to its own host alone, and tried again while it is busy.

What is refused for good, what a rate limit puts off and what has been thrown away are told apart, for a workflow goes on
without a report that is gone, and must not go on without an answer.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NoReturn, Self, TypeVar
from urllib.parse import urlsplit

import httpx
from pydantic import ValidationError

from zsync import USER_AGENT
from zsync.bounds import ARCHIVE, FORGE_PAGES, Bound
from zsync.errors import ForgeRefused, PlanRefused
from zsync.files.reading import Unreadable, read_json
from zsync.files.writing import create
from zsync.forge.answers import ForgeAnswer
from zsync.model.retries import FORGE, asked_wait

SECONDS = 30.0
"""How long one answer may take to begin, and each piece of it to come."""

_LONGEST_WISH = 60.0
_NO_LESS = 60.0
"""How long to wait where a forge says that there were too many calls, and not until when."""

_GONE = (404, 410)
_HERE = ("127.0.0.1", "::1", "localhost")
_CHUNK = 256 * 1024
_AS_IT_IS = {"Accept-Encoding": "identity"}

Model = TypeVar("Model", bound=ForgeAnswer)


class Gone(PlanRefused):
    """What was kept is no longer there."""

    def __init__(self, status: int) -> None:
        super().__init__(f"it is no longer kept (HTTP {status})")


class ForgeApi:
    """A forge's API, called `name`, at an address, with headers that hold a token. To be used as a context manager."""

    _advice = "The job's `permissions` say what its token may do: compare them with those of the workflow that zsync ships."
    """What to do where a token may not do what it is asked for."""

    def __init__(
        self, name: str, api: str, variable: str, headers: Mapping[str, str], sleep: Callable[[float], None]
    ) -> None:
        """Raises `ForgeRefused` for an address that is neither https nor this machine; `variable` is where it comes from."""
        parts = urlsplit(api)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _HERE):
            raise ForgeRefused(f"{variable} is no https address: {api}", exit_code=64)
        self._name = name
        self._sleep = sleep
        self._client = httpx.Client(
            base_url=api,
            timeout=SECONDS,
            follow_redirects=False,
            headers={**headers, "User-Agent": USER_AGENT},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def _one(self, where: str, model: type[Model]) -> Model:
        """What is at an address. Raises `ForgeRefused`, as all that follows."""
        return self._model(self._json(self._answer("GET", where)), model)

    def _found(self, where: str, model: type[Model]) -> Model | None:
        """The same; None if there is none."""
        answer = self._answer("GET", where, accepted=_GONE)
        return None if answer.status_code in _GONE else self._model(self._json(answer), model)

    def _all(self, path: str, model: type[Model], *, member: str = "", **query: str) -> Iterator[Model]:
        """The items of all pages."""
        where: str = str(httpx.URL(path, params={**query, "per_page": "100"}))
        for _ in range(FORGE_PAGES.most):
            answer = self._answer("GET", where)
            data = self._json(answer)
            items = data.get(member) if member and isinstance(data, Mapping) else data
            for item in items if isinstance(items, list) else ():
                yield self._model(item, model)
            following = answer.links.get("next", {}).get("url", "")
            if not following:
                return
            # The token would go there.
            if urlsplit(following).netloc != self._client.base_url.netloc.decode("ascii"):
                raise ForgeRefused(f"{self._name}'s answer goes on at another host")
            where = following
        raise ForgeRefused(f"{self._name}'s answer has more than {FORGE_PAGES.most} pages")

    def _download(self, where: str, into: Path, most: Bound = ARCHIVE) -> None:
        """Write what is at an address, or where that sends on to, to a new file.

        Raises `Gone` for what is no longer kept, `PlanRefused` for what is larger than `most`, `ForgeRefused` for what did not
        arrive. Then there is no file.
        """
        problem = ""
        for failed in range(FORGE.tries):
            if failed:
                self._sleep(FORGE.wait(failed))
            answer = self._answer("GET", where, accepted=(302, *_GONE), save=partial(_save, into, most))
            if answer.status_code == 200:
                return
            if answer.status_code in _GONE:
                raise Gone(answer.status_code)
            place = self._place(where, answer)
            try:
                # A client of its own: nothing of this one's, its token least of all, goes to another host.
                with httpx.stream("GET", place, timeout=SECONDS, headers=_AS_IT_IS) as body:
                    if body.status_code == 200:
                        _save(into, most, body)
                        return
                    if body.status_code < 500 and body.status_code != 429:
                        raise Gone(body.status_code)
                    problem = f"HTTP {body.status_code}"
            except httpx.HTTPError as error:
                problem = type(error).__name__
        raise ForgeRefused(f"{where} did not arrive: {problem}")

    def _place(self, where: str, answer: httpx.Response) -> str:
        """The address that a download leads to."""
        place: str = answer.headers.get("Location", "")
        local = self._client.base_url.scheme == "http" and urlsplit(place).hostname in _HERE
        if not place.startswith("https://") and not local:
            raise ForgeRefused(f"{where}: {self._name} sent on to an address that is not https")
        return place

    def _answer(
        self,
        method: str,
        where: str,
        fields: Mapping[str, Any] | None = None,
        accepted: tuple[int, ...] = (),
        save: Callable[[httpx.Response], None] | None = None,
    ) -> httpx.Response:
        """The answer to one call, tried again while the forge is busy or cannot be reached; `save` takes the body of a good one.

        A POST is tried again only if it was certainly not carried out. Raises `ForgeRefused`.
        """
        problem, asked = "", 0.0
        for failed in range(FORGE.tries):
            if failed:
                self._sleep(FORGE.wait(failed, asked))
            try:
                answer = self._call_once(method, where, fields, save)
            except httpx.HTTPError as error:
                problem, asked = type(error).__name__, 0.0
                if method == "POST" and not isinstance(error, httpx.ConnectError):
                    break
                continue
            status = answer.status_code
            if status < 300 or status in accepted:
                return answer
            problem, asked = _refusal(answer), _wish(answer)
            if asked > _LONGEST_WISH:
                raise self._limited(problem, asked)
            if not _busy(answer) and (status < 500 or method == "POST"):
                self._refuse(method, where, answer)
        raise ForgeRefused(f"{self._name} cannot be reached ({method} {where}): {problem}")

    def _call_once(
        self,
        method: str,
        where: str,
        fields: Mapping[str, Any] | None,
        save: Callable[[httpx.Response], None] | None,
    ) -> httpx.Response:
        with self._client.stream(method, where, json=fields, headers=_AS_IT_IS if save else None) as answer:
            if save and answer.status_code == 200:
                save(answer)
            else:
                answer.read()
        return answer

    def _limited(self, problem: str, seconds: float) -> ForgeRefused:
        minutes = int(-(-seconds // 60))
        return ForgeRefused(
            f"{self._name} takes no more calls for {minutes:,} minute{'s' if minutes != 1 else ''}: {problem}",
            help="Run the failed jobs again after that.",
        )

    def _refuse(self, method: str, where: str, answer: httpx.Response) -> NoReturn:
        # 404 is also a forge's answer for what a token may not see.
        access = answer.status_code in (401, 403, 404)
        raise ForgeRefused(
            f"{self._name} refuses {method} {where.partition('?')[0]}: {_refusal(answer)}",
            exit_code=8 if access else 1,
            help=self._advice if access else "",
        )

    def _json(self, answer: httpx.Response) -> Any:
        """What an answer says."""
        try:
            return read_json(answer.content)
        except Unreadable:
            raise ForgeRefused(f"{self._name}'s answer is not JSON") from None

    def _model(self, data: Any, model: type[Model]) -> Model:
        """A part of an answer, as far as it is looked at."""
        try:
            return model.model_validate(data)
        except ValidationError:
            raise ForgeRefused(f"{self._name}'s answer is no {model.__name__.lower()}") from None


def _busy(answer: httpx.Response) -> bool:
    """Whether a forge says that there were too many calls, for which GitHub has 403 as well: "Rate limits for the REST API"."""
    if answer.status_code == 403:
        spent = answer.headers.get("X-RateLimit-Remaining", "").strip() == "0"
        return spent or "Retry-After" in answer.headers or "rate limit" in _refusal(answer).lower()
    return answer.status_code == 429


def _wish(answer: httpx.Response) -> float:
    """The seconds that a forge wants to be left alone; 0 where it does not say so."""
    now = time.time()
    if said := answer.headers.get("Retry-After"):
        return asked_wait(said, now)
    reset = answer.headers.get("X-RateLimit-Reset", "").strip()
    if (
        answer.headers.get("X-RateLimit-Remaining", "").strip() == "0"
        and reset.isascii()
        and reset.isdecimal()
    ):
        return max(float(reset[:12]) - now, 1.0)
    return _NO_LESS if answer.status_code == 403 and _busy(answer) else 0.0


def _refusal(answer: httpx.Response) -> str:
    """The forge's message in one short line."""
    try:
        said = read_json(answer.content).get("message", "")
    except (Unreadable, AttributeError):
        said = ""
    line = " ".join(str(said).split())[:200]
    return f"HTTP {answer.status_code}" + (f": {line}" if line else "")


def _save(into: Path, most: Bound, body: httpx.Response) -> None:
    """Write a body to a new file, whole or not at all. Raises `PlanRefused` if it is larger than `most`."""
    written, whole = 0, False
    try:
        with create(into) as file:
            for piece in body.iter_raw(_CHUNK):
                written += len(piece)
                if written > most.most:
                    raise PlanRefused(f"it has more than {most.most:,} {most.unit}")
                file.write(piece)
        whole = True
    finally:
        if not whole:
            into.unlink(missing_ok=True)
