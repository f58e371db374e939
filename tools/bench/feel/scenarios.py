"""What is measured, and how: each scenario plays once and gives some of the figures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from playwright.sync_api import Browser

from game_server.games.arena.constants import BOLT_SPEED, TOP_SPEED
from tools.bench.feel import figures
from tools.bench.feel.range import STRAIGHT, TARGET
from tools.bench.feel.stage import hosting, playing

Figures = dict[str, Any]
Scenario = Callable[[Browser, int, float], Figures]
"""Of the browser, the seed, and by how much of the usual time to measure."""

TICK_RATE: Final = 30
SETTLING: Final = 4.0
"""Seconds after joining in which clocks find their pace; the countdown is over then, too."""
INTERPOLATION_AIM: Final = 110.0
"""Milliseconds."""


def presses(browser: Browser, seed: int, share: float) -> Figures:
    """A key pressed while the ship stands: when it is drawn moving."""
    most: list[int] = []
    waits: list[float] = []
    for preset in ("lan", "mobile", "bad", "satellite"):
        with hosting("range", 0, seed, preset) as host, playing(browser, host) as player:
            player.record()
            player.wait(SETTLING)
            for turn in range(max(4, round(12 * share))):
                key = ("KeyA", "KeyD", "KeyW", "KeyS")[turn % 4]
                player.page.keyboard.down(key)
                player.wait(0.15)
                player.page.keyboard.up(key)
                player.wait(1.0)
            seen = player.get("presses")
            most += [press["frames"] for press in seen]
            waits += [press["seen_at"] - press["pressed_at"] for press in seen]
    return {
        "press_frames_max": max(most, default=None),
        "press_ms_p50": figures.percentile(waits, 50),
        "presses": len(most),
    }


def corrections(browser: Browser, seed: int, share: float) -> Figures:
    """Alone on the map: whatever the ship does is foretold to the bit."""
    with hosting("arena", 0, seed, "home") as host, playing(browser, host) as player:
        player.wait(SETTLING)
        before = player.stats
        player.do("wander", seconds=60 * share, seed=seed, fire=True)
        after = player.stats
    return {
        "corrections_home": after["corrections"] - before["corrections"],
        "corrections_home_jumps": after["jumps"] - before["jumps"],
        "corrections_home_inputs": after["inputs"] - before["inputs"],
        "corrections_home_late_inputs": after["late_inputs"] - before["late_inputs"],
    }


def fight(browser: Browser, seed: int, share: float) -> Figures:
    """Among eight fighting bots on a bad link: how far corrections are seen to move the own ship."""
    with hosting("arena", 8, seed, "bad") as host, playing(browser, host) as player:
        player.wait(SETTLING)
        player.record()
        before = player.stats
        player.do("wander", seconds=60 * share, seed=seed, fire=True)
        frames, scale, after = player.frames, float(player.get("scale")), player.stats
    seen = figures.jumps(frames, scale)
    return {
        "jump_px_p99_bad": figures.percentile(seen, 99),
        "jump_px_max_bad": max(seen, default=None),
        "corrections_bad": after["corrections"] - before["corrections"],
        "late_inputs_bad": (after["late_inputs"] - before["late_inputs"]) / (after["inputs"] - before["inputs"]),
        "fight_frame_ms_p50": after["frame_ms_p50"],
        "fight_frame_ms_p99": after["frame_ms_p99"],
    }


def shooting(browser: Browser, seed: int, share: float) -> Figures:
    """At a target that flies straight, on a mobile link: what is drawn of it, and whether dead-on shots hit."""
    with hosting("range", 1, seed, "mobile") as host, playing(browser, host) as player:
        # The server knows the round trip after its first ping, 5 s after joining.
        player.wait(SETTLING + 4)
        player.record()
        before, shots, hits = player.stats, player.get("shots"), player.get("hits")
        log = player.do(
            "shoot",
            seconds=120 * share,
            seed=seed,
            target=TARGET,
            speed=TOP_SPEED,
            boltSpeed=BOLT_SPEED,
            tickRate=TICK_RATE,
            straight=STRAIGHT,
        )
        player.wait(2)
        frames, after = player.frames, player.stats
        shots, hits = player.get("shots") - shots, player.get("hits") - hits
    speeds = figures.speeds(frames, TARGET, STRAIGHT)
    behind = [1000 * shot["behind"] / TICK_RATE for shot in log]
    return {
        "hit_rate_mobile": hits / shots if shots else None,
        "hit_rate_mobile_shots": shots,
        "hit_rate_mobile_tapped": len(log),
        "behind_mobile_ms_p50": figures.percentile(behind, 50),
        "behind_mobile_ms_p99": figures.percentile(behind, 99),
        "motion_within_mobile": figures.share_within(speeds, TOP_SPEED, 0.1),
        "motion_frames_mobile": len(speeds),
        "late_inputs_mobile": (after["late_inputs"] - before["late_inputs"]) / (after["inputs"] - before["inputs"]),
        "interpolation_delay_mobile_ms": figures.percentile([frame["delay_ms"] for frame in frames], 50),
    }


def interpolation(browser: Browser, seed: int, share: float) -> Figures:
    """How far behind the others are shown: on a good link, on a bad one, and when it is good again."""
    with hosting("range", 1, seed, "lan") as host, playing(browser, host) as player:
        player.wait(SETTLING)
        player.record()
        player.wait(15 * share)
        lan = [frame["delay_ms"] for frame in player.frames]
        host.network("bad")
        player.record()
        player.wait(30 * share)
        bad = [frame["delay_ms"] for frame in player.frames]
        player.record()
        host.network("lan")
        player.wait(20)
        frames = player.frames
    begun = frames[0]["at"]
    above = [frame["at"] for frame in frames if frame["delay_ms"] >= INTERPOLATION_AIM]
    return {
        "interpolation_delay_lan_ms": figures.percentile(lan, 50),
        "interpolation_delay_lan_ms_p99": figures.percentile(lan, 99),
        "interpolation_delay_bad_ms": figures.percentile(bad, 50),
        "interpolation_delay_bad_ms_max": max(bad, default=None),
        "interpolation_recovery_s": (above[-1] - begun) / 1000 if above else 0.0,
    }


def stall(browser: Browser, seed: int, share: float) -> Figures:
    """Nothing gets through for a second: how long after that until one plays as before."""
    found: list[float | None] = []
    with hosting("range", 1, seed, "home") as host, playing(browser, host) as player:
        player.wait(SETTLING)
        for turn in range(max(2, round(6 * share))):
            player.begin("wander", seconds=11, seed=seed + turn, fire=False)
            player.record()
            player.wait(5)
            ended = player.local(host.stall(1.0))
            player.wait(7)
            found.append(figures.recovery(player.frames, ended, TICK_RATE))
    measured = [wait for wait in found if wait is not None]
    return {
        "stall_recovery_ms_max": max(measured) if len(measured) == len(found) else None,
        "stall_recovery_ms_p50": figures.percentile(measured, 50),
        "stall_recoveries": len(measured),
        "stalls": len(found),
    }


SCENARIOS: Final[dict[str, Scenario]] = {
    "presses": presses,
    "corrections": corrections,
    "fight": fight,
    "shooting": shooting,
    "interpolation": interpolation,
    "stall": stall,
}
