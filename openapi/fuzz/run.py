"""Signs in as the administrators of FUZZ_EMAIL and FUZZ_SPARE_EMAIL, whose password is FUZZ_PASSWORD, and runs schemathesis with the
session of the first against the service at the URL that is the first argument; the others are schemathesis's own.
`cargo xtask fuzz` calls it."""

import os
import pathlib
import sys

import requests

FOLDER = pathlib.Path(__file__).parent
# So often can be signed out.
SPARE_SESSIONS = 12


def post(http, url, path, body):
    """What was made."""
    answer = http.post(f"{url}/api/v1/{path}", json=body, headers={"Origin": url}, timeout=60)
    if not answer.ok:
        sys.exit(f"POST {path}: {answer.status_code} {answer.text}")
    return answer.json()


def sign_in(url, email):
    """A client with a session of the user, and the user's id."""
    http = requests.Session()
    session = post(http, url, "session", {"email": email, "password": os.environ["FUZZ_PASSWORD"]})
    return http, session["user"]["id"]


if __name__ == "__main__":
    url, *rest = sys.argv[1:]
    os.environ["FUZZ_ORIGIN"] = url
    http, admin = sign_in(url, os.environ["FUZZ_EMAIL"])
    os.environ["FUZZ_SESSION"] = http.cookies["session"]
    os.environ["FUZZ_ADMIN_ID"] = admin
    proposal = {"userId": admin, "title": "New roof", "clientName": "Mairie de Lyon", "amountMinor": 100, "currency": "EUR"}
    os.environ["FUZZ_PROPOSAL_ID"] = post(http, url, "proposals", proposal)["id"]
    spare = [sign_in(url, os.environ["FUZZ_SPARE_EMAIL"])[0].cookies["session"] for _ in range(SPARE_SESSIONS)]
    os.environ["FUZZ_SPARE_SESSIONS"] = " ".join(spare)
    config = FOLDER / "schemathesis.toml"
    program = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(config), "run", f"{url}/openapi.json"]
    os.execv(sys.executable, program + rest)
