"""Commands of the host of a match: kick, ban, mute, lock, rename, bots, rounds."""

from __future__ import annotations

from game_server.errors import RequestRefused
from game_server.lobby.match.hosted_match import HostedMatch
from game_server.lobby.match.roster import Member
from game_server.lobby.person import Person
from game_server.lobby.text.nicknames import clean
from game_server.protocol import (
    MAX_MATCH_NAME,
    EventCode,
    HomeCode,
    LeaveReason,
    Moderate,
    ModerateDeed,
    Notice,
    NoticeCode,
    RefusalCode,
)
from game_server.simulation import END_ROUND, START_ROUND


def moderate(match: HostedMatch, person: Person, message: Moderate) -> None:
    """Do in ``match`` what ``person`` asks for.

    Raises:
        RequestRefused: ``person`` is not the host, or it cannot be done; nothing has changed.
    """
    match.state.moderation.authorise(person.player)
    with match.barrier():
        match message.deed:
            case ModerateDeed.KICK:
                member = _other(match, person, message.player)
                for wish, address in member.known_as:
                    match.state.moderation.kick(wish, address, match.state.context.now())
                _expel(match, member, LeaveReason.KICKED, HomeCode.KICKED, "The host has removed you from the match.")
            case ModerateDeed.BAN:
                member = _other(match, person, message.player)
                left_out = match.state.moderation.ban(member.known_as, match.state.member(person.player).known_as)
                if left_out:
                    person.send(Notice(NoticeCode.BANNED_IN_PART, left_out))
                _expel(match, member, LeaveReason.BANNED, HomeCode.BANNED, "The host has banned you from the match.")
            case ModerateDeed.MUTE | ModerateDeed.UNMUTE:
                _mute(match, _other(match, person, message.player), message.deed == ModerateDeed.MUTE)
            case ModerateDeed.LOCK | ModerateDeed.UNLOCK:
                match.state.moderation.locked = message.deed == ModerateDeed.LOCK
                match.match.announce((EventCode.LOCKED, int(match.state.moderation.locked)))
                match.seating.serve_queue()
            case ModerateDeed.RENAME:
                match.seating.rename(_name(match.state.context.words(message.text)))
            case ModerateDeed.ADD_BOT:
                _add_bot(match)
            case ModerateDeed.REMOVE_BOT:
                _remove_bot(match)
            case ModerateDeed.START_ROUND:
                if not match.match.order(START_ROUND):
                    raise RequestRefused(RefusalCode.NOT_ALLOWED, "this game has no rounds")
            case ModerateDeed.END_ROUND:
                if not match.match.order(END_ROUND):
                    raise RequestRefused(RefusalCode.NOT_ALLOWED, "no round is being played")
            case ModerateDeed.HAND_OVER:
                member = _other(match, person, message.player)
                if member.person is None:
                    raise RequestRefused(RefusalCode.NO_SUCH_PLAYER, f"{member.nickname} is not connected")
                match.state.appoint(member.player)


def _name(text: str) -> str:
    name = clean(text, MAX_MATCH_NAME)
    if not name:
        raise RequestRefused(RefusalCode.BAD_OPTION, "a match name needs a visible character")
    return name


def _other(match: HostedMatch, person: Person, player: int) -> Member:
    member = match.state.member(player)
    if member.bot:
        raise RequestRefused(RefusalCode.NO_SUCH_PLAYER, f"{member.nickname} is a bot")
    if member.person is person:
        raise RequestRefused(RefusalCode.NOT_ALLOWED, "you cannot do that to yourself")
    return member


def _expel(match: HostedMatch, member: Member, reason: LeaveReason, code: HomeCode, text: str) -> None:
    person = member.person
    try:
        match.seating.vacate(member.player, reason)
    finally:
        if person:
            person.home(code, text)


def _mute(match: HostedMatch, member: Member, muted: bool) -> None:
    for wish, address in member.known_as:
        match.state.moderation.mute(wish, address, muted)
    if member.voice:
        member.voice.muted = muted
    match.state.chat.announce(f"{member.nickname} was muted." if muted else f"{member.nickname} may speak again.")


def _add_bot(match: HostedMatch) -> None:
    if len(match.state.roster) >= match.options.max_players:
        raise RequestRefused(RefusalCode.MATCH_FULL, "no seat is free for a bot")
    if not match.bot_room():
        raise RequestRefused(RefusalCode.MATCH_FULL, "the limit of bots in matches that people open is reached")
    match.bot_seats.wanted = match.state.roster.bot_count + 1
    match.seating.fill()


def _remove_bot(match: HostedMatch) -> None:
    bots = match.state.roster.bots()
    if not bots:
        raise RequestRefused(RefusalCode.NO_SUCH_PLAYER, "there is no bot")
    match.bot_seats.wanted = len(bots) - 1
    match.seating.vacate(bots[-1].player, LeaveReason.LEFT)
