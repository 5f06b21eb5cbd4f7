"""Sessions of a plan as a calendar (iCalendar, RFC 5545)."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterator, Mapping
from typing import Any, Final

from spinesim.io.tables import words

_LINE: Final = 75  # octets
_NOTE: Final = "A model for professionals, not medical advice. Log pain during, after 24 h and 48 h. Stop at 6 of 10 or any red flag."


def calendar(answer: Mapping[str, Any], hour: int = 17) -> str:
    """One event a session.

    Parameters
    ----------
    answer
        As made by :func:`spinesim.io.plan.plan_json`.
    hour
        Local time at which sessions begin.

    Returns
    -------
    str
        The same for the same plan: identifiers are hashes of what is done, and the stamp is the first day of the plan.
    """
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//spinesim//plan//EN", "CALSCALE:GREGORIAN"]
    for session in answer["sessions"]:
        lines += _event(session, answer, hour)
    lines.append("END:VCALENDAR")
    return "".join(f"{folded}\r\n" for line in lines for folded in _fold(line))


def _event(session: Mapping[str, Any], answer: Mapping[str, Any], hour: int) -> Iterator[str]:
    day = datetime.date.fromisoformat(session["date"])
    begin = datetime.datetime.combine(day, datetime.time(hour))
    doses = [f"{words(d['exercise'])} {d['load_kg']:g} kg {d['sets']} x {d['reps']}, rest {d['rest_s']:g} s" for d in session["doses"]]
    key = hashlib.sha256(repr((answer["title"], session["date"], doses)).encode()).hexdigest()[:24]
    stamp = datetime.date.fromisoformat(answer["start"])
    yield "BEGIN:VEVENT"
    yield f"UID:{key}@spinesim"
    yield f"DTSTAMP:{stamp:%Y%m%d}T000000Z"
    yield f"DTSTART:{begin:%Y%m%dT%H%M%S}"
    yield f"DTEND:{begin + datetime.timedelta(hours=1):%Y%m%dT%H%M%S}"
    yield f"SUMMARY:Week {session['week']}: graded loading"
    yield f"DESCRIPTION:{_escape(chr(10).join([*doses, _NOTE]))}"
    yield "END:VEVENT"


def _escape(text: str) -> str:
    for plain, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        text = text.replace(plain, written)
    return text


def _fold(line: str) -> Iterator[str]:
    """Pieces of at most 75 octets, all but the first with a space before."""
    piece, size = "", 0
    for letter in line:
        octets = len(letter.encode())
        if size + octets > _LINE:
            yield piece
            piece, size = " ", 1
        piece, size = piece + letter, size + octets
    yield piece
