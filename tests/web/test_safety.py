"""Who is refused, and that nobody who is refused learns or does anything."""

import socket
import stat
from urllib.parse import urlencode

import pytest
from starlette.routing import Mount

from ingest.web.errands import COMMANDS
from ingest.web.guard import cookie_name
from ingest.web.keys import KEY, LINK_HOLDS, RUNNING, VISIT_HOLDS, Keys, link_of_running, new_keys, tell_running

PORT = 8321
OWN = f"http://127.0.0.1:{PORT}"
PAGES = ("/", "/now/part", "/now/pictures", "/cards", "/shoots", "/shoots/1", "/health", "/events", "/work", "/nothing")


def enter(client, token):
    return client.get("/enter", params={"token": token})


def form_word(visitor, desk):
    return desk.keys.form_word(visitor.cookies[cookie_name(PORT)])


@pytest.fixture
def post(visitor, desk):
    """Send a form as our own page does; a header that is None is left out."""

    def send(path="/do/check", word=None, **headers):
        given = {"origin": OWN, "sec_fetch_site": "same-origin"} | headers
        told = {name.replace("_", "-"): value for name, value in given.items() if value is not None}
        body = urlencode({"form_word": form_word(visitor, desk) if word is None else word, "card": "00"})
        told["content-type"] = "application/x-www-form-urlencoded"
        return visitor.post(path, content=body, headers=told)

    return send


@pytest.mark.parametrize("path", PAGES)
def test_without_a_visit_nothing_is_shown_but_how_to_come_in(stranger, studio, path):
    answer = stranger.get(path)
    assert answer.status_code == 403
    assert "safelight dashboard --link" in answer.text
    assert str(studio.home) not in answer.text


def test_the_link_opens_the_page_once_and_is_worth_nothing_then(desk, stranger):
    token = desk.keys.link_token(desk.clock())
    answer = enter(stranger, token)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"]
    assert all(word in cookie for word in ("HttpOnly", "SameSite=strict", "Path=/", cookie_name(PORT)))
    assert token not in cookie
    assert stranger.get("/").status_code == 200

    stranger.cookies.clear()
    replayed = enter(stranger, token)
    assert replayed.status_code == 403
    assert "used already" in replayed.text
    assert "set-cookie" not in replayed.headers
    assert stranger.get("/").status_code == 403


def test_the_same_link_again_in_the_browser_that_used_it_just_leads_to_the_page(desk, stranger):
    token = desk.keys.link_token(desk.clock())
    enter(stranger, token)
    again = enter(stranger, token)
    assert (again.status_code, again.headers["location"]) == (303, "/")


@pytest.mark.parametrize("token", ["", "x", "ffffffff.00.00", "é.é.é", "ffffffff.." + "0" * 64, "0" * 4000])
def test_a_token_that_nobody_signed_opens_nothing(stranger, token):
    assert enter(stranger, token).status_code == 403


def test_a_link_is_too_old_after_five_minutes_and_void_after_a_new_start(desk):
    keys, now = desk.keys, 1_000_000.0
    assert not keys.redeem(keys.link_token(now), now + LINK_HOLDS + 1)
    assert not Keys(keys.key, "another start").redeem(keys.link_token(now), now)
    assert keys.redeem(keys.link_token(now), now + LINK_HOLDS - 1)


def test_a_visit_ends_after_a_week_and_outlives_a_new_start(studio):
    before, now = new_keys(studio.home), 1_000_000.0
    visit = before.visit(now)
    after = new_keys(studio.home)
    assert after.is_visit(visit, now + VISIT_HOLDS - 1)
    assert not after.is_visit(visit, now + VISIT_HOLDS + 1)
    assert not after.is_visit(before.link_token(now), now), "a link is no cookie"


def test_a_cookie_of_another_home_or_another_port_is_none(desk, stranger):
    foreign = Keys(b"x" * 32, desk.keys.boot).visit(desk.clock())
    stranger.cookies.set(cookie_name(PORT), foreign)
    assert stranger.get("/").status_code == 403
    stranger.cookies.clear()
    stranger.cookies.set(cookie_name(PORT + 1), desk.keys.visit(desk.clock()))
    assert stranger.get("/").status_code == 403


def test_the_key_and_the_note_of_the_running_page_are_readable_by_their_owner_alone(studio):
    keys = new_keys(studio.home)
    tell_running(studio.home, keys, PORT)
    for name in (KEY, RUNNING):
        assert stat.S_IMODE((studio.home / name).stat().st_mode) == 0o600
    note = (studio.home / RUNNING).read_text(encoding="ascii")
    assert keys.key.hex() not in note


def test_a_new_link_for_the_running_page_opens_it(studio):
    keys = new_keys(studio.home)
    assert link_of_running(studio.home, 5.0) is None
    tell_running(studio.home, keys, PORT)
    port, token = link_of_running(studio.home, 5.0)
    assert port == PORT
    assert keys.redeem(token, 6.0)


HOSTS = [
    "evil.example",
    f"evil.example:{PORT}",
    f"127.0.0.1.evil.example:{PORT}",
    f"127.0.0.1:{PORT + 1}",
    "127.0.0.1",
    "",
    f"127.0.0.1:{PORT}.",
    f"localhost.:{PORT}",
    f"127.1:{PORT}",
    f"0.0.0.0:{PORT}",
    f"[::1]:{PORT}",
    f"user@127.0.0.1:{PORT}",
    f"127.0.0.1:{PORT}@evil.example",
]


@pytest.mark.parametrize("host", HOSTS)
def test_a_name_that_somebody_else_gave_this_address_is_refused_with_and_without_a_visit(visitor, desk, host):
    for path in ("/", "/static/base.css", "/events"):
        answer = visitor.get(path, headers={"host": host})
        assert answer.status_code == 403, path
        assert "Safelight's page to its own computer" in answer.text
    token = desk.keys.link_token(desk.clock())
    assert visitor.get("/enter", params={"token": token}, headers={"host": host}).status_code == 403
    assert desk.keys.redeem(token, desk.clock()), "a foreign host uses up no link"


def test_a_host_that_was_rebound_has_neither_cookie_nor_answer(stranger):
    """DNS rebinding: the browser believes that it talks to evil.example, which is 127.0.0.1 now."""
    answer = stranger.get("/", headers={"host": f"evil.example:{PORT}", "sec-fetch-site": "same-origin"})
    assert answer.status_code == 403


def test_two_host_headers_are_refused(visitor):
    request = visitor.build_request("GET", "/")
    request.headers = type(request.headers)([*request.headers.multi_items(), ("host", "evil.example")])
    assert visitor.send(request).status_code == 403


def test_localhost_is_the_same_computer(desk, stranger):
    token = desk.keys.link_token(desk.clock())
    headers = {"host": f"localhost:{PORT}"}
    assert stranger.get("/enter", params={"token": token}, headers=headers).status_code == 303


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_what_another_site_asks_for_is_refused_even_with_a_visit(visitor, path, site):
    answer = visitor.get(path, headers={"sec-fetch-site": site, "sec-fetch-mode": "no-cors"})
    assert answer.status_code == 403
    assert "Safelight ·" not in answer.text


@pytest.mark.parametrize("origin", ["http://evil.example", "null", f"https://127.0.0.1:{PORT}", "http://127.0.0.1", ""])
def test_events_are_told_to_no_foreign_origin(visitor, origin):
    assert visitor.get("/events", headers={"origin": origin}).status_code == 403


def test_a_link_on_another_site_may_lead_to_the_entry_and_nowhere_else(desk, stranger):
    """The link was sent to oneself by mail: a click on it is a navigation from another site."""
    headers = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    assert stranger.get("/", headers=headers).status_code == 403
    answer = stranger.get("/enter", params={"token": desk.keys.link_token(desk.clock())}, headers=headers)
    assert (answer.status_code, answer.headers["refresh"]) == (200, "0; url=/")
    assert stranger.get("/").status_code == 200
    hidden = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}
    token = desk.keys.link_token(desk.clock())
    assert stranger.get("/enter", params={"token": token}, headers=hidden).status_code == 403
    assert desk.keys.redeem(token, desk.clock())


def test_a_form_of_our_own_page_is_taken(post):
    assert post().status_code == 409, "it is taken, and that card is not there"


@pytest.mark.parametrize(
    "changed",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": f"http://127.0.0.1:{PORT + 1}"},
        {"origin": f"http://localhost:{PORT}"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "same-site"},
        {"origin": None, "sec_fetch_site": "none"},
        {"origin": None, "sec_fetch_site": None},
        {"word": ""},
        {"word": "0" * 64},
    ],
)
def test_a_form_from_anywhere_else_is_refused(post, changed):
    assert post(**changed).status_code == 403


def test_a_form_of_another_visit_is_refused(post, desk):
    assert post(word=desk.keys.form_word(desk.keys.visit(desk.clock() + 1))).status_code == 403


def test_a_form_without_a_visit_is_refused(post, visitor):
    word = "0"
    visitor.cookies.clear()
    assert post(word=word).status_code == 403


def test_a_form_that_is_too_large_is_refused(post):
    assert post(word="0" * 20_000).status_code == 413


def test_the_word_of_a_form_may_come_as_a_header(visitor, desk):
    headers = {"origin": OWN, "x-safelight-form": form_word(visitor, desk)}
    assert visitor.post("/do/nothing", headers=headers).status_code == 404


@pytest.mark.parametrize("path", [*sorted({*PAGES} - {"/events"}), "/static/base.css", "/enter"])
def test_every_answer_forbids_the_browser_what_it_must_not_do(visitor, path):
    headers = visitor.get(path).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "connect-src": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
    }
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store" or path.startswith("/static")
    assert not [name for name in headers if name.startswith("access-control")]


def test_a_preflight_of_another_site_is_given_no_permission(visitor):
    headers = {"origin": "http://evil.example", "access-control-request-method": "POST"}
    answer = visitor.options("/do/check", headers=headers)
    assert answer.status_code == 403
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_nothing_that_the_page_can_start_removes_or_replaces_anything():
    """The list is short; whoever adds to it must change this test, and think."""
    assert {name: command.words for name, command in COMMANDS.items()} == {
        "check": ("check",),
        "ingest": ("ingest",),
        "verify": ("verify",),
        "tag": ("tag",),
        "cloud-run": ("cloud", "run"),
        "catch-up": ("catch-up",),
        "drill": ("drill",),
        "ledger-backup": ("ledger", "backup"),
    }


def test_only_the_list_of_commands_takes_forms(visitor):
    def methods(routes):
        for route in routes:
            if not isinstance(route, Mount):
                yield route.path, set(route.methods or ())

    found = dict(methods(visitor.app.routes))
    assert {path for path, words in found.items() if not words <= {"GET", "HEAD"}} == {"/do/{name}"}


@pytest.mark.parametrize("name", ["card-clear", "release", "repair", "ledger-rebuild", "../release", "check;rm"])
def test_what_is_not_on_the_list_cannot_be_started(post, name):
    assert post(f"/do/{name}").status_code == 404


@pytest.mark.parametrize("card", ["/", "/etc", "--help", "2f", "", "zz", "2d2d68656c70"])
def test_a_card_that_was_not_seen_in_a_reader_reaches_no_command(visitor, desk, card):
    body = urlencode({"form_word": form_word(visitor, desk), "card": card})
    headers = {"origin": OWN, "content-type": "application/x-www-form-urlencoded"}
    assert visitor.post("/do/ingest", content=body, headers=headers).status_code == 409
    assert visitor.app.state.floor.errands.all == []


@pytest.mark.parametrize("shoot", ["1", "--help", "1 --to /", "１", "", "9" * 30])
def test_a_shoot_that_is_not_known_reaches_no_command(visitor, desk, shoot):
    body = urlencode({"form_word": form_word(visitor, desk), "shoot": shoot})
    headers = {"origin": OWN, "content-type": "application/x-www-form-urlencoded"}
    assert visitor.post("/do/verify", content=body, headers=headers).status_code == 409
    assert visitor.app.state.floor.errands.all == []


def test_after_a_form_the_way_back_leads_to_no_other_site(visitor, desk):
    from starlette.requests import Request

    from ingest.web.page_do import _back

    for referer, path in {
        f"{OWN}/shoots/3?needs=you": "/shoots/3?needs=you",
        "http://evil.example/shoots": "/",
        f"{OWN}//evil.example/": "/",
        "": "/",
    }.items():
        scope = {"type": "http", "app": visitor.app, "headers": [(b"referer", referer.encode())], "path": "/do/check"}
        assert _back(Request(scope)) == path


def test_a_socket_that_is_no_browser_gets_nothing_either(served):
    """Raw bytes at the real server: a foreign Host, none at all, an address as the target."""
    for request in (
        b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        b"GET / HTTP/1.0\r\n\r\n",
        b"GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    ):
        with socket.create_connection(("127.0.0.1", served.port), timeout=5) as line:
            line.sendall(request)
            answer = line.recv(4096)
        assert answer.split()[1] in (b"403", b"400"), answer
