"""Reads a feed with khal, as somebody would who subscribed to it, and compares every occurrence of a stretch of days.

feeds.py FEED EXPECTED FIRST DAYS: EXPECTED is a JSON list of [uid, start, end]; instants as "2026-11-24T08:00", days as "2026-11-24"
with the first day that no longer belongs to it as their end.
"""

import datetime
import json
import pathlib
import subprocess
import sys
import tempfile

CONFIG = """
[calendars]
[[feed]]
path = {dir}/items
type = calendar
[locale]
local_timezone = UTC
default_timezone = UTC
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%dT%H:%M
longdatetimeformat = %Y-%m-%dT%H:%M
[sqlite]
path = {dir}/khal.db
"""


def khal(directory, *args):
    command = [str(pathlib.Path(sys.executable).parent / "khal"), "-c", f"{directory}/config", *args]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def main(feed, expected, first, days):
    with tempfile.TemporaryDirectory() as directory:
        pathlib.Path(directory, "items").mkdir()
        pathlib.Path(directory, "config").write_text(CONFIG.format(dir=directory))
        khal(directory, "import", "--batch", "-a", "feed", feed)
        fields = ["uid", "start-long-full", "end-long-full", "all-day"]
        asked = [part for field in fields for part in ("--json", field)]
        listed = khal(directory, "list", "--notstarted", *asked, first, f"{days}d")
    found = set()
    for line in listed.splitlines():
        for item in json.loads(line):
            start, end = item["start-long-full"], item["end-long-full"]
            if item["all-day"] == "True":
                last = datetime.date.fromisoformat(end[:10])
                start, end = start[:10], str(last + datetime.timedelta(days=1))
            found.add((item["uid"], start, end))
    wanted = {tuple(one) for one in json.loads(pathlib.Path(expected).read_text())}
    for one in sorted(wanted - found):
        print("missing", *one)
    for one in sorted(found - wanted):
        print("too much", *one)
    print(len(found), "occurrences")
    sys.exit(found != wanted)


main(*sys.argv[1:])
