"""Reads recurrence rules as JSON lines and answers with the instants that python-dateutil finds.

{"zone", "start": "2026-11-22T09:00:00", "rrule": without COUNT and UNTIL, "count", "until_ms", "horizon_ms", "most"} -> [[ms, offset in s], ...]
or {"skip": why}. The start always is an occurrence and counts.
"""
import datetime as dates
import json
import signal
import sys
import types
from datetime import datetime, timezone

import zoneinfo

from dateutil import rrule

# It looks for the next start until the year 9999; nobody asks beyond the horizon.
rrule.datetime = types.SimpleNamespace(**vars(dates))
rrule.datetime.MAXYEAR = 2045


class Slow(Exception):
    pass


def too_slow(*_):
    raise Slow


signal.signal(signal.SIGVTALRM, too_slow)


def ms(naive, zone):
    at = naive.replace(tzinfo=zone, fold=0).astimezone(timezone.utc)
    return int(at.timestamp()) * 1000


def answer(case):
    try:
        zone = zoneinfo.ZoneInfo(case["zone"])
    except zoneinfo.ZoneInfoNotFoundError:
        return {"skip": "zone"}
    start = datetime.fromisoformat(case["start"])
    out = [ms(start, zone)]
    first = out[0]
    left = (case["count"] or 1 << 40) - 1
    # Clocks may change the order of neighbours, so a few more than are asked for.
    most = case["most"] + 10
    signal.setitimer(signal.ITIMER_VIRTUAL, 2)
    try:
        for naive in rrule.rrulestr(case["rrule"], dtstart=start):
            if naive == start:
                continue
            at = ms(naive, zone)
            if left <= 0 or len(out) >= most or at >= case["horizon_ms"] or (case["until_ms"] and at > case["until_ms"]):
                break
            left -= 1
            out.append(at)
    except Slow:
        return {"skip": "slow"}
    except ValueError as e:
        return {"skip": str(e)}
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    at = sorted(set(a for a in out if a >= first))
    return [[a, int(datetime.fromtimestamp(a / 1000, zone).utcoffset().total_seconds())] for a in at]


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))))
