from __future__ import annotations

import pytest

from game_server.errors import ConfigError
from game_server.transport.http.origins import (
    Origin,
    host_allowed,
    origin_allowed,
    page_origin,
    parse_origin,
    public_url,
    sharing,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("http://play.example", Origin("http", "play.example", 80)),
        ("https://play.example", Origin("https", "play.example", 443)),
        ("HTTPS://Play.Example:8443", Origin("https", "play.example", 8443)),
        ("http://[::1]:8000", Origin("http", "::1", 8000)),
    ],
)
def test_an_origin_has_scheme_host_and_port(text: str, expected: Origin) -> None:
    assert parse_origin(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "play.example",
        "http://",
        "http:///",
        "http://play.example/",
        "http://user@play.example",
        "http://play.example:port",
        "http://play.example:99999",
        "http://play.example?x",
        "http://[::1",
        "http://[::1].play.example",
        "http://play<b>.example",
        "file://play.example",
        "http://plây.example",
        "http://play.example\t",
    ],
)
def test_what_is_no_origin_of_a_web_page_is_none(text: str) -> None:
    assert parse_origin(text) is None


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://127.0.0.1:8000", "127.0.0.1:8000"),
        ("http://Play.Example", "play.example"),
        ("http://play.example", "play.example:80"),
        ("https://play.example", "play.example"),
        ("http://[::1]:8000", "[::1]:8000"),
    ],
)
def test_a_page_of_the_same_host_may_connect(origin: str, host: str) -> None:
    assert origin_allowed(origin, host, ())


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://evil.example", "play.example"),
        ("http://127.0.0.1:9000", "127.0.0.1:8000"),
        ("http://play.example", "play.example:8000"),
        ("https://play.example", "play.example:80"),
        ("http://play.example.evil.example", "play.example"),
        ("null", "play.example"),
        ("http://play.example", ""),
        ("http://play.example", "evil.example@play.example"),
    ],
)
def test_a_page_of_another_host_may_not(origin: str, host: str) -> None:
    assert not origin_allowed(origin, host, ())


def test_the_host_may_allow_further_pages() -> None:
    allowed = ("https://site.example", "http://other.example:81")
    assert origin_allowed("https://site.example:443", "play.example", allowed)
    assert origin_allowed("http://other.example:81", "play.example", allowed)
    assert not origin_allowed("http://site.example", "play.example", allowed)


def test_a_star_allows_every_page() -> None:
    assert origin_allowed("null", "play.example", ("*",))


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://play.example", "https://play.example"),
        ("https://play.example/", "https://play.example"),
        ("HTTPS://Play.Example:443", "https://play.example"),
        ("http://play.example:8080", "http://play.example:8080"),
        ("http://192.168.1.20:8000", "http://192.168.1.20:8000"),
        ("http://[2001:DB8::1]:80/", "http://[2001:db8::1]"),
    ],
)
def test_a_public_url_is_written_as_its_pages_name_their_origin(text: str, url: str) -> None:
    assert public_url(text) == url
    assert public_url(url) == url
    assert origin_allowed(url, "127.0.0.1:8000", (url,))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "play.example",
        "//play.example",
        "ws://play.example",
        "https://",
        "https://play.example/arena",
        "https://play.example//",
        "https://play.example?x",
        "https://user@play.example",
        "https://play example",
        "https://*.example",
        "https://play..example",
        "https://play.example:0",
        "https://play.example:99999",
        "https://[fe80::1%25eth0]",
        "https://play.example\n",
    ],
)
def test_what_is_no_public_url_is_refused_in_one_line_with_what_to_write(text: str) -> None:
    with pytest.raises(ConfigError) as refused:
        public_url(text)
    assert repr(text) in str(refused.value)
    assert "https://play.example" in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "192.168.1.20:8000",
        "[::1]",
        "[2001:db8::1]:8000",
        "localhost",
        "LOCALHOST:8000",
        "localhost.",
        "mybox",
        "mybox.local:8000",
        "x.localhost",
        "play.example",
        "Play.Example:8443",
        "friends.example",
    ],
)
def test_a_server_goes_by_addresses_local_names_and_those_of_its_origins(host: str) -> None:
    assert host_allowed(host, ["https://play.example", "http://friends.example:8080"])


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "play.example.evil.example",
        "xplay.example",
        "127.0.0.1.nip.example",
        "1.2.3",
        "",
        ":80",
        "a b",
        "x@play.example",
        "[::1",
        "[::1].evil.example",
        "[::1]evil.example:80",
        "evil[::1]",
        "<b>mybox",
        "my^box|",
        "evil.example.",
    ],
)
def test_a_server_goes_by_no_other_name(host: str) -> None:
    assert not host_allowed(host, ["https://play.example"])
    assert host == "" or host_allowed(host, ["*"])


@pytest.mark.parametrize(
    ("written", "origin"),
    [
        ("https://[2001:DB8:0::1]", "https://[2001:db8::1]"),
        ("https://[2001:db8:0:0:0:0:0:1]:8443", "https://[2001:db8::1]:8443"),
        ("HTTPS://Play.Example:443/", "https://play.example"),
        ("http://play.example:080", "http://play.example"),
        ("http://192.0.2.7:8000/", "http://192.0.2.7:8000"),
        ("https://müller.example:8443", "https://xn--mller-kva.example:8443"),
        ("https://Bücher.例え", "https://xn--bcher-kva.xn--r8jz45g"),
    ],
)
def test_an_address_that_a_person_wrote_is_taken_as_the_browser_writes_it(written: str, origin: str) -> None:
    assert page_origin(written) == public_url(written) == origin
    assert page_origin(origin) == origin
    assert origin_allowed(origin, "127.0.0.1:8000", [page_origin(written)])


@pytest.mark.parametrize(
    "written",
    [
        "",
        "play.example",
        "wss://play.example",
        "https://play.example/path",
        "https://play.example?x",
        "https://user@play.example",
        "https://play.example:0",
        "https://play.example:65536",
        "https://play.example.",
        "https://play..example",
        "https://127.1",  # which browsers open as 127.0.0.1
        "https://0x7f.0.0.1",
        "https://010.0.0.1",
        "https://[fe80::1%eth0]",
        "https://straße.example",  # of two standards: strasse.example, or xn--strae-oqa.example
        f"https://{'a' * 64}.example",
        "null",
    ],
)
def test_an_address_that_no_browser_names_so_is_refused(written: str) -> None:
    for read, what in ((page_origin, "origin"), (public_url, "public URL")):
        with pytest.raises(ConfigError, match=f"^{what} .* cannot be used: write it as the browser"):
            read(written)


def test_an_origin_that_is_an_address_is_one_however_it_is_written() -> None:
    assert origin_allowed("https://[2001:db8::1]", "127.0.0.1:8000", ["https://[2001:DB8:0::1]"])
    assert origin_allowed("http://[::1]:8000", "[0:0::1]:8000", ())
    assert not origin_allowed("https://[2001:db8::2]", "127.0.0.1:8000", ["https://[2001:db8::1]"])


@pytest.mark.parametrize(
    ("lines", "allowed", "shared"),
    [
        ([b"https://club.example"], ["https://club.example"], "https://club.example"),
        ([b"https://club.example:443"], ["https://club.example"], "https://club.example:443"),
        ([b"https://club.example"], ["*"], "*"),
        ([], ["*"], "*"),
        ([b"https://club.example"], [], None),
        ([b"https://club.example"], ["https://play.example"], None),
        ([b"http://club.example"], ["https://club.example"], None),
        ([b"null"], ["https://club.example"], None),
        ([b"https://club.example\xff"], ["https://club.example"], None),
        ([b"https://club.example", b"https://club.example"], ["https://club.example"], None),
        ([], ["https://club.example"], None),
    ],
)
def test_files_are_shared_with_the_pages_that_may_connect(
    lines: list[bytes], allowed: list[str], shared: str | None
) -> None:
    headers = dict(sharing(lines, allowed))
    assert headers.get("Access-Control-Allow-Origin") == shared
    # A cache that has the answer to one page must not give it to another.
    assert ("Vary" in headers) == (allowed not in ([], ["*"]))
