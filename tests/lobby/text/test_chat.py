from __future__ import annotations

from collections.abc import Callable

import attrs
import pytest

from game_server.lobby.text.chat import ChatChannel, ChatRate, Voice
from game_server.protocol import NO_PLAYER, Line, LineKind, Notice, NoticeCode, Said, decode_server
from game_server.throttling import Budgets, Throttling, TokenBucket
from tests.lobby.people import Clock

MATCH, WHISPER, WHISPERED, SPECTATOR, SERVER = (
    LineKind.MATCH,
    LineKind.WHISPER,
    LineKind.WHISPERED,
    LineKind.SPECTATOR,
    LineKind.SERVER,
)


def takes_all(sent: list[bytes]) -> Callable[[bytes], bool]:
    """What sends to a connection that keeps up."""

    def send(message: bytes) -> bool:
        sent.append(message)
        return True

    return send


@attrs.define
class Place:
    """A chat and those who are in it."""

    clock: Clock = attrs.Factory(Clock)
    apart: bool = False
    sent: dict[str, list[bytes]] = attrs.Factory(dict)
    chat: ChatChannel = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        shout = str.upper if self.apart else str
        self.chat = ChatChannel(MATCH, shout, self.clock, apart=self.apart)

    def come(self, nickname: str, player: int = NO_PLAYER, *, watches: bool = False) -> Voice:
        self.sent[nickname] = []
        voice = Voice(
            nickname, takes_all(self.sent[nickname]), TokenBucket(5, 1, self.clock()), player=player, watches=watches
        )
        self.chat.enter(voice)
        return voice

    def heard(self, nickname: str) -> list[tuple[int, str, str]]:
        """Kind, nickname and text of each line since the last call; notices as their code."""
        self.chat.flush()
        found: list[tuple[int, str, str]] = []
        for data in self.sent[nickname]:
            message = decode_server(data)
            if isinstance(message, Said):
                found += [(line.kind, line.nickname, line.text) for line in message.lines]
            else:
                assert isinstance(message, Notice)
                assert message.text
                found.append((-message.code, "", ""))
        self.sent[nickname].clear()
        return found


def test_a_line_reaches_everybody_here_the_speaker_included() -> None:
    place = Place()
    ada = place.come("Ada", 0)
    place.come("Grace", 1)
    place.chat.say(ada, " well\n\x1b played\u202e ")
    assert place.heard("Ada") == place.heard("Grace") == [(MATCH, "Ada", "well played")]


@pytest.mark.parametrize("text", ["/foo", "/wBob secret", " /w Bob secret", "/", "\u200b/say hi", "//"])
def test_a_line_that_begins_with_a_slash_is_answered_to_its_writer_alone(text: str) -> None:
    place = Place()
    ada = place.come("Ada", 0)
    place.come("Grace", 1)
    place.chat.say(ada, text)
    assert place.heard("Ada") == [(-NoticeCode.NO_SUCH_COMMAND, "", "")]
    assert place.heard("Grace") == []
    late = place.come("Eve", 2)
    place.chat.recall(late)
    assert place.heard("Eve") == []


def test_a_whisper_may_begin_with_a_slash() -> None:
    place = Place()
    ada = place.come("Ada", 0)
    place.come("Grace", 1)
    place.chat.say(ada, "/foo", "Grace")
    assert place.heard("Grace") == [(WHISPER, "Ada", "/foo")]


def test_a_person_who_has_left_hears_nothing() -> None:
    place = Place()
    ada, grace = place.come("Ada", 0), place.come("Grace", 1)
    place.chat.leave(grace)
    place.chat.say(ada, "hello")
    assert place.heard("Grace") == []


def test_a_voice_that_was_replaced_silences_nobody_by_leaving() -> None:
    place = Place()
    old = place.come("Ada", 0)
    new = place.come("ADA", 0)
    place.chat.leave(old)
    place.chat.say(new, "hello")
    assert place.heard("ADA") == [(MATCH, "ADA", "hello")]


def test_newcomers_get_the_last_50_lines_without_whispers() -> None:
    place = Place()
    ada = place.come("Ada", 0)
    for number in range(60):
        place.clock.now += 1
        place.chat.say(ada, f"line {number}")
        place.chat.publish()
        place.clock.now += 1
        place.chat.say(ada, "psst", "Ada")
    place.chat.recall(place.come("Grace", 1))
    assert place.heard("Grace") == [(MATCH, "Ada", f"line {number}") for number in range(10, 60)]


def test_nothing_is_sent_to_an_arrival_when_nothing_was_said() -> None:
    place = Place()
    place.chat.recall(place.come("Ada"))
    assert place.heard("Ada") == []


@pytest.mark.parametrize("to", ["Grace", "GRACE", "Gra\u200dce"])
def test_a_whisper_reaches_one_alone_and_comes_back_to_the_speaker(to: str) -> None:
    place = Place()
    ada = place.come("Ada", 0)
    place.come("Grace", 1)
    place.come("Edsger", 2)
    place.chat.say(ada, "psst", to)
    assert place.heard("Grace") == [(WHISPER, "Ada", "psst")]
    assert place.heard("Ada") == [(WHISPERED, "Grace", "psst")]
    assert place.heard("Edsger") == []


def test_a_whisper_to_oneself_arrives_once() -> None:
    place = Place()
    place.chat.say(place.come("Ada", 0), "buy milk", "ada")
    assert place.heard("Ada") == [(WHISPERED, "Ada", "buy milk")]


def test_a_whisper_to_nobody_is_a_notice() -> None:
    place = Place()
    place.chat.say(place.come("Ada", 0), "psst", "Nobody")
    assert place.heard("Ada") == [(-NoticeCode.NOBODY_CALLED_SO, "", "")]


def test_five_lines_at_once_then_one_a_second_whispers_included() -> None:
    place = Place()
    ada = place.come("Ada", 0)
    place.come("Grace", 1)
    for to in ("", "Grace") * 3:
        place.chat.say(ada, "hello", to)
    assert len(place.heard("Grace")) == 5
    assert (-NoticeCode.WRITES_TOO_FAST, "", "") in place.heard("Ada")
    for _ in range(40):
        place.clock.now += 0.25
        place.chat.say(ada, "again")
    assert len(place.heard("Grace")) == 10


def test_one_who_writes_too_fast_takes_nothing_from_another() -> None:
    place = Place()
    ada, grace = place.come("Ada", 0), place.come("Grace", 1)
    for _ in range(9):
        place.chat.say(ada, "hello")
    place.heard("Grace")
    place.chat.say(grace, "enough")
    assert place.heard("Grace") == [(MATCH, "Grace", "enough")]


def test_an_empty_line_is_shown_to_nobody_and_counts_as_a_line() -> None:
    place = Place()
    ada = place.come("Ada", 0)
    for text in [*["\u200b \x00"] * 4, "fifth", "sixth"]:
        place.chat.say(ada, text)
    assert place.heard("Ada") == [(-NoticeCode.WRITES_TOO_FAST, "", ""), (MATCH, "Ada", "fifth")]


def test_what_is_written_too_fast_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    place = Place()
    ada = place.come("Ada", 0)
    for _ in range(5):
        place.chat.say(ada, "hello")
    monkeypatch.setattr("game_server.lobby.text.chat.clean_chat", lambda _text: pytest.fail("it was looked at"))
    place.chat.say(ada, "\u0f73" * 1024)


def test_lines_after_a_pause_leave_at_the_next_look_and_later_ones_in_half_a_second() -> None:
    place = Place()
    voices = [place.come(name) for name in ("Ada", "Grace", "Edsger")]
    place.chat.say(voices[0], "first")
    assert place.sent["Grace"] == [], "the speaker does not pay for all who hear"
    place.chat.publish()
    assert len(place.sent["Grace"]) == 1
    for number in range(3):
        for voice in voices:
            place.chat.say(voice, f"line {number}")
    place.chat.publish()
    assert len(place.sent["Grace"]) == 1
    place.clock.now += 0.5
    place.chat.publish()
    assert [len(decode_server(data).lines) for data in place.sent["Grace"]] == [1, 9]  # type: ignore[union-attr]


def test_all_get_the_very_same_bytes() -> None:
    place = Place()
    ada = place.come("Ada")
    place.come("Grace")
    place.chat.say(ada, "hello")
    place.chat.publish()
    assert place.sent["Ada"][0] is place.sent["Grace"][0]


def test_more_than_8_kib_in_half_a_second_is_too_much_for_one_place() -> None:
    place = Place()
    voices = [place.come(f"P{number}") for number in range(70)]
    place.come("Ada")
    for voice in voices:
        for _ in range(5):
            place.chat.say(voice, "\u6f22" * 200)
    assert (-NoticeCode.TOO_MUCH_IS_SAID, "", "") in place.heard("P69")
    assert sum(map(len, place.sent["Ada"])) < 10_000
    place.clock.now += 0.5
    place.chat.say(place.come("Grace"), "enough")
    assert place.heard("Ada")[-1] == (MATCH, "Grace", "enough")


def test_of_much_that_was_said_elsewhere_the_newest_is_sent_and_all_of_it_remembered() -> None:
    place = Place()
    place.come("Ada")
    lines = [Line(MATCH, NO_PLAYER, "Bob", f"{number:02}" + 290 * "x") for number in range(40)]
    place.chat.hear_from_afar(lines)
    heard = [text[:2] for _, _, text in place.heard("Ada")]
    assert heard == [f"{number:02}" for number in range(40 - len(heard), 40)]
    assert 20 < len(heard) < 30
    assert place.chat.history == tuple(lines)


def test_whispers_to_one_person_are_limited_in_all() -> None:
    place = Place()
    place.come("Ada")
    for number in range(12):
        place.chat.say(place.come(f"P{number}"), "psst", "Ada")
    assert len(place.heard("Ada")) == 10
    assert place.heard("P11") == [(-NoticeCode.TOO_MUCH_IS_SAID, "", "")]
    place.clock.now += 0.5
    place.chat.say(place.come("Grace"), "psst", "Ada")
    assert place.heard("Ada") == [(WHISPER, "Grace", "psst")]


def test_a_slow_connection_gets_the_number_of_lines_that_are_missing() -> None:
    place = Place()
    ada, grace = place.come("Ada"), place.come("Grace")
    keeps_up, grace.send = grace.send, lambda _message: False
    for text in ("one", "two", "three"):
        place.chat.say(ada, text)
        place.chat.flush()
    grace.send = keeps_up
    place.chat.say(ada, "four")
    [(kind, _, text), line] = place.heard("Grace")
    assert kind == SERVER
    assert text.startswith("3 lines")
    assert line == (MATCH, "Ada", "four")


def test_what_was_said_before_is_16_kib_at_most() -> None:
    place = Place()
    ada = place.come("Ada")
    for _ in range(60):
        place.clock.now += 1
        place.chat.say(ada, "\u6f22" * 200)
        place.chat.publish()
    place.chat.recall(place.come("Grace"))
    assert 10_000 < sum(map(len, place.sent["Grace"])) < 17_000


def test_a_line_over_200_characters_is_cut() -> None:
    place = Place()
    place.chat.say(place.come("Ada", 0), "x" * 3_700)
    assert place.heard("Ada") == [(MATCH, "Ada", "x" * 200)]


@pytest.mark.parametrize("to", ["", "Grace"])
def test_one_who_is_muted_alone_learns_of_it(to: str) -> None:
    place = Place()
    ada = place.come("Ada", 0)
    place.come("Grace", 1)
    ada.muted = True
    place.chat.say(ada, "hello", to)
    assert place.heard("Ada") == [(-NoticeCode.MUTED, "", "")]
    assert place.heard("Grace") == []


@pytest.mark.parametrize("to", ["", "Grace"])
def test_a_line_that_the_rules_hold_back_reaches_nobody_and_its_writer_learns_of_it(to: str) -> None:
    place = Place()
    ada, grace = place.come("Ada", 0), place.come("Grace", 1)
    asked = []

    def held_back(voice: Voice, text: str) -> bool:
        asked.append(text)
        return voice is ada

    place.chat.held_back = held_back
    place.chat.say(ada, " the\x1b word ", to)
    assert asked == ["the word"], "as it would be shown"
    assert place.heard("Ada") == [(-NoticeCode.HELD_BACK, "", "")]
    assert place.heard("Grace") == []
    place.chat.say(grace, "hello")
    assert place.heard("Ada") == [(MATCH, "Grace", "hello")]


def test_spectators_who_are_apart_talk_among_themselves_and_are_notified_once() -> None:
    place = Place(apart=True)
    ada, vera = place.come("Ada", 0), place.come("Vera", watches=True)
    place.come("Walt", watches=True)
    for text in ("one", "two"):
        place.chat.say(vera, text)
        place.chat.flush()
    place.chat.say(ada, "hi")
    assert place.heard("Ada") == [(MATCH, "Ada", "HI")]
    assert place.heard("Walt") == [(SPECTATOR, "Vera", "ONE"), (SPECTATOR, "Vera", "TWO"), (MATCH, "Ada", "HI")]
    assert place.heard("Vera")[:2] == [(-NoticeCode.NOT_SHOWN_TO_PLAYERS, "", ""), (SPECTATOR, "Vera", "ONE")]
    place.chat.recall(place.come("Grace", 1))
    place.chat.recall(place.come("Wim", watches=True))
    assert place.heard("Grace") == [(MATCH, "Ada", "HI")]
    assert len(place.heard("Wim")) == 3


def test_nor_do_they_whisper_to_players() -> None:
    place = Place(apart=True)
    ada, vera = place.come("Ada", 0), place.come("Vera", watches=True)
    place.chat.say(vera, "left!", "Ada")
    assert place.heard("Vera") == [(-NoticeCode.NOT_SHOWN_TO_PLAYERS, "", "")]
    place.chat.say(ada, "what?", "Vera")
    assert place.heard("Ada") == [(WHISPERED, "Vera", "WHAT?")]


def test_what_players_say_is_late_for_those_who_see_late_and_nothing_else_is() -> None:
    place = Place()
    late: list[bytes] = []
    ada, vera = place.come("Ada", 0), place.come("Vera", watches=True)
    vera.hear = takes_all(late)
    place.chat.say(ada, "behind you")
    place.chat.say(vera, "hm")
    place.chat.announce("the server stops")
    assert place.heard("Vera") == [(SPECTATOR, "Vera", "hm"), (SERVER, "", "the server stops")]
    assert decode_server(late[0]) == Said((Line(MATCH, 0, "Ada", "behind you"),))


def test_a_line_of_the_server_reaches_everybody_or_one_person_at_once() -> None:
    place = Place()
    ada, _ = place.come("Ada", 0), place.come("Grace", 1)
    place.chat.say(ada, "before")
    place.chat.announce("all")
    place.chat.announce("one", to=ada)
    assert len(place.sent["Ada"]) == 2
    assert [text for _, _, text in place.heard("Ada")] == ["before", "all", "one"]
    assert [text for _, _, text in place.heard("Grace")] == ["before", "all"]


@pytest.mark.parametrize(("more", "fits"), [(0, True), (1, False)])
def test_lines_of_exactly_8_kib_are_not_too_much(more: int, fits: bool) -> None:
    place, said = Place(), 0
    for number in range(40):
        voice = place.come(f"{number:02}")
        place.chat.say(voice, "x" * 198)
        said += 200
    last = place.come("40")
    place.chat.say(last, "x" * (8 * 1024 - said - 2 + more))
    assert ((-NoticeCode.TOO_MUCH_IS_SAID, "", "") not in place.heard("40")) is fits


@pytest.mark.parametrize(("more", "left"), [(0, 41), (1, 40)])
def test_16_kib_of_what_was_said_are_remembered(more: int, left: int) -> None:
    place = Place()
    lines = [Line(MATCH, 0, "Ada", 397 * "x")] * 40 + [Line(MATCH, 0, "Ada", (16 * 1024 - 16_003 + more) * "x")]
    place.chat.restore(lines)
    assert len(place.chat.history) == left


def from_afar(size: int, count: int = 1) -> list[Line]:
    """Lines of ``size`` bytes that somebody has said at another node."""
    return count * [Line(MATCH, NO_PLAYER, "Bob", (size - 3) * "x")]


@pytest.mark.parametrize(("more", "sent"), [(0, 8), (1, 7)])
def test_from_afar_exactly_8_kib_are_sent_and_more_only_remembered(more: int, sent: int) -> None:
    place = Place()
    place.come("Ada")
    place.chat.hear_from_afar(from_afar(1_024, 7) + from_afar(1_024 + more))
    assert len(place.heard("Ada")) == sent
    assert len(place.chat.history) == 8


def test_what_is_heard_from_afar_counts_with_what_is_said_here() -> None:
    place = Place()
    ada = place.come("Ada")
    place.chat.hear_from_afar(from_afar(1_013, 8))
    place.chat.say(ada, "x" * 100)
    assert (-NoticeCode.TOO_MUCH_IS_SAID, "", "") in place.heard("Ada")
    place.chat.say(ada, "x" * 100)
    assert len(place.heard("Ada")) == 1


def test_a_whisper_from_afar_has_one_of_three_answers() -> None:
    place = Place()
    place.come("Ada", 3)
    line = Line(WHISPER, NO_PLAYER, "Bob", "psst")
    answers = [place.chat.whisper_from_afar(line, to) for to in ("nobody", *["ADA"] * 11)]
    assert answers == ["", *["Ada"] * 10, None]
    assert place.heard("Ada") == [(WHISPER, "Bob", "psst")] * 10
    assert [place.chat.has(name) for name in ("aDa", "nobody")] == [True, False]


def test_a_whisper_to_nobody_here_goes_on_if_it_can() -> None:
    place = Place()
    far: list[tuple[str, str, str]] = []
    place.chat.far_whisper = lambda voice, text, to: far.append((voice.nickname, text, to))
    place.chat.say(place.come("Ada"), "psst", "Bob")
    assert (far, place.heard("Ada")) == ([("Ada", "psst", "Bob")], [])


def test_lines_are_written_down_and_recorded_before_they_are_sent() -> None:
    place = Place()
    done: list[tuple[str, list[str]]] = []
    place.chat.remembered = lambda lines: done.append(("remembered", [line.text for line in lines]))
    place.chat.overheard = lambda lines: done.append(("overheard", [line.text for line in lines]))
    ada = place.come("Ada")
    ada.send = lambda _: not done.append(("sent", []))  # type: ignore[func-returns-value]
    place.chat.hear_from_afar([Line(MATCH, 0, "Bob", "far")])
    place.chat.say(ada, "near")
    place.chat.flush()
    assert done == [("remembered", ["near"]), ("overheard", ["far", "near"]), ("sent", [])]
    place.chat.flush()
    assert len(done) == 3


def test_lines_that_are_left_out_are_counted_until_their_number_arrives() -> None:
    place = Place()
    ada, grace = place.come("Ada"), place.come("Grace")
    keeps_up, room = grace.send, [False]

    def send(message: bytes) -> bool:
        return room[0] and keeps_up(message)

    grace.send = send
    for text in ("one", "two"):
        place.chat.say(ada, text)
        place.chat.flush()
    assert grace.missed == 2
    room[0] = True
    grace.deliver_line(Line(SERVER, NO_PLAYER, "", "three"))
    assert grace.missed == 0
    assert [text for _, _, text in place.heard("Grace")] == [
        "2 lines are missing here: your connection did not keep up.",
        "three",
    ]


@pytest.mark.parametrize("budget", [0, 3])
def test_a_line_comes_out_of_ones_own_bucket_and_out_of_that_of_the_address(budget: int) -> None:
    throttling = Throttling(attrs.evolve(Budgets(), chat_per_address=1))
    keys = ("192.0.2.1",) if budget else ()
    rate = ChatRate(0.0, throttling.chat, keys)
    assert [rate.take(1, 0.0) for _ in range(7)].count(True) == 5
    neighbour = ChatRate(0.0, throttling.chat, keys)
    assert [neighbour.take(1, 0.0) for _ in range(5)].count(True) == (0 if budget else 5)
    assert rate.take(1, 1.0)
