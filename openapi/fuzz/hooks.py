"""What schemathesis cannot read off the document: rules between two values, values that only the service can make, and what the
run itself stands on."""

import os
import re
from datetime import UTC, datetime, timedelta

import schemathesis
from schemathesis import GenerationMode

# Pairs of instants of which the second must not be the earlier one: no schema can say so.
RANGES = [(f"{name}From", f"{name}To") for name in ("created", "sent", "decided", "converted")]
INSTANT = re.compile(r"(.{10}T.{5}):(..)(\.[0-9]+)?(?:Z|([+-])(..):(..))")
# Who the requests come from, and by which session: without them all that follows would be 401.
ADMIN = os.environ.get("FUZZ_ADMIN_ID")
SESSION = os.environ.get("FUZZ_SESSION")
# No row has this id.
NO_ROW = "01920000-0000-7000-8000-000000000001"
# Another administrator, who may be signed in and out.
SPARE = {"email": os.environ.get("FUZZ_SPARE_EMAIL"), "password": os.environ.get("FUZZ_PASSWORD")}
# What new rows are put below: no generator knows the id of a row that is there.
PROPOSAL = os.environ.get("FUZZ_PROPOSAL_ID")
PARENTS = {"POST /api/v1/proposals": ("userId", ADMIN), "POST /api/v1/leads": ("proposalId", PROPOSAL)}
SPARE_SESSIONS = os.environ.get("FUZZ_SPARE_SESSIONS", "").split()


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """Generators of clients take the schema of a stream for that of an event's data, schemathesis for that of the whole event,
    whose data is a text: it is told so, and compares what is in the text."""
    stream = raw_schema["paths"]["/api/v1/events"]["get"]["responses"]["200"]["content"]["text/event-stream"]
    data = {"type": "string", "contentMediaType": "application/json", "contentSchema": stream["schema"]}
    stream["schema"] = {"type": "object", "required": ["event", "data"], "properties": {"data": data}}


def instant(text):
    """Seconds since 1970, also of an instant that Python does not know, such as a leap second."""
    date, seconds, fraction, sign, hours, minutes = INSTANT.fullmatch(str(text).upper()).groups()
    ahead = int(hours or 0) * 3600 + int(minutes or 0) * 60
    whole = datetime.fromisoformat(f"{date}:00+00:00").timestamp() + int(seconds)
    return whole + float(f"0{fraction or '.0'}") - (-ahead if sign == "-" else ahead)


@schemathesis.hook
def before_call(context, case, kwargs):
    """Keeps what the run stands on, and makes good requests good in what no schema can say; bad ones stay as they are."""
    if case.method.upper() != "GET" and (case.path_parameters or {}).get("id") in (ADMIN, PROPOSAL):
        case.path_parameters["id"] = NO_ROW
    if case.operation.label == "DELETE /api/v1/session" and (case.cookies or {}).get("session") == SESSION:
        # Signing out ends a session: another one than that of the run.
        case.cookies["session"] = SPARE_SESSIONS.pop() if SPARE_SESSIONS else "none is left"
    if case.meta is None or case.meta.generation.mode != GenerationMode.POSITIVE:
        return
    if case.operation.label == "POST /api/v1/session" and case.meta.phase.name == "examples":
        # Somebody has to be let in, too.
        case.body = dict(SPARE)
    if case.operation.label in PARENTS and isinstance(case.body, dict):
        field, parent = PARENTS[case.operation.label]
        case.body = {**case.body, field: parent}
    if case.operation.label == "POST /api/v1/api-tokens" and isinstance(case.body, dict) and case.body.get("expiresAt"):
        # A token ends in the future.
        case.body = {**case.body, "expiresAt": (datetime.now(UTC) + timedelta(days=30)).isoformat()}
    query = case.query or {}
    # A cursor is signed, and belongs to the filters of the page that it came with: one that is made up is refused.
    query.pop("cursor", None)
    for first, last in RANGES:
        if first in query and last in query and instant(query[first]) > instant(query[last]):
            query[first], query[last] = query[last], query[first]
    headers = case.headers or {}
    # Schemathesis makes this one by itself, whatever the document says, and its simplest holds no entity tag.
    if "If-Match" in headers and '"' not in headers["If-Match"]:
        headers["If-Match"] = "*"
    # A version that was never given out is refused.
    if "X-Min-Data-Version" in headers:
        headers["X-Min-Data-Version"] = "users=1,proposals=1,leads=1"
